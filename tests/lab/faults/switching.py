"""Faults of switches and of hosts' addresses."""

from __future__ import annotations

from tests.lab.daemons import services
from tests.lab.faults import hog
from tests.lab.faults.model import Check, Drawn, Fault, kind
from tests.lab.faults.steps import Sh
from tests.networks.plan import Node, Port

CIRCLING, FLOODING = 800, 100
"Packets a second on a trunk that only a loop brings about here, and at a host's port that only a flood does."
STP = "ip link set br0 type bridge stp_state {}"


def _hosts(drawn: Drawn) -> list[tuple[Node, Port]]:
    return [(node, port) for node in drawn.plan.nodes if node.gateway for port in node.ports if port.address]


def _switch_of(drawn: Drawn, node: Node, port: Port) -> str:
    """The node at the other end of a host's cable."""
    wire = drawn.plan.wire_at(node.name, port.name)
    return wire.far(node.name).node if wire else ""


def _switches(drawn: Drawn) -> list[str]:
    return [node.name for node in drawn.plan.polled() if node.role == "switch"]


@kind
def stp_loop(drawn: Drawn) -> Fault:
    """Spanning tree was turned off where switches are joined twice."""
    switches = _switches(drawn)
    joined = [wire for wire in drawn.plan.wires if wire.a.node in switches and wire.b.node in switches]
    rings = [group for group in _groups(joined) if len([w for w in joined if w.a.node in group]) >= len(group)]
    ring = drawn.one(rings, "ring of switches")
    names = sorted(ring)
    # A port that was blocking stays so when spanning tree goes; then every port forwards.
    opened = "; for p in $(ls /sys/class/net/br0/brif); do bridge link set dev $p state 3 2>/dev/null; done; true"
    wire = next(wire for wire in joined if wire.a.node in ring)
    count = f"/sys/class/net/{wire.a.port}/statistics/rx_packets"
    circling = f"a=$(cat {count}); sleep 1; b=$(cat {count}); [ $((b - a)) -gt {CIRCLING} ] && echo circling; true"
    check = (
        *(Check(name, "cat /sys/class/net/br0/bridge/stp_state", "^0") for name in names),
        Check(wire.a.node, circling, "circling"),
    )
    steps = tuple(Sh(name, STP.format(0) + opened) for name in names), tuple(Sh(name, STP.format(1)) for name in names)
    # Every broadcast circles for ever: somebody asks for addresses that nobody has.
    at = [(node.name, port) for node, port in _hosts(drawn) if _switch_of(drawn, node, port) in ring]
    host, port = drawn.one(at, "host behind the ring")
    last = port.address.network.broadcast_address
    asks = "; ".join(f"ping -n -q -c 1 -W 1 {last - n}" for n in range(2, 14))
    asks = f"ping -b -n -q -c 3 -s 1000 -W 1 {last}; {asks}"
    seed = Sh(host, f"({asks}) </dev/null >/dev/null 2>&1 &")
    steps = (*steps[0], seed), steps[1]
    also = tuple(("stp_loop", f"node/{name}") for name in names[1:])
    return Fault(
        "stp_loop", f"node/{names[0]}", *steps, check, "everything behind the switches is slow", also, within=40
    )


def _groups(wires: list) -> list[set[str]]:  # type: ignore[type-arg]
    """Switches that hang together."""
    groups: list[set[str]] = []
    for wire in wires:
        ends = {wire.a.node, wire.b.node}
        near = [group for group in groups if group & ends]
        groups = [group for group in groups if not group & ends] + [ends.union(*near)]
    return groups


@kind
def broadcast_storm(drawn: Drawn) -> Fault:
    """A host floods its subnet with broadcasts."""
    places = []
    for node, port in _hosts(drawn):
        wire = drawn.plan.wire_at(node.name, port.name)
        if wire and wire.far(node.name).node in _switches(drawn):
            places.append((node.name, port.name, wire.far(node.name)))
    host, port, at = drawn.one(places, "host at a switch")
    steps = hog.begin(host, f"storm {port}"), hog.end(host)
    check = hog.grows(host, f"cat /sys/class/net/{port}/statistics/tx_packets", FLOODING)
    also = (("broadcast_storm", f"node/{host}"), ("broadcast_storm", f"interface/{at}"))
    return Fault("broadcast_storm", f"node/{at.node}", *steps, (check,), "the office is slow", also)


def _pair(drawn: Drawn) -> tuple[tuple[Node, Port], tuple[Node, Port]]:
    """Two hosts of one subnet."""
    hosts = _hosts(drawn)
    places = [
        (one, other)
        for one in hosts
        for other in hosts
        if one[0] != other[0]
        and one[1].address
        and other[1].address
        and one[1].address.network == other[1].address.network
    ]
    found: tuple[tuple[Node, Port], tuple[Node, Port]] = drawn.one(places, "subnet with two hosts")
    return found


@kind
def mac_address_conflict(drawn: Drawn) -> Fault:
    """Two hosts of a subnet have the same MAC address."""
    (victim, port), (clone, own) = _pair(drawn)
    mac = f"02:00:5e:{drawn.chance.randrange(256):02x}:{drawn.chance.randrange(256):02x}:{drawn.chance.randrange(256):02x}"
    change = "ip link set {} down; ip link set {} address {}; ip link set {} up; ip route replace default via {}"
    steps = tuple(
        Sh(
            node.name,
            f"cat /sys/class/net/{each.name}/address > /run/own-mac; "
            + change.format(each.name, each.name, mac, each.name, node.gateway),
        )
        for node, each in ((victim, port), (clone, own))
    )
    heal = tuple(
        Sh(node.name, change.format(each.name, each.name, "$(cat /run/own-mac)", each.name, node.gateway))
        for node, each in ((victim, port), (clone, own))
    )
    checks = tuple(
        Check(node.name, f"cat /sys/class/net/{each.name}/address", mac)
        for node, each in ((victim, port), (clone, own))
    )
    also = (("mac_address_conflict", f"node/{victim.name}"),)
    return Fault(
        "mac_address_conflict", f"node/{clone.name}", steps, heal, checks, f"{victim.name} comes and goes", also
    )


@kind
def host_ip_conflict(drawn: Drawn) -> Fault:
    """A host takes the address of another."""
    (victim, port), (thief, own) = _pair(drawn)
    assert port.address is not None
    stolen = f"{port.address.ip}/32"
    announce = services.python("announce.py", f"{{}} {port.address.ip} 15")
    begin = (
        Sh(thief.name, f"ip addr add {stolen} dev {own.name}; {announce.format(own.name)}"),
        Sh(victim.name, f"sleep 2; {announce.format(port.name)}"),
    )
    end = Sh(thief.name, f"ip addr del {stolen} dev {own.name}")
    check = Check(thief.name, f"ip -o addr show dev {own.name}", rf"inet {port.address.ip}/32")
    gateway = drawn.gateway(thief)
    also = (
        ("host_ip_conflict", f"node/{victim.name}"),
        ("host_ip_conflict", f"interface/{thief.name}/{own.name}"),
        ("host_ip_conflict", f"interface/{victim.name}/{port.name}"),
        ("host_ip_conflict", f"node/{gateway.node}"),
        ("host_ip_conflict", f"interface/{gateway}"),
    )
    return Fault(
        "host_ip_conflict", f"node/{thief.name}", begin, (end,), (check,), f"{victim.name} comes and goes", also
    )


@kind
def host_incorrect_gateway(drawn: Drawn) -> Fault:
    """A host's default gateway is an address that nobody has."""
    node, port = drawn.one(_hosts(drawn), "host")
    wrong = f"{port.address.network.broadcast_address - drawn.chance.randint(1, 6)}"
    to = "ip route replace default via {}"
    steps = (Sh(node.name, to.format(wrong)),), (Sh(node.name, to.format(node.gateway)),)
    check = Check(node.name, "ip route show default", rf"via {wrong}\b")
    return Fault(
        "host_incorrect_gateway", f"node/{node.name}", *steps, (check,), f"{node.name} reaches nothing outside"
    )
