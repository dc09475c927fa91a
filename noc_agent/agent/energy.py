"""Energy of a run: measured by the machine's own counters where they see the model at work, estimated from the power that
the operator states, else unknown. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from noc_agent.models import Usage

POWERCAP = Path("/sys/class/powercap")
JOULES_PER_WH = 3600.0
NONE, RAPL, ESTIMATE = "none", "rapl", "estimate"


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy in Wh, None where it is unknown. `basis`: `rapl`, measured over the whole run on this machine; `estimate`, the
    stated power over the time that models took; `none`."""

    wh: float | None = None
    basis: str = NONE


class Meter:
    """What this machine has used since the meter was made, by RAPL: processors and their memory, no accelerator.

    Since Linux 5.10 only root reads the counters, unless the machine's owner lets others. See
    Documentation/power/powercap/powercap.rst and `intel_rapl_common.c` (AMD's processors are served by the same names).
    """

    def __init__(self, root: Path = POWERCAP) -> None:
        self._begun = {zone: energy for zone in _zones(root) if (energy := _number(zone / "energy_uj")) is not None}

    def wh(self) -> float | None:
        """Wh since the beginning; None where nothing can be read. A counter may have wrapped once."""
        used = [_used(zone, before) for zone, before in self._begun.items()]
        known = [joules for joules in used if joules is not None]
        return sum(known) / JOULES_PER_WH if known and len(known) == len(used) else None


def energy(meter: Meter | None, spent: Iterable[tuple[str, Usage]], watts: Mapping[str, float]) -> Energy:
    """The energy of a run whose models cost `spent`, by name. `watts` by name too, `""` for any; they come first: who states
    them knows of the accelerators that RAPL does not see. `meter` is None where a model may be at work elsewhere."""
    costs = [(name, cost) for name, cost in spent if cost.requests]
    powers = [watts.get(name, watts.get("")) for name, _ in costs]
    if costs and all(power is not None for power in powers):
        joules = sum((power or 0.0) * cost.seconds for power, (_, cost) in zip(powers, costs, strict=True))
        return Energy(round(joules / JOULES_PER_WH, 4), ESTIMATE)
    measured = meter.wh() if meter is not None else None
    return Energy(round(measured, 4), RAPL) if measured is not None else Energy()


def _zones(root: Path) -> list[Path]:
    """Processor packages, and the memory beside them where it is counted apart: `psys` and `core` hold or are held by these."""
    found = sorted(root.glob("intel-rapl:*"))
    packages = [zone for zone in found if _name(zone).startswith("package-")]
    memory = [zone for zone in found if _name(zone) == "dram"]
    return [*packages, *memory]


def _used(zone: Path, before: int) -> float | None:
    now = _number(zone / "energy_uj")
    if now is None:
        return None
    if now < before:
        now += _number(zone / "max_energy_range_uj") or 0
    return (now - before) / 1e6 if now >= before else None


def _name(zone: Path) -> str:
    try:
        return (zone / "name").read_text().strip()
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
