"""A network while it is being drawn: the drawers add nodes, wires and sessions, and take the plan at the end."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from tests.networks.names import Style, draw_style
from tests.networks.plan import End, Flow, Neighbor, Node, Ospf, Plan, Port, Role, Route, Wire

SPEEDS: dict[Role, int] = {"core": 10_000, "spine": 40_000, "leaf": 10_000, "distribution": 10_000}
TEST_NETS = ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "198.18.0.0/24", "198.18.7.0/24")


@dataclass(slots=True)
class Lan:
    """A subnet of hosts: `router` has `gateway` in it; `area` is its OSPF area, empty without OSPF."""

    network: IPv4Network
    router: str
    gateway: IPv4Address
    used: int = 1

    def next(self) -> IPv4Interface:
        self.used += 1
        return IPv4Interface((self.network.network_address + self.used + 8, self.network.prefixlen))


class Sketch:
    """Nodes and wires so far. `draw` is where every choice comes from."""

    def __init__(self, kind: str, seed: int, size: str, management: IPv4Network | None = None) -> None:
        self.draw = random.Random(f"{kind}/{seed}/{size}")
        self.style: Style = draw_style(self.draw)
        self.kind, self.seed, self.size = kind, seed, size
        self.management = management or self.style.management
        self.nodes: dict[str, Node] = {}
        self.wires: list[Wire] = []
        self.flows: list[Flow] = []
        self._next_port: dict[str, int] = {}
        self._ports: dict[str, list[Port]] = {}
        self._hosts = self.management.network_address + 11
        self._externals = list(TEST_NETS)

    def add(self, role: Role, *, name: str = "", polled: bool = True, loopback: bool = False, **more: Any) -> str:
        """A new node; its name. Each has a syslog dialect of its own."""
        name = name or self.style.name(role)
        address = ""
        if polled:
            address, self._hosts = str(self._hosts), self._hosts + self.draw.choice((1, 1, 1, 2))
        own = IPv4Interface(next(self.style.loopbacks)) if loopback else None
        more = {"dialect": self.style.dialect(), "timezone": self.style.timezone, "loopback": own, **more}
        self.nodes[name] = Node(name, role, address, **more)
        self._ports[name] = []
        self._next_port[name] = self.draw.choice((0, 0, 1)) if role in SPEEDS else 0
        return name

    def ports(self, name: str) -> list[Port]:
        """A node's ports so far."""
        return self._ports[name]

    def any_probe(self) -> bool:
        return any(node.role == "probe" for node in self.nodes.values())

    def change(self, name: str, **more: Any) -> None:
        self.nodes[name] = replace(self.nodes[name], **more)

    def port(self, node: str, speed: int = 0, alias: str = "", **more: Any) -> Port:
        """A node's next port."""
        number = self._next_port[node]
        self._next_port[node] += self.draw.choice((1, 1, 1, 1, 2))
        role = self.nodes[node].role
        made = Port(self.style.port(role, number), alias=alias, speed=speed or SPEEDS.get(role, 1000), **more)
        self._ports[node].append(made)
        return made

    def connect(self, a: str, b: str, one: dict[str, Any], other: dict[str, Any], *, circuit: bool = False) -> Wire:
        """A wire between a new port of each, as fast as the slower end."""
        roles = (self.nodes[a].role, self.nodes[b].role)
        speed = min(SPEEDS.get(role, 1000) for role in roles)
        said = self.draw.random()
        first = self.port(a, speed, alias=self._alias(said, b), **one)
        second = self.port(b, speed, alias=self._alias(said, a), **other)
        wire = Wire(End(a, first.name), End(b, second.name), circuit=circuit)
        self.wires.append(wire)
        return wire

    def _alias(self, said: float, far: str) -> str:
        if said < 0.3:
            return ""
        if said < 0.6:
            return f"to {far}"
        return f"{far} CID {self.draw.randint(10_000, 99_999)}" if said < 0.8 else f"link_{far}"

    def routed(
        self, a: str, b: str, area: str | None = None, *, cost: int = 10, circuit: bool = False, key: str = ""
    ) -> tuple[IPv4Address, IPv4Address]:
        """A routed link with a subnet of its own, OSPF on it where an area is named; both addresses."""
        network = next(self.style.links)
        first, second = list(network.hosts())[:2]
        hello = self.style.hello
        ospf = Ospf(area, cost=cost, hello=hello, dead=4 * hello, key=key) if area is not None else None
        ends = [{"address": IPv4Interface((at, network.prefixlen)), "ospf": ospf} for at in (first, second)]
        self.connect(a, b, *ends, circuit=circuit)
        return first, second

    def lan(self, router: str, area: str | None = None) -> tuple[Lan, dict[str, Any]]:
        """A new subnet behind a router, and what its port there looks like."""
        network = next(self.style.lans)
        gateway = network.network_address + 1
        hello = self.style.hello
        ospf = Ospf(area, passive=True, hello=hello, dead=4 * hello) if area is not None else None
        node = self.nodes[router]
        if ospf:
            self.change(router, stubs=(*node.stubs, network))
        return Lan(network, router, gateway), {"address": IPv4Interface((gateway, network.prefixlen)), "ospf": ospf}

    def host(
        self, lan: Lan, at: str, router_end: dict[str, Any] | None = None, *, role: Role = "host", **more: Any
    ) -> str:
        """A host of a LAN, wired to a switch, or straight to the router whose end is given."""
        more = {"polled": role != "host", **more}
        name = self.add(role, gateway=str(lan.gateway), **more)
        self.connect(at, name, router_end or {}, {"address": lan.next()})
        return name

    def external(self, asn: int) -> str:
        """Somebody else's router: known, not polled, with a public prefix of its own."""
        network = IPv4Network(self._externals.pop(0))
        name = self.add("external", polled=False, asn=asn, platform="frr", networks=(network,))
        own = IPv4Interface((network.network_address + 1, 32))
        self.change(name, loopback=own, routes=(Route(network, "discard"),))
        return name

    def session(self, a: str, b: str, ends: tuple[IPv4Address, IPv4Address] | None = None, **more: Any) -> None:
        """A BGP session, over a link where its ends are given, else between loopbacks."""
        for name, far, given in ((a, b, ends and ends[1]), (b, a, ends and ends[0])):
            node, other = self.nodes[name], self.nodes[far]
            address = given or (other.loopback and other.loopback.ip)
            said: dict[str, Any] = {
                "hold": self.style.hold,
                "keepalive": self.style.hold // 3,
                "password": self.style.bgp_password,
            }
            said |= {"next_hop_self": node.asn == other.asn, "description": self.draw.choice(("", far)), **more}
            self.change(name, neighbors=(*node.neighbors, Neighbor(str(address), far, other.asn, **said)))

    def spare(self, node: str, most: int = 2) -> None:
        """Ports that nothing is plugged into."""
        for _ in range(self.draw.randint(0, most)):
            self.port(node)

    def flow(self, source: str, target: str, least: int = 80, most: int = 600) -> None:
        """Traffic to an address of the target."""
        node = self.nodes[target]
        own = node.loopback or next((port.address for port in self._ports[target] if port.address), None)
        assert own is not None, f"{target} has no address"
        self.flows.append(Flow(source, str(own.ip), self.draw.randint(least, most)))

    def plan(self, name: str = "") -> Plan:
        nodes = tuple(replace(node, ports=tuple(self._ports[node.name])) for node in self.nodes.values())
        return Plan(
            name or f"{self.style.site}-{self.kind}-{self.draw.randint(1, 99)}",
            self.kind,  # type: ignore[arg-type]
            self.seed,
            self.size,
            nodes,
            tuple(self.wires),
            tuple(self.flows),
            self.management,
        )
