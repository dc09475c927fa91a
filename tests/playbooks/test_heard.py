"""Faults at sites whose SNMP is not to be had: devices have addresses, no poll was ever answered, and the logs and intent tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import Case, pairs

LINKS = {  # link → the addresses that its ends have
    ("ams-a/eth1", "ams-b/Gi0/1"): ("10.9.0.0", "10.9.0.1"),
    ("ams-a/eth2", "ams-c/eth1"): ("10.9.0.2", "10.9.0.3"),
    ("ams-b/Gi0/2", "ams-c/eth2"): ("10.9.0.4", "10.9.0.5"),
    ("ams-a/eth3", "carrier/ge0"): ("192.0.2.0", "192.0.2.1"),
    ("ams-c/eth4", "web/eno1"): ("10.9.1.1", "10.9.1.10"),
}
MANAGED = ("ams-a", "ams-b", "ams-c", "web", "probe")
AB, AC, BC = (f"link/{one}--{two}" for one, two in list(LINKS)[:3])
INTENT = """intent:
  ospf:
    - {a: ams-a/eth1, b: ams-b/Gi0/1, area: 0.0.0.0}
    - {a: ams-a/eth2, b: ams-c/eth1, area: 0.0.0.0}
    - {a: ams-b/Gi0/2, b: ams-c/eth2, area: 0.0.0.0}
  bgp:
    - {a: ams-a, a_as: 65001, b: carrier, b_as: 64999}
    - {a: ams-a, a_as: 65001, b: ams-c, b_as: 65001}
  services:
    - {device: web, name: http, protocol: tcp, port: 80}
    - {device: web, name: dns, protocol: udp, port: 53}
"""


def frr(host: str, second: int, text: str, daemon: str = "ospfd") -> str:
    return f"<28>Nov 23 09:17:{second:02} {host} {daemon}[70]: {text}"


def ios(host: str, second: int, text: str) -> str:
    return f"<189>Nov 23 09:17:{second:02} {host} 123: Nov 23 09:17:{second:02}.100: {text}"


def lost(host: str, second: int, peer: str, port: str, why: str, *, to: str = "Deleted") -> str:
    return frr(host, second, f"AdjChg: Nbr 1.1.1.1, NbrIP {peer} (default) on {port}:10.9.0.9: Full -> {to} ({why})")


def ios_lost(host: str, second: int, port: str, why: str) -> str:
    return ios(
        host,
        second,
        f"%OSPF-5-ADJCHG: Process 1, Nbr 1.1.1.1 on GigabitEthernet{port} from FULL to DOWN, Neighbor Down: {why}",
    )


def trap(address: str, second: int, words: str) -> str:
    return (
        f"2026-11-23T09:17:{second:02} TRAP from UDP: [{address}]:5000->[10.9.9.254]:162: "
        f".1.3.6.1.2.1.1.3.0 = Timeticks: (100) 0:00:01.00\t.1.3.6.1.6.3.1.1.4.1.0 = OID: {words}"
    )


def fell(address: str, second: int, index: int, admin: int) -> str:
    return trap(
        address, second, f".1.3.6.1.6.3.1.1.5.3\t.1.3.6.1.2.1.2.2.1.1.{index} = INTEGER: {index}\t"
        f".1.3.6.1.2.1.2.2.1.7.{index} = INTEGER: {admin}\t.1.3.6.1.2.1.2.2.1.8.{index} = INTEGER: 2",
    )  # fmt: skip


def ospf_trap(address: str, second: int, own: str, peer: str, router: str) -> str:
    return trap(
        address, second, f".1.3.6.1.2.1.14.16.2.2\t.1.3.6.1.2.1.14.1.1.0 = IpAddress: {own}\t"
        f".1.3.6.1.2.1.14.10.1.1.{peer}.0 = IpAddress: {peer}\t.1.3.6.1.2.1.14.10.1.2.{peer}.0 = INTEGER: 0\t"
        f".1.3.6.1.2.1.14.10.1.3.{peer}.0 = IpAddress: {router}\t.1.3.6.1.2.1.14.10.1.6.{peer}.0 = INTEGER: 1",
    )  # fmt: skip


def _config_error(own: str, peer: str, number: int) -> str:
    return (
        f".1.3.6.1.2.1.14.16.2.4\t.1.3.6.1.2.1.14.7.1.1.{own}.0 = IpAddress: {own}\t"
        f".1.3.6.1.2.1.14.16.1.4.0 = IpAddress: {peer}\t.1.3.6.1.2.1.14.16.1.2.0 = INTEGER: {number}"
    )


def ospf_port(address: str, second: int, own: str, state: int) -> str:
    return trap(
        address, second, f".1.3.6.1.2.1.14.16.2.16\t.1.3.6.1.2.1.14.7.1.1.{own}.0 = IpAddress: {own}\t"
        f".1.3.6.1.2.1.14.7.1.12.{own}.0 = INTEGER: {state}",
    )  # fmt: skip


def bgp_trap(address: str, second: int, peer: str, error: str, state: int) -> str:
    return trap(
        address, second, f".1.3.6.1.2.1.15.0.2\t.1.3.6.1.2.1.15.3.1.7.{peer} = IpAddress: {peer}\t"
        f".1.3.6.1.2.1.15.3.1.14.{peer} = Hex-STRING: {error}\t.1.3.6.1.2.1.15.3.1.2.{peer} = INTEGER: {state}",
    )  # fmt: skip


def probe(second: int, target: str, state: str, words: str) -> str:
    was = "OK" if state != "OK" else "DOWN"
    return f"<28>Nov 23 09:17:{second:02} probe sla-probe[9]: SLA-4-STATE: target={target} state={state} prev={was} {words}"


CASES: dict[str, tuple[list[str], set[tuple[str, str]]]] = {
    "a shut port, told by the trap whose ifIndex only the log names": (
        [
            "<6>Nov 23 09:17:10 ams-a kernel: r8169 0000:03:00.0 eth1: Link is Down", fell("10.9.9.1", 14, 3, 2),
            ios("ams-b", 10, "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down"),
            fell("10.9.9.2", 14, 7, 1),
        ],
        {("interface_admin_down", "interface/ams-a/eth1")},
    ),
    "two ports that fell together leave open which of them the trap means": (
        [
            "<6>Nov 23 09:17:10 ams-a kernel: r8169 0000:03:00.0 eth1: Link is Down",
            "<6>Nov 23 09:17:10 ams-a kernel: r8169 0000:03:00.0 eth2: Link is Down", fell("10.9.9.1", 14, 3, 2),
            "<6>Nov 23 09:17:10 ams-c kernel: r8169 0000:03:00.0 eth1: Link is Down",
            ios("ams-b", 10, "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down"),
        ],
        {("link_down", AB), ("link_down", AC)},
    ),
    "intervals that one end refuses": (
        [
            frr("ams-a", 10, "[EC 134217741] Packet 1.1.1.1 [Hello:RECV]: HelloInterval mismatch on eth2:10.9.0.2 (expected 10, but received 5)."),
            lost("ams-a", 40, "10.9.0.3", "eth2", "InactivityTimer"), lost("ams-c", 45, "10.9.0.2", "eth1", "InactivityTimer"),
        ],
        {("ospf_timer_mismatch", AC)},
    ),
    "an area that both ends refuse, told by traps with the addresses of both": (
        [
            trap("10.9.9.1", 10, _config_error("10.9.0.0", "10.9.0.1", 2)), trap("10.9.9.2", 11, _config_error("10.9.0.1", "10.9.0.0", 2)),
            ospf_trap("10.9.9.1", 30, "1.1.1.1", "10.9.0.1", "2.2.2.2"), ospf_trap("10.9.9.2", 31, "2.2.2.2", "10.9.0.0", "1.1.1.1"),
        ],
        {("ospf_area_mismatch", AB)},
    ),
    "digests that do not match, between two makes": (
        [
            frr("ams-a", 10, "[EC 134217740] interface eth1:10.9.0.0: ospf_check_md5 checksum mismatch, Router-ID: 2.2.2.2"),
            lost("ams-a", 40, "10.9.0.1", "eth1", "InactivityTimer"), ios_lost("ams-b", 41, "0/1", "Dead timer expired"),
        ],
        {("ospf_authentication_mismatch", AB)},
    ),
    "a port that gave its neighbor up at once": (
        [lost("ams-a", 10, "10.9.0.1", "eth1", "KillNbr"), ios_lost("ams-b", 50, "0/1", "Dead timer expired")],
        {("ospf_neighbor_missing", "interface/ams-a/eth1")},
    ),
    "both timers ran out: nothing says why": (
        [lost("ams-a", 10, "10.9.0.1", "eth1", "InactivityTimer"), ios_lost("ams-b", 12, "0/1", "Dead timer expired")],
        set(),
    ),
    "both lost each other, and no word says how": (
        [
            ospf_trap("10.9.9.1", 30, "1.1.1.1", "10.9.0.3", "3.3.3.3"), ospf_trap("10.9.9.3", 31, "3.3.3.3", "10.9.0.2", "1.1.1.1"),
        ],
        set(),
    ),
    "one end only is heard": ([lost("ams-a", 10, "10.9.0.1", "eth1", "KillNbr")], set()),
    "lost and full again": (
        [
            lost("ams-a", 10, "10.9.0.1", "eth1", "KillNbr"), ios_lost("ams-b", 20, "0/1", "Dead timer expired"),
            frr("ams-a", 40, "AdjChg: Nbr 1.1.1.1, NbrIP 10.9.0.1 (default) on eth1:10.9.0.9: Loading -> Full (LoadingDone)"),
            ios("ams-b", 40, "%OSPF-5-ADJCHG: Process 1, Nbr 1.1.1.1 on GigabitEthernet0/1 from LOADING to FULL, Loading Done"),
        ],
        set(),
    ),
    "one end still hears the other, and nothing else died": (
        [
            lost("ams-a", 10, "10.9.0.3", "eth2", "InactivityTimer"),
            lost("ams-c", 14, "10.9.0.2", "eth1", "1-WayReceived", to="Init"),
        ],
        {("ospf_acl_block", "interface/ams-a/eth2")},
    ),
    "one end still hears the other, which lost its LLDP neighbor too": (
        [
            lost("ams-a", 10, "10.9.0.3", "eth2", "InactivityTimer"), trap("10.9.9.1", 12, ".1.0.8802.1.1.2.0.0.1"),
            lost("ams-c", 14, "10.9.0.2", "eth1", "1-WayReceived", to="Init"),
        ],
        {("link_unidirectional", AC)},
    ),
    "traps alone: addresses of one subnet at the ends of one link": (
        [
            ospf_trap("10.9.9.1", 30, "1.1.1.1", "10.9.0.3", "3.3.3.3"), ospf_trap("10.9.9.3", 31, "3.3.3.3", "10.9.0.2", "1.1.1.1"),
            frr("ams-c", 2, "[M7Q4P-46WDR] vty[4]@(config)# interface eth1"),
            frr("ams-c", 2, "[M7Q4P-46WDR] vty[4]@(config-if)# ip ospf passive"),
        ],
        {("ospf_neighbor_missing", "interface/ams-c/eth1")},
    ),
    "two protocols died of their timers at both ends": (
        [
            lost("ams-a", 40, "10.9.0.3", "eth2", "InactivityTimer"), lost("ams-c", 41, "10.9.0.2", "eth1", "InactivityTimer"),
            bgp_trap("10.9.9.1", 50, "10.9.0.3", "04 00", 1), bgp_trap("10.9.9.3", 52, "10.9.0.2", "04 00", 1),
        ],
        {("circuit_blackhole", AC)},
    ),
    "a routing daemon that ended": (
        [
            "<28>Nov 23 09:17:05 ams-c systemd[1]: ospfd.service: Main process exited, code=killed, status=9/KILL",
            lost("ams-a", 40, "10.9.0.3", "eth2", "InactivityTimer"), ios_lost("ams-b", 41, "0/2", "Dead timer expired"),
        ],
        {("routing_daemon_down", "node/ams-c")},
    ),
    "all who are meant to be its neighbors lost it, and no port fell": (
        [lost("ams-a", 40, "10.9.0.3", "eth2", "InactivityTimer"), ios_lost("ams-b", 41, "0/2", "Dead timer expired")],
        {("routing_daemon_down", "node/ams-c")},
    ),
    "a device that is gone": (
        [
            "<6>Nov 23 09:17:10 ams-a kernel: r8169 0000:03:00.0 eth2: Link is Down",
            ios("ams-b", 10, "%LINK-3-UPDOWN: Interface GigabitEthernet0/2, changed state to down"),
            lost("ams-a", 10, "10.9.0.3", "eth2", "InterfaceDown"),
        ],
        {("node_down", "node/ams-c")},
    ),
    "a device whose lines fell and that still logs is not gone": (
        [
            "<6>Nov 23 09:17:10 ams-a kernel: r8169 0000:03:00.0 eth2: Link is Down",
            ios("ams-b", 10, "%LINK-3-UPDOWN: Interface GigabitEthernet0/2, changed state to down"),
            "<6>Nov 23 09:17:10 ams-c kernel: r8169 0000:03:00.0 eth1: Link is Down",
            "<6>Nov 23 09:17:10 ams-c kernel: r8169 0000:03:00.0 eth2: Link is Down",
            "<38>Nov 23 09:17:50 ams-c sshd[4]: Accepted publickey for noc from 10.9.9.8 port 4 ssh2",
        ],
        {("link_down", AC), ("link_down", BC)},
    ),
    "a peer AS that is refused, by a peer that nobody manages": (
        [bgp_trap("10.9.9.1", 10, "192.0.2.1", "02 02", 1)],
        {("bgp_asn_misconfig", "node/ams-a")},
    ),
    "who stays in Idle shut the session, who tries again did not": (
        [
            bgp_trap("10.9.9.1", 10, "10.9.0.3", "06 02", 1), bgp_trap("10.9.9.3", 10, "10.9.0.2", "06 02", 1),
            bgp_trap("10.9.9.3", 15, "10.9.0.2", "06 02", 3), bgp_trap("10.9.9.3", 20, "10.9.0.2", "06 02", 2),
        ],
        {("bgp_session_shutdown", "node/ams-a")},
    ),
    "pings died before the hold timer ran out": (
        [probe(5, "carrier", "LOSS", "loss=40%"), probe(9, "carrier", "DOWN", "loss=100%"), bgp_trap("10.9.9.1", 14, "192.0.2.1", "04 00", 1)],
        {("bgp_peer_unreachable", "link/ams-a/eth3--carrier/ge0")},
    ),
    "pings died with the routes of the session": (
        [
            bgp_trap("10.9.9.1", 10, "192.0.2.1", "04 00", 1),
            probe(11, "carrier", "LOSS", "loss=40%"), probe(14, "carrier", "DOWN", "loss=100%"),
        ],
        {("bgp_acl_block", "node/ams-a")},
    ),
    "pings that come too seldom to say when it began": (
        [
            bgp_trap("10.9.9.1", 10, "192.0.2.1", "04 00", 1),
            "<13>Nov 23 09:17:40 probe nagios: SERVICE ALERT: carrier;PING;CRITICAL;HARD;3;PING CRITICAL - Packet loss = 100%",
        ],
        {("bgp_peer_unreachable", "link/ams-a/eth3--carrier/ge0")},
    ),
    "a hold timer alone says no more than that the peer is out of reach": (
        [bgp_trap("10.9.9.1", 10, "192.0.2.1", "04 00", 1)],
        {("bgp_peer_unreachable", "link/ams-a/eth3--carrier/ge0")},
    ),
    "a hold timer, and packets with a wrong key that do arrive": (
        [
            bgp_trap("10.9.9.1", 10, "192.0.2.1", "04 00", 1),
            "<28>Nov 23 09:17:12 ams-a kernel: TCP: MD5 Hash failed for 192.0.2.1.179->192.0.2.0.40112",
        ],
        {("bgp_authentication_mismatch", "node/ams-a")},
    ),
    "an SNMP agent that its own daemons find no more": (
        [
            "<28>Nov 23 09:17:05 ams-c lldpd[3]: AgentX master disconnected us, reconnecting in 15",
            "<28>Nov 23 09:17:20 ams-c lldpd[3]: cannot connect to /var/agentx/master: Connection refused",
            "<28>Nov 23 09:17:35 ams-c lldpd[3]: cannot connect to /var/agentx/master: Connection refused",
        ],
        {("management_unreachable", "node/ams-c")},
    ),
    "an SNMP agent that restarted": (
        [
            "<28>Nov 23 09:17:05 ams-c lldpd[3]: cannot connect to /var/agentx/master: Connection refused",
            "<28>Nov 23 09:17:20 ams-c lldpd[3]: cannot connect to /var/agentx/master: Connection refused",
            "<30>Nov 23 09:17:35 ams-c lldpd[3]: NET-SNMP version 5.9.3 AgentX subagent connected",
        ],
        set(),
    ),
    "pings that a filter logs as dropped, to a host whose address nobody tells": (
        [
            probe(10, "ams-c", "LOSS", "loss=40%"), probe(14, "ams-c", "DOWN", "loss=100%"),
            ios("ams-b", 12, "%SEC-6-IPACCESSLOGDP: list 110 denied icmp 10.9.8.8 -> 10.9.1.1 (8/0), 5 packets"),
        ],
        {("icmp_acl_block", "node/ams-b")},
    ),
    "a service that its host refuses": (
        [probe(10, "http", "DOWN", "GET http://10.9.1.10/ Connection refused")],
        {("http_service_down", "service/web/http")},
    ),
    "two cables that changed places": (
        [
            lost("ams-a", 40, "10.9.0.1", "eth1", "InactivityTimer"), lost("ams-a", 42, "10.9.0.3", "eth2", "InactivityTimer"),
            lost("ams-c", 41, "10.9.0.2", "eth1", "InactivityTimer"), ios_lost("ams-b", 43, "0/1", "Dead timer expired"),
        ],
        {("miscabling", AB)},
    ),
    "two lines that died one after the other": (
        [
            lost("ams-a", 10, "10.9.0.1", "eth1", "InactivityTimer"), lost("ams-a", 42, "10.9.0.3", "eth2", "InactivityTimer"),
            lost("ams-c", 41, "10.9.0.2", "eth1", "InactivityTimer"), ios_lost("ams-b", 11, "0/1", "Dead timer expired"),
        ],
        set(),
    ),
    "OSPF left a port that stays up": (
        [ospf_port("10.9.9.3", 10, "10.9.1.1", 1)],
        {("ospf_missing_route_advertisement", "node/ams-c")},
    ),
    "OSPF left a port and is back": ([ospf_port("10.9.9.3", 10, "10.9.1.1", 1), ospf_port("10.9.9.3", 20, "10.9.1.1", 4)], set()),
    "OSPF left a port that fell": (
        [
            ospf_port("10.9.9.3", 10, "10.9.1.1", 1), "<6>Nov 23 09:17:10 ams-c kernel: r8169 0000:03:00.0 eth4: Link is Down",
        ],
        {("link_down", "link/ams-c/eth4--web/eno1")},
    ),
    "an exchange that begins again and again": (
        [ios("ams-b", second, "%OSPF-5-ADJCHANGE: ospf-1 [7]  Nbr 10.9.0.0 on GigabitEthernet0/1 went EXSTART") for second in (10, 20, 30, 40)],
        {("mtu_mismatch", AB)},
    ),
    "a shut port, told by a trap alone, and the other end's log": (
        [fell("10.9.9.1", 14, 3, 2), ios("ams-b", 10, "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down")],
        {("interface_admin_down", "interface/ams-a/eth1")},
    ),
    "a port that its own daemon finds disabled": (
        [
            "<28>Nov 23 09:17:10 ams-a lldpd[3]: unable to send packet on real device for eth1: Network is down",
            ios("ams-b", 10, "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down"),
        ],
        {("interface_admin_down", "interface/ams-a/eth1")},
    ),
    "a service that times out while nothing else fails": (
        [probe(10, "http", "DOWN", "GET http://10.9.1.10/ timed out")],
        {("http_acl_block", "node/web")},
    ),
    "everything of a host times out": (
        [probe(10, "http", "DOWN", "GET / timed out"), probe(10, "dns", "DOWN", "timed out"), probe(12, "web", "DOWN", "loss=100%")],
        set(),
    ),
    "pings fail, and services that came back had failed with them": (
        [probe(10, "http", "DOWN", "timed out"), probe(12, "web", "DOWN", "loss=100%"), probe(20, "http", "OK", "200 OK")],
        set(),
    ),
    "a daemon of a service that ended": (
        ["<28>Nov 23 09:17:05 web systemd[1]: nginx.service: Main process exited, code=killed, status=9/KILL"],
        {("http_service_down", "service/web/http")},
    ),
    "a day like any other": (
        [
            "<38>Nov 23 09:17:05 ams-a sshd[4]: Accepted publickey for noc from 10.9.9.8 port 4 ssh2",
            frr("ams-a", 6, "[M7Q4P-46WDR] vty[4]@(config)# interface eth1"),
            ios("ams-b", 9, "%SYS-5-CONFIG_I: Configured from console by noc on vty0 (10.9.9.8)"),
            ios("ams-b", 20, "%LINK-5-CHANGED: Interface GigabitEthernet0/9, changed state to administratively down"),
        ],
        set(),
    ),
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Case:
    for folder in ("logs", "snmp"):
        (tmp_path / folder).mkdir()
    devices = "".join(f"  {name}: {{address: 10.9.9.{n + 1}}}\n" for n, name in enumerate(MANAGED))
    (tmp_path / "site.yaml").write_text(
        f"name: ams\ndevices:\n{devices}  carrier: {{role: external}}\ntopology: topology.yaml\nrecordings: snmp/\nlogs: [logs/*.log]\n"
    )
    links = "".join(f'  - {{a: "{one}", b: "{two}"}}\n' for one, two in LINKS)
    (tmp_path / "topology.yaml").write_text(f"links:\n{links}{INTENT}")
    (tmp_path / "incident.yaml").write_text(
        "id: INC-1\ntitle: Alarms\nsince: '2026-11-23T09:17:00Z'\nuntil: '2026-11-23T09:20:00Z'\n"
    )
    return Case(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_what_the_logs_of_a_site_without_snmp_tell(site: Case, name: str) -> None:
    lines, expected = CASES[name]
    (site.folder / "logs/all.log").write_text("\n".join(line for line in lines if " TRAP " not in line) + "\n")
    (site.folder / "logs/traps.log").write_text("\n".join(line for line in lines if " TRAP " in line) + "\n")
    document = site.diagnose()
    assert pairs(document) == expected, (document["verdict"], document["next_actions"])
    assert expected or document["verdict"] == "inconclusive"
