"""Faults of services, and of the hosts that use them."""

from __future__ import annotations

import random
from ipaddress import IPv4Address

from tests.simulated.events import Event, port_fields
from tests.simulated.faults.place import Fault, Injection, node, pick, polled
from tests.simulated.monitors import MONITORS
from tests.simulated.world import World


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


def dns_record_error(world: World, draw: random.Random, _: float) -> Injection | None:
    """The zone is loaded anew, and a name in it now leads elsewhere: whoever knows the right answer sees it."""
    asked = {
        c.target for c in world.checks if c.kind == "dns" and "dns_wrong" in MONITORS[world.devices[c.prober].monitor]
    }
    device = pick(draw, [device for device in polled(world) if device.name in asked])
    if device is None:
        return None
    device.wrong_record = str(IPv4Address(0x0A000000 + draw.randrange(1, 1 << 24)))
    serial = f"20260{draw.randint(100, 999)}01"
    loaded = Event(world.now + 0.5, device.name, "zone_loaded", {"serial": serial})
    also = [("dns_record_error", f"node/{device.name}")]
    return Injection("dns_record_error", f"service/{device.name}/dns", also, [loaded])


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
    network = str(nic.address.network) if nic.address else ""
    events, moment = [], world.now + draw.uniform(1, 10)
    while moment < until:
        fields = port_fields(nic) | {"mac": draw.randbytes(6).hex(":"), "network": network}
        events.append(Event(moment, device.name, "dhcp_empty", fields))
        moment += draw.uniform(4, 25)
    also = [("dhcp_pool_exhausted", f"node/{device.name}")]
    return Injection("dhcp_pool_exhausted", f"service/{device.name}/dhcp", also, events)


SERVICE_FAULTS: dict[str, Fault] = {
    "host_incorrect_gateway": host_incorrect_gateway,
    "dns_service_down": dns_service_down,
    "dns_record_error": dns_record_error,
    "http_service_down": http_service_down,
    "dhcp_service_down": dhcp_service_down,
    "dhcp_relay_down": dhcp_relay_down,
    "dhcp_pool_exhausted": dhcp_pool_exhausted,
}
