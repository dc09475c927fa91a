"""The clocks of devices compared by the logs of a site: which lines are read for it, within bounds, and what they show."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple, Protocol

from noc_agent.logs.clocks import APART, ARRIVAL, COLLECTOR, NEAR, NEIGHBORS, Offset, Said, agreed, deviations, offsets
from noc_agent.logs.event import LogEvent, Meaning
from noc_agent.logs.files import Block, RawLine
from noc_agent.logs.hosts import Clock, Hosts, Stamped
from noc_agent.logs.line import LogLine
from noc_agent.logs.quiet import Quiet
from noc_agent.logs.source import SourceFile
from noc_agent.logs.vocabulary import Vocabulary
from noc_agent.logs.written import written

DAY = timedelta(days=1)  # clocks are off by a zone, or by more than anybody can tell from pairs of events
HOURS = tuple(timedelta(hours=hours) for hours in (3, 9, 15, 24))  # around the window, as far as BYTES go
BYTES = 64_000_000  # of all files that are looked through for events
LINES = 20_000  # of all files that are parsed
FILES = 400
SAMPLE = 1_000_000  # bytes of a shared file whose order of arrival is looked at
CLOCK_OFFSET = "clock_offset"  # the kind of event
HOW = {
    NEIGHBORS: "what its neighbors log of the same events",
    COLLECTOR: "the stamps of the collector",
    ARRIVAL: "the lines among which its own arrived",
}
BESIDE = 3  # lines of others before and after one, whose middle ones tell when it arrived
JITTER = 15.0  # s within which the lines around one tell when it arrived
NTP_LOST = frozenset({"ntp_unsynchronized", "ntp_server_unreachable"})
ZONE = 900.0  # s: what is off by a multiple of it may be a zone that nobody stated


class Ties(Protocol):
    """What the topology knows of the events that both ends of something log."""

    def ties(self, device: str, said: Meaning) -> Iterable[tuple[Hashable, Hashable, bool]]:
        """(what both ends share, which end this one speaks of, whether it came up) for an event that has another end."""

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of events that have another end."""

    @property
    def zones(self) -> Collection[tzinfo]:
        """The zones in which the site's devices stamp their lines."""


@dataclass(slots=True)
class _Seen:
    """What the files show of their clocks."""

    said: list[Said] = field(default_factory=list)
    ahead: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # of a collector's stamp
    late: dict[Clock, list[float]] = field(default_factory=lambda: defaultdict(list))  # of the lines around
    # How far lines are off in which a device itself says that its clock follows no server any more, by either way.
    confessed: dict[tuple[Clock, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    lines: int = 0


class _Share(NamedTuple):
    """What one file may cost."""

    bytes: int
    lines: int


def compared(
    paths: Sequence[Path],
    hosts: Hosts,
    near: datetime | None,
    vocabulary: Vocabulary,
    ties: Ties,
    window: tuple[datetime | None, datetime | None],
    end: float = math.inf,
) -> Mapping[Clock, Offset]:
    """The offsets of the clocks that stamp these files, those only that are certain. After `end` nothing more is read."""
    since, until = window
    wide = None if since is None else since - DAY, None if until is None else until + DAY
    sources = [SourceFile(path, hosts, near, end) for path in paths[:FILES] if not _older(path, wide[0])]
    seen = _Seen()
    confessing = _Reading(vocabulary.meaning, _telling(vocabulary, NTP_LOST), ties)
    for source in sources:
        source.opened()
        _arrival(source, window, confessing, seen)
    if any(source.owner for source in sources) or seen.late:
        reading = _Reading(vocabulary.meaning, _telling(vocabulary, ties.kinds), ties)
        share = _Share(BYTES // max(1, len(sources)), LINES // max(1, len(sources)))
        for source in sources:
            _events(source, window, share, reading, seen)
    return _reckoned(seen)


def _older(path: Path, since: datetime | None) -> bool:
    """Whether the file was last written before all that matters."""
    date = written(path)
    return not path.exists() or (since is not None and date is not None and date < since)


def _reckoned(seen: _Seen) -> dict[Clock, Offset]:
    collectors: dict[Hashable, float] = {
        one.clock: 0.0 for one in seen.said if _clock(one).stamped is Stamped.COLLECTOR
    }
    found = {clock: offset for clock, offset in offsets(seen.said, collectors).items() if isinstance(clock, Clock)}
    for clock, late in seen.late.items():
        if clock not in found and (offset := agreed(late, ARRIVAL, JITTER)) is not None:
            found[clock] = offset
    for device, ahead in seen.ahead.items():
        if (offset := agreed(ahead, COLLECTOR)) is not None:
            found[Clock(device, Stamped.COLLECTOR)] = offset
            found.setdefault(Clock(device, Stamped.OWN), offset)
    for (clock, how), off in seen.confessed.items():
        if clock not in found and (offset := _believed(off, how)) is not None:
            found[clock] = offset
    return found


def _believed(off: Sequence[float], how: str) -> Offset | None:
    """The offset of a device that says that its clock follows no server, by the few lines in which it does: its own word and
    the others' agree. None where they differ, or where it may be a zone that is off and no clock."""
    middle = median(off)
    steps = middle / ZONE
    if any(abs(one - middle) > JITTER for one in off) or abs(steps - round(steps)) * ZONE <= JITTER:
        return None
    return Offset(round(middle, 1), len(off), 0.0, how) if abs(middle) > APART else None


def _clock(one: Said) -> Clock:
    assert isinstance(one.clock, Clock)
    return one.clock


def _spans(since: datetime | None, until: datetime | None) -> Iterator[tuple[datetime | None, datetime | None]]:
    """The window with the hours around it, then further and further away from it, behind and before, to a day."""
    yield None if since is None else since - HOURS[0], None if until is None else until + HOURS[0]
    for near, far in pairwise(HOURS):
        if until is not None:
            yield until + near, until + far
        if since is not None:
            yield since - far, since - near


def _arrival(
    source: SourceFile, window: tuple[datetime | None, datetime | None], confessing: _Reading, seen: _Seen
) -> None:
    """Of a shared file: which devices' stamps are far off the lines around them. Of any: what those say that lost their time."""
    read = 0
    rows: list[RawLine] = []
    confessed: set[int] = set()
    for block in source.file.blocks(*next(_spans(*window))):
        lines = [raw for raw in block.lines() if len(raw.raw) > 1] if not read or source.owner is None else []
        if not read:
            _doubly(source, lines[:40], seen)
        confessed |= _confessions(source, block, confessing, seen)
        read += block.size
        if source.owner is None:
            rows += lines
        if read >= SAMPLE:
            break
    if not deviations([at.timestamp() for raw in rows if (at := source.stamp(raw)) is not None]):
        return
    # A stamp that names no zone is meant in its device's own: only lines that were read are compared.
    read_as = ((line, line.time) for raw in rows if (line := source.read(raw)) is not None)
    stamped = [(line, at.timestamp()) for line, at in read_as if at is not None and line.device and not line.trap]
    far = deviations([at for _, at in stamped])
    for place, (line, _) in enumerate(stamped):
        if line.stamp is None:
            seen.late[source.clock(line)].append(far.get(place, 0.0))
            if line.offset in confessed and (off := _off(stamped, place)) is not None:
                seen.confessed[source.clock(line), ARRIVAL].append(off)


def _off(stamped: Sequence[tuple[LogLine, float]], place: int) -> float | None:
    """How far a line is off those of others that it arrived between; None where it is not, or they are too far apart to tell.
    The middle one of a few on each side: the next may be of a clock that is off itself."""
    line, at = stamped[place]
    behind = islice((other for one, other in reversed(stamped[:place]) if one.device != line.device), BESIDE)
    ahead = islice((other for one, other in stamped[place + 1 :] if one.device != line.device), BESIDE)
    rows = list(behind), list(ahead)
    if not all(rows):
        return None
    before, after = map(median, rows)
    if before > after or before <= at <= after:
        return None
    off = at - (before + after) / 2
    return off if abs(off) > max(APART, after - before) else None


def _confessions(source: SourceFile, block: Block, confessing: _Reading, seen: _Seen) -> set[int]:
    """Where in a block devices say that their clocks follow no server; what a collector's stamp shows of those is kept."""
    found = set()
    for raw in confessing.telling.lines(block):
        line = source.read(raw)
        said = confessing.means(line) if line is not None and line.device else None
        if line is None or said is None or said.kind not in NTP_LOST:
            continue
        found.add(line.offset)
        if line.stamp is not None and line.time is not None and line.mark != "*":
            off = (line.stamp - line.time).total_seconds()
            seen.confessed[Clock(line.device, Stamped.OWN), COLLECTOR].append(off)
    return found


def _doubly(source: SourceFile, rows: Sequence[RawLine], seen: _Seen) -> None:
    for raw in rows:
        if (line := source.read(raw)) is not None:
            _compare(line, seen)


def _compare(line: LogLine, seen: _Seen) -> None:
    """What a line says that a collector and the device have both stamped. A clock that was never set says nothing."""
    if line.device and line.time is not None and line.stamp is not None and line.mark != "*":
        seen.ahead[line.device].append((line.stamp - line.time).total_seconds())


class _Reading(NamedTuple):
    """What lines mean, which of them must be parsed to know, and what ties there are."""

    means: Callable[[LogLine], Meaning | None]
    telling: Quiet
    ties: Ties


def _telling(vocabulary: Vocabulary, kinds: Collection[str]) -> Quiet:
    """Passes over all lines but those that the rules of these kinds may be about."""
    rules = (rule for rule in vocabulary.rules if rule.kind in kinds or any(kind in kinds for *_, kind in rule.kinds))
    return Quiet(Vocabulary(rules))


def _events(
    source: SourceFile, window: tuple[datetime | None, datetime | None], share: _Share, reading: _Reading, seen: _Seen
) -> None:
    """Of one file: what both ends of something log, nearest to the window first, as far as its share goes."""
    read = lines = 0
    for span in _spans(*window):
        for block in source.file.blocks(*span):
            for raw in reading.telling.lines(block):
                lines += 1
                if lines > share.lines:
                    return
                _said(source, raw, reading, seen)
            read += block.size
            if read > share.bytes:
                return
        if not source.file.ordered:
            return  # all of it was read


def _said(source: SourceFile, raw: RawLine, reading: _Reading, seen: _Seen) -> None:
    line = source.read(raw)
    if line is None or line.time is None or not line.device:
        return
    _compare(line, seen)
    said = reading.means(line)
    if said is None:
        return
    clock, at = source.clock(line), line.time.timestamp()
    seen.said += [Said(clock, tie, end, up, at) for tie, end, up in reading.ties.ties(line.device, said)]


def moved(found: Mapping[Clock, Offset]) -> dict[Clock, timedelta]:
    """What is taken off the stamps of each clock that is off."""
    return {clock: timedelta(seconds=one.seconds) for clock, one in found.items() if abs(one.seconds) >= NEAR}


def of_devices(found: Mapping[Clock, Offset]) -> dict[str, Offset]:
    """The offset of each device's own clock: the surest way in which it is known."""
    chosen: dict[str, Offset] = {}
    for clock, offset in sorted(found.items(), key=_sureness):
        if clock.stamped is not Stamped.COLLECTOR or offset.how == COLLECTOR:
            chosen.setdefault(clock.device, offset)
    return chosen


def clock_events(found: Mapping[str, Offset]) -> Iterator[LogEvent]:
    """An event a device whose clock is off, for who asks the logs what is the matter. No line says it, and no time is its."""
    for device, offset in sorted(found.items()):
        if abs(offset.seconds) >= NEAR:
            way, how = "ahead" if offset.seconds > 0 else "behind", HOW[offset.how]
            words = f"{device}: its clock is {abs(offset.seconds):g} s {way}, by {how}"
            reason = f"{offset.samples} times, by {how}"
            yield LogEvent(
                None, device, CLOCK_OFFSET, "warning", "clock", "", f"{offset.seconds:+g} s", reason, "", 1, None, None, (),
                words, "", None,
            )  # fmt: skip


def _sureness(row: tuple[Clock, Offset]) -> tuple[bool, int, str]:
    clock, offset = row
    return offset.how != COLLECTOR, -offset.samples, repr(clock)
