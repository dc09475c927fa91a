"""Findings about who hears whom: LLDP, OSPF and IS-IS neighbors. BGP sessions are in bgp_sessions.py."""

from __future__ import annotations

from collections.abc import Iterator

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at
from noc_agent.findings.ospf_pairs import port_of
from noc_agent.site.model import End
from noc_agent.snmp import IsisAdjacency, OspfNeighbor
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network
from noc_agent.topology.links import lldp_local_end

ADJACENT = {"full", "twoWay"}  # twoWay is where two DROthers stay (RFC 2328, 10.4)
UNFINISHED = {"attempt", "init", "exchangeStart", "exchange", "loading"}
ISIS_LOST = ("isis_neighbor_down", "isis_neighbor_change")
OSPF_LOST = ("ospf_neighbor_down", "ospf_neighbor_change")


def find_ospf(network: Network) -> Iterator[Finding]:
    """OSPF neighbors that were adjacent and are lost, or stay short of full."""
    for history in network.histories.values():
        if history.earlier is None or history.now is None or not history.answers:
            continue
        if history.now.ospf_neighbors is None:
            continue  # the table is not served any more: unknown, not lost
        now = {_ospf_key(row): row for row in history.now.ospf_neighbors}
        for row in history.earlier.ospf_neighbors or ():
            new = now.get(_ospf_key(row))
            state = new.ospfNbrState if new else None
            if row.ospfNbrState not in ADJACENT or state in ADJACENT:
                continue
            yield _ospf_finding(network, history, row, state)


def _ospf_key(row: OspfNeighbor) -> tuple[str, int]:
    return row.ospfNbrIpAddr, row.ospfNbrAddressLessIndex


def _ospf_finding(network: Network, history: DeviceHistory, row: OspfNeighbor, state: str | None) -> Finding:
    device, before = history.device, history.earlier
    name = before.interface_towards(*_ospf_key(row)) if before else None
    far = network.peer_of(device, row.ospfNbrIpAddr) or network.names.device_of(row.ospfNbrRtrId or "")
    port = port_of(network, device, name) if name else None
    around = network.around(port) | network.around(End(device, name)) if name and port else frozenset()
    kind = "neighbor_stuck" if state in UNFINISHED else "neighbor_lost"
    words = f"stays in {state}" if state in UNFINISHED else "is gone"
    where = f" on {name}" if name else ""
    return Finding(
        kind=kind,
        resource=port.resource if port else f"node/{device}",
        summary=f"{device}: OSPF neighbor {far or row.ospfNbrRtrId}{where} {words} (was {row.ospfNbrState})",
        at=changed_at(network, device, OSPF_LOST, (row.ospfNbrIpAddr, row.ospfNbrRtrId or "", name or ""))
        or history.shown_at,
        device=device,
        facts={"protocol": "ospf", "peer": row.ospfNbrIpAddr, "state": state or "none", "peer_device": far or ""},
        path=around | {f"node/{device}"} | ({f"node/{far}"} if far else set()),
    )


def find_isis(network: Network) -> Iterator[Finding]:
    """IS-IS adjacencies that were up and are not."""
    for history in network.histories.values():
        if history.earlier is None or history.now is None or not history.answers:
            continue
        if history.now.isis_adjacencies is None:
            continue  # the table is not served any more: unknown, not lost
        now = {_isis_key(row): row.isisISAdjState for row in history.now.isis_adjacencies}
        for row in history.earlier.isis_adjacencies or ():
            state = now.get(_isis_key(row))
            if row.isisISAdjState == "up" and state != "up":
                yield _isis_finding(network, history, row, state)


def _isis_key(row: IsisAdjacency) -> tuple[int | None, str | None]:
    """The index of an adjacency is made anew when it comes back."""
    return row.ifIndex, row.isisISAdjNeighSysID


def _isis_finding(network: Network, history: DeviceHistory, row: IsisAdjacency, state: str | None) -> Finding:
    device, before = history.device, history.earlier
    name = before.interface_names.get(row.ifIndex or 0) if before else None
    known = (found for address in row.addresses if (found := network.peer_of(device, address)))
    far = next(known, None) or network.names.device_of(row.isisRouterHostName or "")
    shown = far or row.isisRouterHostName or row.isisISAdjNeighSysID or ""
    logged = changed_at(network, device, ISIS_LOST, (row.isisISAdjNeighSysID or "", shown, name or ""))
    port = port_of(network, device, name) if name else None
    around = network.around(port) | network.around(End(device, name)) if name and port else frozenset()
    where = f" on {name}" if name else ""
    return Finding(
        kind="neighbor_lost",
        resource=port.resource if port else f"node/{device}",
        summary=f"{device}: IS-IS neighbor {shown}{where} is {state or 'gone'} (was up)",
        at=logged or history.shown_at,
        device=device,
        facts={
            "protocol": "isis",
            "peer": row.isisISAdjNeighSysID or "",
            "state": state or "none",
            "peer_device": far or "",
        },
        path=around | {f"node/{device}"} | ({f"node/{far}"} if far else set()),
    )


def find_lldp(network: Network) -> Iterator[Finding]:
    """LLDP neighbors that are gone. A hint of where to look: LLDP itself may have been switched off."""
    for device, history in network.histories.items():
        if history.earlier is None or history.now is None or not history.answers or history.now.lldp_remotes is None:
            continue
        now = _lldp_keys(history.now)
        for end, far in _lldp_keys(history.earlier).items():
            if end in now:
                continue
            yield Finding(
                kind="neighbor_lost",
                resource=end.resource,
                summary=f"{device}: LLDP neighbor {far} on {end.interface} is gone",
                at=history.shown_at,
                device=device,
                facts={"protocol": "lldp", "peer": far},
                path=network.around(end) | {f"node/{network.names.device_of(far) or far}"},
                significant=False,
                starts=False,
            )


def _lldp_keys(state: DeviceState) -> dict[End, str]:
    """Own end → far system. The TimeMark in the index moves without any change of neighbor, so it is no key."""
    found: dict[End, str] = {}
    for row in state.lldp_remotes or ():
        end = lldp_local_end(state, row)
        if end is not None:
            found[end] = row.lldpRemSysName or row.lldpRemChassisId or "?"
    return found
