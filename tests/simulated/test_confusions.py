"""What a simulated fault shows once its neighbours in kind are told apart: who notifies whom, who is silent, what still passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import Case, names_truth, pairs
from tests.simulated.case import NoPlaceError, Run, simulate, write_case
from tests.simulated.large import DRAWERS, draw


def run_of(seed: int, *faults: str) -> Run:
    """A site with these faults: the first kind of network that has a place for them."""
    for kind in sorted(DRAWERS):
        try:
            return simulate(draw(kind, seed, 20), seed, faults)
        except NoPlaceError:
            continue
    pytest.fail(f"no network of seed {seed} has a place for {faults}")


@pytest.mark.parametrize("seed", [1, 2])
def test_who_filters_what_arrives_tells_its_peer_that_the_timer_expired(seed: int) -> None:
    run = run_of(seed, "bgp_acl_block")
    deaf = run.injections[0].resource.removeprefix("node/")
    reasons = {event.device: event.fields["reason"] for event in run.events if event.kind == "bgp_down"}
    assert reasons.pop(deaf) == "acl"
    assert set(reasons.values()) <= {"peer-shut"}


@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_wrong_key_the_timers_of_both_ends_expire(seed: int) -> None:
    run = run_of(seed, "bgp_authentication_mismatch")
    assert {event.fields["reason"] for event in run.events if event.kind == "bgp_down"} == {"password"}


@pytest.mark.parametrize("fault", ["bgp_peer_unreachable", "path_mtu_blackhole"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_kind_is_told_from_its_neighbour(fault: str, seed: int, tmp_path: Path) -> None:
    write_case(run_of(seed, fault), tmp_path, seed, intent=False)
    case = Case(tmp_path)
    document = case.diagnose()
    assert names_truth(document, case.truth), [pairs(document), case.truth]
    assert len(document["root_causes"]) == 1
