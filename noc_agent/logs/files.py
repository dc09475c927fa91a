"""Lines of one log file within a window of time: by binary search where the file is in order of time, else by reading it."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from io import BufferedReader
from itertools import pairwise
from pathlib import Path

from noc_agent.logs.line import quick_time

SLACK = timedelta(seconds=60)  # collectors write a little out of order
LONGEST = 65_536  # bytes of a line that are kept
BLOCK = 262_144
COUNTED = 16_000_000  # below that size a line's number is found by counting
PROBES = 16
GLANCE = 8192  # bytes that one probe reads
STEP = 4096
STAMPS = 5  # lines of a probe whose median time counts: one device with a wrong clock misleads nobody
Source = BufferedReader | gzip.GzipFile
OTHERS = ((b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"(\xb5/\xfd", "zstd"), (b"PK\x03\x04", "zip"))


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it stands in the file: its bytes, where it begins, its number where that is cheap to know."""

    raw: bytes
    offset: int
    number: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file: their bytes, where the first begins, its number where that is cheap to know.

    A line longer than LONGEST is a block of its own, cut; `size` is what it takes in the file.
    """

    data: bytes
    offset: int
    number: int | None
    size: int

    def lines(self) -> Iterator[RawLine]:
        offset, number = self.offset, self.number
        for raw in self.data.split(b"\n"):
            if raw:
                yield RawLine(raw, offset, number)
            offset += len(raw) + 1
            number = None if number is None else number + 1


class LogFile:
    """One file. `problem` says what of it could not be read."""

    def __init__(self, path: Path, near: datetime, zone: tzinfo) -> None:
        self.path, self._near, self._zone, self.problem = path, near, zone, ""
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
                yield from self._packed(file, since, until) if packed else self._plain(file, since, until)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.problem = f"{self.path.name} is cut off or damaged: the part before was read"
            except OSError as error:
                self.problem = f"{self.path.name} cannot be read: {error.strerror}"

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
                    yield from self._packed(file, None, None)
                else:
                    start = _line_start(file, max(0, end - size))
                    yield from _blocks(file, start, end, None if start else 1)
            except (OSError, EOFError, zlib.error):
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
            for block in _blocks(stream, 0, None, 1):
                begins, ends = self._stamps(block.data), self._stamps(block.data, last=True)
                outside = begins and ends and (begins[0] > last or ends[-1] < first) and _rises(begins + ends)
                if not outside:
                    yield block

    def _plain(self, file: BufferedReader, since: datetime | None, until: datetime | None) -> Iterator[Block]:
        size = _size(file)
        start, end = 0, size
        self.ordered = size > PROBES * GLANCE and self._in_order(file, size)
        if self.ordered:
            start = 0 if since is None else self._find(file, size, since - SLACK)
            end = size if until is None else self._find(file, size, until + SLACK, after=True)
        number = _count(file, start) + 1 if size <= COUNTED else None if start else 1
        yield from _blocks(file, start, end, number)

    def _in_order(self, file: BufferedReader, size: int) -> bool:
        """Whether times rise within and over a few samples of the file."""
        last = None
        for n in range(PROBES):
            for at in self._stamps(self._glance(file, size * n // PROBES)[1]):
                if last is not None and at < last - SLACK:
                    return False
                last = at if last is None else max(last, at)
        return last is not None

    def _find(self, file: BufferedReader, size: int, wanted: datetime, *, after: bool = False) -> int:
        """Offset of a line before the first one at or after `wanted`; with `after`, of one behind the last at it."""
        low, high = 0, size
        while high - low > STEP:
            middle = (low + high) // 2
            at = _median(self._stamps(self._glance(file, middle)[1]))
            beyond = not after if at is None else at > wanted if after else at >= wanted
            low, high = (low, middle) if beyond else (middle, high)
        if after:
            return size if high == size else _line_start(file, min(size, high + GLANCE))
        return 0 if low == 0 else _line_start(file, max(0, low - GLANCE))

    def _glance(self, file: BufferedReader, position: int) -> tuple[int, bytes]:
        """Lines that begin at or after `position`: (offset, bytes)."""
        offset = _line_start(file, position)
        file.seek(offset)
        return offset, file.read(GLANCE)

    def _stamps(self, data: bytes, *, last: bool = False) -> list[datetime]:
        """Times of the first (or last) lines that have one."""
        found: list[datetime] = []
        lines = (data[-GLANCE:] if last else data[:GLANCE]).split(b"\n")
        if last and len(data) > GLANCE:
            del lines[0]  # cut
        for raw in reversed(lines) if last else lines:
            at = quick_time(raw[:120], self._near, self._zone) if raw else None
            if at is not None:
                found.append(at)
            if len(found) == STAMPS:
                break
        return found[::-1] if last else found


def _rises(times: list[datetime]) -> bool:
    return all(later >= earlier - SLACK for earlier, later in pairwise(times))


def _median(times: list[datetime]) -> datetime | None:
    return sorted(times)[len(times) // 2] if times else None


def _size(file: BufferedReader) -> int:
    return os.fstat(file.fileno()).st_size


def _line_start(file: BufferedReader, position: int) -> int:
    """The beginning of the line at `position`, or of the next one; a line of many megabytes is passed in pieces."""
    if position <= 0:
        return 0
    file.seek(position - 1)
    offset = position - 1
    while piece := file.readline(BLOCK):
        offset += len(piece)
        if piece.endswith(b"\n"):
            break
    return offset


def _count(file: BufferedReader, end: int) -> int:
    """Line ends before `end`."""
    file.seek(0)
    found = 0
    while end > 0 and (piece := file.read(min(BLOCK, end))):
        found, end = found + piece.count(b"\n"), end - len(piece)
    return found


def _blocks(file: Source, start: int, end: int | None, number: int | None) -> Iterator[Block]:
    """The file from `start` to `end` in blocks of whole lines; a line longer than LONGEST is cut.

    Where the file turns out to be damaged, what came before is given before the error.
    """
    file.seek(start)
    rest, offset = b"", start
    try:
        while piece := _piece(file, offset + len(rest), end):
            data = rest + piece
            cut = data.rfind(b"\n") + 1
            if cut == 0 and len(data) > LONGEST:
                skipped = _skip(file, offset + len(data), end)
                yield Block(data[:LONGEST], offset, number, len(data) + skipped)
                number = None if number is None else number + 1
                rest, offset = b"", offset + len(data) + skipped
                continue
            if cut:
                yield from _whole(data[:cut], offset, number)
                number = None if number is None else number + data.count(b"\n", 0, cut)
            rest, offset = data[cut:], offset + cut
    except (EOFError, OSError, zlib.error):
        yield from _whole(rest, offset, number)
        raise
    yield from _whole(rest, offset, number)


def _whole(data: bytes, offset: int, number: int | None) -> Iterator[Block]:
    """A block of whole lines, the long ones cut out of it."""
    begin = 0
    while begin < len(data):
        long = _long_line(data, begin)
        if long is None:
            yield Block(data[begin:], offset + begin, number, len(data) - begin)
            return
        at, after = long
        if at > begin:
            yield Block(data[begin:at], offset + begin, number, at - begin)
            number = None if number is None else number + data.count(b"\n", begin, at)
        yield Block(data[at : at + LONGEST], offset + at, number, after - at)
        number, begin = None if number is None else number + 1, after


def _long_line(data: bytes, begin: int) -> tuple[int, int] | None:
    """Where the first line longer than LONGEST begins and the next one does."""
    while begin + LONGEST < len(data):
        near = data.rfind(b"\n", begin, begin + LONGEST + 1) + 1
        if near == 0:
            after = data.find(b"\n", begin) + 1
            return begin, after or len(data)
        begin = near
    return None


def _piece(file: Source, position: int, end: int | None) -> bytes:
    return file.read1(BLOCK if end is None else max(0, min(BLOCK, end - position)))


def _skip(file: Source, position: int, end: int | None) -> int:
    """Pass the rest of a line; how many bytes it had."""
    skipped = 0
    while end is None or position + skipped < end:
        piece = file.readline(BLOCK if end is None else min(BLOCK, end - position - skipped))
        skipped += len(piece)
        if not piece or piece.endswith(b"\n"):
            break
    return skipped
