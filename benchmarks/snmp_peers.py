"""What the SNMP benchmarks share: simulated agents in a process of their own, and the CPU of a peer's process."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
IF_KINDS = ("2", "4", "2", "2", "66", "4x", "2", "2", "67", *("65",) * 11, "66", "6")  # ifIndex to ifSpecific
IFX_KINDS = ("4", *("65",) * 4, *("70",) * 8, "2", "66", "2", "2", "4", "67")  # ifName to ifCounterDiscontinuityTime
COLUMNS = (*(f"{IF}.{n}" for n in range(1, 23)), *(f"{IFX}.{n}" for n in range(1, 20)))
SCALARS = tuple(f"1.3.6.1.2.1.1.{n}" for n in range(1, 7))
V3 = {
    "version": "3", "user": "noc", "auth_protocol": "SHA", "auth_key": "authentication",
    "priv_protocol": "AES", "priv_key": "confidential",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU and of wall time."""

    cpu: float
    wall: float


def write_recording(path: Path, ports: int) -> None:
    """A device with ifTable and ifXTable of so many rows."""
    texts = {
        "2": "6", "4": "TenGigE0/0/0/{n}", "4x": "00112233{n:04x}", "6": "0.0", "65": "{big}", "66": "1000", "67": "5555",
        "70": "{big}00000",
    }  # fmt: skip
    system = (
        (1, 4, "a router"), (2, 6, "1.3.6.1.4.1.8072.3.2.10"), (3, 67, "123456"), (4, 4, "noc"), (5, 4, "core1"), (6, 4, "Lyon"),
    )  # fmt: skip
    lines = [f"1.3.6.1.2.1.1.{n}.0|{tag}|{value}" for n, tag, value in system]
    for entry, kinds in ((IF, IF_KINDS), (IFX, IFX_KINDS)):
        for column, kind in enumerate(kinds, 1):
            row, text = f"{entry}.{column}", f"|{kind}|{texts[kind]}"
            lines.extend(f"{row}.{n}" + text.format(n=n, big=n * 2654435761 % 2**32) for n in range(1, ports + 1))
    path.write_text("\n".join(lines))


@contextmanager
def serving(recording: Path, *options: str) -> Iterator[list[int]]:
    """Agents on loopback; their ports."""
    words = [sys.executable, "-m", "tests.snmp.agents", str(recording), *options]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield list(map(int, process.stdout.readline().split()))
        process.stdin.close()


def run(commands: Sequence[str]) -> Cost:
    """Shell commands side by side; the CPU of all of them."""
    began, before = time.monotonic(), os.times()
    for process in [subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.DEVNULL) for command in commands]:
        if process.wait():
            raise SystemExit(f"a peer failed: {process.args!r}")
    wall, after = time.monotonic() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(cpu, wall)


def needed(*tools: str) -> None:
    """End where a peer is not installed."""
    if missing := [tool for tool in tools if not shutil.which(tool)]:
        raise SystemExit(f"not installed: {', '.join(missing)} (Debian's package snmp)")


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost], what: str) -> float:
    """The median of the ratios, taken pair by pair."""
    return float(statistics.median(getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True)))


def median(costs: Sequence[Cost], what: str) -> float:
    return float(statistics.median(getattr(cost, what) for cost in costs))
