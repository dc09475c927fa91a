"""IP-MIB (RFC 4293), IP-FORWARD-MIB (RFC 4292), UDP-MIB (RFC 4113), TCP-MIB (RFC 4022), with their older tables."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from noc_agent.snmp.columns import column, enum, mac, whole
from noc_agent.snmp.source import Reply, Value

_ADDRESS_IF, _ADDRESS_PREFIX = "1.3.6.1.2.1.4.34.1.3", "1.3.6.1.2.1.4.34.1.5"
_OLD_ADDRESS_IF, _OLD_ADDRESS_MASK = "1.3.6.1.2.1.4.20.1.2", "1.3.6.1.2.1.4.20.1.3"
_ARP_MAC, _OLD_ARP_MAC = "1.3.6.1.2.1.4.35.1.4", "1.3.6.1.2.1.4.22.1.2"
_ROUTE, _CIDR, _OLD_ROUTE = "1.3.6.1.2.1.4.24.7.1", "1.3.6.1.2.1.4.24.4.1", "1.3.6.1.2.1.4.21.1"
_UDP, _OLD_UDP = "1.3.6.1.2.1.7.7.1.8", "1.3.6.1.2.1.7.5.1.2"
_TCP_LISTENER, _TCP_CONN = "1.3.6.1.2.1.6.20.1.4", "1.3.6.1.2.1.6.13.1.1"
LISTEN = 2  # tcpConnState
ROUTE_TYPES = {1: "other", 2: "reject", 3: "local", 4: "remote", 5: "blackhole"}
OLD_ROUTE_TYPES = {1: "other", 2: "invalid", 3: "local", 4: "remote"}
ROUTE_PROTOCOLS = {
    1: "other", 2: "local", 3: "netmgmt", 4: "icmp", 8: "rip", 9: "isIs", 13: "ospf", 14: "bgp", 16: "eigrp",
}  # fmt: skip
IP_COLUMNS = (
    _ADDRESS_IF, _ADDRESS_PREFIX, _OLD_ADDRESS_IF, _OLD_ADDRESS_MASK, _ARP_MAC, _OLD_ARP_MAC,
    f"{_ROUTE}.7", f"{_ROUTE}.8", f"{_ROUTE}.9", f"{_CIDR}.5", f"{_CIDR}.6", f"{_CIDR}.7",
    f"{_OLD_ROUTE}.2", f"{_OLD_ROUTE}.7", f"{_OLD_ROUTE}.8", f"{_OLD_ROUTE}.9", f"{_OLD_ROUTE}.11",
    _UDP, _OLD_UDP, _TCP_LISTENER, _TCP_CONN,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """An own IP address. `prefix_length` is None where it is not served."""

    ifIndex: int
    address: str
    prefix_length: int | None


@dataclass(frozen=True, slots=True)
class ArpEntry:
    """Who has an address on an interface (ARP, and neighbor discovery)."""

    ifIndex: int
    address: str
    mac: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """A route. `ifIndex` 0 and next hop 0.0.0.0 together are a discard."""

    prefix: str
    next_hop: str
    ifIndex: int
    type: str
    proto: str


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody listens there; `protocol` is udp or tcp, `address` is 0.0.0.0 or :: for any."""

    protocol: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Listeners:
    """Listeners by protocol; None where that table is not served."""

    udp: tuple[Listener, ...] | None
    tcp: tuple[Listener, ...] | None


@dataclass(frozen=True, slots=True)
class IpStats:
    """Counters of the IP, ICMP and UDP groups."""

    ipForwDatagrams: int | None = column("1.3.6.1.2.1.4.6", whole)
    ipInDiscards: int | None = column("1.3.6.1.2.1.4.8", whole)
    ipOutNoRoutes: int | None = column("1.3.6.1.2.1.4.12", whole)
    icmpInEchos: int | None = column("1.3.6.1.2.1.5.8", whole)
    icmpOutDestUnreachs: int | None = column("1.3.6.1.2.1.5.16", whole)
    tcpInSegs: int | None = column("1.3.6.1.2.1.6.10", whole)
    udpNoPorts: int | None = column("1.3.6.1.2.1.7.2", whole)
    ipForwarding: str | None = column("1.3.6.1.2.1.4.1", enum({1: "forwarding", 2: "notForwarding"}))


def _arcs(instance: str) -> list[int]:
    return [int(part) for part in instance.split(".")]


def _inet(arcs: Sequence[int], at: int) -> tuple[str, int]:
    """An InetAddress of an index (type, length, octets) and where it ends; "" for the unknown type."""
    kind, length = arcs[at], arcs[at + 1]
    octets = bytes(arcs[at + 2 : at + 2 + length])
    if len(octets) != length:
        raise ValueError
    known = {1: 4, 2: 16, 3: 4, 4: 16}.get(kind)
    text = str(ipaddress.ip_address(octets[:known])) if known and length >= known else ""
    return text, at + 2 + length


def _parsed(cells: Mapping[str, Value]) -> Iterator[tuple[list[int], Value]]:
    for instance, value in cells.items():
        yield _arcs(instance), value


def read_addresses(reply: Reply) -> tuple[Address, ...] | None:
    """Own addresses of both tables; None where neither is served."""
    new, old = reply.columns.get(_ADDRESS_IF), reply.columns.get(_OLD_ADDRESS_IF)
    if new is None and old is None:
        return None
    found: dict[str, Address] = {}
    masks = reply.columns.get(_OLD_ADDRESS_MASK, {})
    for text, number in (old or {}).items():
        mask = masks.get(text)
        if isinstance(number, int) and _is_address(text):
            found[text] = Address(number, text, _mask_length(mask) if isinstance(mask, str) else None)
    prefixes = reply.columns.get(_ADDRESS_PREFIX, {})
    for instance, number in (new or {}).items():
        try:
            text, _ = _inet(_arcs(instance), 0)
        except (ValueError, IndexError):
            continue
        if text and text not in found and isinstance(number, int):
            found[text] = Address(number, text, _row_pointer_length(prefixes.get(instance), text))
    return tuple(found.values())


def _is_address(text: str) -> bool:
    """Whether an index is four numbers of an IPv4 address."""
    parts = text.split(".")
    return len(parts) == 4 and all(int(part) < 256 for part in parts)


def _mask_length(mask: str) -> int | None:
    try:
        return ipaddress.ip_network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        return None


def _row_pointer_length(pointer: Value | None, address: str) -> int | None:
    """The prefix length at the end of a RowPointer into ipAddressPrefixTable; zeroDotZero says nothing."""
    if not isinstance(pointer, str) or pointer.count(".") < 10:
        return None
    length = int(pointer.rsplit(".", 1)[1])
    return length if length <= (128 if ":" in address else 32) else None


def read_arp(reply: Reply) -> tuple[ArpEntry, ...] | None:
    """ARP and neighbor-discovery entries; None where no table is served."""
    new, old = reply.columns.get(_ARP_MAC), reply.columns.get(_OLD_ARP_MAC)
    if new is None and old is None:
        return None
    found: dict[tuple[int, str], ArpEntry] = {}
    for arcs, value in _parsed(old or {}):
        address = ".".join(map(str, arcs[1:5]))
        found[arcs[0], address] = ArpEntry(arcs[0], address, mac(value))
    for arcs, value in _parsed(new or {}):
        try:
            address, _ = _inet(arcs, 1)
        except (ValueError, IndexError):
            continue
        found.setdefault((arcs[0], address), ArpEntry(arcs[0], address, mac(value)))
    return tuple(found.values())


def read_routes(reply: Reply) -> tuple[Route, ...] | None:
    """Routes of the newest table that is served: inetCidrRouteTable, ipCidrRouteTable, ipRouteTable."""
    for read in (_inet_routes, _cidr_routes, _old_routes):
        routes = read(reply)
        if routes is not None:
            return routes
    return None


def _inet_routes(reply: Reply) -> tuple[Route, ...] | None:
    interfaces = reply.columns.get(f"{_ROUTE}.7")
    if interfaces is None:
        return None
    types, protocols = reply.columns.get(f"{_ROUTE}.8", {}), reply.columns.get(f"{_ROUTE}.9", {})
    found = []
    for instance, number in interfaces.items():
        try:
            arcs = _arcs(instance)
            network, at = _inet(arcs, 0)
            length = arcs[at]
            at += 2 + arcs[at + 1]  # over the policy, an OBJECT IDENTIFIER with its length
            hop = _inet(arcs, at)[0] or ("::" if ":" in network else "0.0.0.0")
            found.append(_route(f"{network}/{length}", hop, number, types.get(instance), protocols.get(instance)))
        except (ValueError, IndexError):
            continue
    return tuple(found)


def _route(
    prefix: str,
    hop: str,
    number: Value,
    kind: Value | None,
    protocol: Value | None,
    names: Mapping[int, str] = ROUTE_TYPES,
) -> Route:
    named = ROUTE_PROTOCOLS.get(int(protocol), str(protocol)) if isinstance(protocol, int) else ""
    interface = number if isinstance(number, int) else 0
    return Route(prefix, hop, interface, names.get(int(kind), str(kind)) if isinstance(kind, int) else "", named)


def _cidr_routes(reply: Reply) -> tuple[Route, ...] | None:
    interfaces = reply.columns.get(f"{_CIDR}.5")
    if interfaces is None:
        return None
    types, protocols = reply.columns.get(f"{_CIDR}.6", {}), reply.columns.get(f"{_CIDR}.7", {})
    found = []
    for instance, number in interfaces.items():
        parts = instance.split(".")
        length = _mask_length(".".join(parts[4:8]))
        if len(parts) == 13 and length is not None:
            prefix, hop = f"{'.'.join(parts[:4])}/{length}", ".".join(parts[9:13])
            found.append(_route(prefix, hop, number, types.get(instance), protocols.get(instance)))
    return tuple(found)


def _old_routes(reply: Reply) -> tuple[Route, ...] | None:
    hops, masks = reply.columns.get(f"{_OLD_ROUTE}.7"), reply.columns.get(f"{_OLD_ROUTE}.11", {})
    if hops is None:
        return None
    columns = [reply.columns.get(f"{_OLD_ROUTE}.{n}", {}) for n in (2, 8, 9)]
    found = []
    for network, hop in hops.items():
        length = _mask_length(str(masks.get(network, "")))
        number, kind, protocol = (cells.get(network) for cells in columns)
        if length is not None:
            found.append(_route(f"{network}/{length}", str(hop), number or 0, kind, protocol, OLD_ROUTE_TYPES))
    return tuple(found)


def read_listeners(reply: Reply) -> Listeners:
    """Who listens, by the newer tables and the older ones together."""
    return Listeners(_udp(reply), _tcp(reply))


def _udp(reply: Reply) -> tuple[Listener, ...] | None:
    new, old = reply.columns.get(_UDP), reply.columns.get(_OLD_UDP)
    if new is None and old is None:
        return None
    found = set()
    for instance in old or ():
        parts = instance.split(".")
        if len(parts) == 5:
            found.add(Listener("udp", ".".join(parts[:4]), int(parts[4])))
    for instance in new or ():
        try:
            arcs = _arcs(instance)
            address, at = _inet(arcs, 0)
            found.add(Listener("udp", address or "0.0.0.0", arcs[at]))
        except (ValueError, IndexError):
            continue
    return tuple(sorted(found, key=lambda row: (row.port, row.address)))


def _tcp(reply: Reply) -> tuple[Listener, ...] | None:
    new, old = reply.columns.get(_TCP_LISTENER), reply.columns.get(_TCP_CONN)
    if new is None and old is None:
        return None
    found = set()
    for instance, state in (old or {}).items():
        parts = instance.split(".")
        if state == LISTEN and len(parts) == 10:
            found.add(Listener("tcp", ".".join(parts[:4]), int(parts[4])))
    for instance in new or ():
        try:
            arcs = _arcs(instance)
            address, at = _inet(arcs, 0)
            found.add(Listener("tcp", address or "0.0.0.0", arcs[at]))
        except (ValueError, IndexError):
            continue
    return tuple(sorted(found, key=lambda row: (row.port, row.address)))
