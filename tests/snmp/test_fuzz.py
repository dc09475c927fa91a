"""Any bytes in a recording are rows, skipped lines or bad input; never a crash."""

from __future__ import annotations

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.errors import BadInput
from noc_agent.snmp import (
    STANDARD_COLUMNS,
    STANDARD_ROWS,
    RecordingFile,
    read_addresses,
    read_arp,
    read_fdb,
    read_listeners,
    read_routes,
    read_table,
    reply_from_json,
    reply_to_json,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
ARCS = st.lists(st.integers(0, 300), min_size=0, max_size=40).map(lambda arcs: ".".join(map(str, arcs)))
TAGS = st.sampled_from(["2", "4", "4x", "5", "6", "64", "64x", "65", "66", "67", "68", "70", "9", ""])
VALUES = st.one_of(
    st.integers(-(2**65), 2**65).map(str), st.text(max_size=20), st.binary(max_size=20).map(bytes.hex), ARCS
)
LINES = st.tuples(st.sampled_from(STANDARD_COLUMNS), ARCS, TAGS, VALUES).map(lambda p: f"{p[0]}.{p[1]}|{p[2]}|{p[3]}")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12), st.binary(max_size=60))
def test_odd_rows_do_no_harm(lines: list[str], noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "poll.snmprec"
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass") + b"\n" + noise)
        reply = RecordingFile(path).reply("r1", AT, STANDARD_COLUMNS)
        for row in STANDARD_ROWS:
            for made in read_table(reply, row) or ():
                for name in dir(made):
                    getattr(made, name)
        for read in (read_addresses, read_arp, read_fdb, read_routes, read_listeners):
            read(reply)
        assert reply_from_json(reply_to_json(reply)) == reply


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300))
def test_odd_gzip_files_are_read_or_named(noise: bytes, cut: int) -> None:
    packed = gzip.compress(b"1.1.1|2|1\n" * 50)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "20261123T090000Z.snmprec.gz"
        path.write_bytes(packed[:cut] + noise)
        try:
            RecordingFile(path).column("1.1")
        except BadInput as error:
            assert path.name in str(error)
