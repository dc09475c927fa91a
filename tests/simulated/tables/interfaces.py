"""SNMPv2-MIB's system group, IF-MIB, EtherLike-MIB."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulated.tables.rows import ETHERNET, Row
from tests.simulated.world import (
    FCS,
    IN_BCAST,
    IN_DISCARDS,
    IN_ERRORS,
    IN_MCAST,
    IN_OCTETS,
    IN_UCAST,
    LATE,
    OUT_BCAST,
    OUT_DISCARDS,
    OUT_ERRORS,
    OUT_MCAST,
    OUT_OCTETS,
    OUT_UCAST,
    Device,
)

_SYS, _IF, _IFX, _DOT3 = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.10.7.2.1"
WRAP = 2**32
LOW = {
    10: IN_OCTETS, 11: IN_UCAST, 13: IN_DISCARDS, 14: IN_ERRORS, 16: OUT_OCTETS, 17: OUT_UCAST, 19: OUT_DISCARDS,
    20: OUT_ERRORS,
}  # fmt: skip
HIGH = {
    6: IN_OCTETS, 7: IN_UCAST, 8: IN_MCAST, 9: IN_BCAST, 10: OUT_OCTETS, 11: OUT_UCAST, 12: OUT_MCAST, 13: OUT_BCAST,
}  # fmt: skip


def octets(value: bytes | str) -> str:
    """Tag and value of an OCTET STRING; in hex where it is no plain text."""
    if isinstance(value, str) and value.isprintable():
        return f"4|{value}"
    raw = value.encode() if isinstance(value, str) else value
    return f"4x|{raw.hex()}"


def ticks(device: Device, moment: float) -> int:
    """A moment as sysUpTime counts it."""
    return max(0, int((moment - device.agent_boot) * 100)) % WRAP


def interface_lines(device: Device, rows: list[Row], at: float) -> Iterator[str]:
    yield from _system(device, at)
    yield f"1.3.6.1.2.1.2.1.0|2|{len(rows)}"
    for row in rows:
        yield f"{_IF}.1.{row.index}|2|{row.index}"
    for row in rows:
        yield f"{_IF}.2.{row.index}|{octets(row.descr)}"
    for row in rows:
        yield f"{_IF}.3.{row.index}|2|{row.kind}"
    for row in rows:
        yield f"{_IF}.4.{row.index}|2|{row.mtu}"
    for row in rows:
        yield f"{_IF}.5.{row.index}|66|{min(row.speed * 1_000_000, WRAP - 1)}"
    for row in rows:
        yield f"{_IF}.6.{row.index}|4x|{row.mac.hex()}"
    for row in rows:
        yield f"{_IF}.7.{row.index}|2|{1 if row.admin else 2}"
    for row in rows:
        yield f"{_IF}.8.{row.index}|2|{1 if row.oper else 2}"
    for row in rows:
        yield f"{_IF}.9.{row.index}|67|{ticks(device, row.changed)}"
    for column, counter in LOW.items():
        for row in rows:
            yield f"{_IF}.{column}.{row.index}|65|{int(row.counters[counter]) % WRAP}"
    yield from _ether(rows, duplex=device.vendor.platform not in ("frr", "linux"))
    yield from _high(rows)
    yield f"1.3.6.1.6.3.10.2.1.3.0|2|{int(at - device.agent_boot)}"


def _system(device: Device, at: float) -> Iterator[str]:
    yield f"{_SYS}.1.0|{octets(device.vendor.descr.replace('{name}', device.name))}"
    yield f"{_SYS}.2.0|6|{device.vendor.object_id}"
    yield f"{_SYS}.3.0|67|{ticks(device, at)}"
    yield f"{_SYS}.4.0|4|noc"
    yield f"{_SYS}.5.0|4|{device.sys_name}"
    yield f"{_SYS}.6.0|4|"


def _high(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        yield f"{_IFX}.1.{row.index}|{octets(row.name)}"
    for column, counter in HIGH.items():
        for row in rows:
            yield f"{_IFX}.{column}.{row.index}|70|{int(row.counters[counter])}"
    for row in rows:
        yield f"{_IFX}.15.{row.index}|66|{row.speed}"
    for row in rows:
        yield f"{_IFX}.17.{row.index}|2|{1 if row.connector else 2}"
    for row in rows:
        yield f"{_IFX}.18.{row.index}|{octets(row.alias)}"
    for row in rows:
        yield f"{_IFX}.19.{row.index}|67|0"


def _ether(rows: list[Row], *, duplex: bool) -> Iterator[str]:
    """net-snmp on Linux knows of late collisions and of duplex nothing."""
    own = [row for row in rows if row.kind == ETHERNET]
    for row in own:
        yield f"{_DOT3}.3.{row.index}|65|{int(row.counters[FCS]) % WRAP}"
    for row in own if duplex else ():
        yield f"{_DOT3}.8.{row.index}|65|{int(row.counters[LATE]) % WRAP}"
    for row in own if duplex else ():
        yield f"{_DOT3}.19.{row.index}|2|{3 if row.oper and not row.half else 2 if row.half else 1}"
