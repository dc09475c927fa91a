"""Recordings in every form that the contract names, and in forms that it must survive."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.errors import BadInput
from noc_agent.snmp import (
    STANDARD_COLUMNS,
    STANDARD_ROWS,
    Interface,
    RecordedSnmp,
    RecordingFile,
    Reply,
    Value,
    read_addresses,
    read_arp,
    read_fdb,
    read_listeners,
    read_routes,
    read_table,
    reply_from_json,
    reply_to_json,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def recording(tmp_path: Path, text: str | bytes, name: str = "20261123T090000Z.snmprec") -> Path:
    folder = tmp_path / "snmp/r1"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    return path


def test_every_tag_is_read(tmp_path: Path) -> None:
    lines = {
        "1.1.2": ("2|-5", -5),
        "1.1.4": ("4|a|b", b"a|b"),
        "1.1.5": ("4x|00ff", b"\x00\xff"),
        "1.1.6": ("6|.1.3.6.1", "1.3.6.1"),
        "1.1.64": ("64|10.0.0.1", "10.0.0.1"),
        "1.1.641": ("64x|0a000001", "10.0.0.1"),
        "1.1.65": ("65|4294967295", 4294967295),
        "1.1.66": ("66|7", 7),
        "1.1.67": ("67|100", 100),
        "1.1.68": ("68x|9f78", b"\x9fx"),
        "1.1.70": ("70|18446744073709551615", 2**64 - 1),
    }
    file = RecordingFile(recording(tmp_path, "".join(f"{oid}.0|{row}\n" for oid, (row, _) in lines.items())))
    assert {oid: file.column(oid).get("0") for oid in lines} == {oid: value for oid, (_, value) in lines.items()}
    assert file.skipped == 0


def test_text_and_hex_of_one_column_are_equal(tmp_path: Path) -> None:
    file = RecordingFile(recording(tmp_path, "1.1.1|4|eth0\n1.1.2|4x|65746830\n"))
    assert set(file.column("1.1").values()) == {b"eth0"}


@pytest.mark.parametrize(
    "line",
    ["no line", "1.1.1|2|abc", "1.1.1|65|4294967296", "1.1.1|65|-1", "1.1.1|2|2147483648", "1.1.1|64|10.0.0.256", "1.1.1|4x|0g",
     "1.1.1|99|1", "1.1.1", "|2|1", "1.1.1|70|-1"],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_skipped_and_counted(tmp_path: Path, line: str) -> None:
    file = RecordingFile(recording(tmp_path, f"{line}\n1.1.2|2|1\n"))
    assert file.column("1.1") == {"2": 1}
    assert file.skipped == 1


def test_order_duplicates_dots_crlf_and_comments_do_not_matter(tmp_path: Path) -> None:
    file = RecordingFile(
        recording(tmp_path, "# made by hand\r\n.1.1.10|2|10\r\n1.1.9|2|9\r\n\r\n1.1.9|2|8\r\n1.10.1|2|0\r\n")
    )
    assert file.column("1.1") == {"10": 10, "9": 9}
    assert file.column("1.10") == {"1": 0}
    assert file.skipped == 1  # the duplicate


def test_a_cut_off_gzip_file_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f"1.1.{n}|2|{os.urandom(3)[0]}\n" for n in range(9000)).encode())
    file = RecordingFile(recording(tmp_path, packed[: len(packed) // 2], "20261123T090000Z.snmprec.gz"))
    assert 1000 < len(file.column("1.1")) < 9000
    assert len(file.problems) == 1


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    path = recording(tmp_path, b"PK not gzip", "20261123T090000Z.snmprec.gz")
    with pytest.raises(BadInput, match=path.name):
        RecordingFile(path)
    with pytest.raises(BadInput, match="nowhere"):
        RecordedSnmp(tmp_path / "nowhere")


def test_polls_are_known_by_their_file_names(tmp_path: Path) -> None:
    recording(tmp_path, "1.3.6.1.2.1.1.5.0|4|r1\n")
    recording(tmp_path, "1.3.6.1.2.1.1.5.0|4|r1\n", "20261123T091000Z.snmprec")
    recording(tmp_path, "ignored", "notes.txt")
    (tmp_path / "snmp/r2").mkdir()
    (tmp_path / "snmp/r2/20261123T091000Z.snmprec").write_text("1.3.6.1.2.1.1.5.0|4|r2\n")
    source = RecordedSnmp(tmp_path / "snmp")
    assert source.times() == (AT, AT.replace(minute=10))
    assert (source.answered("r1"), source.answered("r2")) == ((AT, AT.replace(minute=10)), (AT.replace(minute=10),))
    assert source.answered("r3") == ()
    with pytest.raises(KeyError):
        source.fetch("r2", AT, lambda probed: STANDARD_COLUMNS)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    recording(tmp_path, "1.1.1|2|1\n")
    outside = tmp_path / "outside.snmprec"
    outside.write_text("1.1.1|2|1\n")
    (tmp_path / "snmp/r1/20261123T100000Z.snmprec").symlink_to(outside)
    assert RecordedSnmp(tmp_path / "snmp").times() == (AT,)


def test_a_reply_survives_json() -> None:
    cells: dict[str, Value] = {
        "1": b"\x00\xff",
        "2": b"plain = text",
        "3": b"",
        "4": 5,
        "5": "10.0.0.1",
        "6": "1.3.6.1",
    }
    reply = Reply("r1", AT, {"1.1": cells}, "snmp:r1", 3, ("cut off",))
    assert reply_from_json(json.loads(json.dumps(reply_to_json(reply)))) == reply


def test_every_real_dump_reads_and_its_ports_are_counted_right(shared: Path) -> None:
    manifest = {row["name"]: row for row in json.loads((shared / "data/snmprec/manifest.json").read_text())}
    dumps = sorted((shared / "data/snmprec").glob("*.snmprec.gz"))
    assert len(dumps) == 30
    wrong = []
    for path in dumps:
        reply = RecordingFile(path).reply("device", AT, STANDARD_COLUMNS)
        for row in STANDARD_ROWS:
            read_table(reply, row)
        for read in (read_addresses, read_arp, read_fdb, read_routes, read_listeners):
            read(reply)
        expected = manifest[path.name.removesuffix(".snmprec.gz")]
        rows = read_table(reply, Interface) or ()
        states = Counter((row.ifAdminStatus, row.ifOperStatus) for row in rows)
        found = {
            "oper_up": sum(n for (_, oper), n in states.items() if oper == "up"),
            "oper_down": sum(n for (_, oper), n in states.items() if oper == "down"),
            "admin_up_oper_down": states["up", "down"],
        }
        wrong += [(path.name, key, expected[key], n) for key, n in found.items() if expected[key] != n]
    assert wrong == []
