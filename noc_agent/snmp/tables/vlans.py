"""VLANs of ports, whatever the make says them in: Q-BRIDGE-MIB (RFC 4363), CISCO-VTP-MIB, CISCO-VLAN-MEMBERSHIP-MIB."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, index, names, octets, read_table, text, whole
from noc_agent.snmp.source import Reply
from noc_agent.snmp.tables.bridge import BridgePort, VlanCurrent, VlanPort, VlanStatic, ports_of

_VTP, _MEMBER = "1.3.6.1.4.1.9.9.46.1", "1.3.6.1.4.1.9.9.68.1"
HIGHEST_VLAN = 4094
MOST_DIGITS = 10  # of a bridge port's number
_PORT_NUMBERS = frozenset(b"0123456789, ")


@dataclass(frozen=True, slots=True)
class VtpVlan:
    """A VLAN that a Cisco switch knows."""

    managementDomainIndex: int = index(arc(0))
    vtpVlanIndex: int = index(arc(1))
    vtpVlanState: str | None = column(
        f"{_VTP}.3.1.1.2", names("operational", "suspended", "mtuTooBigForDevice", "mtuTooBigForTrunk")
    )
    vtpVlanType: str | None = column(f"{_VTP}.3.1.1.3", names("ethernet", "fddi", "tokenRing", "fddiNet", "trNet"))
    vtpVlanName: str | None = column(f"{_VTP}.3.1.1.4", text)


@dataclass(frozen=True, slots=True)
class VlanTrunkPort:
    """A Cisco port that may be a trunk. `enabled…`: 128 octets each, a bit a VLAN from 0, 1024, 2048 and 3072 on."""

    vlanTrunkPortIfIndex: int = index(arc(0))
    enabled: bytes | None = column(f"{_VTP}.6.1.1.4", octets)
    enabled2k: bytes | None = column(f"{_VTP}.6.1.1.17", octets)
    enabled3k: bytes | None = column(f"{_VTP}.6.1.1.18", octets)
    enabled4k: bytes | None = column(f"{_VTP}.6.1.1.19", octets)
    vlanTrunkPortNativeVlan: int | None = column(f"{_VTP}.6.1.1.5", whole)
    vlanTrunkPortDynamicStatus: str | None = column(f"{_VTP}.6.1.1.14", names("trunking", "notTrunking"))
    vlanTrunkPortEncapsulationOperType: str | None = column(
        f"{_VTP}.6.1.1.16", names("isl", "dot10", "lane", "dot1Q", "negotiating", "notApplicable")
    )

    @property
    def trunking(self) -> bool | None:
        """Whether it is a trunk now: as it says, else as what it encapsulates shows."""
        if self.vlanTrunkPortDynamicStatus is not None:
            return self.vlanTrunkPortDynamicStatus == "trunking"
        kind = self.vlanTrunkPortEncapsulationOperType
        return None if kind in (None, "negotiating") else kind != "notApplicable"

    @property
    def vlans(self) -> tuple[int, ...] | None:
        """VLANs enabled on it; None where no part of the list is served."""
        parts = (self.enabled, self.enabled2k, self.enabled3k, self.enabled4k)
        if all(part is None for part in parts):
            return None
        found = (1024 * n + port - 1 for n, part in enumerate(parts) for port in ports_of(part or b"") if port <= 1024)
        return tuple(vlan for vlan in found if 0 < vlan <= HIGHEST_VLAN)


@dataclass(frozen=True, slots=True)
class VmMembership:
    """The VLAN of a Cisco access port, and the one of the telephone on it (0, 4095 and 4096 are none)."""

    ifIndex: int = index(arc(0))
    vmVlan: int | None = column(f"{_MEMBER}.2.2.1.2", whole)
    vmVoiceVlanId: int | None = column(f"{_MEMBER}.5.1.1.1", whole)


@dataclass(frozen=True, slots=True)
class VlanStaticPorts:
    """A configured VLAN and its ports: bitmaps of bridge ports, or their numbers as text on Junos."""

    dot1qVlanIndex: int = index(arc(0))
    dot1qVlanStaticEgressPorts: bytes | None = column("1.3.6.1.2.1.17.7.1.4.3.1.2", octets)
    dot1qVlanStaticUntaggedPorts: bytes | None = column("1.3.6.1.2.1.17.7.1.4.3.1.4", octets)


@dataclass(frozen=True, slots=True)
class PortVlans:
    """What a port does with VLANs; every part is None where it is not served.

    `pvid`: the VLAN of frames that come in untagged (on a trunk its native VLAN). `untagged` and `tagged`: VLANs that the
    port carries so. `trunk`: whether the device calls it a trunk; Q-BRIDGE-MIB does not tell.
    """

    ifIndex: int
    pvid: int | None = None
    untagged: tuple[int, ...] | None = None
    tagged: tuple[int, ...] | None = None
    trunk: bool | None = None


VLAN_ROWS = (VtpVlan, VlanTrunkPort, VmMembership, VlanStaticPorts)


def vlans_of_ports(reply: Reply) -> Mapping[int, PortVlans]:
    """VLANs by ifIndex. A port of which nothing is served is not there; Cisco's own tables go before the standard one."""
    return {**_bridge_ports(reply), **_cisco_ports(reply)}


def vlan_names(reply: Reply) -> Mapping[int, str]:
    """Names of the VLANs that a device knows, "" for one without; Cisco's FDDI and token-ring relics are left out."""
    cisco = (row for row in read_table(reply, VtpVlan) or () if row.vtpVlanType in (None, "ethernet"))
    found = {row.vtpVlanIndex: row.vtpVlanName or "" for row in cisco}
    found |= {row.dot1qVlanIndex: "" for row in read_table(reply, VlanCurrent) or ()}
    found |= {row.dot1qVlanIndex: "" for row in read_table(reply, VlanStaticPorts) or ()}
    found |= {row.dot1qVlanIndex: row.dot1qVlanStaticName or "" for row in read_table(reply, VlanStatic) or ()}
    return dict(sorted(found.items()))


def _bridge_ports(reply: Reply) -> dict[int, PortVlans]:
    """Q-BRIDGE-MIB: what is in force, else what is configured."""
    ports = {row.dot1dBasePort: row.dot1dBasePortIfIndex for row in read_table(reply, BridgePort) or ()}
    pvids = {row.dot1dBasePort: row.dot1qPvid or None for row in read_table(reply, VlanPort) or ()}
    members = _current(reply) or _configured(reply, ports.keys() | pvids.keys())
    if members is None and not pvids:
        return {}
    carried, untagged = members or (None, None)
    found = {}
    for port, ifIndex in ports.items():
        if not ifIndex:
            continue
        plain = None if untagged is None else tuple(sorted(untagged[port]))
        rest = None if carried is None else tuple(sorted(carried[port] - set(plain or ())))
        found[ifIndex] = PortVlans(ifIndex, pvids.get(port), plain, rest)
    return found


VlansByPort = Mapping[int, set[int]]  # of bridge ports


def _current(reply: Reply) -> tuple[VlansByPort, VlansByPort | None] | None:
    """dot1qVlanCurrentTable: all VLANs and the untagged ones. Of a VLAN's rows the last, with the newest TimeMark, counts."""
    rows = {row.dot1qVlanIndex: row for row in read_table(reply, VlanCurrent) or () if row.egress is not None}
    if not rows:
        return None
    plain = any(row.untagged is not None for row in rows.values())
    return (
        _by_port((vlan, row.egress_ports) for vlan, row in rows.items()),
        _by_port((vlan, row.untagged_ports) for vlan, row in rows.items()) if plain else None,
    )


def _configured(reply: Reply, ports: Collection[int]) -> tuple[VlansByPort, VlansByPort | None] | None:
    rows = [row for row in read_table(reply, VlanStaticPorts) or () if row.dot1qVlanStaticEgressPorts is not None]
    if not rows:
        return None
    egress = {row.dot1qVlanIndex: row.dot1qVlanStaticEgressPorts or b"" for row in rows}
    plain = [row for row in rows if row.dot1qVlanStaticUntaggedPorts is not None]
    untagged = {row.dot1qVlanIndex: row.dot1qVlanStaticUntaggedPorts or b"" for row in plain}
    read = _numbers if _is_text([*egress.values(), *untagged.values()], ports) else ports_of
    return (
        _by_port((vlan, read(value)) for vlan, value in egress.items()),
        _by_port((vlan, read(value)) for vlan, value in untagged.items()) if plain else None,
    )


def _by_port(ports_by_vlan: Iterable[tuple[int, Iterable[int]]]) -> VlansByPort:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for vlan, ports in ports_by_vlan:
        for port in ports:
            found[port].add(vlan)
    return found


def _is_text(values: Collection[bytes], ports: Collection[int]) -> bool:
    """Whether PortLists are numbers with commas, as Junos writes them: as such they name ports, as bitmaps they do not."""
    if not all(_PORT_NUMBERS.issuperset(value) for value in values):
        return False
    known = {0, *ports}
    as_text = all(number in known for value in values for number in _numbers(value))
    return as_text and not all(port in known for value in values for port in ports_of(value))


def _numbers(value: bytes) -> tuple[int, ...]:
    parts = (part.strip() for part in value.decode("ascii").split(","))
    return tuple(int(part) for part in parts if part.isdigit() and len(part) <= MOST_DIGITS)


def _cisco_ports(reply: Reply) -> dict[int, PortVlans]:
    """CISCO-VTP-MIB for trunks, CISCO-VLAN-MEMBERSHIP-MIB for the rest."""
    trunks = {row.vlanTrunkPortIfIndex: row for row in read_table(reply, VlanTrunkPort) or ()}
    access = {row.ifIndex: row for row in read_table(reply, VmMembership) or ()}
    vtp = read_table(reply, VtpVlan)
    known = (
        None
        if vtp is None
        else {row.vtpVlanIndex for row in vtp} | {row.vmVlan for row in access.values() if row.vmVlan}
    )
    found = {}
    for ifIndex in trunks.keys() | access.keys():
        trunk = trunks.get(ifIndex)
        if trunk is not None and trunk.trunking:
            found[ifIndex] = _trunk(trunk, known)
        elif ifIndex in access:
            found[ifIndex] = _access(access[ifIndex], trunk)
    return found


def _trunk(row: VlanTrunkPort, known: Collection[int] | None) -> PortVlans:
    """A trunk carries those of its enabled VLANs that the switch has at all."""
    native = row.vlanTrunkPortNativeVlan or None
    tagged = None
    if row.vlans is not None:
        tagged = tuple(vlan for vlan in row.vlans if vlan != native and (known is None or vlan in known))
    return PortVlans(row.vlanTrunkPortIfIndex, native, _only(native), tagged, trunk=True)


def _access(row: VmMembership, trunk: VlanTrunkPort | None) -> PortVlans:
    vlan, voice = row.vmVlan or None, row.vmVoiceVlanId
    tagged = None if voice is None else (voice,) if 0 < voice <= HIGHEST_VLAN else ()
    return PortVlans(row.ifIndex, vlan, _only(vlan), tagged, trunk.trunking if trunk else None)


def _only(vlan: int | None) -> tuple[int, ...]:
    return () if vlan is None else (vlan,)
