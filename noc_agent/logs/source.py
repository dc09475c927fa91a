"""One log file as the site knows it: the device it is named after, the zone, year and clock its stamps are meant in."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from noc_agent.logs.eras import Era, era_of, eras_of
from noc_agent.logs.files import SLACK, Block, LogFile, RawLine
from noc_agent.logs.folder import owner_names
from noc_agent.logs.hosts import Clock, Hosts, Stamped
from noc_agent.logs.line import LogLine, parse, quick_time
from noc_agent.logs.sift import Sift, may_hold_traps, sifted
from noc_agent.logs.templates import DIGITS
from noc_agent.logs.times import heading_time
from noc_agent.logs.traps import continues_trap, heads_trap
from noc_agent.logs.written import written

START = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(9999, 12, 30, tzinfo=UTC)
MOST_TEXTS = 100_000  # distinct lines of a file that are compared
MOST_JOINED = 20  # lines of one trap
HEAD_LINES = 40  # in which a file shows how it is stamped
NO_SHIFT = timedelta(0)
SPARE = 256  # files that others have open
HALF_YEAR, WEEK = timedelta(days=183), timedelta(days=7)


class SourceFile:
    """Lines of one file with their device, read until `end`. `file.problem` says what of it could not be read."""

    def __init__(self, path: Path, hosts: Hosts, near: datetime | None, end: float = math.inf) -> None:
        self.path, self._hosts, self._end = path, hosts, end
        self.owner = next((device for name in owner_names(path) if (device := hosts.device(name)) is not None), None)
        self._about = _about(path, near)
        self._zone = hosts.names.timezone_of(self.owner or "")
        self.file = LogFile(path, self._about, self._zone, end)
        self._shift = NO_SHIFT  # how far all stamps of the file are ahead
        self._shifts: tuple[timedelta, ...] = ()  # how far stamps of some lines may be
        self._eras: tuple[Era, ...] | None = None  # not looked for yet

    @property
    def late(self) -> bool:
        """Whether the reading was ended for its time."""
        return self.file.late

    @property
    def ordered(self) -> bool:
        """Whether its lines are known to stand in order of time."""
        return self.file.ordered

    def opened(self) -> None:
        """Look at the head of the file: a saved `show logging` says in what zone its stamps are."""
        if self.owner is not None and (zone := self._headed()) is not None:
            self._zone = zone
            self.file = LogFile(self.path, self._about, self._zone, self._end)
        own = self._hosts.moved.get(Clock(self.owner or "", Stamped.OWN), NO_SHIFT)
        if own and not self._collected():
            self._shift = own
        shared = {moved for clock, moved in self._hosts.moved.items() if clock.stamped is Stamped.SHARED}
        self._shifts = tuple({NO_SHIFT, self._shift, *shared})

    def _headed(self) -> tzinfo | None:
        for raw in self.file.head().split(b"\n")[:HEAD_LINES]:
            said = heading_time(raw.decode("utf-8", "replace").strip(), self._about, self._zone)
            if said is not None and said.tzinfo is not None:
                return said.tzinfo
        return None

    def _collected(self) -> bool:
        """Whether a collector wrote a stamp of its own before the device's: that one is right."""
        rows = (self._parsed(RawLine(raw, 0, None)) for raw in self.file.head().split(b"\n")[:HEAD_LINES])
        return any(line is not None and (line.stamp is not None or line.trap) for line in rows)

    def begins(self) -> datetime | None:
        """The time of the file's first lines; None where they have none."""
        self.opened()
        at = self.file.begins()
        return None if at is None else at - self._shift

    def lines(
        self, since: datetime | None, until: datetime | None, sift: Sift | None
    ) -> Iterator[tuple[datetime, LogLine]]:
        """(time, line) of the window as they stand; a line without a time has that of the one before it."""
        self.opened()
        first, last = since or START, until or END
        at = self._true(self.file.begins()) or START
        for block, raw in self._rows(since, until, sift):
            stamp = None if self.file.ordered else self.stamp(raw)
            if stamp is not None and not self._may_lie(stamp, first - SLACK, last + SLACK):
                at = stamp - self._shift
                continue
            line = self.read(raw)
            if line is None:
                continue
            at = line.time or (at if sift is None else self._true(self.file.time_before(block, raw.offset)) or at)
            if first <= at <= last:
                yield at, line

    def _true(self, at: datetime | None) -> datetime | None:
        return None if at is None else at - self._shift

    def _rows(
        self, since: datetime | None, until: datetime | None, sift: Sift | None
    ) -> Iterator[tuple[Block, RawLine]]:
        """Lines that may lie in the window with their blocks; a trap that takes several is one."""
        held: tuple[Block, RawLine] | None = None
        joined = 0
        for block in self._blocks(since, until):
            for raw in sifted(block, sift):
                if held is not None:
                    if joined < MOST_JOINED and continues_trap(raw.raw.decode("utf-8", "replace")):
                        held, joined = (held[0], _joined(held[1], raw)), joined + 1
                        continue
                    yield held
                    held = None
                if may_hold_traps(raw.raw) and heads_trap(raw.raw.decode("utf-8", "replace")):
                    held, joined = (block, raw), 0
                else:
                    yield block, raw
        if held is not None:
            yield held

    def _blocks(self, since: datetime | None, until: datetime | None) -> Iterator[Block]:
        """Blocks that may hold lines of the window; before the first, what years the file's stamps are of is known."""
        low, high = (None if at is None else at + self._shift for at in (since, until))
        for number, block in enumerate(self.file.blocks(low, high)):
            if not number and self._eras is None and not self.file.ordered:
                self._eras = eras_of(self.file, self._about, self._zone)
            yield block

    def holds(self, word: bytes, since: datetime | None, until: datetime | None) -> bool:
        """Whether a word stands in what may lie in the window."""
        self.opened()
        return any(word in block.data for block in self._blocks(since, until))

    def alike(self, since: datetime, until: datetime) -> Iterator[tuple[LogLine, int]]:
        """Lines of the window, those but once that differ in digits alone: (the first of them, how many)."""
        self.opened()
        found: dict[bytes, list[int]] = {}
        samples: list[RawLine] = []
        known: Block | None = None
        inside = False
        for block, raw in self._rows(since, until, None):
            if block is not known:
                inside, known = self.file.ordered and self._inside(block, since, until), block
            stamp = None if inside else self.stamp(raw)
            if stamp is not None and not self._may_lie(stamp, since, until):
                continue
            key = raw.raw.translate(DIGITS)
            if key in found:
                found[key][1] += 1
            elif len(samples) < MOST_TEXTS:
                found[key] = [len(samples), 1]
                samples.append(raw)
        for place, count in found.values():
            line = self.read(samples[place])
            if line is not None:
                yield line, count

    def raw(self, since: datetime | None, until: datetime | None) -> Iterator[bytes]:
        """Lines of the window as they stand: one without a stamp goes with the line before it. Before them, of a file that
        is one device's, what stands above its first stamp: there a saved `show logging` says in what zone it stamps."""
        self.opened()
        first, last = since or START, until or END
        within, begun = True, False
        for block in self._blocks(since, until):
            if not begun and block.offset and self.owner is not None:
                yield from self._heading()
            begun = True
            for raw in block.lines():
                stamp = self.stamp(raw)
                within = within if stamp is None else self._may_lie(stamp, first, last)
                if within:
                    yield raw.raw

    def _heading(self) -> Iterator[bytes]:
        for line in self.file.head().split(b"\n")[:HEAD_LINES]:
            if quick_time(line, self._about, self._zone) is not None:
                return
            yield line

    def _inside(self, block: Block, since: datetime, until: datetime) -> bool:
        """Whether all of a block of an ordered file lies in the window."""
        begins = self._true(self.file.time_before(block, block.offset + 400))
        ends = self._true(self.file.time_before(block, block.offset + block.size))
        return begins is not None and ends is not None and since + SLACK <= begins and ends <= until - SLACK

    def _may_lie(self, stamp: datetime, first: datetime, last: datetime) -> bool:
        """Whether a stamp may lie in the window, by whatever clock and in whatever zone of the site's it is."""
        if any(first <= stamp - shift <= last for shift in self._shifts):
            return True
        if self.owner is not None or stamp.tzinfo is not self._zone:
            return False
        zoned = [stamp.replace(tzinfo=zone) for zone in self._hosts.zones]
        return any(first <= at - shift <= last for at in zoned for shift in self._shifts)

    def stamp(self, raw: RawLine) -> datetime | None:
        """The first stamp of a line as it stands."""
        return quick_time(raw.raw, self._dated(raw), self._zone)

    def _dated(self, raw: RawLine) -> datetime:
        """The date that the year of the line's stamp is nearest to, where it states none."""
        return era_of(self._eras, raw.offset, self._about) if self._eras else self._about

    def read(self, raw: RawLine) -> LogLine | None:
        """The line with its device and its true time, as far as they are known."""
        line = self._parsed(raw)
        return self._corrected(line) if line is not None and self._hosts.moved else line

    def _parsed(self, raw: RawLine) -> LogLine | None:
        """The line with its device: the inventory's name of its host, else of its file, else the host as logged."""
        text = raw.raw.decode("utf-8", "replace")
        if text.isspace() or (text[:1] == "\x00" and not text.strip("\x00\r\n\t ")):
            return None
        line = parse(text, self.path.name, raw.offset, self._dated(raw), self._zone, raw.number, self._named)
        own = self._hosts.names.timezone_of(line.device)
        return line if own == self._zone else self._zoned(line, text, raw, own)

    def _zoned(self, line: LogLine, text: str, raw: RawLine, own: tzinfo) -> LogLine:
        """The line with stamps that name no zone meant in the device's own, but for what syslog or snmptrapd wrote."""
        alone = self.clock(line).stamped is Stamped.SHARED
        meant = line.time if alone else line.stamp
        if meant is None or meant.tzinfo is not self._zone:
            return line
        read = parse(text, self.path.name, raw.offset, self._dated(raw), own, raw.number, self._named)
        return read if alone else dataclasses.replace(read, time=line.time)

    def _corrected(self, line: LogLine) -> LogLine:
        """The line with its true time where its device's clock is known to be off; its own stamp stays beside it."""
        moved = self._hosts.moved.get(self.clock(line))
        if not moved or line.time is None or line.stamp is not None:
            return line
        return dataclasses.replace(line, time=line.time - moved, stamp=line.time)

    def clock(self, line: LogLine) -> Clock:
        """Whose stamp the line's time is."""
        if line.stamp is not None or line.app == "snmptrapd":
            return Clock(line.device, Stamped.COLLECTOR)
        return Clock(line.device, Stamped.OWN if line.device == self.owner else Stamped.SHARED)

    def _named(self, host: str) -> tuple[str, str]:
        if not host:
            return self.owner or "", self.owner or ""
        return host, self._hosts.device(host) or host


def room_for(files: int) -> None:
    """Let the process have so many files open at a time, as far as the system lets it: lines of all are put in order."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files + SPARE if hard == resource.RLIM_INFINITY else min(files + SPARE, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _joined(heading: RawLine, more: RawLine) -> RawLine:
    return RawLine(heading.raw.rstrip() + b"\t" + more.raw.strip(), heading.offset, heading.number)


def _about(path: Path, near: datetime | None) -> datetime:
    """The date that stamps without a year are nearest to: the incident's; of a file that was last written before it, one
    by which no line is younger than the file."""
    date = written(path)
    if near is None:
        return date or datetime.now(UTC)
    return near if date is None or date >= near else date - HALF_YEAR + WEEK
