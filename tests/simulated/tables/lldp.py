"""LLDP-MIB: what the device says of itself, and whom it hears."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tests.simulated.layer2 import DEAF, hears
from tests.simulated.tables.interfaces import octets, ticks
from tests.simulated.world import Device, Nic

_BASE = "1.0.8802.1.1.2.1"
NAME, MAC, LOCAL = 5, 3, 7
CHASSIS_MAC = 4


def speaks(device: Device) -> bool:
    """Other people's routers do not, and half of the hosts that nobody manages do not either."""
    if device.node.role == "external" or not device.up:
        return False
    return bool(device.node.address) or zlib.crc32(device.name.encode()) % 2 == 0


def local_number(nic: Nic) -> int:
    return nic.number + 1 if nic.device.vendor.lldp_sequence else nic.index


def port_id(nic: Nic) -> tuple[int, str]:
    """Subtype, and tag and value."""
    kind = nic.device.vendor.port_id
    if kind == "mac":
        return MAC, f"4x|{nic.mac.hex()}"
    return (LOCAL, f"4|{nic.index}") if kind == "number" else (NAME, octets(nic.name))


def _descr(nic: Nic) -> str:
    """lldpd and Junos send the description where there is one, SR OS and the others what the port is."""
    if nic.device.vendor.platform in ("frr", "linux", "junos"):
        return nic.port.alias or nic.name
    return nic.descr


def lldp_lines(device: Device, at: float) -> Iterator[str]:
    if not speaks(device):
        return
    nics = list(device.nics.values())
    yield f"{_BASE}.3.1.0|2|{CHASSIS_MAC}"
    yield f"{_BASE}.3.2.0|4x|{device.mac.hex()}"
    yield f"{_BASE}.3.3.0|4|{device.sys_name}"
    for nic in nics:
        yield f"{_BASE}.3.7.1.2.{local_number(nic)}|2|{port_id(nic)[0]}"
    for nic in nics:
        yield f"{_BASE}.3.7.1.3.{local_number(nic)}|{port_id(nic)[1]}"
    for nic in nics:
        yield f"{_BASE}.3.7.1.4.{local_number(nic)}|{octets(_descr(nic))}"
    yield from _neighbors(heard_by(device))


def heard_by(device: Device) -> list[tuple[str, Nic]]:
    """The index of each row of lldpRemTable, and the far port that it is of."""
    heard = [(nic, nic.far) for nic in device.nics.values() if nic.far and _heard(nic, nic.far)]
    return [(f"{ticks(device, nic.changed)}.{local_number(nic)}.{n + 1}", far) for n, (nic, far) in enumerate(heard)]


def _heard(nic: Nic, far: Nic) -> bool:
    return nic.oper and speaks(far.device) and hears(nic) > 1 - DEAF


def _neighbors(rows: list[tuple[str, Nic]]) -> Iterator[str]:
    for instance, _ in rows:
        yield f"{_BASE}.4.1.1.4.{instance}|2|{CHASSIS_MAC}"
    for instance, far in rows:
        yield f"{_BASE}.4.1.1.5.{instance}|4x|{far.device.mac.hex()}"
    for instance, far in rows:
        yield f"{_BASE}.4.1.1.6.{instance}|2|{port_id(far)[0]}"
    for instance, far in rows:
        yield f"{_BASE}.4.1.1.7.{instance}|{port_id(far)[1]}"
    for instance, far in rows:
        yield f"{_BASE}.4.1.1.8.{instance}|{octets(_descr(far))}"
    for instance, far in rows:
        yield f"{_BASE}.4.1.1.9.{instance}|4|{far.device.sys_name}"
    for instance, far in rows:
        yield f"{_BASE}.4.1.1.10.{instance}|{octets(far.device.vendor.descr.replace('{name}', far.device.name)[:60])}"
    for instance, far in rows:
        if far.device.node.address:
            yield f"{_BASE}.4.2.1.3.{instance}.1.4.{far.device.node.address}|2|2"
