"""HOST-RESOURCES-MIB (RFC 2790), UCD-SNMP-MIB, ENTITY-MIB (RFC 6933), ENTITY-SENSOR-MIB (RFC 3433), DISMAN-PING-MIB (RFC 4560)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, enum, index, names, text, whole
from noc_agent.snmp.source import Value

_HR, _UCD, _ENT, _SENSOR, _PING = (
    "1.3.6.1.2.1.25", "1.3.6.1.4.1.2021", "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.99.1.1.1", "1.3.6.1.2.1.80.1",
)  # fmt: skip
STORAGE_TYPES = {
    1: "hrStorageOther", 2: "hrStorageRam", 3: "hrStorageVirtualMemory", 4: "hrStorageFixedDisk",
    5: "hrStorageRemovableDisk", 6: "hrStorageFloppyDisk", 7: "hrStorageCompactDisc", 8: "hrStorageRamDisk",
    9: "hrStorageFlashMemory", 10: "hrStorageNetworkDisk",
}  # fmt: skip
ENTITY_CLASSES = names(
    "other",
    "unknown",
    "chassis",
    "backplane",
    "container",
    "powerSupply",
    "fan",
    "sensor",
    "module",
    "port",
    "stack",
    "cpu",
)
SENSOR_TYPES = names(
    "other",
    "unknown",
    "voltsAC",
    "voltsDC",
    "amperes",
    "watts",
    "hertz",
    "celsius",
    "percentRH",
    "rpm",
    "cmm",
    "truthvalue",
)
SENSOR_EXPONENTS = {n: 3 * (n - 9) for n in range(1, 18)}  # EntitySensorDataScale: 9 is units, 8 is milli


def _storage_type(value: Value) -> str:
    last = str(value).rsplit(".", 1)[-1]
    return STORAGE_TYPES.get(int(last), str(value)) if last.isdigit() else str(value)


@dataclass(frozen=True, slots=True)
class HostSystem:
    """`hrSystemUptime` in hundredths of a second since the host, not the agent, started."""

    hrSystemUptime: int | None = column(f"{_HR}.1.1", whole)
    hrSystemProcesses: int | None = column(f"{_HR}.1.6", whole)
    hrMemorySize: int | None = column(f"{_HR}.2.2", whole)


@dataclass(frozen=True, slots=True)
class Storage:
    """Sizes in units of `hrStorageAllocationUnits` bytes."""

    hrStorageIndex: int = index(arc(0))
    hrStorageType: str | None = column(f"{_HR}.2.3.1.2", _storage_type)
    hrStorageDescr: str | None = column(f"{_HR}.2.3.1.3", text)
    hrStorageAllocationUnits: int | None = column(f"{_HR}.2.3.1.4", whole)
    hrStorageSize: int | None = column(f"{_HR}.2.3.1.5", whole)
    hrStorageUsed: int | None = column(f"{_HR}.2.3.1.6", whole)


@dataclass(frozen=True, slots=True)
class Processor:
    """Load over the last minute in percent."""

    hrDeviceIndex: int = index(arc(0))
    hrProcessorLoad: int | None = column(f"{_HR}.3.3.1.2", whole)


@dataclass(frozen=True, slots=True)
class Process:
    hrSWRunIndex: int = index(arc(0))
    hrSWRunName: str | None = column(f"{_HR}.4.2.1.2", text)
    hrSWRunPath: str | None = column(f"{_HR}.4.2.1.4", text)
    hrSWRunParameters: str | None = column(f"{_HR}.4.2.1.5", text)
    hrSWRunType: str | None = column(
        f"{_HR}.4.2.1.6", names("unknown", "operatingSystem", "deviceDriver", "application")
    )
    hrSWRunStatus: str | None = column(f"{_HR}.4.2.1.7", names("running", "runnable", "notRunnable", "invalid"))


@dataclass(frozen=True, slots=True)
class UcdSystem:
    """Linux by net-snmp. Memory in kB; CPU in percent."""

    memTotalReal: int | None = column(f"{_UCD}.4.5", whole)
    memAvailReal: int | None = column(f"{_UCD}.4.6", whole)
    ssCpuIdle: int | None = column(f"{_UCD}.11.11", whole)


@dataclass(frozen=True, slots=True)
class PhysicalEntity:
    entPhysicalIndex: int = index(arc(0))
    entPhysicalDescr: str | None = column(f"{_ENT}.2", text)
    entPhysicalContainedIn: int | None = column(f"{_ENT}.4", whole)
    entPhysicalClass: str | None = column(f"{_ENT}.5", ENTITY_CLASSES)
    entPhysicalName: str | None = column(f"{_ENT}.7", text)
    entPhysicalSerialNum: str | None = column(f"{_ENT}.11", text)
    entPhysicalModelName: str | None = column(f"{_ENT}.13", text)


@dataclass(frozen=True, slots=True)
class EntitySensor:
    """A sensor; `reading` is its value in the unit of its type."""

    entPhysicalIndex: int = index(arc(0))
    entPhySensorType: str | None = column(f"{_SENSOR}.1", SENSOR_TYPES)
    entPhySensorScale: int | None = column(f"{_SENSOR}.2", whole)
    entPhySensorPrecision: int | None = column(f"{_SENSOR}.3", whole)
    entPhySensorValue: int | None = column(f"{_SENSOR}.4", whole)
    entPhySensorOperStatus: str | None = column(f"{_SENSOR}.5", names("ok", "unavailable", "nonoperational"))

    @property
    def reading(self) -> float | None:
        if self.entPhySensorValue is None or self.entPhySensorOperStatus not in (None, "ok"):
            return None
        exponent = SENSOR_EXPONENTS.get(self.entPhySensorScale or 9, 0) - (self.entPhySensorPrecision or 0)
        return float(self.entPhySensorValue * 10**exponent)


def _words(arcs: Sequence[int], which: int) -> str:
    """The n-th of the texts that an index is made of, each with its length before it."""
    at = 0
    for _ in range(which):
        at += 1 + arcs[at]
    return bytes(code & 0xFF for code in arcs[at + 1 : at + 1 + arcs[at]]).decode("utf-8", "replace")


def _inet(value: Value) -> str:
    """An InetAddress of octets; a DNS name is text."""
    return str(ipaddress.ip_address(value)) if isinstance(value, bytes) and len(value) in (4, 16) else text(value)


@dataclass(frozen=True, slots=True)
class PingResult:
    """A ping test of the device's own. Times in milliseconds."""

    instance: tuple[int, ...] = index(lambda arcs: arcs)
    pingCtlOwnerIndex: str = index(lambda arcs: _words(arcs, 0))
    pingCtlTestName: str = index(lambda arcs: _words(arcs, 1))
    pingCtlTargetAddress: str | None = column(f"{_PING}.2.1.4", _inet)
    pingResultsOperStatus: str | None = column(f"{_PING}.3.1.1", enum({1: "enabled", 2: "disabled", 3: "completed"}))
    pingResultsMinRtt: int | None = column(f"{_PING}.3.1.4", whole)
    pingResultsMaxRtt: int | None = column(f"{_PING}.3.1.5", whole)
    pingResultsAverageRtt: int | None = column(f"{_PING}.3.1.6", whole)
    pingResultsProbeResponses: int | None = column(f"{_PING}.3.1.7", whole)
    pingResultsSentProbes: int | None = column(f"{_PING}.3.1.8", whole)
