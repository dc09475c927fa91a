"""Interfaces that stand on ports of another name: the fault is said of the port that LLDP and an engineer know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import Case, names_truth
from tests.simulated.case import simulate, write_case
from tests.simulated.large import draw


@pytest.mark.parametrize("fault", ["ospf_area_mismatch", "ospf_neighbor_missing", "mtu_mismatch"])
@pytest.mark.parametrize("seed", [42, 43])
def test_a_fault_of_an_ip_interface_sits_on_its_port(fault: str, seed: int, tmp_path: Path) -> None:
    write_case(simulate(draw("metro", seed, 20), seed, [fault]), tmp_path, seed, intent=False)
    case = Case(tmp_path)
    document = case.diagnose()
    assert names_truth(document, case.truth), [document["root_causes"], case.truth]
    assert fault != "mtu_mismatch" or len(document["root_causes"]) == 1
