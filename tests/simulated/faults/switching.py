"""Faults of switching and addressing."""

from __future__ import annotations

import random
from itertools import combinations

from tests.simulated.events import Event, moved_fields, port_fields
from tests.simulated.faults.place import Fault, Injection, an_end, inner, link, node, pick, polled, routers
from tests.simulated.messages import MESSAGES
from tests.simulated.world import (
    FRAME,
    IN_BCAST,
    IN_OCTETS,
    OUT_BCAST,
    OUT_DISCARDS,
    OUT_OCTETS,
    Device,
    Line,
    Nic,
    World,
)


def stp_loop(world: World, draw: random.Random, _: float) -> Injection | None:
    """Spanning tree off on a switch with a redundant link: the frames go round until the line is full."""
    redundant = [device for device in polled(world) if device.is_switch and _rivals(device)]
    device = pick(draw, redundant)
    if device is None:
        return None
    device.stp = False
    around = [nic for nic in device.nics.values() if nic.oper and nic.far and nic.far.device.is_switch]
    for nic in around:
        assert nic.far
        for end in (nic, nic.far):
            _flood_port(end, end.speed * 1e6 * draw.uniform(0.9, 0.97) / 8 / 90, 90)
            end.extra[OUT_DISCARDS] += draw.uniform(500, 9000)
            end.device.cpu = draw.uniform(91, 99)
    return node("stp_loop", device)


def _rivals(device: Device) -> bool:
    """Whether one of its links to other switches is blocked, here or at the far end."""
    far = [(nic, nic.far) for nic in device.nics.values() if nic.oper and nic.far and nic.far.device.is_switch]
    return any("blocking" in (device.bridge.get(a.name), b.device.bridge.get(b.name)) for a, b in far)


def _flood_port(nic: Nic, packets: float, size: int) -> None:
    """Broadcasts in and out of a port."""
    for column, octets in ((OUT_BCAST, OUT_OCTETS), (IN_BCAST, IN_OCTETS)):
        nic.extra[column] += packets
        nic.extra[octets] += packets * size


def broadcast_storm(world: World, draw: random.Random, _: float) -> Injection | None:
    """A host sends broadcasts without end; every port of its segment repeats them."""
    hosts = [nic for device in polled(world) for nic in device.nics.values() if nic.oper and _at_switch(nic)]
    source = pick(draw, [nic for nic in hosts if nic.device.node.role in ("server", "probe")])
    if source is None:
        return None
    packets = draw.uniform(30_000, 90_000)
    size = 64 if draw.random() < 0.5 else FRAME
    packets = min(packets, source.speed * 1e6 * 0.6 / 8 / size)
    assert source.far
    switch = source.far.device
    for column, octets, end in ((OUT_BCAST, OUT_OCTETS, source), (IN_BCAST, IN_OCTETS, source.far)):
        end.extra[column] += packets
        end.extra[octets] += packets * size
    ways = {pair for way in world.segments[source].ways.items() if way[0][0] is source for pair in way[1]}
    events = []
    for out, entry in ways:
        if out is not source:
            out.extra[OUT_BCAST] += packets
            out.extra[OUT_OCTETS] += packets * size
            entry.extra[IN_BCAST] += packets
            entry.extra[IN_OCTETS] += packets * size
    events.append(Event(world.now + draw.uniform(2, 30), switch.name, "storm", port_fields(source.far)))
    return node("broadcast_storm", source.device, also=[("broadcast_storm", f"node/{switch.name}")], events=events)


def _at_switch(nic: Nic) -> bool:
    return nic.far is not None and nic.far.device.is_switch and bool(nic.far.device.node.address)


def host_ip_conflict(world: World, draw: random.Random, until: float) -> Injection | None:
    """Another machine answers for a router's address of a LAN; the router says so again and again."""
    lans = [
        nic
        for device in routers(world)
        for nic in device.nics.values()
        if nic.oper and nic.address and not (nic.far and nic.far.device.node.is_router) and _says(device)
    ]
    nic = pick(draw, lans)
    if nic is None or not nic.address:
        return None
    fields = port_fields(nic) | {
        "address": str(nic.address.ip),
        "mac": draw.randbytes(6).hex(":"),
        "own_mac": nic.mac.hex(":"),
    }
    events, moment = [], world.now + draw.uniform(1, 10)
    while moment < until:
        events.append(Event(moment, nic.device.name, "duplicate_address", fields))
        moment += draw.uniform(25, 60)
    also = [("host_ip_conflict", f"node/{nic.device.name}")]
    return Injection("host_ip_conflict", nic.resource, also, events)


def _says(device: Device) -> bool:
    """Nothing but a line of the router's log shows it, and not every make has one."""
    return "duplicate_address" in MESSAGES[device.vendor.platform]


def mac_address_conflict(world: World, draw: random.Random, until: float) -> Injection | None:
    """Two hosts of a subnet have one MAC address: each switch between them hears it here and there, and each gets half."""
    pairs = [
        (one, other, switches)
        for one, other in combinations([nic for nic in world.segments if _is_host(nic)], 2)
        if world.segments[one] is world.segments[other] and (switches := _between(world, one, other))
    ]
    chosen = pick(draw, pairs)
    if chosen is None:
        return None
    one, other, switches = chosen
    events = []
    for switch in switches:
        ports = [switch.nics[switch.fdb[nic.mac][0]] for nic in (one, other)]
        moment = world.now + draw.uniform(2, 20)
        while moment < until:
            events.append(Event(moment, switch.name, "mac_flap", moved_fields(ports[0], ports[1], one.mac)))
            moment += draw.uniform(20, 60)
    other.mac = one.mac
    names = {one.device.name, other.device.name}
    own = {str(nic.address.ip) for nic in (one, other) if nic.address}
    world.flows = [(s, t, rate * (0.5 if s in names or t in own else 1)) for s, t, rate in world.flows]
    also = [("mac_address_conflict", f"node/{other.device.name}")]
    return node("mac_address_conflict", one.device, also=also, events=events)


def _is_host(nic: Nic) -> bool:
    return bool(nic.address) and not nic.device.node.is_router and not nic.device.is_switch


def _between(world: World, one: Nic, other: Nic) -> list[Device]:
    """Polled switches that hear the two at different ports."""
    return [
        switch
        for switch in polled(world)
        if one.mac in switch.fdb and other.mac in switch.fdb and switch.fdb[one.mac][0] != switch.fdb[other.mac][0]
    ]


def vlan_mismatch(world: World, draw: random.Random, until: float) -> Injection | None:
    """A trunk whose ends disagree: the hosts' VLAN is not allowed at one of them, or their VLANs without a tag differ."""
    line = pick(draw, [line for line in inner(world) if line.a.tagged and line.b.tagged and _forwards(line)])
    if line is None:
        return None
    nic, far = an_end(line, draw)
    if draw.random() < 0.6:
        nic.tagged -= {max(nic.tagged)}
        return link("vlan_mismatch", line)
    nic.vlan = draw.choice([vlan for vlan in (20, 50, 80, 100, 200, 999) if vlan not in nic.tagged])
    found = link("vlan_mismatch", line)
    for own, other in ((nic, far), (far, nic)):
        fields = port_fields(own) | {
            "vlan": str(own.vlan),
            "far_vlan": str(other.vlan),
            "far": other.device.sys_name,
            "far_port": other.descr,
        }
        moment = world.now + draw.uniform(1, 60)
        found.events += [
            Event(moment - 0.5, own.device.name, kind, fields) for kind in ("vlan_inconsistent", "vlan_blocked")
        ]
        while moment < until:
            found.events.append(Event(moment, own.device.name, "native_vlan", fields))
            moment += 60  # with every CDP announcement
    return found


def _forwards(line: Line) -> bool:
    return all(nic.device.bridge.get(nic.name) == "forwarding" for nic in (line.a, line.b))


SWITCHING_FAULTS: dict[str, Fault] = {
    "stp_loop": stp_loop,
    "broadcast_storm": broadcast_storm,
    "host_ip_conflict": host_ip_conflict,
    "mac_address_conflict": mac_address_conflict,
    "vlan_mismatch": vlan_mismatch,
}
