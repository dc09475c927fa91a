"""VRP."""

from __future__ import annotations

from tests.simulated.messages.message import Message, Table

VRP: Table = {
    "link_down": Message(4, "%%01IFNET/4/LINK_STATE(l)[121]", "The line protocol IP on the interface {port} has entered the DOWN state."),
    "line_down": Message(4, "%%01IFPDT/4/IF_STATE(l)[120]", "Interface {port} has turned into DOWN state."),
    "link_up": Message(4, "%%01IFPDT/4/IF_STATE(l)[122]", "Interface {port} has turned into UP state."),
    "port_disabled": Message(4, "%%01IFPDT/4/IF_STATE(l)[119]", "Interface {port} has turned into DOWN state."),
    "ospf_down": Message(3, "%%01OSPF/3/NBR_DOWN_REASON(l)[130]", "Neighbor state leaves full or changed to Down. (ProcessId=1, NeighborRouterId={rid}, NeighborAreaId={area}, NeighborInterface={port}, NeighborDownImmediate reason=Neighbor Down Due to {why}, NeighborDownPrimeReason={why}, NeighborChangeTime={stamp})"),
    "ospf_up": Message(6, "%%01OSPF/6/NBR_CHANGE_F(l)[131]", "Neighbor changes event: neighbor status changed. (ProcessId=1, NeighborAddress={peer}, NeighborEvent=LoadingDone, NeighborPreviousState=Loading, NeighborCurrentState=Full)"),
    "bgp_down": Message(3, "%%01BGP/3/STATE_CHG_UPDOWN(l)[140]", "The status of the peer {peer} changed from ESTABLISHED to IDLE. (InstanceName=Public, StateChangeReason={why})"),
    "bgp_up": Message(3, "%%01BGP/3/STATE_CHG_UPDOWN(l)[141]", "The status of the peer {peer} changed from OPENCONFIRM to ESTABLISHED. (InstanceName=Public, StateChangeReason=Up)"),
    "bgp_max_prefix": Message(3, "%%01BGP/3/ROUTEPRIX_EXCEED(l)[143]", "The number of prefixes received from peer {peer} exceeded the limit {limit}."),
    "mac_flap": Message(4, "%%01L2IFPPI/4/MFLPVLANALARM(l)[150]", "MAC move detected, VlanId = {vlan}, MacAddress = {mac_dash}, Original-Port = {port}, Flapping port = {port2}. Please check the network accessed to flapping port."),
    "alarm_cpu": Message(4, "%%01VOSCPU/4/CPU_USAGE_HIGH(l)[160]", "The CPU is overloaded (CpuUsage={cpu_load}%, Threshold=90%), and the tasks with top three CPU occupancy are: ROUT, SNMP, VIDL."),
    "alarm_clock": Message(2, "%%01NTP/2/NTP_SYNCHRONIZE_STATUS(l)[165]", "NTP state changed from synchronized to unsynchronized. (SynchronizationSourceAddress = 10.0.0.123 , VpnInstance = , Reason = Peer reachability lost)"),
    "duplicate_address": Message(4, "%%01ARP/4/ARP_DUPLICATE_IPADDR(l)[170]", "Received an ARP packet with a duplicate IP address from the interface. (IpAddress={address}, InterfaceName={port}, MacAddress={mac_dash})"),
    "config": Message(5, "%%01SHELL/5/CMDRECORD(s)[180]", "Recorded command information. (Task=VT0, Ip=10.0.0.50, User={user}, Command=\"system-view\")"),
    "login": Message(4, "%%01SHELL/4/LOGIN(s)[181]", "User {user} logged in from 10.0.0.50."),
}  # fmt: skip
