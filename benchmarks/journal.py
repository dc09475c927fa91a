"""What the journal costs: the time spent in its writes and syncs, beside the wall time of the runs that it keeps.

Each run is a process of its own on the bundled site, engine only, its state on the disk of the temporary folder. The time in
`append`, `sync` and `seal` is summed inside the run; the rest of a record's making (JSON, packing) is in `append` and in
`pack`, which is counted too.
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
import json, sys, time
from collections.abc import Callable
spent = {}
def timed(name, work):
    def inner(*given, **more):
        begun, cpu = time.perf_counter(), time.process_time()
        try:
            return work(*given, **more)
        finally:
            wall, used = spent.get(name, (0.0, 0.0))
            spent[name] = (wall + time.perf_counter() - begun, used + time.process_time() - cpu)
    return inner
from noc_agent.evidence.journal import Journal
import noc_agent.agent.capture as capture
Journal.append, Journal.sync = timed("append", Journal.append), timed("sync", Journal.sync)
capture.pack = timed("pack", capture.pack)
capture.reply_to_json = timed("pack", capture.reply_to_json)
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
        parts = {
            name: statistics.median(run[name][place] for run in runs) for name in ("append", "sync", "pack", "run")
        }
        share = statistics.median(
            (run["append"][place] + run["sync"][place] + run["pack"][place]) / run["run"][place] for run in runs
        )
        words = ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in parts.items())
        print(f"{kind}: {words}: {share:.1%} of the run")


if __name__ == "__main__":
    main()
