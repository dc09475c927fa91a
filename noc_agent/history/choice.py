"""Which polls of the history matter to an incident: of each device the last one at which it was well, and those since.

A poll that the operator marked as healthy is the baseline. Else it is the device's last answer before the incident; and
because incidents are told late, a little before its stated beginning, or where none is stated, the newest of those polls
at which most of the device was well (`well` counts ports up, adjacencies, sessions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from noc_agent.history.store import Asked, Poll
from noc_agent.site.model import Incident

LATE = timedelta(minutes=30)  # how much later than it happened an incident may be told
RECENT = timedelta(hours=24)  # how far back a baseline is looked for where the incident says no time
MOST_WINDOW = 6  # polls since the incident began that are read; more of them add work, not news


@dataclass(frozen=True, slots=True)
class Choice:
    """Polls to read: `before` by device, `window` for all, and `split` between the two."""

    before: Mapping[str, datetime]
    window: tuple[datetime, ...]
    split: datetime | None


def span(polls: Sequence[Poll], incident: Incident, now: datetime) -> tuple[datetime, datetime]:
    """The time in which polls may matter to the incident."""
    marked = _marked(polls, incident.since or now)
    begin = (incident.since - LATE) if incident.since else now - RECENT
    older = [poll.at for poll in polls if poll.at <= begin]
    # Where no poll is that young, the newest older one is better than nothing.
    begin = min([begin, *older[-1:]] if older else [begin])
    return min(begin, marked) if marked else begin, incident.until or now


def choose(polls: Sequence[Poll], asked: Sequence[Asked], incident: Incident, now: datetime) -> Choice:
    """The polls that matter to the incident. `asked` are the rows of `span`."""
    times = [poll.at for poll in polls]
    since, until = incident.since, incident.until or now
    marked = _marked(polls, since or now)
    answers: dict[str, list[Asked]] = defaultdict(list)
    for row in asked:
        if not row.failure and row.at <= (since or now):
            answers[row.device].append(row)
    before = {device: _baseline(rows, marked, since) for device, rows in answers.items()}
    if since is not None:
        return Choice(before, thinned([at for at in times if since < at <= until]), None)
    split = max(before.values(), default=None)
    return Choice(before, thinned([at for at in times if split is not None and split < at <= until]), split)


def _marked(polls: Iterable[Poll], until: datetime) -> datetime | None:
    return max((poll.at for poll in polls if poll.mark is not None and poll.at <= until), default=None)


def _baseline(rows: Sequence[Asked], marked: datetime | None, since: datetime | None) -> datetime:
    """Of a device's answers before the incident, oldest first, the one to compare with."""
    if marked is not None and any(row.at == marked for row in rows):
        return marked
    recent = [row for row in rows if since is None or row.at >= since - LATE] or [rows[-1]]
    return max(recent, key=lambda row: (row.well, row.at)).at


def thinned(times: Sequence[datetime], most: int = MOST_WINDOW) -> tuple[datetime, ...]:
    """At most so many of these polls: the first, the last three, and others evenly between."""
    if len(times) <= most:
        return tuple(times)
    last = list(times[-3:])
    rest = times[:-3]
    places = most - 3
    picked = [rest[round(n * (len(rest) - 1) / max(places - 1, 1))] for n in range(places)]
    return tuple(dict.fromkeys([*picked, *last]))
