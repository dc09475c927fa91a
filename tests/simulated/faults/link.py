"""Faults of links and interfaces."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from tests.simulated.events import Event, port_fields
from tests.simulated.faults.place import (
    Fault,
    Injection,
    an_end,
    busy,
    crossings,
    inner,
    link,
    ospf_lines,
    pick,
    routed,
)
from tests.simulated.world import (
    LATE,
    OUT_ERRORS,
    OUT_OCTETS,
    OUT_UCAST,
    Line,
    Nic,
    World,
    router_id,
)  # fmt: skip

LINUX = ("frr", "linux")
SPEEDS = (10, 100, 1000, 10_000, 25_000, 40_000)


def link_down(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, inner(world))
    if line is None:
        return None
    line.cut = True
    return link("link_down", line)


def interface_admin_down(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, inner(world))
    if line is None:
        return None
    nic, _far = an_end(line, draw)
    nic.admin = False
    return Injection("interface_admin_down", nic.resource)


def link_flap(world: World, draw: random.Random, until: float) -> Injection | None:
    line = pick(draw, routed(world) or inner(world))
    if line is None:
        return None
    moments, moment = [], world.now
    for _ in range(draw.randint(4, 9)):
        moments.append((moment, moment + draw.uniform(1, 5)))
        moment += draw.uniform(12, 30)
    down = sum(up - at for at, up in moments)
    found = link("link_flap", line)
    for nic in (line.a, line.b):
        nic.flaps += len(moments)
        nic.changed, nic.share = moments[-1][1], 1 - down / (until - world.now)
        found.events += _bounces(world, nic, moments, draw)
    return found


def _bounces(world: World, nic: Nic, moments: list[tuple[float, float]], draw: random.Random) -> Iterator[Event]:
    name = nic.device.name
    for down, up in moments:
        yield Event(down + draw.uniform(0, 0.3), name, "link_down", port_fields(nic))
        yield Event(up + draw.uniform(0, 0.3), name, "link_up", port_fields(nic))
        for address in nic.device.adjacencies.get(nic.name, {}):
            far = world.by_address[address]
            rid = router_id(far.device) if isinstance(far, Nic) else address
            own = str(nic.address.ip) if nic.address else ""
            fields = port_fields(nic) | {"peer": address, "rid": rid, "own": own, "reason": "interface", "to": "DOWN"}
            fields["area"] = nic.ospf.area if nic.ospf else "0.0.0.0"
            yield Event(down + 0.4, name, "ospf_down", fields)
            yield Event(up + draw.uniform(3, 7), name, "ospf_up", fields)
        for address, session in nic.device.sessions.items():
            if nic.far and nic.far.address and address == str(nic.far.address.ip):
                fields = {"peer": address, "asn": str(session.remote_as), "far": session.neighbor.node, "kind": "External",
                          "reason": "interface", "own_as": str(nic.device.asn)}  # fmt: skip
                yield Event(down + 0.5, name, "bgp_down", fields)
                yield Event(up + draw.uniform(4, 7), name, "bgp_up", fields)
                session.since, session.transitions = up + 7, session.transitions + 1


def link_unidirectional(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, routed(world))
    if line is None:
        return None
    line.deaf = {an_end(line, draw)[0]}
    return link("link_unidirectional", line)


def link_packet_loss(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, busy(routed(world)))
    if line is None:
        return None
    share = draw.uniform(0.05, 0.3)
    line.loss = {line.a: share, line.b: share * draw.choice((1.0, 0.7))}
    # A throttled carrier and a lossy one look the same from the devices.
    return link("link_packet_loss", line, also=[("link_capacity_bottleneck", line.wire.resource)])


def link_latency(world: World, draw: random.Random, _: float) -> Injection | None:
    """A carrier takes a detour. Only round trips tell: links that the same ones cross cannot be told apart."""
    crossed = crossings(world)
    line = pick(draw, [line for line in crossed if line.wire.circuit] or list(crossed))
    if line is None:
        return None
    line.delay += draw.uniform(40, 300)
    alike = [other for other, checks in crossed.items() if other is not line and checks == crossed[line]]
    return link("link_latency", line, also=[("link_latency", other.wire.resource) for other in alike])


def path_mtu_blackhole(world: World, draw: random.Random, _: float) -> Injection | None:
    """A tunnel of the carrier takes no large frames and says nothing: pings pass, pages do not."""
    lines = busy(routed(world))
    line = pick(draw, [line for line in lines if line.wire.circuit] or lines)
    if line is None:
        return None
    line.large_lost = True
    return link("path_mtu_blackhole", line)


def link_packet_corruption(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, busy(inner(world)))
    if line is None:
        return None
    line.corrupt = {an_end(line, draw)[0]: draw.uniform(0.005, 0.08)}
    return link("link_packet_corruption", line)


def link_capacity_bottleneck(world: World, draw: random.Random, _: float) -> Injection | None:
    """The ends agree on a lower speed than what there is to carry."""
    fitting = [(line, slow) for line in busy(inner(world)) if (slow := _too_slow(line))]
    chosen = pick(draw, fitting)
    if chosen is None:
        return None
    line, slow = chosen
    line.a.speed = line.b.speed = slow
    return link("link_capacity_bottleneck", line)


def _too_slow(line: Line) -> int:
    most = max(line.a.rates[OUT_OCTETS], line.b.rates[OUT_OCTETS]) * 8 / 1e6
    return max((speed for speed in SPEEDS if speed < most * 0.9 and speed < line.a.speed), default=0)


def duplex_mismatch(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, busy([line for line in inner(world) if line.a.speed <= 1000 and _tells(line)]))
    if line is None:
        return None
    half, full = an_end(line, draw)
    if half.device.vendor.platform in LINUX:
        half, full = full, half
    half.half_duplex = True
    share = draw.uniform(0.01, 0.05)
    line.corrupt = {full: share}
    packets = half.rates[OUT_UCAST]
    half.extra[LATE] = half.extra[OUT_ERRORS] = max(0.3, packets * share)
    return link("duplex_mismatch", line)


def _tells(line: Line) -> bool:
    """Whether an end's agent knows of duplex at all."""
    return not {line.a.device.vendor.platform, line.b.device.vendor.platform} <= set(LINUX)


def optics_degraded(world: World, draw: random.Random, _: float) -> Injection | None:
    fitting = [line for line in busy(inner(world)) if line.a.speed >= 10_000]
    line = pick(draw, fitting)
    if line is None:
        return None
    nic, _far = an_end(line, draw)
    nic.light = draw.uniform(-19, -14.5)
    line.corrupt = {nic: draw.uniform(0.003, 0.03)}
    also = [("link_packet_corruption", line.wire.resource)] if not nic.device.vendor.sensors else []
    return Injection("optics_degraded", nic.resource, also)


def miscabling(world: World, draw: random.Random, _: float) -> Injection | None:
    """Two cables of one device change places at it."""
    lines = routed(world)
    places = [(one, other, nic, back) for n, one in enumerate(lines) for other in lines[n + 1 :] for nic in (one.a, one.b)
              for back in (other.a, other.b) if nic.device is back.device and one.a.speed == other.a.speed]  # fmt: skip
    chosen = pick(draw, places[:400])
    if chosen is None:
        return None
    one, other, nic, back = chosen
    first, second = nic.far, back.far
    assert first and second
    if first.device is second.device:
        return None
    nic.far, second.far, back.far, first.far = second, nic, first, back
    one.a, one.b, other.a, other.b = nic, second, back, first
    nic.line = second.line = one
    back.line = first.line = other
    names = [one.wire.resource, other.wire.resource, _resource(nic, second), _resource(back, first)]
    return Injection("miscabling", names[0], [("miscabling", name) for name in names[1:]])


def _resource(a: Nic, b: Nic) -> str:
    first, second = sorted(f"{nic.device.name}/{nic.name}" for nic in (a, b))
    return f"link/{first}--{second}"


def mtu_mismatch(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, ospf_lines(world) or routed(world))
    if line is None:
        return None
    nic, _far = an_end(line, draw)
    nic.mtu = draw.choice((1400, 1476, 9000))
    return link("mtu_mismatch", line)


def ospf_port(nic: Nic, **change: object) -> None:
    """Configure OSPF of an interface anew."""
    assert nic.ospf
    nic.ospf = replace(nic.ospf, **change)  # type: ignore[arg-type]


LINK_FAULTS: dict[str, Fault] = {
    "link_down": link_down,
    "interface_admin_down": interface_admin_down,
    "link_flap": link_flap,
    "link_unidirectional": link_unidirectional,
    "link_packet_loss": link_packet_loss,
    "link_latency": link_latency,
    "path_mtu_blackhole": path_mtu_blackhole,
    "link_packet_corruption": link_packet_corruption,
    "link_capacity_bottleneck": link_capacity_bottleneck,
    "duplex_mismatch": duplex_mismatch,
    "optics_degraded": optics_degraded,
    "miscabling": miscabling,
    "mtu_mismatch": mtu_mismatch,
}
