"""What lines mean: every platform's words, alone and beside all others; and files of words that are wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import noc_agent.logs
from noc_agent.errors import BadInput
from noc_agent.logs.line import LogLine, parse
from noc_agent.logs.rules import LONGEST, read_rules
from noc_agent.logs.traps import TRAP_OID
from noc_agent.logs.vocabulary import Meaning, Vocabulary, load_vocabulary, meaning, rules, trap_meaning

NEAR = datetime(2026, 11, 27, 12, tzinfo=UTC)
FOLDER = Path(noc_agent.logs.__file__).parent / "vocabulary"
STAMP = "<189>Nov 27 11:58:01 r9 "

# (file, line after time and host, kind, subject, peer). Written after the makers' guides, of no recorded set.
SAID = [
    ("common", "%LINK-3-UPDOWN: Interface GigabitEthernet7/2, changed state to down", "interface_down", "GigabitEthernet7/2", ""),
    ("common", "%LINK-5-CHANGED: Interface Gi7/2, changed state to administratively down", "interface_admin_down", "Gi7/2", ""),
    ("common", "%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi7/2, changed state to up", "line_protocol_up", "Gi7/2", ""),
    ("common", "%OSPF-5-ADJCHG: Process 7, Nbr 10.7.7.7 on Gi7/2 from FULL to DOWN, Neighbor Down: Dead timer expired", "ospf_neighbor_down", "Gi7/2", "10.7.7.7"),
    ("common", "%OSPF-5-ADJCHG: Process 7, Nbr 10.7.7.7 on Gi7/2 from LOADING to FULL, Loading Done", "ospf_neighbor_up", "Gi7/2", "10.7.7.7"),
    ("common", "%OSPF-5-ADJCHG: Process 7, Nbr 10.7.7.7 on Gi7/2 from FULL to INIT, 1-Way", "ospf_neighbor_down", "Gi7/2", "10.7.7.7"),
    ("common", "%BGP-5-ADJCHANGE: neighbor 10.7.7.8 Down BGP Notification sent", "bgp_session_down", "10.7.7.8", ""),
    ("common", "%BGP-5-ADJCHANGE: neighbor 2001:db8:7::8 Up", "bgp_session_up", "2001:db8:7::8", ""),
    ("common", "%BGP-3-NOTIFICATION: received from neighbor 10.7.7.8 4/0 (hold time expired) 0 bytes", "bgp_notification_received", "10.7.7.8", ""),
    ("cisco_ios", "%SW_MATM-4-MACFLAP_NOTIF: Host 00a7.0000.0001 in vlan 70 is flapping between port Gi7/1 and port Gi7/2", "mac_move", "00a7.0000.0001", ""),
    ("cisco_ios", "%PM-4-ERR_DISABLE: bpduguard error detected on Gi7/3, putting Gi7/3 in err-disable state", "interface_error_disabled", "Gi7/3", ""),
    ("cisco_ios", "%SPANTREE-2-LOOPGUARD_BLOCK: Loop guard blocking port Gi7/4 on VLAN0070.", "stp_loop", "Gi7/4", "VLAN0070"),
    ("cisco_ios", "%STORM_CONTROL-3-FILTERED: A Broadcast storm detected on Gi7/5. A packet filter action has been applied on the interface.", "storm_control", "Gi7/5", ""),
    ("cisco_ios", "%HSRP-5-STATECHANGE: Vlan70 Grp 7 state Standby -> Active", "fhrp_state_change", "Vlan70", "7"),
    ("cisco_ios", "%LDP-5-NBRCHG: LDP Neighbor 10.7.7.9:0 (1) is DOWN (TCP connection closed by peer)", "ldp_neighbor_down", "10.7.7.9", ""),
    ("cisco_ios", "%CLNS-5-ADJCHANGE: ISIS: Adjacency to core7 (GigabitEthernet7/6) Up, new adjacency", "isis_neighbor_up", "GigabitEthernet7/6", "core7"),
    ("cisco_ios", "%DUAL-5-NBRCHANGE: EIGRP-IPv4 70: Neighbor 10.7.7.2 (Gi7/7) is down: holding time expired", "eigrp_neighbor_down", "Gi7/7", "10.7.7.2"),
    ("cisco_ios", "%TCP-6-BADAUTH: Invalid MD5 digest from 10.7.7.8(179) to 10.7.7.1(34567)", "protocol_authentication_failure", "10.7.7.8", "10.7.7.1(34567)"),
    ("cisco_ios", "%SEC-6-IPACCESSLOGP: list 170 denied tcp 10.7.1.1(1234) -> 10.7.2.2(22), 1 packet", "acl_deny", "10.7.2.2(22)", "10.7.1.1"),
    ("cisco_ios", "%SYS-5-CONFIG_I: Configured from console by ada on vty0 (10.7.0.9)", "config_change", "ada", "10.7.0.9"),
    ("cisco_ios", "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: eve] [Source: 10.7.0.66] [localport: 22] [Reason: Login Authentication Failed] at 11:58:01", "login_failed", "eve", "10.7.0.66"),
    ("cisco_ios", "%SFF8472-5-THRESHOLD_VIOLATION: Te7/1: Rx power low alarm; Operating value: -38.2 dBm, Threshold value: -14.4 dBm.", "optics_alarm", "Te7/1", ""),
    ("cisco_ios", "%IOSXE_PEM-3-PEMFAIL: The PEM in slot P0 is switched off or encountering a failure condition.", "power_failed", "P0", ""),
    ("cisco_nxos", "%ETHPORT-5-IF_DOWN_ADMIN_DOWN: Interface Ethernet7/8 is down (Administratively down)", "interface_admin_down", "Ethernet7/8", ""),
    ("cisco_nxos", "%ETH_PORT_CHANNEL-5-PORT_DOWN: port-channel70: Ethernet7/9 is down", "lacp_down", "Ethernet7/9", "port-channel70"),
    ("cisco_nxos", "%BFD-5-SESSION_STATE_DOWN: BFD session 1090519041 to neighbor 10.7.7.3 on interface Eth7/1 has gone down. Reason: Control Detection Time Expired.", "bfd_neighbor_down", "Eth7/1", "10.7.7.3"),
    ("cisco_nxos", "%SYSMGR-2-SERVICE_CRASHED: Service \"ospf\" (PID 1234) hasn't caught signal 6 (core will be saved).", "crash", "ospf", ""),
    ("cisco_iosxr", "%L2-BM-6-ACTIVE : TenGigE0/7/0/1 is no longer Active as part of Bundle-Ether7 (Link is down)", "lacp_down", "TenGigE0/7/0/1", "Bundle-Ether7"),
    ("cisco_iosxr", "%ROUTING-ISIS-5-ADJCHANGE : Adjacency to core7 (TenGigE0/7/0/0) (L2) Down, Hold time expired", "isis_neighbor_down", "TenGigE0/7/0/0", "core7"),
    ("cisco_iosxr", "%MGBL-CONFIG-6-DB_COMMIT : Configuration committed by user 'ada'. Use 'show configuration commit changes 1000000007' to view the changes.", "config_change", "ada", ""),
    ("cisco_asa", "%ASA-4-106023: Deny tcp src outside:10.66.1.1/1234 dst inside:10.7.0.1/22 by access-group \"edge\" [0x0, 0x0]", "acl_deny", "10.7.0.1/22", "10.66.1.1"),
    ("cisco_asa", "%ASA-4-411002: Line protocol on Interface outside, changed state to down", "line_protocol_down", "outside", ""),
    ("cisco_asa", "%ASA-6-605004: Login denied from 10.66.0.1/4711 to inside:10.7.0.1/ssh for user \"eve\"", "login_failed", "eve", "10.66.0.1"),
    ("junos", "mib2d[7]: SNMP_TRAP_LINK_DOWN: ifIndex 526, ifAdminStatus up(1), ifOperStatus down(2), ifName ge-7/0/1", "interface_down", "ge-7/0/1", ""),
    ("junos", "mib2d[7]: SNMP_TRAP_LINK_DOWN: ifIndex 526, ifAdminStatus down(2), ifOperStatus down(2), ifName ge-7/0/1", "interface_admin_down", "ge-7/0/1", ""),
    ("junos", "rpd[7]: RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer 10.7.7.8 (External AS 65007) changed state from Established to Idle (event HoldTime) (instance master)", "bgp_session_down", "10.7.7.8", ""),
    ("junos", "rpd[7]: RPD_OSPF_NBRDOWN: OSPF neighbor 10.7.7.7 (realm ospf-v2 ge-7/0/0.0 area 0.0.0.0) state changed from Full to Down due to InActiveTimer (event reason: neighbor was inactive)", "ospf_neighbor_down", "ge-7/0/0.0", "10.7.7.7"),
    ("junos", "rpd[7]: RPD_LDP_SESSIONDOWN: LDP session 10.7.7.9 is down, reason: received notification from peer", "ldp_neighbor_down", "10.7.7.9", ""),
    ("junos", "alarmd[7]: Alarm cleared: Fan color=RED, class=CHASSIS, reason=Fan Tray 7 Failure", "fan_ok", "Fan", ""),
    ("junos", "mgd[7]: UI_COMMIT: User 'ada' requested 'commit' operation (comment: none)", "config_change", "ada", ""),
    ("arista", "Rib: %OSPF-4-OSPF_ADJACENCY_TEARDOWN: NGB 10.7.7.7, interface 10.7.7.1 adjacency dropped: nbr did not list our router ID, state was: FULL", "ospf_neighbor_down", "10.7.7.7", "10.7.7.1"),
    ("arista", "Bgp: %BGP-5-ADJCHANGE: peer 10.7.7.8 (AS 65007) old state Established event Stop new state Idle", "bgp_session_down", "10.7.7.8", ""),
    ("huawei_vrp", "%%01IFNET/4/IF_STATE(l)[7]:Interface GigabitEthernet0/7/1 has turned into DOWN state.", "interface_down", "GigabitEthernet0/7/1", ""),
    ("huawei_vrp", "%%01OSPF/3/NBR_CHG_DOWN(l)[7]:Neighbor event:neighbor state changed to Down. (ProcessId=7, NeighborAddress=10.7.7.7, NeighborEvent=InactivityTimer, NeighborPreviousState=Full, NeighborCurrentState=Down)", "ospf_neighbor_down", "10.7.7.7", ""),
    ("huawei_vrp", "%%01BGP/3/STATE_CHG_UPDOWN(l)[7]:The status of the peer 10.7.7.8 changed from OPENCONFIRM to ESTABLISHED. (InstanceName=Public)", "bgp_session_up", "10.7.7.8", ""),
    ("comware", "%%10IFNET/3/PHY_UPDOWN: Physical state on the interface GigabitEthernet1/0/7 changed to down.", "interface_down", "GigabitEthernet1/0/7", ""),
    ("comware", "%%10OSPF/5/OSPF_NBR_CHG: OSPF 7 Neighbor 10.7.7.7(GigabitEthernet1/0/7) changed from FULL to DOWN.", "ospf_neighbor_down", "GigabitEthernet1/0/7", "10.7.7.7"),
    ("comware", "%%10BFD/5/BFD_CHANGE_FSM: Sess[10.7.7.1/10.7.7.3, LD/RD:7/8, Interface:GE1/0/7, SessType:Ctrl, LinkType:INET], Ver:1, Sta: UP->DOWN, Diag: 1 (Control Detection Time Expired)", "bfd_neighbor_down", "GE1/0/7", "10.7.7.3"),
    ("nokia_sros", "TMNX: 1234 Base SNMP-WARNING-linkDown-2004 [Interface 1/7/1]:  Interface 1/7/1 is not operational", "interface_down", "1/7/1", ""),
    ("nokia_sros", "TMNX: 1235 Base BGP-WARNING-bgpBackwardTransition-2002 [Peer 1: 10.7.7.8]:  (ASN 65007) VR 1: Group x: Peer 10.7.7.8: moved from higher state ESTABLISHED to lower state IDLE due to event HOLDTIME", "bgp_session_down", "10.7.7.8", ""),
    ("routeros", "interface,info ether7 link down", "interface_down", "ether7", ""),
    ("routeros", "route,ospf,info OSPFv2 neighbor 10.7.7.7: state change from Full to Down", "ospf_neighbor_down", "10.7.7.7", ""),
    ("routeros", "system,error,critical login failure for user eve from 10.66.0.1 via ssh", "login_failed", "eve", "10.66.0.1"),
    ("fortios", 'date=2026-11-27 time=11:58:01 devname="r9" logid="0100032002" type="event" subtype="system" level="alert" logdesc="Admin login failed" user="eve" srcip=10.66.0.1 reason="passwd_invalid" msg="login failed"', "login_failed", "eve", "10.66.0.1"),
    ("fortios", 'date=2026-11-27 time=11:58:01 devname="r9" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.66.1.1 srcport=1234 dstip=10.7.0.1 dstport=22 action="deny" policyid=0', "acl_deny", "10.7.0.1", "10.66.1.1"),
    ("panos", "1,2026/11/27 11:58:01,007,SYSTEM,general,0,2026/11/27 11:58:01,,link-change,ethernet1/7,0,0,general,informational,\"Port ethernet1/7: Down 1Gb/s-full duplex\",77,0x0,0,0,0,0,,r9", "interface_down", "ethernet1/7", ""),
    ("bird", "bird: ospf1: Neighbor 10.7.7.7 on eth7 changed state from Full to Down", "ospf_neighbor_down", "eth7", "10.7.7.7"),
    ("bird", "bird: bfd1: Session to 10.7.7.3 changed state from Up to Down", "bfd_neighbor_down", "10.7.7.3", ""),
    ("sonic", "swss#orchagent: :- setHostIntfsOperStatus: Set operation status DOWN to host interface Ethernet28", "interface_down", "Ethernet28", ""),
    ("netiron", "System: Interface ethernet 7/1, state down - link down", "interface_down", "ethernet 7/1", ""),
    ("frr", "ospfd[7]: AdjChg: Nbr 10.7.7.7(default) on eth7:10.0.0.1: Full -> Deleted (KillNbr)", "ospf_neighbor_down", "eth7", ""),
    ("linux", "sshd[7]: Failed password for invalid user eve from 10.66.0.1 port 4711 ssh2", "login_failed", "eve", "10.66.0.1"),
    ("linux", "supervisord: INFO exited: bgpd (terminated by SIGSEGV; not expected)", "process_exit", "bgpd", ""),
    ("cisco_ios", "%IOSXE_PEM-6-FANOK: The fan in slot P2 is functioning properly", "fan_ok", "fan in slot P2", ""),
    ("cisco_ios", "%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:4097 handle:1,is going Down Reason: ECHO FAILURE", "bfd_neighbor_down", "ld:4097", ""),
    ("cisco_ios", "%NTP-4-PEERUNREACH: Peer 10.7.0.1 is unreachable", "ntp_server_unreachable", "10.7.0.1", ""),
    ("cisco_ios", "%OSPF-4-ERRRCV: Received invalid packet: mismatched area ID from backbone area from 10.7.7.7, Gi7/2", "ospf_area_mismatch", "Gi7/2", "10.7.7.7"),
    ("sonic", "pmon#thermalctld: Fan fault warning: fan7 is broken.", "fan_failed", "fan7", ""),
    ("cisco_asa", "%ASA-4-106023: Deny udp src outside:2001:db8::66/1234 dst inside:2001:db8:7::1/53 by access-group \"edge\" [0x0, 0x0]", "acl_deny", "2001:db8:7::1/53", "2001:db8::66"),
    ("cisco_nxos", "%ISIS-5-ADJCHANGE:  isis-7 [77]  P2P adj L2 leaf7 over Ethernet7/1 - DOWN (Hold time expired) on MT--0", "isis_neighbor_down", "Ethernet7/1", "leaf7"),
    ("cisco_nxos", "%L2FM-4-L2FM_MAC_MOVE: Mac 00a7.0000.0001 in vlan 70 has moved from Eth7/1 to Po7", "mac_move", "00a7.0000.0001", ""),
    ("cisco_iosxr", "%ACL-IPV4_ACL-6-IPACCESSLOGP : access-list edge (10) deny tcp 10.66.0.1(123) -> 10.7.2.2(80), 1 packet", "acl_deny", "10.7.2.2(80)", "10.66.0.1"),
    ("cisco_iosxr", "%PKT_INFRA-FM-3-FAULT_MAJOR : ALARM_MAJOR :Power Module Error (PM_OUTPUT_FAULT) :CLEAR :0/PM7:", "power_ok", "0/PM7", ""),
    ("junos", "bfdd[7]: BFDD_TRAP_SHOP_STATE_DOWN: local discriminator: 7, new state: down, interface: ge-7/0/0.0, peer addr: 10.7.7.3", "bfd_neighbor_down", "ge-7/0/0.0", "10.7.7.3"),
    ("junos", "fpc0 PFE_FW_SYSLOG_IP: FW: ge-7/0/0.0   D  tcp 10.66.1.1 10.7.2.2  1234    80 (1 packets)", "acl_deny", "10.7.2.2", "10.66.1.1"),
    ("huawei_vrp", "%%01ARP/4/ARP_DUPLICATE_IPADDR(l)[7]:Received an ARP packet with a duplicate IP address from the interface. (IpAddress=10.7.0.1, InterfaceName=Vlanif70, MacAddress=00a7-0000-0001)", "duplicate_address", "10.7.0.1", "00a7-0000-0001"),
    ("comware", "%%10VRRP4/6/VRRP_STATUS_CHANGE: The status of IPv4 virtual router 7 (configured on Vlan-interface70) changed from Backup to Master: Timer expired.", "fhrp_state_change", "Vlan-interface70", "7"),
    ("fortios", 'date=2026-11-27 time=11:58:01 devname="r9" logid="0103020300" type="event" subtype="router" level="warning" logdesc="BGP neighbor status changed" msg="BGP: %BGP-5-ADJCHANGE: VRF 0 neighbor 10.7.7.8 Down Hold Timer Expired"', "bgp_session_down", "10.7.7.8", ""),
    ("panos", "1,2026/11/27 11:58:01,007,SYSTEM,ha,0,2026/11/27 11:58:01,,state-change,,0,0,ha,critical,\"HA Group 7: Moved from state Passive to state Active\",77,0x0,0,0,0,0,,r9", "redundancy_switchover", "HA Group 7", ""),
    ("bird", "bird: <RMT> ospf1: Bad HELLO packet from 10.7.7.7 via eth7 - area mismatch (0.0.0.7)", "ospf_area_mismatch", "eth7", "10.7.7.7"),
]  # fmt: skip
# Lines that look like an event and are none.
SILENT = [
    "%SEC-6-IPACCESSLOGP: list 170 permitted tcp 10.7.1.1(1234) -> 10.7.2.2(22), 1 packet",
    "rpd[7]: RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer 10.7.7.8 (External AS 65007) changed state from Idle to Active (event Start) (instance master)",
    'date=2026-11-27 time=11:58:01 devname="r9" logid="0000000013" type="traffic" subtype="forward" srcip=10.66.1.1 dstip=10.7.0.1 action="accept"',
    '%%01SHELL/5/CMDRECORD(l)[7]:Recorded command information. (Task=VT0, Ip=10.7.0.9, VpnName=, User=ada, Command="display version")',
]


def read(text: str) -> LogLine:
    return parse(STAMP + text, "a.log", 0, NEAR)


@pytest.mark.parametrize(("file", "text", "kind", "subject", "peer"), SAID)
def test_a_line_means_the_same_by_its_platform_alone_and_by_all(
    file: str, text: str, kind: str, subject: str, peer: str
) -> None:
    alone, by_all = Vocabulary(read_rules(FOLDER / f"{file}.yaml")).meaning(read(text)), meaning(read(text))
    assert alone is not None
    assert (alone.kind, alone.subject, alone.peer) == (kind, subject, peer)
    assert by_all == alone


@pytest.mark.parametrize("text", SILENT)
def test_what_is_no_event_is_none(text: str) -> None:
    assert meaning(read(text)) is None


@pytest.mark.parametrize(
    ("oid", "varbinds", "said"),
    [
        # ospfIfConfigError with ospfConfigErrorType areaMismatch (RFC 4750)
        (
            "1.3.6.1.2.1.14.16.2.4",
            {
                "1.3.6.1.2.1.14.7.1.1.10.7.0.1.0": "10.7.0.1",
                "1.3.6.1.2.1.14.16.1.4.0": "10.7.0.2",
                "1.3.6.1.2.1.14.16.1.2.0": "2",
            },
            Meaning("ospf_area_mismatch", "10.7.0.1", "10.7.0.2"),
        ),
        # bgpBackwardTransNotification with bgpPeerLastError 4/0 and bgpPeerState idle (RFC 4273)
        (
            "1.3.6.1.2.1.15.0.2",
            {"1.3.6.1.2.1.15.3.1.14.10.7.7.8": "0400", "1.3.6.1.2.1.15.3.1.2.10.7.7.8": "1"},
            Meaning("bgp_session_down", "10.7.7.8", "10.7.7.8", to="idle", reason="4/0 Hold Timer Expired"),
        ),
        # isisAdjacencyChange with isisAdjState up (RFC 4444)
        (
            "1.3.6.1.2.1.138.0.17",
            {"1.3.6.1.2.1.138.1.10.1.2.0": "7", "1.3.6.1.2.1.138.1.10.1.12.0": "3"},
            Meaning("isis_neighbor_up", "ifIndex 7", to="up"),
        ),
        ("1.3.6.1.2.1.10.166.4.0.4", {}, Meaning("ldp_neighbor_down")),
        ("1.3.6.1.4.1.99999.0.1", {}, None),
    ],
)
def test_a_standard_trap_is_read_by_its_mib(oid: str, varbinds: dict[str, str], said: Meaning | None) -> None:
    assert trap_meaning({TRAP_OID: oid, **varbinds}) == said


def test_every_file_is_known_and_tried() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {row[0] for row in SAID}


def test_a_command_that_may_hold_a_secret_is_not_in_the_event() -> None:
    found = meaning(read("%PARSER-5-CFGLOG_LOGGEDCMD: User:ada  logged command:username bob password hunter2"))
    assert found is not None
    assert found.kind == "config_change"
    assert "hunter2" not in repr(found)


def test_no_rule_takes_long_on_a_line_made_to_be_slow() -> None:
    # Each rule's own words, then much of what its expressions repeat: it must give up in time.
    slow = []
    for rule in rules():
        for filler in (" a", " 1.1.1.1", "a:", "x=1,", " (", "-> "):
            text = f"{' '.join(rule.near)} " + filler * (2000 // len(filler))
            start = time.process_time()
            if rule.match is not None:
                rule.match.search(text, 0, LONGEST)
            if time.process_time() - start > 0.25:
                slow.append((rule.place, filler))
    assert slow == []


def test_a_site_adds_words_of_its_own_which_come_first(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "platform: Own\nevents:\n  - near: [wobbled]\n    match: 'port (?P<subject>\\S+) wobbled'\n    kind: port_wobble\n"
        "  - near: [UPDOWN]\n    match: 'Interface (?P<subject>Gi7/9)'\n    kind: none\n"
    )
    words, problems = load_vocabulary([tmp_path])
    assert problems == ()
    found = words.meaning(read("port p7 wobbled"))
    assert found is not None
    assert (found.kind, found.subject) == ("port_wobble", "p7")
    assert words.meaning(read("%LINK-3-UPDOWN: Interface Gi7/9, changed state to down")) is None
    kept = words.meaning(read("%LINK-3-UPDOWN: Interface Gi7/8, changed state to down"))
    assert kept is not None
    assert kept.kind == "interface_down"


def test_a_file_that_is_wrong_leaves_the_others_in_use(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("platform: Own\nevents: []\n")
    words, problems = load_vocabulary([tmp_path, tmp_path / "absent"])
    assert [problem.where for problem in problems] == ["bad.yaml: events", "absent"]
    assert words.meaning(read("%LINK-3-UPDOWN: Interface Gi7/8, changed state to down")) is not None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("near: a\n    match: '(unclosed'\n    kind: x", "regular expression"),
        ("near: a\n    match: '(?P<who>a)'\n    kind: x", "no part of an event"),
        ("near: '!!'\n    match: a\n    kind: x", "no word"),
        ("near: a\n    kind: x", "where the parts are"),
        ("near: a\n    match: a\n    kind: Interface-Down", "no name of a kind"),
        ("near: a\n    match: a\n    kind: x\n    when: [[to, up]]", "part, value and kind"),
        ("near: a\n    match: a\n    kind: x\n    macth: b", "does not exist"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, rule: str, said: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"platform: Own\nevents:\n  - {rule}\n")
    with pytest.raises(BadInput) as error:
        read_rules(path)
    assert said in str(error.value)
    assert str(error.value).startswith("own.yaml")
