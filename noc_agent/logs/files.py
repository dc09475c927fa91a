"""Lines of one log file within a window of time: by binary search where the file is in order of time, else by reading it."""

from __future__ import annotations

import gzip
import math
import os
import stat
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from io import BufferedReader
from itertools import pairwise
from pathlib import Path

from noc_agent.logs.blocks import (
    BLOCK,
    LONGEST,
    PASSED,
    Block,
    EndlessLineError,
    RawLine,
    blocks,
    line_start,
    plain_blocks,
)
from noc_agent.logs.index import Index, index_of
from noc_agent.logs.line import HEAD, quick_time

__all__ = ["BLOCK", "LONGEST", "PASSED", "SLACK", "Block", "LogFile", "RawLine"]

SLACK = timedelta(seconds=60)  # collectors write a little out of order
COUNTED = 16_000_000  # below that size a line's number is found by counting
PROBES = 16
GLANCE = 8192  # bytes that one probe reads
PROBED = 2**20  # in which a probe looks for the beginning of a line
STAMPS = 5  # lines of a probe whose median time counts: one device with a wrong clock misleads nobody
OTHERS = ((b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"(\xb5/\xfd", "zstd"), (b"PK\x03\x04", "zip"))


class LogFile:
    """One file. `problem` says what of it could not be read; after `end` (time.monotonic) nothing is: then it is `late`."""

    def __init__(self, path: Path, near: datetime, zone: tzinfo, end: float = math.inf) -> None:
        self.path, self._near, self._zone, self._stop, self.problem, self.late = path, near, zone, end, "", False
        self.ordered = False  # whether its lines are known to stand in order of time, but for SLACK

    def lines(self, since: datetime | None, until: datetime | None) -> Iterator[RawLine]:
        """Lines that may lie in the window, in the file's order; the caller looks at each line's own time."""
        for block in self.blocks(since, until):
            yield from block.lines()

    def blocks(self, since: datetime | None, until: datetime | None) -> Iterator[Block]:
        """Blocks that may hold lines of the window, in the file's order. What is appended meanwhile is not read."""
        file = self._opened()
        if file is None:
            return
        with file:
            try:
                packed = self._head(file)
                yield from self._in_time(
                    self._packed(file, since, until) if packed else self._plain(file, since, until)
                )
            except EndlessLineError:
                self.problem = f"{self.path.name} has a line of more than {PASSED >> 20} MiB: the part before was read"
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.problem = f"{self.path.name} is cut off or damaged: the part before was read"
            except OSError as error:
                self.problem = f"{self.path.name} cannot be read: {error.strerror}"

    def _in_time(self, found: Iterator[Block]) -> Iterator[Block]:
        """The blocks until the time is over. Lines that were cut are told."""
        while not self._is_late() and (block := next(found, None)) is not None:
            if block.size > len(block.data) and block.data.strip(b"\0"):
                self.problem = (
                    f"{self.path.name} has lines of more than {LONGEST >> 10} KiB: the beginnings of these were read"
                )
            yield block

    def _is_late(self) -> bool:
        self.late = self.late or time.monotonic() > self._stop
        return self.late

    def time_before(self, block: Block, offset: int) -> datetime | None:
        """The time of the nearest line before `offset` in the block that has one; None where none has."""
        times = self._stamps(block.data[: max(0, offset - block.offset)], last=True)
        return times[-1] if times else None

    def head(self) -> bytes:
        """The first bytes of the file, unpacked; none where it cannot be read."""
        file = self._opened()
        if file is None:
            return b""
        with file:
            try:
                packed = self._head(file)
                return gzip.GzipFile(fileobj=file).read1(GLANCE) if packed else file.read(GLANCE)
            except (OSError, EOFError, zlib.error):
                return b""

    def begins(self) -> datetime | None:
        """The time of the file's first lines; None where they have none."""
        return _median(self._stamps(self.head()))

    def tail(self, size: int) -> Iterator[Block]:
        """The blocks of the last `size` bytes of a file; all of a packed one."""
        file = self._opened()
        if file is None:
            return
        with file:
            try:
                end = _size(file)
                if self._head(file):
                    yield from self._in_time(self._packed(file, None, None))
                else:
                    start = line_start(file, max(0, end - size))
                    yield from self._in_time(plain_blocks(file, start, end, None if start else 1))
            except (OSError, EOFError, zlib.error, EndlessLineError):
                return  # said when its lines are read

    def _opened(self) -> BufferedReader | None:
        """The file, if it is a regular one: a FIFO is not waited for, a device not read."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self.problem = f"{self.path.name} cannot be read: {error.strerror}"
            return None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            self.problem = f"{self.path.name} is no regular file: skipped"
            return None
        return os.fdopen(descriptor, "rb")

    def _head(self, file: BufferedReader) -> bool:
        """Whether the file is packed by gzip; what others packed is named."""
        head = file.read(6)
        file.seek(0)
        other = next((name for magic, name in OTHERS if head.startswith(magic)), "")
        if other:
            self.problem = (
                f"{self.path.name} is packed with {other}: read as it stands; unpack it, or pack it with gzip"
            )
        return head.startswith(b"\x1f\x8b")

    def _packed(self, file: BufferedReader, since: datetime | None, until: datetime | None) -> Iterator[Block]:
        first = datetime.min.replace(tzinfo=UTC) if since is None else since - SLACK
        last = datetime.max.replace(tzinfo=UTC) if until is None else until + SLACK
        with gzip.GzipFile(fileobj=file) as stream:
            for block in blocks(stream, 0, None, 1):
                begins, ends = self._stamps(block.data), self._stamps(block.data, last=True)
                outside = begins and ends and (begins[0] > last or ends[-1] < first) and _rises(begins + ends)
                if not outside:
                    yield block

    def _plain(self, file: BufferedReader, since: datetime | None, until: datetime | None) -> Iterator[Block]:
        about = os.fstat(file.fileno())
        size, index = about.st_size, index_of(about, self._near, self._zone)
        start, end = 0, size
        if index.ordered is None:
            index.ordered = size > PROBES * GLANCE and self._in_order(file, size, index)
        self.ordered = index.ordered
        if self.ordered:
            start = 0 if since is None else self._start(file, size, since - SLACK, index)
            end = size if until is None else self._end(file, size, until + SLACK, index)
        number = None if start else 1
        if size <= COUNTED:
            number = index.lines_before(start, partial(_line_ends, file)) + 1
        yield from plain_blocks(file, start, end, number)

    def _in_order(self, file: BufferedReader, size: int, index: Index) -> bool:
        """Whether times rise within and over a few samples of the file."""
        last = None
        for n in range(PROBES):
            stamps = self._stamps(_glance(file, size * n // PROBES))
            index.add(size * n // PROBES, _median(stamps))
            for at in stamps:
                if last is not None and at < last - SLACK:
                    return False
                last = at if last is None else max(last, at)
        return last is not None

    def _start(self, file: BufferedReader, size: int, wanted: datetime, index: Index) -> int:
        """Offset of a line before the first one at or after the wanted time."""
        low, _ = index.search(size, wanted, lambda at: at is None or at >= wanted, partial(self._time_at, file))
        return line_start(file, max(0, low - GLANCE))

    def _end(self, file: BufferedReader, size: int, wanted: datetime, index: Index) -> int:
        """Offset of a line behind the last one at the wanted time."""
        _, high = index.search(size, wanted, lambda at: at is not None and at > wanted, partial(self._time_at, file))
        return line_start(file, min(size, high + GLANCE))

    def _time_at(self, file: BufferedReader, position: int) -> datetime | None:
        return _median(self._stamps(_glance(file, position)))

    def _stamps(self, data: bytes, *, last: bool = False) -> list[datetime]:
        """Times of the first (or last) lines that have one."""
        found: list[datetime] = []
        lines = (data[-GLANCE:] if last else data[:GLANCE]).split(b"\n")
        if last and len(data) > GLANCE:
            del lines[0]  # cut
        for raw in reversed(lines) if last else lines:
            at = quick_time(raw[:HEAD], self._near, self._zone) if raw else None
            if at is not None:
                found.append(at)
            if len(found) == STAMPS:
                break
        return found[::-1] if last else found


def _rises(times: list[datetime]) -> bool:
    return all(later >= earlier - SLACK for earlier, later in pairwise(times))


def _median(times: list[datetime]) -> datetime | None:
    return sorted(times)[len(times) // 2] if times else None


def _glance(file: BufferedReader, position: int) -> bytes:
    """Lines that begin at or after a place."""
    data = os.pread(file.fileno(), GLANCE, position and position - 1)
    begin = data.find(b"\n") + 1 if position else 0
    if position and not begin:  # a long line
        begin = line_start(file, position, PROBED)
        return os.pread(file.fileno(), GLANCE, begin) if os.pread(file.fileno(), 1, begin - 1) == b"\n" else b""
    return data[begin:]


def _line_ends(file: BufferedReader, start: int, end: int) -> int:
    """How many stand between two places."""
    file.seek(start)
    found = 0
    while start < end and (piece := file.read(min(BLOCK, end - start))):
        found, start = found + piece.count(b"\n"), start + len(piece)
    return found


def _size(file: BufferedReader) -> int:
    return os.fstat(file.fileno()).st_size
