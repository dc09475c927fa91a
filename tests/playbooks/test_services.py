"""The playbooks of switching, addresses, filters and services: their place, what on-call staff find in them, and their rivals."""

from __future__ import annotations

from pathlib import Path

import pytest

from noc_agent.agent.content import load_content
from noc_agent.cli.common import bundled_site
from noc_agent.playbooks import Playbook, check
from noc_agent.site.load import load_site
from tests.findings.test_services import (
    FAULTS,
    SERVICES,
    cloned,
    dns_silent,
    duplicate,
    flapping_mac,
    lan,
    loop,
    native,
    says,
)
from tests.recorded import pairs

PLACES = {
    "stp_loop": "node", "broadcast_storm": "node", "mac_address_conflict": "node", "host_ip_conflict": "node",
    "vlan_mismatch": "link", "host_incorrect_gateway": "node", "icmp_acl_block": "node", "http_acl_block": "node",
    "dns_port_blocked": "node", "dns_record_error": "service", "http_service_down": "service",
    "dhcp_service_down": "service", "dhcp_pool_exhausted": "service", "dhcp_relay_down": "node",
}  # fmt: skip


@pytest.fixture(scope="module")
def playbooks() -> dict[str, Playbook]:
    return dict(load_content(load_site(bundled_site(), {})).playbooks)


@pytest.mark.parametrize("fault", PLACES)
def test_each_kind_sits_where_the_contract_says_and_is_sound(playbooks: dict[str, Playbook], fault: str) -> None:
    found = playbooks[fault]
    assert found.place == PLACES[fault]
    assert found.references
    assert found.refute
    tools = {step.tool for playbook in playbooks.values() for step in playbook.steps}
    assert check(found, playbooks, tools) == ()


@pytest.mark.parametrize("fault", PLACES)
def test_a_rival_of_this_family_is_one_from_both_sides_or_is_explained(
    playbooks: dict[str, Playbook], fault: str
) -> None:
    for other in {rival.fault for rival in playbooks[fault].rivals} & set(PLACES):
        named = {rival.fault for rival in playbooks[other].rivals}
        explains = {kind for pick in playbooks[other].explains for kind in pick.kinds}
        suspects = {kind for pick in playbooks[fault].suspects for kind in pick.kinds}
        assert fault in named or suspects & explains, other


RULED_OUT = {
    "loop": "broadcast_storm", "storm": "stp_loop", "mac-moves": "stp_loop", "ip-logged": "mac_address_conflict",
    "vlan-logged": "link_down", "gateway": "node_down", "dns-denied": "dns_service_down", "http-denied": "http_service_down",
    "icmp-denied": "node_down", "record": "dns_service_down", "http-closed": "node_down", "dhcp-closed": "dhcp_relay_down",
    "relay-closed": "node_down", "pool": "dhcp_service_down", "dns-closed": "dns_port_blocked",
}  # fmt: skip


@pytest.mark.parametrize("name", RULED_OUT)
def test_rivals_are_ruled_out_with_evidence(tmp_path: Path, name: str) -> None:
    make, expected, _ = FAULTS[name]
    site = lan(services=SERVICES)
    make(site)
    document = site.diagnose(tmp_path)
    assert pairs(document) == {expected}
    out = {row["fault"]: row for row in document["ruled_out"]}
    assert out[RULED_OUT[name]]["evidence"]
    assert out[RULED_OUT[name]]["reason"]


def test_a_filter_that_only_a_probe_tells_of_is_never_confirmed(tmp_path: Path) -> None:
    site = lan(services=SERVICES)
    dns_silent(site)
    cause = site.diagnose(tmp_path)["root_causes"][0]
    assert "inferred" in cause["explanation"]
    assert cause["confidence"] < 0.8


@pytest.mark.parametrize("more", ["http", "pc-8"])
def test_a_service_is_not_filtered_where_other_probes_of_the_same_source_fail(tmp_path: Path, more: str) -> None:
    """Then the way is broken, and no more is known."""
    site = lan(services=SERVICES)
    dns_silent(site)
    says(site, more, "DOWN", "timeout")
    document = site.diagnose(tmp_path)
    assert (document["verdict"], pairs(document)) == ("inconclusive", set())


def test_a_link_that_is_down_explains_the_silence_of_a_service(tmp_path: Path) -> None:
    site = lan(services=SERVICES)
    dns_silent(site)
    for device, port in (("gw-1", "Gi2"), ("srv-5", "ens3")):
        site.down(device, port)
    assert {fault for fault, _ in pairs(site.diagnose(tmp_path))} == {"link_down"}


def test_a_link_that_is_down_explains_the_clients_without_leases(tmp_path: Path) -> None:
    site = lan(services=SERVICES)
    for at in (40, 60):
        site.log("pc-8", at, "dhclient[7]: No DHCPOFFERS received.")
    for device, port in (("pc-8", "eth0"), ("sw-b", "Gi0/4")):
        site.down(device, port)
    document = site.diagnose(tmp_path)
    assert {fault for fault, _ in pairs(document)} == {"link_down"}
    assert not any("DHCP" in text for text in document["next_actions"])


def test_a_loop_explains_the_addresses_that_move_and_two_faults_are_both_named(tmp_path: Path) -> None:
    site = lan(services=SERVICES)
    for make in (loop, FAULTS["pool"][0]):
        make(site)
    assert pairs(site.diagnose(tmp_path)) == {("stp_loop", "node/sw-c"), ("dhcp_pool_exhausted", "service/srv-5/dhcp")}


@pytest.mark.parametrize(
    ("one", "two"), [(native, duplicate), (cloned, FAULTS["gateway"][0]), (flapping_mac, dns_silent)]
)
def test_pairs_are_named(tmp_path: Path, one: object, two: object) -> None:
    makes = {row[0]: row[1] for row in FAULTS.values()}
    site = lan(services=SERVICES)
    for make in (one, two):
        make(site)  # type: ignore[operator]
    assert pairs(site.diagnose(tmp_path)) == {makes[one], makes[two]}  # type: ignore[index]
