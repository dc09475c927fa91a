"""Nothing that could change a device leaves this machine: seen on the wire, and in the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import noc_agent
from noc_agent.snmp.live.pdu import Kind
from tests.snmp.agents import agent
from tests.snmp.agents.ber import Elements
from tests.snmp.live.asking import NOC, ask, router
from tests.snmp.live.relay import relay

GET, GET_NEXT, GET_BULK, SET = 0xA0, 0xA1, 0xA5, 0xA3


def _pdu_tag(datagram: bytes) -> int:
    """The tag of the PDU in a message that is not encrypted."""
    message = Elements(datagram).inside()
    if message.number() < 3:
        message.next()
        return message.next()[0]
    message.next()
    message.next()
    scoped = message.inside()
    scoped.next()
    scoped.next()
    return scoped.next()[0]


@pytest.mark.parametrize("settings", [{"version": "1"}, {"version": "2c"}, {"version": "3", "user": "noc"}], ids=str)
@pytest.mark.parametrize("manner", [{}, {"no_bulk": True}, {"too_big": 4}, {"loses": 6}, {"restart_after": 9}], ids=str)
def test_only_questions_are_seen_on_the_wire(settings: dict[str, Any], manner: dict[str, Any]) -> None:
    with agent(router(20), user=NOC, **manner) as place, relay(place) as between:
        answer = ask(between.place, timeout=0.2, retries=3, **settings)
    tags = {_pdu_tag(datagram) for datagram in between.asked}
    assert answer.reply is not None
    assert len(between.asked) > 10
    assert GET in tags
    assert tags <= {GET, GET_NEXT, GET_BULK}


def test_the_relay_would_see_a_set() -> None:
    asked = bytes.fromhex(
        "302c02010104067075626c6963" + "a31f020101020100020100301430120608" + "2b060102010104000406" + "68656c6c6f21"
    )
    assert _pdu_tag(asked) == SET


def test_there_is_no_other_kind_of_request() -> None:
    assert {kind.value for kind in Kind} == {GET, GET_NEXT, GET_BULK}
    for path in Path(noc_agent.__file__).parent.rglob("*.py"):
        text = path.read_text()
        assert not any(word in text for word in ("set_cmd", "setCmd", "SetRequest", "0xA3", "0xa3", "snmpset")), (
            path.name
        )
