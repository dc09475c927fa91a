"""What the journal costs: the time spent in its writes and syncs, beside the wall time of the runs that it keeps.

Each run is a process of its own on the bundled site, engine only, its state on the disk of the temporary folder. What is
summed inside the run: `append`, `pack` (JSON, compression), and every wait for the disk (`sync`). The syncs that go on beside
the run cost it no wall time of their own; their CPU is counted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 5
PROGRAM = """
import json, os, sys, threading, time
spent, busy = {}, threading.local()
def timed(name, work):
    def inner(*given, **more):
        if getattr(busy, "with_it", False):  # counted by who called
            return work(*given, **more)
        busy.with_it = True
        begun, cpu = time.perf_counter(), time.thread_time()
        try:
            return work(*given, **more)
        finally:
            wall, used = spent.get(name, (0.0, 0.0))
            spent[name] = (wall + time.perf_counter() - begun, used + time.thread_time() - cpu)
            busy.with_it = False
    return inner
import noc_agent.agent.capture as capture
import noc_agent.evidence.journal as journal
for name in ("append", "begin_sync", "sync", "seal", "close"):
    setattr(journal.Journal, name, timed("append" if name == "append" else "sync", getattr(journal.Journal, name)))
os.fdatasync = timed("disk", os.fdatasync)
for name in ("pack", "packed", "reply_text"):
    setattr(capture, name, timed("pack", getattr(capture, name)))
from noc_agent.cli import app
begun, cpu = time.perf_counter(), time.process_time()
try:
    app(["diagnose", "INC-3168", "--quiet", "--engine", "playbook"])
except SystemExit:
    pass
spent["run"] = (time.perf_counter() - begun, time.process_time() - cpu)
print(json.dumps(spent), file=sys.stderr)
"""


def one_run(state: Path) -> dict[str, list[float]]:
    """(wall, CPU) seconds by part of one run."""
    env = {**os.environ, "NOC_AGENT_STATE": str(state)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=env)
    told: dict[str, list[float]] = json.loads(done.stderr.splitlines()[-1])
    return told


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = [one_run(Path(folder) / str(n)) for n in range(RUNS)]
        size = next(Path(folder).rglob("*.jsonl")).stat().st_size
    print(f"{RUNS} runs, a journal of {size // 1000} kB; medians")
    for kind, place in (("wall", 0), ("CPU", 1)):
        counted = ("append", "pack", "sync", *(("disk",) if kind == "CPU" else ()))
        parts = {name: statistics.median(run[name][place] for run in runs) for name in (*counted, "run")}
        share = statistics.median(sum(run[name][place] for name in counted) / run["run"][place] for run in runs)
        words = ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in parts.items())
        print(f"{kind}: {words}: {share:.1%} of the run")


if __name__ == "__main__":
    main()
