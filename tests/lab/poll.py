"""Polls of a lab's devices by net-snmp's own walker, as snmprec."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.lab.daemons.snmp import CACHES, SECRET
from tests.lab.lab import Lab
from tests.networks.plan import Node

ROOTS = ("1.0.8802.1.1.2", "1.3.6.1.2.1")
TAGS = {
    "INTEGER": "2",
    "NULL": "5",
    "OID": "6",
    "IpAddress": "64",
    "Network Address": "64",
    "Counter32": "65",
    "Gauge32": "66",
    "Unsigned32": "66",
    "UInteger32": "66",
    "Timeticks": "67",
    "Counter64": "70",
}
LINE = re.compile(r"^\.([\d.]+) = (?:([A-Za-z][\w -]*): ?)?(.*)$")
STALE = 3
"Seconds that a table may be old; the agent's own default is up to a minute."


def stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


def tune(lab: Lab) -> None:
    """Let the agents keep their tables no longer than a few seconds."""
    ask = f"for o in $(snmpbulkwalk -v2c -c {SECRET} -OnUQ 127.0.0.1 {CACHES} | "
    ask += f"awk '$3 > {STALE} {{print $1}}'); do echo $o i {STALE}; done | xargs -r -n 30 snmpset -v2c -c {SECRET} -Oq 127.0.0.1"
    for node in lab.plan.polled():
        lab.sh(node.name, f"{ask} >/dev/null 2>&1", check=False)


def poll(lab: Lab, folder: Path, *, workers: int = 4) -> datetime:
    """Walk every polled device into `folder`/<device>/<time>.snmprec.gz; a device that does not answer leaves no file."""
    at = datetime.now(UTC).replace(microsecond=0)
    with ThreadPoolExecutor(workers) as pool:
        answers = pool.map(lambda node: (node.name, walk(lab, node)), list(lab.plan.polled()))
        for name, lines in answers:
            target = folder / name
            target.mkdir(parents=True, exist_ok=True)
            if lines:
                text = "".join(f"{line}\n" for line in lines)
                (target / f"{stamp(at)}.snmprec.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return at


def walk(lab: Lab, node: Node) -> list[str]:
    assert lab.noc is not None
    command = "snmpbulkwalk -v2c -c public -t 2 -r 1 -Cr40 -OnUet -Ox"
    said = []
    for root in ROOTS:
        text = lab.noc.sh(f"{command} {node.address} {root} 2>/dev/null", check=False, timeout=60)
        if not text:
            break
        said.append(text)
    return list(records("".join(said)))


def records(text: str) -> Iterator[str]:
    """The snmprec lines of what the walker printed; hexadecimal strings go over several lines."""
    held: list[str] = []
    for line in [*text.splitlines(), "."]:
        if not line.startswith("."):
            held.append(line)
            continue
        if held and (made := record(" ".join(held))):
            yield made
        held = [line]


def record(line: str) -> str | None:
    found = LINE.match(line)
    if not found:
        return None
    oid, kind, value = found[1], found[2] or "", found[3].strip()
    if value == '""':
        return f"{oid}|4|"
    if kind in ("Hex-STRING", "BITS"):
        return octets(oid, bytes.fromhex("".join(re.findall(r"\b[0-9A-Fa-f]{2}\b", value))))
    if not kind and value.isdigit():
        return f"{oid}|67|{value}"
    if kind == "Network Address":
        value = ".".join(str(int(part, 16)) for part in value.split(":"))
    if kind not in TAGS:
        return None
    return f"{oid}|{TAGS[kind]}|{value.lstrip('.') if kind == 'OID' else value}"


def octets(oid: str, value: bytes) -> str:
    """A string as text where it is printable, else in hexadecimal."""
    if value and all(32 <= each < 127 for each in value):
        return f"{oid}|4|{value.decode()}"
    return f"{oid}|4x|{value.hex()}"
