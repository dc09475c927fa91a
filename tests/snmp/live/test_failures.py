"""Why a device gives no reply: told apart, and none of it takes longer than its settings allow."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from noc_agent.snmp.answer import Failure
from tests.snmp.agents import User, agent
from tests.snmp.live.asking import NOC, V3, ask, router


@pytest.mark.parametrize(
    ("settings", "manner", "failure"),
    [
        ({}, {"dead": True}, Failure.TIME_OUT),
        (V3, {"dead": True}, Failure.TIME_OUT),
        ({"community": "another"}, {}, Failure.TIME_OUT),
        ({}, {"garbage": True}, Failure.MALFORMED),
        (V3, {"garbage": True}, Failure.MALFORMED),
        ({**V3, "user": "nobody"}, {}, Failure.UNKNOWN_USER),
        ({**V3, "auth_key": "something else"}, {}, Failure.AUTHENTICATION),
        ({**V3, "auth_protocol": "SHA-256"}, {}, Failure.AUTHENTICATION),
        ({**V3, "priv_key": "something else"}, {}, Failure.AUTHENTICATION),
        ({**V3, "priv_protocol": "DES"}, {}, Failure.AUTHENTICATION),
        ({**V3, "priv_protocol": "AES-256"}, {}, Failure.AUTHENTICATION),
        (V3, {"clock": 1000}, Failure.NOT_IN_TIME_WINDOW),
        ({**V3, "context": "nowhere"}, {}, Failure.CONTEXT),
    ],
)  # fmt: skip
def test_the_reason_is_named(settings: dict[str, Any], manner: dict[str, Any], failure: Failure) -> None:
    with agent(router(2), user=NOC, **manner) as place:
        answer = ask(place, timeout=0.2, retries=1, **settings)
    assert (answer.failure, answer.reply) == (failure, None)
    assert answer.seconds < 0.2 * 2 + 0.5


def test_a_level_that_the_user_does_not_have_is_named() -> None:
    with agent(router(2), user=User("noc", "SHA", "authentication")) as place:
        assert ask(place, **V3).failure is Failure.SECURITY_LEVEL


@pytest.mark.parametrize("priv", ["AES-192", "AES-256"])
@pytest.mark.parametrize("reports", [True, False])
def test_a_wrong_long_key_is_named_though_the_agent_drops_what_it_cannot_decrypt(priv: str, reports: bool) -> None:
    user = User("noc", "SHA", "authentication", priv, "confidential")
    settings = {**V3, "priv_protocol": priv, "priv_key": "something else"}
    with agent(router(2), user=user, silent_undecrypted=not reports) as place:
        assert ask(place, timeout=0.2, retries=0, **settings).failure is Failure.AUTHENTICATION


def test_a_closed_port_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        place = one.getsockname()
    for settings in ({}, V3):
        answer = ask(place, timeout=2, **settings)
        assert answer.failure is Failure.REFUSED
        assert answer.seconds < 1


@pytest.mark.parametrize("address", ["no-such-host.invalid", "", "a" * 300, "fe80::1%nowhere0", "10.0.0.1/24"])
def test_an_address_that_leads_nowhere_is_unreachable(address: str) -> None:
    assert ask((address, 161)).failure is Failure.UNREACHABLE


@pytest.mark.parametrize("settings", [{}, V3], ids=["2c", "3"])
@pytest.mark.parametrize("flood", [b"", b"\x30\x03\x02\x01\x01", bytes(60)], ids=len)
def test_a_flood_of_anything_else_hides_neither_time_out_nor_deadline(settings: dict[str, Any], flood: bytes) -> None:
    with flooding(flood) as place:
        answer = ask(place, timeout=0.2, retries=1, **settings)
        assert answer.failure is Failure.MALFORMED
        assert answer.seconds < 1.5
        answer = ask(place, timeout=5, deadline=0.3, **settings)
        assert answer.failure is Failure.DEADLINE
        assert answer.seconds < 1


@contextmanager
def flooding(octets: bytes) -> Iterator[tuple[str, int]]:
    """Answers whoever asks with these octets, again and again, until the context ends."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    one.settimeout(0.02)
    over = threading.Event()

    def run() -> None:
        peer = None
        while not over.is_set():
            with suppress(OSError):
                if peer is not None:
                    one.sendto(octets, peer)
                    one.settimeout(0.0005)
                peer = one.recvfrom(2000)[1]

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield one.getsockname()
    finally:
        over.set()
        thread.join(5)
        one.close()


def test_the_deadline_comes_before_time_out_and_retries() -> None:
    with agent(router(2), dead=True) as place:
        answer = ask(place, timeout=5, retries=3, deadline=0.3)
    assert answer.failure is Failure.DEADLINE
    assert 0.25 < answer.seconds < 0.6


def test_the_time_of_a_dead_device_is_time_out_by_one_and_retries() -> None:
    with agent(router(2), dead=True) as place:
        answer = ask(place, timeout=0.2, retries=2)
    assert 0.58 < answer.seconds < 0.8
