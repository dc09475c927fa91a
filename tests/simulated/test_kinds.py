"""Kinds that only checks, counters or VLAN tables show: each is there in the network's state and in what is served of it."""

from __future__ import annotations

from functools import cache

import pytest

from tests.simulated.case import NoPlaceError, Run, simulate
from tests.simulated.checks import SERVICES
from tests.simulated.large import DRAWERS, draw
from tests.simulated.world import IN_OCTETS, IN_UCAST, OUT_OCTETS, OUT_UCAST, Check, Outcome

SEEDS = (1, 2, 3)


@cache
def _run(fault: str, seed: int) -> Run:
    for kind in sorted(DRAWERS):
        try:
            return simulate(draw(kind, seed, 20), seed, [fault])
        except NoPlaceError:
            continue
    pytest.fail(f"no network of seed {seed} has a place for {fault}")


def _bad(run: Run) -> dict[Check, Outcome]:
    return {check: outcome for check, outcome in run.world.checks.items() if outcome.state != "ok"}


@pytest.mark.parametrize("seed", SEEDS)
def test_latency_is_seen_by_pings_alone(seed: int) -> None:
    run = _run("link_latency", seed)
    assert {outcome.state for check, outcome in _bad(run).items() if check.kind == "icmp"} == {"slow"}
    assert not [event for event in run.events if event.kind in ("link_down", "ospf_down", "bgp_down")]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_path_mtu_blackhole_lets_small_frames_through(seed: int) -> None:
    (line,) = [line for line in _run("path_mtu_blackhole", seed).world.lines if line.large_lost]
    sizes = []
    for sender, receiver in ((line.a, line.b), (line.b, line.a)):
        assert sender.oper and receiver.oper
        sent, got = (
            sender.rates[OUT_OCTETS] / sender.rates[OUT_UCAST],
            receiver.rates[IN_OCTETS] / receiver.rates[IN_UCAST],
        )
        sizes.append(got / sent)
    assert min(sizes) < 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bgp_peer_is_unreachable_behind_a_port_that_is_up(seed: int) -> None:
    run = _run("bgp_peer_unreachable", seed)
    (far,) = [nic for device in run.world.devices.values() for nic in device.nics.values() if not nic.addressed]
    assert far.far and far.far.oper and far.port.address
    assert far.far.device.sessions[str(far.port.address.ip)].state != "established"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ends_of_a_trunk_disagree(seed: int) -> None:
    run = _run("vlan_mismatch", seed)
    resource = run.injections[0].resource
    (line,) = [line for line in run.world.lines if line.wire.resource == resource]
    assert (line.a.vlan, line.a.tagged) != (line.b.vlan, line.b.tagged)
    others = [one for one in run.world.lines if one is not line and one.a.device.is_switch and one.b.device.is_switch]
    assert all((one.a.vlan, one.a.tagged) == (one.b.vlan, one.b.tagged) for one in others)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hosts_with_one_mac_address_move_between_ports(seed: int) -> None:
    run = _run("mac_address_conflict", seed)
    macs = [nic.mac for device in run.world.devices.values() for nic in device.nics.values()]
    (twice,) = {mac for mac in macs if macs.count(mac) > 1}
    assert {event.fields["mac"] for event in run.events if event.kind == "mac_flap"} == {twice.hex(":")}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("fault", "kind"), [("icmp_acl_block", "icmp"), ("http_acl_block", "http"), ("dns_port_blocked", "dns")]
)
def test_a_filter_stops_one_sort_of_packets_while_the_service_listens(fault: str, kind: str, seed: int) -> None:
    run = _run(fault, seed)
    bad = _bad(run)
    assert {check.kind for check in bad} == {kind}
    if kind in SERVICES:
        assert all(SERVICES[kind] in run.world.devices[check.target].listening for check in bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_record_is_told_by_who_knows_the_right_one(seed: int) -> None:
    run = _run("dns_record_error", seed)
    assert {(check.kind, outcome.state) for check, outcome in _bad(run).items()} == {("dns", "wrong")}
    assert any(
        run.world.devices[event.device].monitor in ("nagios", "sla-probe")
        for event in run.events
        if event.kind == "dns_wrong"
    )
