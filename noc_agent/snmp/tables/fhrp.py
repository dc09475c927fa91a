"""First-hop redundancy: CISCO-HSRP-MIB, VRRP-MIB (RFC 2787), VRRPV3-MIB (RFC 6527).

cHsrpGrpAuth and vrrpOperAuthKey are passwords: they stand in no list of columns and are never asked for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, index, names, octets, read_table, text, whole
from noc_agent.snmp.source import Reply

_HSRP, _VRRP, _VRRP3 = "1.3.6.1.4.1.9.9.106.1.2.1.1", "1.3.6.1.2.1.68.1", "1.3.6.1.2.1.207.1.1"
VRRP_STATES = names("initialize", "backup", "master")
FAMILY = {1: 4, 2: 6, 3: 4, 4: 6}  # InetAddressType → IP version


@dataclass(frozen=True, slots=True)
class HsrpGroup:
    ifIndex: int = index(arc(0))
    cHsrpGrpNumber: int = index(arc(1))
    cHsrpGrpPriority: int | None = column(f"{_HSRP}.3", whole)
    cHsrpGrpVirtualIpAddr: str | None = column(f"{_HSRP}.11", text)
    cHsrpGrpActiveRouter: str | None = column(f"{_HSRP}.13", text)
    cHsrpGrpStandbyRouter: str | None = column(f"{_HSRP}.14", text)
    cHsrpGrpStandbyState: str | None = column(
        f"{_HSRP}.15", names("initial", "learn", "listen", "speak", "standby", "active")
    )


@dataclass(frozen=True, slots=True)
class VrrpOper:
    """A virtual router of VRRP version 2."""

    ifIndex: int = index(arc(0))
    vrrpOperVrId: int = index(arc(1))
    vrrpOperState: str | None = column(f"{_VRRP}.3.1.3", VRRP_STATES)
    vrrpOperPriority: int | None = column(f"{_VRRP}.3.1.5", whole)
    vrrpOperMasterIpAddr: str | None = column(f"{_VRRP}.3.1.7", text)


@dataclass(frozen=True, slots=True)
class VrrpAddress:
    """An address of a virtual router of version 2; the row's status only shows that it is there."""

    ifIndex: int = index(arc(0))
    vrrpOperVrId: int = index(arc(1))
    vrrpAssoIpAddr: str = index(lambda arcs: str(ipaddress.IPv4Address(bytes(arcs[2:6]))))
    vrrpAssoIpAddrRowStatus: int | None = column(f"{_VRRP}.4.1.2", whole)


@dataclass(frozen=True, slots=True)
class Vrrp3Oper:
    """A virtual router of VRRP version 3, one for each IP version."""

    ifIndex: int = index(arc(0))
    vrrpv3OperationsVrId: int = index(arc(1))
    vrrpv3OperationsInetAddrType: int = index(arc(2))
    vrrpv3OperationsMasterIpAddr: bytes | None = column(f"{_VRRP3}.1.1.3", octets)
    vrrpv3OperationsStatus: str | None = column(f"{_VRRP3}.1.1.6", VRRP_STATES)
    vrrpv3OperationsPriority: int | None = column(f"{_VRRP3}.1.1.7", whole)


def _inet(arcs: Sequence[int]) -> str:
    """An InetAddress at the end of an index, with its length before it."""
    given = bytes(arcs[1 : 1 + arcs[0]])
    return str(ipaddress.ip_address(given[:4] if len(given) < 16 else given[:16]))


@dataclass(frozen=True, slots=True)
class Vrrp3Address:
    """An address of a virtual router of version 3."""

    ifIndex: int = index(arc(0))
    vrrpv3OperationsVrId: int = index(arc(1))
    vrrpv3OperationsInetAddrType: int = index(arc(2))
    vrrpv3AssociatedIpAddrAddress: str = index(lambda arcs: _inet(arcs[3:]))
    vrrpv3AssociatedIpAddrRowStatus: int | None = column(f"{_VRRP3}.2.1.2", whole)


@dataclass(frozen=True, slots=True)
class FhrpGroup:
    """A gateway address that several routers share, as one of them sees it.

    `protocol`: hsrp or vrrp. `state` as the MIB spells it: `active` or `master` is the one that forwards. `forwarder` is
    that router's own address and `standby` the next in line's (HSRP only), None where there is none or nobody says.
    """

    protocol: str
    ifIndex: int
    group: int
    version: int  # of IP
    state: str | None
    priority: int | None
    addresses: tuple[str, ...]
    forwarder: str | None
    standby: str | None = None


def read_fhrp(reply: Reply) -> tuple[FhrpGroup, ...] | None:
    """HSRP and VRRP groups; None where no table of either is served."""
    tables = [read_table(reply, row) for row in (HsrpGroup, VrrpOper, Vrrp3Oper)]
    if all(rows is None for rows in tables):
        return None
    found: dict[tuple[str, int, int, int], FhrpGroup] = {}
    for row in (*_hsrp(reply), *_vrrp3(reply), *_vrrp2(reply)):  # an agent may show a group in both MIBs of VRRP
        found.setdefault((row.protocol, row.ifIndex, row.group, row.version), row)
    return tuple(found[key] for key in sorted(found))


def _hsrp(reply: Reply) -> Iterator[FhrpGroup]:
    for row in read_table(reply, HsrpGroup) or ():
        virtual = _stated(row.cHsrpGrpVirtualIpAddr)
        yield FhrpGroup(
            "hsrp", row.ifIndex, row.cHsrpGrpNumber, 4, row.cHsrpGrpStandbyState, row.cHsrpGrpPriority,
            (virtual,) if virtual else (), _stated(row.cHsrpGrpActiveRouter), _stated(row.cHsrpGrpStandbyRouter),
        )  # fmt: skip


def _vrrp2(reply: Reply) -> Iterator[FhrpGroup]:
    shared = read_table(reply, VrrpAddress) or ()
    for row in read_table(reply, VrrpOper) or ():
        key = (row.ifIndex, row.vrrpOperVrId)
        addresses = (other.vrrpAssoIpAddr for other in shared if (other.ifIndex, other.vrrpOperVrId) == key)
        yield FhrpGroup(
            "vrrp",
            *key,
            4,
            row.vrrpOperState,
            row.vrrpOperPriority,
            _sorted(addresses),
            _stated(row.vrrpOperMasterIpAddr),
        )


def _vrrp3(reply: Reply) -> Iterator[FhrpGroup]:
    shared = read_table(reply, Vrrp3Address) or ()
    for row in read_table(reply, Vrrp3Oper) or ():
        kind = row.vrrpv3OperationsInetAddrType
        if kind not in FAMILY:
            continue
        key = (row.ifIndex, row.vrrpv3OperationsVrId, kind)
        addresses = (
            other.vrrpv3AssociatedIpAddrAddress
            for other in shared
            if (other.ifIndex, other.vrrpv3OperationsVrId, other.vrrpv3OperationsInetAddrType) == key
        )
        yield FhrpGroup(
            "vrrp", *key[:2], FAMILY[kind], row.vrrpv3OperationsStatus, row.vrrpv3OperationsPriority,
            _sorted(addresses), _bytes_address(row.vrrpv3OperationsMasterIpAddr),
        )  # fmt: skip


def _sorted(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(addresses, key=lambda text: ipaddress.ip_address(text).packed))


def _stated(address: str | None) -> str | None:
    """0.0.0.0 means that there is none, or that none is known."""
    return address if address and address != "0.0.0.0" else None


def _bytes_address(value: bytes | None) -> str | None:
    if value is None or len(value) not in (4, 16) or not any(value):
        return None
    return str(ipaddress.ip_address(value))
