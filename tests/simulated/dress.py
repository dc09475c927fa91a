"""A plan dressed as a real site: vendors, their interface names, the timers that operators leave as they are."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.networks.plan import End, Node, Plan, Port, Role
from tests.simulated.vendors import VENDORS
from tests.simulated.vlans import with_vlans

ROUTERS = (("ios", "ios"), ("junos", "junos"), ("eos", "eos"), ("vrp", "vrp"), ("sros", "ios"), ("frr", "frr"),
           ("junos", "ios"), ("nxos", "ios"), ("eos", "nxos"), ("sros", "frr"))  # fmt: skip
SWITCHES = ("ios", "eos", "vrp", "ios", "linux")
EDGE: tuple[Role, ...] = ("access", "leaf")
SPEED_UP = {"core": 100_000, "spine": 100_000, "distribution": 40_000}


def dress(plan: Plan, seed: int, *, large: bool = False) -> Plan:
    """The same network with other clothes. `large`: links of core and distribution are as fast as such a site needs."""
    draw = random.Random(f"dress/{plan.kind}/{seed}")
    inside, edge = draw.choice(ROUTERS)
    switch = draw.choice(SWITCHES)
    ospf = draw.choice(((10, 40), (10, 40), (5, 20), (3, 12)))
    bgp = draw.choice(((180, 60), (90, 30), (30, 10)))
    speeds = _speeds(plan) if large else {}
    nodes: list[Node] = []
    names: dict[End, End] = {}
    for node in plan.nodes:
        platform = _platform(node, inside, edge, switch)
        ports = tuple(
            _port(port, n, platform, ospf, speeds.get(End(node.name, port.name), port.speed))
            for n, port in enumerate(node.ports)
        )
        names |= {
            End(node.name, old.name): End(node.name, new.name) for old, new in zip(node.ports, ports, strict=True)
        }
        neighbors = tuple(replace(one, hold=bgp[0], keepalive=bgp[1]) for one in node.neighbors)
        nodes.append(replace(node, platform=platform, ports=ports, neighbors=neighbors, dialect=platform))
    wires = tuple(replace(wire, a=names[wire.a], b=names[wire.b]) for wire in plan.wires)
    dressed = replace(plan, nodes=tuple(nodes), wires=wires)
    return dressed if switch == "linux" else with_vlans(dressed, seed)


def _platform(node: Node, inside: str, edge: str, switch: str) -> str:
    if node.role == "switch":
        return switch
    if node.role in ("server", "probe", "host"):
        return "linux"
    if node.role == "external":
        return "ios"
    return edge if node.role in EDGE else inside


def _port(port: Port, n: int, platform: str, ospf: tuple[int, int], speed: int) -> Port:
    said = replace(port.ospf, hello=ospf[0], dead=ospf[1]) if port.ospf else None
    return replace(port, name=VENDORS[platform].port(speed, n)[0], speed=speed, ospf=said)


def _speeds(plan: Plan) -> dict[End, int]:
    """How fast ports are in a site of this size: a link is as fast as the slower of the roles that it joins needs."""
    roles = {node.name: node.role for node in plan.nodes}
    found: dict[End, int] = {}
    for wire in plan.wires:
        speed = min(SPEED_UP.get(roles[end.node], 10_000) for end in (wire.a, wire.b))
        if not {roles[wire.a.node], roles[wire.b.node]} & {"host", "probe"}:
            found |= {wire.a: speed, wire.b: speed}
    return found
