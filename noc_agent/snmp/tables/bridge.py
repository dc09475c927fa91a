"""BRIDGE-MIB (RFC 4188) with its spanning tree, Q-BRIDGE-MIB (RFC 4363)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, enum, hexadecimal, index, mac, names, octets, text, whole
from noc_agent.snmp.source import Reply, Value

_B, _Q = "1.3.6.1.2.1.17", "1.3.6.1.2.1.17.7.1"
_FDB_PORT, _FDB_STATUS = f"{_B}.4.3.1.2", f"{_B}.4.3.1.3"
_QFDB_PORT, _QFDB_STATUS = f"{_Q}.2.2.1.2", f"{_Q}.2.2.1.3"
FDB_COLUMNS = (_FDB_PORT, _FDB_STATUS, _QFDB_PORT, _QFDB_STATUS)
FDB_STATES = {1: "other", 2: "invalid", 3: "learned", 4: "self", 5: "mgmt"}


@dataclass(frozen=True, slots=True)
class BridgeBase:
    dot1dBaseBridgeAddress: str | None = column(f"{_B}.1.1", mac)
    dot1dBaseNumPorts: int | None = column(f"{_B}.1.2", whole)


@dataclass(frozen=True, slots=True)
class BridgePort:
    """A bridge port and the interface that it is."""

    dot1dBasePort: int = index(arc(0))
    dot1dBasePortIfIndex: int | None = column(f"{_B}.1.4.1.2", whole)


@dataclass(frozen=True, slots=True)
class StpGeneral:
    """The spanning tree as this bridge sees it. Times in hundredths of a second."""

    dot1dStpProtocolSpecification: str | None = column(f"{_B}.2.1", names("unknown", "decLb100", "ieee8021d"))
    dot1dStpPriority: int | None = column(f"{_B}.2.2", whole)
    dot1dStpTimeSinceTopologyChange: int | None = column(f"{_B}.2.3", whole)
    dot1dStpTopChanges: int | None = column(f"{_B}.2.4", whole)
    dot1dStpDesignatedRoot: str | None = column(f"{_B}.2.5", hexadecimal)
    dot1dStpRootCost: int | None = column(f"{_B}.2.6", whole)
    dot1dStpRootPort: int | None = column(f"{_B}.2.7", whole)


@dataclass(frozen=True, slots=True)
class StpPort:
    dot1dStpPort: int = index(arc(0))
    dot1dStpPortState: str | None = column(
        f"{_B}.2.15.1.3", names("disabled", "blocking", "listening", "learning", "forwarding", "broken")
    )
    dot1dStpPortEnable: str | None = column(f"{_B}.2.15.1.4", names("enabled", "disabled"))
    dot1dStpPortPathCost: int | None = column(f"{_B}.2.15.1.5", whole)
    dot1dStpPortDesignatedRoot: str | None = column(f"{_B}.2.15.1.6", hexadecimal)
    dot1dStpPortDesignatedBridge: str | None = column(f"{_B}.2.15.1.8", hexadecimal)
    dot1dStpPortDesignatedPort: str | None = column(f"{_B}.2.15.1.9", hexadecimal)
    dot1dStpPortForwardTransitions: int | None = column(f"{_B}.2.15.1.10", whole)


@dataclass(frozen=True, slots=True)
class VlanPort:
    """A bridge port's own VLAN."""

    dot1dBasePort: int = index(arc(0))
    dot1qPvid: int | None = column(f"{_Q}.4.5.1.1", whole)


@dataclass(frozen=True, slots=True)
class VlanCurrent:
    """A VLAN and its ports, as bitmaps of bridge ports."""

    dot1qVlanIndex: int = index(arc(1))
    egress: bytes | None = column(f"{_Q}.4.2.1.4", octets)
    untagged: bytes | None = column(f"{_Q}.4.2.1.5", octets)

    @property
    def egress_ports(self) -> tuple[int, ...]:
        return ports_of(self.egress or b"")

    @property
    def untagged_ports(self) -> tuple[int, ...]:
        return ports_of(self.untagged or b"")


@dataclass(frozen=True, slots=True)
class VlanStatic:
    dot1qVlanIndex: int = index(arc(0))
    dot1qVlanStaticName: str | None = column(f"{_Q}.4.3.1.1", text)


@dataclass(frozen=True, slots=True)
class FdbEntry:
    """A MAC address and the bridge port behind which it is; `vlan` (its filtering database) where that is served."""

    mac: str
    vlan: int | None
    port: int
    status: str


def ports_of(bitmap: bytes) -> tuple[int, ...]:
    """Bridge ports of a PortList: the first port is the highest bit of the first octet."""
    return tuple(8 * n + bit + 1 for n, octet in enumerate(bitmap) for bit in range(8) if octet & (0x80 >> bit))


def read_fdb(reply: Reply) -> tuple[FdbEntry, ...] | None:
    """Learnt addresses, by VLAN where that is served; None where neither table is."""
    by_vlan, plain = reply.columns.get(_QFDB_PORT), reply.columns.get(_FDB_PORT)
    if by_vlan is not None:
        return _entries(by_vlan, reply.columns.get(_QFDB_STATUS, {}), 1)
    return None if plain is None else _entries(plain, reply.columns.get(_FDB_STATUS, {}), 0)


def _entries(ports: Mapping[str, Value], states: Mapping[str, Value], skip: int) -> tuple[FdbEntry, ...]:
    found = []
    name = enum(FDB_STATES)
    for instance, port in ports.items():
        arcs = [int(part) for part in instance.split(".")]
        if len(arcs) == skip + 6 and max(arcs[skip:]) < 256 and isinstance(port, int):
            address = ":".join(f"{octet:02x}" for octet in arcs[skip:])
            found.append(FdbEntry(address, arcs[0] if skip else None, port, name(states.get(instance, 1))))
    return tuple(found)
