"""OSPF and one-way faults: each found where it is and as what it is, on a recording and on a ring of another make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.igp_faults import (
    AREA,
    AUTH,
    DEAD,
    HELLO,
    OSPF,
    PROCESS,
    IgpFaults,
    log,
    without_baseline,
    without_intent,
)
from tests.igp_site import OSPF as RING_OSPF
from tests.igp_site import POLLS, Ring, concluded
from tests.mutate import Mutation
from tests.recorded import Case, pairs

Make = Callable[[str], Case]
Found = set[tuple[str, str]]
NO_INTENT, NO_BASELINE = "no-intent", "no-baseline"


@pytest.fixture
def faults(case: Make) -> IgpFaults:
    return IgpFaults(Mutation(case("healthy")))


def said(faults: IgpFaults) -> dict[str, Any]:
    return concluded(faults.on.case.folder)


# On the recording: FRR over net-snmp, hellos each 2 s, which tells nothing of authentication.


def area(f: IgpFaults) -> Found:
    f.setting("dist1", "eth3", AREA, "64|0.0.0.7")
    f.lose("dist1", "eth3")
    return {("ospf_area_mismatch", "link/acc1/eth1--dist1/eth3")}


def timers(f: IgpFaults) -> Found:
    f.setting("core2", "eth3", HELLO, "2|5")
    f.setting("core2", "eth3", DEAD, "2|20")
    f.lose("core2", "eth3")
    return {("ospf_timer_mismatch", "link/core2/eth3--dist2/eth2")}


def dead_interval(f: IgpFaults) -> Found:
    f.setting("acc2", "eth1", DEAD, "2|40")
    f.lose("acc2", "eth1")
    return {("ospf_timer_mismatch", "link/acc2/eth1--dist1/eth4")}


def off(f: IgpFaults) -> Found:
    f.off("acc1", "eth2")
    f.lose("acc1", "eth2")
    return {("ospf_neighbor_missing", "interface/acc1/eth2")}


def passive(f: IgpFaults) -> Found:
    f.lose("dist2", "eth4")
    f.counted("dist2", "eth4", 1)
    f.counted("acc2", "eth2", 14)
    return {("ospf_neighbor_missing", "interface/dist2/eth4")}


def keys(f: IgpFaults) -> Found:
    f.lose("acc3", "eth2")
    f.counted("acc3", "eth2", 14)
    f.counted("dist1", "eth5", 13)
    return {("ospf_authentication_mismatch", "link/acc3/eth2--dist1/eth5")}


def acl(f: IgpFaults) -> Found:
    f.deaf("core1", "eth2")
    f.counted("dist1", "eth1", 14)
    f.counted("core1", "eth2", 14)
    return {("ospf_acl_block", "interface/core1/eth2")}


def one_way(f: IgpFaults) -> Found:
    f.deaf("core1", "eth3")
    f.counted("dist2", "eth1", 14, arrived=0)
    f.counted("core1", "eth3", 14)
    return {("link_unidirectional", "link/core1/eth3--dist2/eth1")}


def one_way_between_switches(f: IgpFaults) -> Found:
    f.counted("sw1", "eth2", 60, arrived=0)
    f.counted("sw2", "eth1", 60)
    return {("link_unidirectional", "link/sw1/eth2--sw2/eth1")}


def daemon(f: IgpFaults) -> Found:
    f.killed("acc2", "ospfd")
    f.unserved("acc2", OSPF)
    f.forget("dist1", "eth4")
    f.forget("dist2", "eth4")
    return {("routing_daemon_down", "node/acc2")}


def cost(f: IgpFaults) -> Found:
    f.cost("dist1", "eth1", 5000)
    return {("ospf_cost_misconfig", "link/core1/eth2--dist1/eth1")}


def prefix(f: IgpFaults) -> Found:
    f.withdraw("acc1", "eth3", "10.10.1.0/24")
    return {("ospf_missing_route_advertisement", "node/acc1")}


PROVEN = [area, timers, dead_interval, off, passive, acl, one_way, daemon]
CHANGES = [cost, prefix, one_way_between_switches]  # seen against a poll from before only


@pytest.mark.long
@pytest.mark.parametrize("fault", [*PROVEN, *CHANGES], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("less", ["", NO_INTENT])
def test_each_is_proven_at_its_place_and_nothing_else_named(
    faults: IgpFaults, fault: Callable[[IgpFaults], Found], less: str
) -> None:
    expected = fault(faults)
    if less:
        without_intent(faults.on)
    document = said(faults)
    assert (document["verdict"], pairs(document)) == ("confirmed", expected), document["next_actions"]


@pytest.mark.long
@pytest.mark.parametrize("fault", PROVEN, ids=lambda fault: fault.__name__)
def test_each_is_found_without_a_poll_from_before(faults: IgpFaults, fault: Callable[[IgpFaults], Found]) -> None:
    expected = fault(faults)
    without_baseline(faults.on)
    document = said(faults)
    assert pairs(document) == expected, document["next_actions"]


@pytest.mark.long
@pytest.mark.parametrize(
    "both", [(area, daemon), (off, acl), (timers, prefix), (one_way, passive)], ids=lambda both: both[0].__name__
)
def test_two_of_them_are_both_named(faults: IgpFaults, both: tuple[Callable[[IgpFaults], Found], ...]) -> None:
    expected = set().union(*(fault(faults) for fault in both))
    document = said(faults)
    assert pairs(document) == expected, document["next_actions"]


def test_both_ends_that_still_send_make_different_keys_likely_not_proven(faults: IgpFaults) -> None:
    expected = keys(faults)
    document = said(faults)
    assert (document["verdict"], pairs(document)) == ("likely", expected)


def test_a_refusal_in_the_log_proves_different_keys(faults: IgpFaults) -> None:
    faults.lose("acc3", "eth2")
    log(
        faults.on,
        "<28>1 2026-11-23T09:17:30+00:00 acc3 ospfd 201 - - interface eth2:10.1.11.2: auth-type mismatch, local 2, rcvd 0",
    )
    document = said(faults)
    expected = {("ospf_authentication_mismatch", "link/acc3/eth2--dist1/eth5")}
    assert (document["verdict"], pairs(document)) == ("confirmed", expected), document["next_actions"]


def test_where_nothing_tells_them_apart_the_missing_neighbor_is_what_is_proven(faults: IgpFaults) -> None:
    faults.lose("dist2", "eth4")
    faults.counted("dist2", "eth4", 400)
    faults.counted("acc2", "eth2", 400)
    document = said(faults)
    assert document["verdict"] == "likely"
    assert pairs(document) <= {
        ("ospf_neighbor_missing", "interface/dist2/eth4"),
        ("ospf_neighbor_missing", "interface/acc2/eth2"),
    }
    assert "ospf_authentication_mismatch" in document["root_causes"][0]["explanation"]


def test_a_table_that_is_gone_is_the_daemon_only_where_the_neighbors_lost_it(faults: IgpFaults) -> None:
    faults.unserved("acc2", OSPF, PROCESS)
    assert pairs(said(faults)) == set()


def test_a_table_that_is_gone_with_the_neighbors_is_the_daemon(faults: IgpFaults) -> None:
    faults.unserved("acc2", OSPF, PROCESS)
    faults.forget("dist1", "eth4")
    faults.forget("dist2", "eth4")
    document = said(faults)
    expected = {("routing_daemon_down", "node/acc2")}
    assert (document["verdict"], pairs(document)) == ("confirmed", expected), document["next_actions"]


def nothing(f: IgpFaults) -> None:
    """The recording as it is."""


def drained(f: IgpFaults) -> None:
    f.cost("dist1", "eth1", 5000)
    f.cost("core1", "eth2", 5000)


def stub_router(f: IgpFaults) -> None:
    for port in ("eth1", "eth2"):
        f.cost("acc2", port, 0xFFFF)


def other_priority(f: IgpFaults) -> None:
    f.setting("acc1", "eth1", 6, "2|9")


def other_authentication_everywhere(f: IgpFaults) -> None:
    f.setting("acc1", "eth1", AUTH, "2|2")
    f.setting("dist1", "eth3", AUTH, "2|2")


def another_daemon(f: IgpFaults) -> None:
    f.killed("acc2", "staticd")


@pytest.mark.long
@pytest.mark.parametrize(
    "change",
    [nothing, drained, stub_router, other_priority, other_authentication_everywhere, another_daemon],
    ids=lambda change: change.__name__,
)
def test_what_is_no_fault_names_none(faults: IgpFaults, change: Callable[[IgpFaults], None]) -> None:
    change(faults)
    assert pairs(said(faults)) == set()


# On a ring of another make: addresses on units of ports, hellos each 10 s, multicast counted, LLDP with ifNames.


def ring_area(r: Ring) -> Found:
    r.set(1, 1, 3, "64|0.0.0.5")
    r.lose(1, 1)
    return {("ospf_area_mismatch", r.link(1, 1))}


def ring_timers(r: Ring) -> Found:
    r.set(3, 2, 9, "2|30")
    r.lose(3, 2)
    return {("ospf_timer_mismatch", r.link(3, 2))}


def ring_authentication(r: Ring) -> Found:
    r.set(2, 1, 20, "2|0")
    r.lose(2, 1)
    return {("ospf_authentication_mismatch", r.link(2, 1))}


def ring_off(r: Ring) -> Found:
    r.off(0, 2)
    r.lose(0, 2)
    return {("ospf_neighbor_missing", r.interface(0, 2))}


def ring_passive(r: Ring) -> Found:
    r.lose(2, 2)
    r.sent(2, 2, 900, 10)
    r.sent(*r.far(2, 2), 900, 40)
    return {("ospf_neighbor_missing", r.interface(2, 2))}


def ring_acl(r: Ring) -> Found:
    r.neighbor(0, 1, None)
    r.neighbor(*r.far(0, 1), 3)
    r.sent(*r.far(0, 1), 40, 40)
    return {("ospf_acl_block", r.interface(0, 1))}


def ring_acl_everywhere(r: Ring) -> Found:
    for port in (1, 2):
        r.neighbor(0, port, None)
        r.neighbor(*r.far(0, port), 3)
        r.sent(*r.far(0, port), 40, 40)
    return {("ospf_acl_block", "node/edge-a")}


def ring_one_way(r: Ring) -> Found:
    r.neighbor(0, 1, None)
    r.neighbor(*r.far(0, 1), 3)
    r.no_lldp(0, 1)
    r.sent(*r.far(0, 1), 40, 40, arrived=False)
    return {("link_unidirectional", r.link(0, 1))}


def ring_daemon(r: Ring) -> Found:
    r.unserved(3, RING_OSPF)
    for port in (1, 2):
        r.neighbor(*r.far(3, port), None)
    return {("routing_daemon_down", "node/pop-d")}


def ring_cost(r: Ring) -> Found:
    r.costs[1, 1] = 3000
    return {("ospf_cost_misconfig", r.link(1, 1))}


def ring_prefix(r: Ring) -> Found:
    r.withdraw(2)
    return {("ospf_missing_route_advertisement", "node/pop-c")}


def ring_process(r: Ring) -> Found:
    for n in range(4):
        r.processes(n, "init", "zebra", "ospfd", "snmpd", polls=(0, 1, 2) if n != 1 else (0,))
    r.processes(1, "init", "zebra", "snmpd", polls=(1, 2))
    ring_daemon_of(r, 1)
    return {("routing_daemon_down", "node/edge-b")}


def ring_daemon_of(r: Ring, n: int) -> None:
    r.unserved(n, RING_OSPF)
    r.lsdb = False
    for port in (1, 2):
        r.neighbor(*r.far(n, port), None)


RING = [
    ring_area,
    ring_timers,
    ring_authentication,
    ring_off,
    ring_passive,
    ring_acl,
    ring_acl_everywhere,
    ring_one_way,
    ring_daemon,
    ring_cost,
    ring_prefix,
    ring_process,
]
MAKES: dict[str, Callable[[], Ring]] = {
    "junos": Ring,
    "ios": lambda: Ring("GigabitEthernet0/0/{}", units=False, descr="Cisco IOS Software, ISR4300", auth=2),
    "ios-intent": lambda: Ring("GigabitEthernet0/0/{}", units=False, descr="Cisco IOS Software, ISR4300", intent=True),
}


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("fault", RING, ids=lambda fault: fault.__name__)
def test_each_is_proven_on_another_make(tmp_path: Path, fault: Callable[[Ring], Found], make: str) -> None:
    ring = MAKES[make]()
    expected = fault(ring)
    document = ring.diagnose(tmp_path / "case")
    assert (document["verdict"], pairs(document)) == ("confirmed", expected), document["next_actions"]


@pytest.mark.parametrize("fault", [f for f in RING if f is not ring_daemon], ids=lambda fault: fault.__name__)
def test_each_is_found_on_another_make_without_a_poll_from_before(
    tmp_path: Path, fault: Callable[[Ring], Found]
) -> None:
    ring = Ring()
    expected = fault(ring)
    document = ring.diagnose(tmp_path / "case", baseline=False)
    assert pairs(document) == expected, document["next_actions"]


@pytest.mark.parametrize("baseline", [True, False])
def test_a_healthy_ring_names_nothing(tmp_path: Path, baseline: bool) -> None:
    assert pairs(Ring().diagnose(tmp_path / "case", baseline=baseline)) == set()


def test_what_stood_before_is_no_cause(tmp_path: Path) -> None:
    ring = Ring()
    ring_area(ring)
    for rows, later in ((polls[0], polls[1]) for polls in ring.polls.values()):
        for oid in [oid for oid in rows if oid.startswith(RING_OSPF)]:
            del rows[oid]
        rows |= {oid: value for oid, value in later.items() if oid.startswith(RING_OSPF)}
    assert pairs(ring.diagnose(tmp_path / "case")) == set()


@pytest.mark.parametrize("others", [(), (3,)], ids=["drain of a link", "stub router"])
def test_a_drain_is_no_fault(tmp_path: Path, others: tuple[int, ...]) -> None:
    ring = Ring()
    for n, port in [(1, 1), ring.far(1, 1)] if not others else [(3, 1), (3, 2)]:
        ring.costs[n, port] = 0xFFFF
    assert pairs(ring.diagnose(tmp_path / "case")) == set()


def test_a_prefix_whose_port_went_down_is_not_withdrawn(tmp_path: Path) -> None:
    ring = Ring()
    ring.withdraw(2)
    for rows in ring.now(2):
        rows |= {
            oid: "2|2" for oid in rows if oid.startswith("1.3.6.1.2.1.2.2.1.8.") and oid.endswith(("8.3", "8.503"))
        }
    named = pairs(ring.diagnose(tmp_path / "case"))
    assert "ospf_missing_route_advertisement" not in {fault for fault, _ in named}


def test_a_redistribution_that_was_removed_is_likely(tmp_path: Path) -> None:
    """The owner's own tables show nothing: its LSA is not served, the port runs OSPF as before."""
    ring = Ring(lsdb=False)
    ring.withdraw(0, row=True)
    document = ring.diagnose(tmp_path / "case")
    expected = {("ospf_missing_route_advertisement", "node/edge-a")}
    assert (document["verdict"], pairs(document)) == ("likely", expected), document["next_actions"]


def test_keys_that_differ_are_likely_where_both_ends_still_send(tmp_path: Path) -> None:
    ring = Ring()
    ring.lose(1, 2)
    ring.sent(1, 2, 900, 40)
    ring.sent(*ring.far(1, 2), 900, 40)
    document = ring.diagnose(tmp_path / "case")
    assert (document["verdict"], pairs(document)) == ("likely", {("ospf_authentication_mismatch", ring.link(1, 2))})


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            "%OSPF-4-ERRRCV: Received invalid packet: mismatched area ID from backbone area from 172.20.1.2, {}",
            "ospf_area_mismatch",
        ),
        (
            "%OSPF-4-ERRRCV: Received invalid packet: Mismatched hello parameters from 172.20.1.2, {}",
            "ospf_timer_mismatch",
        ),
    ],
)
def test_a_log_proves_what_the_tables_do_not_serve(tmp_path: Path, line: str, fault: str) -> None:
    ring = Ring("GigabitEthernet0/0/{}", units=False, descr="Cisco IOS Software, ISR4300")
    ring.lose(1, 1)
    for n in (1, 2):
        ring.unserved(n, f"{RING_OSPF}.7.1.3", f"{RING_OSPF}.7.1.9", f"{RING_OSPF}.7.1.10")
    ring.lsdb = False
    ring.logs.append(f"<187>1 {POLLS[1]:%Y-%m-%dT%H:%M:%SZ} edge-b - - - - {line.format('GigabitEthernet0/0/1')}")
    document = ring.diagnose(tmp_path / "case")
    assert pairs(document) == {(fault, ring.link(1, 1))}, document["next_actions"]
