"""The one interface behind which recorded and live SNMP stand: which polls exist, and what a device answered in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Value = int | bytes | str
"""INTEGER, Counter, Gauge, TimeTicks: int. OCTET STRING, Opaque: bytes. OBJECT IDENTIFIER, IpAddress: dotted str."""


EVERYTHING = "1"  # the root of all OIDs (X.660: iso), among the partial columns of a recording that is cut off


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
    partial: frozenset[str] = frozenset()  # columns that were not read to their end: a row that is not there is unknown

    @property
    def torn(self) -> bool:
        """Whether it ends in the middle, so that not even all tables that are there are whole."""
        return EVERYTHING in self.partial


Columns = Callable[[Reply], Iterable[str]]
"""Which columns to read of a device, given its system group: each platform has tables of its own."""


class SnmpSource(Protocol):
    """Read-only access to what devices answered, now and before."""

    @property
    def split(self) -> datetime | None:
        """Polls at or before it are from before an incident that does not say when it began; None: the first poll is."""

    def times(self) -> Sequence[datetime]:
        """Every poll of the site, oldest first."""

    def asked(self, device: str) -> Sequence[datetime]:
        """The polls in which this device was asked, oldest first; a subset of `times()`."""

    def answered(self, device: str) -> Sequence[datetime]:
        """The polls that this device answered, oldest first; a subset of `asked(device)`."""

    def reason(self, device: str, at: datetime) -> str:
        """Why it did not answer that poll (`Failure` in noc_agent.snmp.answer); "" where it did or nobody knows."""

    def fetch(self, device: str, at: datetime, columns: Columns) -> Reply:
        """The device's answer for those columns in that poll. Raises KeyError where it did not answer it."""
