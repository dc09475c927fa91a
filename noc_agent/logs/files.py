"""Lines of one log file within a window of time: by binary search where the file is in order of time, else by reading it."""

from __future__ import annotations

import gzip
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import BinaryIO

from noc_agent.logs.line import quick_time

SLACK = timedelta(seconds=60)  # collectors write a little out of order
LONGEST = 65_536  # bytes of a line that are kept
COUNTED = 16_000_000  # below that size a line's number is found by counting
PROBES = 16
STEP = 4096


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it stands in the file: its bytes, where it begins, its number where that is cheap to know."""

    raw: bytes
    offset: int
    number: int | None


class LogFile:
    """One file. `problem` says what of it could not be read."""

    def __init__(self, path: Path, near: datetime, zone: tzinfo) -> None:
        self.path, self._near, self._zone, self.problem = path, near, zone, ""

    def lines(self, since: datetime | None, until: datetime | None) -> Iterator[RawLine]:
        """Lines that may lie in the window, in the file's order; the caller looks at each line's own time."""
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):
                self.problem = f"{self.path.name} is no regular file: skipped"
                return
            with self.path.open("rb") as file:
                packed = file.read(2) == b"\x1f\x8b"
                file.seek(0)
                yield from self._packed(file) if packed else self._plain(file, since, until)
        except OSError as error:
            self.problem = f"{self.path.name} cannot be read: {error.strerror}"

    def _packed(self, file: BinaryIO) -> Iterator[RawLine]:
        offset = 0
        with gzip.open(file) as stream:
            try:
                for number, raw in enumerate(iter(lambda: stream.readline(LONGEST), b""), 1):
                    yield RawLine(raw, offset, number)
                    offset += len(raw)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.problem = f"{self.path.name} is cut off or damaged: the part before was read"

    def _plain(self, file: BinaryIO, since: datetime | None, until: datetime | None) -> Iterator[RawLine]:
        size = self.path.stat().st_size
        ordered = (since is not None or until is not None) and self._in_order(file, size)
        start = self._find(file, size, since - SLACK) if ordered and since is not None else 0
        number = self._count(file, start) if size <= COUNTED else None if start else 0
        file.seek(start)
        offset, last = start, until + SLACK if ordered and until is not None else None
        while raw := file.readline():
            if last is not None and (at := self._time(raw)) is not None and at > last:
                return
            number = None if number is None else number + 1
            yield RawLine(raw[:LONGEST], offset, number)
            offset += len(raw)

    def _time(self, raw: bytes) -> datetime | None:
        return quick_time(raw[:120], self._near, self._zone)

    def _in_order(self, file: BinaryIO, size: int) -> bool:
        """Whether times rise over a few samples of the file."""
        last = None
        for n in range(PROBES):
            at = self._stamp_after(file, size * n // PROBES)[1]
            if at is not None and last is not None and at < last - SLACK:
                return False
            last = at or last
        return last is not None

    def _find(self, file: BinaryIO, size: int, wanted: datetime) -> int:
        """Offset of the first line at or after `wanted`."""
        low, high = 0, size
        while high - low > STEP:
            middle = (low + high) // 2
            offset, at = self._stamp_after(file, middle)
            if at is None or at >= wanted:
                high = middle
            else:
                low = offset
        return self._line_start(file, low)

    def _stamp_after(self, file: BinaryIO, position: int) -> tuple[int, datetime | None]:
        """The first line that begins at or after `position` and has a time: (offset, time)."""
        offset = self._line_start(file, position)
        for _ in range(64):
            raw = file.readline()
            if not raw:
                break
            at = self._time(raw)
            if at is not None:
                return offset, at
            offset += len(raw)
        return offset, None

    @staticmethod
    def _line_start(file: BinaryIO, position: int) -> int:
        """The beginning of the line at `position`, or of the next one; the file is left there."""
        if position <= 0:
            file.seek(0)
            return 0
        file.seek(position - 1)
        skipped = file.readline()
        return position - 1 + len(skipped)

    @staticmethod
    def _count(file: BinaryIO, end: int) -> int:
        file.seek(0)
        return file.read(end).count(b"\n")
