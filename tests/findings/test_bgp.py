"""Words and codes of BGP, AS paths, and longest matches."""

from __future__ import annotations

import pytest

from noc_agent.findings.bgp_causes import code_of, ending_of
from noc_agent.findings.bgp_paths import numbers_of
from noc_agent.findings.route_tables import Prefix, Table
from noc_agent.logs import LogEvent
from noc_agent.snmp import Route


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6/4", "0604"),
        ("code 6 (Cease) subcode 4 (Administrative Reset)", "0604"),
        ("User reset", "0604"),
        ("Admin. shutdown", "0602"),
        ("BGP Notification received, administrative shutdown", "0602"),
        ("hold time expired", "0400"),
        ("6/1 Maximum Number of Prefixes Reached", "0601"),
        ("Peer De-configured", "0603"),
        ("Peer closed the session", ""),
        ("", ""),
    ],
)
def test_codes_by_number_and_by_word(text: str, code: str) -> None:
    assert code_of(text) == code


def event(kind: str, *, to: str = "", reason: str = "", sample: str = "") -> LogEvent:
    return LogEvent(None, "r1", kind, None, "10.0.0.1", "", to, reason, "", 1, None, None, (), sample, "a.log", 1)


@pytest.mark.parametrize(
    ("made", "by"),
    [
        (event("bgp_notification_sent", to="6/2"), "own"),
        (event("bgp_notification_received", to="6/2"), "peer"),
        (event("bgp_session_down", reason="Admin. shutdown"), "own"),
        (event("bgp_session_down", reason="BGP Notification received, administrative shutdown"), "peer"),
        (
            event("bgp_session_down", reason="6/2 Administrative Shutdown"),
            "",
        ),  # a trap: bgpPeerLastError, sent or received
    ],
)
def test_who_ended_a_session(made: LogEvent, by: str) -> None:
    ending = ending_of(made)
    assert ending is not None
    assert (ending.code, ending.by) == ("0602", by)


@pytest.mark.parametrize(
    "made",
    [
        event("bgp_notification_sent", to="6/7"),  # a collision comes with every retry
        event("bgp_session_up"),
        event("bgp_max_prefix", sample="Number of prefixes received from 10.0.0.1 (afi 0) reaches 75, max 100"),
    ],
)
def test_what_says_nothing_of_the_end(made: LogEvent) -> None:
    assert ending_of(made) is None


def test_a_limit_that_is_exceeded_is_no_warning() -> None:
    assert (
        ending_of(event("bgp_max_prefix", sample="MAXPFX: No. of prefix received from 10.0.0.1 5 exceed, limit 3"))
        is not None
    )


@pytest.mark.parametrize(
    ("segments", "numbers"),
    [
        ("0202fe4cfeb0", (65100, 65200)),
        ("02020000fe4c0000feb0", (65100, 65200)),  # four octets, as some agents serve it
        ("0201fe4c0102fde9fdea", (65100,)),  # an AS_SET of an aggregate is no origin
        ("", ()),
        ("0205fe4c", None),
        ("ff", None),
    ],
)
def test_as_paths(segments: str, numbers: tuple[int, ...] | None) -> None:
    assert numbers_of(bytes.fromhex(segments)) == numbers


def test_longest_match() -> None:
    table = Table(
        Route(prefix, hop, 1, "remote", "")
        for prefix, hop in (("0.0.0.0/0", "a"), ("10.0.0.0/8", "b"), ("10.1.0.0/16", "c"))
    )
    host, inner = Prefix.of("10.1.2.3"), Prefix.of("10.1.0.0/16")
    assert host is not None
    assert inner is not None
    assert [row.next_hop for row in table.best(host)] == ["c"]
    assert [row.next_hop for row in table.covering(inner) or ()] == ["b"]
    assert table.has_more_specific(Prefix.of("10.0.0.0/8") or inner)
    assert not table.has_more_specific(inner)
    assert str(inner) == "10.1.0.0/16"
