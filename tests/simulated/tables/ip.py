"""IP-MIB, IP-FORWARD-MIB, UDP-MIB, TCP-MIB: addresses, ARP, routes, listeners."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulated.layer2 import hears
from tests.simulated.tables.rows import LOOPBACK_INDEX, MANAGEMENT_INDEX
from tests.simulated.world import Device, Hop, Nic, World, dotted

_OWN, _ARP, _ADDRESS = "1.3.6.1.2.1.4.20.1", "1.3.6.1.2.1.4.22.1", "1.3.6.1.2.1.4.34.1"
_INET, _CIDR = "1.3.6.1.2.1.4.24.7.1", "1.3.6.1.2.1.4.24.4.1"
PROTOCOLS = {"local": 2, "static": 3, "ospf": 13, "bgp": 14, "ibgp": 14}
# net-snmp on Linux knows what the kernel's route came from only in part.
LINUX_PROTOCOLS = {"local": 2, "static": 2, "ospf": 13, "bgp": 2, "ibgp": 2}
LOCAL, REMOTE, BLACKHOLE = 3, 4, 5


def ip_lines(world: World, device: Device) -> Iterator[str]:
    routes = device.node.is_router
    yield f"1.3.6.1.2.1.4.1.0|2|{1 if routes else 2}"
    yield f"1.3.6.1.2.1.4.8.0|65|{int(device.totals['discards'])}"
    yield f"1.3.6.1.2.1.4.12.0|65|{int(device.totals['no_routes'])}"
    yield from _addresses(device)
    yield from _arp(world, device)
    yield world.text(device, "routes", _cidr_routes if device.vendor.routes == "cidr" else _inet_routes)
    yield f"1.3.6.1.2.1.5.16.0|65|{int(device.totals['unreachables'])}"
    yield from _listeners(device)
    yield f"1.3.6.1.2.1.7.2.0|65|{int(device.totals['no_ports'])}"


def own_addresses(device: Device) -> list[tuple[str, int, int]]:
    """Address, prefix length, ifIndex; an address on an interface that is down is still its own."""
    platform = device.vendor.platform
    found = [(device.node.address, 18, MANAGEMENT_INDEX[platform])]
    if device.node.loopback:
        found.append((str(device.node.loopback.ip), 32, LOOPBACK_INDEX[platform]))
    addressed = [(nic.address, nic.unit) for nic in device.nics.values() if nic.address]
    return found + [(str(address.ip), address.network.prefixlen, index) for address, index in addressed]


def _addresses(device: Device) -> Iterator[str]:
    own = own_addresses(device)
    for address, _, _ in own:
        yield f"{_OWN}.1.{address}|64|{address}"
    for address, _, index in own:
        yield f"{_OWN}.2.{address}|2|{index}"
    for address, length, _ in own:
        yield f"{_OWN}.3.{address}|64|{dotted((0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF)}"
    if device.vendor.routes == "inet":
        for address, _, index in own:
            yield f"{_ADDRESS}.3.1.4.{address}|2|{index}"


def _arp(world: World, device: Device) -> Iterator[str]:
    rows: list[tuple[int, str, bytes]] = []
    for nic in device.nics.values():
        if not nic.address or nic not in world.segments:
            continue
        others = [(other, other.address) for other in world.segments[nic].nics if other is not nic]
        rows += [(nic.unit, str(own.ip), other.mac) for other, own in others if own and _talks(nic, other)]
    for index, address, _ in rows:
        yield f"{_ARP}.1.{index}.{address}|2|{index}"
    for index, address, mac in rows:
        yield f"{_ARP}.2.{index}.{address}|4x|{mac.hex()}"
    for index, address, _ in rows:
        yield f"{_ARP}.4.{index}.{address}|2|3"


def _talks(nic: Nic, other: Nic) -> bool:
    """Hosts know their gateway and it knows them; they hardly know one another."""
    if not nic.device.node.is_router and not other.device.node.is_router:
        return False
    assert nic.address and other.address
    return hears(nic) > 0 and hears(other) > 0 and nic.address.network == other.address.network


def _kind(hop: Hop) -> int:
    return LOCAL if hop.proto == "local" else REMOTE if hop.hops else BLACKHOLE


def _cells(device: Device) -> list[tuple[tuple[int, int], str, int, int, int, int]]:
    """Prefix, next hop, ifIndex, type, protocol, metric."""
    linux = device.vendor.platform in ("frr", "linux")
    protocols = LINUX_PROTOCOLS if linux else PROTOCOLS
    rows = []
    for prefix in sorted(device.rib):
        hop = device.rib[prefix]
        protocol, kind = protocols[hop.proto], _kind(hop)
        if not hop.hops:
            if hop.proto != "local":
                rows.append((prefix, "0.0.0.0", 0, kind, protocol, 0))
            elif not linux:
                rows.append((prefix, "0.0.0.0", LOOPBACK_INDEX[device.vendor.platform], LOCAL, protocol, 0))
            continue
        # net-snmp keeps one next hop of equal ones.
        for via, nic in hop.hops[:1] if linux else hop.hops:
            rows.append((prefix, via or "0.0.0.0", nic.unit, kind, protocol, hop.metric))
    return rows


def _inet_routes(device: Device) -> Iterator[str]:
    rows = [
        (f"1.4.{dotted(p[0])}.{p[1]}.2.0.0.1.4.{hop}", index, kind, proto)
        for p, hop, index, kind, proto, _ in _cells(device)
    ]
    for instance, index, _, _ in rows:
        yield f"{_INET}.7.{instance}|2|{index}"
    for instance, _, kind, _ in rows:
        yield f"{_INET}.8.{instance}|2|{kind}"
    for instance, _, _, protocol in rows:
        yield f"{_INET}.9.{instance}|2|{protocol}"


def _cidr_routes(device: Device) -> Iterator[str]:
    rows = [
        (f"{dotted(p[0])}.{dotted((0xFFFFFFFF << (32 - p[1])) & 0xFFFFFFFF)}.0.{hop}", index, kind, proto, metric)
        for p, hop, index, kind, proto, metric in _cells(device)
    ]
    for instance, index, *_ in rows:
        yield f"{_CIDR}.5.{instance}|2|{index}"
    for instance, _, kind, *_ in rows:
        yield f"{_CIDR}.6.{instance}|2|{2 if kind == BLACKHOLE else kind}"
    for instance, _, _, protocol, _ in rows:
        yield f"{_CIDR}.7.{instance}|2|{protocol}"
    for instance, *_, metric in rows:
        yield f"{_CIDR}.11.{instance}|2|{metric}"


def _listeners(device: Device) -> Iterator[str]:
    udp = sorted(port for protocol, port in device.listening if protocol == "udp")
    tcp = sorted(port for protocol, port in device.listening if protocol == "tcp")
    if device.vendor.routes == "cidr":
        yield from (f"1.3.6.1.2.1.6.13.1.1.0.0.0.0.{port}.0.0.0.0.0|2|2" for port in tcp)
        yield from (f"1.3.6.1.2.1.7.5.1.2.0.0.0.0.{port}|2|{port}" for port in udp)
    else:
        yield from (f"1.3.6.1.2.1.6.20.1.4.1.4.0.0.0.0.{port}|66|{900 + n}" for n, port in enumerate(tcp))
        yield from (
            f"1.3.6.1.2.1.7.7.1.8.1.4.0.0.0.0.{port}.1.4.0.0.0.0.0.1|66|{700 + n}" for n, port in enumerate(udp)
        )
