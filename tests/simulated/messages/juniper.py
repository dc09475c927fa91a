"""Junos."""

from __future__ import annotations

from tests.simulated.messages.message import Message, Table

JUNOS: Table = {
    "link_down": Message(4, "mib2d[4311]", "SNMP_TRAP_LINK_DOWN: ifIndex {index}, ifAdminStatus up(1), ifOperStatus down(2), ifName {port}"),
    "link_up": Message(6, "mib2d[4311]", "SNMP_TRAP_LINK_UP: ifIndex {index}, ifAdminStatus up(1), ifOperStatus up(1), ifName {port}"),
    "port_disabled": Message(4, "mib2d[4311]", "SNMP_TRAP_LINK_DOWN: ifIndex {index}, ifAdminStatus down(2), ifOperStatus down(2), ifName {port}"),
    "ospf_down": Message(5, "rpd[2210]", "RPD_OSPF_NBRDOWN: OSPF neighbor {peer} (realm ospf-v2 {port}.0 area {area}) state changed from Full to Down due to {why} (event reason: {why_long})"),
    "ospf_up": Message(5, "rpd[2210]", "RPD_OSPF_NBRUP: OSPF neighbor {peer} (realm ospf-v2 {port}.0 area {area}) state changed from Loading to Full due to LoadDone (event reason: OSPF loading completed)"),
    "ospf_mtu": Message(4, "rpd[2210]", "OSPF packet ignored: MTU mismatch from {peer} on intf {port}.0 area {area}"),
    "ospf_area": Message(4, "rpd[2210]", "OSPF packet ignored: area mismatch ({far_area}) from {peer} on intf {port}.0 area {area}"),
    "ospf_hello": Message(4, "rpd[2210]", "OSPF packet ignored: hello interval mismatch {far_hello} from {peer} on intf {port}.0 area {area}"),
    "ospf_dead": Message(4, "rpd[2210]", "OSPF packet ignored: dead interval mismatch {far_dead} from {peer} on intf {port}.0 area {area}"),
    "ospf_auth": Message(4, "rpd[2210]", "OSPF packet ignored: authentication failure (wrong key) from {peer} on intf {port}.0 area {area}"),
    "ospf_subnet": Message(4, "rpd[2210]", "OSPF packet ignored: subnet mismatch from {peer} on intf {port}.0 area {area}"),
    "bgp_down": Message(4, "rpd[2210]", "RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer {peer} ({kind} AS {asn}) changed state from Established to Idle (event {why}) (instance master)"),
    "bgp_up": Message(4, "rpd[2210]", "RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer {peer} ({kind} AS {asn}) changed state from OpenConfirm to Established (event RecvKeepAlive) (instance master)"),
    "bgp_as": Message(4, "rpd[2210]", "bgp_pp_recv:4609: NOTIFICATION sent to {peer}+44759 (proto): code 2 (Open Message Error) subcode 2 (bad peer AS number), Reason: peer {peer} ({kind} AS {asn}) sent AS {as_got}"),
    "bgp_password": Message(4, "/kernel", "tcp_auth_ok: Packet from {peer}:179 wrong MD5 digest"),
    "bgp_max_prefix": Message(4, "rpd[2210]", "BGP_PREFIX_LIMIT_EXCEEDED: {peer} ({kind} AS {asn}): Configured maximum prefix-limit({limit}) exceeded for inet-unicast nlri: {over} (instance master)"),
    "alarm_disk": Message(4, "alarmd[4102]", "Alarm set: RE color=YELLOW, class=CHASSIS, reason=RE 0 /var partition usage is high"),
    "alarm_hot": Message(1, "alarmd[4102]", "Alarm set: Temp sensor color=RED, class=CHASSIS, reason=Temperature Hot"),
    "alarm_fan": Message(4, "alarmd[4102]", "Alarm set: Fan color=RED, class=CHASSIS, reason=Fan Tray 0 Failure"),
    "alarm_power": Message(4, "alarmd[4102]", "Alarm set: Pwr supply color=YELLOW, class=CHASSIS, reason=PEM 1 Not Powered"),
    "alarm_clock": Message(3, "xntpd[3981]", "NTP Server 10.0.0.123 is Unreachable"),
    "duplicate_address": Message(4, "/kernel", "KERN_ARP_DUPLICATE_ADDR: duplicate IP address {address}! sent from address: {mac}"),
    "deny": Message(6, "fpc0", "PFE_FW_SYSLOG_IP: FW: {port}.0   D  {proto} {src} {dst} {sport} {dport} (1 packets)"),
    "deny_icmp": Message(6, "fpc0", "PFE_FW_SYSLOG_IP: FW: {port}.0   D icmp {src} {dst}     8     0 (1 packets)"),
    "boot": Message(5, "/kernel", "Copyright (c) 1996-2023, Juniper Networks, Inc."),
    "config": Message(5, "mgd[7729]", "UI_COMMIT: User '{user}' requested 'commit' operation (comment: none)"),
    "login": Message(6, "sshd[8102]", "Accepted publickey for {user} from 10.0.0.50 port 51122 ssh2"),
    "cron": Message(6, "/usr/sbin/cron[30122]", "(root) CMD (newsyslog)"),
    "process_exit": Message(4, "init", "{process} (PID 2210) terminated by signal number 6!"),
}  # fmt: skip
