"""EOS."""

from __future__ import annotations

from tests.simulated.messages.message import Message, Table

EOS: Table = {
    "link_down": Message(5, "Ebra", "%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to down"),
    "link_up": Message(5, "Ebra", "%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to up"),
    "port_disabled": Message(5, "Ebra", "%LINK-5-CHANGED: Interface {port}, changed state to administratively down"),
    "ospf_down": Message(4, "Rib", "%OSPF-4-OSPF_ADJACENCY_TEARDOWN: NGB {rid}, interface {own} adjacency dropped: {why}, state was: FULL"),
    "ospf_up": Message(4, "Rib", "%OSPF-4-OSPF_ADJACENCY_ESTABLISHED: NGB {rid}, interface {own} adjacency established"),
    "bgp_down": Message(5, "Bgp", "%BGP-5-ADJCHANGE: peer {peer} (VRF default AS {asn}) old state Established event {why} new state Idle"),
    "bgp_up": Message(5, "Bgp", "%BGP-5-ADJCHANGE: peer {peer} (VRF default AS {asn}) old state OpenConfirm event Established new state Established"),
    "bgp_as": Message(3, "Bgp", "%BGP-3-NOTIFICATION: sent to neighbor {peer} (VRF default AS {asn}) 2/2 (OPEN Message Error/bad AS number) 2 bytes"),
    "bgp_max_prefix": Message(3, "Bgp", "%BGP-3-NOTIFICATION: sent to neighbor {peer} (VRF default AS {asn}) 6/1 (Cease/maximum number of prefixes reached) 7 bytes"),
    "bgp_password": Message(4, "kernel", "TCP: MD5 Hash mismatch for ({peer}, 179)->({own_ip}, 33122)"),
    "mac_flap": Message(4, "Strata", "%ETH-4-HOST_FLAPPING: Host {mac} in VLAN {vlan} is flapping between interface {port} and interface {port2}"),
    "stp_root": Message(5, "Stp", "%SPANTREE-5-ROOTCHANGE: Root changed for instance MST0: new root interface is {port}, new root bridge mac address is {mac}"),
    "stp_change": Message(6, "Stp", "%SPANTREE-6-INTERFACE_STATE: Interface {port} instance MST0 moving from discarding to forwarding"),
    "alarm_memory": Message(3, "kernel", "Out of memory: Killed process 2231 (Bgp) total-vm:1022112kB"),
    "alarm_power": Message(4, "PowerManager", "%PWRMGMT-4-INPUT_POWER_LOSS: PowerSupply2 has lost input power."),
    "alarm_clock": Message(4, "ntpd", "no peer for too long, server running free now"),
    "process_exit": Message(6, "ProcMgr-worker", "%PROCMGR-6-PROCESS_TERMINATED: '{process}' (PID=6170, status=9) has terminated."),
    "process_start": Message(6, "ProcMgr-worker", "%PROCMGR-6-PROCESS_STARTED: '{process}' starting with PID=6186 (PPID=2030) -- execing '/usr/bin/{process}'"),
    "deny": Message(6, "Acl", "%ACL-6-IPACCESS: list {acl} {port} denied {proto} {src}({sport}) -> {dst}({dport})"),
    "boot": Message(5, "Launcher", "%SYS-5-SYSTEM_RESTARTED: System restarted"),
    "config": Message(5, "ConfigAgent", "%SYS-5-CONFIG_I: Configured from console by {user} on vty3 (10.0.0.50)"),
    "login": Message(5, "Aaa", "%AAA-5-LOGIN: user {user} logged in [from: 10.0.0.50] [service: sshd]"),
}  # fmt: skip
