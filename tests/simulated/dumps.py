"""What a recorded poll holds: its columns with their types and the forms of their indexes; relations that any agent's tables keep."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

MIB2 = "1.3.6.1.2.1"
ENTRIES = {
    "ifEntry": f"{MIB2}.2.2.1", "ifXEntry": f"{MIB2}.31.1.1.1", "ipAddrEntry": f"{MIB2}.4.20.1", "ipAddressEntry": f"{MIB2}.4.34.1",
    "ipNetToMediaEntry": f"{MIB2}.4.22.1", "ipNetToPhysicalEntry": f"{MIB2}.4.35.1", "ipCidrRouteEntry": f"{MIB2}.4.24.4.1",
    "inetCidrRouteEntry": f"{MIB2}.4.24.7.1", "tcpConnEntry": f"{MIB2}.6.13.1", "tcpListenerEntry": f"{MIB2}.6.20.1",
    "udpEntry": f"{MIB2}.7.5.1", "udpEndpointEntry": f"{MIB2}.7.7.1", "dot3StatsEntry": f"{MIB2}.10.7.2.1",
    "ospfAreaEntry": f"{MIB2}.14.2.1", "ospfLsdbEntry": f"{MIB2}.14.4.1", "ospfIfEntry": f"{MIB2}.14.7.1",
    "ospfIfMetricEntry": f"{MIB2}.14.8.1", "ospfNbrEntry": f"{MIB2}.14.10.1", "bgpPeerEntry": f"{MIB2}.15.3.1",
    "bgp4PathAttrEntry": f"{MIB2}.15.6.1", "dot1dBasePortEntry": f"{MIB2}.17.1.4.1", "dot1dStpPortEntry": f"{MIB2}.17.2.15.1",
    "dot1dTpFdbEntry": f"{MIB2}.17.4.3.1", "dot1qTpFdbEntry": f"{MIB2}.17.7.1.2.2.1", "dot1qVlanCurrentEntry": f"{MIB2}.17.7.1.4.2.1",
    "dot1qVlanStaticEntry": f"{MIB2}.17.7.1.4.3.1", "dot1qPortVlanEntry": f"{MIB2}.17.7.1.4.5.1", "hrStorageEntry": f"{MIB2}.25.2.3.1",
    "hrProcessorEntry": f"{MIB2}.25.3.3.1", "hrSWRunEntry": f"{MIB2}.25.4.2.1", "entPhysicalEntry": f"{MIB2}.47.1.1.1.1",
    "entPhySensorEntry": f"{MIB2}.99.1.1.1", "lldpLocPortEntry": "1.0.8802.1.1.2.1.3.7.1", "lldpRemEntry": "1.0.8802.1.1.2.1.4.1.1",
    "lldpRemManAddrEntry": "1.0.8802.1.1.2.1.4.2.1", "vtpVlanEntry": "1.3.6.1.4.1.9.9.46.1.3.1.1",
    "vlanTrunkPortEntry": "1.3.6.1.4.1.9.9.46.1.6.1.1", "vmMembershipEntry": "1.3.6.1.4.1.9.9.68.1.2.2.1",
    "cpmCPUTotalEntry": "1.3.6.1.4.1.9.9.109.1.1.1.1", "ciscoMemoryPoolEntry": "1.3.6.1.4.1.9.9.48.1.1.1",
    "ciscoEnvMonFanEntry": "1.3.6.1.4.1.9.9.13.1.4.1", "ciscoEnvMonSupplyEntry": "1.3.6.1.4.1.9.9.13.1.5.1",
    "jnxOperatingEntry": "1.3.6.1.4.1.2636.3.1.13.1", "hwEntityStateEntry": "1.3.6.1.4.1.2011.5.25.31.1.1.1.1",
    "hwFanStatusEntry": "1.3.6.1.4.1.2011.5.25.31.1.1.10.1",
}  # fmt: skip
_NAMES = {oid: name for name, oid in ENTRIES.items()}
Column = tuple[str, int]


@dataclass(slots=True)
class Dump:
    """Cells by column and index; types by column or scalar."""

    cells: dict[Column, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    types: dict[Column, set[str]] = field(default_factory=lambda: defaultdict(set))
    scalars: dict[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.types}

    def forms(self, column: Column) -> set[int]:
        """How many arcs its indexes have."""
        return {index.count(".") + 1 for index in self.cells[column]}

    def column(self, table: str, number: int) -> dict[str, str]:
        return self.cells.get((table, number), {})


def read_dump(path: Path) -> Dump:
    with gzip.open(path, "rt", errors="replace") if path.suffix == ".gz" else path.open(errors="replace") as lines:
        return parse(lines)


def parse(lines: Iterable[str]) -> Dump:
    found = Dump()
    for line in lines:
        oid, tag, value = line.rstrip("\n").split("|", 2) if line.count("|") > 1 else ("", "", "")
        entry = next((oid[:end] for end in _dots(oid) if oid[:end] in _NAMES), "")
        if entry:
            number, _, index = oid[len(entry) + 1 :].partition(".")
            found.cells[_NAMES[entry], int(number)][index] = value
            found.types[_NAMES[entry], int(number)].add(tag.removesuffix("x"))
        elif oid.endswith(".0"):
            found.scalars[oid] = tag.removesuffix("x")
    return found


def _dots(oid: str) -> Iterator[int]:
    return (n for n, letter in enumerate(oid) if letter == ".")


def merged(dumps: Iterable[Dump]) -> Dump:
    """All that several dumps hold, for what columns there are and how they look."""
    whole = Dump()
    for dump in dumps:
        for column, types in dump.types.items():
            whole.types[column] |= types
            whole.cells[column] |= dump.cells[column]
        whole.scalars |= dump.scalars
    return whole


def broken(dump: Dump) -> list[str]:
    """Relations between tables that do not hold, in words; RFC 2863, 4293, 4292, 4750, 4273 and IEEE 802.1AB say that they do."""
    return [*_interfaces(dump), *_networks(dump), *_routing(dump)]


def _interfaces(dump: Dump) -> Iterator[str]:
    known = set(dump.column("ifEntry", 8))
    for table, number in (("ifXEntry", 1), ("dot3StatsEntry", 3)):
        if more := set(dump.column(table, number)) - known:
            yield f"{table} has rows {sorted(more)} that ifEntry has not"
    if missing := known - set(dump.column("ifXEntry", 1)):
        yield f"ifXEntry lacks {sorted(missing)}"
    for table, number in (("ipAddrEntry", 2), ("dot1dBasePortEntry", 2), ("ipAddressEntry", 3)):
        if more := set(dump.column(table, number).values()) - known:
            yield f"{table} names the interfaces {sorted(more)}"
    for table, number in (("inetCidrRouteEntry", 7), ("ipCidrRouteEntry", 5)):
        if more := set(dump.column(table, number).values()) - known - {"0"}:
            yield f"{table} names the interfaces {sorted(more)}"
    heard = {index.split(".")[1] for index in dump.column("lldpRemEntry", 5)}
    if more := heard - set(dump.column("lldpLocPortEntry", 3)):
        yield f"lldpRemEntry names the local ports {sorted(more)}"


def own_networks(dump: Dump) -> dict[str, IPv4Interface]:
    masks = dump.column("ipAddrEntry", 3)
    return {address: IPv4Interface(f"{address}/{mask}") for address, mask in masks.items()}


def _networks(dump: Dump) -> Iterator[str]:
    own = own_networks(dump)
    by_port: dict[str, list[IPv4Interface]] = defaultdict(list)
    for address, port in dump.column("ipAddrEntry", 2).items():
        by_port[port].append(own[address])
    for index in dump.column("ipNetToMediaEntry", 2):
        port, _, address = index.partition(".")
        if not any(IPv4Address(address) in one.network for one in by_port[port]):
            yield f"ipNetToMediaEntry: {address} is in no subnet of interface {port}"
    for index, port in dump.column("inetCidrRouteEntry", 7).items():
        hop = ".".join(index.split(".")[-4:])
        if index.startswith("1.4.") and hop != "0.0.0.0" and port != "0" and not any(IPv4Address(hop) in one.network for one in by_port[port]):  # fmt: skip
            yield f"inetCidrRouteEntry: the next hop {hop} is in no subnet of interface {port}"


def _routing(dump: Dump) -> Iterator[str]:
    own = own_networks(dump)
    if more := set(dump.column("ospfIfEntry", 1).values()) - set(own):
        yield f"ospfIfEntry has the addresses {sorted(more)}"
    if more := set(dump.column("ospfIfEntry", 3).values()) - set(dump.column("ospfAreaEntry", 1).values()):
        yield f"ospfIfEntry has the areas {sorted(more)}"
    speaking = [own[a] for a in dump.column("ospfIfEntry", 1).values() if a in own]
    for address in dump.column("ospfNbrEntry", 1).values():
        if not any(IPv4Address(address) in one.network for one in speaking):
            yield f"ospfNbrEntry: {address} is in no subnet of an OSPF interface"
    up = {peer for peer, state in dump.column("bgpPeerEntry", 2).items() if state == "6"}
    if more := {dump.column("bgpPeerEntry", 5).get(peer, "") for peer in up} - set(own) - {""}:
        yield f"bgpPeerEntry has the local addresses {sorted(more)}"
    peers = {".".join(index.split(".")[-4:]) for index in dump.column("bgp4PathAttrEntry", 5)}
    if more := peers - set(dump.column("bgpPeerEntry", 2)) - {"0.0.0.0"}:
        yield f"bgp4PathAttrEntry has paths of {sorted(more)}"
