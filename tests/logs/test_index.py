"""What was learned of a file is kept while it is the same, and the next question looks less."""

from __future__ import annotations

import os
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.logs.files import LogFile
from noc_agent.logs.index import STEP, Index, index_of

START = datetime(2026, 11, 23, tzinfo=UTC)
ROW = 100  # bytes


class Rows:
    """Lines of ROW bytes at given seconds; `looks` counts how often one was looked at."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds, self.looks = seconds, 0

    def time(self, place: int) -> datetime | None:
        self.looks += 1
        row = min(-(-place // ROW), len(self.seconds) - 1)
        return START + timedelta(seconds=self.seconds[row])


def found(index: Index, rows: Rows, second: float) -> tuple[int, int]:
    wanted = START + timedelta(seconds=second)
    return index.search(len(rows.seconds) * ROW, wanted, lambda at: at is None or at >= wanted, rows.time)


@pytest.mark.parametrize("power", [0.2, 1, 5])
def test_a_time_is_found_however_the_lines_are_spread(power: float) -> None:
    rows = Rows([(n / 100_000) ** power * 86_400 for n in range(100_000)])
    index = Index()
    for second in (0, 1, 20_000, 20_001, 86_000, 90_000):
        low, high = found(index, rows, second)
        true = bisect_left(rows.seconds, second) * ROW
        assert low <= true <= high
        assert high - low <= STEP
    assert rows.looks < 6 * 17


def test_a_question_near_another_looks_less() -> None:
    rows = Rows([n * 0.9 for n in range(100_000)])
    index = Index()
    for n in range(0, 100_000, 6250):
        index.add(n * ROW, rows.time(n * ROW))
    rows.looks = 0
    found(index, rows, 30_000)
    first = rows.looks
    found(index, rows, 30_000)
    assert 0 < first <= 8  # a search by halves takes log2(10_000_000 / 16 / STEP) looks, thrice as many at worst
    assert rows.looks == first


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=3000).map(sorted), st.lists(st.integers(-1, 51), max_size=6))
def test_many_equal_times_are_found_whole(seconds: list[int], wanted: list[int]) -> None:
    rows = Rows([float(second) for second in seconds])
    index = Index()
    for second in wanted:
        low, high = found(index, rows, second)
        assert low <= bisect_left(rows.seconds, second) * ROW <= high or high == len(seconds) * ROW


def test_lines_are_counted_once() -> None:
    asked: list[tuple[int, int]] = []

    def count(start: int, end: int) -> int:
        asked.append((start, end))
        return (end - start) // 10

    index = Index()
    assert [index.lines_before(end, count) for end in (0, 100, 300, 100, 200)] == [0, 10, 30, 10, 20]
    assert asked == [(0, 100), (100, 300), (100, 200)]


def test_a_file_that_changes_is_learned_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("x")
    known = index_of(path.stat(), START, UTC)
    assert index_of(path.stat(), START, UTC) is known
    assert index_of(path.stat(), START + timedelta(days=1), UTC) is not known
    path.write_text("xy")
    assert index_of(path.stat(), START, UTC) is not known


def test_a_file_written_anew_between_two_questions_is_read_right(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    for first in (0, 40_000):
        rows = (
            f"<29>1 {(START + timedelta(seconds=first + n)).isoformat()} r1 app - - - at {first + n}\n"
            for n in range(9000)
        )
        path.write_text("".join(rows))
        os.utime(path, (first, first))
        since = START + timedelta(seconds=first + 5000)
        lines = LogFile(path, START, UTC).lines(since, since)
        assert f"at {first + 5000}".encode() in b"".join(raw.raw for raw in lines)


def test_stamps_that_stand_late_in_their_lines_order_a_file_too(tmp_path: Path) -> None:
    path, name = tmp_path / "a.log", "r" * 180
    rows = (
        f"<189>{n}: {name}: {(START + timedelta(seconds=n)).strftime('%b %d %Y %H:%M:%S')}: at {n} end\n"
        for n in range(9000)
    )
    path.write_text("".join(rows))
    file = LogFile(path, START, UTC)
    since = START + timedelta(seconds=5000)
    lines = list(file.lines(since, since))
    assert file.ordered
    assert any(raw.raw.endswith(b"at 5000 end") for raw in lines)
    assert len(lines) < 2000
