"""Events as they are counted: one row a device and meaning, however many lines say it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from noc_agent.logs.event import MOST_TIMES, LogEvent
from noc_agent.logs.line import LogLine
from noc_agent.logs.vocabulary import Meaning

_AGAIN = re.compile(r"\bmessage repeated \d{1,9} times?$")  # where the message itself is not quoted
MOST_EVENTS = 100_000  # rows; a storm of made-up subjects ends there
END = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Count:
    """Lines of one device and meaning; the first of them stands for all."""

    sample: LogLine
    count: int = 0
    last: datetime | None = None
    times: list[datetime] = field(default_factory=list)

    def add(self, at: datetime | None, times: int) -> None:
        self.count += times
        if at is not None:
            self.last = at
            if len(self.times) < MOST_TIMES:
                self.times.append(at)


class Tally:
    """Counts lines that come in order of time. `left_out` counts those that found no room."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Meaning], _Count] = {}
        self._latest: dict[tuple[str, str], _Count] = {}
        self.left_out = 0

    def add(self, line: LogLine, said: Meaning | None) -> None:
        """Count a line. One that only says `last message repeated` counts for what its device said before."""
        place = (line.file, line.device)
        if said is None:
            if not _AGAIN.search(line.message):
                self._latest.pop(place, None)
            elif (before := self._latest.get(place)) is not None:
                before.add(line.time, line.repeated)
            return
        key = (line.device, said)
        found = self._counts.get(key)
        if found is None:
            if len(self._counts) >= MOST_EVENTS:
                self.left_out += line.repeated
                return
            found = self._counts[key] = _Count(line)
        found.add(line.time, line.repeated)
        self._latest[place] = found

    def events(self) -> tuple[LogEvent, ...]:
        """The events in order of their first line; those without a time last."""
        found = [_event(device, said, count) for (device, said), count in self._counts.items()]
        return tuple(sorted(found, key=lambda event: (event.first is None, event.first or END)))


def _event(device: str, said: Meaning, found: _Count) -> LogEvent:
    line = found.sample
    first = found.times[0] if found.times else None
    return LogEvent(
        first, device, said.kind, line.severity, said.subject, said.frm, said.to, said.reason, said.peer, found.count,
        first, found.last, tuple(found.times), line.message[:400], line.file, line.line,
    )  # fmt: skip
