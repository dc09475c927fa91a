"""Who a device hears, as rows: LLDP, CDP, OSPF, IS-IS and BGP neighbors of one poll, and whether intent knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from noc_agent.site.model import End
from noc_agent.snmp import IsisAdjacency
from noc_agent.state import DeviceState
from noc_agent.topology.links import cdp_device, cdp_local_end, lldp_local_end
from noc_agent.topology.network import Network

Row = dict[str, object]
Keyed = Iterator[tuple[object, Row]]  # (what makes a neighbor the same in two polls, its row)


def lldp_rows(network: Network, state: DeviceState) -> Keyed:
    for row in state.lldp_remotes or ():
        end = lldp_local_end(state, row)
        far = network.other_end(end) if end else None
        peer = (
            network.device_of(row.lldpRemSysName or row.lldpRemChassisId or "")
            or row.lldpRemSysName
            or row.lldpRemChassisId
        )
        same = far is not None and far.device == peer
        yield (
            (end, peer),
            _neighbor(
                network, state, end, "lldp", peer, far.interface if far and same else row.lldpRemPortId, "present"
            ),
        )


def cdp_rows(network: Network, state: DeviceState) -> Keyed:
    for row in state.cdp_neighbors or ():
        end = cdp_local_end(state, row)
        far = network.other_end(end) if end else None
        peer = cdp_device(row, network.names) or (row.names[-1] if row.names else None)
        same = far is not None and far.device == peer
        port = far.interface if far and same else row.cdpCacheDevicePort
        made = _neighbor(network, state, end, "cdp", peer, port, "present")
        more = {"address": next(iter(row.addresses), None), "native_vlan": row.cdpCacheNativeVLAN or None}
        yield (end, peer), {**made, **more, "duplex": row.cdpCacheDuplex, "platform": row.cdpCachePlatform}


def isis_rows(network: Network, state: DeviceState) -> Keyed:
    for row in state.isis_adjacencies or ():
        name = state.interface_names.get(row.ifIndex) if row.ifIndex else None
        end = End(state.device, name) if name else None
        far = _other_end(network, end) if end else None
        peer = _isis_peer(network, state, row) or (far.device if far else None)
        made = _neighbor(
            network, state, end, "isis", peer or row.isisRouterHostName or row.isisISAdjNeighSysID,
            far.interface if far and far.device == peer else None, row.isisISAdjState,
        )  # fmt: skip
        more = {"address": next(iter(row.addresses), None), "system_id": row.isisISAdjNeighSysID}
        yield (name, row.isisISAdjNeighSysID, row.isisISAdjUsage), {**made, **more, "level": row.isisISAdjUsage}


def _isis_peer(network: Network, state: DeviceState, row: IsisAdjacency) -> str | None:
    """The inventory's device behind an adjacency: by its dynamic host name, its addresses, its SNPA."""
    texts = (row.isisRouterHostName, *row.addresses, row.isisISAdjNeighSNPAAddress)
    return next(
        (found for text in texts if text and (found := network.device_of(text)) not in (None, state.device)), None
    )


def _other_end(network: Network, end: End) -> End | None:
    """The far end of an interface, or of the port that it is a unit of (xe-0/0/0.0): links are known between ports."""
    port, dot, unit = end.interface.rpartition(".")
    below = End(end.device, port) if dot and unit.isdigit() else None
    return network.other_end(end) or (network.other_end(below) if below else None)


def ospf_rows(network: Network, state: DeviceState) -> Keyed:
    for row in state.ospf_neighbors or ():
        name = state.interface_towards(row.ospfNbrIpAddr, row.ospfNbrAddressLessIndex)
        end = End(state.device, name) if name else None
        far = network.other_end(end) if end else None
        peer = network.peer_of(state.device, row.ospfNbrIpAddr) or row.ospfNbrRtrId
        made = _neighbor(network, state, end, "ospf", peer, far.interface if far else None, row.ospfNbrState)
        yield (
            (row.ospfNbrIpAddr, row.ospfNbrAddressLessIndex),
            {**made, "address": row.ospfNbrIpAddr, "router_id": row.ospfNbrRtrId},
        )


def bgp_rows(network: Network, state: DeviceState) -> Keyed:
    for row in state.bgp_peers or ():
        name = state.interface_towards(row.bgpPeerRemoteAddr)
        end = End(state.device, name) if name else None
        far = network.other_end(end) if end else None
        peer = network.peer_of(state.device, row.bgpPeerRemoteAddr) or row.bgpPeerRemoteAddr
        made = _neighbor(network, state, end, "bgp", peer, far.interface if far else None, row.bgpPeerState)
        more = {"address": row.bgpPeerRemoteAddr, "remote_as": row.bgpPeerRemoteAs, "last_error": row.bgpPeerLastError}
        yield row.bgpPeerRemoteAddr, {**made, **more, "admin": row.bgpPeerAdminStatus}


def _neighbor(
    network: Network,
    state: DeviceState,
    end: End | None,
    protocol: str,
    peer: str | None,
    port: str | None,
    is_now: str | None,
) -> Row:
    intent = network.site.intent
    pairs: dict[str, set[frozenset[str]] | None] = {
        "lldp": {frozenset((link.a.device, link.b.device)) for link in intent.links} or None,
        "cdp": {frozenset((link.a.device, link.b.device)) for link in intent.links} or None,
        "isis": None,  # topology.yaml has no intent for it
        "ospf": {frozenset((row.a.device, row.b.device)) for row in intent.ospf} or None,
        "bgp": {frozenset((row.a, row.b)) for row in intent.bgp} or None,
    }
    known = pairs[protocol]
    return {
        "device": state.device,
        "interface": end.interface if end else None,
        "protocol": protocol,
        "peer": peer,
        "peer_interface": port,
        "state": is_now,
        "intended": None if known is None else frozenset((state.device, peer or "")) in known,
    }


READERS: dict[str, Callable[[Network, DeviceState], Keyed]] = {
    "lldp": lldp_rows, "cdp": cdp_rows, "ospf": ospf_rows, "isis": isis_rows, "bgp": bgp_rows,
}  # fmt: skip


def served(kind: str, state: DeviceState) -> bool:
    """Whether the poll holds that protocol's table at all; where it does not, a neighbor that is not there is unknown."""
    tables = {
        "lldp": state.lldp_remotes, "cdp": state.cdp_neighbors, "ospf": state.ospf_neighbors,
        "isis": state.isis_adjacencies, "bgp": state.bgp_peers,
    }  # fmt: skip
    return tables[kind] is not None
