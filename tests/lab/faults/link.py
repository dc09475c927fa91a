"""Faults of cables, circuits and ports."""

from __future__ import annotations

from tests.lab import setup
from tests.lab.daemons import services
from tests.lab.faults.model import Check, Drawn, Fault, NoPlace, admin, bad, carrier, far_end, kind, patch, probed
from tests.lab.faults.steps import Flood, Sh
from tests.networks.plan import End, Wire


def pinged(node: str, target: str, *, size: int = 56, count: int = 3) -> str:
    """A ping through the network: what it prints tells loss and time."""
    return f"ping -n -q -c {count} -i 0.2 -W 1 -s {size} -M do {target} 2>&1"


def silent(node: str, target: str, **more: int) -> Check:
    """Nothing answers there."""
    return Check(node, pinged(node, target, **more), r"100% packet loss|unreachable|Message too long")


def lossy(node: str, target: str) -> Check:
    script = f"ping -n -q -c 60 -i 0.02 -W 1 {target} 2>&1"
    return Check(node, script, r"\b(?:[1-9]\d?)(?:\.\d+)?% packet loss")


def circuit(drawn: Drawn, *, whole: bool = False) -> Wire:
    """A circuit whose ends are both polled, where there is any; else, unless it must be `whole`, one with a single polled end."""
    found = drawn.wires(routed=True, circuit=True)
    seen = [wire for wire in found if drawn.polled(wire.a.node) and drawn.polled(wire.b.node)]
    wire: Wire = drawn.one(seen or ([] if whole else found), "circuit that is polled at both ends")
    return wire


def both(drawn: Drawn, wire: Wire) -> tuple[End, End, str]:
    """A polled end of a wire, the far end and its address."""
    near = drawn.end(wire)
    far = far_end(wire, near)
    return near, far, drawn.address(far)


@kind
def link_down(drawn: Drawn) -> Fault:
    """The cable is cut: both ends lose carrier."""
    wire = drawn.wire()
    ends = tuple(carrier(end, "0") for end in (wire.a, wire.b))
    cut = patch("cut", wire=wire.resource)
    well = patch("cut", wire=wire.resource, cut=False)
    return Fault("link_down", wire.resource, (cut,), (well,), ends, f"{wire.a.node} lost a link")


@kind
def interface_admin_down(drawn: Drawn) -> Fault:
    """Somebody shut a port."""
    end = drawn.end(drawn.wire())
    check = Check(end.node, f"cat /sys/class/net/{end.port}/flags", r"^0x[0-9a-f]*[02468ace]\b")
    steps = (admin(end.node, end.port, up=False),)
    # A host loses its gateway with its port; its network manager would bring it back.
    gateway = drawn.plan.node(end.node).gateway
    route = (Sh(end.node, f"ip route replace default via {gateway}"),) if gateway else ()
    heal = (admin(end.node, end.port, up=True), *route)
    return Fault("interface_admin_down", f"interface/{end}", steps, heal, (check,), f"link alarm near {end.node}")


@kind
def access_port_shut(drawn: Drawn) -> Fault:
    """A switch's port towards one host or server is shut."""
    places = [
        end
        for wire in drawn.plan.wires
        for end in (wire.a, wire.b)
        if drawn.plan.node(end.node).role == "switch"
        and drawn.plan.node(far_end(wire, end).node).role in ("host", "server", "probe")
    ]
    end = drawn.one(places, "access port on a switch")
    check = Check(end.node, f"cat /sys/class/net/{end.port}/flags", r"^0x[0-9a-f]*[02468ace]\b")
    steps = (admin(end.node, end.port, up=False),), (admin(end.node, end.port, up=True),)
    wire = drawn.plan.wire_at(end.node, end.port)
    assert wire is not None
    return Fault("interface_admin_down", f"interface/{end}", *steps, (check,), f"{wire.far(end.node).node} is offline")


@kind
def link_flap(drawn: Drawn) -> Fault:
    """The link goes down and up again and again."""
    wire = drawn.wire()
    period = drawn.chance.uniform(3, 6)
    flap = patch("flap", wire=wire.resource, period=period)
    well = patch("flap", wire=wire.resource, period=0.0)
    checks = (bad(rf"flapping[^\]]*{wire.resource}'"), carrier(wire.a, "0"))
    return Fault("link_flap", wire.resource, (flap,), (well,), checks, f"{wire.a.node} is unstable")


@kind
def link_unidirectional(drawn: Drawn) -> Fault:
    """One direction carries nothing, though both ends stay up."""
    wire = drawn.wire(routed=True)
    near, far, address = both(drawn, wire)
    steps = (patch("set", wire=wire.resource, node=near.node, block=True),)
    heal = (patch("set", wire=wire.resource, node=near.node, block=False),)
    checks = (bad(rf"{near.node}/{near.port} [^']*block=True"), silent(near.node, address))
    return Fault(
        "link_unidirectional", wire.resource, steps, heal, checks, f"trouble between {near.node} and {far.node}"
    )


@kind
def circuit_blackhole(drawn: Drawn) -> Fault:
    """The carrier's circuit is up and forwards nothing."""
    wire = circuit(drawn)
    near, far, address = both(drawn, wire)
    steps = patch("set", wire=wire.resource, block=True), patch("set", wire=wire.resource, block=False)
    checks = (bad("block=True"), silent(near.node, address))
    also: tuple[tuple[str, str], ...] = (("link_unidirectional", wire.resource),)
    if not drawn.polled(far.node):
        # Seen from one end, a far router that hangs looks the same.
        also = (*also, ("bgp_peer_unreachable", wire.resource), ("bgp_peer_unreachable", f"node/{near.node}"))
    return Fault(
        "circuit_blackhole",
        wire.resource,
        steps[:1],
        steps[1:],
        checks,
        f"no traffic from {near.node} to {far.node}",
        also,
    )


@kind
def link_packet_loss(drawn: Drawn) -> Fault:
    """A circuit loses frames both ways, unseen by either end."""
    wire = circuit(drawn)
    near, _, address = both(drawn, wire)
    share = drawn.chance.uniform(0.08, 0.3)
    steps = patch("set", wire=wire.resource, loss=share), patch("set", wire=wire.resource, loss=0.0)
    return Fault(
        "link_packet_loss", wire.resource, steps[:1], steps[1:], (lossy(near.node, address),), "applications are slow"
    )


@kind
def link_packet_corruption(drawn: Drawn) -> Fault:
    """Bit errors in one direction: the receiver counts damaged frames."""
    wire = drawn.wire(routed=True)
    near, _, address = both(drawn, wire)
    share = drawn.chance.uniform(0.05, 0.2)
    steps = (patch("set", wire=wire.resource, node=near.node, corrupt=share),)
    heal = (patch("set", wire=wire.resource, node=near.node, corrupt=0.0),)
    return Fault(
        "link_packet_corruption", wire.resource, steps, heal, (lossy(near.node, address),), "applications are slow"
    )


@kind
def duplex_mismatch(drawn: Drawn) -> Fault:
    """One end runs half duplex: it collides late, and its peer counts the fragments as damaged frames."""
    wire = drawn.wire(routed=True)
    near, _, address = both(drawn, wire)
    share = drawn.chance.uniform(0.05, 0.15)
    set_to = services.program("duplex.py", near.port)
    steps = (Sh(near.node, f"{set_to} half"), patch("set", wire=wire.resource, node=near.node, late=share))
    heal = (Sh(near.node, f"{set_to} full"), patch("set", wire=wire.resource, node=near.node, late=0.0))
    checks = (Check(near.node, f"cat /sys/class/net/{near.port}/duplex", "half"), lossy(near.node, address))
    return Fault("duplex_mismatch", wire.resource, steps, heal, checks, f"slow since the change at {near.node}")


@kind
def link_capacity_bottleneck(drawn: Drawn) -> Fault:
    """More traffic than the line carries: the sending port discards."""
    wires = [wire for wire in drawn.wires(routed=True) if _speed(drawn, wire) <= 20]
    wire = drawn.one(wires, "slow line between routers")
    near, _, address = both(drawn, wire)
    rate = int(_speed(drawn, wire) * 1000 * drawn.chance.uniform(1.15, 1.5))
    dropped = f"tc -s qdisc show dev {near.port} root | sed -n 's/.*dropped \\([0-9]*\\).*/\\1/p' | head -n 1"
    script = f"a=$({dropped}); sleep 1; b=$({dropped}); [ $b -gt $a ] && echo discards; true"
    steps = (Flood(near.node, address, rate),), (Flood(near.node, address, 0),)
    return Fault(
        "link_capacity_bottleneck", wire.resource, *steps, (Check(near.node, script, "discards"),), "everything is slow"
    )


@kind
def circuit_throttled(drawn: Drawn) -> Fault:
    """The carrier passes less than was ordered: loss inside the circuit, though the ports are far from full."""
    wire = circuit(drawn)
    near, _, address = both(drawn, wire)
    rate = drawn.chance.uniform(0.5e6, 1.0e6)
    flood = int(rate / 1000 * drawn.chance.uniform(1.6, 2.5))
    steps = patch("set", wire=wire.resource, throttle=rate), Flood(near.node, address, flood)
    heal = patch("set", wire=wire.resource, throttle=0.0), Flood(near.node, address, 0)
    also = (("link_packet_loss", wire.resource),)
    checks = (bad(rf"{near.node}/{near.port} [^']*throttle=[1-9]"), lossy(near.node, address))
    return Fault("link_capacity_bottleneck", wire.resource, steps, heal, checks, "uploads are slow", also)


def _speed(drawn: Drawn, wire: Wire) -> int:
    return setup.line_speed(drawn.plan.node(wire.a.node).port(wire.a.port).speed)


@kind
def link_latency(drawn: Drawn) -> Fault:
    """The circuit takes a longer way."""
    probed(drawn)
    wire = circuit(drawn)
    near, _, address = both(drawn, wire)
    delay = drawn.chance.uniform(0.06, 0.15)
    steps = (patch("set", wire=wire.resource, delay=delay, jitter=delay / 20),)
    heal = (patch("set", wire=wire.resource, delay=0.0, jitter=0.0),)
    check = Check(near.node, pinged(near.node, address), r"rtt [^=]*= [\d.]+/(?:[5-9]\d|\d{3,})\.")
    return Fault("link_latency", wire.resource, steps, heal, (check,), "voice calls are delayed")


@kind
def path_mtu_blackhole(drawn: Drawn) -> Fault:
    """A circuit drops large frames in silence."""
    wire = circuit(drawn, whole=True)
    near, _, address = both(drawn, wire)
    largest = drawn.chance.choice((1280, 1330, 1372))
    # Somebody's download: without large frames nobody notices.
    download = drawn.chance.randint(300, 600)
    steps = patch("set", wire=wire.resource, largest=largest), Flood(near.node, address, download)
    heal = Flood(near.node, address, 0), patch("set", wire=wire.resource, largest=0)
    checks = (silent(near.node, address, size=1472), bad("largest=[1-9]"))
    return Fault("path_mtu_blackhole", wire.resource, steps, heal, checks, "downloads hang, ping is fine")


@kind
def mtu_mismatch(drawn: Drawn) -> Fault:
    """One end's MTU was changed: OSPF stays in ExStart or Exchange."""
    wire = drawn.wire(ospf=True)
    near, far, _ = both(drawn, wire)
    mtu = drawn.chance.choice((1400, 1450, 1480, 1496))
    change = "ip link set {p} down; ip link set {p} mtu {m}; sleep 0.5; ip link set {p} up"
    steps = (Sh(near.node, change.format(p=near.port, m=mtu)),)
    heal = (Sh(near.node, change.format(p=near.port, m=drawn.plan.node(near.node).port(near.port).mtu)),)
    stuck = Check(near.node, "vtysh -c 'show ip ospf neighbor'", rf"(?:ExStart|Exchange|Init)\S* .* {near.port}:")
    checks = (Check(near.node, f"cat /sys/class/net/{near.port}/mtu", rf"^{mtu}\b"), stuck)
    return Fault("mtu_mismatch", wire.resource, steps, heal, checks, f"routing trouble between {near.node} and {far.node}", within=60, restore=80)  # fmt: skip


@kind
def miscabling(drawn: Drawn) -> Fault:
    """Two cables of one router were plugged the wrong way round."""
    routers = [node.name for node in drawn.plan.polled() if len(_of(drawn, node.name)) >= 2]
    name = drawn.one(routers, "router with two links")
    first, second = drawn.chance.sample(_of(drawn, name), 2)
    near, other = ((wire.a if wire.a.node == name else wire.b) for wire in (first, second))
    far, away = far_end(first, near), far_end(second, other)
    if far.node == away.node:
        raise NoPlace("both links lead to the same device")
    words = [(first.resource, near, far), (second.resource, other, away)]
    wrong = [(first.resource, near, away), (second.resource, other, far)]
    steps, heal = (
        tuple(patch("patch", wire=w, a=[a.node, a.port], b=[b.node, b.port]) for w, a, b in plugged)
        for plugged in (wrong, words)
    )
    seen = [Wire(near, away).resource, Wire(other, far).resource, second.resource]
    also = tuple(("miscabling", resource) for resource in seen)
    checks = (silent(near.node, drawn.address(far)),)
    return Fault("miscabling", first.resource, steps, heal, checks, f"outage after work at {name}", also)


def _of(drawn: Drawn, node: str) -> list[Wire]:
    """A router's links to other polled routers."""
    return [wire for wire in drawn.wires(routed=True) if node in (wire.a.node, wire.b.node)]
