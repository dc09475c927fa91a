"""A log file cut into blocks of whole lines, within bounded memory whatever its lines are like."""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import NamedTuple

LONGEST = 65_536  # bytes of a line that are kept
PASSED = 128 * 2**20  # and that are passed over to find its end: what is longer is no line of a log
BLOCK = 131_072
Source = BufferedReader | gzip.GzipFile


class EndlessLineError(Exception):
    """The end of a line was not found within PASSED bytes: what stands behind it is not read."""


class RawLine(NamedTuple):
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


def plain_blocks(file: BufferedReader, start: int, end: int, number: int | None) -> Iterator[Block]:
    """The file from `start` to `end` in blocks of whole lines, by reads that are copied but once."""
    offset = start
    while offset < end and (data := os.pread(file.fileno(), min(BLOCK, end - offset), offset)):
        cut = data.rfind(b"\n") + 1
        if cut == 0:  # a line that is long or unfinished
            yield from blocks(file, offset, end, number)
            return
        yield from _whole(data[:cut], offset, number)
        number = None if number is None else number + data.count(b"\n")
        offset += cut


def blocks(file: Source, start: int, end: int | None, number: int | None) -> Iterator[Block]:
    """The file from `start` to `end` in blocks of whole lines; a line longer than LONGEST is cut.

    Where the file turns out to be damaged, or a line of it endless, what came before is given before the error.
    """
    file.seek(start)
    rest, offset = b"", start
    try:
        while piece := _piece(file, offset + len(rest), end):
            data = rest + piece
            cut = data.rfind(b"\n") + 1
            if cut == 0 and len(data) > LONGEST:
                skipped, ended = _skip(file, offset + len(data), end)
                yield Block(data[:LONGEST], offset, number, len(data) + skipped)
                if not ended:
                    raise EndlessLineError
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


def _skip(file: Source, position: int, end: int | None, most: int = PASSED) -> tuple[int, bool]:
    """Pass the rest of a line: how many bytes it had, and whether its end, or the file's, was found within `most`."""
    at, read = position, 0
    while read < most:
        at = _past_hole(file, at)
        piece = file.readline(BLOCK if end is None else max(0, min(BLOCK, end - at)))
        at, read = at + len(piece), read + len(piece)
        if not piece or piece.endswith(b"\n"):
            return at - position, True
    return at - position, False


def _past_hole(file: Source, position: int) -> int:
    """Where a sparse file goes on: what `copytruncate` leaves is a hole of gigabytes, without a line's end in it."""
    if not isinstance(file, BufferedReader):
        return position
    descriptor = file.fileno()
    here = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        found = os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as error:  # ENXIO: a hole to the end; any other: the file system knows of no holes
        found = max(position, os.fstat(descriptor).st_size) if error.errno == errno.ENXIO else position
    os.lseek(descriptor, here, os.SEEK_SET)
    if found > position:
        file.seek(found)
    return found


def line_start(file: BufferedReader, position: int, most: int = PASSED) -> int:
    """The beginning of the line at `position`, or of the next one; a place within it where that has more than `most` bytes."""
    if position <= 0:
        return 0
    file.seek(position - 1)
    return position - 1 + _skip(file, position - 1, None, most)[0]
