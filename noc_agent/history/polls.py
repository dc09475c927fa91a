"""The polls of a live site as an SNMP source: those of its history that matter to an incident, and those made now.

To the engine they look like a recorded case.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from noc_agent.history.choice import choose, span
from noc_agent.history.packing import StoredReply
from noc_agent.history.store import Asked, History, HistoryUnavailable, open_history
from noc_agent.site.model import Device, Incident, Site
from noc_agent.snmp import Reply
from noc_agent.snmp.source import Columns

PAIR_S = 10.0  # seconds between the two polls that rates come from; a shorter pair says more about caches than traffic
PAST = timedelta(minutes=2)  # an incident that ended longer ago is not looked for in what devices say now
SLACK_S = 1.0

Progress = Callable[[str], None]
Replies = dict[tuple[str, datetime], Reply | StoredReply]
Failures = dict[tuple[str, datetime], str]


@dataclass(frozen=True)
class Polls:
    """Polls in memory. `problems`: what of the history could not be used, in words for `degraded`."""

    replies: Mapping[tuple[str, datetime], Reply | StoredReply] = field(default_factory=dict)
    failures: Mapping[tuple[str, datetime], str] = field(default_factory=dict)
    split: datetime | None = None
    problems: tuple[str, ...] = ()

    @cached_property
    def _answered(self) -> Mapping[str, tuple[datetime, ...]]:
        return _by_device(self.replies)

    @cached_property
    def _asked(self) -> Mapping[str, tuple[datetime, ...]]:
        return _by_device([*self.replies, *self.failures])

    def times(self) -> Sequence[datetime]:
        return sorted({at for times in self._asked.values() for at in times})

    def asked(self, device: str) -> Sequence[datetime]:
        return self._asked.get(device, ())

    def answered(self, device: str) -> Sequence[datetime]:
        return self._answered.get(device, ())

    def reason(self, device: str, at: datetime) -> str:
        return self.failures.get((device, at), "")

    def fetch(self, device: str, at: datetime, columns: Columns) -> Reply:
        """What was read in that poll; which columns those are was decided then."""
        found = self.replies[device, at]
        return found if isinstance(found, Reply) else found.unpack()


def _by_device(keys: Iterable[tuple[str, datetime]]) -> dict[str, tuple[datetime, ...]]:
    found: dict[str, list[datetime]] = defaultdict(list)
    for device, at in keys:
        found[device].append(at)
    return {device: tuple(sorted(times)) for device, times in found.items()}


@dataclass(frozen=True, slots=True)
class Polling:
    """How a live site is asked: `only` these devices (None: all), at least `pairs` polls of the incident if time allows.

    `deadline` bounds all polls together and `device_deadline` one device's, in seconds: what was read until then counts.
    `progress` is told how far it is.
    """

    only: frozenset[str] | None = None
    pairs: int = 2
    deadline: float = 120.0
    device_deadline: float = 45.0
    live: bool = True
    progress: Progress = lambda text: None


def read_polls(site: Site, incident: Incident, columns: Columns, polling: Polling) -> Polls:
    """The site's polls for one incident: from its history, then from its devices themselves."""
    now = datetime.now(UTC).replace(microsecond=0)
    polled = {name for name, device in site.devices.items() if device.address}
    scope = polled if polling.only is None else polled & polling.only
    replies, failures, split, problems = _stored(site, incident, now, scope, polled - scope)
    window = {at for _, at in (*replies, *failures) if at > (incident.since or split or now)}
    over = incident.until is not None and incident.until < now - PAST and bool(window)
    if scope and polling.live and not over:
        devices = [site.devices[name] for name in sorted(scope)]
        count = max(1, polling.pairs - len(window))
        first = _poll(devices, columns, count, polling, replies, failures)
        split = split or first - timedelta(seconds=1)
    return Polls(replies, failures, split, problems)


def _stored(
    site: Site, incident: Incident, now: datetime, scope: Collection[str], others: Collection[str]
) -> tuple[Replies, Failures, datetime | None, tuple[str, ...]]:
    """What the history holds. Of `others` only their newest answer, so that names and addresses are known."""
    replies: Replies = {}
    try:
        with open_history(site.state) as history:
            if history is None:
                return replies, {}, None, ()
            polls = history.polls()
            begin, end = span(polls, incident, now)
            asked = history.asked(begin, end)
            choice = choose(polls, asked, incident, now)
            wanted: dict[datetime, set[str]] = defaultdict(set)
            for device, at in (*choice.before.items(), *_previous(asked, choice.before)):
                wanted[at] |= {device} & set(scope)
            for at in choice.window:
                wanted[at] |= set(scope)
            for device, at in _newest(asked).items():
                wanted[at] |= {device} & set(others)
            _load(history, wanted, replies)
            lost = set(choice.window)
            failures = {(row.device, row.at): row.failure for row in asked if row.failure and row.at in lost}
            return replies, {key: words for key, words in failures.items() if key[0] in scope}, choice.split, ()
    except HistoryUnavailable as error:
        return {}, {}, None, (f"history not used: {error}",)


def _previous(asked: Iterable[Asked], before: Mapping[str, datetime]) -> list[tuple[str, datetime]]:
    """Each device's answer before its baseline: with that it makes the pair that shows how traffic was."""
    found = {
        row.device: row.at for row in asked if not row.failure and row.device in before and row.at < before[row.device]
    }
    return list(found.items())


def _load(history: History, wanted: Mapping[datetime, set[str]], replies: Replies) -> None:
    for at, devices in wanted.items():
        for stored in history.replies(at, devices) if devices else ():
            replies[stored.device, at] = stored


def _newest(asked: Iterable[Asked]) -> dict[str, datetime]:
    return {row.device: row.at for row in asked if not row.failure}


def _poll(
    devices: Sequence[Device], columns: Columns, count: int, polling: Polling, replies: Replies, failures: Failures
) -> datetime:
    """Poll so many times, `PAIR_S` apart, within the deadline; the time of the first poll."""
    from noc_agent.snmp.live import sweep  # noqa: PLC0415 - a recorded site needs no network code

    end = time.monotonic() + polling.deadline
    first: datetime | None = None
    last = max((at for _, at in (*replies, *failures)), default=datetime.fromtimestamp(0, UTC))
    for number in range(count):
        started = time.monotonic()
        last = max([datetime.now(UTC).replace(microsecond=0), last + timedelta(seconds=1)])
        first = first or last
        left = max(end - started, SLACK_S)
        answers = sweep(devices, last, columns, deadline=left, device_deadline=polling.device_deadline)
        for done, answer in enumerate(answers, 1):
            if answer.reply is not None:
                replies[answer.device, last] = answer.reply
            else:
                failures[answer.device, last] = str(answer.failure or "")
            polling.progress(f"polling: {done} of {len(devices)} devices")
        took = time.monotonic() - started
        if number + 1 < count and time.monotonic() + max(PAIR_S - took, 0) + 2 * took + SLACK_S > end:
            break  # no time for another
        if number + 1 < count:
            polling.progress("waiting for a second poll, for rates")
            time.sleep(max(PAIR_S - took, 0))
    return first or last
