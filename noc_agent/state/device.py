"""One device in one poll: its tables as typed rows, read from the reply when first asked for.

Every property is None where the device served nothing of that table: unknown, never empty or zero.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from noc_agent.snmp import (
    ISIS_COLUMNS,
    LLDP_COLUMNS,
    Address,
    AggPort,
    BgpLocal,
    BgpPeer,
    CdpLocal,
    CdpNeighbor,
    FhrpGroup,
    HsrpGroup,
    IfStack,
    Interface,
    IsisAdjacency,
    LagMember,
    Listeners,
    LldpLocal,
    LldpLocalPort,
    LldpRemote,
    OspfGeneral,
    OspfInterface,
    OspfNeighbor,
    PagpPort,
    PingResult,
    PortVlans,
    Process,
    Reply,
    Route,
    System,
    Vrrp3Address,
    Vrrp3Oper,
    VrrpAddress,
    VrrpOper,
    columns_of,
    read_addresses,
    read_fhrp,
    read_isis,
    read_lag_members,
    read_listeners,
    read_lldp_remotes,
    read_routes,
    read_table,
    vlans_of_ports,
)

Row = TypeVar("Row")


class DeviceState:
    """What `device` answered in the poll of `observed_at`; one object per device and poll."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.device = reply.device
        self.observed_at: datetime = reply.observed_at

    def whole(self, *trees: str) -> bool:
        """Whether these parts of the MIB were read to their end: else a row that is not there is unknown, not gone."""
        return not any(f"{oid}.".startswith(f"{tree}.") for oid in self.reply.partial for tree in trees)

    def _table(self, row: type[Row]) -> tuple[Row, ...] | None:
        """A table of which it matters what is not there: None where it was not read to its end."""
        return read_table(self.reply, row) if self.whole(*columns_of(row)) else None

    @cached_property
    def system(self) -> System | None:
        return _first(read_table(self.reply, System))

    @cached_property
    def interfaces(self) -> Mapping[str, Interface] | None:
        """Interfaces by name (ifName, else ifDescr). Of two with one name the one that is up is kept."""
        rows = read_table(self.reply, Interface)
        if rows is None:
            return None
        ordered = sorted(rows, key=lambda row: (row.ifOperStatus == "up", -row.ifIndex))
        return {row.name: row for row in ordered}

    @cached_property
    def interface_names(self) -> Mapping[int, str]:
        """ifIndex → name."""
        return {row.ifIndex: name for name, row in (self.interfaces or {}).items()}

    @cached_property
    def lldp_local(self) -> LldpLocal | None:
        return _first(read_table(self.reply, LldpLocal))

    @cached_property
    def lldp_ports(self) -> Mapping[int, LldpLocalPort]:
        return {row.lldpLocPortNum: row for row in read_table(self.reply, LldpLocalPort) or ()}

    @cached_property
    def lldp_remotes(self) -> tuple[LldpRemote, ...] | None:
        """LLDP neighbors; an empty tuple where the device runs LLDP and hears nobody."""
        if not self.whole(*columns_of(LldpRemote), *LLDP_COLUMNS):
            return None
        rows = read_lldp_remotes(self.reply)
        return () if rows is None and (self.lldp_ports or self.lldp_local) else rows

    @cached_property
    def cdp_neighbors(self) -> tuple[CdpNeighbor, ...] | None:
        """CDP neighbors; an empty tuple where the device runs CDP and hears nobody."""
        if not self.whole(*columns_of(CdpNeighbor)):
            return None
        rows = read_table(self.reply, CdpNeighbor)
        local = _first(read_table(self.reply, CdpLocal))
        return () if rows is None and local is not None and local.cdpGlobalRun == "true" else rows

    @cached_property
    def isis_adjacencies(self) -> tuple[IsisAdjacency, ...] | None:
        """IS-IS adjacencies; an empty tuple where circuits are served and adjacencies are not."""
        return read_isis(self.reply) if self.whole(*ISIS_COLUMNS) else None

    @cached_property
    def ospf(self) -> OspfGeneral | None:
        return _first(read_table(self.reply, OspfGeneral))

    @cached_property
    def ospf_interfaces(self) -> tuple[OspfInterface, ...] | None:
        return self._table(OspfInterface)

    @cached_property
    def ospf_neighbors(self) -> tuple[OspfNeighbor, ...] | None:
        """OSPF neighbors; an empty tuple where OSPF is served and has none."""
        if not self.whole(*columns_of(OspfNeighbor)):
            return None
        rows = read_table(self.reply, OspfNeighbor)
        return () if rows is None and self.ospf is not None else rows

    @cached_property
    def bgp_local(self) -> BgpLocal | None:
        return _first(read_table(self.reply, BgpLocal))

    @cached_property
    def bgp_peers(self) -> tuple[BgpPeer, ...] | None:
        if not self.whole(*columns_of(BgpPeer)):
            return None
        rows = read_table(self.reply, BgpPeer)
        return () if rows is None and self.bgp_local is not None else rows

    @cached_property
    def lag_members(self) -> Mapping[str, LagMember] | None:
        """Interface name → its membership in a bundle; ports that are in none are not there."""
        rows = read_lag_members(self.reply) if self.whole(*columns_of(AggPort, PagpPort, IfStack)) else None
        names = self.interface_names
        return None if rows is None else {names[row.ifIndex]: row for row in rows if row.ifIndex in names}

    @cached_property
    def fhrp_groups(self) -> tuple[FhrpGroup, ...] | None:
        """HSRP and VRRP groups."""
        return (
            read_fhrp(self.reply)
            if self.whole(*columns_of(HsrpGroup, VrrpOper, VrrpAddress, Vrrp3Oper, Vrrp3Address))
            else None
        )

    @cached_property
    def port_vlans(self) -> Mapping[str, PortVlans]:
        """Interface name → its VLANs; a port of which nothing is served is not there."""
        names = self.interface_names
        return {names[ifIndex]: row for ifIndex, row in vlans_of_ports(self.reply).items() if ifIndex in names}

    @cached_property
    def addresses(self) -> tuple[Address, ...] | None:
        return read_addresses(self.reply) if self.whole("1.3.6.1.2.1.4.20", "1.3.6.1.2.1.4.34") else None

    @cached_property
    def routes(self) -> tuple[Route, ...] | None:
        return read_routes(self.reply) if self.whole("1.3.6.1.2.1.4.24", "1.3.6.1.2.1.4.21") else None

    @cached_property
    def listeners(self) -> Listeners:
        found = read_listeners(self.reply)
        udp = found.udp if self.whole("1.3.6.1.2.1.7") else None
        return Listeners(udp, found.tcp if self.whole("1.3.6.1.2.1.6") else None)

    @cached_property
    def processes(self) -> tuple[Process, ...] | None:
        return self._table(Process)

    @cached_property
    def pings(self) -> tuple[PingResult, ...] | None:
        return self._table(PingResult)

    @property
    def uptime(self) -> float | None:
        """sysUpTime in seconds."""
        ticks = self.system.sysUpTime if self.system else None
        return None if ticks is None else ticks / 100

    @cached_property
    def interface_by_address(self) -> Mapping[str, str]:
        """Own address → interface name."""
        names = self.interface_names
        return {row.address: names[row.ifIndex] for row in self.addresses or () if row.ifIndex in names}

    @cached_property
    def addresses_of_interface(self) -> Mapping[str, tuple[Address, ...]]:
        """Interface name → its addresses."""
        found: dict[str, list[Address]] = defaultdict(list)
        for row in self.addresses or ():
            if row.ifIndex in self.interface_names:
                found[self.interface_names[row.ifIndex]].append(row)
        return {name: tuple(rows) for name, rows in found.items()}

    def interface_towards(self, address: str, index: int = 0) -> str | None:
        """The own interface that a neighbor's address is on: by its index where unnumbered, else by the subnet."""
        if index:
            return self.interface_names.get(index)
        try:
            wanted = ipaddress.ip_address(address)
        except ValueError:
            return None
        for name, rows in self.addresses_of_interface.items():
            for row in rows:
                if row.prefix_length is None:
                    continue
                subnet = ipaddress.ip_interface(f"{row.address}/{row.prefix_length}").network
                if wanted.version == subnet.version and wanted in subnet:
                    return name
        return None

    @cached_property
    def ospf_by_interface(self) -> Mapping[str, tuple[OspfNeighbor, ...]]:
        """OSPF neighbors by the own interface they are heard on."""
        found: dict[str, list[OspfNeighbor]] = defaultdict(list)
        for row in self.ospf_neighbors or ():
            name = self.interface_towards(row.ospfNbrIpAddr, row.ospfNbrAddressLessIndex)
            if name:
                found[name].append(row)
        return {name: tuple(rows) for name, rows in found.items()}

    def last_change(self, interface: Interface) -> datetime | None:
        """When the interface entered its operational state, by ifLastChange; None where that cannot be told."""
        if self.uptime is None or not interface.ifLastChange:
            return None
        age = self.uptime - interface.ifLastChange / 100
        return self.observed_at - timedelta(seconds=age) if age >= 0 else None


def _first(rows: Iterable[Row] | None) -> Row | None:
    return next(iter(rows), None) if rows is not None else None
