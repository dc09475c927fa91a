"""One log file: the lines of a window are found whatever the file is like, within bounds, and without waiting."""

from __future__ import annotations

import gzip
import os
import random
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noc_agent.logs.files import LONGEST, PASSED, LogFile, RawLine

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def text(seconds: list[float], filler: str = "") -> bytes:
    rows = (f"<29>1 {(START + timedelta(seconds=s)).isoformat()} r1 app - - - at {s}{filler}\n" for s in seconds)
    return "".join(rows).encode()


def read(path: Path, low: float | None = None, high: float | None = None) -> tuple[LogFile, list[RawLine]]:
    file = LogFile(path, START, UTC)
    since, until = (None if s is None else START + timedelta(seconds=s) for s in (low, high))
    return file, list(file.lines(since, until))


def test_only_the_window_of_an_ordered_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text([n * 0.5 for n in range(100_000)]))
    file, lines = read(path, 20_000, 20_010)
    found = {raw.raw.split()[-1] for raw in lines}
    assert {str(s).encode() for s in (20_000.0, 20_005.5, 20_010.0)} <= found
    assert len(lines) < 2000
    assert (file.ordered, file.problem) == (True, "")


def test_offsets_and_numbers_point_at_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"\r\n" + text([float(n) for n in range(50_000)]) + b"the end, unfinished")
    whole = path.read_bytes()
    rows = whole.split(b"\n")
    for low in (0, 30_000, 49_990):
        _, lines = read(path, low, None)
        assert lines[-1].raw == b"the end, unfinished"
        for raw in (lines[0], lines[len(lines) // 2], lines[-1]):
            assert whole[raw.offset :].startswith(raw.raw)
            assert raw.number is not None
            assert rows[raw.number - 1] == raw.raw


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_few_lines_of_a_wrong_clock_hide_no_others(tmp_path: Path, sign: int) -> None:
    dice = random.Random(sign)
    seconds = [float(n) for n in range(60_000)]
    told = [s + sign * 1e6 if dice.random() < 0.02 else s for s in seconds]
    path = tmp_path / "a.log"
    path.write_bytes(text(told))
    for low in (10_000, 30_000, 59_000):
        _, lines = read(path, low, low + 100)
        found = {float(raw.raw.split()[-1]) for raw in lines}
        assert {s for s in told if low <= s <= low + 100} <= found


def test_an_ordered_file_of_equal_stamps_is_found_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text([0.0] * 5000 + [1000.0] * 20_000 + [2000.0] * 5000))
    _, lines = read(path, 1000, 1000)
    assert sum(raw.raw.endswith(b" 1000.0") for raw in lines) == 20_000


def test_long_lines_are_cut_and_the_rest_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    long = b"<29>1 2026-11-23T00:00:02+00:00 r1 app - - - " + b"x" * 100_000_000 + b"\n"
    path.write_bytes(text([1.0]) + long + text([3.0], "y" * (LONGEST + 10)) + text([4.0]))
    tracemalloc.start()
    _, lines = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [raw.number for raw in lines] == [1, 2, 3, 4]
    assert [len(raw.raw) <= LONGEST for raw in lines] == [True] * 4
    assert lines[3].raw.endswith(b"at 4.0")
    with path.open("rb") as file:
        file.seek(lines[3].offset)
        assert file.readline().rstrip() == lines[3].raw
    assert peak < 8_000_000


def test_a_hole_of_gigabytes_hides_nothing_and_costs_nothing(tmp_path: Path) -> None:
    """`copytruncate` leaves one where the writer goes on at its old place."""
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.write(text([1.0]))
        file.seek(2**33)
        file.write(b"\n" + text([n * 1.0 for n in range(2, 5000)]))
    begun = time.process_time()
    for low, count in ((None, 4999), (4990, 10)):
        file_, lines = read(path, low)
        assert len(lines) >= count
        assert lines[-1].raw.endswith(b"at 4999.0")
        assert file_.problem == ""
    assert time.process_time() - begun < 2  # eight gigabytes are read in more


@pytest.mark.parametrize("packed", [True, False])
def test_a_line_without_end_is_passed_so_far_and_what_stands_before_it_read(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "a.log"
    with gzip.open(path, "wb", 1) if packed else path.open("wb") as file:
        file.write(text([1.0]))
        for _ in range(PASSED // 2**20 + 2):
            file.write(b"x" * 2**20)
        file.write(b"\n" + text([2.0]))
    found, lines = read(path)
    assert lines[0].raw.endswith(b"at 1.0")
    assert [len(raw.raw) for raw in lines[1:]] == [LONGEST]
    assert found.problem == "a.log has a line of more than 128 MiB: the part before was read"
    assert len(list(found.tail(1000))) <= 2


def test_after_its_time_nothing_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text([n * 1.0 for n in range(50_000)]))
    file = LogFile(path, START, UTC, time.monotonic() + 0.05)
    blocks = file.blocks(None, None)
    assert next(blocks).size > 0
    time.sleep(0.1)
    assert (list(blocks), file.late, file.problem) == ([], True, "")
    assert list(file.tail(1000)) == []


def test_packed_files_are_read_within_the_window_and_to_where_they_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.log.gz"
    packed = gzip.compress(text([float(n) for n in range(50_000)], " " + os.urandom(8).hex()))
    path.write_bytes(packed)
    file, lines = read(path, 20_000, 20_010)
    assert {20_000, 20_010} <= {int(float(raw.raw.split()[-2])) for raw in lines}
    assert len(lines) < 2000
    assert file.problem == ""
    path.write_bytes(packed[: len(packed) // 2])
    file, lines = read(path)
    assert 10_000 < len(lines) < 50_000
    assert "damaged" in file.problem
    path.write_bytes(packed[:200] + b"\xff" * 200 + packed[400:])
    assert "damaged" in read(path)[0].problem


def test_what_is_no_file_of_lines_ends_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("pipe", "no regular file"), ("none", "No such file"), (".", "no regular file")):
        file, lines = read(tmp_path / name)
        assert lines == []
        assert words in file.problem
    assert "no regular file" in read(Path("/dev/zero"))[0].problem


def test_files_of_other_packers_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.xz").write_bytes(b"\xfd7zXZ\x00" + os.urandom(100))
    assert "xz" in read(tmp_path / "a.xz")[0].problem


def test_what_is_written_meanwhile_does_not_keep_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text([float(n) for n in range(10_000)]))
    file, count = LogFile(path, START, UTC), 0
    with path.open("ab") as writer:
        for _ in file.lines(None, None):
            count += 1
            writer.write(text([20_000.0]))
            writer.flush()
    assert count == 10_000


def test_a_file_that_is_rotated_or_cut_while_read_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text([float(n) for n in range(50_000)]))
    lines = LogFile(path, START, UTC).lines(None, None)
    next(lines)
    path.rename(tmp_path / "a.log.1")
    path.write_bytes(b"")
    assert sum(1 for _ in lines) == 49_999
    lines = LogFile(tmp_path / "a.log.1", START, UTC).lines(None, None)
    next(lines)
    os.truncate(tmp_path / "a.log.1", 0)
    assert sum(1 for _ in lines) < 49_999


def test_bytes_of_no_text_are_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(bytes(range(256)) * 4000)
    _, lines = read(path, 0, 10)
    assert b"\n".join(raw.raw for raw in lines).count(b"\xff") == 4000
