"""Ports that are up and send, and receive nothing any more: the direct sign of a line that carries nothing.

Judged between the last two polls of the incident: every octet counts, so one frame that arrives speaks against it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.interfaces import VIRTUAL
from noc_agent.findings.stacking import beneath
from noc_agent.site.model import End
from noc_agent.state import DeviceHistory, rates
from noc_agent.topology import Network
from noc_agent.topology.links import lldp_local_end

RETRY = 125.0  # within which a peer that lives tries again to connect, or answers who does (RFC 4271, 10)
MEMO, SHORTEST = "deaf_ports", 5.0  # seconds; of a shorter pair nothing is said
HELLO, KEEPALIVE, LLDP = 11.0, 21.0, 65.0  # seconds within which who speaks OSPF or IS-IS, BGP, or LLDP is heard
ADJACENT = ("full", "twoWay")
LEAST_BPS = 8.0  # what was received before, on the mean: the port was in use


def find_deaf(network: Network) -> Iterator[Finding]:
    """Ports with a known far end that are up, send, received before, and receive nothing."""
    for end in sorted(deaf_ports(network)):
        history, far = network.histories[end.device], network.other_end(end)
        yield Finding(
            kind="nothing_arrives",
            resource=end.resource,
            summary=f"{end.device} {end.interface} is up and sends, yet {_what(network, end)} arrives any more"
            + (f" from {far.device}" if far else ""),
            at=history.shown_at,
            device=end.device,
            facts={
                "peer_device": far.device if far else "",
                "far_seen": bool(far and _seen(network, far)),
                "port": end.interface,
                "observer": end.device,
            },
            path=network.around(end) | {f"node/{(far or end).device}"},
        )


def deaf_ports(network: Network) -> frozenset[End]:
    """All such ports, found once."""
    if MEMO not in network.memo:
        peers = frozenset(_bgp_ports(network))
        network.memo[MEMO] = frozenset(end for end in {*network.link_at, *peers} if _deaf(network, end, peers))
    return cast("frozenset[End]", network.memo[MEMO])


def _bgp_ports(network: Network) -> Iterator[End]:
    """Ports towards BGP peers of which no more may be known than their address."""
    for session in sessions(network):
        state = network.healthy(session.device)
        name = state.interface_towards(session.address) if session.is_down and state else None
        if name:
            yield beneath(network, End(session.device, name))


def _what(network: Network, end: End) -> str:
    return "no unicast frame" if arrives(network, end) else "nothing"


def is_deaf(network: Network, end: End) -> bool:
    return end in deaf_ports(network)


def arrives(network: Network, end: End) -> bool | None:
    """Whether octets arrived between the last two polls of the incident; None where that cannot be told."""
    history = network.histories.get(end.device)
    if history is None or len(history.window) < 2:
        return None
    load = rates(history.window[-2], history.window[-1], end.interface)
    return None if load is None or load.in_bps is None else load.in_bps > 0


def answers(network: Network, end: End) -> bool | None:
    """Whether unicast frames arrived between these polls: LLDP and BPDUs also come from who has no address any more. Octets
    tell where frames are not counted apart."""
    history = network.histories.get(end.device)
    if history is None or len(history.window) < 2:
        return None
    load = rates(history.window[-2], history.window[-1], end.interface)
    return arrives(network, end) if load is None or load.in_packets_per_s is None else load.in_packets_per_s > 0


def _deaf(network: Network, end: End, peers: Collection[End]) -> bool:
    """`peers`: ports over which a BGP session ended. Of a peer that nobody polls, unicast tells: its own hellos are multicast."""
    history = network.histories.get(end.device)
    if history is None or not history.answers or len(history.window) < 2:
        return False
    old, new = history.window[-2], history.window[-1]
    row, then = (new.interfaces or {}).get(end.interface), (old.interfaces or {}).get(end.interface)
    if row is None or then is None or {row.ifOperStatus, then.ifOperStatus, row.ifAdminStatus} != {"up"}:
        return False
    load = rates(old, new, end.interface)
    if row.ifType in VIRTUAL or load is None or load.seconds < SHORTEST or not load.out_bps:
        return False
    if load.in_bps != 0:
        far = network.other_end(end)
        alone = end in peers and load.seconds >= RETRY and not (far and _seen(network, far))
        return alone and load.in_packets_per_s == 0 and _was_used(history, end)
    return _was_used(history, end) and (
        _talked(history, end, load.seconds) or (load.seconds >= KEEPALIVE and end in peers)
    )


def _talked(history: DeviceHistory, end: End, seconds: float) -> bool:
    """Whether somebody at the far end spoke a protocol that is never silent for so long."""
    state = history.earlier
    if state is None:
        return False
    adjacent = any(row.ospfNbrState in ADJACENT for row in state.ospf_by_interface.get(end.interface, ()))
    names = state.interface_names
    adjacent |= any(
        row.isisISAdjState == "up" and names.get(row.ifIndex or 0) == end.interface
        for row in state.isis_adjacencies or ()
    )
    if adjacent and seconds >= HELLO:
        return True
    if seconds >= KEEPALIVE and any(
        row.bgpPeerState == "established" and state.interface_towards(row.bgpPeerRemoteAddr) == end.interface
        for row in state.bgp_peers or ()
    ):
        return True
    return seconds >= LLDP and any(lldp_local_end(state, row) == end for row in state.lldp_remotes or ())


def _was_used(history: DeviceHistory, end: End) -> bool:
    """Whether it received more than nothing before: in the pair that begins with the healthy poll, else in its life."""
    first = history.window[0]
    if history.before is not None:
        load = rates(history.before, first, end.interface)
        if load is not None and load.in_bps is not None:
            return load.in_bps > LEAST_BPS
    row = (first.interfaces or {}).get(end.interface)
    return bool(row and row.in_octets and first.uptime and row.in_octets * 8 / first.uptime > LEAST_BPS)


def _seen(network: Network, end: End) -> bool:
    history = network.histories.get(end.device)
    return bool(history and history.answers)
