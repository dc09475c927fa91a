"""Findings about BGP sessions: which ended, why, by whom, and whether the way to the peer still carries packets.

A finding at the router that did it (`session_shut`, `session_reset`, `max_prefix`, `session_reconfigured`,
`session_auth_failed`) rests on a NOTIFICATION, on bgpPeerAdminStatus or on a log; `session_down` is what each end sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_causes import (
    BAD_PEER_AS,
    BFD_DOWN,
    BY_OWN,
    BY_PEER,
    CONFIG,
    HOLD_TIMER,
    LINK,
    MAX_PREFIX,
    REMOVED,
    RESET,
)
from noc_agent.findings.bgp_causes import SHUTDOWN as SHUT
from noc_agent.findings.bgp_clears import cleared
from noc_agent.findings.bgp_ends import Session, sessions
from noc_agent.findings.bgp_ways import bgp_at, deaf_side, denied_at, one_way, refused_password, unaddressed, way
from noc_agent.findings.changes import events_of
from noc_agent.findings.heard_bgp import one_end_lost_all
from noc_agent.findings.parameters import bgp_session_path
from noc_agent.topology import Network

SETTLED = 20  # seconds after which a session that some setting restarted should be back
WHY = {
    RESET: "reset", SHUT: "shut", REMOVED: "shut", MAX_PREFIX: "max_prefix", CONFIG: "config", HOLD_TIMER: "hold",
    BAD_PEER_AS: "as", BFD_DOWN: "bfd", LINK: "link", "": "",
}  # fmt: skip
Culprits = dict[str, list[Session]]


def find_sessions(network: Network) -> Iterator[Finding]:
    """Sessions that were established, or lately left that state, and are not."""
    for session in sessions(network):
        if session.is_down:
            yield _down(network, session)
        elif session.bounced and session.code != RESET and not cleared(network, session):
            yield _bounced(network, session)


def _down(network: Network, session: Session) -> Finding:
    device, address, far = session.device, session.address, session.far
    state = session.state or "gone"
    error = session.error
    told = {"way": way(network, session), "peer_bgp": bgp_at(network, far), "here": deaf_side(network, session)}
    facts: dict[str, str | int | float | bool] = {
        "protocol": "bgp", "peer": address, "state": session.state or "none", "error": error, "peer_device": far or "",
        "why": WHY.get(session.code, "other") if _counts(network, session) else "", "by": session.by,
        **{name: value for name, value in told.items() if value not in ("unknown", "maybe")},
        **({"both_ways": True} if session.expired_twice else {}), **({"logged": True} if session.at else {}),
        **({"one_way": True} if one_way(network, session) else {}),
        **({"lost_all": True} if one_end_lost_all(network, session) else {}),
    }  # fmt: skip
    denied = denied_at(network, session)
    if denied:
        facts |= {"denied": True, "here": "yes"} if denied == device else {"here": "no", "denied_at_peer": True}
    if refused_password(network, session):
        facts["md5"] = True
    if unaddressed(network, device, session.local):
        facts["lost_here"] = session.local
    return Finding(
        kind="session_down",
        resource=f"node/{device}",
        summary=f"{device}: BGP session to {far or address} is {state} (was established)"
        + (f", last error {error}" if error else ""),
        at=session.at or _shown(network, device),
        device=device,
        facts=facts,
        path=bgp_session_path(network, device, address) | {f"node/{name}" for name in _peers(network, session)},
    )


def _peers(network: Network, session: Session) -> set[str]:
    """The peer; where no address says who it is, the neighbors that tell of having ended a session in the same way."""
    if session.far is not None:
        return {session.far}
    if session.by != BY_PEER:
        return set()
    near = {far.device for end in network.ends_of(session.device) if (far := network.other_end(end))}
    return near & {s.device for s in sessions(network) if s.by == BY_OWN and s.code == session.code}


def _bounced(network: Network, session: Session) -> Finding:
    return Finding(
        kind="session_bounced",
        resource=f"node/{session.device}",
        summary=f"{session.device}: BGP session to {session.far or session.address} went down and is back",
        at=session.at or _shown(network, session.device),
        device=session.device,
        facts={"protocol": "bgp", "peer": session.address, "why": WHY.get(session.code, "other")},
        path=bgp_session_path(network, session.device, session.address),
        significant=False,
        starts=False,
    )


def _shown(network: Network, device: str) -> datetime | None:
    history = network.histories.get(device)
    return history.shown_at if history else None


def _counting(network: Network, *codes: str) -> list[Session]:
    return [s for s in sessions(network) if s.code in codes and _counts(network, s)]


def _counts(network: Network, session: Session) -> bool:
    """Whether its code is the reason: it is from now, or may be and nothing is wrong with the way; an old code outlives a cut."""
    return session.fresh or (not session.stale and (session.bounced or way(network, session) == "alive"))


def find_shut(network: Network) -> Iterator[Finding]:
    """Routers on which an operator shut a session or removed the neighbor."""
    wanted = [s for s in _counting(network, SHUT, REMOVED) if s.is_down and not s.daemon_went]
    yield from _at_culprits(network, "session_shut", wanted, "ended administratively")


def find_resets(network: Network) -> Iterator[Finding]:
    """Routers on which an operator cleared sessions."""
    wanted = [s for s in _counting(network, RESET) if s.is_down or s.bounced or s.only_logged]
    wanted = [s for s in wanted if not s.daemon_went]
    yield from _at_culprits(network, "session_reset", wanted, "cleared by an operator (Cease, Administrative Reset)")
    wanted = [s for s in sessions(network) if cleared(network, s)]
    yield from _at_culprits(
        network, "session_reset", wanted, "cleared: they went and came back with nothing else amiss"
    )


def find_max_prefix(network: Network) -> Iterator[Finding]:
    """Routers that ended a session because the peer announced more prefixes than they accept."""
    wanted = [s for s in _counting(network, MAX_PREFIX) if s.is_down or s.bounced or s.notified]
    yield from _at_culprits(network, "max_prefix", wanted, "ended for too many prefixes (Cease 6/1)")


def find_reconfigured(network: Network) -> Iterator[Finding]:
    """Routers that ended a session for a change of its settings, after which it does not come up again."""
    wanted = [s for s in _counting(network, CONFIG) if s.is_down and _stays(s)]
    wanted = [s for s in wanted if not _other_as(network, s) and not refused_password(network, s)]
    yield from _at_culprits(
        network, "session_reconfigured", wanted, "ended for a change of settings, and do not come back"
    )


def _stays(session: Session) -> bool:
    age = session.new.bgpPeerFsmEstablishedTime if session.new else None
    return not age or age >= SETTLED


def _other_as(network: Network, session: Session) -> bool:
    """Whether the AS numbers explain it: another finding says so."""
    if BAD_PEER_AS in session.codes:
        return True
    expects = session.new.bgpPeerRemoteAs if session.new else None
    was = session.old.bgpPeerRemoteAs if session.old else None
    history = network.histories.get(session.far or "")
    local = history.now.bgp_local if history and history.now else None
    is_as = local.bgpLocalAs if local else was
    mirror = session.mirror
    own = network.histories[session.device].now if session.device in network.histories else None
    own_as = own.bgp_local.bgpLocalAs if own and own.bgp_local else None
    there = mirror.bgpPeerRemoteAs if mirror else None
    return bool((expects and is_as and expects != is_as) or (there and own_as and there != own_as))


def find_auth_failures(network: Network) -> Iterator[Finding]:
    """Sessions that are down while an end logs segments with a wrong or missing TCP-MD5 digest or TCP-AO (RFC 2385, 5925)."""
    wanted = [s for s in sessions(network) if s.is_down and refused_password(network, s)]
    yield from _at_culprits(network, "session_auth_failed", wanted, "refused: TCP digests do not match")


def _at_culprits(network: Network, kind: str, wanted: list[Session], words: str) -> Iterator[Finding]:
    """One finding for each router that did it, over all its sessions."""
    sure, unsure = _culprits(network, wanted)
    for culprits, known in ((sure, True), (unsure, False)):
        for device, found in culprits.items():
            names = list(dict.fromkeys(s.far if s.device == device else s.device for s in found))
            shown = [name or s.address for name, s in zip(names, found, strict=False)]
            # Where it is not told who did it, one explanation at either end is enough.
            others = {f"node/{name}" for s in found for name in (s.device, s.far) if name and not known}
            times = [s.at for s in found if s.at]
            yield Finding(
                kind=kind,
                resource=f"node/{device}",
                summary=f"{device}: BGP sessions with {', '.join(shown[:4])}{' …' if len(shown) > 4 else ''} {words}",
                at=min(times, default=None) or _shown(network, found[0].device),
                device=found[0].device,
                facts={
                    "protocol": "bgp", "peer": found[0].address, "peers": ", ".join(shown[:8]), "sessions": len(shown),
                    **({"sure": True} if known else {}), **({"fresh": True} if any(s.fresh for s in found) else {}),
                    "back": not any(s.is_down for s in found), "observer": found[0].device,
                    **({"logged": True} if times else {}), **({"digest": True} if kind == "session_auth_failed" else {}),
                    **({"code": found[0].code} if found[0].code else {}),
                },
                path=frozenset({f"node/{device}"} | others),
            )  # fmt: skip


def _culprits(network: Network, wanted: list[Session]) -> tuple[Culprits, Culprits]:
    """(who did it by their own or their peer's word, who may have), each with the sessions."""
    sure: Culprits = {}
    open_: list[Session] = []
    for session in wanted:
        who = session.device if session.by == "own" else (session.far if session.by == "peer" else None)
        if who:
            sure.setdefault(who, []).append(session)
        else:
            open_.append(session)
    open_ = [s for s in open_ if not {s.device, s.far} & sure.keys()]
    return sure, _by_vote(network, open_)


def _by_vote(network: Network, open_: list[Session]) -> Culprits:
    """Who has most of the ended sessions; between two as likely, both."""
    blamed = [s for s in open_ if s.by == "peer" and s.far is None]
    common = _common_neighbor(network, {s.device for s in blamed})
    found: Culprits = {common: blamed} if common else {}
    rest = [s for s in open_ if s not in blamed]
    pairs = {frozenset({s.device, s.far or s.address}) for s in rest}
    votes = _tally(pairs)
    changed = {d for s in rest for d in (s.device, s.far) if d and events_of(network, d, ("config_change",))}
    for session in rest:
        ends = [session.device, *([session.far] if session.far and session.far in network.histories else [])]
        told = [end for end in ends if end in changed] if len(changed & {*ends}) == 1 else []
        most = max(votes[end] for end in ends)
        for device in told or [end for end in ends if votes[end] == most]:
            found.setdefault(device, []).append(session)
    return found


def _tally(pairs: set[frozenset[str]]) -> dict[str, int]:
    votes: dict[str, int] = {}
    for pair in pairs:
        for name in pair:
            votes[name] = votes.get(name, 0) + 1
    return votes


def _common_neighbor(network: Network, receivers: set[str]) -> str | None:
    """The one device that is a neighbor of all who were told: where no address says whose word it was."""
    if len(receivers) < 2:
        return None
    near = [{far.device for end in network.ends_of(d) if (far := network.other_end(end))} for d in sorted(receivers)]
    common = set.intersection(*near) - receivers
    return common.pop() if len(common) == 1 else None


DETECTORS: tuple[Callable[[Network], Iterator[Finding]], ...] = (
    find_sessions, find_shut, find_resets, find_max_prefix, find_reconfigured, find_auth_failures,
)  # fmt: skip
