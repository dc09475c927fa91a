"""The rows of a device's interface table, those without a cable included."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulated.world import COUNTERS, IN_DISCARDS, IN_ERRORS, OUT_DISCARDS, OUT_ERRORS, Device, Nic

ETHERNET, LOOPBACK, VIRTUAL, IP_FORWARD = 6, 24, 53, 142
LOOPBACK_INDEX = {
    "ios": 4096,
    "nxos": 335544320,
    "junos": 16,
    "eos": 5000000,
    "vrp": 3,
    "sros": 1,
    "frr": 1,
    "linux": 1,
}
MANAGEMENT_INDEX = {
    "ios": 1, "nxos": 83886080, "junos": 1, "eos": 999001, "vrp": 4, "sros": 1280, "frr": 2, "linux": 2,
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One row of ifTable and ifXTable. `changed` in seconds since the epoch."""

    index: int
    name: str
    descr: str
    kind: int
    mtu: int
    speed: int
    mac: bytes
    admin: bool
    oper: bool
    changed: float
    counters: list[float]
    alias: str = ""
    connector: bool = True
    half: bool = False


def unit_name(nic: Nic) -> str:
    """The name of the row that has the address: `ge-0/0/1.0` in Junos, an IP interface's own in SR OS."""
    if nic.device.vendor.platform == "junos":
        return f"{nic.name}.0"
    return f"ip-{nic.name}" if nic.device.vendor.units else nic.name


def rows_of(device: Device) -> list[Row]:
    """In the order of ifIndex."""
    platform, vendor = device.vendor.platform, device.vendor
    silent = [0.0] * COUNTERS
    rows = [
        Row(LOOPBACK_INDEX[platform], vendor.loopback, vendor.loopback, LOOPBACK, 65535, 0, b"", True, True, device.agent_boot,
            silent, connector=False),
        Row(MANAGEMENT_INDEX[platform], vendor.management, vendor.management, ETHERNET, 1500, 1000, device.mac, True, True,
            device.agent_boot, _polling(device)),
    ]  # fmt: skip
    for nic in device.nics.values():
        rows.append(_row(nic, nic.index, nic.name, nic.descr, ETHERNET))
        if vendor.units and nic.address:
            kind = VIRTUAL if platform == "junos" else IP_FORWARD
            name = unit_name(nic)
            descr = name if platform == "junos" else f"{name}, IP interface"
            rows.append(_row(nic, nic.unit, name, descr, kind))
    return sorted(rows, key=lambda row: row.index)


def _row(nic: Nic, index: int, name: str, descr: str, kind: int) -> Row:
    if kind != ETHERNET:
        return _unit(nic, index, name, descr, kind)
    # Junos and SR OS count the Ethernet header into a port's MTU, the others do not.
    mtu = nic.mtu + 14 if nic.device.vendor.units else nic.mtu
    return Row(index, name, descr, kind, mtu, nic.speed, nic.mac, nic.admin, nic.oper, nic.changed, nic.counters,
               nic.port.alias, half=nic.half_duplex)  # fmt: skip


def _unit(nic: Nic, index: int, name: str, descr: str, kind: int) -> Row:
    """The row on top of a port: enabled whatever the port is, and without errors or discards of its own."""
    counters = list(nic.counters)
    for counter in (IN_DISCARDS, IN_ERRORS, OUT_DISCARDS, OUT_ERRORS):
        counters[counter] = 0.0
    return Row(
        index, name, descr, kind, nic.mtu, nic.speed, nic.mac, True, nic.oper, nic.changed, counters, connector=False
    )


def _polling(device: Device) -> list[float]:
    """What being polled and logging makes of the management port's counters."""
    seconds = device.totals.get("polled", 0.0)
    counters = [0.0] * COUNTERS
    counters[:3] = [seconds * 900, seconds * 9, seconds * 0.2]
    counters[6:9] = [seconds * 2400, seconds * 9.5, seconds * 0.04]
    return counters
