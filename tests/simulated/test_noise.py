"""What is wrong in every real site since long is in simulated ones of every size, and does not move."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest

from tests.simulated.case import BASELINE, Run, simulate
from tests.simulated.events import health
from tests.simulated.large import DRAWERS, draw
from tests.simulated.world import IN_ERRORS


def _kinds(run: Run) -> set[str]:
    """What sorts of noise a healthy run has."""
    devices = [device for device in run.world.devices.values() if device.node.address]
    nics = [nic for device in devices for nic in device.nics.values()]
    seen = {
        "errors": any(nic.counters[IN_ERRORS] > 10 for nic in nics),
        "slow errors": any(nic.extra[IN_ERRORS] for nic in nics),
        "silent": any(not device.answers for device in devices),
        "sessions": any(session.shut for device in devices for session in device.sessions.values()),
        "clocks": any(not device.synced for device in devices),
        "spare ports": any(nic.line is None for nic in nics),
        "shut spare ports": any(nic.line is None and not nic.admin for nic in nics),
        "alarms": any(not device.power for device in devices),
        "full disks": any(device.disk > 0.9 for device in devices),
        "dead hosts": any(not device.up for device in run.world.devices.values()),
    }
    return {name for name, there in seen.items() if there}


def test_small_sites_have_some_of_each_kind() -> None:
    seen = Counter(
        noise for kind in DRAWERS for seed in range(25) for noise in _kinds(simulate(draw(kind, seed, 20), seed, []))
    )
    missing = {"errors", "silent", "sessions", "clocks", "spare ports", "shut spare ports", "alarms"} - seen.keys()
    assert missing == set()
    assert max(seen["silent"], seen["sessions"], seen["clocks"]) < 40  # of 75: most sites are not so


@pytest.mark.parametrize("kind", sorted(DRAWERS))
def test_a_large_site_has_nearly_every_kind(kind: str) -> None:
    seen = _kinds(simulate(draw(kind, 5, 400), 5, []))
    assert seen >= {"errors", "silent", "sessions", "clocks", "spare ports", "shut spare ports"}


@pytest.mark.parametrize("kind", sorted(DRAWERS))
def test_one_port_in_a_thousand_has_errors(kind: str) -> None:
    run = simulate(draw(kind, 3, 400), 3, [])
    nics = [
        nic for device in run.world.devices.values() if device.node.address for nic in device.nics.values() if nic.line
    ]
    assert sum(nic.counters[IN_ERRORS] > 10 for nic in nics) == pytest.approx(len(nics) / 1000, abs=1)


@pytest.mark.parametrize("kind", sorted(DRAWERS))
def test_a_healthy_site_changes_in_nothing_but_what_counts(kind: str) -> None:
    run = simulate(draw(kind, 9, 120), 9, [])
    assert not [
        event for event in run.events if event.kind.startswith(("ospf", "bgp", "link", "port", "icmp", "alarm"))
    ]
    first, last = (sorted({at for _, at in run.dumps})[n] for n in (0, -1))
    for device in {name for name, _ in run.dumps}:
        before, after = (_states(run.dumps[device, at]) for at in (first, last))
        assert before == after, device
    assert all(outcome.state == "ok" for outcome in run.world.checks.values())
    assert len(run.times) > BASELINE + 2


def _states(dump: bytes) -> dict[str, str]:
    """Integers, addresses and names but what a clock or a router's LSA moves."""
    rows = (line.split("|", 2) for line in gzip.decompress(dump).decode().splitlines())
    moving = ("1.3.6.1.2.1.14.4", "1.3.6.1.6.3", "1.3.6.1.2.1.25.1.2")
    return {
        oid: value for oid, tag, value in rows if tag not in ("65", "66", "67", "70") and not oid.startswith(moving)
    }


def test_what_was_raised_long_before_is_no_event() -> None:
    raised = 0
    for seed in range(12):
        run = simulate(draw("metro", seed, 60), seed, ["link_flap"])
        for device in run.world.devices.values():
            raised += any(health(device).values())
        assert not [event for event in run.events if event.kind.startswith("alarm")]
    assert raised
