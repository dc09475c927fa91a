"""Lines a second of CPU into typed events, one core: this store beside netlog-ai, on the same lines in one run.

`python benchmarks/logs_events.py PYTHON [FOLDER ...]`, where PYTHON is an interpreter that has netlog-ai, of an environment of
its own. Lines are made up in three mixes, by how many of them are events; and the logs of each FOLDER are read COPIES times.
Ours is timed from the file to counted events; the peer from lines in memory to classified ones, which spares it the file.
"""

from __future__ import annotations

import cProfile
import os
import platform
import pstats
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from logs_window import START, Inventory, rows

from noc_agent.logs import LogStore

SIZE = 30_000_000
RUNS = 2  # in turn, of which the best counts
COPIES = 40
QUIET_SHARE = 30 / 70  # of `rows` that are no events, to those that are
SHOWN = 12
PEER = """
import sys, time
from ai_log_analyzer.classifier import iter_classify
from ai_log_analyzer.parsers import parse_line
lines = open(sys.argv[1], errors="replace").read().splitlines()
began = time.process_time()
for _ in iter_classify(event for line in lines if (event := parse_line(line)) is not None):
    pass
print(time.process_time() - began)
"""


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(
            "usage: python benchmarks/logs_events.py PYTHON [FOLDER ...]: an interpreter that has netlog-ai, folders of logs"
        )
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        for name, share in (("mix.log", None), ("few.log", 0.05), ("none.log", 0.0)):
            path = Path(folder) / name
            with path.open("w") as file:
                file.writelines(thinned(rows(SIZE), share))
            told(name, path)
        for number, given in enumerate(sys.argv[2:]):
            path = Path(folder) / f"given{number}.log"
            texts = [file.read_bytes().rstrip(b"\n") + b"\n" for file in sorted(Path(given).rglob("*.log"))]
            path.write_bytes(b"".join(texts) * COPIES)
            told(given, path)
        profile = cProfile.Profile()
        profile.runcall(ours, Path(folder) / "mix.log")
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


def thinned(lines: Iterable[str], share: float | None) -> Iterator[str]:
    """The lines of `rows`, or so few of its events among the others."""
    dice = random.Random(7)
    for line in lines:
        if share is None or "DHCPACK" in line or dice.random() < share * QUIET_SHARE:
            yield line


def told(name: str, path: Path) -> None:
    lines = path.read_bytes().count(b"\n")
    pairs = [(ours(path), theirs(path)) for _ in range(RUNS)]
    seconds, peer = (min(pair[n][0] for pair in pairs) for n in range(2))
    print(
        f"{name}: {lines} lines, {pairs[0][0][1]} of them events: {lines / seconds:,.0f} lines a CPU second (goal 100,000); ",
        f"netlog-ai {lines / peer:,.0f}; ratio {peer / seconds:.1f} (goal 3)",
        sep="",
    )


def theirs(path: Path) -> tuple[float, int]:
    done = subprocess.run([sys.argv[1], "-c", PEER, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]), 0


def ours(path: Path) -> tuple[float, int]:
    """(CPU seconds, lines that are events)."""
    logs = LogStore(path.parent, [str(path)], Inventory(), START)
    logs.events(START, START)  # the vocabulary is read once
    began = time.process_time()
    found = sum(event.count for event in logs.events())
    return time.process_time() - began, found


if __name__ == "__main__":
    main()
