"""The eight recorded cases, as they are and as other sites would have recorded them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recorded import Case, names_truth, pairs, shared_tool

CASES = ("healthy", "if_admin_down", "link_cut", "node_down", "congestion", "bgp_wrong_as", "mtu_mismatch", "dns_down")
OTHER_NAMES = {
    "core1": "PAR-P-01", "core2": "PAR-P-02", "dist1": "lyon-agg-a", "dist2": "lyon-agg-b", "acc1": "nte0001",
    "acc2": "zz-top", "acc3": "A", "sw1": "cat9k-west", "sw2": "cat9k-east", "srv1": "infra01", "h3": "probe-7",
    "isp1": "transit-x", "isp2": "transit-y", "h1": "pc1", "h2": "pc2", "h4": "pc4",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_names_the_true_fault_and_nothing_else(case: Callable[[str], Case], shared: Path, name: str) -> None:
    recorded = case(name)
    document = recorded.diagnose()
    assert names_truth(document, recorded.truth), (document["verdict"], pairs(document))
    assert shared_tool(shared, "check_document").check_document(document) == []


@pytest.mark.parametrize("name", CASES)
def test_needs_neither_audit_lines_nor_these_names(case: Callable[[str], Case], name: str) -> None:
    recorded = case(name).without_audit().renamed(OTHER_NAMES)
    document = recorded.diagnose()
    # A link's ends stand in the order of the new names.
    truth = [[(fault, in_order(resource)) for fault, resource in names] for names in recorded.truth]
    assert names_truth(document, truth), (document["verdict"], pairs(document), truth)


@pytest.mark.parametrize("name", CASES)
def test_needs_no_intent(case: Callable[[str], Case], name: str) -> None:
    recorded = case(name).without_audit()
    recorded.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    document = recorded.diagnose()
    found = pairs(document)
    assert names_truth(document, recorded.truth), (document["verdict"], found)


@pytest.mark.parametrize("name", CASES)
def test_needs_no_logs(case: Callable[[str], Case], name: str) -> None:
    recorded = case(name)
    recorded.edit(lambda text: "", "*.log")
    document = recorded.diagnose()
    assert names_truth(document, recorded.truth), (document["verdict"], pairs(document))


@pytest.mark.parametrize("name", CASES)
def test_names_ports_as_another_vendor_does(case: Callable[[str], Case], name: str) -> None:
    recorded = case(name).without_audit().renamed_ports()
    document = recorded.diagnose()
    assert names_truth(document, recorded.truth), (document["verdict"], pairs(document))


@pytest.mark.parametrize("name", [name for name in CASES if name != "healthy"])
def test_a_site_seen_only_before_the_fault_is_not_called_faulty(case: Callable[[str], Case], name: str) -> None:
    recorded = case(name)
    for device in (recorded.folder / "snmp").iterdir():
        for poll in sorted(device.iterdir())[1:]:
            poll.unlink()
    recorded.edit(lambda text: "", "*.log")
    document = recorded.diagnose()
    assert document["verdict"] == "inconclusive"  # without a later poll nothing can be healthy either


def in_order(resource: str) -> str:
    if not resource.startswith("link/"):
        return resource
    ends = resource.removeprefix("link/").split("--")
    return "link/" + "--".join(sorted(ends, key=lambda end: end.split("/", 1)))


def test_a_dead_node_is_proven_by_what_its_neighbors_say(case: Callable[[str], Case]) -> None:
    document = case("node_down").diagnose()
    sources = {row["id"]: row["source"] for row in document["evidence"]}
    cited = {sources[name] for name in document["root_causes"][0]["evidence"]}
    assert {"snmp:acc2", "snmp:dist1", "snmp:dist2"} <= cited


def test_a_wrong_as_that_two_octets_cannot_show_is_known_by_the_refusal(case: Callable[[str], Case]) -> None:
    """RFC 6793: BGP4-MIB shows 23456 for every AS above 65535. The NOTIFICATION 2/2 and who sends it are left."""
    recorded = case("bgp_wrong_as").without_audit()
    recorded.edit(
        lambda text: re.sub(r"(?m)^(1\.3\.6\.1\.2\.1\.15\.(?:3\.1\.9\.[\d.]+|2\.0)\|2)\|\d+$", r"\1|23456", text),
        "*.snmprec*",
    )
    recorded.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    document = recorded.diagnose()
    assert document["verdict"] in ("likely", "confirmed")
    assert {fault for fault, _ in pairs(document)} == {"bgp_asn_misconfig"}
    assert "?" not in document["root_causes"][0]["explanation"]
