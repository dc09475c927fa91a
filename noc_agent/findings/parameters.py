"""Findings about what two ends must agree on, and do not: MTU (RFC 2328, 10.6), AS numbers (RFC 4271, 6.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at
from noc_agent.findings.heard import end_at, links_between, unseen
from noc_agent.findings.stacking import beneath
from noc_agent.site.model import End, Link
from noc_agent.snmp import BgpPeer
from noc_agent.state import DeviceState
from noc_agent.topology import Network

HANGING = {"exchangeStart", "exchange"}  # where an adjacency stays whose database descriptions do not fit
MTU_EVENTS = ("mtu_changed", "ospf_mtu_mismatch")
SENT = ("bgp_notification_sent", "bgp_session_down")
BAD_PEER_AS = "0202"  # OPEN Message Error, Bad Peer AS


def find_mtu_mismatch(network: Network) -> Iterator[Finding]:
    """Links whose ends state different ifMtu where that is new, or where an OSPF adjacency hangs on it.

    Where interfaces with addresses stand on the ports of a link (SR OS) and both differ, it is one fault: the ports'.
    """
    found = {link: mismatch for link in network.links if (mismatch := _mtu_mismatch(network, link)) is not None}
    for link in list(found):
        carrier = _carrier(network, link)
        if carrier != link and carrier in found:
            found[carrier] = _both(found[carrier], found.pop(link))
    yield from found.values()


def _carrier(network: Network, link: Link) -> Link:
    """The link between the ports that both ends stand on; itself where they stand on none."""
    ports = {beneath(network, end) for end in link.ends}
    below = network.link_at.get(next(iter(ports)))
    return below if below is not None and set(below.ends) == ports else link


def _both(one: Finding, other: Finding) -> Finding:
    """One finding of a link and of the interfaces that stand on it."""
    facts = {name: value or other.facts[name] for name, value in one.facts.items()}
    return replace(one, facts=facts, path=one.path | other.path, at=min(filter(None, (one.at, other.at)), default=None))


def _mtu_mismatch(network: Network, link: Link) -> Finding | None:
    now = tuple(_mtu(network, end, newest=True) for end in link.ends)
    before = tuple(_mtu(network, end, newest=False) for end in link.ends)
    changed = [end for end, new, old in zip(link.ends, now, before, strict=True) if new and old and new != old]
    stood = _known_before(network, link) and None not in before and before[0] != before[1] and not changed
    logged = _mtu_in_log(network, link)
    hangs = any(_hangs(network, end) for end in link.ends)
    differ = None not in now and now[0] != now[1]
    if stood or not ((differ and (changed or hangs)) or (None in now and changed and hangs) or logged):
        return None
    words = " against ".join(
        f"{end.device} {end.interface} {mtu or '?'}" for end, mtu in zip(link.ends, now, strict=True)
    )
    return Finding(
        kind="parameter_mismatch",
        resource=link.resource,
        summary=f"MTU differs over the link: {words}",
        at=_mtu_since(network, link),
        device=(changed or list(link.ends))[0].device,
        facts={"parameter": "mtu", "hangs": hangs, "logged": logged, "changed": bool(changed)},
        path=frozenset({link.resource, link.a.resource, link.b.resource}),
    )


def _known_before(network: Network, link: Link) -> bool:
    """Whether both ends were polled before the incident."""
    histories = [network.histories.get(end.device) for end in link.ends]
    return all(history is not None and history.before is not None for history in histories)


def _mtu(network: Network, end: End, *, newest: bool) -> int | None:
    history = network.histories.get(end.device)
    state = (history.now if newest else history.earlier) if history else None
    row = (state.interfaces or {}).get(end.interface) if state else None
    return row.ifMtu if row else None


def _hangs(network: Network, end: End) -> bool:
    history = network.histories.get(end.device)
    rows = history.now.ospf_by_interface.get(end.interface, ()) if history and history.now else ()
    return any(row.ospfNbrState in HANGING for row in rows)


def _mtu_in_log(network: Network, link: Link) -> bool:
    return any(network.port_events(end, ("ospf_mtu_mismatch",)) for end in link.ends)


def _mtu_since(network: Network, link: Link) -> datetime | None:
    logged = [event.first for end in link.ends for event in network.port_events(end, MTU_EVENTS) if event.first]
    shown = [h.shown_at for end in link.ends if (h := network.histories.get(end.device))]
    polled = [at for at in shown if at is not None]
    return min(logged or polled, default=None)


def find_as_mismatch(network: Network) -> Iterator[Finding]:
    """Peers whose configured remote AS is not the AS that the peer has; the resource is the node that is at fault."""
    for device, history in network.histories.items():
        for peer in (history.now.bgp_peers or ()) if history.now else ():
            if peer.bgpPeerState == "established" or not peer.bgpPeerRemoteAs:
                continue
            old = bgp_peer(history.earlier, peer.bgpPeerRemoteAddr)
            far = network.peer_of(device, peer.bgpPeerRemoteAddr)
            actual = _actual_as(network, device, far, old)
            if actual is None or actual == peer.bgpPeerRemoteAs:
                continue
            yield _as_finding(network, device, far, peer, old, actual)


def find_as_refused(network: Network) -> Iterator[Finding]:
    """Sessions that were lately refused as those of a bad peer AS, where the numbers themselves do not tell: one of two octets
    cannot show a longer AS (RFC 6793: AS_TRANS), and a peer may be none of the site's.

    Whoever refused expects another number than the peer has, so the fault is his as far as the site can tell.
    """
    for device, history in network.histories.items():
        for peer in (history.now.bgp_peers or ()) if history.now else ():
            old = bgp_peer(history.earlier, peer.bgpPeerRemoteAddr) if history.earlier is not history.now else None
            refused = peer.bgpPeerState != "established" and peer.bgpPeerLastError == BAD_PEER_AS
            if not refused or (old is not None and old.bgpPeerLastError == BAD_PEER_AS):
                continue  # the last error is sticky: an old one says nothing
            logged = changed_at(network, device, SENT, (peer.bgpPeerRemoteAddr,))
            far = network.peer_of(device, peer.bgpPeerRemoteAddr)
            actual = _actual_as(network, device, far, old)
            if old is None and logged is None:
                continue  # nobody knows since when
            if actual is not None and actual != peer.bgpPeerRemoteAs:
                continue  # the numbers tell
            if far in network.histories and not _refuses(network, device, peer.bgpPeerRemoteAddr):
                continue
            yield Finding(
                kind="parameter_mismatch",
                resource=f"node/{device}",
                summary=f"{device} and its peer {peer.bgpPeerRemoteAddr} do not agree on the peer's AS: the OPEN was refused (2/2)",
                at=changed_at(network, device, SENT, (peer.bgpPeerRemoteAddr,)) or history.shown_at,
                device=device,
                facts={
                    "parameter": "as",
                    "peer": peer.bgpPeerRemoteAddr,
                    "bad_peer_as": True,
                    "changed": old is not None,
                },
                path=frozenset({f"node/{device}"}) | bgp_session_path(network, device, peer.bgpPeerRemoteAddr),
            )


def _refuses(network: Network, device: str, address: str) -> bool:
    """Whether the device itself logs that it sends the refusals."""
    return changed_at(network, device, SENT[:1], (address,)) is not None


def _as_finding(
    network: Network, device: str, far: str | None, peer: BgpPeer, old: BgpPeer | None, actual: int
) -> Finding:
    moved = far is not None and _local_as_changed(network, far)
    guilty = far if moved and far else device
    address = peer.bgpPeerRemoteAddr
    session = bgp_session_path(network, device, address)
    return Finding(
        kind="parameter_mismatch",
        resource=f"node/{guilty}",
        summary=f"{device} expects AS {peer.bgpPeerRemoteAs} of its peer {address}, which is AS {actual}",
        at=changed_at(network, device, SENT, (address,)) or network.histories[device].shown_at,
        device=device,
        facts={
            "parameter": "as",
            "peer": address,
            "configured_as": peer.bgpPeerRemoteAs or 0,
            "actual_as": actual,
            "changed": bool(old and old.bgpPeerRemoteAs != peer.bgpPeerRemoteAs) or moved,
            "bad_peer_as": peer.bgpPeerLastError == BAD_PEER_AS,
        },
        path=frozenset({f"node/{guilty}"}) | session,
    )


def _actual_as(network: Network, device: str, far: str | None, old: BgpPeer | None) -> int | None:
    """The AS of the peer: as the peer states it, else as the session that stood before proved it, else intent."""
    history = network.histories.get(far) if far else None
    local = history.now.bgp_local if history and history.now else None
    if local is not None and local.bgpLocalAs:
        return local.bgpLocalAs
    if old is not None and old.bgpPeerState == "established":
        return old.bgpPeerRemoteAs
    for intent in network.site.intent.bgp:
        if (intent.a, intent.b) == (device, far):
            return intent.b_as
        if (intent.b, intent.a) == (device, far):
            return intent.a_as
    return None


def _local_as_changed(network: Network, device: str) -> bool:
    history = network.histories.get(device)
    old = history.earlier.bgp_local if history and history.earlier else None
    new = history.now.bgp_local if history and history.now else None
    return bool(old and new and old.bgpLocalAs != new.bgpLocalAs)


def bgp_peer(state: DeviceState | None, address: str) -> BgpPeer | None:
    """The peer row with this remote address."""
    rows = state.bgp_peers or () if state else ()
    return next((row for row in rows if row.bgpPeerRemoteAddr == address), None)


def bgp_session_path(network: Network, device: str, address: str) -> frozenset[str]:
    """What a BGP session runs over: both routers and the way between them when the network was well."""
    owner = network.peer_of(device, address)
    path = network.path(device, address) | {f"node/{device}"}
    if owner and unseen(network, device) and len(joined := links_between(network, device, owner)) == 1:
        path |= network.around(end_at(joined[0], device))  # no table tells the way: neighbors have their line
    return path | {f"node/{owner}"} if owner else path
