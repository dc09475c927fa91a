"""Linux: the kernel, systemd, chrony, the servers of a site; FRR beside them."""

from __future__ import annotations

from tests.simulated.messages.message import Message, Table

LINUX: Table = {
    "link_down": Message(6, "kernel", "{port}: Link is Down"),
    "link_up": Message(6, "kernel", "{port}: Link is Up - 10Gbps/Full - flow control off"),
    "port_disabled": Message(6, "systemd-networkd[412]", "{port}: Link DOWN"),
    "looped": Message(4, "kernel", "br0: received packet on {port} with own address as source address (addr:{mac}, vlan:0)"),
    "stp_change": Message(6, "kernel", "br0: port {port_number}({port}) entered forwarding state"),
    "alarm_memory": Message(3, "kernel", "Out of memory: Killed process 811 (dockerd) total-vm:2102112kB, anon-rss:1801244kB"),
    "alarm_disk": Message(3, "rsyslogd", "file '/var/log/messages'[8] write error - see https://www.rsyslog.com/solving-rsyslog-write-errors/ for help OS error: No space left on device [v8.2302.0 try https://www.rsyslog.com/e/2027 ]"),
    "alarm_clock": Message(4, "chronyd[502]", "Can't synchronise: no selectable sources"),
    "process_exit": Message(5, "systemd[1]", "{process}.service: Main process exited, code=killed, status=9/KILL"),
    "process_start": Message(6, "systemd[1]", "Started {process}.service."),
    "duplicate_address": Message(5, "arpwatch", "flip flop {address} {mac} ({own_mac}) {port}"),
    "dhcp_empty": Message(3, "dhcpd[611]", "DHCPDISCOVER from {mac} via {port}: network {network}: no free leases"),
    "dhcp_lease": Message(6, "dhcpd[611]", "DHCPACK on {address} to {mac} via {port}"),
    "boot": Message(5, "kernel", "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)"),
    "login": Message(6, "sshd[8102]", "Accepted publickey for {user} from 10.0.0.50 port 51122 ssh2"),
    "zone_loaded": Message(6, "named[702]", "zone example.net/IN: loaded serial {serial}"),
    "deny": Message(4, "kernel", "acl-drop: IN={port} OUT= SRC={src} DST={dst} LEN=60 TOS=0x00 PREC=0x00 TTL=61 ID=4121 DF PROTO={proto_upper} SPT={sport} DPT={dport} LEN=40"),
    "deny_icmp": Message(4, "kernel", "acl-drop: IN={port} OUT= SRC={src} DST={dst} LEN=84 TOS=0x00 PREC=0x00 TTL=61 ID=4121 DF PROTO=ICMP TYPE=8 CODE=0 ID=77 SEQ=1"),
    "cron": Message(6, "CRON[30122]", "(root) CMD (test -x /usr/sbin/anacron || run-parts /etc/cron.hourly)"),
    "ntp_step": Message(6, "chronyd[502]", "Selected source 10.0.0.123"),
    "clock_set": Message(4, "chronyd[502]", "System clock wrong by {offset} seconds"),
}  # fmt: skip
FRR: Table = LINUX | {
    "ospf_down": Message(5, "ospfd[611]", "[Y05P2-YJVXY] AdjChg: Nbr {rid}, NbrIP {peer} (default) on {port}:{own}: Full -> Deleted ({why})"),
    "ospf_up": Message(5, "ospfd[611]", "[Y05P2-YJVXY] AdjChg: Nbr {rid}, NbrIP {peer} (default) on {port}:{own}: Loading -> Full (LoadingDone)"),
    "ospf_mtu": Message(4, "ospfd[611]", "[XZZ9Y-NNTMQ][EC 134217741] Packet[DD]: Neighbor {rid} MTU {far_mtu} is larger than [{port}:{own}]'s MTU {mtu}"),
    "ospf_area": Message(4, "ospfd[611]", "[T7ZXP-85A06][EC 134217741] interface {port}:{own}: ospf_read, area mismatch: received from {peer} area {far_area}"),
    "ospf_hello": Message(4, "ospfd[611]", "[GRJ7K-XQ8NT][EC 134217741] Packet {peer} [Hello:RECV]: HelloInterval mismatch (expected {hello}, got {far_hello}) on interface {port}"),
    "ospf_dead": Message(4, "ospfd[611]", "[QKEVB-M4BW3][EC 134217741] Packet {peer} [Hello:RECV]: RouterDeadInterval mismatch on {port} (expected {dead}, got {far_dead})"),
    "bgp_down": Message(6, "bgpd[622]", "[M59KS-A3ZXZ] bgp_update_receive: %ADJCHANGE: neighbor {peer}({far}) in vrf default Down {why}"),
    "bgp_up": Message(6, "bgpd[622]", "[M59KS-A3ZXZ] %ADJCHANGE: neighbor {peer}({far}) in vrf default Up"),
    "bgp_as": Message(6, "bgpd[622]", "[HZN6M-XRM1G] %NOTIFICATION: sent to neighbor {peer} 2/2 (OPEN Message Error/Bad Peer AS) 2 bytes"),
    "bgp_max_prefix": Message(6, "bgpd[622]", "[Z34MV-8BPNG] %MAXPFX: No. of IPv4 Unicast prefix received from {peer} {over} exceed, limit {limit}"),
    "config": Message(5, "watchfrr[301]", "[NG1AJ-FP2TQ] Terminating on signal"),
}  # fmt: skip
FRR["config"] = Message(5, "vtysh[9011]", "vty[5]@(config)# ! edited by {user}")
