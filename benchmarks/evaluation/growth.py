"""CPU, wall time and memory of `diagnose` as a simulated site grows. `python -m benchmarks.evaluation.growth [--lines N]`.

Whole processes. The exponent is the slope of CPU over devices, both as logarithms, of what a site of a few devices costs less.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evaluation.scored import table
from noc_agent.evaluation import read_truth, score
from tests.simulated.case import Run, simulate, write_case
from tests.simulated.events import Event, port_fields
from tests.simulated.large import draw
from tests.simulated.messages import MESSAGES
from tests.simulated.syslog import form_of, syslog
from tests.simulated.world import Device

SEED, KIND, FAULT = 7, "metro", "link_down"
FLOOR, SIZES, LARGE, LINES = 10, (60, 125, 250, 500, 1000), 1000, 1_000_000
# What devices say all day, and how often beside each other.
CHATTER = {"cron": 30, "login": 20, "dhcp_lease": 25, "ntp_step": 10, "config": 1}
SLICE = 1.0  # seconds of which lines are written at a time


@dataclass(frozen=True, slots=True)
class Cost:
    devices: int
    lines: int
    cpu_s: float
    wall_s: float
    memory_mb: float
    verdict: str
    right: bool


def site(folder: Path, devices: int, lines: int = 0) -> int:
    """Write a case of so many devices, with at least so many lines of log in its window; how many there are."""
    run = simulate(draw(KIND, SEED, devices), SEED, [FAULT])
    write_case(run, folder, SEED)
    log = folder / "logs/syslog.log"
    own = log.read_text().splitlines(True)
    if lines:
        _mix(run, log, own, lines)
    with log.open("rb") as file:
        return sum(1 for _ in file)


def _mix(run: Run, log: Path, own: list[str], lines: int) -> None:
    """The events of the run among the chatter of all devices, in the order of arrival."""
    chance = random.Random(f"chatter/{SEED}")
    since, until = run.times[2], run.until
    talkers = [(device, _kinds(device)) for device in run.world.devices.values() if device.node.address and device.up]
    talkers = [(device, kinds) for device, kinds in talkers if kinds]
    steps = int((until - since) / SLICE)
    events = sorted(run.events, key=lambda event: event.time)
    with log.open("w") as file:
        file.write(syslog(run.world, [event for event in events if event.time < since], form_of(SEED)))
        for step in range(steps):
            begin = since + step * SLICE
            mixed = [event for event in events if begin <= event.time < begin + SLICE]
            mixed += (_said(chance, talkers, begin) for _ in range(math.ceil(lines / steps)))
            file.write(syslog(run.world, mixed, form_of(SEED)))
        file.write(syslog(run.world, [event for event in events if event.time >= since + steps * SLICE], form_of(SEED)))


def _kinds(device: Device) -> list[str]:
    """Weighted, of those for which the make has words."""
    known = MESSAGES[device.vendor.platform]
    return [kind for kind, weight in CHATTER.items() if kind in known for _ in range(weight)]


def _said(chance: random.Random, talkers: Sequence[tuple[Device, list[str]]], begin: float) -> Event:
    device, kinds = chance.choice(talkers)
    nic = chance.choice(list(device.nics.values()))
    fields = {"address": f"10.0.0.{chance.randint(20, 250)}", "mac": chance.randbytes(6).hex(":")}
    return Event(begin + chance.random() * SLICE, device.name, chance.choice(kinds), port_fields(nic) | fields)


def measure(folder: Path, devices: int, lines: int) -> Cost:
    """Diagnose a case in a process of its own."""
    words = ["diagnose", str(folder), "--site", str(folder), "--json", "--engine", "playbook"]
    began = time.monotonic()
    with (folder / "out.json").open("wb") as out:
        words = [sys.executable, "-m", "noc_agent", *words]
        child = subprocess.Popen(words, stdout=out, env={**os.environ, "NOC_AGENT_STATE": str(folder / "state")})
        _, _, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = 0  # it was waited for
    document = json.loads((folder / "out.json").read_text())
    own = score("growth", read_truth(folder / "truth.yaml"), document)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(devices, lines, cpu, wall, usage.ru_maxrss / 1024, document["verdict"], own.right)


def costs(sizes: Sequence[int], lines: int = 0) -> Iterator[Cost]:
    for devices in sizes:
        with tempfile.TemporaryDirectory(prefix="noc-agent-growth-") as folder:
            written = site(Path(folder), devices, lines)
            found = measure(Path(folder), devices, written)
        print(found, file=sys.stderr)
        yield found


def exponent(found: Sequence[Cost], floor: float) -> float:
    """The slope of the regression line through the logarithms."""
    points = [(math.log(one.devices), math.log(max(1e-3, one.cpu_s - floor))) for one in found]
    x, y = (sum(point[n] for point in points) / len(points) for n in (0, 1))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def report(sizes: Sequence[int], large: int, lines: int) -> str:
    floor, *found = costs([FLOOR, *sizes])
    many = list(costs([large], lines)) if lines else []
    rows = [
        [f"{one.devices:,}", f"{one.lines:,}", f"{one.cpu_s:.1f}", f"{one.wall_s:.1f}", f"{one.memory_mb:.0f}",
         f"{one.verdict}, {'right' if one.right else 'wrong'}"] for one in (floor, *found, *many)
    ]  # fmt: skip
    text = table(("devices", "lines of log", "CPU s", "wall s", "MB", "verdict"), rows)
    slope = exponent(found, floor.cpu_s)
    less = f"less the {floor.cpu_s:.1f} s of {FLOOR} devices"
    return f"{text}\n\nCPU grows as devices^{slope:.2f} from {sizes[0]} to {sizes[-1]}, {less}."


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.evaluation.growth", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--large", type=int, default=LARGE, help="devices of the site with many lines")
    parser.add_argument("--lines", type=int, default=LINES, help="of its log; 0 leaves it out")
    options = parser.parse_args()
    print(report(options.sizes, options.large, options.lines))
