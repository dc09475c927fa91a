"""What a simulated site must not be mistaken for: faults whose neighbours in kind look nearly the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import Case, pairs
from tests.simulated.case import NoPlaceError, Run, simulate, write_case
from tests.simulated.large import DRAWERS, draw


@pytest.mark.parametrize("seed", [21, 22, 31, 32, 33])
def test_a_drop_that_bgp_draws_traffic_to_is_no_local_blackhole(seed: int, tmp_path: Path) -> None:
    write_case(hijacked(seed), tmp_path, seed, intent=False)
    document = Case(tmp_path).diagnose()
    assert {fault for fault, _ in pairs(document)} <= {"bgp_hijacking"}, pairs(document)


def hijacked(seed: int) -> Run:
    """A site with a hijack: the first kind of network that has a place for one."""
    for kind in sorted(DRAWERS):
        try:
            return simulate(draw(kind, seed, 20), seed, ["bgp_hijacking"])
        except NoPlaceError:
            continue
    pytest.fail(f"no network of seed {seed} has a place for a hijack")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_route_to_nowhere_that_nobody_follows_is_one(seed: int, tmp_path: Path) -> None:
    run = simulate(draw("campus", seed, 16), seed, ["static_blackhole"])
    write_case(run, tmp_path, seed, intent=False)
    document = Case(tmp_path).diagnose()
    assert {fault for fault, _ in pairs(document)} == {"static_blackhole"}, pairs(document)
