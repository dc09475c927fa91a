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
    "ospf_mtu": Message(4, "%%01OSPF/4/PKT_ERR(l)[132]", "OSPF packet received with error. (ProcessId=1, Interface={port}, SourceAddress={peer}, ErrorType=DD: MTU option mismatch)"),
    "ospf_area": Message(4, "%%01OSPF/4/CONFLICT(l)[133]", "OSPF area mismatch. (ProcessId=1, Interface={port}, SourceAddress={peer}, AreaId={far_area})"),
    "ospf_auth": Message(4, "%%01OSPF/4/PKT_ERR(l)[134]", "OSPF packet received with error. (ProcessId=1, Interface={port}, SourceAddress={peer}, ErrorType=Bad authentication key)"),
    "ospf_hello": Message(4, "%%01OSPF/4/PKT_ERR(l)[135]", "OSPF packet received with error. (ProcessId=1, Interface={port}, SourceAddress={peer}, ErrorType=Hello timer mismatch)"),
    "ospf_dead": Message(4, "%%01OSPF/4/PKT_ERR(l)[136]", "OSPF packet received with error. (ProcessId=1, Interface={port}, SourceAddress={peer}, ErrorType=Dead timer mismatch)"),
    "bgp_down": Message(3, "%%01BGP/3/STATE_CHG_UPDOWN(l)[140]", "The status of the peer {peer} changed from ESTABLISHED to IDLE. (InstanceName=Public, StateChangeReason={why})"),
    "bgp_up": Message(3, "%%01BGP/3/STATE_CHG_UPDOWN(l)[141]", "The status of the peer {peer} changed from OPENCONFIRM to ESTABLISHED. (InstanceName=Public, StateChangeReason=Up)"),
    "bgp_as": Message(4, "%%01BGP/4/BAD_PEER_AS(l)[142]", "Open message from {peer} with bad peer AS: configured {asn}, received {as_got}."),
    "bgp_max_prefix": Message(3, "%%01BGP/3/ROUTEPRIX_EXCEED(l)[143]", "The number of prefixes received from peer {peer} exceeded the limit {limit}."),
    "bgp_password": Message(4, "%%01SOCKET/4/TCP_MD5_AUTH_FAIL(l)[144]", "TCP MD5 authentication failed. (SourceAddress={peer}, SourcePort=179)"),
    "mac_flap": Message(4, "%%01L2IFPPI/4/MFLPVLANALARM(l)[150]", "MAC move detected, VlanId = {vlan}, MacAddress = {mac_dash}, Original-Port = {port}, Flapping port = {port2}. Please check the network accessed to flapping port."),
    "stp_root": Message(4, "%%01MSTP/4/ROOT_CHANGE(l)[151]", "MSTP process 0: the root bridge of instance 0 changed to {mac_dash}."),
    "alarm_cpu": Message(4, "%%01VOSCPU/4/CPU_USAGE_HIGH(l)[160]", "The CPU is overloaded (CpuUsage={cpu_load}%, Threshold=90%), and the tasks with top three CPU occupancy are: ROUT, SNMP, VIDL."),
    "alarm_memory": Message(4, "%%01MEM/4/MEM_RISING(l)[161]", "The memory usage has exceeded the preset overload threshold. (UsedPercent={memory}%)"),
    "alarm_hot": Message(1, "%%01SRM/1/TEMPRISING(l)[162]", "Temperature exceeded the upper pre-alarm limit. (Slot=0, Temperature={degrees})"),
    "alarm_fan": Message(1, "%%01SRM/1/FANFAULT(l)[163]", "Fan failed. (FanNum=1)"),
    "alarm_power": Message(1, "%%01SRM/1/POWERFAULT(l)[164]", "Power failed. (PowerNum=2)"),
    "alarm_clock": Message(4, "%%01NTP/4/LEAP_CHANGE(l)[165]", "System clock is not synchronized: no reachable server."),
    "duplicate_address": Message(4, "%%01ARP/4/ARP_DUPLICATE_IPADDR(l)[170]", "Received an ARP packet with a duplicate IP address from the interface. (IpAddress={address}, InterfaceName={port}, MacAddress={mac_dash})"),
    "optic_low": Message(4, "%%01OPTICAL/4/RX_POWER_LOW(l)[171]", "The received optical power of {port} is too low ({value} dBm)."),
    "storm": Message(4, "%%01SECE/4/STORM_CONTROL(l)[172]", "Storm control on {port}: broadcast packets are blocked."),
    "boot": Message(4, "%%01VFS/4/SYSTEM_START(l)[1]", "System restarted."),
    "config": Message(5, "%%01SHELL/5/CMDRECORD(s)[180]", "Recorded command information. (Task=VT0, Ip=10.0.0.50, User={user}, Command=\"system-view\")"),
    "login": Message(4, "%%01SHELL/4/LOGIN(s)[181]", "User {user} logged in from 10.0.0.50."),
}  # fmt: skip
