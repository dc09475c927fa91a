"""IP-MIB, IP-FORWARD-MIB, UDP-MIB, TCP-MIB: addresses, ARP, routes, listeners."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulated.layer2 import hears
from tests.simulated.tables.rows import LOOPBACK_INDEX, MANAGEMENT_INDEX
from tests.simulated.world import Device, Hop, Nic, World, dotted, key_of

_OWN, _ARP, _ADDRESS = "1.3.6.1.2.1.4.20.1", "1.3.6.1.2.1.4.22.1", "1.3.6.1.2.1.4.34.1"
_PHYSICAL = "1.3.6.1.2.1.4.35.1"
_TCP, _UDP = "1.3.6.1.2.1.6", "1.3.6.1.2.1.7"
NET_SNMP = ("frr", "linux")
COLLECTOR = bytes.fromhex("02004c4f4f50")
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
    found = [(device.node.address, device.management.prefixlen, MANAGEMENT_INDEX[platform])]
    if platform in NET_SNMP:
        found.append(("127.0.0.1", 8, LOOPBACK_INDEX[platform]))
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
    if device.vendor.platform in NET_SNMP:
        collector = str(device.management.network_address + 1)
        rows.append((MANAGEMENT_INDEX[device.vendor.platform], collector, COLLECTOR))
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
    if device.vendor.platform in NET_SNMP:
        for index, address, mac in rows:
            yield f"{_PHYSICAL}.4.{index}.1.4.{address}|4x|{mac.hex()}"
        for index, address, _ in rows:
            yield f"{_PHYSICAL}.6.{index}.1.4.{address}|2|3"


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
    linux = device.vendor.platform in NET_SNMP
    protocols = LINUX_PROTOCOLS if linux else PROTOCOLS
    rows = []
    if linux:  # others have management in a table of its own
        index = MANAGEMENT_INDEX[device.vendor.platform]
        rows.append((key_of(device.management), "0.0.0.0", index, LOCAL, protocols["local"], 0))
    for prefix in sorted(device.rib):
        hop = device.rib[prefix]
        protocol, kind = protocols[hop.proto], _kind(hop)
        if not hop.hops:
            if hop.proto != "local":
                # net-snmp serves what is discarded as local, and without an interface.
                rows.append((prefix, "0.0.0.0", 0, LOCAL if linux else kind, protocol, 0))
            elif not linux:
                rows.append((prefix, "0.0.0.0", LOOPBACK_INDEX[device.vendor.platform], LOCAL, protocol, 0))
            continue
        # net-snmp keeps one next hop of equal ones.
        for via, nic in hop.hops[:1] if linux else hop.hops:
            rows.append((prefix, via or "0.0.0.0", nic.unit, kind, protocol, hop.metric))
    return rows


def _inet_routes(device: Device) -> Iterator[str]:
    linux = device.vendor.platform in NET_SNMP
    rows = [
        (f"1.4.{dotted(p[0])}.{p[1]}.{_policy(linux, kind, index)}.1.4.{hop}", index, kind, proto)
        for p, hop, index, kind, proto, _ in _cells(device)
    ]
    for instance, index, _, _ in rows:
        yield f"{_INET}.7.{instance}|2|{index}"
    for instance, _, kind, _ in rows:
        yield f"{_INET}.8.{instance}|2|{kind}"
    for instance, _, _, protocol in rows:
        yield f"{_INET}.9.{instance}|2|{protocol}"


def _policy(linux: bool, kind: int, index: int) -> str:
    """inetCidrRoutePolicy, with its length: zeroDotZero, and net-snmp's, which tells routes without a next hop apart."""
    return f"3.0.0.{index}" if linux and kind == LOCAL else "2.0.0"


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
    if device.vendor.routes == "cidr" or device.vendor.platform in NET_SNMP:
        yield from (f"{_TCP}.13.1.1.0.0.0.0.{port}.0.0.0.0.0|2|2" for port in tcp)
        yield from (f"{_UDP}.5.1.2.0.0.0.0.{port}|2|{port}" for port in udp)
    if device.vendor.routes == "inet":
        yield from (f"{_TCP}.20.1.4.1.4.0.0.0.0.{port}|66|{900 + n}" for n, port in enumerate(tcp))
        yield from (f"{_UDP}.7.1.8.1.4.0.0.0.0.{port}.1.4.0.0.0.0.0.1|66|{700 + n}" for n, port in enumerate(udp))
