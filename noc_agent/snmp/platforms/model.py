"""A platform file, parsed: which devices it is about, and how their tables become readings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from noc_agent.snmp.platforms.template import Template


@dataclass(frozen=True, slots=True)
class Device:
    """Devices that a file is about: below one of these sysObjectIDs, with this sysDescr. Either may be left out."""

    sysObjectID: tuple[str, ...] = ()
    sysDescr: re.Pattern[str] | None = None

    def fit(self, sysObjectID: str, sysDescr: str) -> int:
        """How closely a device is meant: the longer the OID that it is below, the more. 0: it is not."""
        if self.sysDescr is not None and not self.sysDescr.search(sysDescr):
            return 0
        below = [oid for oid in self.sysObjectID if sysObjectID == oid or sysObjectID.startswith(f"{oid}.")]
        if self.sysObjectID and not below:
            return 0
        return max((oid.count(".") + 1 for oid in below), default=1)


@dataclass(frozen=True, slots=True)
class Quantity:
    """How a number is made of a row: (the first served column, or their sum) × scale + offset, then converted."""

    columns: tuple[str, ...]  # OIDs
    summed: bool = False
    scale: float = 1.0
    offset: float = 0.0
    multiply: str = ""  # a column that it is multiplied by
    divide: str = ""  # a column that it is divided by
    precision: str = ""  # a column of decimal places: × 10^-n
    si: str = ""  # a column of EntitySensorDataScale: 9 is units, 8 milli, 10 kilo
    extract: re.Pattern[str] | None = None  # the number within a text: its first group
    dbm: bool = False  # the number is in mW
    absent: frozenset[str] = frozenset()  # served values that mean "not there"

    @property
    def oids(self) -> tuple[str, ...]:
        return (*self.columns, *(oid for oid in (self.multiply, self.divide, self.precision, self.si) if oid))


@dataclass(frozen=True, slots=True)
class StateColumn:
    """The column of a state, and what its values mean: (state, the MIB's word)."""

    column: str
    meanings: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A table of limits with several rows a sensor, as entSensorThresholdTable: index is the sensor's, then a number."""

    severity: str
    relation: str
    value: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several kinds that a row may be of: the first whose conditions hold."""

    kind: str
    unit: str
    only: tuple[tuple[str, frozenset[str]], ...] = ()
    name: re.Pattern[str] | None = None
    port: bool | None = None  # whether the row belongs to an interface
    scale: float = 1.0
    dbm: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry under `readings`: what the rows of a table measure."""

    choices: tuple[Choice, ...]
    names: tuple[Template, ...]
    interfaces: tuple[Template, ...] = ()
    value: Quantity | None = None
    used: Quantity | None = None
    free: Quantity | None = None
    total: Quantity | None = None
    state: StateColumn | None = None
    limits: Mapping[str, Quantity | float] = field(default_factory=dict)
    thresholds: Thresholds | None = None
    only: tuple[tuple[str, frozenset[str]], ...] = ()
    unless: tuple[tuple[str, frozenset[str]], ...] = ()
    index: re.Pattern[str] | None = None  # which instances are meant
    valid: tuple[tuple[str, frozenset[str]], ...] = ()  # when the value means anything; the state does always
    missing: tuple[str, ...] = ()  # only where the device serves none of these columns
    less: re.Pattern[str] | None = None  # rows of this name are a part of what the memory rows call used
    columns: tuple[str, ...] = ()  # all that evaluating it may look at

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(part for part in (self.value, self.used, self.free, self.total) if part is not None)

    @property
    def main(self) -> tuple[str, ...]:
        """The columns whose instances are the rows."""
        found = [oid for part in self.quantities for oid in part.columns]
        return tuple(dict.fromkeys((*found, self.state.column) if self.state else found))


@dataclass(frozen=True, slots=True)
class Platform:
    """What one file knows; as a head (`load_heads`) its devices alone.

    `lookups`: name → column by which a template may look a row of another table up.
    """

    name: str
    file: Path
    devices: tuple[Device, ...]  # empty: every device
    rules: tuple[Rule, ...]
    lookups: Mapping[str, str]
    columns: tuple[str, ...]  # all that a poll must read

    def fit(self, sysObjectID: str, sysDescr: str) -> int | None:
        """How closely the file is about such a device, 0 for a file about all of them; None where it is not about it."""
        if not self.devices:
            return 0
        return max(device.fit(sysObjectID, sysDescr) for device in self.devices) or None
