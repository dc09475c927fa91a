"""BGP sessions with what both ends and both logs tell of them: did it end, is it back, why, and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from noc_agent.findings.bgp_causes import (
    BY_OWN,
    BY_PEER,
    HOLD_TIMER,
    MAX_PREFIX,
    PASSING,
    REMOVED,
    SHUTDOWN,
    Ending,
    SessionLog,
)
from noc_agent.findings.bgp_peers import PeerBook
from noc_agent.findings.route_tables import NOWHERE
from noc_agent.snmp import BgpPeer
from noc_agent.state import DeviceHistory
from noc_agent.topology import Network

MEMO = "bgp_sessions"
SLACK = 5.0  # seconds that a cached row may be older than its poll
FLIPPED = {BY_OWN: BY_PEER, BY_PEER: BY_OWN, "": ""}


@dataclass(frozen=True, slots=True)
class Session:
    """A session as `device` has it. `old` and `new`: its rows before and now; `mirror`: the peer's row of it now.

    `code`: why it ended, empty where nothing says; `codes`: all that is named; `by`: `own`, `peer` or empty.
    """

    device: str
    address: str
    far: str | None
    old: BgpPeer | None
    new: BgpPeer | None
    mirror: BgpPeer | None
    is_down: bool
    bounced: bool
    code: str
    codes: frozenset[str]
    by: str
    at: datetime | None
    daemon_went: bool  # the peer's whole BGP is gone: no session of its own was singled out
    only_logged: bool  # no poll tells of it
    notified: bool  # a NOTIFICATION or a message of the limit is in the logs
    endings: tuple[Ending, ...]
    expired_twice: bool  # the hold timers of both ends ran out, by the logs of both: neither heard the other any more
    stale: (
        bool  # the row held this code when all was well, and no log tells of it: bgpPeerLastError outlives its session
    )
    fresh: bool  # the code is from within the incident: a log, a row that is stopped, or an error that was not there before

    @property
    def state(self) -> str | None:
        return self.new.bgpPeerState if self.new else None

    @property
    def local(self) -> str:
        """Its own address: bgpPeerLocalAddr, which is 0.0.0.0 while there is no connection, else as the peer calls it."""
        rows = [row.bgpPeerLocalAddr for row in (self.new, self.old) if row]
        told = [*rows, self.mirror.bgpPeerRemoteAddr if self.mirror else None]
        return next((address for address in told if address and address not in NOWHERE), "")

    @property
    def error(self) -> str:
        """bgpPeerLastError where it is not what it was before; it is sticky."""
        error = _error(self.new)
        return error if error != _error(self.old) or self.new is self.old or self.old is None else ""


def sessions(network: Network) -> tuple[Session, ...]:
    """Every session that ended, or came and went, within the incident."""
    if MEMO not in network.memo:
        network.memo[MEMO] = tuple(_Reader(network).all())
    return cast("tuple[Session, ...]", network.memo[MEMO])


def _error(row: BgpPeer | None) -> str:
    error = row.bgpPeerLastError if row else None
    return "" if not error or error == "0000" or error in PASSING else error


class _Reader:
    """Reads the sessions of one network."""

    def __init__(self, network: Network) -> None:
        self._network, self._log = network, SessionLog(network)
        self._book = PeerBook(network, self._log)

    def all(self) -> Iterator[Session]:
        for device in self._network.site.devices:
            history = self._network.histories.get(device)
            served = history is not None and history.answers and history.now and history.now.bgp_peers is not None
            if history is not None and served:
                yield from self._polled(history)
            elif history is None or not history.answers or history.latest is None or history.latest.bgp_peers is None:
                yield from self._logged(device)

    def _polled(self, history: DeviceHistory) -> Iterator[Session]:
        then, now = self._book.rows(history.earlier), self._book.rows(history.now)
        for address, old in (then or now).items():
            new = now.get(address)
            stood = old.bgpPeerState == "established"
            stood = stood or (history.before is None and new is not None and self._left_lately(history, new))
            bounced = new is not None and new.bgpPeerState == "established" and self._came_back(history, old, new)
            if bounced or (stood and (new is None or new.bgpPeerState != "established")):
                yield self._session(history.device, address, old if then else None, new, bounced=bounced)
            elif new is not None and new.bgpPeerState == "established" and self._reset_in_log(history.device, address):
                yield self._session(history.device, address, old, new, bounced=True)

    def _reset_in_log(self, device: str, address: str) -> bool:
        """Whether the logs say that it ended, though both polls show it up: counters may not be served."""
        return bool(self._log.endings(device, address))

    def _logged(self, device: str) -> Iterator[Session]:
        for address in self._log.peers(device):
            down = self._log.is_down(device, address)
            if down or self._log.endings(device, address):
                yield self._session(device, address, None, None, bounced=not down)

    def _came_back(self, history: DeviceHistory, old: BgpPeer, new: BgpPeer) -> bool:
        if history.before is not None:
            return _bounced(history, old, new)
        since, age = self._network.incident.since, new.bgpPeerFsmEstablishedTime
        if history.now is None or since is None or not age or (new.bgpPeerFsmEstablishedTransitions or 2) < 2:
            return False
        return age < (history.now.observed_at - since).total_seconds() - SLACK

    def _left_lately(self, history: DeviceHistory, row: BgpPeer) -> bool:
        """Without a poll from before: whether a session left `established` within the incident.

        bgpPeerFsmEstablishedTime counts since then, and is 0 where the session never was (RFC 4273). On some routers each
        retry starts it anew: then it does not grow from poll to poll.
        """
        since, age = self._network.incident.since, row.bgpPeerFsmEstablishedTime
        if row.bgpPeerState == "established" or history.now is None:
            return False
        if self._log.is_down(history.device, row.bgpPeerRemoteAddr):
            return True
        first = self._book.rows(history.window[0]).get(row.bgpPeerRemoteAddr) if len(history.window) > 1 else None
        if (
            first is not None
            and first.bgpPeerState != "established"
            and (first.bgpPeerFsmEstablishedTime or 0) > (age or 0)
        ):
            return False
        if row.bgpPeerFsmEstablishedTransitions == 0:
            return False
        return bool(since and age and age <= (history.now.observed_at - since).total_seconds())

    def _session(
        self, device: str, address: str, old: BgpPeer | None, new: BgpPeer | None, *, bounced: bool
    ) -> Session:
        far = self._book.far(device, address)
        endings = self._log.endings(device, address)
        mirrored, mirror, mirror_was, theirs = self._other_end(device, far, new or old)
        tries = self._by_tries(device, address, far) if new is None and old is None else ""
        before = self._book.before(device)
        was = before.get(address) if before is not None else None
        every = (*_news(endings, _error(was)), *_news(mirrored, mirror_was))
        # The last code is why it ended, if a NOTIFICATION did; whether it is from now shows only against an older poll.
        shown = [
            (_error(new), before is not None and _error(new) != _error(was)),
            (_error(mirror), mirror_was is not None and _error(mirror) != mirror_was),
        ]
        seen = {ending.code for ending in every} | {error for error, _ in shown} - {""}
        code, by, fresh = (*_told(every), True) if every else ("", "", False)
        by = by or (tries if code in (SHUTDOWN, REMOVED, MAX_PREFIX) else "")
        if not code:
            code, fresh = max(shown, key=lambda one: (one[1] and one[0] != "", one[0] != ""))
        said = {self._log.ended_by(device, address), FLIPPED[theirs]} - {""}
        if code and not by:
            by = next(iter(said)) if len(said) == 1 else ""
        down = not bounced
        if down:
            stated = code, by
            code, by = self._by_rows(device, far, old, new, mirror, code, by)
            fresh = fresh or ((code, by) != stated and self._is_stated(new, mirror))
        return Session(
            device, address, far, old, new, mirror, down, bounced, code, frozenset(seen), by,
            self._when(device, address, endings), self._daemon_went(far if by != BY_OWN else device),
            new is None and old is None, any(e.code == MAX_PREFIX for e in every), every,
            code == HOLD_TIMER and len(said) == 2, bool(not fresh and code and code == _error(was)), fresh,
        )  # fmt: skip

    def _is_stated(self, new: BgpPeer | None, mirror: BgpPeer | None) -> bool:
        """Whether the rows themselves say so: a session that is stopped, a neighbor that is not there any more."""
        return new is None or "stop" in (new.bgpPeerAdminStatus, mirror.bgpPeerAdminStatus if mirror else None)

    def _by_rows(
        self,
        device: str,
        far: str | None,
        old: BgpPeer | None,
        new: BgpPeer | None,
        mirror: BgpPeer | None,
        code: str,
        by: str,
    ) -> tuple[str, str]:
        """What the rows of both ends add: a session that is stopped, a neighbor that is gone, an end that stays idle."""
        history = self._network.histories.get(device)
        if new is not None and new.bgpPeerAdminStatus == "stop":
            return SHUTDOWN, BY_OWN
        if mirror is not None and mirror.bgpPeerAdminStatus == "stop":
            return SHUTDOWN, BY_PEER
        if new is None and old is not None and history and history.now and history.now.bgp_peers:
            return REMOVED, BY_OWN
        if by or code not in (SHUTDOWN, REMOVED, MAX_PREFIX):
            return code, by
        if code != MAX_PREFIX:
            gone = far in self._network.histories and mirror is None
            return code, BY_PEER if new is not None and (gone or far not in self._network.histories) else by
        idle = new is not None and new.bgpPeerState == "idle"
        idle_there = mirror is not None and mirror.bgpPeerState == "idle"
        if idle != idle_there:  # the one that set the limit waits in idle, the other tries again
            return code, BY_OWN if idle else BY_PEER
        return code, (BY_PEER if new is not None and not idle and mirror is None else by)

    def _other_end(
        self, device: str, far: str | None, row: BgpPeer | None
    ) -> tuple[tuple[Ending, ...], BgpPeer | None, str | None, str]:
        """(what the peer's log says, turned to this end; the peer's row of the session; its error when all was well; who ended
        it by the peer's log)."""
        address = self._book.called(device, far, row)
        if far is None or not address:
            return (), None, None, ""
        found = tuple(replace(e, by=FLIPPED[e.by]) for e in self._log.endings(far, address))
        history, before = self._network.histories.get(far), self._book.before(far)
        answers = history is not None and history.answers
        was = _error(before.get(address)) if answers and before is not None else None
        return found, self._book.mirror(far, address), was, self._log.ended_by(far, address)

    def _by_tries(self, device: str, address: str, far: str | None) -> str:
        """Who ended a session for good, where only the logs tell: an end that is stopped stays in Idle, the other tries
        again (RFC 4271, 8.2.2)."""
        addresses = self._book.addresses(far, device) if far else []
        own = self._log.tries(device, address)
        there = any(self._log.tries(far, one) for one in addresses) if far else False
        if own == there or (own and not addresses):
            return ""
        return BY_PEER if own else BY_OWN

    def _when(self, device: str, address: str, endings: tuple[Ending, ...]) -> datetime | None:
        times = [e.at for e in endings if e.at]
        times += [e.first for e in self._log.of(device, address) if e.kind == "bgp_session_down" and e.first]
        return min(times, default=None)

    def _daemon_went(self, device: str | None) -> bool:
        """Whether this device is polled and serves no BGP any more, or does not answer: its daemon or itself is gone."""
        history = self._network.histories.get(device or "")
        if history is None or history.answers is None:
            return False
        served = history.earlier is not None and history.earlier.bgp_peers is not None
        return not history.answers or (served and history.now is not None and not history.now.bgp_peers)


def _news(endings: Iterable[Ending], was: str | None) -> list[Ending]:
    """Without what only restates the error that the row already held when all was well."""
    return [ending for ending in endings if not (ending.restated and ending.code == was)]


def _told(every: tuple[Ending, ...]) -> tuple[str, str]:
    """The first reason that is named, in so many words rather than by a trap, and by whom, if any word of it says."""
    code = next((e.code for e in every if not e.restated), every[0].code)
    return code, next((e.by for e in every if e.code == code and e.by), "")


def _bounced(history: DeviceHistory, old: BgpPeer, new: BgpPeer) -> bool:
    """Whether an established session was another one before: its transitions grew, or it is younger than the incident."""
    state, before = history.now, history.earlier
    if state is None or before is None or before is state or old is new or old.bgpPeerState != "established":
        return False
    was, has = old.bgpPeerFsmEstablishedTransitions, new.bgpPeerFsmEstablishedTransitions
    if was is not None and has is not None:
        return has > was
    age, passed = new.bgpPeerFsmEstablishedTime, (state.observed_at - before.observed_at) - timedelta(seconds=SLACK)
    return age is not None and 0 < age < passed.total_seconds()
