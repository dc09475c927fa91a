"""Lines are chosen by their bytes: none that a question asks for is passed over."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.logs.files import Block
from noc_agent.logs.line import parse, quick_host
from noc_agent.logs.sift import _literal, sieve, sifted
from tests.logs.test_quiet import ROWS, START, row

TRAP = b"2026-11-23T00:00:04 TRAP from UDP: [10.0.0.1]:4->[10.0.0.9]:162: .1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.3"
PARTS = st.sampled_from(
    ["a", "b", "ab", "c", "(", "(?:", ")", "|", "*", "+", "?", "{2}", "{0,1}", "{", "}", ".", r"\.", "[ab]", "^", "$", r"\b", r"\w", "(?P<x>", "(?P=x)", "(?i)", "\u00e9", " "]
)  # fmt: skip


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(
    st.lists(PARTS, min_size=1, max_size=7).map("".join), st.lists(st.text("aabbc.A|\u00e9 ", max_size=9), max_size=9)
)
def test_what_must_stand_in_a_match_stands_in_each(pattern: str, texts: list[str]) -> None:
    try:
        wanted = re.compile(pattern)
    except re.error:
        return
    assert all(_literal(pattern) in text for text in texts if wanted.search(text))


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("ADJCHANGE.*down", "ADJCHANGE"), (r"10\.0\.0\.1", "10.0.0.1"), ("neighbor (a|b) x", "neighbor"), ("ab?", "a"), ("a|b", ""),
        ("a{2}b", "b"), ("(?i)down", ""), ("(a)(?P<x>b)(?P=x)|c", ""), ("trap 1.3", "trap 1"),
    ],
)  # fmt: skip
def test_the_text_that_is_looked_for_first(pattern: str, literal: str) -> None:
    assert _literal(pattern) == literal


def chosen(pattern: str, *lines: bytes) -> list[bytes]:
    data = b"\n".join(lines)
    return [raw.raw for raw in sifted(Block(data, 0, 1, len(data)), sieve(pattern))]


def test_a_trap_is_found_by_what_its_message_makes_of_it() -> None:
    assert chosen("linkDown|trap", b"hello", TRAP) == [b"hello", TRAP]
    assert chosen(r"trap 1\.3\.6", b"hello", TRAP) == [b"hello", TRAP]
    assert chosen("Interface", b"hello", b"Interface up", b"hello", TRAP) == [b"Interface up"]


def test_from_a_trap_that_is_found_on_all_is_read_as_it_may_go_on() -> None:
    heading, more = TRAP.split(b" .1.3")[0], b"\t.1.3.6.1.2.1.2.2.1.2.3 = STRING: Interface"
    assert chosen("Interface", b"Interface up", b"hello", heading, more, b"end") == [
        b"Interface up", b"hello", heading, more, b"end",
    ]  # fmt: skip


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(ROWS)
def test_the_host_of_a_header_is_that_of_the_line(said: tuple[str, str, str, int, int, int]) -> None:
    text = row(*said)
    host = quick_host(text.encode())
    assert host in (None, parse(text, "a.log", 0, START).host)


def test_most_headers_tell_their_host_at_once() -> None:
    assert quick_host(b"<29>1 2026-11-23T09:39:37Z r1 app - - - hello") == "r1"
    assert quick_host(b"Nov 23 09:39:37 r1 sshd[12]: hello") == "r1"
    assert quick_host(b"<189>521: r1: *Nov 23 09:39:37.699: %LINK-3-UPDOWN: Interface") == "r1"
    assert quick_host(b"no header") is None
