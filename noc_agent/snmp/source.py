"""The one interface behind which recorded and live SNMP stand: which polls exist, and what a device answered in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Value = int | bytes | str
"""INTEGER, Counter, Gauge, TimeTicks: int. OCTET STRING, Opaque: bytes. OBJECT IDENTIFIER, IpAddress: dotted str."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one device answered in one poll.

    `columns` maps a column's OID ("1.3.6.1.2.1.2.2.1.8", no leading dot; a scalar without its ".0") to its instances:
    index as dotted text ("5", "0" for a scalar) to value. A column that was asked for and not served is absent.
    """

    device: str
    observed_at: datetime
    columns: Mapping[str, Mapping[str, Value]]
    source: str  # "snmp:<device>"
    skipped: int = 0  # lines or varbinds that could not be used: counted, never fatal
    problems: tuple[str, ...] = field(default=())  # partial answers, in words for the operator


class SnmpSource(Protocol):
    """Read-only access to what devices answered, now and before."""

    def times(self) -> Sequence[datetime]:
        """Every poll of the site, oldest first. A device that has no reply for one of them did not answer it."""

    def answered(self, device: str) -> Sequence[datetime]:
        """The polls that this device answered, oldest first; a subset of `times()`."""

    def fetch(self, device: str, at: datetime, columns: Iterable[str]) -> Reply:
        """The device's answer for those columns in that poll. Raises KeyError where it did not answer it."""
