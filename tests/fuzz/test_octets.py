"""A million broken inputs: each is read or refused with the error that says so, within five seconds and half a gigabyte."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.agent.record import read_run
from noc_agent.agent.sent import sent_requests
from noc_agent.errors import BadInput
from noc_agent.evidence import Journal, Json, read_journal
from noc_agent.history.packing import unpack_cells
from noc_agent.site.model import SnmpSettings
from noc_agent.snmp import STANDARD_COLUMNS, RecordingFile, reply_from_json, reply_to_json
from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.ber import Malformed
from noc_agent.snmp.live.community import Community
from noc_agent.snmp.live.usm import Usm
from tests.fuzz.doors import Door
from tests.fuzz.machine import MEGABYTES, mutated
from tests.fuzz.machine import fuzz as give
from tests.live import BUNDLED

INPUTS = int(os.environ.get("FUZZ", "1000"))  # of each kind; FUZZ=200000 makes the million
AT = datetime(2026, 11, 23, tzinfo=UTC)
PAIRS = ("1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.10.1")
Read = Callable[[bytes], object]


def fuzz(name: str, read: Read, seeds: list[bytes], refusals: tuple[type[Exception], ...], seed: int) -> None:
    """`read` takes every input or refuses it; something must be too broken for it, where it refuses at all."""
    made = give(Door(name, read, tuple(seeds), refusals), INPUTS, seed)
    assert made.broken == ()
    assert made.grown_mb < MEGABYTES
    assert made.refused < INPUTS
    assert made.refused or not refusals


def answers(version: str) -> list[bytes]:
    """Responses as agents send them: every type, an exception, an error, a Report."""
    values = [
        ber.integer(-5), ber.octets(b"eth0"), ber.element(ber.OID, ber.encode_oid("1.3.6.1.4.1.9")), ber.EMPTY,
        b"\x40\x04\x0a\x00\x00\x01", b"\x41\x05\x00\xff\xff\xff\xff", b"\x42\x01\x07", b"\x43\x03\x01\x02\x03",
        b"\x46\x09\x00" + b"\xff" * 8, b"\x44\x03abc", b"\x80\x00", b"\x81\x00", b"\x82\x00",
    ]  # fmt: skip
    made = []
    for tag, status in ((0xA2, 0), (0xA2, 2), (0xA8, 0)):
        rows = [ber.sequence(ber.element(ber.OID, ber.encode_oid(PAIRS[n % 2])), one) for n, one in enumerate(values)]
        body = ber.element(tag, ber.integer(77) + ber.integer(status) + ber.integer(0) + ber.sequence(*rows))
        if version == "2c":
            made.append(ber.sequence(ber.integer(1), ber.octets(b"public"), body))
            continue
        scoped = ber.sequence(ber.octets(b"\x80engine"), ber.octets(b""), body)
        head = ber.sequence(ber.integer(77), ber.integer(65507), ber.octets(b"\x04"), ber.integer(3))
        security = [
            ber.octets(b"\x80engine"),
            ber.integer(1),
            ber.integer(99),
            ber.octets(b"u"),
            ber.octets(b""),
            ber.octets(b""),
        ]
        made.append(ber.sequence(ber.integer(3), head, ber.octets(ber.sequence(*security)), scoped))
    return made


def test_snmp_answers_of_version_2c() -> None:
    security = Community("2c", "public")
    fuzz("version 2c", security.unpack, answers("2c"), (Malformed,), 1)


def test_snmp_answers_of_version_3() -> None:
    def unpack(datagram: bytes) -> object:
        security = Usm(SnmpSettings(version="3", user="u"))
        security.engine_id = b"\x80engine"
        return security.unpack(datagram)

    fuzz("version 3", unpack, answers("3"), (Malformed,), 2)


def test_pdus_alone() -> None:
    whole = answers("2c")[0]
    _, at, _ = ber.header(whole, 0)
    _, at = ber.number(whole, at)
    _, at = ber.contents(whole, at, ber.OCTETS)
    fuzz("PDU", lambda data: pdu.read(data, 0), [whole[at:]], (Malformed,), 3)


def test_recordings() -> None:
    folder = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path.cwd()
    path = folder / f"fuzz-{os.getpid()}.snmprec"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return RecordingFile(path).reply("r1", AT, STANDARD_COLUMNS)

    lines = gzip.decompress(sorted((BUNDLED / "snmp/h3").iterdir())[0].read_bytes()).splitlines(keepends=True)
    dice = random.Random(4)
    try:
        fuzz(
            "recording", read, [b"".join(dice.sample(lines, 12)) for _ in range(20)], (), 4
        )  # a recording is never refused, its lines are
    finally:
        path.unlink(missing_ok=True)


def head() -> dict[str, Json]:
    incident: dict[str, Json] = {
        "id": "I",
        "title": "",
        "description": "",
        "severity": "",
        "devices": [],
        "services": [],
        "interfaces": [],
    }
    intent: dict[str, Json] = {"links": [], "ospf": [], "bgp": [], "vlans": [], "services": []}
    device: dict[str, Json] = {"name": "r1", "address": "", "role": "", "platform": "", "timezone": ""}
    site: dict[str, Json] = {"name": "s", "timezone": "UTC", "devices": [device], "intent": intent, "logs": True}
    return {
        "run": "fuzz",
        "started": "2026-11-23T09:00:00Z",
        "site": site,
        "incident": incident,
        "options": {"engine": "auto"},
    }


def chained(lines: list[bytes]) -> bytes:
    """Lines of data as a journal whose chain is sound: what an attacker, or a defect of ours, could write."""
    last, made = "0" * 64, []
    for n, line in enumerate(lines, 1):
        kind, _, data = line.partition(b" ")
        body: dict[str, object] = {"n": n, "kind": kind.decode(errors="replace"), "at": "2026-11-23T09:00:00Z"}
        try:
            body |= {"data": json.loads(data), "prev": last}
        except (ValueError, RecursionError):
            body |= {"data": {}, "prev": last}
        last = hashlib.sha256(packed(body)).hexdigest()
        made.append(packed({**body, "hash": last}))
    return b"".join(line + b"\n" for line in made)


def packed(body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def test_journals(tmp_path: Path) -> None:
    """Half of them broken as files, half broken in what a sound chain carries."""
    path = tmp_path / "fuzz.jsonl"
    rows = [b"head " + json.dumps(head()).encode()]
    for name in sorted((Path(__file__).parents[1] / "evidence/journals").glob("*.jsonl")):
        records = [json.loads(line) for line in name.read_bytes().splitlines()]
        picked = {record["kind"]: record for record in records if len(json.dumps(record)) < 6000}
        rows += [
            f"{kind} ".encode() + json.dumps(record["data"]).encode()
            for kind, record in picked.items()
            if kind != "head"
        ]
    journal = Journal.create(path, head())
    journal.append("observation", {"id": "E1", "x": "é"})
    journal.close()
    whole = path.read_bytes()

    def broken(data: bytes) -> object:
        path.write_bytes(data)
        return read_journal(path)

    def strange(data: bytes) -> object:
        path.write_bytes(chained(data.split(b"\n")))
        run = read_run(path)
        try:
            return list(sent_requests(run.sent))
        except (ValueError, KeyError):
            return []

    fuzz("journal", broken, [whole], (BadInput,), 5)
    fuzz("chained journal", strange, [b"\n".join(rows)], (BadInput,), 6)


def test_replies_in_the_history() -> None:
    def read(data: bytes) -> object:
        found = json.loads(data)
        return reply_to_json(reply_from_json(found))

    made = reply_to_json(
        RecordingFile(sorted((BUNDLED / "snmp/h3").iterdir())[0]).reply("h3", AT, STANDARD_COLUMNS[:40])
    )
    fuzz(
        "reply",
        read,
        [json.dumps(made).encode()],
        (ValueError, KeyError, TypeError, AttributeError, BadInput, RecursionError),
        7,
    )
    fuzz(
        "packed cells", unpack_cells, [zlib.compress(b'{"1.3.6":{"1":2}}')], (ValueError, TypeError, RecursionError), 8
    )


BREAK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from noc_agent.history import HistoryUnavailable, open_history
try:
    with open_history(Path(sys.argv[1])) as history:
        for poll in history.polls():
            [reply.unpack() for reply in history.replies(poll.at, ["h3"])]
except (HistoryUnavailable, ValueError) as error:
    print(type(error).__name__)
"""


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_history_that_was_damaged_is_named_and_kills_nothing(tmp_path: Path) -> None:
    """The database is a library's in C++: each file is opened in a process of its own."""
    from noc_agent.history.packing import pack_reply  # noqa: PLC0415
    from noc_agent.history.store import FILE, Row, open_history  # noqa: PLC0415

    reply = RecordingFile(sorted((BUNDLED / "snmp/h3").iterdir())[0]).reply("h3", AT, STANDARD_COLUMNS)
    with open_history(tmp_path, write=True) as history:
        assert history is not None
        history.add(AT, 1.0, [Row("h3", "", 1.0, 3, pack_reply(reply, {}))], None)
    whole, dice, ended = (tmp_path / FILE).read_bytes(), random.Random(9), dict[int, int]()
    for n in range(max(20, INPUTS // 2000)):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / FILE).write_bytes(next(mutated(dice, [whole])))
        done = subprocess.run(
            [sys.executable, "-c", BREAK, str(folder)], capture_output=True, text=True, timeout=60, check=False
        )
        ended[done.returncode] = ended.get(done.returncode, 0) + 1
        assert done.returncode == 0, (n, done.stderr[-1500:])
        shutil.rmtree(folder)
