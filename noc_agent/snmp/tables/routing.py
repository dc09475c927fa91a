"""OSPF-MIB (RFC 4750) and BGP4-MIB (RFC 4273)."""

from __future__ import annotations

from dataclasses import dataclass

from noc_agent.snmp.columns import arc, as_number, column, dotted, hexadecimal, index, names, octets, text, whole

_OSPF, _BGP = "1.3.6.1.2.1.14", "1.3.6.1.2.1.15"
ENABLED = names("enabled", "disabled")


@dataclass(frozen=True, slots=True)
class OspfGeneral:
    """The router's own OSPF settings."""

    ospfRouterId: str | None = column(f"{_OSPF}.1.1", text)
    ospfAdminStat: str | None = column(f"{_OSPF}.1.2", ENABLED)


@dataclass(frozen=True, slots=True)
class OspfArea:
    ospfAreaId: str = index(dotted(0, 4))
    ospfImportAsExtern: int | None = column(f"{_OSPF}.2.1.3", whole)
    ospfSpfRuns: int | None = column(f"{_OSPF}.2.1.4", whole)
    ospfAreaLsaCount: int | None = column(f"{_OSPF}.2.1.7", whole)


@dataclass(frozen=True, slots=True)
class OspfInterface:
    """An interface that runs OSPF. Intervals in seconds."""

    ospfIfIpAddress: str = index(dotted(0, 4))
    ospfAddressLessIf: int = index(arc(4))
    ospfIfAreaId: str | None = column(f"{_OSPF}.7.1.3", text)
    ospfIfType: str | None = column(
        f"{_OSPF}.7.1.4", names("broadcast", "nbma", "pointToPoint", "?", "pointToMultipoint")
    )
    ospfIfAdminStat: str | None = column(f"{_OSPF}.7.1.5", ENABLED)
    ospfIfRtrPriority: int | None = column(f"{_OSPF}.7.1.6", whole)
    ospfIfRetransInterval: int | None = column(f"{_OSPF}.7.1.8", whole)
    ospfIfHelloInterval: int | None = column(f"{_OSPF}.7.1.9", whole)
    ospfIfRtrDeadInterval: int | None = column(f"{_OSPF}.7.1.10", whole)
    ospfIfState: str | None = column(
        f"{_OSPF}.7.1.12",
        names(
            "down",
            "loopback",
            "waiting",
            "pointToPoint",
            "designatedRouter",
            "backupDesignatedRouter",
            "otherDesignatedRouter",
        ),
    )
    ospfIfEvents: int | None = column(f"{_OSPF}.7.1.15", whole)
    ospfIfAuthType: int | None = column(f"{_OSPF}.7.1.20", whole)


@dataclass(frozen=True, slots=True)
class OspfIfMetric:
    ospfIfMetricIpAddress: str = index(dotted(0, 4))
    ospfIfMetricAddressLessIf: int = index(arc(4))
    ospfIfMetricTOS: int = index(arc(5))
    ospfIfMetricValue: int | None = column(f"{_OSPF}.8.1.4", whole)


@dataclass(frozen=True, slots=True)
class OspfNeighbor:
    ospfNbrIpAddr: str = index(dotted(0, 4))
    ospfNbrAddressLessIndex: int = index(arc(4))
    ospfNbrRtrId: str | None = column(f"{_OSPF}.10.1.3", text)
    ospfNbrPriority: int | None = column(f"{_OSPF}.10.1.5", whole)
    ospfNbrState: str | None = column(
        f"{_OSPF}.10.1.6",
        names("down", "attempt", "init", "twoWay", "exchangeStart", "exchange", "loading", "full"),
    )
    ospfNbrEvents: int | None = column(f"{_OSPF}.10.1.7", whole)


@dataclass(frozen=True, slots=True)
class OspfLsdb:
    """One link-state advertisement, whole, as RFC 2328 A.4 lays it out. `ospfLsdbAge` in seconds."""

    ospfLsdbAreaId: str = index(dotted(0, 4))
    ospfLsdbType: int = index(arc(4))
    ospfLsdbLsid: str = index(dotted(5, 9))
    ospfLsdbRouterId: str = index(dotted(9, 13))
    ospfLsdbSequence: int | None = column(f"{_OSPF}.4.1.5", whole)
    ospfLsdbAge: int | None = column(f"{_OSPF}.4.1.6", whole)
    ospfLsdbChecksum: int | None = column(f"{_OSPF}.4.1.7", whole)
    ospfLsdbAdvertisement: bytes | None = column(f"{_OSPF}.4.1.8", octets)


@dataclass(frozen=True, slots=True)
class BgpLocal:
    bgpLocalAs: int | None = column(f"{_BGP}.2", as_number)
    bgpIdentifier: str | None = column(f"{_BGP}.4", text)


@dataclass(frozen=True, slots=True)
class BgpPeer:
    """A BGP peer. `bgpPeerLastError` as code and subcode in hex, "0202"; it is sticky and keeps old faults."""

    bgpPeerRemoteAddr: str = index(dotted(0, 4))
    bgpPeerIdentifier: str | None = column(f"{_BGP}.3.1.1", text)
    bgpPeerState: str | None = column(
        f"{_BGP}.3.1.2", names("idle", "connect", "active", "opensent", "openconfirm", "established")
    )
    bgpPeerAdminStatus: str | None = column(f"{_BGP}.3.1.3", names("stop", "start"))
    bgpPeerLocalAddr: str | None = column(f"{_BGP}.3.1.5", text)
    bgpPeerRemotePort: int | None = column(f"{_BGP}.3.1.8", whole)
    bgpPeerRemoteAs: int | None = column(f"{_BGP}.3.1.9", as_number)
    bgpPeerInUpdates: int | None = column(f"{_BGP}.3.1.10", whole)
    bgpPeerOutUpdates: int | None = column(f"{_BGP}.3.1.11", whole)
    bgpPeerLastError: str | None = column(f"{_BGP}.3.1.14", hexadecimal)
    bgpPeerFsmEstablishedTransitions: int | None = column(f"{_BGP}.3.1.15", whole)
    bgpPeerFsmEstablishedTime: int | None = column(f"{_BGP}.3.1.16", whole)
    bgpPeerHoldTime: int | None = column(f"{_BGP}.3.1.18", whole)


@dataclass(frozen=True, slots=True)
class BgpPath:
    """A path received from a peer (bgp4PathAttrTable)."""

    prefix: str = index(lambda arcs: f"{'.'.join(map(str, arcs[0:4]))}/{arcs[4]}")
    bgp4PathAttrPeer: str = index(dotted(5, 9))
    bgp4PathAttrASPathSegment: bytes | None = column(f"{_BGP}.6.1.5", octets)
    bgp4PathAttrNextHop: str | None = column(f"{_BGP}.6.1.6", text)
    bgp4PathAttrBest: str | None = column(f"{_BGP}.6.1.13", names("false", "true"))
