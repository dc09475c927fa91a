"""Read-only SNMP: polls as replies, recordings, and the standard tables as typed rows."""

from noc_agent.snmp.columns import columns_of, read_table
from noc_agent.snmp.recording import RecordedSnmp, RecordingFile
from noc_agent.snmp.reply_json import reply_from_json, reply_to_json
from noc_agent.snmp.source import Reply, SnmpSource, Value
from noc_agent.snmp.tables.bridge import (
    FDB_COLUMNS,
    BridgeBase,
    BridgePort,
    FdbEntry,
    StpGeneral,
    StpPort,
    VlanCurrent,
    VlanPort,
    VlanStatic,
    read_fdb,
)
from noc_agent.snmp.tables.cdp import CdpInterface, CdpLocal, CdpNeighbor
from noc_agent.snmp.tables.fhrp import (
    FhrpGroup,
    HsrpGroup,
    Vrrp3Address,
    Vrrp3Oper,
    VrrpAddress,
    VrrpOper,
    read_fhrp,
)
from noc_agent.snmp.tables.host import (
    EntitySensor,
    HostSystem,
    PhysicalEntity,
    PingResult,
    Process,
    Processor,
    Storage,
    UcdSystem,
)
from noc_agent.snmp.tables.interfaces import EtherLike, Interface, System, counter_delta
from noc_agent.snmp.tables.ip import (
    IP_COLUMNS,
    Address,
    ArpEntry,
    IpStats,
    Listener,
    Listeners,
    Route,
    read_addresses,
    read_arp,
    read_listeners,
    read_routes,
)
from noc_agent.snmp.tables.isis import ISIS_COLUMNS, IsisAdjacency, read_isis
from noc_agent.snmp.tables.lag import AggPort, IfStack, LagMember, PagpPort, read_lag_members
from noc_agent.snmp.tables.lldp import LldpLocal, LldpLocalPort, LldpRemote, LldpRemoteAddress
from noc_agent.snmp.tables.lldp_neighbors import LLDP_COLUMNS, management_addresses, read_lldp_remotes
from noc_agent.snmp.tables.routing import (
    BgpLocal,
    BgpPath,
    BgpPeer,
    OspfArea,
    OspfGeneral,
    OspfIfMetric,
    OspfInterface,
    OspfLsdb,
    OspfNeighbor,
)
from noc_agent.snmp.tables.vlans import (
    PortVlans,
    VlanStaticPorts,
    VlanTrunkPort,
    VmMembership,
    VtpVlan,
    vlan_names,
    vlans_of_ports,
)

STANDARD_ROWS = (
    System, Interface, EtherLike, LldpLocal, LldpLocalPort, LldpRemote, LldpRemoteAddress, OspfGeneral, OspfArea,
    OspfInterface, OspfIfMetric, OspfNeighbor, OspfLsdb, BgpLocal, BgpPeer, BgpPath, IpStats, BridgeBase, BridgePort,
    StpGeneral, StpPort, VlanPort, VlanCurrent, VlanStatic, HostSystem, Storage, Processor, Process, UcdSystem,
    PhysicalEntity, EntitySensor, PingResult, CdpLocal, CdpInterface, CdpNeighbor, AggPort, PagpPort, IfStack,
    HsrpGroup, VrrpOper, VrrpAddress, Vrrp3Oper, Vrrp3Address, VlanStaticPorts, VtpVlan, VlanTrunkPort, VmMembership,
)  # fmt: skip
STANDARD_COLUMNS = (*columns_of(*STANDARD_ROWS), *IP_COLUMNS, *FDB_COLUMNS, *LLDP_COLUMNS, *ISIS_COLUMNS)

__all__ = [
    "STANDARD_COLUMNS", "STANDARD_ROWS", "Address", "AggPort", "ArpEntry", "BgpLocal", "BgpPath", "BgpPeer",
    "BridgeBase", "BridgePort", "CdpInterface", "CdpLocal", "CdpNeighbor", "EntitySensor", "EtherLike", "FdbEntry",
    "FhrpGroup", "HostSystem", "Interface", "IpStats", "IsisAdjacency", "LagMember", "Listener", "Listeners",
    "LldpLocal", "LldpLocalPort", "LldpRemote", "LldpRemoteAddress", "OspfArea", "OspfGeneral", "OspfIfMetric",
    "OspfInterface", "OspfLsdb", "OspfNeighbor", "PhysicalEntity", "PingResult", "PortVlans", "Process", "Processor",
    "RecordedSnmp", "RecordingFile", "Reply", "Route", "SnmpSource", "Storage", "StpGeneral", "StpPort", "System",
    "UcdSystem", "Value", "VlanCurrent", "VlanPort", "VlanStatic", "columns_of", "counter_delta",
    "management_addresses", "read_addresses", "read_arp", "read_fdb", "read_fhrp", "read_isis", "read_lag_members",
    "read_listeners", "read_lldp_remotes", "read_routes", "read_table", "reply_from_json", "reply_to_json",
    "vlan_names", "vlans_of_ports",
]  # fmt: skip
