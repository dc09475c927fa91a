"""Walk of ifTable and ifXTable with 1,000 rows: beside `snmpbulkwalk`, pysnmp and gufo-snmp, and at a round trip of 20 ms.

Ours, pysnmp and gufo-snmp are measured in-process, without their imports; `snmpbulkwalk` as processes. They take turns.
"""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from snmp_peers import COLUMNS, IF, IFX, ROOT, V3, Cost, median, needed, ratio, run, serving, write_recording

from noc_agent.site.model import Device, SnmpSettings
from noc_agent.snmp.live import poll_device

RUNS, ROWS, RTT = 7, 1000, 0.02
CELLS = ROWS * len(COLUMNS)
CREDENTIALS = {"2c": "-v2c -c public", "3": "-v3 -u noc -l authPriv -a SHA -A authentication -x AES -X confidential"}


def measured(work: Callable[[], int]) -> Cost:
    cpu, wall = time.process_time(), time.monotonic()
    cells = work()
    cost = Cost(time.process_time() - cpu, time.monotonic() - wall)
    if cells < CELLS:
        raise SystemExit(f"{cells} of {CELLS} cells were read")
    return cost


def ours(port: int, version: str) -> int:
    settings: dict[str, Any] = V3 if version == "3" else {}
    device = Device("core1", "127.0.0.1", snmp=SnmpSettings(port=port, **settings))
    reply = poll_device(device, datetime.now(UTC), lambda _: COLUMNS).reply
    return sum(map(len, reply.columns.values())) if reply else 0


def pysnmp(port: int, version: str) -> int:
    from pysnmp.hlapi.v3arch import asyncio as api  # type: ignore[import-untyped]  # noqa: PLC0415

    async def walk() -> int:
        credentials = api.CommunityData("public", mpModel=1) if version == "2c" else api.UsmUserData(
            "noc", "authentication", "confidential", authProtocol=api.USM_AUTH_HMAC96_SHA, privProtocol=api.USM_PRIV_CFB128_AES
        )  # fmt: skip
        engine, found = api.SnmpEngine(), 0
        target = await api.UdpTransportTarget.create(("127.0.0.1", port), timeout=5)
        for table in (IF, IFX):
            asked = api.ObjectType(api.ObjectIdentity(table))
            rows = api.bulk_walk_cmd(
                engine, credentials, target, api.ContextData(), 0, 25, asked, lookupMib=False, lexicographicMode=False
            )
            async for _, _, _, bindings in rows:
                found += len(bindings)
        engine.close_dispatcher()
        return found

    return asyncio.run(walk())


def gufo(port: int, version: str) -> int:
    from gufo.snmp import Aes128Key, Sha1Key, SnmpVersion, User  # noqa: PLC0415
    from gufo.snmp.sync import SnmpSession  # noqa: PLC0415

    how: dict[str, Any] = {"community": "public", "version": SnmpVersion.v2c}
    if version == "3":
        auth, priv = (
            Sha1Key(b"authentication"),
            Aes128Key(b"confidential"),
        )
        how = {"version": SnmpVersion.v3, "user": User("noc", auth_key=auth, priv_key=priv)}
    with SnmpSession(addr="127.0.0.1", port=port, timeout=5, max_repetitions=25, **how) as session:
        return sum(len(dict(session.getbulk(column))) for column in COLUMNS)


def apart(peer: str, port: int, version: str) -> Cost:
    """A peer measured in a process of its own."""
    words = [sys.executable, __file__, peer, str(port), version]
    cpu, wall = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()[-2:]
    return Cost(float(cpu), float(wall))


def bulkwalk(port: int, version: str, *, parallel: bool = False) -> Cost:
    commands = [f"snmpbulkwalk {CREDENTIALS[version]} -t 5 -On -Cr25 127.0.0.1:{port} {table}" for table in (IF, IFX)]
    return run(commands if parallel else [" && ".join(commands)])


def beside(port: int, version: str) -> None:
    """CPU beside each peer, in turns; pysnmp in two of the rounds, for it takes 10 s."""
    goal, slow_goal = (1.0, 30) if version == "2c" else (0.8, 40)
    rounds = [
        (apart("ours", port, version), bulkwalk(port, version), apart("gufo", port, version)) for _ in range(RUNS)
    ]
    mine, walk, rust = zip(*rounds, strict=True)
    print(f"v{version}: ours {median(mine, 'cpu'):.3f} s CPU, snmpbulkwalk {median(walk, 'cpu'):.3f} s: ", end="")
    print(f"ratio {ratio(mine, walk, 'cpu'):.2f} (goal {goal})")
    print(f"    gufo-snmp {median(rust, 'cpu'):.3f} s: ratio {ratio(mine, rust, 'cpu'):.2f}")
    mine, python = zip(*[(apart("ours", port, version), apart("pysnmp", port, version)) for _ in range(2)], strict=True)
    print(
        f"    pysnmp {median(python, 'cpu'):.2f} s: ratio 1/{1 / ratio(mine, python, 'cpu'):.0f} (goal 1/{slow_goal})"
    )


def far_away(port: int) -> None:
    rounds = [(apart("ours", port, "2c"), bulkwalk(port, "2c", parallel=True)) for _ in range(3)]
    mine, walk = zip(*rounds, strict=True)
    print(f"v2c at a round trip of {RTT * 1000:.0f} ms: ours {median(mine, 'wall'):.2f} s, ", end="")
    print(f"two snmpbulkwalk in parallel {median(walk, 'wall'):.2f} s: ", end="")
    print(f"{1 / ratio(mine, walk, 'wall'):.1f} times faster (goal 4)")


def main() -> None:
    needed("snmpbulkwalk")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {RUNS} runs, {CELLS:,} cells"
    )
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "device.snmprec"
        write_recording(recording, ROWS)
        with serving(recording) as (port,):
            beside(port, "2c")
            beside(port, "3")
        with serving(recording, "--delay", str(RTT)) as (port,):
            far_away(port)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        peer = {"ours": ours, "pysnmp": pysnmp, "gufo": gufo}[sys.argv[1]]
        cost = measured(lambda: peer(int(sys.argv[2]), sys.argv[3]))
        print(cost.cpu, cost.wall)
    else:
        main()
