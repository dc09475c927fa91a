"""VLANs of bridge ports: Q-BRIDGE-MIB (RFC 4363), Cisco's own MIBs, and the port's VLAN that LLDP tells of (802.1 annex)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.simulated.tables.lldp import heard_by, local_number, speaks
from tests.simulated.world import Device, Nic

_Q, _VTP, _MEMBER = "1.3.6.1.2.1.17.7.1", "1.3.6.1.4.1.9.9.46.1", "1.3.6.1.4.1.9.9.68.1.2.2.1"
_DOT1 = "1.0.8802.1.1.2.1.5.32962.1"
LEARNED, PERMANENT, ACTIVE = 3, 2, 1
OPERATIONAL, ETHERNET = 1, 1
TRUNKING, NOT_TRUNKING, DOT1Q, NONE = 1, 2, 4, 6


def vlan_lines(device: Device) -> Iterator[str]:
    """Nothing of a Linux bridge: net-snmp does not know its VLANs."""
    if not device.is_switch or device.vendor.platform == "linux":
        return
    yield from _cisco(device) if device.vendor.platform == "ios" else _bridge(device)
    if speaks(device):
        yield from _lldp(device)


def _vlans(device: Device) -> dict[int, list[Nic]]:
    found: dict[int, list[Nic]] = {1: []}
    for nic in device.nics.values():
        for vlan in sorted({nic.vlan, *nic.tagged}):
            found.setdefault(vlan, []).append(nic)
    return dict(sorted(found.items()))


def _ports(nics: Iterable[Nic], width: int) -> str:
    """PortList: a bit a bridge port, the first port the highest."""
    bits = sum(1 << (8 * width - 1 - nic.number) for nic in nics)
    return bits.to_bytes(width, "big").hex()


def _bridge(device: Device) -> Iterator[str]:
    vlans = _vlans(device)
    width = len(device.nics) // 8 + 1
    for mac, (port, vlan) in sorted(device.fdb.items(), key=lambda row: (row[1][1], row[0])):
        yield f"{_Q}.2.2.1.2.{vlan}.{'.'.join(map(str, mac))}|2|{device.nics[port].number + 1}"
    for mac, (_, vlan) in sorted(device.fdb.items(), key=lambda row: (row[1][1], row[0])):
        yield f"{_Q}.2.2.1.3.{vlan}.{'.'.join(map(str, mac))}|2|{LEARNED}"
    for table, columns in ((f"{_Q}.4.2.1", (4, 5)), (f"{_Q}.4.3.1", (2, 4))):
        mark = "0." if table.endswith("4.2.1") else ""
        if not mark:
            for vlan in vlans:
                yield f"{table}.1.{vlan}|4|{'default' if vlan == 1 else f'VLAN{vlan:04}'}"
        for vlan, nics in vlans.items():
            yield f"{table}.{columns[0]}.{mark}{vlan}|4x|{_ports(nics, width)}"
        for vlan, nics in vlans.items():
            yield f"{table}.{columns[1]}.{mark}{vlan}|4x|{_ports((nic for nic in nics if nic.vlan == vlan), width)}"
        for vlan in vlans:
            yield f"{table}.{'6' if mark else '5'}.{mark}{vlan}|2|{PERMANENT if mark else ACTIVE}"
    for nic in device.nics.values():
        yield f"{_Q}.4.5.1.1.{nic.number + 1}|66|{nic.vlan}"


def _cisco(device: Device) -> Iterator[str]:
    vlans = _vlans(device)
    for vlan in vlans:
        yield f"{_VTP}.3.1.1.2.1.{vlan}|2|{OPERATIONAL}"
    for vlan in vlans:
        yield f"{_VTP}.3.1.1.3.1.{vlan}|2|{ETHERNET}"
    for vlan in vlans:
        yield f"{_VTP}.3.1.1.4.1.{vlan}|4|{'default' if vlan == 1 else f'VLAN{vlan:04}'}"
    nics = list(device.nics.values())
    for nic in nics:
        allowed = sum(1 << (1023 - vlan) for vlan in {nic.vlan, *nic.tagged} if vlan < 1024)
        yield f"{_VTP}.6.1.1.4.{nic.index}|4x|{allowed.to_bytes(128, 'big').hex()}"
    for nic in nics:
        yield f"{_VTP}.6.1.1.5.{nic.index}|2|{nic.vlan if nic.tagged else 1}"
    for nic in nics:
        yield f"{_VTP}.6.1.1.14.{nic.index}|2|{TRUNKING if nic.tagged and nic.oper else NOT_TRUNKING}"
    for nic in nics:
        yield f"{_VTP}.6.1.1.16.{nic.index}|2|{DOT1Q if nic.tagged and nic.oper else NONE}"
    for nic in nics:
        if not nic.tagged:
            yield f"{_MEMBER}.2.{nic.index}|2|{nic.vlan}"


def _lldp(device: Device) -> Iterator[str]:
    for nic in device.nics.values():
        yield f"{_DOT1}.2.1.1.1.{local_number(nic)}|2|{nic.vlan}"
    for instance, far in heard_by(device):
        if far.device.is_switch and far.device.vendor.platform != "linux":
            yield f"{_DOT1}.3.1.1.1.{instance}|2|{far.vlan}"
