"""HOST-RESOURCES-MIB and UCD-SNMP-MIB, where a system serves them: Linux, EOS, Junos."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.simulated.world import Device

_HR, _UCD = "1.3.6.1.2.1.25", "1.3.6.1.4.1.2021"
MEMORY, UNIT = 8_000_000, 1024
DISK, BLOCK = 12_000_000, 4096
SERVES = ("frr", "linux", "eos", "junos")


def host_lines(device: Device, at: float) -> Iterator[str]:
    platform = device.vendor.platform
    if platform not in SERVES:
        return
    yield f"{_HR}.1.1.0|67|{int((at - device.boot) * 100) % 2**32}"
    yield f"{_HR}.1.2.0|4x|{_date(at + device.clock)}"
    yield from _storage(device)
    cores = 2 if platform == "linux" else 4
    for n in range(cores if platform != "junos" else 1):
        yield f"{_HR}.3.3.1.2.{196608 + n}|2|{_load(device, n)}"
    if platform != "junos":
        yield from _processes(device)
    if platform in ("frr", "linux"):
        yield f"{_UCD}.4.5.0|2|{MEMORY}"
        yield f"{_UCD}.4.6.0|2|{int(MEMORY * (1 - device.memory))}"
        yield f"{_UCD}.11.11.0|2|{int(100 - device.cpu)}"


def _date(moment: float) -> str:
    """DateAndTime (RFC 2579), in UTC."""
    own = datetime.fromtimestamp(moment, UTC)
    fields = (own.month, own.day, own.hour, own.minute, own.second, own.microsecond // 100_000, ord("+"), 0, 0)
    return (own.year.to_bytes(2, "big") + bytes(fields)).hex()


def _load(device: Device, n: int) -> int:
    return min(100, max(0, int(device.cpu + zlib.crc32(f"{device.name}{n}".encode()) % 5 - 2)))


def _storage(device: Device) -> Iterator[str]:
    rows = (
        (1, 2, "Physical memory", UNIT, MEMORY, int(MEMORY * device.memory)),
        (31, 4, "/", BLOCK, DISK, int(DISK * device.disk * 0.7)),
        (36, 4, "/var", BLOCK, DISK, int(DISK * device.disk)),
    )
    for index, kind, *_ in rows:
        yield f"{_HR}.2.3.1.2.{index}|6|{_HR}.2.1.{kind}"
    for index, _, descr, *_ in rows:
        yield f"{_HR}.2.3.1.3.{index}|4|{descr}"
    for index, _, _, unit, *_ in rows:
        yield f"{_HR}.2.3.1.4.{index}|2|{unit}"
    for index, *_, size, _ in rows:
        yield f"{_HR}.2.3.1.5.{index}|2|{size}"
    for index, *_, used in rows:
        yield f"{_HR}.2.3.1.6.{index}|2|{used}"


def _processes(device: Device) -> Iterator[str]:
    rows = [(100 + zlib.crc32(name.encode()) % 30_000, name) for name in sorted(device.processes)]
    for pid, name in sorted(rows):
        yield f"{_HR}.4.2.1.2.{pid}|4|{name}"
    for pid, name in sorted(rows):
        yield f"{_HR}.4.2.1.4.{pid}|4|/usr/sbin/{name}"
    for pid, _ in sorted(rows):
        yield f"{_HR}.4.2.1.6.{pid}|2|4"
    for pid, _ in sorted(rows):
        yield f"{_HR}.4.2.1.7.{pid}|2|2"
