"""Lines a second of CPU into typed events, one core: this store beside netlog-ai, on the same lines in one run.

`python benchmarks/logs_events.py PYTHON`, where PYTHON is an interpreter that has netlog-ai, of an environment of its own.
Ours is timed from the file to counted events; the peer from lines in memory to classified ones, which spares it the file.
"""

from __future__ import annotations

import cProfile
import os
import platform
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from logs_window import START, Inventory, rows

from noc_agent.logs import LogStore

SIZE = 30_000_000
SHOWN = 12
PEER = """
import sys, time
from ai_log_analyzer.classifier import iter_classify
from ai_log_analyzer.parsers import parse_line
lines = open(sys.argv[1]).read().splitlines()
began = time.process_time()
for _ in iter_classify(event for line in lines if (event := parse_line(line)) is not None):
    pass
print(time.process_time() - began)
"""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/logs_events.py PYTHON, an interpreter that has netlog-ai")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "syslog.log"
        with path.open("w") as file:
            file.writelines(rows(SIZE))
        lines = path.read_bytes().count(b"\n")
        seconds, events = ours(path)
        done = subprocess.run([sys.argv[1], "-c", PEER, str(path)], capture_output=True, text=True, check=True)
        peer = float(done.stdout.split()[-1])
        print(
            f"{lines} lines, {events} of them events: {lines / seconds:,.0f} lines a CPU second (goal 100,000); ",
            end="",
        )
        print(f"netlog-ai {lines / peer:,.0f}; ratio {peer / seconds:.1f} (goal 3)")
        profile = cProfile.Profile()
        profile.runcall(ours, path)
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(SHOWN)


def ours(path: Path) -> tuple[float, int]:
    """(CPU seconds, lines that are events)."""
    logs = LogStore(path.parent, [str(path)], Inventory(), START)
    logs.events(START, START)  # the vocabulary is read once
    began = time.process_time()
    found = sum(event.count for event in logs.events())
    return time.process_time() - began, found


if __name__ == "__main__":
    main()
