"""Who a device hears, as rows: LLDP, OSPF and BGP neighbors of one poll, and whether intent knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from noc_agent.site.model import End
from noc_agent.state import DeviceState
from noc_agent.topology.links import lldp_local_end
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


READERS: dict[str, Callable[[Network, DeviceState], Keyed]] = {"lldp": lldp_rows, "ospf": ospf_rows, "bgp": bgp_rows}
