"""CPU and memory of `diagnose` on the bundled incident, and of `--help` beside a bare import of its libraries.

Each figure is the median of whole processes, run in turn; a ratio is taken pair by pair.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile

RUNS = 7


def measure(words: list[str], state: str) -> tuple[float, float]:
    """(CPU seconds, peak memory in MB) of one process."""
    pid = os.fork()
    if pid == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.execve(sys.executable, [sys.executable, *words], {**os.environ, "NOC_AGENT_STATE": state})
    _, _, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def paired(one: list[str], other: list[str], state: str) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    measure(one, state), measure(other, state)
    rows = [(measure(one, state), measure(other, state)) for _ in range(RUNS)]
    return [row[0] for row in rows], [row[1] for row in rows]


def median(rows: list[tuple[float, float]], column: int) -> float:
    return statistics.median(row[column] for row in rows)


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {RUNS} runs each")
    with tempfile.TemporaryDirectory() as state:
        job = ["-m", "noc_agent", "diagnose", "INC-3168", "--engine", "playbook"]
        rows, floor = paired(job, ["-c", "pass"], state)
        print(f"diagnose INC-3168: {median(rows, 0):.2f} s CPU (goal 2), {median(rows, 1):.0f} MB (goal 200); ", end="")
        print(f"a bare interpreter {median(floor, 0):.2f} s")
        rows, peer = paired(["-m", "noc_agent", "--help"], ["-c", "import typer, rich"], state)
        ratio = statistics.median(a[0] / b[0] for a, b in zip(rows, peer, strict=True))
        print(
            f"--help: {median(rows, 0):.2f} s CPU, `import typer, rich` {median(peer, 0):.2f} s, ratio {ratio:.2f} (goal 2)"
        )


if __name__ == "__main__":
    main()
