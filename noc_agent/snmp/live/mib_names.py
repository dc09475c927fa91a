"""The tables that operators know by name, for what is said of a partial answer."""

from __future__ import annotations

TABLES = {
    "1.3.6.1.2.1.1": "system", "1.3.6.1.2.1.2.2.1": "ifTable", "1.3.6.1.2.1.31.1.1.1": "ifXTable",
    "1.3.6.1.2.1.10.7.2.1": "dot3StatsTable", "1.3.6.1.2.1.4.20.1": "ipAddrTable", "1.3.6.1.2.1.4.21.1": "ipRouteTable",
    "1.3.6.1.2.1.4.22.1": "ipNetToMediaTable", "1.3.6.1.2.1.4.24.4.1": "ipCidrRouteTable",
    "1.3.6.1.2.1.4.24.7.1": "inetCidrRouteTable", "1.3.6.1.2.1.4.34.1": "ipAddressTable",
    "1.3.6.1.2.1.4.35.1": "ipNetToPhysicalTable", "1.3.6.1.2.1.6.13.1": "tcpConnTable",
    "1.3.6.1.2.1.6.20.1": "tcpListenerTable", "1.3.6.1.2.1.7.5.1": "udpTable", "1.3.6.1.2.1.7.7.1": "udpEndpointTable",
    "1.3.6.1.2.1.14.2.1": "ospfAreaTable", "1.3.6.1.2.1.14.4.1": "ospfLsdbTable", "1.3.6.1.2.1.14.7.1": "ospfIfTable",
    "1.3.6.1.2.1.14.8.1": "ospfIfMetricTable", "1.3.6.1.2.1.14.10.1": "ospfNbrTable",
    "1.3.6.1.2.1.15.3.1": "bgpPeerTable", "1.3.6.1.2.1.15.6.1": "bgp4PathAttrTable",
    "1.3.6.1.2.1.17.1.4.1": "dot1dBasePortTable", "1.3.6.1.2.1.17.2.15.1": "dot1dStpPortTable",
    "1.3.6.1.2.1.17.4.3.1": "dot1dTpFdbTable", "1.3.6.1.2.1.17.7.1.2.2.1": "dot1qTpFdbTable",
    "1.3.6.1.2.1.17.7.1.4.2.1": "dot1qVlanCurrentTable", "1.3.6.1.2.1.17.7.1.4.3.1": "dot1qVlanStaticTable",
    "1.3.6.1.2.1.17.7.1.4.5.1": "dot1qPortVlanTable", "1.3.6.1.2.1.25.2.3.1": "hrStorageTable",
    "1.3.6.1.2.1.25.3.3.1": "hrProcessorTable", "1.3.6.1.2.1.25.4.2.1": "hrSWRunTable",
    "1.3.6.1.2.1.47.1.1.1.1": "entPhysicalTable", "1.3.6.1.2.1.99.1.1.1": "entPhySensorTable",
    "1.0.8802.1.1.2.1.3.7.1": "lldpLocPortTable", "1.0.8802.1.1.2.1.4.1.1": "lldpRemTable",
    "1.0.8802.1.1.2.1.4.2.1": "lldpRemManAddrTable",
}  # fmt: skip


def table_name(oid: str) -> str:
    """A table by its entry's OID, or a group of scalars by its own; the OID where it has no name here."""
    return TABLES.get(oid, oid)
