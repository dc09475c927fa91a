"""A sweep of 200 devices beside `snmpget` under xargs -P8, and with dead devices beside the floor that time-outs set."""

from __future__ import annotations

import os
import platform
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from snmp_peers import IF, SCALARS, Cost, median, needed, ratio, run, serving, write_recording

from noc_agent.site.model import Device, SnmpSettings
from noc_agent.snmp.live import sweep

RUNS, DEVICES, RTT = 7, 200, 0.02
TIMEOUT, RETRIES = 1.0, 1


def ours(ports: list[int], columns: tuple[str, ...] = SCALARS) -> tuple[Cost, int]:
    """The cost of a sweep, and how many answered."""
    settings = [SnmpSettings(port=port, timeout=TIMEOUT, retries=RETRIES) for port in ports]
    devices = [Device(f"d{n}", "127.0.0.1", snmp=one) for n, one in enumerate(settings)]
    cpu, wall = time.process_time(), time.monotonic()
    answered = sum(
        answer.reply is not None for answer in sweep(devices, datetime.now(UTC), lambda _: columns, deadline=60)
    )
    return Cost(time.process_time() - cpu, time.monotonic() - wall), answered


def snmpget(ports: list[int], parallel: int = 8) -> Cost:
    places = " ".join(f"127.0.0.1:{port}" for port in ports)
    names = " ".join(f"{oid}.0" for oid in SCALARS)
    each = f"snmpget -v2c -c public -t {TIMEOUT} -r {RETRIES} -On @ {names}"
    return run([f"echo {places} | tr ' ' '\\n' | xargs -P{parallel} -I@ {each}"])


def alive(ports: list[int]) -> None:
    ours(ports)
    rounds = [(ours(ports), snmpget(ports)) for _ in range(RUNS)]
    if any(answered != DEVICES for (_, answered), _ in rounds):
        raise SystemExit("not every device answered")
    mine, theirs = [cost for (cost, _), _ in rounds], [cost for _, cost in rounds]
    print(f"{DEVICES} devices, {len(SCALARS)} OIDs: ours {median(mine, 'wall'):.3f} s, ", end="")
    print(f"snmpget under xargs -P8 {median(theirs, 'wall'):.2f} s: ", end="")
    print(f"{1 / ratio(mine, theirs, 'wall'):.1f} times faster (goal 10); ", end="")
    print(
        f"CPU {median(mine, 'cpu'):.3f} s against {median(theirs, 'cpu'):.2f} s: 1/{1 / ratio(mine, theirs, 'cpu'):.0f}"
    )
    walked = [ours(ports, tuple(f"{IF}.{n}" for n in (2, 7, 8, 10, 14, 16)))[0] for _ in range(RUNS)]
    print(f"    six columns of ifTable with 4 rows each instead: {median(walked, 'wall'):.3f} s")


def some_dead(ports: list[int]) -> None:
    rounds = [ours(ports) for _ in range(RUNS)]
    if any(answered != DEVICES * 9 // 10 for _, answered in rounds):
        raise SystemExit("a living device was not read")
    floor, wall = TIMEOUT * (1 + RETRIES), median([cost for cost, _ in rounds], "wall")
    print(f"10 % dead, round trip {RTT * 1000:.0f} ms: {wall:.2f} s, floor {floor:.2f} s: ", end="")
    print(f"{wall / floor:.2f} times the floor (goal 1.1)")


def large(recording: Path, devices: int = 100, ports_each: int = 48) -> None:
    """Linear time and bounded memory: answers are dropped as they come."""
    write_recording(recording, ports_each)
    columns = tuple(f"{IF}.{n}" for n in range(1, 23))
    with serving(recording, "--agents", str(devices)) as ports:
        for share in (devices // 4, devices):
            cost, answered = ours(ports[:share], columns)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{answered} devices of {ports_each} ports, {len(columns)} columns: {cost.wall / share * 1000:.1f} ms a device, "
                  f"peak {peak:.0f} MB")  # fmt: skip


def main() -> None:
    needed("snmpget", "xargs")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {RUNS} runs")
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "device.snmprec"
        write_recording(recording, 4)
        with serving(recording, "--agents", str(DEVICES)) as ports:
            alive(ports)
        with serving(recording, "--agents", str(DEVICES), "--delay", str(RTT), "--dead-every", "10") as ports:
            some_dead(ports)
        large(recording)


if __name__ == "__main__":
    main()
