"""When each device was last heard in a file: looked for from its end, a line parsed only where it may be news."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from noc_agent.logs.files import BLOCK, SLACK, Block, RawLine
from noc_agent.logs.source import SourceFile

TAIL = 16_000_000  # bytes of a file in which the newest line of each device is looked for
FIELDS = 7  # a line's first ones, of which one is its host
_ADDRESS = re.compile(rb"P(?:/IPv[46])?: \[([0-9a-fA-F.:]{2,45})\]")
_MORE = (b"\t", b".", b"iso.")  # how the further lines of a trap begin
Key = tuple[int, bytes]  # where in a line its host stands, and how it is written there
TRAP, OWN = -1, (-2, b"")  # a trap's sender; the file itself, where no line names its host
Heard = dict[bool, dict[str, datetime]]


def hear(source: SourceFile, heard: Heard) -> None:
    """Add the newest line of each device of a file to `heard[False]`, its newest trap to `heard[True]`."""
    source.opened()
    blocks = deque(source.file.tail(TAIL), maxlen=TAIL // BLOCK + 1)
    found = _Found(source, heard, rising=_rising(source, blocks))
    for block in reversed(blocks):
        offset = block.offset + len(block.data)
        for raw in reversed(block.data.split(b"\n")):
            offset -= len(raw)
            if raw:
                found.line(raw, offset)
            offset -= 1


def _rising(source: SourceFile, blocks: Sequence[Block]) -> bool:
    """Whether the ends of the blocks are in order of time: then a device's line nearest to the end is its newest one."""
    ends = [at for block in blocks if (at := source.file.time_before(block, block.offset + block.size)) is not None]
    return len(ends) > 2 and all(one <= two + SLACK for one, two in pairwise(ends))


class _Found:
    """The newest stamp by how a host is written in lines, on the way from a file's end to its beginning."""

    def __init__(self, source: SourceFile, heard: Heard, *, rising: bool) -> None:
        self._source, self._heard, self._rising = source, heard, rising
        self._seen: dict[Key, datetime] = {}
        self._words: set[bytes] = set()
        self._own = source.owner is not None

    def line(self, raw: bytes, offset: int) -> None:
        """Look at a line; one of a host that was heard later is passed over."""
        known = self._known(raw)
        if known is not None and (self._rising or not self._newer(raw, offset, known)):
            return
        if raw.startswith(_MORE) and b" = " in raw:
            return  # its heading stands before it
        self._add(RawLine(raw, offset, None))

    def _known(self, raw: bytes) -> datetime | None:
        if b": [" in raw and (sender := _ADDRESS.search(raw, 0, 600)) is not None:
            return self._seen.get((TRAP, sender[1]))
        for place, word in enumerate(raw[:200].split(b" ", FIELDS)):
            if word in self._words and (place, word) in self._seen:
                return self._seen[place, word]
        return self._seen.get(OWN) if self._own else None

    def _newer(self, raw: bytes, offset: int, known: datetime) -> bool:
        at = self._source.stamp(RawLine(raw, offset, None))
        return at is None or at > known

    def _add(self, raw: RawLine) -> None:
        line = self._source.read(raw)
        if line is None or line.time is None:
            return
        trap = line.app == "snmptrapd"
        newest = self._heard[trap]
        newest[line.device] = max(newest.get(line.device, line.time), line.time)
        stamp = self._source.stamp(raw) or line.time
        for key in self._keys(raw.raw, line.host.encode(), trap=trap) or (
            [OWN] if line.device == self._source.owner else []
        ):
            self._seen[key] = max(self._seen.get(key, stamp), stamp)
            self._words.add(key[1])

    def _keys(self, raw: bytes, host: bytes, *, trap: bool) -> list[Key]:
        """How the line names its host."""
        if trap:
            sender = _ADDRESS.search(raw, 0, 600)
            return [(TRAP, sender[1])] if sender else []
        words = raw[:200].split(b" ", FIELDS)
        return [(place, word) for place, word in enumerate(words) if host and word.rstrip(b":") == host][:1]
