"""LLDP-MIB (IEEE 802.1AB)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, dotted, index, mac, octets, text, whole
from noc_agent.snmp.source import Value

_BASE = "1.0.8802.1.1.2.1"
MAC_CHASSIS, ADDRESS_CHASSIS = 4, 5
MAC_PORT, ADDRESS_PORT = 3, 4


def identifier(subtype: int | None, value: bytes | None, mac_type: int, address_type: int) -> str | None:
    """A chassis or port id as its subtype says; binary without one is a MAC or hex."""
    if value is None:
        return None
    if subtype == address_type and len(value) in (5, 17):
        return str(ipaddress.ip_address(value[1:]))
    printable = text(value).isprintable() and "?" not in text(value) and bool(value)
    if (subtype == mac_type and len(value) == 6) or (len(value) == 6 and not printable):
        return mac(value)
    return text(value) if printable else value.hex()


def _number(value: Value) -> int | None:
    return whole(value)


@dataclass(frozen=True, slots=True)
class LldpLocal:
    """What the device says of itself."""

    chassis_subtype: int | None = column(f"{_BASE}.3.1", _number)
    chassis_id: bytes | None = column(f"{_BASE}.3.2", octets)
    lldpLocSysName: str | None = column(f"{_BASE}.3.3", text)

    @property
    def lldpLocChassisId(self) -> str | None:
        return identifier(self.chassis_subtype, self.chassis_id, MAC_CHASSIS, ADDRESS_CHASSIS)


@dataclass(frozen=True, slots=True)
class LldpLocalPort:
    """An own port, as LLDP numbers and names it."""

    lldpLocPortNum: int = index(arc(0))
    port_subtype: int | None = column(f"{_BASE}.3.7.1.2", _number)
    port_id: bytes | None = column(f"{_BASE}.3.7.1.3", octets)
    lldpLocPortDesc: str | None = column(f"{_BASE}.3.7.1.4", text)

    @property
    def lldpLocPortId(self) -> str | None:
        return identifier(self.port_subtype, self.port_id, MAC_PORT, ADDRESS_PORT)


@dataclass(frozen=True, slots=True)
class LldpRemote:
    """A neighbor. Its index holds a TimeMark that moves without any change of neighbor."""

    lldpRemTimeMark: int = index(arc(0))
    lldpRemLocalPortNum: int = index(arc(1))
    lldpRemIndex: int = index(arc(2))
    chassis_subtype: int | None = column(f"{_BASE}.4.1.1.4", _number)
    chassis_id: bytes | None = column(f"{_BASE}.4.1.1.5", octets)
    port_subtype: int | None = column(f"{_BASE}.4.1.1.6", _number)
    port_id: bytes | None = column(f"{_BASE}.4.1.1.7", octets)
    lldpRemPortDesc: str | None = column(f"{_BASE}.4.1.1.8", text)
    lldpRemSysName: str | None = column(f"{_BASE}.4.1.1.9", text)
    lldpRemSysDesc: str | None = column(f"{_BASE}.4.1.1.10", text)

    @property
    def lldpRemChassisId(self) -> str | None:
        return identifier(self.chassis_subtype, self.chassis_id, MAC_CHASSIS, ADDRESS_CHASSIS)

    @property
    def lldpRemPortId(self) -> str | None:
        return identifier(self.port_subtype, self.port_id, MAC_PORT, ADDRESS_PORT)


@dataclass(frozen=True, slots=True)
class LldpRemoteAddress:
    """A neighbor's management address, from the index: TimeMark, port, index, subtype, length, octets."""

    lldpRemLocalPortNum: int = index(arc(1))
    lldpRemIndex: int = index(arc(2))
    address: str = index(dotted(5))
    lldpRemManAddrIfSubtype: int | None = column(f"{_BASE}.4.2.1.3", _number)
