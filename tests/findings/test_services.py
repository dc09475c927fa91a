"""Faults of switching, addresses, filters and services on a small switched network: found at the right place, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.findings.lan_site import AB, AC, BC, BRIDGES, EVER, LAN, ROUTE, STP, LanSite, default
from tests.findings.small_site import IF, IFX, Rows, resource
from tests.recorded import pairs

Make = Callable[[LanSite], None]
SERVICES = (
    ("srv-5", "dns", "udp", 53),
    ("srv-5", "dhcp", "udp", 67),
    ("srv-5", "http", "tcp", 80),
    ("gw-1", "dhcp-relay", "udp", 67),
)
PROCESS = "1.3.6.1.2.1.25.4.2.1.2"


def lan(**more: object) -> LanSite:
    return LanSite(LAN, "ios", **more)  # type: ignore[arg-type]


def opened(site: LanSite) -> None:
    """The port of sw-c that blocked forwards, and its bridge runs no spanning tree any more."""
    site.state("sw-c", "Gi0/24", 5)
    site.put("sw-c", {f"{STP}.1.0": "2|1"})


def circling(site: LanSite) -> None:
    site.quiet()
    for device, port in (AB[:2], BC[:2], AC[:2]):
        site.flow(device, port, inward=40_000, outward=40_000)
    for device in BRIDGES:
        for port, far, _ in site.ports(device):
            if far not in BRIDGES:
                site.flow(device, port, outward=40_000)


def moving(site: LanSite, device: str = "sw-b", macs: int = 5) -> None:
    for n in range(macs):
        for k in range(2):
            text = f"%SW_MATM-4-MACFLAP_NOTIF: Host 02bb.0000.{n:04x} in vlan 1 is flapping between port Gi0/2 and port Gi0/24"
            site.log(device, 20 + n + 5 * k, text)


def loop(site: LanSite) -> None:
    opened(site)
    circling(site)
    moving(site)


def storm(site: LanSite) -> None:
    """Broadcasts from pc-9, everywhere where spanning tree lets them."""
    site.quiet()
    site.flow("sw-c", "Gi0/3", broadcasts=9000)
    for device, port in (("sw-c", "Gi0/23"), AB[:2], ("sw-a", "Gi0/9"), ("sw-b", "Gi0/4")):
        site.flow(device, port, outward=9000)


def uncounted_storm(site: LanSite, usual: float = 10) -> None:
    """The same where agents count no broadcasts: it leaves by all ports but the one that spanning tree blocks."""
    site.quiet(usual)
    site.flow("sw-c", "Gi0/3", inward=9000)
    for device, port in (("sw-c", "Gi0/23"), AB[:2], ("sw-a", "Gi0/9"), ("sw-b", "Gi0/4")):
        site.flow(device, port, outward=9000)


def flapping_mac(site: LanSite) -> None:
    for n in range(4):
        text = "%SW_MATM-4-MACFLAP_NOTIF: Host 0201.0003.0001 in vlan 1 is flapping between port Gi0/24 and port Gi0/4"
        site.log("sw-b", 15 + 20 * n, text)


def noticed_mac(site: LanSite) -> None:
    """The gateway's ARP table follows both hosts to the card address that they share: no address is claimed twice."""
    flapping_mac(site)
    for n, (host, old) in enumerate((("192.0.2.9", "02:01:00:03:00:07"), ("192.0.2.8", "02:01:00:03:00:08"))):
        site.log("gw-1", 16 + n, f"arpwatch 52 - -  flip flop {host} 02:01:00:03:00:01 ({old}) Gi1")


def cloned(site: LanSite) -> None:
    site.put("pc-8", {f"{IF}.6.501": f"4x|{site.mac('pc-9', 'eth0').replace(':', '')}"})


def duplicate(site: LanSite) -> None:
    mac = site.mac("pc-8", "eth0").replace(":", "")
    mac = f"{mac[:4]}.{mac[4:8]}.{mac[8:]}"
    for n in range(3):
        site.log("gw-1", 20 + 30 * n, f"%IP-4-DUPADDR: Duplicate address 192.0.2.1 on Gi1, sourced by {mac}")


def taken(site: LanSite) -> None:
    """pc-8 has pc-9's address as well, since the incident."""
    site.put("pc-8", {"1.3.6.1.2.1.4.20.1.2.192.0.2.9": "2|501", "1.3.6.1.2.1.4.20.1.3.192.0.2.9": "64|255.255.255.0"})


def arp_flips(site: LanSite) -> None:
    for since, device in ((EVER, "pc-9"), (100, "pc-8"), (170, "pc-9")):
        site.arp("gw-1", "Gi1", "192.0.2.9", site.mac(device, "eth0"), since)


def native(site: LanSite) -> None:
    site.log(
        "sw-a", 30, "%CDP-4-NATIVE_VLAN_MISMATCH: Native VLAN mismatch discovered on Gi0/1 (1), with sw-b Gi0/24 (99)."
    )


def pvids(site: LanSite, sw_a: int, sw_b: int, since: int = 0) -> None:
    for device, port, vlan in (("sw-a", "Gi0/1", sw_a), ("sw-b", "Gi0/24", sw_b)):
        site.put(device, {f"1.3.6.1.2.1.17.7.1.4.5.1.1.{site.index(device, port) - 500}": f"66|{vlan}"}, since)


def other_pvid(site: LanSite) -> None:
    """sw-b's end of the trunk has another native VLAN; both send it untagged."""
    pvids(site, 1, 1, EVER)
    pvids(site, 1, 99)
    for device, vlan, since in (("sw-a", 1, EVER), ("sw-b", 1, EVER), ("sw-b", 99, 0)):
        for column in (4, 5):
            site.put(device, {f"1.3.6.1.2.1.17.7.1.4.2.1.{column}.0.{vlan}": "4x|ff"}, since)


def reroute(site: LanSite, device: str, gateway: str, since: int = 0) -> None:
    def change(rows: Rows, _: int) -> None:
        for oid in [oid for oid in rows if oid.startswith(f"{ROUTE}.") and ".1.4.0.0.0.0.0." in oid]:
            del rows[oid]
        rows.update(default(gateway) if gateway else {f"{ROUTE}.7.1.4.192.0.2.0.24.2.0.0.1.4.0.0.0.0": "2|501"})

    site.edit(device, change, since)


def says(site: LanSite, target: str, state: str, words: str = "", device: str = "pc-9", at: float = 40) -> None:
    site.log(device, at, f"SLA-4-STATE: target={target} state={state} prev=OK {words}")


def dns_silent(site: LanSite) -> None:
    says(site, "dns", "DOWN", "query timeout via 198.51.100.5")


def denied(port: int) -> Make:
    def make(site: LanSite) -> None:
        says(site, {53: "dns", 80: "http"}[port], "DOWN", "timeout")
        words = f"%SEC-6-IPACCESSLOGP: list 140 denied {'udp' if port == 53 else 'tcp'} 192.0.2.9(40111) -> 198.51.100.5({port}), 7 packets"
        site.log("gw-1", 42, words)

    return make


def pings_denied(site: LanSite) -> None:
    says(site, "srv-5", "DOWN", "loss=100%")
    site.log("gw-1", 42, "%SEC-6-IPACCESSLOGDP: list 140 denied icmp 192.0.2.9 -> 198.51.100.5 (8/0), 7 packets")


def pings_only(site: LanSite) -> None:
    says(site, "srv-5", "DOWN", "loss=100%")
    site.log("pc-9", 60, "SLA-5-STATE: target=http state=OK prev=DOWN 12ms")


def pings_of_several(site: LanSite) -> None:
    """pc-9 stands at a bridge, which has a route for its management; what filters is the router behind it."""
    pings_only(site)
    says(site, "gw-1", "DOWN", "loss=100%")


def closes(service: str, device: str, protocol: str, port: int) -> Make:
    def make(site: LanSite) -> None:
        site.close(device, protocol, port)
        says(site, service, "DOWN", "no answer via 198.51.100.5")

    return make


def exhausted(site: LanSite) -> None:
    for n in range(4):
        site.log("srv-5", 10 + 20 * n, "dnsmasq-dhcp[7]: DHCPDISCOVER(ens3) 00:a7:00:00:00:01 no address available")


def relay_process(site: LanSite) -> None:
    site.put("gw-1", {f"{PROCESS}.8": "4|dhcrelay", f"{PROCESS}.9": "4|snmpd"}, EVER)
    site.drop("gw-1", f"{PROCESS}.8")
    site.close("gw-1", "udp", 67)


def wrong_record(site: LanSite) -> None:
    says(site, "dns", "DOWN", "query www.example.net: NXDOMAIN")


def other_answer(site: LanSite) -> None:
    """The answer that is wrong is a device's address, and so is the one that was expected."""
    says(site, "dns", "WRONG", "query www.example.net via 198.51.100.5 answer 192.0.2.8, expected 192.0.2.9 2ms")


NODE = "node/{}".format
FAULTS: dict[str, tuple[Make, tuple[str, str], str]] = {
    "loop": (loop, ("stp_loop", NODE("sw-c")), "confirmed"),
    "ring-opened": (opened, ("stp_loop", NODE("sw-c")), "likely"),
    "loop-logged": (
        lambda s: s.log("sw-b", 9, "%STP-2-LOOP_BACK_DETECTED: Loop-back detected on GigabitEthernet0/4."),
        ("stp_loop", NODE("sw-b")), "confirmed",
    ),
    "storm": (storm, ("broadcast_storm", NODE("pc-9")), "confirmed"),
    "storm-uncounted": (uncounted_storm, ("broadcast_storm", NODE("pc-9")), "likely"),
    "storm-on-much": (lambda s: uncounted_storm(s, 2000), ("broadcast_storm", NODE("pc-9")), "likely"),
    "storm-logged": (
        lambda s: s.log("sw-c", 9, "%STORM_CONTROL-3-FILTERED: A Broadcast storm detected on Gi0/3. A packet filter action has been applied on the interface."),
        ("broadcast_storm", NODE("pc-9")), "confirmed",
    ),
    "mac-moves": (flapping_mac, ("mac_address_conflict", NODE("pc-8")), "confirmed"),
    "mac-noticed": (noticed_mac, ("mac_address_conflict", NODE("pc-8")), "confirmed"),
    "mac-cloned": (cloned, ("mac_address_conflict", NODE("pc-8")), "confirmed"),
    "ip-logged": (duplicate, ("host_ip_conflict", NODE("pc-8")), "confirmed"),
    "ip-taken": (taken, ("host_ip_conflict", NODE("pc-8")), "confirmed"),
    "ip-flips": (arp_flips, ("host_ip_conflict", NODE("pc-8")), "likely"),
    "vlan-logged": (native, ("vlan_mismatch", resource(AB)), "confirmed"),
    "vlan-differs": (other_pvid, ("vlan_mismatch", resource(AB)), "confirmed"),
    "gateway": (lambda s: reroute(s, "pc-9", "192.0.2.77"), ("host_incorrect_gateway", NODE("pc-9")), "confirmed"),
    "gateway-gone": (lambda s: reroute(s, "pc-9", ""), ("host_incorrect_gateway", NODE("pc-9")), "confirmed"),
    "dns-silent": (dns_silent, ("dns_port_blocked", NODE("srv-5")), "likely"),
    "dns-denied": (denied(53), ("dns_port_blocked", NODE("gw-1")), "confirmed"),
    "http-denied": (denied(80), ("http_acl_block", NODE("gw-1")), "confirmed"),
    "icmp-denied": (pings_denied, ("icmp_acl_block", NODE("gw-1")), "confirmed"),
    "icmp-only": (pings_only, ("icmp_acl_block", NODE("srv-5")), "likely"),
    "icmp-of-several": (pings_of_several, ("icmp_acl_block", NODE("gw-1")), "likely"),
    "dns-closed": (closes("dns", "srv-5", "udp", 53), ("dns_service_down", "service/srv-5/dns"), "confirmed"),
    "http-closed": (closes("http", "srv-5", "tcp", 80), ("http_service_down", "service/srv-5/http"), "confirmed"),
    "dhcp-closed": (closes("dhcp", "srv-5", "udp", 67), ("dhcp_service_down", "service/srv-5/dhcp"), "confirmed"),
    "relay-closed": (closes("gateway", "gw-1", "udp", 67), ("dhcp_relay_down", NODE("gw-1")), "confirmed"),
    "relay-process": (relay_process, ("dhcp_relay_down", NODE("gw-1")), "confirmed"),
    "pool": (exhausted, ("dhcp_pool_exhausted", "service/srv-5/dhcp"), "confirmed"),
    "record": (wrong_record, ("dns_record_error", "service/srv-5/dns"), "confirmed"),
    "record-differs": (other_answer, ("dns_record_error", "service/srv-5/dns"), "confirmed"),
}  # fmt: skip


@pytest.mark.parametrize("intent", [True, pytest.param(False, marks=pytest.mark.long)], ids=["intent", "no-intent"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_at_its_place_and_alone(tmp_path: Path, name: str, intent: bool) -> None:
    make, expected, verdict = FAULTS[name]
    site = lan(intent=intent, services=SERVICES)
    make(site)
    document = site.diagnose(tmp_path)
    assert pairs(document) == {expected}, document["next_actions"]
    assert document["verdict"] == verdict, document["root_causes"][0]["explanation"]


LATER = (90, 150, 210)
WITHOUT = (
    "loop-logged", "storm", "storm-logged", "mac-moves", "ip-logged", "vlan-logged", "vlan-differs", "gateway", "dns-silent",
    "dns-denied", "icmp-denied", "dns-closed", "pool", "record",
)  # fmt: skip


@pytest.mark.parametrize("name", WITHOUT)
def test_without_a_healthy_poll(tmp_path: Path, name: str) -> None:
    make, expected, _ = FAULTS[name]
    site = lan(polls=LATER, intent=False)
    make(site)
    assert pairs(site.diagnose(tmp_path)) == {expected}


@pytest.mark.parametrize(("usual", "named"), [(0.05, True), (10, False)])
def test_a_flood_that_is_there_from_the_first_poll_on_is_new_where_counters_leave_no_room_for_an_old_one(
    tmp_path: Path, usual: float, named: bool
) -> None:
    """All that a quiet port had counted in 104 days is 50 s of the flood; of a busier one it may be hours."""
    site = lan(polls=(0, 120, 180))
    uncounted_storm(site, usual)
    assert pairs(site.diagnose(tmp_path)) == ({("broadcast_storm", NODE("pc-9"))} if named else set())


def test_an_intended_relay_that_is_closed_is_likely_down_whatever_was_before(tmp_path: Path) -> None:
    make, expected, _ = FAULTS["relay-closed"]
    site = lan(polls=LATER, services=SERVICES)
    make(site)
    document = site.diagnose(tmp_path)
    assert (pairs(document), document["verdict"]) == ({expected}, "likely")


def one_move(site: LanSite) -> None:
    site.log(
        "sw-b",
        20,
        "%SW_MATM-4-MACFLAP_NOTIF: Host 0201.0003.0001 in vlan 1 is flapping between port Gi0/24 and port Gi0/4",
    )


def failover(site: LanSite) -> None:
    """A gateway's virtual MAC is learnt on another port again and again."""
    for n in range(6):
        text = "%SW_MATM-4-MACFLAP_NOTIF: Host 0000.5e00.0107 in vlan 1 is flapping between port Gi0/24 and port Gi0/4"
        site.log("sw-b", 20 + n, text)


def new_card(site: LanSite) -> None:
    site.arp("gw-1", "Gi1", "192.0.2.9", site.mac("pc-9", "eth0"))
    site.arp("gw-1", "Gi1", "192.0.2.9", "02:ff:00:00:00:01", 0)


def mlag(site: LanSite) -> None:
    """A ring that forwards everywhere, and always did."""
    site.state("sw-c", "Gi0/24", 5, EVER)


def crowded(site: LanSite) -> None:
    """Much more than ever, as much at every port, and each frame leaves once."""
    site.quiet(2000)
    site.flow("sw-c", "Gi0/23", outward=9000)
    site.flow(*AB[:2], outward=9000, inward=9000)
    site.flow("sw-a", "Gi0/9", outward=9000)


def blocks_elsewhere(site: LanSite) -> None:
    """The tree is built anew: another port of the ring blocks now."""
    site.state("sw-c", "Gi0/24", 5)
    site.state("sw-c", "Gi0/23", 2)
    site.log("sw-c", 20, "%SPANTREE-5-TOPOTRAP: Topology Change Trap for vlan 1")


def scanner(site: LanSite) -> None:
    for n in range(9):
        site.log(
            "gw-1",
            10 + n,
            f"%SEC-6-IPACCESSLOGP: list 140 denied tcp 203.0.113.66(4{n}111) -> 198.51.100.5(80), 1 packet",
        )


def new_gateway(site: LanSite) -> None:
    """The router moved to another address of the subnet, and the host went with it."""
    site.put(
        "gw-1",
        {"1.3.6.1.2.1.4.20.1.2.192.0.2.254": "2|501", "1.3.6.1.2.1.4.20.1.3.192.0.2.254": "64|255.255.255.0"},
        EVER,
    )
    reroute(site, "pc-9", "192.0.2.254")


def busy(site: LanSite) -> None:
    """A backup: much unicast through two ports of one bridge."""
    site.quiet()
    site.flow("sw-c", "Gi0/3", inward=50_000)
    site.flow("sw-c", "Gi0/23", outward=50_000)
    site.flow("sw-a", "Gi0/9", outward=50_000)


def cleared(site: LanSite) -> None:
    """Counters that were cleared an hour before: every port carries much, and always did."""
    for device in site.devices:
        for n, _ in enumerate(site.ports(device), 501):
            site.edit(
                device,
                lambda rows, at, n=n: rows.update({f"{IFX}.{c}.{n}": f"70|{(at + 3600) * 5000}" for c in (7, 11)}),  # type: ignore[misc]
                EVER,
            )


def answered(site: LanSite) -> None:
    dns_silent(site)
    site.log("pc-9", 90, "SLA-5-STATE: target=dns state=OK prev=DOWN 9ms")


def answered_again(site: LanSite) -> None:
    """The last word is that it answers, though another way to fail was first heard after the first such word."""
    for at, state, words in (
        (20, "DOWN", "query timeout via 198.51.100.5"),
        (40, "OK", "again"),
        (60, "LOSS", "loss=30%"),
        (80, "OK", "again"),
    ):
        site.log("pc-9", at, f"SLA-4-STATE: target=dns state={state} prev=OK {words}")


def restarted_daemon(site: LanSite) -> None:
    site.put("srv-5", {f"{PROCESS}.8": "4|named"}, EVER)
    site.log("srv-5", 20, "systemd[1]: named.service: Main process exited, code=exited, status=0/SUCCESS")


BENIGN: dict[str, Make] = {
    "nothing": lambda s: None,
    "one move": one_move,
    "virtual MAC": failover,
    "new card": new_card,
    "ring by design": mlag,
    "busy at every port": crowded,
    "tree rebuilt": blocks_elsewhere,
    "scanner": scanner,
    "new gateway": new_gateway,
    "router's default moves": lambda s: reroute(s, "gw-1", "192.0.2.250"),
    "gateway as ever": lambda s: reroute(s, "pc-9", "192.0.2.77", EVER),
    "VLANs as ever": lambda s: pvids(s, 1, 99, EVER),
    "backup": busy,
    "counters cleared": cleared,
    "answered again": answered,
    "answered again twice": answered_again,
    "daemon restarted": restarted_daemon,
    "native VLAN that is not used": lambda s: pvids(s, 1, 99, -90),
    "gateways hear each other": lambda s: s.log("gw-1", 20, "%IP-4-DUPADDR: Duplicate address 192.0.2.1 on Gi1, sourced by 0000.0c07.ac07"),
    "pool nearly used up": lambda s: s.log("gw-1", 9, "%DHCPD-4-HIGH_UTIL: Pool \"office\" is in high utilization state (91 used out of 99)."),
    "loop guard": lambda s: s.log("sw-c", 9, "%SPANTREE-2-LOOPGUARD_BLOCK: Loop guard blocking port GigabitEthernet0/24 on VLAN0001."),
}  # fmt: skip


@pytest.mark.parametrize("intent", [True, pytest.param(False, marks=pytest.mark.long)], ids=["intent", "no-intent"])
@pytest.mark.parametrize("name", BENIGN)
def test_what_is_no_fault_stays_healthy(tmp_path: Path, name: str, intent: bool) -> None:
    site = lan(intent=intent, services=SERVICES)
    BENIGN[name](site)
    document = site.diagnose(tmp_path)
    assert (document["verdict"], pairs(document)) == ("healthy", set()), document["next_actions"]
