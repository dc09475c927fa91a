"""What net-snmp does not serve on Linux, from the kernel's own state: an AgentX subagent.

ifInErrors, ifOutDiscards, ifAlias, the duplex and FCS columns of EtherLike-MIB, and BRIDGE-MIB where there is a bridge.
"""

from __future__ import annotations

import bisect
import collections
import contextlib
import ctypes
import json
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.lab.inside.agentx import (
    COUNTER32,
    END_OF_VIEW,
    GET,
    GETBULK,
    GETNEXT,
    INTEGER,
    NO_SUCH_INSTANCE,
    OCTETS,
    TIMETICKS,
    Gone,
    Oid,
    Session,
    Value,
    binding,
    read_ranges,
)

NET = Path("/sys/class/net")
FRESH = 2.0
Row = tuple[str, int, Value]
MASTER = "/var/agentx/master"
COLUMNS = (
    "1.3.6.1.2.1.2.2.1.14",
    "1.3.6.1.2.1.2.2.1.19",
    "1.3.6.1.2.1.31.1.1.1.18",
    "1.3.6.1.2.1.10.7.2.1.3",
    "1.3.6.1.2.1.10.7.2.1.8",
    "1.3.6.1.2.1.10.7.2.1.19",
    "1.3.6.1.2.1.25.3.3.1.2",
    "1.3.6.1.2.1.25.2.3.1.5.1",
    "1.3.6.1.2.1.25.2.3.1.6.1",
)
BRIDGE = "1.3.6.1.2.1.17"


def oid(text: str) -> Oid:
    return tuple(int(part) for part in text.strip(".").split("."))


def text(path: Path) -> str:
    """What a file of the kernel says; nothing where its port is down or gone."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def number(path: Path) -> int:
    said = text(path)
    return int(said) if said.lstrip("-").isdigit() else 0


def words(path: str) -> dict[str, str]:
    """Lines of a file as first word and rest."""
    try:
        rows = Path(path).read_text().splitlines()
    except OSError:
        return {}
    return {first: rest for first, _, rest in (row.partition(" ") for row in rows)}


def queue_drops() -> dict[str, int]:
    """Packets that queueing disciplines dropped, by port."""
    try:
        shown = subprocess.run(
            ["tc", "-s", "-j", "qdisc"], check=False, capture_output=True, text=True, timeout=3
        ).stdout
        found: dict[str, int] = {}
        for row in json.loads(shown or "[]"):
            if row.get("root"):
                found[row["dev"]] = found.get(row["dev"], 0) + int(row.get("drops", 0))
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return found


def interfaces() -> Iterator[Row]:
    aliases, phy, drops = words("/run/aliases"), words("/run/phy"), queue_drops()
    for link in NET.iterdir():
        name, index = link.name, number(link / "ifindex")
        if not index:
            continue  # it went while this was read
        errors, late = (int(part) for part in phy.get(name, "0 0").split())
        statistics = link / "statistics"
        yield f"1.3.6.1.2.1.2.2.1.14.{index}", COUNTER32, number(statistics / "rx_errors") + errors
        yield f"1.3.6.1.2.1.2.2.1.19.{index}", COUNTER32, number(statistics / "tx_dropped") + drops.get(name, 0)
        yield f"1.3.6.1.2.1.31.1.1.1.18.{index}", OCTETS, aliases.get(name, "").encode()
        if not (link / "tun_flags").exists():
            continue
        duplex = text(link / "duplex") if number(link / "carrier") else ""
        yield f"1.3.6.1.2.1.10.7.2.1.3.{index}", COUNTER32, errors
        yield f"1.3.6.1.2.1.10.7.2.1.8.{index}", COUNTER32, late
        yield f"1.3.6.1.2.1.10.7.2.1.19.{index}", INTEGER, {"half": 2, "full": 3}.get(duplex, 1)


class Processor:
    """The time that this node's processes ran: hrProcessorLoad is its share of one core in the last quarter minute."""

    def __init__(self) -> None:
        self.samples: collections.deque[tuple[float, int]] = collections.deque(maxlen=4)
        self.seen: dict[str, int] = {}
        self.total = 0

    def sample(self) -> None:
        seen = {}
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    ran = (path / "schedstat").read_text().split()[0]
                except OSError:
                    continue
                seen[path.name] = int(ran)
                self.total += max(0, seen[path.name] - self.seen.get(path.name, 0 if self.samples else seen[path.name]))
        self.seen = seen
        self.samples.append((time.monotonic(), self.total))

    def forever(self) -> None:
        while True:
            self.sample()
            time.sleep(5)

    def load(self) -> int:
        if len(self.samples) < 2:
            return 0
        (begun, first), (now, last) = self.samples[0], self.samples[-1]
        return min(100, round((last - first) / 1e7 / (now - begun)))


PROCESSOR = Processor()
MEMORY = 512 * 1024
CPU, STORAGE = 196608, 1


def host() -> Iterator[Row]:
    """What belongs to the node and not to the machine that all nodes share: load, and memory held by its processes."""
    held = 0
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                held += int((path / "statm").read_text().split()[1]) - int((path / "statm").read_text().split()[2])
            except OSError:
                continue
    yield f"1.3.6.1.2.1.25.3.3.1.2.{CPU}", INTEGER, PROCESSOR.load()
    yield f"1.3.6.1.2.1.25.2.3.1.5.{STORAGE}", INTEGER, MEMORY
    yield f"1.3.6.1.2.1.25.2.3.1.6.{STORAGE}", INTEGER, min(MEMORY, held * 4 + 65536)


def octets(identity: str) -> bytes:
    """A bridge identity `8000.aabbccddeeff` as eight octets."""
    return bytes.fromhex(identity.replace(".", ""))


def spanning_tree(base: str, bridge: Path) -> Iterator[Row]:
    stp = number(bridge / "stp_state")
    root = octets((bridge / "root_id").read_text().strip())
    yield f"{base}.2.1.0", INTEGER, 3 if stp else 1
    if not stp:
        return
    yield f"{base}.2.2.0", INTEGER, number(bridge / "priority")
    yield f"{base}.2.3.0", TIMETICKS, number(bridge / "topology_change_timer")
    yield f"{base}.2.5.0", OCTETS, root
    yield f"{base}.2.6.0", INTEGER, number(bridge / "root_path_cost")
    yield f"{base}.2.7.0", INTEGER, number(bridge / "root_port")
    yield f"{base}.2.8.0", INTEGER, number(bridge / "max_age")
    yield f"{base}.2.9.0", INTEGER, number(bridge / "hello_time")
    yield f"{base}.2.11.0", INTEGER, number(bridge / "forward_delay")
    yield f"{base}.2.12.0", INTEGER, number(bridge / "max_age")
    yield f"{base}.2.13.0", INTEGER, number(bridge / "hello_time")
    yield f"{base}.2.14.0", INTEGER, number(bridge / "forward_delay")
    for port in sorted((bridge.parent / "brif").iterdir()):
        n = int((port / "port_no").read_text(), 0)
        # Kernel states: 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking.
        state = {0: 1, 1: 3, 2: 4, 3: 5, 4: 2}.get(number(port / "state"), 6)
        yield f"{base}.2.15.1.1.{n}", INTEGER, n
        yield f"{base}.2.15.1.2.{n}", INTEGER, 4 * number(port / "priority")
        yield f"{base}.2.15.1.3.{n}", INTEGER, state
        yield f"{base}.2.15.1.4.{n}", INTEGER, 1 if number(NET / port.name / "carrier") else 2
        yield f"{base}.2.15.1.5.{n}", INTEGER, number(port / "path_cost")
        yield f"{base}.2.15.1.6.{n}", OCTETS, octets((port / "designated_root").read_text().strip())
        yield f"{base}.2.15.1.7.{n}", INTEGER, number(port / "designated_cost")
        yield f"{base}.2.15.1.8.{n}", OCTETS, octets((port / "designated_bridge").read_text().strip())
        yield f"{base}.2.15.1.9.{n}", OCTETS, number(port / "designated_port").to_bytes(2, "big")


def bridge_mib() -> Iterator[Row]:
    bridge, base = NET / "br0/bridge", "1.3.6.1.2.1.17"
    if not bridge.exists():
        return
    ports = {port.name: int((port / "port_no").read_text(), 0) for port in (NET / "br0/brif").iterdir()}
    address = bytes.fromhex((NET / "br0/address").read_text().strip().replace(":", ""))
    yield f"{base}.1.1.0", OCTETS, address
    yield f"{base}.1.2.0", INTEGER, len(ports)
    yield f"{base}.1.3.0", INTEGER, 2
    for name, n in ports.items():
        yield f"{base}.1.4.1.1.{n}", INTEGER, n
        yield f"{base}.1.4.1.2.{n}", INTEGER, number(NET / name / "ifindex")
    yield from spanning_tree(base, bridge)
    yield f"{base}.4.2.0", INTEGER, number(bridge / "ageing_time") // 100
    data = (NET / "br0/brforward").read_bytes()
    rows: dict[bytes, tuple[int, int]] = {}
    for at in range(0, len(data) - 15, 16):
        entry = data[at : at + 16]
        rows[bytes(entry[:6])] = (entry[6] | entry[12] << 8, entry[7])
    for mac, (port, local) in rows.items():
        suffix = ".".join(str(octet) for octet in mac)
        yield f"{base}.4.3.1.1.{suffix}", OCTETS, mac
        yield f"{base}.4.3.1.2.{suffix}", INTEGER, port
        yield f"{base}.4.3.1.3.{suffix}", INTEGER, 4 if local else 3


class Table:
    """All values in order, made anew when they are old."""

    def __init__(self) -> None:
        self.at = -FRESH
        self.rows: dict[Oid, tuple[int, Value]] = {}
        self.keys: list[Oid] = []

    def fresh(self) -> None:
        if time.monotonic() - self.at > FRESH:
            rows: dict[Oid, tuple[int, Value]] = {}
            for source in (interfaces, host, bridge_mib):
                # A port or process may go while it is being read.
                with contextlib.suppress(OSError):
                    rows.update({oid(name): (kind, value) for name, kind, value in source()})
            self.rows, self.keys, self.at = rows, sorted(rows), time.monotonic()

    def exact(self, name: Oid) -> bytes:
        kind, value = self.rows.get(name, (NO_SUCH_INSTANCE, 0))
        return binding(name, kind, value)

    def following(self, begin: Oid, end: Oid, *, include: bool) -> Oid | None:
        at = (bisect.bisect_left if include else bisect.bisect_right)(self.keys, begin)
        found = self.keys[at] if at < len(self.keys) else None
        return found if found and (not end or found < end) else None

    def next(self, begin: Oid, end: Oid, *, include: bool) -> bytes:
        name = self.following(begin, end, include=include)
        return self.exact(name) if name else binding(begin, END_OF_VIEW, 0)

    def bulk(self, data: bytes) -> bytes:
        single, repeat = struct.unpack_from("!HH", data)
        asked = list(read_ranges(data, 4))
        answer = [self.next(begin, end, include=include) for begin, include, end in asked[:single]]
        cursors = [(begin, include, end) for begin, include, end in asked[single:]]
        for _ in range(repeat):
            for n, (begin, include, end) in enumerate(cursors):
                answer.append(self.next(begin, end, include=include))
                cursors[n] = (self.following(begin, end, include=include) or begin, False, end)
        return b"".join(answer)


def serve(table: Table) -> None:
    """Answer the master agent until it goes."""
    session = Session(MASTER, "node")
    bridged = (NET / "br0/bridge").exists()
    session.register([oid(name) for name in (*COLUMNS, *([BRIDGE] if bridged else []))])
    while True:
        kind, transaction, packet, data = session.receive()
        table.fresh()
        if kind == GET:
            answer = b"".join(table.exact(begin) for begin, _, _ in read_ranges(data, 0))
        elif kind == GETNEXT:
            answer = b"".join(table.next(begin, end, include=include) for begin, include, end in read_ranges(data, 0))
        elif kind == GETBULK:
            answer = table.bulk(data)
        else:
            answer = b""
        session.respond(transaction, packet, answer)


def main() -> None:
    ctypes.CDLL(None).prctl(15, b"subagent", 0, 0, 0)
    threading.Thread(target=PROCESSOR.forever, daemon=True).start()
    table = Table()
    while True:
        with contextlib.suppress(OSError, Gone):
            serve(table)
        time.sleep(2)


if __name__ == "__main__":
    main()
