"""What lies between the ends of a BGP session that ended: does the way carry packets, who is deaf, who refuses whom."""

from __future__ import annotations

import re
from collections.abc import Iterable

from noc_agent.findings.bgp_causes import BY_OWN, HOLD_TIMER
from noc_agent.findings.bgp_ends import Session, sessions
from noc_agent.findings.changes import events_of
from noc_agent.findings.deaf_ports import answers, is_deaf
from noc_agent.findings.heard import unseen
from noc_agent.findings.heard_bgp import heard_way, lost_all
from noc_agent.findings.route_tables import Prefix, is_discard, table_of
from noc_agent.findings.stacking import beneath
from noc_agent.site.model import End
from noc_agent.snmp import Listener, Route
from noc_agent.state import DeviceState
from noc_agent.topology import Network
from noc_agent.topology.paths import best_route

BGP_PORT = 179
TCP_STATES = "1.3.6.1.2.1.6.13.1.1"  # tcpConnState (RFC 4022)
SYN_RECEIVED = 4
_BGP_WORDS = re.compile(r"(?i)[(:/.]179\b|\bport[ =]179\b|\bdpt=179\b|\bspt=179\b|\bbgp\b")
_TCP_KEY = re.compile(r"(?i)\bmd5\b|\btcp-?ao\b|\bdigest\b")


def way(network: Network, session: Session) -> str:
    """`cut`, `dead` (ports up, nothing arrives), `unaddressed` (an end has the session's address no more), `alive` (packets were
    seen to arrive), or `unknown`."""
    found = _carried(network, session)
    lost = unaddressed(network, session.far, session.address) or unaddressed(network, session.device, session.local)
    return "unaddressed" if lost and found in ("alive", "unknown") else found


def unaddressed(network: Network, device: str | None, address: str) -> bool:
    """Whether the device had this address when it was well, or speaks BGP and is called by it, answers, and has it not."""
    history = network.histories.get(device or "")
    now = history.now if history and history.answers else None
    if history is None or now is None or now.addresses is None or address in now.interface_by_address:
        return False
    return address in history.before.interface_by_address if history.before else bool(address and now.bgp_peers)


def _carried(network: Network, session: Session) -> str:
    device, address = session.device, session.address
    history, healthy = network.histories.get(device), network.healthy(device)
    if session.only_logged and unseen(network, device):
        return heard_way(network, session)
    if history is None or not history.answers or history.now is None or healthy is None:
        return "unknown"
    name = healthy.interface_towards(address)
    return (
        _direct(network, beneath(network, End(device, name)), name) if name else _routed(network, session, history.now)
    )


def _direct(network: Network, end: End, name: str) -> str:
    """Over the line at `end`; `name`: the interface that stands on it."""
    far = network.other_end(end)
    for one in (end, *((far,) if far else ())):
        history = network.histories.get(one.device)
        row = (history.now.interfaces or {}).get(one.interface) if history and history.answers and history.now else None
        if row is not None and (row.ifOperStatus != "up" or row.ifAdminStatus == "down"):
            return "cut"
    if is_deaf(network, end) or (far is not None and is_deaf(network, far)):
        return "dead"
    state = network.histories[end.device].now
    heard = state.ospf_by_interface.get(name, ()) if state else ()
    adjacent = any(row.ospfNbrState in ("full", "twoWay") for row in heard)
    return "alive" if adjacent or answers(network, end) else "unknown"


def _routed(network: Network, session: Session, now: DeviceState) -> str:
    """Over several hops: whether both routing tables still lead to the other end."""
    if now.routes is None:
        return "unknown"
    prefix = Prefix.of(session.address)
    if prefix is None:
        return "unknown"
    rows = _specific(table_of(now).best(prefix))
    if not rows:
        old = best_route(network.routes_of(session.device), session.address)
        return "cut" if old is not None and _specific([old]) else "unknown"
    if all(is_discard(now, row) for row in rows):
        return "cut"
    far, back = network.histories.get(session.far or ""), Prefix.of(session.local)
    if far is None or not far.answers or far.now is None or far.now.routes is None or back is None:
        return "unknown"
    return "alive" if _specific(table_of(far.now).best(back)) else "unknown"


def _specific(rows: Iterable[Route]) -> list[Route]:
    return [row for row in rows if not row.prefix.endswith("/0")]


def bgp_at(network: Network, far: str | None) -> str:
    """Whether the peer's BGP lives: `alive`, `gone`, or `unknown` where it is not polled."""
    history = network.histories.get(far or "")
    if history is None or history.answers is None:
        return "unknown"
    if not history.answers or history.now is None or not history.now.bgp_peers:
        return "gone"
    return "gone" if _listens(history.now.listeners.tcp) is False else "alive"


def _listens(rows: tuple[Listener, ...] | None) -> bool | None:
    return any(row.port == BGP_PORT for row in rows) if rows else None


def deaf_side(network: Network, session: Session) -> str:
    """Whether this is the end that does not hear the other: `yes`, `no`, or `maybe`."""
    return one_way(network, session) or _by_siblings(network, session)


def one_way(network: Network, session: Session) -> str:
    """Whether one direction still carries the session's packets: `yes` if this end is deaf, `no` if the other; else empty.

    A hold timer that one end announces and the other receives shows which way is broken, and so does a TCP connection that
    one end answered (synReceived) and the other never saw answered.
    """
    told = {ending.by for ending in session.endings if ending.code == HOLD_TIMER and ending.by}
    if len(told) == 1 and _received(network, session, by := told.pop()):
        return "yes" if by == BY_OWN else "no"
    own, far = _half_open(network, session.device, session.far), _half_open(network, session.far, session.device)
    return "" if own == far else ("no" if own else "yes")


def _received(network: Network, session: Session, by: str) -> bool:
    """Whether the other end's log holds the NOTIFICATION that this one sent."""
    hearer = session.far if by == BY_OWN else session.device
    return any(
        e.kind == "bgp_notification_received" and ("4/0" in e.to or "hold" in f"{e.to} {e.reason}".lower())
        for e in events_of(network, hearer or "", ("bgp_notification_received",))
    )


def _half_open(network: Network, device: str | None, peer: str | None) -> bool:
    """Whether a TCP connection to or from the peer's BGP was answered here and never confirmed."""
    history = network.histories.get(device or "")
    if history is None or not history.answers or history.now is None or peer is None:
        return False
    for instance, state in history.now.reply.columns.get(TCP_STATES, {}).items():
        parts = instance.split(".")
        half = state == SYN_RECEIVED and len(parts) == 10 and str(BGP_PORT) in (parts[4], parts[9])
        if half and network.names.device_of(".".join(parts[5:9])) == peer:
            return True
    return False


def _by_siblings(network: Network, session: Session) -> str:
    """All sessions of one end are gone while the other keeps some: it is the former."""
    own, far = _all_gone(network, session.device), _all_gone(network, session.far)
    if own is None or far is None or own == far:
        changed = [bool(events_of(network, d or "", ("config_change",))) for d in (session.device, session.far)]
        return "maybe" if changed[0] == changed[1] else ("yes" if changed[0] else "no")
    return "yes" if own else "no"


def _all_gone(network: Network, device: str | None) -> bool | None:
    """Whether of several sessions that stood none is left; None where that cannot be told."""
    if device is not None and device in network.site.devices and unseen(network, device):
        return lost_all(network, device)
    history = network.histories.get(device or "")
    if history is None or not history.answers or history.now is None or history.now.bgp_peers is None:
        return None
    rows = [row.bgpPeerState == "established" for row in history.now.bgp_peers]
    down = sum(s.is_down for s in sessions(network) if s.device == device)
    return None if down + sum(rows) < 2 else not any(rows)


def denied_at(network: Network, session: Session) -> str:
    """The end whose access list logs that it drops this session's packets; empty where none does."""
    addresses = _addresses_of(network, session)
    for device in (session.device, session.far):
        for event in events_of(network, device or "", ("acl_deny",)):
            words = f"{event.subject} {event.to} {event.sample}"
            if _BGP_WORDS.search(words) and any(address in f"{words} {event.peer}" for address in addresses):
                return device or ""
    return ""


def refused_password(network: Network, session: Session) -> bool:
    """Whether an end logs segments of this session whose digest is wrong or missing."""
    addresses = _addresses_of(network, session)
    for device in (session.device, session.far):
        for event in events_of(network, device or "", ("protocol_authentication_failure",)):
            named = any(address in f"{event.subject} {event.peer} {event.sample}" for address in addresses)
            if named and (_BGP_WORDS.search(event.sample) or _TCP_KEY.search(event.sample)):
                return True
    return any(ending.code == "0205" for ending in session.endings)


def _addresses_of(network: Network, session: Session) -> set[str]:
    return {session.address, session.local} - {""}
