"""How far a device's clock is off, by what it and others log of the same moments: pure reckoning, no files.

Both ends of a link or session log when it goes and comes. A device may be off by hours, so no pair of lines is taken
for one moment because it is near: that offset counts on which most moments agree, if no other comes close to it. From
clock to clock it is reckoned on, and the largest group that agrees is taken to be right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import attrgetter
from statistics import median
from typing import NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
NEAR = 2.0  # s: stamps of one moment at both ends differ by less, and so does a clock that is right
ENOUGH = 3  # moments that have to agree
LEAD = 2  # times as many as the next best offset has
SHARE = 0.3  # of the moments that both ends could have in common
MOST_OF_TIE = 40  # stamps of one end of a tie in one direction: what flaps all day tells no more with all of them
RIVALS = 40  # of an offset that are asked whether the clock was set in between
MOST_PAIRS = 60_000  # of stamps that one clock is compared by
COLLECTOR, NEIGHBORS, ARRIVAL = "collector", "neighbors", "arrival"
AROUND = 8  # lines before and after one, whose median is the time when it arrived
APART = 30.0  # s that a line is off those around it before anybody asks why
ALIKE = 0.8  # share of a device's lines that have to agree on how far


class Said(NamedTuple):
    """An event as one end logged it: by which clock, of what that both ends share, which end it speaks of."""

    clock: Hashable
    tie: Hashable
    end: Hashable
    up: bool
    at: float


@dataclass(frozen=True, slots=True)
class Offset:
    """Seconds that a clock is ahead (0 within NEAR), on how many moments that rests, by how much those differ (the
    median), and how it is known: by a `collector`'s stamp, by `neighbors`' events, by the order of `arrival`. `first` and
    `last`: when, by true time."""

    seconds: float
    samples: int
    spread: float
    how: str
    first: float | None = None
    last: float | None = None


class _Pair(NamedTuple):
    """Two stamps that may be of one moment: how far the clock is ahead if they are, its stamp, the other's."""

    ahead: float
    at: float
    up: bool
    other: Hashable
    stamp: float


class _Score(NamedTuple):
    """Pairs `low` to `high` that agree: how many moments of both sides, and whether both ways. What goes down late, by a
    timer, comes up at once."""

    moments: int
    low: int
    high: int
    both: bool


class _Fit(NamedTuple):
    """The offset on which most moments agree."""

    seconds: float
    moments: int
    certain: bool


Times = dict[Hashable, list[tuple[float, Hashable]]]  # of one tie and direction: clock → (stamp, end)


class _Ties:
    """What was said, by tie and direction, and who shares ties with whom."""

    def __init__(self, said: Iterable[Said]) -> None:
        together: dict[tuple[Hashable, bool], list[Said]] = defaultdict(list)
        for one in said:
            together[one.tie, one.up].append(one)
        self.times = {key: _rows(rows) for key, rows in together.items() if len({one.clock for one in rows}) > 1}
        self.of: dict[Hashable, list[tuple[Hashable, bool]]] = defaultdict(list)
        for key, clocks in self.times.items():
            for clock in clocks:
                self.of[clock].append(key)
        self.place = {clock: place for place, clock in enumerate(self.of)}  # where all else is equal
        self.moments = {
            clock: _moments(at for key in keys for at, _ in self.times[key][clock]) for clock, keys in self.of.items()
        }

    def weight(self, clock: Hashable) -> int:
        return len(set(self.moments[clock].values()))

    def beside(self, clock: Hashable) -> set[Hashable]:
        return {other for key in self.of[clock] for other in self.times[key]} - {clock}


def _rows(said: Iterable[Said]) -> Times:
    """Of one tie and direction, each clock's stamps in order; what is said twice within NEAR is one."""
    found: Times = defaultdict(list)
    for one in sorted(said, key=attrgetter("at")):
        row = found[one.clock]
        if len(row) < MOST_OF_TIE and not (row and one.at - row[-1][0] < NEAR and row[-1][1] == one.end):
            row.append((one.at, one.end))
    return dict(found)


def _moments(times: Iterable[float]) -> dict[float, int]:
    """Each stamp's moment: those of one reset of forty sessions are one."""
    found: dict[float, int] = {}
    begin, number = float("-inf"), -1
    for at in sorted(set(times)):
        if at - begin > NEAR:
            begin, number = at, number + 1
        found[at] = number
    return found


def offsets(said: Iterable[Said], known: Mapping[Hashable, float] | None = None) -> dict[Hashable, Offset]:
    """The offset of each clock that is certain. `known` are clocks whose offset is sure (a collector's); without one the
    largest group that agrees is the reference, and where two are as large nobody is."""
    ties = _Ties(said)
    placed: dict[Hashable, float] = {clock: at for clock, at in (known or {}).items() if clock in ties.of}
    found: dict[Hashable, Offset] = {}
    if placed:
        _grow(ties, placed)
        found |= _told(ties, placed)
    waiting = sorted((clock for clock in ties.of if clock not in placed), key=lambda clock: -ties.weight(clock))
    done = set(placed)
    for seed in waiting:
        if seed in done:
            continue
        group = {seed: 0.0}
        _grow(ties, group, done)
        if len(group) > 1:
            done |= set(group)
            if (right := _majority(list(group.values()))) is not None:
                found |= _told(ties, {clock: at - right for clock, at in group.items()})
    return found


def _grow(ties: _Ties, placed: dict[Hashable, float], closed: Iterable[Hashable] = ()) -> None:
    """Add clock after clock to those `placed`, the surest first, as long as one is certain."""
    closed = set(closed)
    fits: dict[Hashable, _Fit] = {}
    stale = {other for clock in placed for other in ties.beside(clock)}
    while True:
        for clock in stale - placed.keys() - closed:
            if (fit := _fit(ties, clock, placed)) is not None:
                fits[clock] = fit
        sure = [
            (fit.moments, -ties.place[clock], clock)
            for clock, fit in fits.items()
            if fit.certain and clock not in placed
        ]
        if not sure:
            return
        *_, best = max(sure, key=lambda row: row[:2])
        placed[best] = fits[best].seconds
        stale = ties.beside(best)


def _pairs(ties: _Ties, clock: Hashable, placed: Mapping[Hashable, float]) -> list[_Pair]:
    """All pairs of stamps of a clock and of those whose offset is known that may be of one moment."""
    found: list[_Pair] = []
    for key in ties.of[clock]:
        own = ties.times[key][clock]
        for other, stamps in ties.times[key].items():
            if other == clock or other not in placed:
                continue
            known = placed[other]
            for at, end in own:
                found += [_Pair(at - stamp + known, at, key[1], other, stamp) for stamp, far in stamps if far != end]
            if len(found) > MOST_PAIRS:
                return found
    return found


def _fit(ties: _Ties, clock: Hashable, placed: Mapping[Hashable, float]) -> _Fit | None:
    """The offset that most moments of the clock agree on with those whose offset is known; None where none has enough."""
    rows = sorted(_pairs(ties, clock, placed), key=attrgetter("ahead"))
    scores = _scores(ties, clock, rows)
    if not scores or (best := max(scores, key=lambda score: (score.moments, score.both))).moments < ENOUGH:
        return None
    seconds = median(row.ahead for row in rows[best.low : best.high])
    rivals = [score for score in scores if not _close(rows, score, seconds)]
    possible = min(len({ties.moments[clock][row.at] for row in rows}), len({(row.other, row.stamp) for row in rows}))
    certain = (
        best.both
        and best.moments >= LEAD * max((rival.moments for rival in rivals), default=0)
        and best.moments >= SHARE * possible
        and not any(_stepped(rows, best, rival) for rival in nlargest(RIVALS, rivals))
    )
    return _Fit(seconds, best.moments, certain)


def _close(rows: Sequence[_Pair], score: _Score, seconds: float) -> bool:
    """Whether the offsets of a window are the same one as `seconds`, but for the jitter of timers."""
    return rows[score.low].ahead <= seconds + 2 * NEAR and rows[score.high - 1].ahead >= seconds - 2 * NEAR


def _stepped(rows: Sequence[_Pair], best: _Score, rival: _Score) -> bool:
    """Whether a rival would be as good before or after all that speaks for the best: the clock was set meanwhile."""
    if rival.moments < ENOUGH or not rival.both:
        return False
    one, two = ([row.stamp for row in rows[score.low : score.high]] for score in (best, rival))
    return max(one) < min(two) or max(two) < min(one)


def _scores(ties: _Ties, clock: Hashable, rows: Sequence[_Pair]) -> list[_Score]:
    """How many moments speak for each window of 2 NEAR over the sorted offsets."""
    found = []
    own: Counter[int] = Counter()
    others: Counter[tuple[Hashable, int]] = Counter()
    ways: Counter[bool] = Counter()
    low = 0
    for high, row in enumerate(rows):
        own[ties.moments[clock][row.at]] += 1
        others[row.other, ties.moments[row.other][row.stamp]] += 1
        ways[row.up] += 1
        while rows[low].ahead < row.ahead - 2 * NEAR:
            past = rows[low]
            _less(own, ties.moments[clock][past.at])
            _less(others, (past.other, ties.moments[past.other][past.stamp]))
            _less(ways, past.up)
            low += 1
        found.append(_Score(min(len(own), len(others)), low, high + 1, len(ways) == 2))
    return found


def _less(counter: Counter[Key], key: Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _majority(positions: Sequence[float]) -> float | None:
    """Where the largest group of clocks stands; None where another is as large, or none is a group."""
    rows = sorted(positions)
    groups = [rows[place : bisect_right(rows, low + NEAR)] for place, low in enumerate(rows)]
    best = max(groups, key=len)
    apart = [group for group in groups if group[0] > best[-1] or group[-1] < best[0]]
    return median(best) if len(best) > 1 and all(len(group) < len(best) for group in apart) else None


def _told(ties: _Ties, placed: Mapping[Hashable, float]) -> dict[Hashable, Offset]:
    """Each placed clock's offset with what agrees with it."""
    found: dict[Hashable, Offset] = {}
    for clock, seconds in placed.items():
        rows = [row for row in _pairs(ties, clock, placed) if abs(row.ahead - seconds) <= 2 * NEAR]
        times = [row.at - seconds for row in rows]
        moments = len({ties.moments[clock][row.at] for row in rows})
        if times:
            spread = round(median(abs(row.ahead - seconds) for row in rows), 3)
            exact = round(seconds, 1) if abs(seconds) >= NEAR else 0.0
            found[clock] = Offset(exact, moments, spread, NEIGHBORS, min(times), max(times))
    return found


def agreed(differences: Sequence[float], how: str, apart: float = NEAR) -> Offset | None:
    """The offset that most of these differences agree on; None where they do not."""
    if len(differences) < ENOUGH:
        return None
    middle = median(differences)
    near = [one for one in differences if abs(one - middle) <= apart]
    if len(near) < ALIKE * len(differences):
        return None
    spread = round(median(abs(one - middle) for one in near), 3)
    return Offset(round(middle, 1) if abs(middle) >= NEAR else 0.0, len(near), spread, how)


def deviations(times: Sequence[float]) -> dict[int, float]:
    """Of stamps in the order in which their lines arrived, those that are far off the ones around: place → seconds ahead."""
    found: dict[int, float] = {}
    newest = float("-inf")
    if all(at >= (newest := max(newest, at)) - APART for at in times):
        return found  # all in order: nobody is off
    for place, at in enumerate(times):
        beside = [*times[max(0, place - AROUND) : place], *times[place + 1 : place + 1 + AROUND]]
        if len(beside) >= AROUND and abs(ahead := at - median(beside)) > APART:
            found[place] = ahead
    return found
