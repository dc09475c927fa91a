"""Energy of a run: counted by the machine, estimated from what is stated, or unknown; never invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from noc_agent.agent.energy import Energy, Meter, energy
from noc_agent.models import Usage

ASKED = [("gpt-oss-20b", Usage(3, 4000, 200, seconds=36.0)), ("gpt-oss-120b", Usage(1, 900, 90, seconds=18.0))]


def zone(root: Path, folder: str, name: str, joules: float, most: int = 262_143_328_850) -> Path:
    """A zone as the kernel shows it below /sys/class/powercap."""
    made = root / folder
    made.mkdir(exist_ok=True)
    (made / "name").write_text(f"{name}\n")
    (made / "energy_uj").write_text(f"{int(joules * 1e6)}\n")
    (made / "max_energy_range_uj").write_text(f"{most}\n")
    return made


def machine(root: Path, joules: float = 0.0) -> Path:
    """Two packages, each with its memory; what holds them and what is part of them is served too."""
    (root / "intel-rapl").mkdir(exist_ok=True)
    for n in (0, 1):
        zone(root, f"intel-rapl:{n}", f"package-{n}", 1000 + joules)
        zone(root, f"intel-rapl:{n}:0", "core", 500 + joules)
        zone(root, f"intel-rapl:{n}:1", "dram", 100 + joules / 10)
    zone(root, "intel-rapl:2", "psys", 9000 + 3 * joules)
    zone(root, "intel-rapl-mmio:0", "package-0", 1000 + joules)
    return root


def test_packages_and_memory_are_counted_once(tmp_path: Path) -> None:
    meter = Meter(machine(tmp_path))
    machine(tmp_path, joules=360)
    assert meter.wh() == pytest.approx(2 * (360 + 36) / 3600)
    assert energy(meter, (), {}) == Energy(0.22, "rapl")
    assert energy(meter, ASKED, {}) == Energy(0.22, "rapl")


def test_a_counter_that_wrapped_goes_on(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 262_000)
    meter = Meter(tmp_path)
    zone(tmp_path, "intel-rapl:0", "package-0", 1_000)
    assert meter.wh() == pytest.approx((262_143.32885 - 262_000 + 1_000) / 3600)


@pytest.mark.parametrize("harm", ["gone", "words", "no range"])
def test_what_cannot_be_read_is_unknown(harm: str, tmp_path: Path) -> None:
    made = zone(tmp_path, "intel-rapl:0", "package-0", 100)
    zone(tmp_path, "intel-rapl:1", "package-1", 100)
    meter = Meter(tmp_path)
    if harm == "gone":
        (made / "energy_uj").unlink()
    elif harm == "words":
        (made / "energy_uj").write_text("permission denied")
    else:
        (made / "energy_uj").write_text("1")
        (made / "max_energy_range_uj").unlink()
    assert meter.wh() is None
    assert energy(meter, ASKED, {}) == Energy(None, "none")


def test_a_machine_without_counters_or_a_model_elsewhere_is_unknown(tmp_path: Path) -> None:
    assert Meter(tmp_path / "nothing").wh() is None
    assert energy(None, ASKED, {}) == Energy()


def test_stated_power_is_an_estimate_for_each_model(tmp_path: Path) -> None:
    watts = {"gpt-oss-20b": 200.0, "gpt-oss-120b": 600.0}
    assert energy(None, ASKED, watts) == Energy(5.0, "estimate")  # 200 W over 36 s are 2 Wh, 600 W over 18 s are 3
    assert energy(None, ASKED, {"": 100.0}) == Energy(1.5, "estimate")
    assert energy(None, ASKED, {"gpt-oss-20b": 200.0}) == Energy(), "nobody states what the other one draws"
    meter = Meter(machine(tmp_path))
    assert energy(meter, ASKED, watts).basis == "estimate", "who states it knows of the accelerators"


def test_a_run_that_asked_no_model_is_not_estimated() -> None:
    assert energy(None, (), {"": 100.0}) == Energy()
    assert energy(None, [("gpt-oss-20b", Usage())], {"": 100.0}) == Energy()
