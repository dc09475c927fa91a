"""Faults of BGP and forwarding on a healthy recording whose rows were edited as RFC 4271, 4273, 4292 and 2863 say they show."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.findings.bgp_rows import (
    ACTIVE,
    CONNECT,
    IDLE,
    ISP1,
    ISP2,
    OF_CORE1,
    OF_CORE2,
    announce,
    bounce,
    collide,
    deaf,
    forget_peer,
    frr,
    log,
    loses_large,
    route,
    session,
    unroute,
    withdraw,
)
from tests.mutate import Mutation, Rows, drop
from tests.mutate.sources import SOURCES
from tests.recorded import Case, pairs

Make = Callable[[str], Case]
Edit = Callable[[Mutation], None]
BADAUTH = "<28>1 2026-11-23T09:17:30+00:00 core1 tcp 1 - -  %TCP-6-BADAUTH: Invalid MD5 digest from 172.16.1.2(179) to 172.16.1.1(33412)"
DENIED = (
    "<30>1 2026-11-23T09:17:30+00:00 core2 acl 1 - -  "
    "%SEC-6-IPACCESSLOGP: list EDGE denied tcp 172.16.2.2(44123) -> 172.16.2.1(179), 1 packet"
)
WARNING = (
    "<28>1 2026-11-23T09:17:30+00:00 core1 bgp 1 - -  "
    "%BGP-4-MAXPFX: Number of prefixes received from 172.16.1.2 (afi 0) reaches 75, max 100"
)


def all_(*edits: Edit) -> Edit:
    def edit(m: Mutation) -> None:
        for one in edits:
            one(m)

    return edit


def down(device: str, peer: str, state: int, error: str = "", *, stop: bool = False) -> Edit:
    return lambda m: session(m, device, peer, state, error, stop=stop)


shut = all_(down("core2", OF_CORE1, IDLE, "0602", stop=True), down("core1", OF_CORE2, ACTIVE, "0602"))
removed = all_(lambda m: forget_peer(m, "core2", OF_CORE1), down("core1", OF_CORE2, ACTIVE, "0603"))
reset = all_(
    lambda m: bounce(m, "core1", ISP1, "0604"),
    lambda m: bounce(m, "core1", OF_CORE2, "0604"),
    lambda m: bounce(m, "core2", OF_CORE1, "0604"),
)
password = all_(
    down("core1", OF_CORE2, ACTIVE, "0606"),
    down("core2", OF_CORE1, CONNECT, "0606"),
    lambda m: log(
        m, frr("core2", "%NOTIFICATION: sent to neighbor 10.0.0.1 6/6 (Cease/Other Configuration Change) 0 bytes")
    ),
)


def reset_in_log(m: Mutation) -> None:
    log(
        m,
        frr("core2", "%NOTIFICATION: sent to neighbor 172.16.2.2 6/4 (Cease/Administrative Reset) 0 bytes"),
        frr("core2", "%ADJCHANGE: neighbor 172.16.2.2(isp2) in vrf default Down User reset"),
        frr("core2", "%ADJCHANGE: neighbor 172.16.2.2(isp2) in vrf default Up", 25),
    )


def not_announced(m: Mutation) -> None:
    for device, peer in (("core1", ISP1), ("core2", OF_CORE1), ("core2", ISP2)):
        withdraw(m, device, "203.0.113.0/24", peer)
        unroute(m, device, "203.0.113.0/24")


def part_hijacked(m: Mutation) -> None:
    announce(m, "core2", "203.0.113.128/25", ISP2, 65200)
    route(m, "core2", "203.0.113.128/25", ISP2, "eth4")


# Faults of which both devices, or what tells of the far one, are in the inventory and on links that LLDP sees.
INSIDE: dict[str, tuple[Edit, tuple[str, str]]] = {
    "shut": (down("core1", ISP1, IDLE, "0602", stop=True), ("bgp_session_shutdown", "node/core1")),
    "shut-ibgp": (shut, ("bgp_session_shutdown", "node/core2")),
    "neighbor-removed": (removed, ("bgp_session_shutdown", "node/core2")),
    "reset": (reset, ("bgp_session_reset", "node/core1")),
    "reset-collided": (lambda m: collide(m, "core1", ISP1, 10), ("bgp_session_reset", "node/core1")),
    "reset-in-log": (reset_in_log, ("bgp_session_reset", "node/core2")),
    "max-prefix": (down("core1", ISP1, IDLE, "0601"), ("bgp_max_prefix_exceeded", "node/core1")),
    "password": (password, ("bgp_authentication_mismatch", "node/core2")),
    "digest": (
        all_(down("core1", ISP1, CONNECT, "0400"), lambda m: log(m, BADAUTH)),
        ("bgp_authentication_mismatch", "node/core1"),
    ),
    "filter": (down("core2", ISP2, CONNECT, "0400"), ("bgp_acl_block", "node/core2")),
    "filter-logged": (
        all_(down("core2", ISP2, CONNECT, "0400"), lambda m: log(m, DENIED)),
        ("bgp_acl_block", "node/core2"),
    ),
    "circuit": (
        all_(lambda m: deaf(m, "core1", "eth2"), lambda m: deaf(m, "dist1", "eth1")),
        ("circuit_blackhole", "link/core1/eth2--dist1/eth1"),
    ),
    "null-route": (lambda m: route(m, "dist1", "10.10.2.0/24", "0.0.0.0", ""), ("static_blackhole", "node/dist1")),
    "null-route-inside": (
        lambda m: route(m, "core1", "203.0.113.128/25", "0.0.0.0", ""),
        ("static_blackhole", "node/core1"),
    ),
    "loop": (lambda m: route(m, "dist2", "10.10.1.0/24", "10.1.3.1", "eth1"), ("routing_loop", "node/dist2")),
    "loop-of-a-host": (
        lambda m: route(m, "acc1", "10.10.1.10/32", "10.1.6.1", "eth1"),
        ("routing_loop", "node/acc1"),
    ),
    "not-announced-ibgp": (
        lambda m: withdraw(m, "core2", "10.10.0.0/16", OF_CORE1),
        ("bgp_missing_route_advertisement", "node/core1"),
    ),
    "hijack-of-a-part": (part_hijacked, ("bgp_hijacking", "prefix/203.0.113.128/25")),
    "hijack": (lambda m: announce(m, "core2", "203.0.113.0/24", ISP2, 65200), ("bgp_hijacking", "prefix/203.0.113.0/24")),
    "large-frames": (
        lambda m: loses_large(m, ("dist1", "eth3"), ("acc1", "eth1")),
        ("path_mtu_blackhole", "link/acc1/eth1--dist1/eth3"),
    ),
}  # fmt: skip
# Faults beyond the edge: who is there, only intent tells.
BEYOND: dict[str, tuple[Edit, tuple[str, str]]] = {
    "shut-by-peer": (down("core1", ISP1, ACTIVE, "0602"), ("bgp_session_shutdown", "node/isp1")),
    "max-prefix-at-peer": (down("core2", ISP2, ACTIVE, "0601"), ("bgp_max_prefix_exceeded", "node/isp2")),
    "not-announced": (not_announced, ("bgp_missing_route_advertisement", "node/isp1")),
    "peer-unreachable": (
        all_(down("core1", ISP1, ACTIVE, "0400"), lambda m: deaf(m, "core1", "eth4")),
        ("bgp_peer_unreachable", "link/core1/eth4--isp1/eth1"),
    ),
}  # fmt: skip
# What a recording without a healthy poll shows as well.
NOW = (
    "shut", "shut-ibgp", "neighbor-removed", "reset", "reset-in-log", "max-prefix", "password", "digest", "filter",
    "filter-logged", "circuit", "null-route", "loop", "loop-of-a-host", "large-frames",
)  # fmt: skip
SURE = {
    "shut", "shut-ibgp", "neighbor-removed", "reset-in-log", "max-prefix", "filter-logged", "circuit", "null-route",
    "null-route-inside", "loop", "loop-of-a-host", "not-announced-ibgp", "large-frames", "shut-by-peer", "not-announced", "hijack",
}  # fmt: skip
WEAK = {
    "password",
    "digest",
    "filter",
    "reset",
    "reset-collided",
    "peer-unreachable",
}  # the kind or the place rests on an indirect sign
BENIGN: dict[str, Edit] = {
    "back-after-a-hold-time": lambda m: collide(m, "core1", ISP1, 3),
    "every-session-anew": all_(
        lambda m: collide(m, "core1", ISP1, 10),
        lambda m: collide(m, "core1", OF_CORE2, 10),
        lambda m: collide(m, "core2", OF_CORE1, 10),
    ),
    "settings-changed-and-back": lambda m: bounce(m, "core1", ISP1, "0606"),
    "bogon-dropped": lambda m: route(m, "core1", "192.0.2.0/24", "0.0.0.0", ""),
    "summary": lambda m: route(m, "core2", "10.1.0.0/16", "0.0.0.0", ""),
    "one-way-of-two-withdrawn": lambda m: withdraw(m, "core1", "198.51.100.0/24", ISP1),
    "share-of-the-limit": lambda m: log(m, WARNING),
    "denied-elsewhere": lambda m: log(m, DENIED),
}


@pytest.fixture
def healthy(case: Make) -> Mutation:
    return Mutation(case("healthy"))


@pytest.mark.parametrize("name", [*INSIDE, *BEYOND])
def test_one_fault(healthy: Mutation, name: str) -> None:
    edit, expected = (INSIDE | BEYOND)[name]
    edit(healthy)
    document = healthy.case.diagnose()
    assert pairs(document) == {expected}, document["next_actions"]
    if name in SURE | WEAK:
        assert document["verdict"] == ("confirmed" if name in SURE else "likely"), document["root_causes"]


@pytest.mark.long
@pytest.mark.parametrize("name", INSIDE)
def test_one_fault_without_intent(healthy: Mutation, name: str) -> None:
    edit, expected = INSIDE[name]
    edit(healthy)
    healthy.case.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    assert pairs(healthy.case.diagnose()) == {expected}


@pytest.mark.parametrize("name", BEYOND)
def test_beyond_the_edge_nobody_is_named_without_intent(healthy: Mutation, name: str) -> None:
    BEYOND[name][0](healthy)
    healthy.case.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    document = healthy.case.diagnose()
    assert pairs(document) <= {("bgp_peer_unreachable", "node/core1")}
    assert document["verdict"] != "healthy"


@pytest.mark.long
@pytest.mark.parametrize("name", NOW)
def test_one_fault_without_a_healthy_poll(healthy: Mutation, name: str) -> None:
    edit, expected = INSIDE[name]
    edit(healthy)
    for device in (healthy.case.folder / "snmp").iterdir():
        min(device.iterdir()).unlink()
    document = healthy.case.diagnose()
    assert pairs(document) == {expected}, document["next_actions"]


@pytest.mark.parametrize("name", BENIGN)
def test_what_is_no_fault(healthy: Mutation, name: str) -> None:
    BENIGN[name](healthy)
    document = healthy.case.diagnose()
    assert (document["verdict"], pairs(document)) == ("healthy", set()), document["next_actions"]


def cut(m: Mutation) -> None:
    """The line to a peer is cut, and its session keeps the code of an old shutdown."""
    m.link_down("core1", "eth4")
    session(m, "core1", ISP1, IDLE)


PAIRS: dict[str, tuple[Edit, set[tuple[str, str]]]] = {
    "cut+filter": (
        all_(cut, INSIDE["filter"][0]),
        {("link_down", "link/core1/eth4--isp1/eth1"), INSIDE["filter"][1]},
    ),
    "shut+loop": (all_(INSIDE["shut"][0], INSIDE["loop"][0]), {INSIDE["shut"][1], INSIDE["loop"][1]}),
    "max-prefix+null-route": (
        all_(INSIDE["max-prefix"][0], INSIDE["null-route"][0]),
        {INSIDE["max-prefix"][1], INSIDE["null-route"][1]},
    ),
    "reset+circuit": (
        all_(INSIDE["reset-in-log"][0], INSIDE["circuit"][0]),
        {INSIDE["reset-in-log"][1], INSIDE["circuit"][1]},
    ),
    "hijack+as": (
        all_(INSIDE["hijack"][0], lambda m: m.wrong_as("core1", ISP1, 64999)),
        {INSIDE["hijack"][1], ("bgp_asn_misconfig", "node/core1")},
    ),
    "shut+mtu": (
        all_(INSIDE["shut-ibgp"][0], lambda m: m.mtu("dist1", "eth2", 9000)),
        {INSIDE["shut-ibgp"][1], ("mtu_mismatch", "link/core2/eth2--dist1/eth2")},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_faults_are_both_named(healthy: Mutation, name: str) -> None:
    edit, expected = PAIRS[name]
    edit(healthy)
    document = healthy.case.diagnose()
    assert pairs(document) == expected, document["next_actions"]


def test_a_cut_line_is_not_taken_for_the_shutdown_that_bgpPeerLastError_keeps(healthy: Mutation) -> None:
    healthy.case.edit(lambda text: text.replace("15.3.1.14.172.16.1.2|4x|0000", "15.3.1.14.172.16.1.2|4x|0602"), "*.gz")
    cut(healthy)
    assert pairs(healthy.case.diagnose()) == {("link_down", "link/core1/eth4--isp1/eth1")}


def test_a_frame_that_arrives_refutes_a_dead_circuit(healthy: Mutation) -> None:
    deaf(healthy, "core1", "eth2")  # and its far end still hears
    document = healthy.case.diagnose()
    assert ("circuit_blackhole", "link/core1/eth2--dist1/eth1") not in pairs(document)
    assert document["verdict"] != "healthy"


def without_bgp(rows: Rows) -> None:
    drop(rows, lambda oid: oid.startswith("1.3.6.1.2.1.15."))


@pytest.mark.parametrize("baseline", [True, False])
def test_a_session_whose_own_address_is_gone_is_no_filtered_one(healthy: Mutation, baseline: bool) -> None:
    session(healthy, "core1", ISP1, ACTIVE, "0400")
    if not baseline:
        SOURCES["baseline"](healthy.case)
    document = healthy.case.diagnose()
    assert ("bgp_peer_unreachable", "node/core1") not in pairs(document)
    gone = re.compile(r"1\.3\.6\.1\.2\.1\.4\.(20\.1\.\d+|34\.1\.\d+\.1\.4)\.172\.16\.1\.1")
    healthy.change("core1", lambda rows: drop(rows, lambda oid: gone.fullmatch(oid) is not None))
    assert pairs(healthy.case.diagnose()) == {("bgp_peer_unreachable", "node/core1")}


def test_a_daemon_that_ended_by_the_log_is_down_though_nobody_polled_it_running(healthy: Mutation) -> None:
    """FRR's zebra tells of its client; the process table alone says nothing without a poll from before."""

    def without_daemon(rows: Rows) -> None:
        without_bgp(rows)
        drop(rows, lambda oid: rows[oid] == "4|bgpd")

    healthy.change("core1", without_daemon)
    session(healthy, "core2", OF_CORE1, CONNECT)
    SOURCES["baseline"](healthy.case)
    assert pairs(healthy.case.diagnose()) == set()
    words = "[VXKFG-8SJRV][EC 4043309121] Client 'bgp' encountered an error and is shutting down."
    log(healthy, f"<28>1 2026-11-23T09:17:20.5+00:00 core1 zebra 62 - -  {words}")
    assert pairs(healthy.case.diagnose()) == {("routing_daemon_down", "node/core1")}


def test_a_table_of_paths_that_is_not_served_any_more_withdraws_nothing(healthy: Mutation) -> None:
    for device in ("core1", "core2"):
        healthy.change(device, without_bgp)
    assert not any(fault.startswith("bgp_missing") for fault, _ in pairs(healthy.case.diagnose()))
