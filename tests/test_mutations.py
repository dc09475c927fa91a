"""Faults at other places, in pairs, and what is no fault: on a healthy recording whose rows were edited."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.mutate import IF_OPER, UPTIME, Mutation, Rows, cells, drop, index_of
from tests.recorded import Case, pairs

Make = Callable[[str], Case]


@pytest.fixture
def healthy(case: Make) -> Mutation:
    return Mutation(case("healthy"))


ONE: dict[str, tuple[Callable[[Mutation], None], tuple[str, str]]] = {
    "link": (lambda m: m.link_down("core1", "eth3"), ("link_down", "link/core1/eth3--dist2/eth1")),
    "link-to-switch": (lambda m: m.link_down("sw1", "eth2"), ("link_down", "link/sw1/eth2--sw2/eth1")),
    "shut": (lambda m: m.shut("acc3", "eth1"), ("interface_admin_down", "interface/acc3/eth1")),
    "shut-on-switch": (lambda m: m.shut("sw2", "eth2"), ("interface_admin_down", "interface/sw2/eth2")),
    "node": (lambda m: m.node_down("dist2"), ("node_down", "node/dist2")),
    "node-with-hosts": (lambda m: m.node_down("acc3"), ("node_down", "node/acc3")),
    "management": (lambda m: m.silent("core2"), ("management_unreachable", "node/core2")),
    "management-of-switch": (lambda m: m.silent("sw2"), ("management_unreachable", "node/sw2")),
    "mtu": (lambda m: m.mtu("dist1", "eth2", 9000), ("mtu_mismatch", "link/core2/eth2--dist1/eth2")),
    "as": (lambda m: m.wrong_as("core1", "172.16.1.2", 64999), ("bgp_asn_misconfig", "node/core1")),
    "load": (lambda m: m.saturate("acc1", "eth3"), ("link_capacity_bottleneck", "link/acc1/eth3--sw1/eth1")),
}  # fmt: skip
TWO = [
    ("link", "as"), ("shut", "management"), ("mtu", "link-to-switch"), ("node-with-hosts", "as"), ("load", "link"), ("node", "link-to-switch"),
    ("management", "mtu"), ("shut-on-switch", "shut"),
]  # fmt: skip


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("intent", [True, False], ids=["intent", "no-intent"])
def test_one_fault_elsewhere(healthy: Mutation, name: str, intent: bool) -> None:
    make, expected = ONE[name]
    make(healthy)
    if not intent:
        healthy.case.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    document = healthy.case.diagnose()
    assert pairs(document) == {expected}, document["next_actions"]


@pytest.mark.parametrize("names", TWO, ids="+".join)
def test_two_faults_are_both_named(healthy: Mutation, names: tuple[str, str]) -> None:
    for name in names:
        ONE[name][0](healthy)
    document = healthy.case.diagnose()
    assert pairs(document) == {ONE[name][1] for name in names}, document["next_actions"]


def test_an_agent_that_still_logs_is_unreachable_not_down(healthy: Mutation) -> None:
    healthy.silent("dist1")
    with (healthy.case.folder / "logs/syslog.log").open("a") as log:
        log.write("<30>1 2026-11-23T09:17:50+00:00 dist1 ntpd 9 - - clock step\n")
    document = healthy.case.diagnose()
    assert pairs(document) == {("management_unreachable", "node/dist1")}
    assert document["verdict"] == "confirmed"


def no_lldp(rows: Rows) -> None:
    drop(rows, lambda oid: oid.startswith("1.0.8802.1.1.2.1.4."))


def restarted(rows: Rows) -> None:
    rows[UPTIME] = "67|300"


def spare_port(rows: Rows) -> None:
    n = index_of(rows, "lo")
    for oid in [oid for oid in rows if oid.startswith("1.3.6.1.2.1.2.2.1.") or oid.startswith("1.3.6.1.2.1.31.1.1.1.")]:
        column, _, row = oid.rpartition(".")
        if row == n:
            rows[f"{column}.99"] = rows[oid]
    rows["1.3.6.1.2.1.31.1.1.1.1.99"], rows["1.3.6.1.2.1.2.2.1.2.99"] = "4|eth99", "4|eth99"
    rows["1.3.6.1.2.1.2.2.1.3.99"], rows[f"{IF_OPER}.99"] = "2|6", "2|2"


def ephemeral(rows: Rows) -> None:
    for instance in list(cells(rows, "1.3.6.1.2.1.7.5.1.2")):
        if int(instance.rsplit(".", 1)[1]) > 1024:
            drop(rows, lambda oid, tail=instance: oid.startswith("1.3.6.1.2.1.7.5.1.") and oid.endswith(tail))  # type: ignore[misc]


def sticky_error(rows: Rows) -> None:
    for peer in cells(rows, "1.3.6.1.2.1.15.3.1.14"):
        rows[f"1.3.6.1.2.1.15.3.1.14.{peer}"] = "4x|0400"


@pytest.mark.parametrize("edit", [no_lldp, restarted, spare_port, ephemeral, sticky_error])
@pytest.mark.parametrize("device", ["core1", "srv1", "sw1"])
def test_what_is_no_fault_stays_healthy(healthy: Mutation, edit: Callable[[Rows], None], device: str) -> None:
    healthy.change(device, edit)
    document = healthy.case.diagnose()
    assert (document["verdict"], pairs(document)) == ("healthy", set()), document["next_actions"]


@pytest.mark.parametrize(
    "line",
    [
        "<29>1 2026-11-23T09:17:30+00:00 dist1 zebra 215 - -  [M7Q4P-46WDR] vty[37]@(config)# interface eth3",
        "<28>1 2026-11-23T09:17:30+00:00 h3 sla-probe 51 - -  SLA-4-STATE: target=h1 state=OK prev=LOSS",
        "<27>1 2026-11-23T09:17:30+00:00 dist1 ifmgr 52 - -  LINK-3-UPDOWN: Interface eth4, changed state to down\n"
        "<27>1 2026-11-23T09:17:31+00:00 dist1 ifmgr 52 - -  LINK-3-UPDOWN: Interface eth4, changed state to up",
    ],
)
def test_lines_that_are_no_trouble_stay_healthy(healthy: Mutation, line: str) -> None:
    with (healthy.case.folder / "logs/syslog.log").open("a") as log:
        log.write(line + "\n")
    document = healthy.case.diagnose()
    assert (document["verdict"], pairs(document)) == ("healthy", set()), document["next_actions"]


@pytest.mark.parametrize(("silent", "verdict"), [(["acc2"], "healthy"), (["acc2", "sw1"], "inconclusive")])
def test_a_device_that_never_answered_is_unknown_not_down(healthy: Mutation, silent: list[str], verdict: str) -> None:
    """One agent that was silent all along is no news; where more are, too little is seen of the site."""
    for path in (path for device in silent for path in (healthy.case.folder / "snmp" / device).iterdir()):
        path.unlink()
    document = healthy.case.diagnose()
    assert document["verdict"] == verdict
    assert all(any(device in text for text in document["next_actions"]) for device in silent)


def forget(healthy: Case, *devices: str) -> Case:
    """A site whose inventory does not know these devices, and that states no intent."""
    healthy.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    return healthy.edit(
        lambda text: "".join(row for row in text.splitlines(True) if row.strip().split(":")[0] not in devices),
        "site.yaml",
    )


def test_a_far_end_that_the_inventory_does_not_know_is_named_as_lldp_gives_it(case: Make) -> None:
    document = forget(case("link_cut"), "dist1").diagnose()
    assert pairs(document) == {("link_down", "link/core1/eth2--dist1/eth1")}
    assert document["verdict"] == "likely"  # the far end could not be seen
    assert "not to be seen" in document["root_causes"][0]["explanation"]


def test_nothing_is_said_of_an_end_that_was_not_seen(case: Make) -> None:
    document = forget(case("if_admin_down"), "acc1").diagnose()
    assert pairs(document) == {("interface_admin_down", "interface/dist1/eth3")}
    assert "acc1" not in document["root_causes"][0]["explanation"]


def test_what_stood_before_the_incident_is_no_cause_yet_worth_a_word(case: Make) -> None:
    recorded = case("link_cut")
    recorded.edit(lambda text: text.replace("09:38:47Z", "09:39:05Z"), "incident.yaml")
    document = recorded.diagnose()
    assert document["root_causes"] == []
    assert any("core1 eth2" in text and "before the incident" in text for text in document["next_actions"])


@pytest.mark.parametrize("name", ["node_down", "dns_down", "link_cut", "bgp_wrong_as"])
def test_an_incident_need_not_say_since_when(case: Make, name: str) -> None:
    recorded = case(name)
    drop_times = re.compile(r"^(since|until|opened_at): .*\n", re.MULTILINE)
    recorded.edit(lambda text: drop_times.sub("", text), "incident.yaml")
    assert pairs(recorded.diagnose()) == {recorded.truth[0][0]}


@pytest.mark.parametrize(
    "prefix", ["1.0.8802", "1.3.6.1.2.1.14", "1.3.6.1.2.1.4.", "1.3.6.1.2.1.31."], ids=["lldp", "ospf", "ip", "ifx"]
)
@pytest.mark.parametrize("name", ["if_admin_down", "node_down", "congestion", "mtu_mismatch"])
def test_a_table_that_no_device_serves_is_done_without(case: Make, name: str, prefix: str) -> None:
    recorded = case(name)
    recorded.edit(lambda text: "".join(row for row in text.splitlines(True) if not row.startswith(prefix)), "*.gz")
    assert pairs(recorded.diagnose()) == {recorded.truth[0][0]}
