"""Doors of what comes as octets: SNMP answers and PDUs, recordings, journals broken as files or in what a sound chain carries,
replies and packed cells of the history."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import zlib
from datetime import UTC, datetime
from pathlib import Path

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
from tests.fuzz.machine import Door
from tests.live import BUNDLED

AT = datetime(2026, 11, 23, tzinfo=UTC)
PAIRS = ("1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.10.1")


def octet_doors(folder: Path) -> tuple[Door, ...]:
    """All of them; files are written to the folder."""
    return (*_snmp_doors(), _recordings(folder), *_journals(folder), *_history())


def _snmp_doors() -> tuple[Door, ...]:
    whole = answers("2c")[0]
    _, at, _ = ber.header(whole, 0)
    _, at = ber.number(whole, at)
    _, at = ber.contents(whole, at, ber.OCTETS)
    return (
        Door("SNMP 2c", Community("2c", "public").unpack, tuple(answers("2c")), (Malformed,)),
        Door("SNMP 3", _unpack_v3, tuple(answers("3")), (Malformed,)),
        Door("PDU", lambda data: pdu.read(data, 0), (whole[at:],), (Malformed,)),
    )


def _unpack_v3(datagram: bytes) -> object:
    security = Usm(SnmpSettings(version="3", user="u"))
    security.engine_id = b"\x80engine"
    return security.unpack(datagram)


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


def _recordings(folder: Path) -> Door:
    """A recording is never refused, its lines are."""
    path = folder / "fuzz.snmprec"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return RecordingFile(path).reply("r1", AT, STANDARD_COLUMNS)

    lines = gzip.decompress(sorted((BUNDLED / "snmp/h3").iterdir())[0].read_bytes()).splitlines(keepends=True)
    dice = random.Random(4)
    return Door("recording", read, tuple(b"".join(dice.sample(lines, 12)) for _ in range(20)))


def _journals(folder: Path) -> tuple[Door, ...]:
    path = folder / "fuzz.jsonl"
    journal = Journal.create(path, head())
    journal.append("observation", {"id": "E1", "x": "é"})
    journal.close()

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

    whole = path.read_bytes()
    return (
        Door("journal", broken, (whole,), (BadInput,)),
        Door("chained journal", strange, (b"\n".join(_rows()),), (BadInput,)),
    )


def _rows() -> list[bytes]:
    """Small records of each kind that the committed journals hold."""
    rows = [b"head " + json.dumps(head()).encode()]
    for name in sorted((Path(__file__).parents[1] / "evidence/journals").glob("*.jsonl")):
        records = [json.loads(line) for line in name.read_bytes().splitlines()]
        picked = {record["kind"]: record for record in records if len(json.dumps(record)) < 6000}
        rows += [
            f"{kind} ".encode() + json.dumps(record["data"]).encode()
            for kind, record in picked.items()
            if kind != "head"
        ]
    return rows


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


def _history() -> tuple[Door, ...]:
    recording = RecordingFile(sorted((BUNDLED / "snmp/h3").iterdir())[0])
    made = json.dumps(reply_to_json(recording.reply("h3", AT, STANDARD_COLUMNS[:40]))).encode()
    refusals = (ValueError, KeyError, TypeError, AttributeError, BadInput, RecursionError)
    return (
        Door("reply", lambda data: reply_to_json(reply_from_json(json.loads(data))), (made,), refusals),
        Door(
            "packed cells",
            unpack_cells,
            (zlib.compress(b'{"1.3.6":{"1":2}}'),),
            (ValueError, TypeError, RecursionError),
        ),
    )
