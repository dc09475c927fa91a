"""One log file as the site knows it: the device it is named after, the zone and year its stamps are meant in."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Protocol

from noc_agent.logs.files import SLACK, Block, LogFile, RawLine
from noc_agent.logs.folder import owner_names
from noc_agent.logs.line import LogLine, parse, quick_time
from noc_agent.logs.sift import sifted
from noc_agent.logs.templates import DIGITS
from noc_agent.logs.times import heading_time

START = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(9999, 12, 30, tzinfo=UTC)
MOST_TEXTS = 100_000  # distinct lines of a file that are compared
MOST_HOSTS = 100_000


class Names(Protocol):
    """What the logs need to know of the inventory."""

    def device_of(self, host: str) -> str | None: ...
    def interface_of(self, device: str, ifIndex: int) -> str | None: ...
    def timezone_of(self, device: str) -> tzinfo: ...


class Hosts:
    """The inventory's names of hosts as logged, each looked up once."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[str, str | None] = {}

    def device(self, host: str) -> str | None:
        if host not in self._known:
            if len(self._known) > MOST_HOSTS:  # a storm of made-up names
                self._known.clear()
            self._known[host] = self.names.device_of(host)
        return self._known[host]


class SourceFile:
    """Lines of one file with their device. `file.problem` says what of it could not be read."""

    def __init__(self, path: Path, hosts: Hosts, near: datetime | None) -> None:
        self.path, self._hosts = path, hosts
        self.owner = next((device for name in owner_names(path) if (device := hosts.device(name)) is not None), None)
        self._near = near or _written(path)
        self._zone = hosts.names.timezone_of(self.owner or "")
        self.file = LogFile(path, self._near, self._zone)
        self.late = False  # whether the reading was ended for its time

    @property
    def ordered(self) -> bool:
        """Whether its lines are known to stand in order of time."""
        return self.file.ordered

    def opened(self) -> None:
        """Look at the head of a device's own file: a saved `show logging` says in what zone its stamps are."""
        if self.owner is None:
            return
        for raw in self.file.head().split(b"\n")[:40]:
            said = heading_time(raw.decode("utf-8", "replace").strip(), self._near, self._zone)
            if said is not None and said.tzinfo is not None:
                self._zone = said.tzinfo
                self.file = LogFile(self.path, self._near, self._zone)
                return

    def lines(
        self, since: datetime | None, until: datetime | None, sift: re.Pattern[str] | None, end: float | None
    ) -> Iterator[tuple[datetime, LogLine]]:
        """(time, line) of the window as they stand; a line without a time has that of the one before it."""
        self.opened()
        first, last = since or START, until or END
        at = self.file.begins() or START
        for block in self.file.blocks(since, until):
            for raw in sifted(block, sift):
                stamp = None if self.file.ordered else self._stamp(raw)
                if stamp is not None and not first - SLACK <= stamp <= last + SLACK:
                    at = stamp
                    continue
                line = self.read(raw)
                if line is None:
                    continue
                at = line.time or (at if sift is None else self.file.time_before(block, raw.offset) or at)
                if first <= at <= last:
                    yield at, line
            if end is not None and time.monotonic() > end:
                self.late = True
                return

    def alike(self, since: datetime, until: datetime, end: float) -> Iterator[tuple[LogLine, int]]:
        """Lines of the window, those but once that differ in digits alone: (the first of them, how many)."""
        self.opened()
        found: dict[bytes, list[int]] = {}
        samples: list[RawLine] = []
        for block in self.file.blocks(since, until):
            inside = self.file.ordered and self._inside(block, since, until)
            for raw in block.lines():
                stamp = None if inside else self._stamp(raw)
                if stamp is not None and not since <= stamp <= until:
                    continue
                key = raw.raw.translate(DIGITS)
                if key in found:
                    found[key][1] += 1
                elif len(samples) < MOST_TEXTS:
                    found[key] = [len(samples), 1]
                    samples.append(raw)
            if time.monotonic() > end:
                break
        for place, count in found.values():
            line = self.read(samples[place])
            if line is not None:
                yield line, count

    def _inside(self, block: Block, since: datetime, until: datetime) -> bool:
        """Whether all of a block of an ordered file lies in the window."""
        begins, ends = (
            self.file.time_before(block, block.offset + 400),
            self.file.time_before(block, block.offset + block.size),
        )
        return begins is not None and ends is not None and since + SLACK <= begins and ends <= until - SLACK

    def _stamp(self, raw: RawLine) -> datetime | None:
        return quick_time(raw.raw[:160], self._near, self._zone)

    def read(self, raw: RawLine) -> LogLine | None:
        """The line with its device: the inventory's name of its host, else of its file, else the host as logged."""
        text = raw.raw.decode("utf-8", "replace")
        if text.isspace() or (text[:1] == "\x00" and not text.strip("\x00\r\n\t ")):
            return None
        line = parse(text, self.path.name, raw.offset, self._near, self._zone, raw.number, self._named)
        # A stamp that names no zone is meant in the device's own, unless a collector wrote it.
        if (
            line.time is not None
            and line.time.tzinfo is self._zone
            and line.stamp is None
            and line.device != self.owner
        ):
            own = self._hosts.names.timezone_of(line.device)
            if own != self._zone:
                return parse(text, self.path.name, raw.offset, self._near, own, raw.number, self._named)
        return line

    def _named(self, host: str) -> tuple[str, str]:
        if not host:
            return self.owner or "", self.owner or ""
        return host, self._hosts.device(host) or host


def _written(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return datetime.now(UTC)
