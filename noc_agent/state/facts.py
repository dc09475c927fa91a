"""A state as plain facts, (subject, attribute) → value, table by table: what two polls are compared by.

A table that was not served is None: unknown. What moves in every poll (counters, ages, the FDB) is no fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from noc_agent.snmp import Listener, PhysicalEntity, Storage, StpGeneral, StpPort, read_table
from noc_agent.state.device import DeviceState

Value = str | int | float | bool | None
Facts = Mapping[tuple[str, str], Value]
THERE = "there"


def _system(state: DeviceState) -> Facts | None:
    if state.system is None:
        return None
    return {("system", name): getattr(state.system, name) for name in ("sysDescr", "sysName", "sysObjectID")}


def _interfaces(state: DeviceState) -> Facts | None:
    if state.interfaces is None or not state.whole("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1"):
        return None
    facts: dict[tuple[str, str], Value] = {}
    for name, row in state.interfaces.items():
        where = f"interface/{state.device}/{name}"
        facts[where, "ifAdminStatus"], facts[where, "ifOperStatus"] = row.ifAdminStatus, row.ifOperStatus
    return facts


def _parameters(state: DeviceState) -> Facts | None:
    if state.interfaces is None or not state.whole("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1"):
        return None
    facts: dict[tuple[str, str], Value] = {}
    for name, row in state.interfaces.items():
        where = f"interface/{state.device}/{name}"
        facts[where, "ifMtu"], facts[where, "ifAlias"], facts[where, "ifPhysAddress"] = (
            row.ifMtu,
            row.ifAlias,
            row.ifPhysAddress,
        )
        if row.ifOperStatus == "up":  # the speed of a port that is down is whatever its agent makes up
            facts[where, "speed_bps"] = row.speed_bps
    return facts


def _ospf_neighbors(state: DeviceState) -> Facts | None:
    rows = state.ospf_neighbors
    if rows is None:
        return None
    return {
        (f"OSPF neighbor {row.ospfNbrRtrId or row.ospfNbrIpAddr}", row.ospfNbrIpAddr): row.ospfNbrState for row in rows
    }


def _ospf_interfaces(state: DeviceState) -> Facts | None:
    rows = state.ospf_interfaces
    if rows is None:
        return None
    names = (
        "ospfIfAreaId",
        "ospfIfType",
        "ospfIfAdminStat",
        "ospfIfHelloInterval",
        "ospfIfRtrDeadInterval",
        "ospfIfAuthType",
    )
    return {(f"OSPF interface {row.ospfIfIpAddress}", name): getattr(row, name) for row in rows for name in names}


def _bgp_peers(state: DeviceState) -> Facts | None:
    rows = state.bgp_peers
    if rows is None:
        return None
    # The states before `established` change with every attempt: none of them is news.
    return {
        (f"BGP peer {row.bgpPeerRemoteAddr}", "bgpPeerState"): "established"
        if row.bgpPeerState == "established"
        else "down"
        for row in rows
    }


def _bgp_settings(state: DeviceState) -> Facts | None:
    rows = state.bgp_peers
    if rows is None:
        return None
    own: dict[tuple[str, str], Value] = {("BGP", "bgpLocalAs"): state.bgp_local.bgpLocalAs if state.bgp_local else None}
    for row in rows:
        for name in ("bgpPeerRemoteAs", "bgpPeerAdminStatus"):
            own[f"BGP peer {row.bgpPeerRemoteAddr}", name] = getattr(row, name)
    return own


def _lldp(state: DeviceState) -> Facts | None:
    if state.lldp_remotes is None:
        return None
    names = state.interface_names
    return {
        (
            f"LLDP neighbor {row.lldpRemSysName or row.lldpRemChassisId} on {_port(state, row.lldpRemLocalPortNum, names)}",
            "heard",
        ): "present"
        for row in state.lldp_remotes
    }


def _port(state: DeviceState, number: int, names: Mapping[int, str]) -> str:
    local = state.lldp_ports.get(number)
    return names.get(number) or (local.lldpLocPortId if local else None) or str(number)


def _addresses(state: DeviceState) -> Facts | None:
    if state.addresses is None:
        return None
    return {(f"address {row.address}", "interface"): state.interface_names.get(row.ifIndex) for row in state.addresses}


def _routes(state: DeviceState) -> Facts | None:
    if state.routes is None:
        return None
    hops: dict[str, set[str]] = defaultdict(set)
    for row in state.routes:
        hops[row.prefix].add(row.next_hop if row.next_hop not in ("", "0.0.0.0", "::") else row.type or "connected")
    return {(f"prefix/{prefix}", "next_hops"): ", ".join(sorted(found)) for prefix, found in hops.items()}


def _udp(state: DeviceState) -> Facts | None:
    return _listening(state.listeners.udp)


def _tcp(state: DeviceState) -> Facts | None:
    return _listening(state.listeners.tcp)


def _listening(rows: Sequence[Listener] | None) -> Facts | None:
    """Ports below 1024: those above come and go with clients."""
    if rows is None:
        return None
    return {(f"{row.protocol}/{row.port}", "listener"): "listening" for row in rows if row.port < 1024}


def _bridge(state: DeviceState) -> Facts | None:
    general, ports = read_table(state.reply, StpGeneral), read_table(state.reply, StpPort)
    if (general is None and ports is None) or not state.whole("1.3.6.1.2.1.17.2"):
        return None
    facts: dict[tuple[str, str], Value] = {}
    for row in general or ():
        facts["spanning tree", "root"] = row.dot1dStpDesignatedRoot
    for port in ports or ():
        facts[f"bridge port {port.dot1dStpPort}", "dot1dStpPortState"] = port.dot1dStpPortState
    return facts


def _storage(state: DeviceState) -> Facts | None:
    rows = read_table(state.reply, Storage)
    if rows is None or not state.whole("1.3.6.1.2.1.25.2.3"):
        return None
    fixed = [row for row in rows if row.hrStorageType == "hrStorageFixedDisk" and row.hrStorageSize]
    return {
        (f"storage {row.hrStorageDescr}", "over_90_percent"): "full"
        if (row.hrStorageUsed or 0) > 0.9 * (row.hrStorageSize or 1)
        else "ok"
        for row in fixed
    }


def _hardware(state: DeviceState) -> Facts | None:
    rows = read_table(state.reply, PhysicalEntity)
    if rows is None or not state.whole("1.3.6.1.2.1.47"):
        return None
    return {
        (
            f"{row.entPhysicalClass or 'part'} {row.entPhysicalName or row.entPhysicalDescr} {row.entPhysicalSerialNum}",
            "fitted",
        ): "there"
        for row in rows
        if row.entPhysicalSerialNum
    }


def _cdp(state: DeviceState) -> Facts | None:
    if state.cdp_neighbors is None:
        return None
    names = state.interface_names
    rows = ((row.names, names.get(row.cdpCacheIfIndex, str(row.cdpCacheIfIndex))) for row in state.cdp_neighbors)
    return {(f"CDP neighbor {known[0] if known else '?'} on {port}", "heard"): "present" for known, port in rows}


def _isis(state: DeviceState) -> Facts | None:
    if state.isis_adjacencies is None:
        return None
    names = state.interface_names
    return {
        (
            f"IS-IS neighbor {row.isisRouterHostName or row.isisISAdjNeighSysID}",
            names.get(row.ifIndex or 0, "?"),
        ): row.isisISAdjState
        for row in state.isis_adjacencies
    }


def _bundles(state: DeviceState) -> Facts | None:
    if state.lag_members is None:
        return None
    names = state.interface_names
    facts: dict[tuple[str, str], Value] = {}
    for name, row in state.lag_members.items():
        where = f"member interface/{state.device}/{name}"
        facts[where, "bundle"] = names.get(row.aggregate)
        if row.attached is not None:
            facts[where, "attached"] = "attached" if row.attached else "detached"
    return facts


def _gateways(state: DeviceState) -> Facts | None:
    if state.fhrp_groups is None:
        return None
    names = state.interface_names
    return {
        (f"{row.protocol.upper()} group {row.group} on {names.get(row.ifIndex, row.ifIndex)}", "state"): row.state
        for row in state.fhrp_groups
    }


def _vlans(state: DeviceState) -> Facts | None:
    if not state.port_vlans or not state.whole("1.3.6.1.2.1.17.7", "1.3.6.1.4.1.9.9.46", "1.3.6.1.4.1.9.9.68"):
        return None
    facts: dict[tuple[str, str], Value] = {}
    for name, row in state.port_vlans.items():
        where = f"interface/{state.device}/{name}"
        facts[where, "pvid"] = row.pvid
        for attribute, numbers in (("untagged_vlans", row.untagged), ("tagged_vlans", row.tagged)):
            facts[where, attribute] = None if numbers is None else ", ".join(map(str, sorted(numbers)))
    return facts


TABLES: tuple[tuple[str, Callable[[DeviceState], Facts | None]], ...] = (
    ("parameter", _system),
    ("interface", _interfaces),
    ("parameter", _parameters),
    ("neighbor", _ospf_neighbors),
    ("neighbor", _lldp),
    ("neighbor", _cdp),
    ("neighbor", _isis),
    ("session", _bgp_peers),
    ("parameter", _ospf_interfaces),
    ("parameter", _bgp_settings),
    ("address", _addresses),
    ("route", _routes),
    ("service", _udp),
    ("service", _tcp),
    ("bridge", _bridge),
    ("bridge", _bundles),
    ("bridge", _gateways),
    ("parameter", _vlans),
    ("health", _storage),
    ("hardware", _hardware),
)
