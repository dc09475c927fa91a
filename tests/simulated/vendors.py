"""What tells one vendor's agent from another's: how it names and numbers interfaces, what it is, which tables it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Cpu = Literal["host", "cisco", "juniper", "huawei", "nokia"]


@dataclass(frozen=True, slots=True)
class Vendor:
    """`platform` as site.yaml names it. `units`: addresses sit on a row of their own, as Junos and SR OS have it."""

    platform: str
    descr: str
    object_id: str
    management: str
    loopback: str
    port_id: Literal["name", "number", "mac"] = "name"
    routes: Literal["inet", "cidr"] = "inet"
    paths: bool = True
    cpu: Cpu = "host"
    sensors: bool = False
    units: bool = False
    lldp_sequence: bool = False
    processes: tuple[str, ...] = ()

    def port(self, speed: int, number: int) -> tuple[str, str]:
        """ifName and ifDescr of the n-th port."""
        return PORT_NAMES[self.platform](speed, number)

    def index(self, number: int) -> int:
        """ifIndex of the n-th port."""
        return INDEXES[self.platform](number)


def _ios(speed: int, n: int) -> tuple[str, str]:
    short, long = {100: ("Fa", "FastEthernet"), 10_000: ("Te", "TenGigabitEthernet"), 40_000: ("Fo", "FortyGigabitEthernet")}.get(
        speed, ("Hu", "HundredGigE") if speed > 40_000 else ("Gi", "GigabitEthernet")
    )  # fmt: skip
    where = f"{1 + n // 48}/0/{n % 48 + 1}"
    return short + where, long + where


def _nxos(_speed: int, n: int) -> tuple[str, str]:
    return (f"Ethernet1/{n + 1}",) * 2


def _junos(speed: int, n: int) -> tuple[str, str]:
    form = "ge" if speed <= 1000 else "xe" if speed <= 10_000 else "et"
    return (f"{form}-{n // 48}/0/{n % 48}",) * 2


def _eos(speed: int, n: int) -> tuple[str, str]:
    return (f"Ethernet{n + 1}/1" if speed >= 40_000 else f"Ethernet{n + 1}",) * 2


def _vrp(speed: int, n: int) -> tuple[str, str]:
    form = {1000: "GigabitEthernet", 10_000: "XGigabitEthernet", 40_000: "40GE", 100_000: "100GE"}.get(
        speed, "Ethernet"
    )
    return (f"{form}0/0/{n + 1}",) * 2


def _sros(speed: int, n: int) -> tuple[str, str]:
    name = f"{1 + n // 40}/{1 + n // 20 % 2}/{n % 20 + 1}"
    return name, f"{name}, {max(1, speed // 1000)}-Gig Ethernet"


def _linux(_speed: int, n: int) -> tuple[str, str]:
    return (f"swp{n + 1}",) * 2


PORT_NAMES: dict[str, Callable[[int, int], tuple[str, str]]] = {
    "ios": _ios, "nxos": _nxos, "junos": _junos, "eos": _eos, "vrp": _vrp, "sros": _sros, "frr": _linux,
    "linux": lambda _speed, n: (f"eth{n}",) * 2,
}  # fmt: skip
INDEXES: dict[str, Callable[[int], int]] = {
    "ios": lambda n: n + 2, "nxos": lambda n: 0x1A000000 + 0x1000 * n, "junos": lambda n: 513 + 3 * n, "eos": lambda n: n + 1,
    "vrp": lambda n: n + 6, "sros": lambda n: 35684352 + 32768 * n, "frr": lambda n: n + 3, "linux": lambda n: n + 3,
}  # fmt: skip
_DAEMONS = ("systemd", "rsyslogd", "sshd", "snmpd", "lldpd", "chronyd", "cron")
VENDORS = {
    vendor.platform: vendor
    for vendor in (
        Vendor(
            "ios",
            "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4, RELEASE SOFTWARE (fc5)",
            "1.3.6.1.4.1.9.1.2494", "GigabitEthernet0/0", "Loopback0", routes="cidr", cpu="cisco", sensors=True,
        ),
        Vendor(
            "nxos",
            "Cisco NX-OS(tm) nxos.9.3.8.bin, Software (nxos), Version 9.3(8), RELEASE SOFTWARE Copyright (c) 2002-2021",
            "1.3.6.1.4.1.9.12.3.1.3.1812", "mgmt0", "loopback0", paths=False, cpu="cisco", sensors=True,
        ),
        Vendor(
            "junos",
            "Juniper Networks, Inc. mx204 internet router, kernel JUNOS 21.4R3-S5.4, Build date: 2023-08-30 06:39:44 UTC",
            "1.3.6.1.4.1.2636.1.1.1.2.144", "fxp0", "lo0", port_id="number", cpu="juniper", units=True,
        ),
        Vendor(
            "eos",
            "Arista Networks EOS version 4.30.5M running on an Arista Networks DCS-7280SR3-48YC8",
            "1.3.6.1.4.1.30065.1.3011.7280.3757", "Management1", "Loopback0", sensors=True,
            processes=("ProcMgr", "Bgp", "Ospf", "Lldp", "Snmp", "Stp", "Sysdb", "Dhcp"),
        ),
        Vendor(
            "vrp",
            "S6730-H24X6C\r\nHuawei Versatile Routing Platform Software\r\nVRP (R) software, Version 5.170 (S6730 V200R021C00)",
            "1.3.6.1.4.1.2011.2.23.718", "MEth0/0/1", "LoopBack0", paths=False, cpu="huawei", lldp_sequence=True,
        ),
        Vendor(
            "sros",
            "TiMOS-C-22.10.R4 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2023 Nokia.",
            "1.3.6.1.4.1.6527.1.3.17", "management", "system", port_id="number", routes="cidr", paths=False, cpu="nokia",
            units=True,
        ),
        Vendor(
            "frr", "Linux {name} 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64",
            "1.3.6.1.4.1.8072.3.2.10", "mgmt0", "lo", port_id="mac", processes=(*_DAEMONS, "watchfrr", "zebra", "staticd"),
        ),
        Vendor(
            "linux", "Linux {name} 5.15.0-105-generic #115-Ubuntu SMP Mon Apr 15 09:52:04 UTC 2024 x86_64",
            "1.3.6.1.4.1.8072.3.2.10", "mgmt0", "lo", port_id="mac", processes=_DAEMONS,
        ),
    )
}  # fmt: skip
