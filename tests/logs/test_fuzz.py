"""Any line is parsed or kept, in time that its length bounds."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.evidence import Redactor, neutralise
from noc_agent.logs.line import parse, quick_time
from noc_agent.logs.vocabulary import meaning, rules

NEAR = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HEADS = st.sampled_from(
    [
        "",
        "<29>1 2026-11-23T09:39:37Z r1 app - - - ",
        "Nov 23 09:39:37 r1 ",
        "2026-11-23T09:39:37 TRAP from UDP: [::1]:1->[::1]:162: ",
    ]
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(HEADS, st.text(max_size=120))
def test_any_text_is_a_line(head: str, text: str) -> None:
    line = parse(head + text, "a.log", 0, NEAR)
    meaning(line)
    quick_time((head + text).encode("utf-8", "replace"), NEAR, UTC)
    Redactor().clean(neutralise(line.message))


def test_no_rule_is_slow_on_a_line_made_to_be() -> None:
    for rule in rules():
        for word in rule.near:
            for filler in ("a", " ", "1.", "Interface ", "neighbor 1.1.1.1 ", "target=a state=", "x on y:"):
                line = parse(
                    f"<29>1 2026-11-23T09:39:37Z r1 {'kernel'} - - - {word} " + filler * (60_000 // len(filler)),
                    "a.log",
                    0,
                    NEAR,
                )
                begin = time.process_time()
                meaning(line)
                assert time.process_time() - begin < 0.5, (rule.kind, word, filler)


@pytest.mark.parametrize(
    "text",
    [
        "password " * 9000,
        "a" * 90_000 + " key",
        "snmp-server user " + "x " * 30_000,
        "secret: " * 9000,
        "://a:" * 20_000,
    ],
)
def test_redaction_is_not_slow_either(text: str) -> None:
    begin = time.process_time()
    Redactor().clean(text)
    assert time.process_time() - begin < 2.0
