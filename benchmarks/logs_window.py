"""A ten-minute window, one device and a pattern in 600 MB of sorted, unindexed syslog: this store beside ripgrep.

Both are given the same question in turn, with the file in the page cache; CPU seconds are compared. ripgrep is asked in two
ways: one expression that says stamp, host and pattern, and a pipeline that looks for the rarest word first. Ours is a warm
process, as in a run.
"""

from __future__ import annotations

import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from noc_agent.logs import LogStore

START = datetime(2026, 11, 23, tzinfo=UTC)
SIZE = 600_000_000
RUNS = 5
QUESTIONS = 20
DAY, WIDE = timedelta(days=1), "ADJCHANGE.*down"
MESSAGES = {
    "%LINK-3-UPDOWN: Interface GigabitEthernet0/{n}, changed state to {state}": 1,
    "%BGP-5-ADJCHANGE: neighbor 10.0.{n}.1 {state} BGP Notification received": 1,
    "Accepted publickey for admin from 10.1.{n}.7 port 50022 ssh2": 20,
    "DHCPACK on 10.20.{n}.9 to 00:11:22:33:44:55 via vlan20": 30,
    "%SEC-6-IPACCESSLOGP: list 101 denied tcp 10.9.{n}.3(4432) -> 10.1.1.1(22), 1 packet": 30,
    "session opened for user root(uid=0) by (uid={n})": 18,
}


class Inventory:
    """Every host is a device."""

    def device_of(self, host: str) -> str | None:
        return host if host.startswith("r") else None

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return None

    def timezone_of(self, device: str) -> tzinfo:
        return UTC


def rows(size: int, rate: float = 58.0) -> Iterator[str]:
    """Lines of about `size` bytes together, 58 a second, of 200 routers."""
    dice, at, written = random.Random(5), START.timestamp(), 0
    while written < size:
        for form in dice.choices(list(MESSAGES), list(MESSAGES.values()), k=1000):
            at += dice.expovariate(rate)
            stamp = datetime.fromtimestamp(at, UTC).isoformat()
            message = form.format(n=dice.randrange(255), state=dice.choice(("up", "down")))
            line = f"<189>1 {stamp} r{dice.randrange(200)} app 12 - - {message}\n"
            written += len(line)
            yield line


def ripgrep(path: Path, minute: str, host: str) -> int:
    """The question as one expression."""
    words = rf"^<\d+>1 {minute}\d.* {host} .*ADJCHANGE.*down"
    done = subprocess.run(["rg", "-c", words, str(path)], capture_output=True, text=True, check=False)
    return int(done.stdout or 0)


def pipeline(path: Path, minute: str, host: str) -> int:
    """The question as an expert would ask it: the rarest word first, without an expression."""
    words = f"rg -F ADJCHANGE '{path}' | rg -F ' {host} ' | rg -F '{minute}' | rg -c 'ADJCHANGE.*down'"
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=False)
    return int(done.stdout or 0)


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """CPU seconds of work, children's with it, and what it found: on a machine that others use too, clocks do not compare."""
    began = _cpu()
    found = work()
    return _cpu() - began, found


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def store(path: Path) -> LogStore:
    return LogStore(path.parent, [str(path)], Inventory(), START)


def ask(logs: LogStore, path: Path, n: int) -> tuple[float, float, float]:
    """Seconds of (ours, one expression, pipeline) for question n; all must find the same lines."""
    since = START + timedelta(hours=1 + n % 15, minutes=10 * (n % 6))
    minute, host = since.isoformat()[:15], f"r{n * 7 % 200}"
    until = since + timedelta(minutes=10) - timedelta(microseconds=1)
    ours, found = timed(lambda: len(logs.search("ADJCHANGE.*down", since, until, host, 1000)))
    one, one_found = timed(lambda: ripgrep(path, minute, host))
    piped, piped_found = timed(lambda: pipeline(path, minute, host))
    if not found == one_found == piped_found:
        sys.exit(f"they do not find the same: {found}, {one_found}, {piped_found}")
    return ours, one, piped


def main() -> None:
    if shutil.which("rg") is None:
        sys.exit("ripgrep is not installed: apt install ripgrep")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "syslog.log"
        with path.open("w") as file:
            file.writelines(rows(SIZE))
        ask(store(path), path, 0)
        single = [ask(store(path), path, 3) for _ in range(RUNS)]
        logs = store(path)  # one, as in a run
        many = [ask(logs, path, n) for n in range(QUESTIONS)]
        wide = timed(lambda: sum(len(logs.search(WIDE, START, START + DAY, f"r{n}")) for n in range(QUESTIONS)))[0]
    told("one question (median)", [statistics.median(row[n] for row in single) for n in range(3)], 30)
    told(f"{QUESTIONS} questions (sum)", [sum(row[n] for row in many) for n in range(3)], 50)
    print(f"{QUESTIONS} questions over the whole day, without any index: {wide:.1f} s CPU")


def told(name: str, seconds: list[float], goal: int) -> None:
    ours, one, piped = seconds
    print(
        f"{name}: {ours * 1000:.0f} ms; rg, one expression {one * 1000:.0f} ms: {one / ours:.0f}x (goal {goal}); ",
        end="",
    )
    print(f"rg, pipeline of words {piped * 1000:.0f} ms: {piped / ours:.1f}x")


if __name__ == "__main__":
    main()
