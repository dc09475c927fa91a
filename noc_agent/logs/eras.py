"""The years of stamps that state none, by the order of a file's lines: they rise towards its end, whose date is known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from statistics import median
from typing import NamedTuple

from noc_agent.logs.files import BLOCK, Block, LogFile, RawLine
from noc_agent.logs.line import quick_time
from noc_agent.logs.written import written

PLACES = 32  # of a file that are looked at
STAMPS = 3  # of each
BACK = timedelta(days=30)  # a date that is so much later before an earlier one is of the year before
LAST = timedelta(days=2)  # between the last line and the file's date, where that says when it was written


class Era(NamedTuple):
    """From this offset on, years are those nearest to this date."""

    offset: int
    near: datetime


def era_of(eras: Sequence[Era], offset: int, otherwise: datetime) -> datetime:
    """The date that the year of a line at this offset is nearest to."""
    place = bisect_right(eras, offset, key=lambda era: era.offset)
    return eras[max(0, place - 1)].near if eras else otherwise


def eras_of(file: LogFile, near: datetime, zone: tzinfo) -> tuple[Era, ...]:
    """The eras of a file whose stamps state no year and would not all be dated right by `near`; none of any other."""
    places = _places(file, near, zone)
    dated = _dated(places, written(file.path) or near, near)
    if all(at == right for (_, at), right in zip(places, dated, strict=True)):
        return ()
    middles = [one + (two - one) / 2 for one, two in pairwise(dated)] + dated[-1:]
    return tuple(Era(offset, middle) for (offset, _), middle in zip(places, middles, strict=True))


def _dated(places: Sequence[tuple[int, datetime]], written: datetime, near: datetime) -> list[datetime]:
    """The stamps with years that fall from the end backwards."""
    if not places:
        return []
    last = places[-1][1]
    ends = [end for year in (written.year, written.year - 1) if (end := _in_year(last, year)) is not None]
    if told := [end for end in ends if abs(end - written) < LAST]:
        last = told[0]
    elif last - BACK > max(near, written):
        last = _in_year(last, last.year - 1) or last
    found = [last]
    for _, at in reversed(places[:-1]):
        later = found[-1]
        same = _in_year(at, later.year) or at
        found.append((_in_year(at, later.year - 1) or at) if same > later + BACK else same)
    return found[::-1]


def _in_year(at: datetime, year: int) -> datetime | None:
    try:
        return at.replace(year=year)
    except ValueError:  # 29 February
        return at.replace(year=year, day=28) if at.month == 2 and 0 < year < 10_000 else None


def _places(file: LogFile, near: datetime, zone: tzinfo) -> list[tuple[int, datetime]]:
    """(offset, median of a few stamps) over the file; nothing where its stamps have years."""
    found: list[tuple[int, datetime]] = []
    for rows in _samples(file):
        stamps: list[datetime] = []
        for raw in rows:
            at = quick_time(raw.raw, near, zone) if b"*" not in raw.raw[:60] else None
            if at is None:
                continue
            if not found and not stamps and at == quick_time(raw.raw, _other_year(near), zone):
                return []
            stamps.append(at)
            if len(stamps) == STAMPS:
                break
        if stamps:
            middle = median(at.timestamp() for at in stamps)
            found.append((rows[0].offset, datetime.fromtimestamp(middle, UTC)))
    return found


def _other_year(near: datetime) -> datetime:
    return near - timedelta(days=730)


def _samples(file: LogFile) -> Iterator[list[RawLine]]:
    """A few lines at places all over the file; of a packed one there are none: its blocks are of one time."""
    size = _size(file)
    whole = _from(file, size) if size else None
    if whole is None:
        return
    if size <= BLOCK:
        rows = list(whole.lines())
        step = max(1, len(rows) // PLACES)
        yield from (rows[n : n + 2 * STAMPS] for n in range(0, len(rows), step))
        return
    for n in range(PLACES):
        block = whole if n == 0 else _from(file, size - size * n // PLACES)
        if block is None or (n and block.offset == 0):
            return
        if rows := list(islice(block.lines(), 2 * STAMPS)):
            yield rows


def _from(file: LogFile, size: int) -> Block | None:
    """The first block of the file's last `size` bytes."""
    return next(iter(file.tail(size)), None)


def _size(file: LogFile) -> int:
    """0 for a packed file and one that cannot be read."""
    try:
        with file.path.open("rb") as opened:
            return 0 if opened.read(2) == b"\x1f\x8b" else opened.seek(0, 2)
    except OSError:
        return 0
