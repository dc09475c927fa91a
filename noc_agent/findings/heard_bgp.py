"""What the logs of both ends tell of BGP sessions that no poll tells of: who refuses whom, who tries again, what else runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_causes import BAD_PEER_AS, BY_OWN, CONFIG, HOLD_TIMER, REMOVED, code_of
from noc_agent.findings.bgp_ends import Session, sessions
from noc_agent.findings.changes import events_of
from noc_agent.findings.heard import end_at, heard_ports, links_between, speaks, unseen
from noc_agent.findings.heard_ospf import losses
from noc_agent.findings.parameters import bgp_session_path
from noc_agent.findings.probes import probes
from noc_agent.logs import LogEvent
from noc_agent.topology import Network

SOON = timedelta(seconds=2)  # clocks of a prober and a router differ by as much


def heard_way(network: Network, session: Session) -> str:
    """What else was heard between the ends: `cut` (a port fell), `dead` (probes died before the session), `alive` (probes
    died after it, or the ends keep all of their OSPF neighbors), or `unknown`."""
    if session.far is None:
        return "alive" if lost_all(network, session.device) and _stand(network, {session.device}) else "unknown"
    joined, ports = links_between(network, session.device, session.far), heard_ports(network)
    if joined and all(any(ports[end].oper == "down" for end in link.ends if end in ports) for link in joined):
        return "cut"
    return _by_probes(network, session) or ("alive" if _stand(network, {session.device, session.far}) else "unknown")


def _by_probes(network: Network, session: Session) -> str:
    """Whether pings to the far end failed before the hold timer ran out, or only once the session's routes were gone."""
    began = [p.since for p in probes(network) if p.host == session.far and p.state != "up" and p.since is not None]
    if session.at is None or session.code != HOLD_TIMER or not began:
        return ""
    first = min(began)
    if first < session.at - SOON:
        return "dead"
    return "alive" if first > session.at - SOON / 2 and _is_quick(network, session.far) else ""


def _is_quick(network: Network, host: str | None) -> bool:
    """Whether the pings come often enough to say when it began: some of them were lost before all were."""
    return any(
        event.kind == "probe_loss" and network.names.device_of(event.subject) == host
        for events in network.events.values()
        for event in events
    )


def _stand(network: Network, ends: set[str]) -> bool:
    """Whether these are heard, are meant to run OSPF, and log neither a lost neighbor nor a port that fell."""
    meant = {end.device for row in network.site.intent.ospf for end in (row.a, row.b)}
    if not ends <= meant or not all(speaks(network, device) for device in ends):
        return False
    down = {end.device for end, port in heard_ports(network).items() if port.oper == "down"}
    return not ends & (down | {end.device for end in losses(network)})


def lost_all(network: Network, device: str) -> bool | None:
    """Whether of several sessions that a device is meant to have none is left by its log; None where that cannot be told."""
    meant = {row.b if row.a == device else row.a for row in network.site.intent.bgp if device in (row.a, row.b)}
    if len(meant) < 2 or not speaks(network, device):
        return None
    down = {
        session.address: session.far for session in sessions(network) if session.device == device and session.is_down
    }
    return meant <= {*down.values()} or len(meant) <= len(down)  # one who logs nothing here may have no name


def one_end_lost_all(network: Network, session: Session) -> bool:
    """Whether the sessions of one end are all gone while the other end keeps some: what took them is that end's, and no key."""
    told = [lost_all(network, session.device), lost_all(network, session.far) if session.far else None]
    return session.only_logged and True in told and told != [True, True]


def find_dead_peers(network: Network) -> Iterator[Finding]:
    """Lines to a peer that logs nothing here: the session's hold timer ran out, and no ping lived on or proves the line well."""
    for session in sessions(network):
        far = session.far
        if not session.only_logged or not session.is_down or far is None or speaks(network, far):
            continue
        joined = links_between(network, session.device, far)
        if len(joined) != 1 or not unseen(network, far) or session.code != HOLD_TIMER or _refuses(network, session):
            continue
        if (told := heard_way(network, session)) in ("dead", "unknown") and not one_end_lost_all(network, session):
            end = end_at(joined[0], session.device)
            yield Finding(
                kind="nothing_arrives",
                resource=end.resource,
                summary=f"{end.device} {end.interface}: "
                + (f"packets to {far} were lost before" if told == "dead" else f"nothing of {far} came until")
                + " the hold timer of its session ran out, and the port did not go down by its log",
                at=session.at,
                device=end.device,
                facts={
                    "far_seen": False,
                    "logged": True,
                    "end": end.interface,
                    "observer": end.device,
                    "peer_device": far,
                },
                path=network.around(end) | {f"node/{end.device}", f"node/{far}"},
            )


def _refuses(network: Network, session: Session) -> bool:
    """Whether the device logs that packets of the session do arrive: with a wrong key, or at a filter."""
    said = events_of(network, session.device, ("protocol_authentication_failure", "acl_deny"))
    return any(session.address in f"{event.subject} {event.peer}" for event in said)


def find_as_refused(network: Network) -> Iterator[Finding]:
    """Sessions whose OPEN was refused as that of a bad peer AS (RFC 4271, 6.2): whoever refuses expects another number."""
    told: set[frozenset[str]] = set()
    for session in sessions(network):
        pair = frozenset({session.device, session.far or session.address})
        if not session.only_logged or not session.is_down or BAD_PEER_AS not in session.codes or pair in told:
            continue
        told.add(pair)
        guilty = _guilty(network, session)
        others = {f"node/{name}" for name in (session.device, session.far) if name and len(guilty) > 1}
        for device in sorted(guilty):
            yield Finding(
                kind="parameter_mismatch",
                resource=f"node/{device}",
                summary=f"{session.device} and its peer {session.far or session.address} do not agree on an AS number: the OPEN "
                "was refused (2/2)",
                at=_refused_at(network, session) or session.at,
                device=session.device,
                facts={
                    "parameter": "as", "peer": session.address, "bad_peer_as": True, "changed": True, "logged": True,
                    "sure": len(guilty) == 1,
                },
                path=frozenset({f"node/{device}"} | others) | bgp_session_path(network, session.device, session.address),
            )  # fmt: skip


def _refused_at(network: Network, session: Session) -> datetime | None:
    times = [event.first for event in _refusals(network, session.device) if event.subject == session.address]
    return min((at for at in times if at is not None), default=None)


def _refusals(network: Network, device: str) -> list[LogEvent]:
    events = events_of(network, device, ("bgp_notification_sent",))
    return [event for event in events if code_of(event.to, event.reason) == BAD_PEER_AS]


def _guilty(network: Network, session: Session) -> set[str]:
    """The end whose number is wrong, as far as words tell: one whom several refuse has another number than they expect; else
    who refuses, or who ended the session for a change of its settings; else either."""
    ends = {session.device} | ({session.far} if session.far in network.site.devices and session.far else set())
    refusing = {device for device in ends if _refusals(network, device)}
    by_many = {device for device in ends if len(_refused_by(network, device)) > 1}
    changed = {
        s.device
        for s in _both(network, session)
        if any(e.by == BY_OWN and e.code in (CONFIG, REMOVED) for e in s.endings)
    }
    edited = {device for device in ends if events_of(network, device, ("config_change",))}
    heard = {device for device in ends if speaks(network, device)}
    return next((one for one in (by_many, refusing, changed, edited, heard) if len(one) == 1), ends)


def _both(network: Network, session: Session) -> list[Session]:
    ends = {session.device, session.far}
    return [one for one in sessions(network) if {one.device, one.far} == ends]


def _refused_by(network: Network, device: str) -> set[str]:
    """Peers that refuse this device's AS number by their own word."""
    return {s.device for s in sessions(network) if s.far == device and any(
        event.subject == s.address for event in _refusals(network, s.device)
    )}  # fmt: skip
