"""Faults of switching and addressing, and of services."""

from __future__ import annotations

import random
from ipaddress import IPv4Address

from tests.simulated.events import Event, port_fields
from tests.simulated.faults.place import Fault, Injection, node, pick, polled, routers
from tests.simulated.world import FRAME, IN_BCAST, IN_OCTETS, OUT_BCAST, OUT_DISCARDS, OUT_OCTETS, Device, Nic, World


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
        if nic.oper and nic.port.address and not (nic.far and nic.far.device.node.is_router)
    ]
    nic = pick(draw, lans)
    if nic is None or not nic.port.address:
        return None
    fields = port_fields(nic) | {"address": str(nic.port.address.ip), "mac": draw.randbytes(6).hex(":")}
    events, moment = [], world.now + draw.uniform(1, 10)
    while moment < until:
        events.append(Event(moment, nic.device.name, "duplicate_address", fields))
        moment += draw.uniform(25, 60)
    also = [("host_ip_conflict", f"node/{nic.device.name}")]
    return Injection("host_ip_conflict", nic.resource, also, events)


def host_incorrect_gateway(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if device.gateway])
    if device is None:
        return None
    device.gateway = str(IPv4Address(device.gateway) + draw.randint(2, 5))
    return node("host_incorrect_gateway", device)


def _stop(
    world: World, draw: random.Random, fault: str, service: str, process: str, port: tuple[str, int]
) -> Injection | None:
    device = pick(
        draw, [device for device in polled(world) if port in device.listening and process in device.processes]
    )
    if device is None:
        return None
    device.processes.discard(process)
    device.listening.discard(port)
    if port[0] == "udp":
        device.no_ports = draw.uniform(0.5, 12)
    name = f"service/{device.name}/{service}"
    return Injection(fault, name, [(fault, f"node/{device.name}")])


def dns_service_down(world: World, draw: random.Random, _: float) -> Injection | None:
    return _stop(world, draw, "dns_service_down", "dns", "named", ("udp", 53))


def http_service_down(world: World, draw: random.Random, _: float) -> Injection | None:
    return _stop(world, draw, "http_service_down", "http", "nginx", ("tcp", 80))


def dhcp_service_down(world: World, draw: random.Random, _: float) -> Injection | None:
    return _stop(world, draw, "dhcp_service_down", "dhcp", "dhcpd", ("udp", 67))


def dhcp_relay_down(world: World, draw: random.Random, _: float) -> Injection | None:
    return _stop(world, draw, "dhcp_relay_down", "dhcp-relay", "dhcrelay", ("udp", 67))


def dhcp_pool_exhausted(world: World, draw: random.Random, until: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if "dhcpd" in device.processes])
    if device is None:
        return None
    nic = next(iter(device.nics.values()))
    network = str(nic.port.address.network) if nic.port.address else ""
    events, moment = [], world.now + draw.uniform(1, 10)
    while moment < until:
        fields = port_fields(nic) | {"mac": draw.randbytes(6).hex(":"), "network": network}
        events.append(Event(moment, device.name, "dhcp_empty", fields))
        moment += draw.uniform(4, 25)
    also = [("dhcp_pool_exhausted", f"node/{device.name}")]
    return Injection("dhcp_pool_exhausted", f"service/{device.name}/dhcp", also, events)


SERVICE_FAULTS: dict[str, Fault] = {
    "stp_loop": stp_loop,
    "broadcast_storm": broadcast_storm,
    "host_ip_conflict": host_ip_conflict,
    "host_incorrect_gateway": host_incorrect_gateway,
    "dns_service_down": dns_service_down,
    "http_service_down": http_service_down,
    "dhcp_service_down": dhcp_service_down,
    "dhcp_relay_down": dhcp_relay_down,
    "dhcp_pool_exhausted": dhcp_pool_exhausted,
}
