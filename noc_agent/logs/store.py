"""The logs of a site: their files found, lines of a window merged in order of time, events typed and counted."""

from __future__ import annotations

import dataclasses
import glob
import heapq
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Protocol

from noc_agent.errors import ToolError
from noc_agent.logs.event import MOST_TIMES, LogEvent
from noc_agent.logs.files import LogFile
from noc_agent.logs.line import LogLine, parse
from noc_agent.logs.vocabulary import Meaning, meaning

SEARCHED = 4000  # characters of a message that a pattern is tried on
SEARCH_SECONDS = 20.0
_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)[+*{]")  # (a+)+ and its like: exponential


class Names(Protocol):
    """What the logs need to know of the inventory."""

    def device_of(self, host: str) -> str | None: ...
    def interface_of(self, device: str, ifIndex: int) -> str | None: ...
    def timezone_of(self, device: str) -> tzinfo: ...


class LogStore:
    """Read-only access to log files. `near` is the date that stamps without a year are nearest to."""

    def __init__(self, root: Path, patterns: Sequence[str], names: Names, near: datetime | None = None) -> None:
        self._names, self._near = names, near
        self._problems: dict[str, None] = {}
        self.files = self._found(root, patterns)
        self._heard: dict[bool, dict[str, datetime]] | None = None
        self._cache: dict[tuple[datetime | None, datetime | None], tuple[LogLine, ...]] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, in words for the operator."""
        return tuple(self._problems)

    def _found(self, root: Path, patterns: Sequence[str]) -> tuple[Path, ...]:
        """Files of the globs. A link that a glob finds is not followed out of its folder."""
        found: dict[Path, None] = {}
        for pattern in patterns:
            folder = Path(re.split(r"[*?\[]", pattern, maxsplit=1)[0])
            base = (folder if folder.is_dir() else folder.parent).resolve()
            matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - patterns may be absolute
            for name in matches:
                path = Path(name)
                if path.is_dir():
                    matches += sorted(str(inner) for inner in path.iterdir() if inner.is_file())
                elif path.resolve().is_relative_to(base) or path.resolve().is_relative_to(root):
                    found.setdefault(path)
                else:
                    self._problems[f"{path.name} leads out of its folder: skipped"] = None
        return tuple(found)

    def lines(
        self, since: datetime | None = None, until: datetime | None = None, device: str = ""
    ) -> Iterator[LogLine]:
        """Lines of the window in order of time; those without a time at the place where they stand."""
        streams = [self._file_lines(path, since, until) for path in self.files]
        merged = heapq.merge(*streams, key=lambda pair: pair[0])
        return (line for _, line in merged if device in ("", line.device))

    def _file_lines(
        self, path: Path, since: datetime | None, until: datetime | None
    ) -> Iterator[tuple[datetime, LogLine]]:
        owner = self._names.device_of(path.name.split(".")[0])
        zone = self._names.timezone_of(owner or "")
        near = self._near or datetime.fromtimestamp(path.stat().st_mtime if path.exists() else 0, UTC)
        file = LogFile(path, near, zone)
        last = datetime.min.replace(tzinfo=UTC)
        kept: list[tuple[datetime, LogLine]] = []
        for raw in file.lines(since, until):
            text = raw.raw.decode("utf-8", "replace")
            if not text.strip("\x00\r\n\t "):
                continue
            line = self._owned(parse(text, path.name, raw.offset, near, zone, raw.number), owner)
            if line.time is not None and line.time.tzinfo is not None:
                last = line.time
            inside = (since is None or last >= since) and (until is None or last <= until)
            if inside:
                kept.append((last, line))
        if file.problem:
            self._problems[file.problem] = None
        kept.sort(key=lambda pair: pair[0])  # stable: lines of one moment stay as they stand
        yield from kept

    def _owned(self, line: LogLine, owner: str | None) -> LogLine:
        """The line with its device: the inventory's name of its host, else of its file, else the host as logged."""
        device = (self._names.device_of(line.host) if line.host else owner) or line.host or owner or ""
        return dataclasses.replace(line, device=device, host=line.host or owner or "")

    def _window(self, since: datetime | None, until: datetime | None) -> tuple[LogLine, ...]:
        if (since, until) not in self._cache:
            self._cache = {(since, until): tuple(self.lines(since, until))}
        return self._cache[since, until]

    def events(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", kind: str = ""
    ) -> tuple[LogEvent, ...]:
        """Typed events of the window in order of their first line; equal ones are counted together."""
        grouped: dict[tuple[str, Meaning], list[LogLine]] = {}
        for line in self._window(since, until):
            if device not in ("", line.device):
                continue
            said = meaning(line)
            if said is not None and kind in ("", said.kind):
                grouped.setdefault((line.device, self._named(line.device, said)), []).append(line)
        found = [_event(owner, said, lines) for (owner, said), lines in grouped.items()]
        return tuple(
            sorted(found, key=lambda event: (event.first is None, event.first or datetime.max.replace(tzinfo=UTC)))
        )

    def _named(self, device: str, said: Meaning) -> Meaning:
        if not said.subject.startswith("ifIndex "):
            return said
        number = said.subject.removeprefix("ifIndex ")
        name = self._names.interface_of(device, int(number)) if number.isdigit() else None
        return dataclasses.replace(said, subject=name or said.subject)

    def search(
        self,
        pattern: str,
        since: datetime | None = None,
        until: datetime | None = None,
        device: str = "",
        limit: int = 50,
    ) -> tuple[LogLine, ...]:
        """Lines whose message matches, oldest first, at most `limit`. Raises ToolError for a pattern that is none."""
        if len(pattern) > 500 or _NESTED.search(pattern):
            raise ToolError("pattern", "is too long, or repeats a repetition", "use a simpler regular expression")
        try:
            wanted = re.compile(pattern)
        except re.error as error:
            raise ToolError("pattern", f"is no regular expression: {error.msg}", "escape special characters") from error
        found: list[LogLine] = []
        end = time.monotonic() + SEARCH_SECONDS
        for line in self._window(since, until):
            if device in ("", line.device) and wanted.search(line.message[:SEARCHED]):
                found.append(line)
            if len(found) >= limit:
                break
            if time.monotonic() > end:
                self._problems["the search took too long and was ended: narrow the window"] = None
                break
        return tuple(found)

    def last_heard(self, *, traps: bool = False) -> Mapping[str, datetime]:
        """The newest line of each device in all files (or, with `traps`, the newest trap)."""
        if self._heard is None:
            self._heard = {False: {}, True: {}}
            for line in self.lines():
                if line.time is not None:
                    seen = self._heard[line.trap]
                    seen[line.device] = max(seen.get(line.device, line.time), line.time)
        return self._heard[traps]


def _event(device: str, said: Meaning, lines: Iterable[LogLine]) -> LogEvent:
    rows = list(lines)
    times = [line.time for line in rows if line.time is not None]
    first, last = (times[0], times[-1]) if times else (None, None)
    return LogEvent(
        first, device, said.kind, rows[0].severity, said.subject, said.frm, said.to, said.reason, said.peer, len(rows),
        first, last, tuple(times[:MOST_TIMES]), rows[0].message[:400], rows[0].file, rows[0].line,
    )  # fmt: skip
