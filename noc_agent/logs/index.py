"""What questions have learned of one state of a file: whether it is in order of time, what time stands where, its lines.

It is kept while the file is the same, so that the next question reads only what is new to it.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import lru_cache
from operator import itemgetter

MOST_KEPT = 4096  # places of a file
MARGIN = 64  # a guess is taken to be right within this part of what is searched
STEP = 65_536  # bytes that are read sooner than searched
Spot = tuple[int, datetime | None]
_offset: Callable[[tuple[int, object]], int] = itemgetter(0)


class Index:
    """Times and line numbers at some places of a file; `ordered` is None until the file was looked at."""

    def __init__(self) -> None:
        self.ordered: bool | None = None
        self._times: list[Spot] = []
        self._lines: list[tuple[int, int]] = [(0, 0)]

    def add(self, offset: int, at: datetime | None) -> None:
        """Keep what time stands at a place."""
        place = bisect_left(self._times, offset, key=_offset)
        known = self._times[place : place + 1]
        if len(self._times) < MOST_KEPT and not (known and known[0][0] == offset):
            self._times.insert(place, (offset, at))

    def lines_before(self, end: int, count: Callable[[int, int], int]) -> int:
        """How many line ends stand before a place; `count` counts those between two."""
        start, found = self._lines[bisect_right(self._lines, end, key=_offset) - 1]
        if start < end:
            found += count(start, end)
            if len(self._lines) < MOST_KEPT:
                insort(self._lines, (end, found))
        return found

    def search(
        self,
        size: int,
        wanted: datetime,
        beyond: Callable[[datetime | None], bool],
        look: Callable[[int], datetime | None],
    ) -> tuple[int, int]:
        """Two places, near each other, between which times begin to be `beyond` what is wanted. `look` reads one."""
        after = bisect_left(self._times, True, key=lambda spot: beyond(spot[1]))
        low: Spot = self._times[after - 1] if after else (0, None)
        high: Spot = self._times[after] if after < len(self._times) else (size, None)
        turn = 0
        while high[0] - low[0] > STEP:
            middle = _between(low, high, wanted, turn)
            at = look(middle)
            self.add(middle, at)
            low, high, turn = (low, (middle, at), turn + 1) if beyond(at) else ((middle, at), high, turn + 1)
        return low[0], high[0]


def _between(low: Spot, high: Spot, wanted: datetime, turn: int) -> int:
    """Where to look next: a little before and behind where the time would stand if lines came evenly, then in the middle."""
    (begin, first), (end, last) = low, high
    room = end - begin
    if first is None or last is None or not first < last or turn % 3 == 2:
        return begin + room // 2
    guess = int((wanted - first) / (last - first) * room) + (room // MARGIN if turn % 3 else -room // MARGIN)
    return begin + min(max(guess, room // MARGIN), room - room // MARGIN)


def index_of(about: os.stat_result, near: datetime, zone: tzinfo) -> Index:
    """The index of a file as it stands; a new one once it has changed."""
    return _index(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns, near, zone)


@lru_cache(maxsize=256)
def _index(*_: object) -> Index:
    return Index()
