"""CISCO-CDP-MIB: neighbors by the Cisco Discovery Protocol."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, index, names, octets, text, whole
from noc_agent.snmp.source import Value
from noc_agent.snmp.tables.lldp import MAC_CHASSIS, identifier

_CDP = "1.3.6.1.4.1.9.9.23.1"
_CACHE = f"{_CDP}.2.1.1"
IP, IPV6 = 1, 20  # CiscoNetworkProtocol


def _device_id(value: Value) -> str | None:
    """Text; some makes put the six octets of their chassis address there instead."""
    return identifier(None, value, MAC_CHASSIS, -1) if isinstance(value, bytes) else text(value)


@dataclass(frozen=True, slots=True)
class CdpLocal:
    """What the device says of itself."""

    cdpGlobalRun: str | None = column(f"{_CDP}.3.1", names("true", "false"))
    cdpGlobalDeviceId: str | None = column(f"{_CDP}.3.4", _device_id)


@dataclass(frozen=True, slots=True)
class CdpInterface:
    """An own port that CDP knows; its index is an ifIndex save on repeaters."""

    cdpInterfaceIfIndex: int = index(arc(0))
    cdpInterfaceName: str | None = column(f"{_CDP}.1.1.1.6", text)


@dataclass(frozen=True, slots=True)
class CdpNeighbor:
    """A neighbor heard on a port. `cdpCacheDeviceId` is a host name, an FQDN, a serial number, or name and serial."""

    cdpCacheIfIndex: int = index(arc(0))
    cdpCacheDeviceIndex: int = index(arc(1))
    cdpCacheAddressType: int | None = column(f"{_CACHE}.3", whole)
    cdpCacheAddress: bytes | None = column(f"{_CACHE}.4", octets)
    cdpCacheDeviceId: str | None = column(f"{_CACHE}.6", _device_id)
    cdpCacheDevicePort: str | None = column(f"{_CACHE}.7", text)
    cdpCachePlatform: str | None = column(f"{_CACHE}.8", text)
    cdpCacheNativeVLAN: int | None = column(f"{_CACHE}.11", whole)
    cdpCacheDuplex: str | None = column(f"{_CACHE}.12", names("unknown", "halfduplex", "fullduplex"))
    cdpCacheSysName: str | None = column(f"{_CACHE}.17", text)
    cdpCachePrimaryMgmtAddrType: int | None = column(f"{_CACHE}.19", whole)
    cdpCachePrimaryMgmtAddr: bytes | None = column(f"{_CACHE}.20", octets)

    @property
    def addresses(self) -> tuple[str, ...]:
        """IP addresses that the neighbor claims, the one meant for management first."""
        given = (
            (self.cdpCachePrimaryMgmtAddrType, self.cdpCachePrimaryMgmtAddr),
            (self.cdpCacheAddressType, self.cdpCacheAddress),
        )
        found = (_address(kind, value) for kind, value in given)
        return tuple(dict.fromkeys(address for address in found if address))

    @property
    def names(self) -> tuple[str, ...]:
        """What the neighbor may be called: as given, then a serial in parentheses cut off, then its sysName."""
        given = (self.cdpCacheDeviceId or "").strip()
        plain = given.partition("(")[0].strip() if given.endswith(")") else given
        return tuple(dict.fromkeys(name for name in (given, plain, (self.cdpCacheSysName or "").strip()) if name))


def _address(kind: int | None, value: bytes | None) -> str | None:
    """An IP address of a CiscoNetworkAddress; its length tells where the type is not served."""
    if value is None or (kind, len(value)) not in ((IP, 4), (IPV6, 16), (None, 4), (None, 16)):
        return None
    address = ipaddress.ip_address(value)
    return None if address.is_unspecified else str(address)
