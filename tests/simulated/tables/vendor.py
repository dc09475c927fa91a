"""Vendors' own MIBs for CPU and memory, and ENTITY-SENSOR-MIB where a vendor serves it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulated.world import Device, Nic

_CISCO, _JUNIPER, _HUAWEI, _NOKIA = (
    f"1.3.6.1.4.1.{number}" for number in ("9.9", "2636.3.1.13.1", "2011.5.25.31.1.1.1.1", "6527.3.1.2.1.1")
)
_ENT, _SENSOR = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.99.1.1.1"
_FANS = "1.3.6.1.4.1.2011.5.25.31.1.1.10.1"
RUNNING, DOWN = 2, 6  # jnxOperatingState
BOARD = 67108873
CHASSIS, SUPPLY, FAN, SENSOR = 3, 6, 7, 8
WATTS, CELSIUS, RPM, OTHER = 6, 8, 10, 1
MILLI, UNITS = 8, 9
OPTICAL = 10_000  # Mb/s: ports from there on are drawn with a transceiver


def vendor_lines(device: Device) -> Iterator[str]:
    kind = device.vendor.cpu
    if kind == "cisco":
        yield from _cisco(device)
    elif kind == "juniper":
        parts = (("2.1.0.0", "PEM 0", True), ("2.2.0.0", "PEM 1", device.power), ("4.1.1.0", "Fan 1", device.fan > 0),
                 ("9.1.0.0", "Routing Engine 0", True))  # fmt: skip
        for where, name, _ in parts:
            yield f"{_JUNIPER}.5.{where}|4|{name}"
        for where, _, good in parts:
            yield f"{_JUNIPER}.6.{where}|2|{RUNNING if good else DOWN}"
        yield f"{_JUNIPER}.7.9.1.0.0|66|{int(device.temperature)}"
        yield f"{_JUNIPER}.8.9.1.0.0|66|{int(device.cpu)}"
        yield f"{_JUNIPER}.11.9.1.0.0|66|{int(device.memory * 100)}"
    elif kind == "huawei":
        yield f"{_ENT}.5.{BOARD}|2|9"
        yield f"{_ENT}.7.{BOARD}|4|MPU Board 0"
        yield f"{_HUAWEI}.5.{BOARD}|2|{int(device.cpu)}"
        yield f"{_HUAWEI}.7.{BOARD}|2|{int(device.memory * 100)}"
        yield f"{_HUAWEI}.11.{BOARD}|2|{int(device.temperature)}"
        for column, value in (
            (1, 0),
            (2, 1),
            (3, 1),
            (4, 1),
            (5, 40 if device.fan else 0),
            (6, 1),
            (7, 1 if device.fan else 2),
        ):
            yield f"{_FANS}.{column}.0.1|2|{value}"
    elif kind == "nokia":
        yield f"{_NOKIA}.1.0|66|{int(device.cpu)}"
        yield f"{_NOKIA}.9.0|66|{int(4_000_000 * device.memory)}"
        yield f"{_NOKIA}.10.0|66|{int(4_000_000 * (1 - device.memory))}"
    if device.vendor.sensors:
        yield from _entities(device)


def _cisco(device: Device) -> Iterator[str]:
    for column, load in ((6, device.cpu + 2), (7, device.cpu), (8, device.cpu)):
        yield f"{_CISCO}.109.1.1.1.1.{column}.1|66|{min(100, int(load))}"
    yield f"{_CISCO}.48.1.1.1.2.1|4|Processor"
    yield f"{_CISCO}.48.1.1.1.5.1|66|{int(2_000_000_000 * device.memory)}"
    yield f"{_CISCO}.48.1.1.1.6.1|66|{int(2_000_000_000 * (1 - device.memory))}"
    yield f"{_CISCO}.13.1.4.1.2.1|4|Fan 1"
    yield f"{_CISCO}.13.1.4.1.3.1|2|{1 if device.fan else 3}"
    for n, good in enumerate((True, device.power), 1):
        yield f"{_CISCO}.13.1.5.1.2.{n}|4|Power Supply {n}"
        yield f"{_CISCO}.13.1.5.1.3.{n}|2|{1 if good else 3}"


def _entities(device: Device) -> Iterator[str]:
    optics = [nic for nic in device.nics.values() if nic.line and nic.speed >= OPTICAL]
    rows = [
        (1, 0, CHASSIS, "Chassis"), (10, 1, SUPPLY, "Power Supply 1"), (11, 1, SUPPLY, "Power Supply 2"), (20, 1, FAN, "Fan 1"),
        (21, 20, SENSOR, "Fan 1 speed"), (30, 1, SENSOR, "Inlet temperature"),
    ]  # fmt: skip
    rows += [(1000 + nic.number, 1, SENSOR, f"DOM RX Power Sensor for {nic.name}") for nic in optics]
    for index, _, _, name in rows:
        yield f"{_ENT}.2.{index}|4|{name}"
    for index, parent, _, _ in rows:
        yield f"{_ENT}.4.{index}|2|{parent}"
    for index, _, kind, _ in rows:
        yield f"{_ENT}.5.{index}|2|{kind}"
    for index, _, _, name in rows:
        yield f"{_ENT}.7.{index}|4|{name}"
    sensors = [(21, RPM, UNITS, 0, device.fan), (30, CELSIUS, UNITS, 0, int(device.temperature))]
    sensors += [(1000 + nic.number, WATTS, MILLI, 4, _milliwatts(nic)) for nic in optics]
    for column in range(1, 5):
        for row in sensors:
            yield f"{_SENSOR}.{column}.{row[0]}|2|{row[column]}"
    for row in sensors:
        yield f"{_SENSOR}.5.{row[0]}|2|1"


def _milliwatts(nic: Nic) -> int:
    """Received power in ten-thousandths of a milliwatt; nothing where the light is off."""
    return int(10 ** (nic.light / 10) * 10_000) if nic.oper else 0
