"""SNMPv2-MIB (RFC 3418), IF-MIB (RFC 2863), EtherLike-MIB (RFC 3635)."""

from __future__ import annotations

from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, enum, index, mac, names, text, whole

_IF, _IFX, _DOT3 = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.10.7.2.1"
UNKNOWN_SPEED = 4294967295  # RFC 2863: ifSpeed of an interface that is faster than it can say

IF_TYPES = {
    1: "other", 6: "ethernetCsmacd", 23: "ppp", 24: "softwareLoopback", 53: "propVirtual", 62: "fastEther",
    69: "fastEtherFX", 117: "gigabitEthernet", 131: "tunnel", 135: "l2vlan", 136: "l3ipvlan", 150: "mplsTunnel",
    161: "ieee8023adLag", 166: "mpls", 209: "bridge",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class System:
    """The system group. `sysUpTime` in hundredths of a second."""

    sysDescr: str | None = column("1.3.6.1.2.1.1.1", text)
    sysObjectID: str | None = column("1.3.6.1.2.1.1.2", text)
    sysUpTime: int | None = column("1.3.6.1.2.1.1.3", whole)
    sysContact: str | None = column("1.3.6.1.2.1.1.4", text)
    sysName: str | None = column("1.3.6.1.2.1.1.5", text)
    sysLocation: str | None = column("1.3.6.1.2.1.1.6", text)
    snmpEngineTime: int | None = column("1.3.6.1.6.3.10.2.1.3", whole)


@dataclass(frozen=True, slots=True)
class Interface:
    """One row of ifTable with its row of ifXTable. Times in hundredths of a second since the agent started."""

    ifIndex: int = index(arc(0))
    ifDescr: str | None = column(f"{_IF}.2", text)
    ifType: str | None = column(f"{_IF}.3", enum(IF_TYPES))
    ifMtu: int | None = column(f"{_IF}.4", whole)
    ifSpeed: int | None = column(f"{_IF}.5", whole)
    ifPhysAddress: str | None = column(f"{_IF}.6", mac)
    ifAdminStatus: str | None = column(f"{_IF}.7", names("up", "down", "testing"))
    ifOperStatus: str | None = column(
        f"{_IF}.8", names("up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown")
    )
    ifLastChange: int | None = column(f"{_IF}.9", whole)
    ifInOctets: int | None = column(f"{_IF}.10", whole)
    ifInUcastPkts: int | None = column(f"{_IF}.11", whole)
    ifInDiscards: int | None = column(f"{_IF}.13", whole)
    ifInErrors: int | None = column(f"{_IF}.14", whole)
    ifInUnknownProtos: int | None = column(f"{_IF}.15", whole)
    ifOutOctets: int | None = column(f"{_IF}.16", whole)
    ifOutUcastPkts: int | None = column(f"{_IF}.17", whole)
    ifOutDiscards: int | None = column(f"{_IF}.19", whole)
    ifOutErrors: int | None = column(f"{_IF}.20", whole)
    ifName: str | None = column(f"{_IFX}.1", text)
    ifHCInOctets: int | None = column(f"{_IFX}.6", whole)
    ifHCInUcastPkts: int | None = column(f"{_IFX}.7", whole)
    ifHCInMulticastPkts: int | None = column(f"{_IFX}.8", whole)
    ifHCInBroadcastPkts: int | None = column(f"{_IFX}.9", whole)
    ifHCOutOctets: int | None = column(f"{_IFX}.10", whole)
    ifHCOutUcastPkts: int | None = column(f"{_IFX}.11", whole)
    ifHCOutMulticastPkts: int | None = column(f"{_IFX}.12", whole)
    ifHCOutBroadcastPkts: int | None = column(f"{_IFX}.13", whole)
    ifHighSpeed: int | None = column(f"{_IFX}.15", whole)
    ifConnectorPresent: str | None = column(f"{_IFX}.17", names("true", "false"))
    ifAlias: str | None = column(f"{_IFX}.18", text)
    ifCounterDiscontinuityTime: int | None = column(f"{_IFX}.19", whole)

    @property
    def name(self) -> str:
        """ifName, else ifDescr."""
        return self.ifName or self.ifDescr or f"if{self.ifIndex}"

    @property
    def speed_bps(self) -> int | None:
        """Bits a second; None where it is not known."""
        if self.ifHighSpeed:
            return self.ifHighSpeed * 1_000_000
        return self.ifSpeed if self.ifSpeed and self.ifSpeed != UNKNOWN_SPEED else None

    @property
    def in_octets(self) -> int | None:
        return self.ifInOctets if self.ifHCInOctets is None else self.ifHCInOctets

    @property
    def out_octets(self) -> int | None:
        return self.ifOutOctets if self.ifHCOutOctets is None else self.ifHCOutOctets

    @property
    def in_packets(self) -> int | None:
        """Unicast packets received."""
        return self.ifInUcastPkts if self.ifHCInUcastPkts is None else self.ifHCInUcastPkts

    @property
    def out_packets(self) -> int | None:
        """Unicast packets sent."""
        return self.ifOutUcastPkts if self.ifHCOutUcastPkts is None else self.ifHCOutUcastPkts


@dataclass(frozen=True, slots=True)
class EtherLike:
    """dot3StatsTable: why frames were bad."""

    ifIndex: int = index(arc(0))
    dot3StatsAlignmentErrors: int | None = column(f"{_DOT3}.2", whole)
    dot3StatsFCSErrors: int | None = column(f"{_DOT3}.3", whole)
    dot3StatsLateCollisions: int | None = column(f"{_DOT3}.8", whole)
    dot3StatsExcessiveCollisions: int | None = column(f"{_DOT3}.9", whole)
    dot3StatsFrameTooLongs: int | None = column(f"{_DOT3}.13", whole)
    dot3StatsInternalMacReceiveErrors: int | None = column(f"{_DOT3}.16", whole)
    dot3StatsSymbolErrors: int | None = column(f"{_DOT3}.18", whole)
    dot3StatsDuplexStatus: str | None = column(f"{_DOT3}.19", names("unknown", "halfDuplex", "fullDuplex"))


def counter_delta(before: int, now: int, bits: int) -> int | None:
    """Growth of a counter of 32 or 64 bits over one wrap; None where it started over rather than wrapped."""
    if now >= before:
        return now - before
    # A 64-bit counter does not wrap in a lifetime; a 32-bit one that fell from its lower half started over.
    return now - before + 2**32 if bits == 32 and before >= 2**31 else None
