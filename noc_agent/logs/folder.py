"""The log files of a site: found by globs and folders, each opened only when its first line is due, merged in order of time."""

from __future__ import annotations

import glob
import heapq
import ipaddress
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from noc_agent.logs.files import SLACK

Row = TypeVar("Row")
Timed = tuple[datetime, Row]
TURN = 1000  # rows after which those that are in their place are passed on
_time: Callable[[tuple[datetime, object]], datetime] = itemgetter(0)
_ROTATED = re.compile(r"(.+?)[-._](\d{1,4}|\d{8}(?:[-_T.]?\d{2,6})?|\d{4}-\d\d-\d\d(?:[-_T.]\d{2,6})?)(\.log)?\.gz")


def find_files(root: Path, patterns: Sequence[str]) -> tuple[dict[Path, None], list[str]]:
    """(files of the patterns, problems). A link is not followed out of the pattern's folder or the site's."""
    found: dict[Path, Path] = {}
    problems: list[str] = []
    for pattern in patterns:
        folder = Path(re.split(r"[*?\[]", pattern, maxsplit=1)[0])
        base = (folder if folder.is_dir() else folder.parent).resolve()
        for path in _expanded(pattern, problems):
            try:
                real = path.resolve()
            except (OSError, RuntimeError):  # links that lead to each other
                problems.append(f"{path.name} leads nowhere: skipped")
                continue
            if real.is_relative_to(base) or real.is_relative_to(root.resolve()):
                found.setdefault(real, path)
            else:
                problems.append(f"{path.name} leads out of its folder: skipped")
    return dict.fromkeys(found.values()), problems


def _expanded(pattern: str, problems: list[str]) -> Iterator[Path]:
    """The files a pattern matches, and those in the folders that it matches."""
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - patterns may be absolute
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        try:
            yield from sorted(inner for inner in path.iterdir() if inner.is_file())
        except OSError as error:
            problems.append(f"{path.name} cannot be read: {error.strerror}")


def owner_names(path: Path) -> Iterator[str]:
    """Names that a file's device may have, the likeliest first: r1.example.net.log.2.gz, 10.0.0.1.log, r1/messages."""
    name = re.sub(r"[-_]\d{4}-?\d\d-?\d\d.*$", "", path.name)
    while name:
        yield name
        name = name.rpartition(".")[0]
    yield path.parent.name


def outdated(paths: Iterable[Path], since: datetime | None, begins: Callable[[Path], datetime | None]) -> set[Path]:
    """Packed rotated files whose next younger one begins before `since`: they hold no line of the window."""
    if since is None:
        return set()
    families: dict[str, list[Path]] = {}
    for path in paths:
        if stem := family(path):
            families.setdefault(stem, []).append(path)
    old: set[Path] = set()
    for members in families.values():
        times = {path: at for path in members if (at := begins(path)) is not None}
        order = sorted(times, key=lambda path: times[path])
        old |= {path for path, younger in pairwise(order) if times[younger] < since}
    return old


def family(path: Path) -> str:
    """What the rotated copies of a file have in common; empty where the name shows no rotation."""
    match = _ROTATED.fullmatch(path.name)
    if match is None:
        return ""
    try:
        ipaddress.ip_address(f"{match[1]}.{match[2]}")  # 10.0.0.1.gz is a device's own file
    except ValueError:
        return str(path.parent / match[1])
    return ""


def in_order(rows: Iterable[Timed[Row]], held: int, ordered: Callable[[], bool]) -> Iterator[Timed[Row]]:
    """Rows by time, those of one time as they stand. No more than `held` are kept back, so that a row that stands further
    from its place comes late, and none is lost. Where the rows are `ordered` but for SLACK, few are kept longer than it."""
    kept: list[Timed[Row]] = []
    turn = min(TURN, held)
    enough = turn
    for row in rows:
        kept.append(row)
        if len(kept) < enough:
            continue
        if ordered() or len(kept) >= held:
            kept.sort(key=_time)
            settled = _settled(kept) or (len(kept) // 2 if len(kept) >= held else 0)
            yield from kept[:settled]
            del kept[:settled]
        enough = max(len(kept) + turn, min(held, len(kept) * 3 // 2))  # a sort reads all that is kept
    kept.sort(key=_time)
    yield from kept


def _settled(kept: list[Timed[Row]]) -> int:
    """How many of the sorted rows no later row comes before. A few far in the future do not say that the others are through."""
    newest = kept[-1 - len(kept) // 20][0]
    return bisect_left(kept, newest - 2 * SLACK, key=_time)


def merged(sources: Iterable[tuple[datetime, Iterator[Timed[Row]]]]) -> Iterator[Timed[Row]]:
    """Rows of all sources by time. A source is (no row is earlier, rows in order), and is begun when that time comes."""
    waiting = sorted(((at, number, rows) for number, (at, rows) in enumerate(sources)), key=lambda row: row[:2])
    waiting.reverse()
    heap: list[tuple[datetime, int, Row, Iterator[Timed[Row]]]] = []
    while heap or waiting:
        if waiting and (not heap or waiting[-1][0] <= heap[0][0]):
            _, number, rows = waiting.pop()
        else:
            at, number, row, rows = heapq.heappop(heap)
            yield at, row
            if not heap and not waiting:
                yield from rows
                return
        if (following := next(rows, None)) is not None:
            heapq.heappush(heap, (following[0], number, following[1], rows))
