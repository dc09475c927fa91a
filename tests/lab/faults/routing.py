"""Faults of BGP and of routes."""

from __future__ import annotations

from tests.lab.daemons import frr
from tests.lab.faults.model import Check, Drawn, Fault, kind
from tests.lab.faults.steps import Sh, Vty
from tests.networks.plan import Neighbor, Node, Port

STATE = "vtysh -c 'show bgp neighbors {}'"


def _session(drawn: Drawn, *, external: bool = True) -> tuple[Node, Neighbor]:
    """A polled router and one of its sessions; over a link where `external`."""
    places = [
        (node, neighbor)
        for node in drawn.routers()
        for neighbor in node.neighbors
        if not external or neighbor.asn != node.asn
    ]
    found: tuple[Node, Neighbor] = drawn.one(places, "BGP session")
    return found


def down(node: str, address: str) -> Check:
    return Check(node, STATE.format(address), "BGP state = Established", absent=True)


def _configured(
    what: str,
    node: Node,
    neighbor: Neighbor,
    line: str,
    undo: str,
    also: tuple[tuple[str, str], ...] = (),
) -> Fault:
    """A line under `router bgp` that ends a session."""
    head = f"router bgp {node.asn}"
    steps = (Vty(node.name, (head, line)),), (Vty(node.name, (head, undo)),)
    check = down(node.name, neighbor.address)
    title = f"routes from {neighbor.node} are missing"
    return Fault(what, f"node/{node.name}", *steps, (check,), title, also, within=3 * neighbor.hold + 15, restore=60)


@kind
def bgp_asn_misconfig(drawn: Drawn) -> Fault:
    """A session's remote AS is wrong."""
    node, neighbor = _session(drawn)
    wrong = neighbor.asn + drawn.chance.randint(1, 99)
    to = f"neighbor {neighbor.address} remote-as"
    return _configured("bgp_asn_misconfig", node, neighbor, f"{to} {wrong}", f"{to} {neighbor.asn}")


@kind
def bgp_authentication_mismatch(drawn: Drawn) -> Fault:
    """The TCP-MD5 password differs."""
    node, neighbor = _session(drawn, external=False)
    to = f"neighbor {neighbor.address} password"
    undo = f"{to} {neighbor.password}" if neighbor.password else f"no {to}"
    wrong = f"{to} p{drawn.chance.randrange(10**8):08d}"
    also = (("bgp_authentication_mismatch", f"node/{neighbor.node}"),)
    return _configured("bgp_authentication_mismatch", node, neighbor, wrong, undo, also)


@kind
def bgp_session_shutdown(drawn: Drawn) -> Fault:
    """A session was shut down by an operator."""
    node, neighbor = _session(drawn, external=False)
    line = f"neighbor {neighbor.address} shutdown"
    return _configured("bgp_session_shutdown", node, neighbor, line, f"no {line}")


@kind
def bgp_session_reset(drawn: Drawn) -> Fault:
    """An operator cleared a session; it comes back."""
    node, neighbor = _session(drawn)
    check = Check(node.name, STATE.format(neighbor.address), r"up for 00:00:[0-3]\d|BGP state = (?!Established)")
    also = (("bgp_session_reset", f"node/{neighbor.node}"),)
    step = Sh(node.name, f"vtysh -c 'clear bgp {neighbor.address}'")
    return Fault("bgp_session_reset", f"node/{node.name}", (step,), (), (check,), "short outage", also, restore=70)


@kind
def bgp_acl_block(drawn: Drawn) -> Fault:
    """A filter drops the packets of one BGP session."""
    node, neighbor = _session(drawn, external=False)
    rule = f"ip saddr {neighbor.address} tcp {{0}} 179 drop; "
    rules = "table ip bgp_filter { chain input { type filter hook input priority 0; "
    rules += rule.format("dport") + rule.format("sport") + "}; }"
    steps = (Sh(node.name, f"nft '{rules}'"),), (Sh(node.name, "nft delete table ip bgp_filter"),)
    check = down(node.name, neighbor.address)
    title = f"routes from {neighbor.node} are missing"
    also = (("bgp_acl_block", f"node/{neighbor.node}"),)
    return Fault("bgp_acl_block", f"node/{node.name}", *steps, (check,), title, also, 2 * neighbor.hold + 15, 60)


@kind
def bgp_max_prefix_exceeded(drawn: Drawn) -> Fault:
    """A neighbor announces more than was agreed."""
    node, neighbor = _session(drawn)
    far = drawn.plan.node(neighbor.node)
    limit, more = drawn.chance.randint(12, 25), drawn.chance.randint(30, 50)
    leaked = [f"network 100.{64 + n // 200}.{n % 200}.0/24" for n in range(more)]
    af, bgp = "address-family ipv4 unicast", "router bgp"
    most = f"neighbor {neighbor.address} maximum-prefix"
    steps = (
        Vty(node.name, (f"{bgp} {node.asn}", af, f"{most} {limit}")),
        Vty(far.name, (f"{bgp} {far.asn}", af, *leaked)),
    )
    usual = f"{most} {neighbor.max_prefix}" if neighbor.max_prefix else f"no {most} {limit}"
    heal = (
        Vty(far.name, (f"{bgp} {far.asn}", af, *(f"no {line}" for line in leaked))),
        Vty(node.name, (f"{bgp} {node.asn}", af, usual)),
        Sh(node.name, f"sleep 1; vtysh -c 'clear bgp {neighbor.address}'"),
    )
    title = f"routes from {neighbor.node} are missing"
    check = down(node.name, neighbor.address)
    return Fault("bgp_max_prefix_exceeded", f"node/{node.name}", steps, heal, (check,), title, restore=60)


@kind
def bgp_missing_route_advertisement(drawn: Drawn) -> Fault:
    """A router no longer originates one of its prefixes."""
    places = [(node, prefix) for node in drawn.routers() for prefix in node.networks]
    node, prefix = drawn.one(places, "originated prefix")
    head, af = f"router bgp {node.asn}", "address-family ipv4 unicast"
    steps = (Vty(node.name, (head, af, f"no network {prefix}")),), (Vty(node.name, (head, af, f"network {prefix}")),)
    check = Check(node.name, "vtysh -c 'show running-config bgpd'", rf"network {prefix}\b", absent=True)
    resource = f"node/{node.name}"
    return Fault(
        "bgp_missing_route_advertisement", resource, *steps, (check,), f"{prefix} is not reachable from outside"
    )


@kind
def bgp_peer_unreachable(drawn: Drawn) -> Fault:
    """The far router lost its address on the link: the port is up, the peer does not answer."""
    node, neighbor = _session(drawn)
    port = frr.direct(node, neighbor.address)
    far = drawn.plan.node(neighbor.node)
    peer = next((each for each in far.ports if each.address and f"{each.address.ip}" == neighbor.address), None)
    wire = drawn.plan.wire_at(node.name, port.name) if port else None
    place = drawn.one([wire] if wire and peer else [], "session over a link")
    assert peer is not None
    change = "ip addr {} {} dev {}"
    steps = (Sh(far.name, change.format("del", peer.address, peer.name)),)
    heal = (Sh(far.name, change.format("add", peer.address, peer.name)),)
    also = (
        ("bgp_peer_unreachable", f"node/{far.name}"),
        ("bgp_peer_unreachable", f"node/{node.name}"),
        ("circuit_blackhole", place.resource),
    )
    title = f"routes from {far.name} are missing"
    check = down(node.name, neighbor.address)
    return Fault("bgp_peer_unreachable", place.resource, steps, heal, (check,), title, also, 2 * neighbor.hold + 15, 60)


@kind
def bgp_hijacking(drawn: Drawn) -> Fault:
    """Somebody else announces a more specific part of one of the site's subnets."""
    foreign = [node for node in drawn.plan.nodes if node.role == "external" and node.neighbors]
    thief = drawn.one(foreign, "external router")
    networks = sorted({port.address.network for _, port in _user_ports(drawn) if port.address})
    whole = drawn.one(networks, "user subnet")
    part = drawn.chance.choice(list(whole.subnets(1)))
    border = next(each.node for each in thief.neighbors if drawn.plan.node(each.node).address)
    head, af = f"router bgp {thief.asn}", "address-family ipv4 unicast"
    steps = (Vty(thief.name, (head, af, f"network {part}")),), (Vty(thief.name, (head, af, f"no network {part}")),)
    check = Check(border, f"vtysh -c 'show ip route {part}'", r"Known via .bgp")
    also = (("bgp_hijacking", f"prefix/{whole}"),)
    return Fault("bgp_hijacking", f"prefix/{part}", *steps, (check,), f"part of {whole} is not reachable", also)


def _user_ports(drawn: Drawn) -> list[tuple[Node, Port]]:
    """The ports of polled routers towards users' subnets that hold a host."""
    held = {
        port.address.network
        for node in drawn.plan.nodes
        if node.gateway
        for port in node.ports
        if port.address
    }  # fmt: skip
    return [
        (node, port) for node in drawn.routers() for port in node.ports if port.address and port.address.network in held
    ]


def _host_in(drawn: Drawn, network: object) -> str:
    """A host's address in a subnet."""
    found = [
        f"{port.address.ip}"
        for node in drawn.plan.nodes
        if node.gateway
        for port in node.ports
        if port.address and port.address.network == network
    ]
    return drawn.chance.choice(found)


@kind
def static_blackhole(drawn: Drawn) -> Fault:
    """A stray null route swallows part of a subnet at the router that owns it."""
    node, port = drawn.one(_user_ports(drawn), "user subnet")
    host = _host_in(drawn, port.address.network)
    prefix = f"{host}/32"
    steps = (
        (Vty(node.name, (f"ip route {prefix} blackhole",)),),
        (Vty(node.name, (f"no ip route {prefix} blackhole",)),),
    )
    check = Check(node.name, f"ip route get {host} 2>&1; ip route show {prefix}", "blackhole|Invalid argument")
    return Fault("static_blackhole", f"node/{node.name}", *steps, (check,), f"{host} is not reachable")


@kind
def routing_loop(drawn: Drawn) -> Fault:
    """A stray static route sends a host's traffic back to where it came from."""
    places = [
        (node, port, wire.far(node.name))
        for node, port in _user_ports(drawn)
        for wire in drawn.wires(routed=True)
        if node.name in (wire.a.node, wire.b.node)
    ]
    node, port, back = drawn.one(places, "user subnet behind a link")
    host = _host_in(drawn, port.address.network)
    line = f"ip route {host}/32 {drawn.address(back)}"
    steps = (Vty(node.name, (line,)),), (Vty(node.name, (f"no {line}",)),)
    # The routers of the loop would drop what comes back with their own address: a third one asks.
    third = drawn.one([each for each in drawn.routers() if each.name not in (node.name, back.node)], "third router")
    # A link's address need not be announced, the loopback is.
    own = f"-I {third.loopback.ip} " if third.loopback else ""
    check = Check(third.name, f"ping -n -c 3 -i 0.3 -W 1 {own}{host}", "Time to live exceeded")
    also = (("routing_loop", f"node/{back.node}"),)
    return Fault("routing_loop", f"node/{node.name}", *steps, (check,), f"{host} is not reachable", also)
