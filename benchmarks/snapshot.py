"""Time and memory of `noc-agent snapshot` on sites of 48-port switches: linear in devices, bounded in memory.

The agents are simulated ones in a process of their own, on loopback; their time is not ours and is shown apart.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

PORTS = 48
SIZES = (125, 250, 500, 1000)
PORT = 16_161
AGENTS = """
import sys
from benchmarks.snapshot import switch
from tests.snmp.agents import Rows, Served, agents
rows = Rows.of(switch())
with agents([Served(rows, address=where, port={port}) for where in {places!r}]):
    print("ready", flush=True)
    sys.stdin.read()
"""


def switch() -> dict[str, int | bytes | str | tuple[int, int]]:
    """A switch of 48 ports: system group, ifTable, ifXTable, LLDP on its uplinks, bridge ports."""
    cells: dict[str, int | bytes | str | tuple[int, int]] = {
        "1.3.6.1.2.1.1.1.0": b"Example switch, 48 ports", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.1208",
        "1.3.6.1.2.1.1.3.0": (0x43, 360_000_000), "1.3.6.1.2.1.1.5.0": b"switch.example",
    }  # fmt: skip
    entry, more = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
    for n in range(1, PORTS + 1):
        words = {2: b"GigabitEthernet1/0/%d" % n, 6: bytes([2, 0, 0, 0, 0, n])}
        numbers = {1: n, 3: 6, 4: 1500, 7: 1, 8: 1 + n % 3 // 2}
        counters = dict.fromkeys((10, 11, 13, 14, 16, 17, 19, 20), 0)
        cells |= {f"{entry}.{column}.{n}": value for column, value in numbers.items()}
        cells |= {f"{entry}.{column}.{n}": octets for column, octets in words.items()}
        cells |= {f"{entry}.{column}.{n}": (0x41, (n * 7919 * column) % 2**32) for column in counters}
        cells[f"{entry}.5.{n}"], cells[f"{entry}.9.{n}"] = (0x42, 1_000_000_000), (0x43, 1000 + n)
        cells |= {f"{more}.1.{n}": b"Gi1/0/%d" % n, f"{more}.18.{n}": b"desk %d" % n, f"{more}.15.{n}": (0x42, 1000)}
        cells |= {f"{more}.{column}.{n}": (0x46, n * 10**9 * column) for column in range(6, 14)}
        cells |= {f"{more}.17.{n}": 1, f"{more}.19.{n}": (0x43, 0), f"1.3.6.1.2.1.17.1.4.1.2.{n}": n}
    return cells


def site(folder: Path, places: list[str]) -> None:
    devices = "".join(f"  sw{n}: {{address: {where}}}\n" for n, where in enumerate(places))
    snmp = f"snmp: {{version: 2c, community: public, port: {PORT}, timeout: 5, retries: 2}}\n"
    (folder / "site.yaml").write_text(f"name: many\n{snmp}devices:\n{devices}")


def measure(words: list[str], state: str) -> tuple[float, float, float]:
    """(wall seconds, CPU seconds, peak memory in MB) of one process."""
    began = os.times().elapsed
    pid = os.fork()
    if pid == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.execve(sys.executable, [sys.executable, *words], {**os.environ, "NOC_AGENT_STATE": state})
    _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the snapshot failed"
    return os.times().elapsed - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {PORTS} ports a device")
    for size in SIZES:
        places = [f"127.20.{n // 250}.{n % 250 + 1}" for n in range(size)]
        code = AGENTS.format(port=PORT, places=places)
        with (
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as served,
        ):
            assert served.stdout is not None
            assert served.stdin is not None
            served.stdout.readline()
            site(Path(folder), places)
            for title in ("first", "next"):
                words = ["-m", "noc_agent", "snapshot", "--site", folder, "--quiet"]
                wall, cpu, memory = measure(words, f"{folder}/state")
                file = next(Path(folder).glob("state/*/history.duckdb")).stat().st_size / 1e6
                print(
                    f"{size:5} devices, {title:5} snapshot: {wall:6.1f} s, CPU {cpu:6.2f} s ({1000 * cpu / size:.1f} ms a device), "
                    f"{memory:.0f} MB (goal 300), history {file:.1f} MB",
                    flush=True,
                )
            served.stdin.close()


if __name__ == "__main__":
    main()
