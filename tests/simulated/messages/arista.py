"""EOS."""

from __future__ import annotations

from tests.simulated.messages.message import Message, Table

EOS: Table = {
    "link_down": Message(5, "Ebra", "%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to down"),
    "link_up": Message(5, "Ebra", "%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to up"),
    "port_disabled": Message(5, "Ebra", "%LINK-5-CHANGED: Interface {port}, changed state to administratively down"),
    "ospf_down": Message(4, "Rib", "%OSPF-4-OSPF_ADJACENCY_TEARDOWN: NGB {rid}, interface {own} adjacency dropped: {why}, state was: FULL"),
    "ospf_up": Message(4, "Rib", "%OSPF-4-OSPF_ADJACENCY_ESTABLISHED: NGB {rid}, interface {own} adjacency established"),
    "ospf_mtu": Message(4, "Rib", "%OSPF-4-OSPF_MTU_MISMATCH: NGB {rid} on interface {port}: DBD MTU {far_mtu} larger than interface MTU {mtu}"),
    "ospf_area": Message(4, "Rib", "%OSPF-4-INVALID_PACKET: packet from {peer} on {port}: area mismatch, {far_area} instead of {area}"),
    "ospf_auth": Message(4, "Rib", "%OSPF-4-INVALID_PACKET: packet from {peer} on {port}: authentication failure"),
    "ospf_hello": Message(4, "Rib", "%OSPF-4-INVALID_PACKET: packet from {peer} on {port}: hello interval mismatch, {far_hello} instead of {hello}"),
    "ospf_dead": Message(4, "Rib", "%OSPF-4-INVALID_PACKET: packet from {peer} on {port}: dead interval mismatch, {far_dead} instead of {dead}"),
    "bgp_down": Message(5, "Bgp", "%BGP-5-ADJCHANGE: peer {peer} (VRF default AS {asn}) old state Established event {why} new state Idle"),
    "bgp_up": Message(5, "Bgp", "%BGP-5-ADJCHANGE: peer {peer} (VRF default AS {asn}) old state OpenConfirm event Established new state Established"),
    "bgp_as": Message(3, "Bgp", "%BGP-3-NOTIFICATION: sent to neighbor {peer} (VRF default AS {asn}) 2/2 (OPEN Message Error/bad AS number) 2 bytes"),
    "bgp_max_prefix": Message(3, "Bgp", "%BGP-3-NOTIFICATION: sent to neighbor {peer} (VRF default AS {asn}) 6/1 (Cease/maximum number of prefixes reached) 7 bytes"),
    "bgp_password": Message(4, "kernel", "TCP: MD5 Hash mismatch for ({peer}, 179)->({own_ip}, 33122)"),
    "mac_flap": Message(4, "Strata", "%ETH-4-HOST_FLAPPING: Host {mac} in VLAN {vlan} is flapping between interface {port} and interface {port2}"),
    "stp_root": Message(5, "Stp", "%SPANTREE-5-ROOTCHANGE: Root changed for instance MST0: new root mac address is {mac}"),
    "stp_change": Message(6, "Stp", "%SPANTREE-6-INTERFACE_STATE: Interface {port} instance MST0 moving from discarding to forwarding"),
    "optic_low": Message(4, "XcvrAgent", "%XCVR-4-DOM_ALARM: {port} Rx power low alarm: {value} dBm"),
    "alarm_cpu": Message(4, "Health", "%SYS-4-CPU_UTILIZATION_HIGH: CPU utilization {cpu_load}% exceeds threshold"),
    "alarm_memory": Message(3, "kernel", "Out of memory: Killed process 2231 (Bgp) total-vm:1022112kB"),
    "alarm_disk": Message(4, "Health", "%SYS-4-FILESYSTEM_FULL: File system /var is {disk}% full"),
    "alarm_hot": Message(2, "Thermostat", "%ENVMON-2-TEMPERATURE_CRITICAL: temperature sensor inlet {degrees}C is above critical threshold"),
    "alarm_fan": Message(2, "Thermostat", "%ENVMON-2-FAN_FAILED: Fan 1 has failed"),
    "alarm_power": Message(2, "PowerManager", "%ENVMON-2-POWER_SUPPLY_FAILED: Power supply 2 has lost power"),
    "alarm_clock": Message(4, "ntpd", "no peer for too long, server running free now"),
    "process_exit": Message(6, "ProcMgr-worker", "%PROCMGR-6-PROCESS_TERMINATED: '{process}' (PID=6170, status=9) has terminated."),
    "process_start": Message(6, "ProcMgr-worker", "%PROCMGR-6-PROCESS_STARTED: '{process}' starting with PID=6186 (PPID=2030) -- execing '/usr/bin/{process}'"),
    "duplicate_address": Message(4, "Arp", "%ARP-4-DUPLICATE_ADDR: Duplicate address {address} on {port} from {mac}"),
    "storm": Message(4, "StormControl", "%ETH-4-STORM_CONTROL: Broadcast storm on {port}, traffic is dropped"),
    "deny": Message(6, "Acl", "%ACL-6-IPACCESS: list {acl} {port} denied {proto} {src}({sport}) -> {dst}({dport})"),
    "boot": Message(5, "Launcher", "%SYS-5-SYSTEM_RESTARTED: System restarted"),
    "config": Message(5, "ConfigAgent", "%SYS-5-CONFIG_I: Configured from console by {user} on vty3 (10.0.0.50)"),
    "login": Message(6, "Aaa", "%AAA-6-LOGIN: user {user} logged in [from: 10.0.0.50] [service: sshd]"),
}  # fmt: skip
