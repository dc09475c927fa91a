"""What comes from the network is read, or refused as malformed; nothing else can happen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.site.model import SnmpSettings
from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.ber import Malformed
from noc_agent.snmp.live.columns import Column, Names
from noc_agent.snmp.live.community import Community
from noc_agent.snmp.live.pdu import Kind
from noc_agent.snmp.live.session import _identity
from noc_agent.snmp.live.usm import Usm
from tests.snmp.agents import Manner, Responder, Rows
from tests.snmp.agents import ber as other
from tests.snmp.live.asking import NOC, router

ARCS = st.tuples(st.integers(0, 2), st.integers(0, 39)).flatmap(
    lambda first: st.lists(st.integers(0, 2**32 - 1), max_size=12).map(lambda rest: (*first, *rest))
)
ASKED = Community("2c", "public").pack(pdu.request(Kind.GET_BULK, 77, [ber.encode_oid("1.3.6.1.2.1.2")], 20), 77)
ANSWERED = Responder(Rows.of(router(5)), Manner()).answer(ASKED)[0]


@given(ARCS)
def test_names_are_written_and_read_as_the_other_side_does(arcs: tuple[int, ...]) -> None:
    text = ".".join(map(str, arcs))
    assert ber.encode_oid(text) == other.oid_body(arcs)
    assert ber.decode_oid(other.oid_body(arcs)) == text


@given(st.integers(-(2**31), 2**31 - 1))
def test_numbers_are_written_and_read(number: int) -> None:
    assert ber.number(other.integer(number), 0)[0] == number
    assert other.Elements(ber.integer(number)).number() == number


@pytest.mark.parametrize(
    ("tag", "body", "value"),
    [
        (2, b"\xff", -1), (2, b"\x7f\xff\xff\xff", 2**31 - 1), (0x41, b"\x00\xff\xff\xff\xff", 2**32 - 1), (0x41, b"\xff\xff\xff\xff", 2**32 - 1),
        (0x46, b"\x00" + b"\xff" * 8, 2**64 - 1), (0x46, b"\xff" * 8, 2**64 - 1), (0x40, b"\x0a\x00\x00\xff", "10.0.0.255"), (4, b"", b""), (0x44, b"\x9f", b"\x9f"),
        (6, b"\x2b\x06\x81\x00", "1.3.6.128"), (6, b"\x00", "0.0"),
    ],
)  # fmt: skip
def test_values_have_the_types_that_a_recording_gives(tag: int, body: bytes, value: object) -> None:
    assert ber.VALUES[tag](body) == value


@pytest.mark.parametrize(
    ("tag", "body"),
    [(2, b""), (2, b"\x00" * 5), (0x41, b"\x01\x00\x00\x00\x00"), (0x43, b""), (0x46, b"\x01" + b"\x00" * 8), (0x40, b"\x0a\x00"), (6, b""), (6, b"\x2b\x86")],
)  # fmt: skip
def test_values_that_their_type_cannot_carry_are_malformed(tag: int, body: bytes) -> None:
    with pytest.raises(Malformed):
        ber.VALUES[tag](body)


def _read(datagram: bytes) -> None:
    """Everything that is done with a datagram before it is believed."""
    _identity(datagram)
    for security in (Community("2c", "public"), Usm(SnmpSettings(version="3", user="noc"))):
        try:
            response = security.unpack(datagram)
        except Malformed:
            continue
        Column("1.3.6.1.2.1.2.2.1.2").add(response.bindings, Names())
        for name, _, _ in response.bindings:
            Column("1.3.6.1.2.1.2.2.1.2").strange(name)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_are_read_or_malformed(octets: bytes) -> None:
    _read(octets)
    _read(b"\x30" + octets)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(ANSWERED) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, len(ANSWERED)),
)
def test_a_damaged_answer_is_read_or_malformed(changes: list[tuple[int, int]], end: int) -> None:
    octets = bytearray(ANSWERED)
    for place, octet in changes:
        octets[place] = octet
    _read(bytes(octets))
    _read(bytes(octets[:end]))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 109), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 110))
def test_a_damaged_report_is_read_or_malformed(changes: list[tuple[int, int]], end: int) -> None:
    usm = Usm(SnmpSettings(version="3", user="noc"))
    octets = bytearray(
        Responder(Rows.of(router(1)), Manner(), user=NOC).answer(usm.pack(pdu.request(Kind.GET, 5, []), 5))[0]
    )
    for place, octet in changes:
        octets[place % len(octets)] = octet
    _read(bytes(octets))
    _read(bytes(octets[:end]))


def test_an_answer_that_is_cut_off_still_says_whose_it_is() -> None:
    assert _identity(ANSWERED[:60]) == 77
    with pytest.raises(ber.Truncated):
        Community("2c", "public").unpack(ANSWERED[:60])
