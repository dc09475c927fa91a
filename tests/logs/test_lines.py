"""Every form of line is parsed, or kept as text; each known message is an event with its direction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from noc_agent.logs.line import parse
from noc_agent.logs.vocabulary import meaning

NEAR = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("raw", "time", "host", "app", "severity", "message"),
    [
        ("<29>1 2026-11-23T09:39:37.027860+01:00 r1 ospfd 223 - - hello", "08:39:37.027860", "r1", "ospfd", "notice", "hello"),
        ('<165>1 2026-11-23T09:39:37Z r1.example.net sshd - ID47 [x@1 a="b]c" d="e"][y@2] \ufeffhello', "09:39:37", "r1.example.net", "sshd", "notice", "hello"),
        ("<34>Nov 23 09:39:37 r1 su[12]: hello", "09:39:37", "r1", "su", "crit", "hello"),
        ("Nov  3 09:39:37 r1 kernel: hello", "09:39:37", "r1", "kernel", None, "hello"),
        ("Nov 23 2026 09:39:37.123 UTC: hello there", "09:39:37.123000", "", "", None, "hello there"),
        ("*Nov 23 09:39:37.123: %SYS-5-RESTART: System restarted --", "09:39:37.123000", "", "", "notice", "%SYS-5-RESTART: System restarted --"),
        ("2026-11-23T09:39:37.5Z r1 dnsmasq[7]: hello", "09:39:37.500000", "r1", "dnsmasq", None, "hello"),
        ("2026-11-23 09:39:37 r1 lldpd: hello", "09:39:37", "r1", "lldpd", None, "hello"),
    ],
)  # fmt: skip
def test_forms(raw: str, time: str, host: str, app: str, severity: str | None, message: str) -> None:
    line = parse(raw, "a.log", 0, NEAR)
    assert line.time is not None
    assert (line.time.astimezone(UTC).time().isoformat(), line.host, line.app, line.severity, line.message) == (
        time,
        host,
        app,
        severity,
        message,
    )


def test_structured_data_is_kept() -> None:
    line = parse('<165>1 2026-11-23T09:39:37Z r1 app - - [x@1 a="b" c="d"] m', "a.log", 0, NEAR)
    assert line.data == {"a": "b", "c": "d"}


def test_the_messages_own_severity_comes_before_the_pri() -> None:
    line = parse("<190>Nov 23 09:39:37 r1 12: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down", "a.log", 0, NEAR)
    assert (line.facility, line.severity, line.mnemonic) == ("local7", "err", "UPDOWN")


@pytest.mark.parametrize(
    ("raw", "near", "expected"),
    [
        ("Dec 31 23:59:59 r1 x: a", datetime(2026, 1, 1, tzinfo=UTC), 2025),
        ("Jan  1 00:00:01 r1 x: a", datetime(2025, 12, 31, 23, tzinfo=UTC), 2026),
        ("Feb 29 12:00:00 r1 x: a", datetime(2028, 3, 1, tzinfo=UTC), 2028),
    ],
)
def test_a_missing_year_is_the_nearest_one(raw: str, near: datetime, expected: int) -> None:
    line = parse(raw, "a.log", 0, near)
    assert line.time is not None
    assert line.time.year == expected


def test_a_stamp_without_a_zone_is_meant_in_the_devices() -> None:
    line = parse("Nov 23 09:39:37 r1 x: a", "a.log", 0, NEAR, PARIS)
    assert line.time == datetime(2026, 11, 23, 8, 39, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", ["", "plain words", "<999>x", "\x00\x01\x02", "<13>", "1 - - - - - -", "Feb 30 00:00:00 r1 x"]
)
def test_what_fits_no_form_is_kept_as_text(raw: str) -> None:
    assert parse(raw, "a.log", 7, NEAR).offset == 7


TRAP = (
    "2026-11-23T09:39:38 TRAP from UDP: [10.255.0.31]:45185->[10.255.0.1]:162: .1.3.6.1.2.1.1.3.0 = Timeticks: (138006) 0:23:00.06\t"
    ".1.3.6.1.6.3.1.1.4.1.0 = OID: "
)
LINK_VARBINDS = "\t.1.3.6.1.2.1.2.2.1.1.3 = INTEGER: 3\t.1.3.6.1.2.1.2.2.1.7.3 = INTEGER: {admin}\t.1.3.6.1.2.1.2.2.1.8.3 = INTEGER: 2"


@pytest.mark.parametrize(
    ("app", "message", "kind", "subject"),
    [
        ("", "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down", "interface_down", "GigabitEthernet0/1"),
        ("", "%LINK-5-CHANGED: Interface Gi0/1, changed state to administratively down", "interface_admin_down", "Gi0/1"),
        ("ifmgr", "LINK-5-UPDOWN: Interface eth1, changed state to up", "interface_up", "eth1"),
        ("", "%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to down", "line_protocol_down", "Gi0/1"),
        ("", "%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from FULL to DOWN, Neighbor Down: Dead timer expired", "ospf_neighbor_down", "Gi0/1"),
        ("", "%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from LOADING to FULL, Loading Done", "ospf_neighbor_up", "Gi0/1"),
        ("", "%BGP-5-ADJCHANGE: neighbor 192.0.2.1 Down BGP Notification sent", "bgp_session_down", "192.0.2.1"),
        ("", "%BGP-3-NOTIFICATION: sent to neighbor 192.0.2.1 2/2 (peer in wrong AS) 2 bytes FDE8", "bgp_notification_sent", "192.0.2.1"),
        ("bgpd", "[HZN6M-XRM1G] %NOTIFICATION: received from neighbor 192.0.2.1 6/2 (Cease/Administrative Shutdown) 0 bytes", "bgp_notification_received", "192.0.2.1"),
        ("bgpd", "%ADJCHANGE: neighbor 192.0.2.1(isp) in vrf default Up", "bgp_session_up", "192.0.2.1"),
        ("ospfd", "[Y05P2-YJVXY] AdjChg: Nbr 10.0.0.11, NbrIP 10.1.6.1 (default) on eth1:10.1.6.2: Full -> Deleted (KillNbr)", "ospf_neighbor_down", "eth1"),
        ("ospfd", "AdjChg: Nbr 10.0.0.11(default) on eth1:10.1.6.2: Loading -> Full (LoadingDone)", "ospf_neighbor_up", "eth1"),
        ("ospfd", "AdjChg: Nbr 10.0.0.11, NbrIP 10.1.6.1 (default) on eth1:10.1.6.2: Init -> ExStart (2-WayReceived)", "ospf_neighbor_change", "eth1"),
        ("ospfd", "[EC 134217741] Packet[DD]: Neighbor 10.0.0.11 MTU 9000 is larger than [eth1:10.1.8.2]'s MTU 1400", "ospf_mtu_mismatch", "eth1"),
        ("", "IF-5-MTU: Interface eth1, MTU changed from 1500 to 1400", "mtu_changed", "eth1"),
        ("zebra", "[M7Q4P-46WDR] vty[37]@(config-if)# shutdown", "config_change", ""),
        ("", "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.9)", "config_change", "admin"),
        ("sla-probe", "SLA-4-STATE: target=h4 state=LOSS prev=OK loss=60% rtt_avg=26.3ms", "probe_loss", "h4"),
        ("sla-probe", "SLA-4-STATE: target=dns state=DOWN prev=OK query www", "probe_down", "dns"),
        ("sla-probe", "SLA-6-STATE: target=dns state=OK prev=DOWN", "probe_up", "dns"),
        ("kernel", "[  12.3] e1000e 0000:00:1f.6 eno1: NIC Link is Down", "interface_down", "eno1"),
        ("kernel", "[  12.3] IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready", "interface_up", "eth0"),
        ("systemd-networkd", "ens3: Lost carrier", "interface_down", "ens3"),
        ("systemd-networkd", "ens3: Gained carrier", "interface_up", "ens3"),
        ("snmpd", "NET-SNMP version 5.9.3", "agent_restart", ""),
        ("lldpd", "unable to send packet on real device for eth5: No buffer space available", "link_saturated", "eth5"),
        ("dnsmasq-dhcp", "no address range available for DHCP request via eth1", "dhcp_pool_exhausted", "eth1"),
        ("dnsmasq", "exiting on receipt of SIGTERM", "process_exit", ""),
        ("systemd", "named.service: Main process exited, code=killed, status=9/KILL", "process_exit", "named"),
    ],
)  # fmt: skip
def test_events(app: str, message: str, kind: str, subject: str) -> None:
    line = parse(f"<29>1 2026-11-23T09:39:37Z r1 {app or '-'} - - - {message}", "a.log", 0, NEAR)
    said = meaning(line)
    assert said is not None
    assert (said.kind, said.subject) == (kind, subject)


@pytest.mark.parametrize(
    "message",
    [
        "DHCPACK(eth1) 10.10.1.116 c6:8c:90:51:d0:02", "Cannot statfs /run/netns: No such file or directory",
        "0:254:10.1.6.0/30: Failed to enqueue dataplane install", "the interface team met yesterday", "link to the manual",
    ],
)  # fmt: skip
def test_routine_lines_are_no_events(message: str) -> None:
    assert meaning(parse(f"<29>1 2026-11-23T09:39:37Z r1 app - - - {message}", "a.log", 0, NEAR)) is None


@pytest.mark.parametrize(
    ("oid", "varbinds", "kind", "subject"),
    [
        (".1.3.6.1.6.3.1.1.5.3", LINK_VARBINDS.format(admin=1), "interface_down", "ifIndex 3"),
        (".1.3.6.1.6.3.1.1.5.3", LINK_VARBINDS.format(admin=2), "interface_admin_down", "ifIndex 3"),
        (".1.3.6.1.6.3.1.1.5.4", LINK_VARBINDS.format(admin=1), "interface_up", "ifIndex 3"),
        (".1.3.6.1.2.1.14.16.2.16", "\t.1.3.6.1.2.1.14.7.1.1.10.1.6.1.0 = IpAddress: 10.1.6.1\t.1.3.6.1.2.1.14.7.1.12.10.1.6.1.0 = INTEGER: down(1)", "ospf_interface_down", "10.1.6.1"),
        (".1.3.6.1.2.1.14.16.2.16", "\t.1.3.6.1.2.1.14.7.1.1.10.1.6.1.0 = IpAddress: 10.1.6.1\t.1.3.6.1.2.1.14.7.1.12.10.1.6.1.0 = INTEGER: 4", "ospf_interface_change", "10.1.6.1"),
        (".1.3.6.1.2.1.14.16.2.2", "\t.1.3.6.1.2.1.14.10.1.3.10.1.6.1.0 = IpAddress: 10.0.0.11\t.1.3.6.1.2.1.14.10.1.6.10.1.6.1.0 = INTEGER: 1", "ospf_neighbor_down", "10.0.0.11"),
        (".1.3.6.1.2.1.15.0.2", "\t.1.3.6.1.2.1.15.3.1.14.172.16.2.2 = Hex-STRING: 02 02 \t.1.3.6.1.2.1.15.3.1.2.172.16.2.2 = INTEGER: 1", "bgp_session_down", "172.16.2.2"),
        (".1.3.6.1.6.3.1.1.5.1", "", "restart", ""),
        (".1.3.6.1.2.1.17.0.2", "", "stp_topology_change", ""),
    ],
)  # fmt: skip
def test_standard_traps(oid: str, varbinds: str, kind: str, subject: str) -> None:
    line = parse(TRAP + oid + varbinds, "traps.log", 0, NEAR)
    said = meaning(line)
    assert line.trap
    assert (line.host, line.time) == ("10.255.0.31", datetime(2026, 11, 23, 9, 39, 38, tzinfo=UTC))
    assert said is not None
    assert (said.kind, said.subject) == (kind, subject)
