"""What the tests of the live client share: a small network device as a recording, and a poll of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from noc_agent.site.model import Device, SnmpSettings
from noc_agent.snmp import STANDARD_COLUMNS
from noc_agent.snmp.answer import Answer
from noc_agent.snmp.live import poll_device
from noc_agent.snmp.source import Reply
from tests.snmp.agents import User
from tests.snmp.agents.rows import Value

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
DESCR, IN_UCAST, OUT_UCAST, HC_IN, HC_OUT = f"{IF}.2", f"{IF}.11", f"{IF}.17", f"{IFX}.7", f"{IFX}.11"
COUNTER, GAUGE, TICKS, COUNTER64, ADDRESS, OPAQUE = 0x41, 0x42, 0x43, 0x46, 0x40, 0x44
KEYS = {"auth_key": "authentication", "priv_key": "confidential"}
NOC = User("noc", "SHA", "authentication", "AES", "confidential")
V3: dict[str, Any] = {"version": "3", "user": "noc", "auth_protocol": "SHA", "priv_protocol": "AES", **KEYS}


def router(ports: int = 40) -> dict[str, Value]:
    """A device with so many ports, every third of them down and every fifth a loopback."""
    rows: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"a router", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.2.1.1.3.0": (TICKS, 500_000),
        "1.3.6.1.2.1.1.5.0": b"core1", "1.3.6.1.2.1.2.1.0": ports, "1.3.6.1.2.1.4.20.1.1.10.0.0.1": (ADDRESS, "10.0.0.1"),
        "1.3.6.1.2.1.4.20.1.2.10.0.0.1": 1, "1.3.6.1.2.1.15.2.0": 65001, "1.3.6.1.2.1.17.1.1.0": b"\x00\x11\x22\x33\x44\x55",
        "1.3.6.1.4.1.2021.10.1.6.1": (OPAQUE, b"\x9f\x78\x04\x3d\xcc\xcc\xcd"), "1.3.6.1.6.3.10.2.1.3.0": 5000,
    }  # fmt: skip
    for n in range(1, ports + 1):
        cells: dict[str, Value] = {
            f"{IF}.1": n, DESCR: f"GigabitEthernet0/{n}".encode(), f"{IF}.3": 24 if n % 5 == 0 else 6, f"{IF}.5": (GAUGE, 4_294_967_295),
            f"{IF}.6": bytes((0, 1, 2, 3, 4, n % 256)), f"{IF}.7": 1, f"{IF}.8": 2 if n % 3 == 0 else 1, f"{IF}.9": (TICKS, n * 300),
            IN_UCAST: (COUNTER, 2**32 - n), OUT_UCAST: (COUNTER, n), f"{IF}.22": "0.0", f"{IFX}.1": f"Gi0/{n}".encode(),
            f"{IFX}.6": (COUNTER64, 2**64 - n), f"{IFX}.18": b"" if n % 2 else b"to dist \xff",
        }  # fmt: skip
        if n % 4:
            cells |= {HC_IN: (COUNTER64, 2**40 + n), HC_OUT: (COUNTER64, 2**41 + n)}
        rows |= {f"{column}.{n}": value for column, value in cells.items()}
    return rows


def plain(rows: Mapping[str, Value], columns: Sequence[str]) -> dict[str, dict[str, int | bytes | str]]:
    """The rows as `Reply.columns` should show them."""
    found: dict[str, dict[str, int | bytes | str]] = {}
    for oid, value in rows.items():
        for column in columns:
            if oid.startswith(column + "."):
                found.setdefault(column, {})[oid[len(column) + 1 :]] = value[1] if isinstance(value, tuple) else value
    return found


def device(place: tuple[str, int], **settings: Any) -> Device:
    return Device("core1", place[0], snmp=SnmpSettings(port=place[1], **{"timeout": 0.4, **settings}))


def ask(
    place: tuple[str, int], columns: Sequence[str] = STANDARD_COLUMNS, deadline: float | None = None, **settings: Any
) -> Answer:
    """Poll the agent at that place for these columns."""
    return poll_device(device(place, **settings), AT, lambda _: columns, deadline=deadline)


def reply(place: tuple[str, int], columns: Sequence[str] = STANDARD_COLUMNS, **settings: Any) -> Reply:
    """The reply of an agent that has to give one."""
    answer = ask(place, columns, **settings)
    assert answer.failure is None
    assert answer.reply is not None
    return answer.reply
