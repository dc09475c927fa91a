"""What simulated sites of many makes once misled by, each as the principle that mended it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutate.sources import SOURCES
from tests.recorded import Case, names_truth
from tests.simulated.case import simulate, write_case
from tests.simulated.large import draw

CASES = {
    # LLDP hears an unpolled host under its MAC, intent knows its port: one port, so it is no bridge.
    "a-host-known-by-two-names-of-one-port": ("metro", 205, "mac_address_conflict", ""),
    # Probes ask an address that no inventory knows, and the way there leads over units of ports.
    "a-slow-link-to-an-outside-address": ("leafspine", 203, "link_latency", ""),
    # The bridges' processors are busy with what circulates.
    "a-busy-processor-in-a-loop-of-bridges": ("metro", 203, "stp_loop", ""),
    # BGP knows the prefix as well; the route that is used is a static one.
    "a-static-route-in-a-circle": ("leafspine", 206, "routing_loop", "baseline"),
    # Addresses stand on units of the ports whose cables were swapped.
    "a-cable-that-fits-no-unit's-subnet": ("leafspine", 206, "miscabling", "baseline"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_it_is_named_for_what_it_is_and_alone(name: str, tmp_path: Path) -> None:
    kind, seed, fault, dropped = CASES[name]
    write_case(simulate(draw(kind, seed, 20), seed, [fault]), tmp_path, seed, intent=seed % 2 == 0)
    case = Case(tmp_path)
    if dropped:
        SOURCES[dropped](case)
    document = case.diagnose()
    assert names_truth(document, case.truth), [document["root_causes"], case.truth]
    assert len(document["root_causes"]) == 1


@pytest.mark.long
@pytest.mark.parametrize("change", ["healthy", "drain", "spare_port"])
def test_without_a_poll_from_before_what_may_always_have_been_silent_or_down_is_no_cause(
    change: str, tmp_path: Path
) -> None:
    """This site has an agent that never answered and a host's port that was down when its switch started (ifLastChange 0)."""
    write_case(
        simulate(draw("metro", 209, 20), 209, [] if change == "healthy" else [change]), tmp_path, 209, intent=True
    )
    case = Case(tmp_path)
    SOURCES["baseline"](case)
    document = case.diagnose()
    assert (document["verdict"], document["root_causes"]) == ("inconclusive", [])
    assert any("did not answer the newest poll" in line for line in document["next_actions"])


@pytest.mark.long
def test_without_a_poll_from_before_a_silent_device_that_is_asked_for_is_unreachable(tmp_path: Path) -> None:
    run = simulate(draw("metro", 209, 20), 209, ["management_unreachable"])
    write_case(run, tmp_path, 209, intent=True)
    case = Case(tmp_path)
    (((_, place),),) = case.truth
    SOURCES["baseline"](case)
    with (tmp_path / "incident.yaml").open("a") as file:
        file.write(f"devices: [{place.removeprefix('node/')}]\n")
    assert names_truth(case.diagnose(), case.truth)
