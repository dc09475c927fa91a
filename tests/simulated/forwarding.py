"""Forwarding: each flow's way by the tables as they are, and what that makes each interface's counters grow by."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from tests.simulated.layer2 import hears
from tests.simulated.world import (
    COUNTERS,
    FCS,
    FRAME,
    IN_BCAST,
    IN_ERRORS,
    IN_MCAST,
    IN_OCTETS,
    IN_UCAST,
    OUT_BCAST,
    OUT_DISCARDS,
    OUT_MCAST,
    OUT_OCTETS,
    OUT_UCAST,
    Device,
    Hop,
    Nic,
    World,
)  # fmt: skip

TTL = 24
HEADROOM = 0.98  # of a line's rate that frames can use beside what is between them
FILTERED = 0.7  # of a flow is HTTP, and goes where a filter drops that
# Of its frames so many are small, and they are so many of its octets; the others are as large as a line takes.
SMALL_FRAMES, SMALL_OCTETS = 0.7, 0.3
Way = list[tuple[Nic, Nic]]


def number(address: str) -> int:
    a, b, c, d = address.split(".")
    return int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d)


def lookup(device: Device, address: int) -> Hop | None:
    """The longest match."""
    for length in device.lengths:
        hop = device.rib.get((address >> (32 - length) << (32 - length) if length else 0, length))
        if hop is not None:
            return hop
    return None


def walk(world: World, source: Device, target: str, salt: int) -> tuple[Way, str, Device]:
    """The way of a packet, how it ended (`delivered`, `no route`, `discard`, `loop`, `no neighbor`), and where."""
    way: Way = []
    at, address, owner = source, number(target), world.by_address.get(target)
    home = owner.device if isinstance(owner, Nic) else owner
    for _ in range(TTL):
        if at is home:
            return way, "delivered", at
        if at is not source and not at.node.is_router and not at.node.routes:
            return way, "no route", at
        hop = lookup(at, address)
        if hop is None:
            return way, "no route", at
        if not hop.hops:
            return way, "discard", at
        via, out = hop.hops[salt % len(hop.hops)]
        entry = world.by_address.get(via or target)
        segment = world.segments.get(out)
        part = segment.ways.get((out, entry)) if segment and isinstance(entry, Nic) and entry.address else None
        if part is None:
            return way, "no neighbor", at
        way += part
        at = part[-1][1].device
    return way, "loop", at


def settle_rates(world: World) -> None:
    for device in world.devices.values():
        device.rates = dict.fromkeys(("unreachables", "no_ports", "no_routes", "discards"), 0.0)
        device.rates |= {"no_ports": device.no_ports, "unreachables": min(device.no_ports, 1.0), "polled": 1.0}
        for nic in device.nics.values():
            nic.rates = [0.0] * COUNTERS
    for device in world.devices.values():
        for nic in device.nics.values():
            if nic.oper:
                _chatter(nic)
    ways = [_way(world, n, source, target, rate) for n, (source, target, rate) in enumerate(world.flows)]
    load: dict[Nic, float] = {}
    for way, rate in ways:
        for out, _ in way:
            load[out] = load.get(out, 0.0) + rate
    dropped = {
        out: 1 - HEADROOM * out.speed * 1e6 / bits for out, bits in load.items() if bits > HEADROOM * out.speed * 1e6
    }
    throttled = {
        out: 1 - out.line.rate * 1e6 / bits
        for out, bits in load.items()
        if out.line and out.line.rate and bits > out.line.rate * 1e6
    }
    world.delivered = {}
    for n, (way, rate) in enumerate(ways):
        world.delivered[n] = _send(way, rate, dropped, throttled) / rate if rate and way else 0.0
    for device in world.devices.values():
        for nic in device.nics.values():
            _finish(nic)


def _way(world: World, n: int, source: str, target: str, rate: float) -> tuple[Way, float]:
    device = world.devices[source]
    if not device.up:
        return [], 0.0
    way, end, at = walk(world, device, target, zlib.crc32(f"{source}>{target}".encode()))
    if end == "no route":
        at.rates["no_routes"] += rate / 8 / FRAME
        at.rates["unreachables"] += min(rate / 8 / FRAME, 2.0)  # RFC 1812, 4.3.2.8: rate-limited
    elif end == "discard":
        at.rates["discards"] += rate / 8 / FRAME
    return way, rate


def _chatter(nic: Nic) -> None:
    """What an interface sends whether or not there is traffic: LLDP, hellos, BPDUs, ARP, keepalives."""
    ospf, far = nic.ospf, nic.far
    speaks = ospf is not None and not ospf.passive and nic.device.runs("ospf")
    bpdus = 0.5 if nic.device.is_switch and nic.device.stp and nic.device.bridge.get(nic.name) == "forwarding" else 0.0
    mcast = 1 / 30 + (1 / ospf.hello if speaks and ospf else 0.0) + bpdus
    # Who has lost its address asks nobody and answers nobody.
    bcast, ucast = (0.3 if nic.device.is_switch else 0.03 * nic.addressed), 0.4 * nic.addressed
    _count(nic.rates, OUT_OCTETS, 95 * (mcast + bcast + ucast), OUT_UCAST, ucast)
    nic.rates[OUT_MCAST] += mcast
    nic.rates[OUT_BCAST] += bcast
    if far is not None:
        part = hears(far)
        _count(far.rates, IN_OCTETS, 95 * part * (mcast + bcast + ucast), IN_UCAST, ucast * part)
        far.rates[IN_MCAST] += mcast * part
        far.rates[IN_BCAST] += bcast * part


def _count(rates: list[float], octets: int, size: float, packets: int, count: float) -> None:
    rates[octets] += size
    rates[packets] += count


def _send(way: Iterable[tuple[Nic, Nic]], rate: float, dropped: dict[Nic, float], throttled: dict[Nic, float]) -> float:
    packets, octets = rate / 8 / FRAME, rate / 8
    left = 1.0
    for out, entry in way:
        left *= 1 - FILTERED * ("http" in out.acl)
        sent = left * (1 - dropped.get(out, 0.0))
        if sent < left:
            out.rates[OUT_DISCARDS] += packets * (left - sent)
        out.rates[OUT_OCTETS] += octets * sent
        out.rates[OUT_UCAST] += packets * sent
        sent *= 1 - throttled.get(out, 0.0)
        line = entry.line
        bad = line.corrupt.get(entry, 0.0) if line else 0.0
        if bad and hears(entry):
            wrong = sent * bad * (1 - line.loss.get(entry, 0.0)) * packets if line else 0.0
            entry.rates[IN_ERRORS] += wrong
            entry.rates[FCS] += wrong
        left = sent * hears(entry)
        if line and line.large_lost:
            left, octets = left * SMALL_FRAMES, octets * SMALL_OCTETS / SMALL_FRAMES
        entry.rates[IN_OCTETS] += octets * left
        entry.rates[IN_UCAST] += packets * left
        left *= 1 - FILTERED * ("http" in entry.acl)
    return left * rate


def _finish(nic: Nic) -> None:
    for n, extra in enumerate(nic.extra):
        nic.rates[n] += extra
    if nic.share < 1:
        nic.rates = [rate * nic.share for rate in nic.rates]
