"""The logs of a site: lines of a window merged in order of time, events typed and counted, patterns searched, news told."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from operator import itemgetter
from pathlib import Path

from noc_agent.logs.clocks import Offset
from noc_agent.logs.event import LogEvent
from noc_agent.logs.files import SLACK
from noc_agent.logs.folder import family, find_files, in_order, merged, outdated
from noc_agent.logs.heard import hear
from noc_agent.logs.hosts import Clock, Hosts, Names
from noc_agent.logs.line import LogLine
from noc_agent.logs.quiet import REPEATED, Quiet
from noc_agent.logs.sift import OfDevice, Sift, compiled, sieve
from noc_agent.logs.skew import DAY, Ties, clock_events, compared, moved, of_devices
from noc_agent.logs.source import START, SourceFile, room_for
from noc_agent.logs.tally import Tally
from noc_agent.logs.templates import News, told_anew
from noc_agent.logs.vocabulary import Meaning, Vocabulary, bundled, meaning

__all__ = ["LogStore", "Names"]

SEARCHED = 4000  # characters of a message that a pattern is tried on
SECONDS = 20.0  # that a search or a comparison may take
EVENT_SECONDS = 60.0
SHARE = 1 / 3  # of what is left until the deadline, that one question may take
LATE = "reading the logs took too long and was ended: narrow the window, or give more time"
HELD = 100_000  # lines that all files together keep back to put them in order
MOMENT = timedelta(microseconds=1)


class LogStore:
    """Read-only access to log files. `near` is the date that stamps without a year are nearest to; `says` what a line
    means: the bundled vocabulary, or one with a site's own files; by `ties` the clocks of devices are compared. Each question
    ends well before `deadline` (time.monotonic), with what was read by then."""

    def __init__(
        self,
        root: Path,
        patterns: Sequence[str],
        names: Names,
        near: datetime | None = None,
        says: Vocabulary | None = None,
        ties: Ties | None = None,
        deadline: float = math.inf,
    ) -> None:
        self._deadline = deadline
        self._says = says
        self._meaning = meaning if says is None else says.meaning
        self._quiet: Quiet | None = None
        self._root, self._patterns, self._names, self._near = root, patterns, names, near
        self._date = near  # the incident's, else the window's
        self._hosts = Hosts(names)
        self._ties, self._offsets = ties, dict[Clock, Offset]()
        self._compared: tuple[datetime | None, datetime | None] | None = None
        self._problems: dict[str, None] = {}
        self.files: tuple[Path, ...] = ()
        self._begun: dict[tuple[int, ...], datetime | None] = {}
        self._heard: dict[bool, dict[str, datetime]] | None = None
        self._events: dict[object, tuple[LogEvent, ...]] = {}
        self._look()

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, in words for the operator."""
        return tuple(self._problems)

    def _look(self) -> None:
        """Find the files anew: they may have been rotated since."""
        found, problems = find_files(self._root, self._patterns)
        self.files = tuple(found)
        self._problems.update(dict.fromkeys(problems))

    def lines(
        self, since: datetime | None = None, until: datetime | None = None, device: str = ""
    ) -> Iterator[LogLine]:
        """Lines of the window in order of time; those without a time at the place where they stand."""
        return self._lines(since, until, device, None, math.inf)

    def raw(self, since: datetime | None, until: datetime | None) -> Iterator[tuple[SourceFile, Iterator[bytes]]]:
        """Each file with its lines of the window as they stand there: what a recording keeps."""
        self._look()
        self._compare(since, until)
        for path in self._in_time(since):
            source = SourceFile(path, self._hosts, self._date)
            yield source, source.raw(since, until)

    def _lines(
        self,
        since: datetime | None,
        until: datetime | None,
        device: str,
        sift: Sift | None,
        seconds: float,
    ) -> Iterator[LogLine]:
        """Lines of the window, those only that `sift` may match; not after `seconds`."""
        self._look()
        self._compare(since, until)
        end = self._end(seconds)
        paths = self._in_time(since)
        room_for(len(paths))
        held = max(100, HELD // max(1, len(paths)))
        sources = []
        for path in paths:
            source = SourceFile(path, self._hosts, self._date, end)
            lines = in_order(self._read(source, since, until, sift), held, partial(getattr, source, "ordered"))
            sources.append((self._due(path), lines))
        rows = merged(sources)
        return (line for _, line in rows if line.device == device) if device else map(itemgetter(1), rows)

    def _end(self, seconds: float) -> float:
        """When a question ends that may take so long: there is time for others before the deadline."""
        now = time.monotonic()
        return now + min(seconds, (self._deadline - now) * SHARE)

    def clocks(self, since: datetime | None = None, until: datetime | None = None) -> Mapping[str, Offset]:
        """How far each device's own clock is off by its logs, where that is certain."""
        self._compare(since, until)
        return of_devices(self._offsets)

    def _compare(self, since: datetime | None, until: datetime | None) -> None:
        """Compare the clocks by the logs around the window: once, and anew for a window of another day."""
        if self._date != (date := self._near or since or until):
            self._date = date
            self._begun.clear()
        if (
            self._ties is None
            or not self.files
            or (self._compared is not None and _within(since, until, self._compared))
        ):
            return
        plain = Hosts(self._names)
        plain.zones = self._ties.zones
        end = self._end(EVENT_SECONDS)
        found = compared(self.files, plain, self._date, self._says or bundled(), self._ties, (since, until), end)
        if time.monotonic() > end:
            self._problems[LATE] = None
        self._compared, self._offsets = (since, until), dict(found)
        self._hosts.moved, self._hosts.zones = moved(found), plain.zones
        self._begun.clear()

    def _in_time(self, since: datetime | None) -> list[Path]:
        """The files but for rotated ones that a younger one shows to be over before `since`."""
        old = outdated(self.files, since, self._begins)
        return [path for path in self.files if path not in old]

    def _due(self, path: Path) -> datetime:
        """No line of the file is earlier: a rotated one is opened when its first line is due, any other at once."""
        return (self._begins(path) or START) - SLACK if family(path) else START

    def _read(
        self,
        source: SourceFile,
        since: datetime | None,
        until: datetime | None,
        sift: Sift | None,
    ) -> Iterator[tuple[datetime, LogLine]]:
        if isinstance(sift, Quiet) and source.holds(REPEATED, since, until):
            sift = None  # what a repetition counts for depends on the line before it, whatever that is
        yield from source.lines(since, until, sift)
        if source.late:
            self._problems[LATE] = None
        if source.file.problem:
            self._problems[source.file.problem] = None

    def _begins(self, path: Path) -> datetime | None:
        key = _fingerprint(path)[:2]
        if key not in self._begun:
            self._begun[key] = SourceFile(path, self._hosts, self._date).begins()
        return self._begun[key]

    def events(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", kind: str = ""
    ) -> tuple[LogEvent, ...]:
        """Typed events of the window in order of their first line; equal ones are counted together."""
        found = (*self._counted(since, until), *clock_events(of_devices(self._offsets)))
        return tuple(event for event in found if device in ("", event.device) and kind in ("", event.kind))

    def _counted(self, since: datetime | None, until: datetime | None) -> tuple[LogEvent, ...]:
        """All events of the window; the last window's are kept until a file changes."""
        self._look()
        key = (since, until, tuple(map(_fingerprint, self.files)))
        if key not in self._events:
            tally = Tally()
            self._quiet = self._quiet or Quiet(self._says or bundled())
            for line in self._lines(since, until, "", self._quiet, EVENT_SECONDS):
                said = self._meaning(line)
                tally.add(line, None if said is None else self._named(line.device, said))
            if tally.left_out:
                self._problems[f"{tally.left_out} events found no room: narrow the window"] = None
            self._events = {key: tally.events()}
        return self._events[key]

    def _named(self, device: str, said: Meaning) -> Meaning:
        if not said.subject.startswith("ifIndex "):
            return said
        number = said.subject.removeprefix("ifIndex ")
        name = self._names.interface_of(device, int(number)) if number.isdigit() else None
        return said._replace(subject=name or said.subject)

    def search(
        self,
        pattern: str,
        since: datetime | None = None,
        until: datetime | None = None,
        device: str = "",
        limit: int = 50,
    ) -> tuple[LogLine, ...]:
        """Lines whose message matches, oldest first, at most `limit`. Raises ToolError for a pattern that is none."""
        wanted = compiled(pattern)
        sift: Sift | None = sieve(pattern)
        if device and sift is not None:
            sift = OfDevice(sift, device, self._hosts.device)
        found = self._lines(since, until, device, sift, SECONDS)
        return tuple(islice((line for line in found if wanted.search(line.message[:SEARCHED])), limit))

    def news(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", limit: int = 50
    ) -> tuple[News, ...]:
        """Templates of lines without a known event that the time before the window had not, or far more seldom.

        The time before is four times the window, at least an hour and at most a day. Without `since` there is none.
        """
        before: Iterator[tuple[LogLine, int]] = iter(())
        share = 1.0
        if since is not None:
            length = max((until or self._near or datetime.now(UTC)) - since, timedelta(seconds=1))
            span = min(max(4 * length, timedelta(hours=1)), timedelta(hours=24))
            before, share = self._earlier(since - span, since - MOMENT, device), length / span
        window = self._lines(since, until, device, None, SECONDS)
        unknown = (line for line in window if line.message and self._meaning(line) is None)
        return tuple(told_anew(unknown, before, share)[:limit])

    def _earlier(self, since: datetime, until: datetime, device: str) -> Iterator[tuple[LogLine, int]]:
        self._look()
        end = self._end(SECONDS)
        if device:
            yield from ((line, line.repeated) for line in self._lines(since, until, device, None, SECONDS))
            return
        for path in self._in_time(since):
            yield from SourceFile(path, self._hosts, self._date, end).alike(since, until)

    def last_heard(self, *, traps: bool = False) -> Mapping[str, datetime]:
        """The newest line of each device (or, with `traps`, the newest trap) in the newest part of each file."""
        if self._heard is None:
            self._heard = {False: {}, True: {}}
            if self._compared is None:
                self._compare(self._near, self._near)
            end = self._end(EVENT_SECONDS)
            for path in self.files:
                source = SourceFile(path, self._hosts, self._date, end)
                hear(source, self._heard)
                if source.late:
                    self._problems[LATE] = None
        return self._heard[traps]


def _within(since: datetime | None, until: datetime | None, compared: tuple[datetime | None, datetime | None]) -> bool:
    """Whether a window lies in the days around one for which the clocks were compared."""
    low, high = compared
    begins = low is None or (since is not None and since >= low - DAY)
    return begins and (high is None or (until is not None and until <= high + DAY))


def _fingerprint(path: Path) -> tuple[int, ...]:
    """What changes when a file does."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
