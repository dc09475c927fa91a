"""Debian's snmpd, as operators run it: v2c, and v3 with every pair of protocols it was built with."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from noc_agent.snmp.answer import Failure
from noc_agent.snmp.live.keys import AUTHENTICATION, PRIVACY
from tests.snmp.live.asking import DESCR, V3, ask, reply

SNMPD, SNMPGET = shutil.which("snmpd", path="/usr/sbin:/usr/bin:/sbin:/bin"), shutil.which("snmpbulkwalk")
USERS = [(auth, priv) for auth in AUTHENTICATION for priv in PRIVACY]
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SNMPD, reason="Debian's package snmpd is not installed"),
]


def _name(auth: str, priv: str) -> str:
    return f"u{auth}{priv}".replace("-", "").lower()


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    folder = tmp_path_factory.mktemp("snmpd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    users = [
        f"createUser {_name(a, p)} {a} authentication {p} confidential\nrouser {_name(a, p)} priv" for a, p in USERS
    ]
    (folder / "snmpd.conf").write_text("rocommunity public 127.0.0.1\nsysName lab\n" + "\n".join(users) + "\n")
    assert SNMPD is not None
    options = [
        SNMPD,
        "-f",
        "-Lf",
        str(folder / "log"),
        "-C",
        "-c",
        str(folder / "snmpd.conf"),
        "-p",
        str(folder / "pid"),
        f"udp:127.0.0.1:{port}",
    ]
    process = subprocess.Popen(
        options, env={"SNMP_PERSISTENT_DIR": str(folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    try:
        for _ in range(50):
            if ask(("127.0.0.1", port), [], timeout=0.2, retries=0).reply:
                break
            time.sleep(0.1)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(10)


def test_the_cells_are_those_that_snmpbulkwalk_prints(snmpd: tuple[str, int]) -> None:
    if not SNMPGET:
        pytest.skip("Debian's package snmp is not installed")
    address, port = snmpd
    words = [SNMPGET, "-v2c", "-cpublic", "-Onqt", "-Oa", f"{address}:{port}", DESCR]
    printed = dict(
        line.split(" ", 1)
        for line in subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    )
    live = reply(snmpd, [DESCR])
    cells = {
        f".{DESCR}.{key}": bytes(value).decode()
        for key, value in live.columns[DESCR].items()
        if isinstance(value, bytes)
    }
    assert cells == {oid: text.strip('"') for oid, text in printed.items()}
    assert live.columns["1.3.6.1.2.1.1.5"] == {"0": b"lab"}


@pytest.mark.parametrize(("auth", "priv"), USERS)
def test_every_pair_of_protocols_works(snmpd: tuple[str, int], auth: str, priv: str) -> None:
    user = {**V3, "user": _name(auth, priv), "auth_protocol": auth, "priv_protocol": priv}
    answer = ask(snmpd, [DESCR], timeout=1, **user)
    if answer.failure is Failure.UNKNOWN_USER and priv in ("AES-192", "AES-256", "DES"):
        pytest.skip(f"this snmpd was built without {priv}")
    assert answer.failure is None
    assert answer.reply is not None
    assert b"lo" in answer.reply.columns[DESCR].values()
    assert answer.reply.problems == ()


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"user": "nobody"}, Failure.UNKNOWN_USER),
        ({"auth_key": "something else"}, Failure.AUTHENTICATION),
        ({"priv_key": "something else"}, Failure.AUTHENTICATION),
        ({"context": "nowhere"}, Failure.CONTEXT),
        ({"priv_protocol": "", "priv_key": ""}, Failure.CONTEXT),  # authorizationError: the view is for authPriv alone
    ],
)
def test_the_reason_is_named(snmpd: tuple[str, int], change: dict[str, Any], failure: Failure) -> None:
    user = {**V3, "user": _name("SHA", "AES")}
    assert ask(snmpd, [DESCR], timeout=0.5, **user).failure is None
    assert ask(snmpd, [DESCR], timeout=0.5, retries=0, **{**user, **change}).failure is failure


def test_everything_that_snmpd_serves_is_walked_without_a_problem(snmpd: tuple[str, int]) -> None:
    live = reply(snmpd, timeout=2)
    assert len(live.columns) > 40
    assert live.problems == ()
