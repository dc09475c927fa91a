"""The sets of cases on which figures are measured, and what each ablation takes from them.

`python -m tests.sets NAME DIR [--seeds 91,92]` makes one: train, held-out, recorded, simulated, quiet.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from noc_agent.evaluation import find_cases
from tests.lab.cases import SETS, unpack
from tests.mutate.names import rename
from tests.mutate.sources import SOURCES
from tests.recorded import Case
from tests.simulated.case import NoPlaceError, simulate, write_case
from tests.simulated.faults import BENIGN, FAULTS
from tests.simulated.large import draw
from tests.snmp.dumps import LATER, Dump
from tests.snmp.dumps import write_case as write_dump

SHARED = Path(__file__).parents[1] / "../shared/data"
KINDS = ("metro", "leafspine", "campus")
DEVICES, PAIRS = 20, 8
SEEDS = (91, 92)
NAMES = (*SETS, "recorded", "simulated", "quiet")
HEALTHY = ("healthy", *BENIGN)
Ablation = Callable[[Case, random.Random], object]


def make(name: str, folder: Path, seeds: Sequence[int] = SEEDS) -> Path:
    """A set by its name in a folder of its own. Raises FileNotFoundError where what it is made of is not there."""
    target = folder / name
    if name in SETS:
        return unpack(name, folder)
    if name == "recorded":
        for source in sorted(_there(SHARED / "cases").iterdir()):
            Case.copy(source, target / source.name)
    elif name == "simulated":
        _simulate(
            target, [(f, seed, KINDS[(seed + n) % 3 :] + KINDS[: (seed + n) % 3]) for n, f, seed in _faulty(seeds)]
        )
    else:
        _quiet(target, folder, seeds)
    return target


def _there(path: Path) -> Path:
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: not beside this checkout")
    return path


def _faulty(seeds: Sequence[int]) -> Iterator[tuple[int, str, int]]:
    """Every kind and every harmless change once a seed, and pairs of kinds."""
    for seed in seeds:
        chance = random.Random(f"pairs/{seed}")
        pairs = ["+".join(chance.sample(sorted(FAULTS), 2)) for _ in range(PAIRS)]
        yield from ((n, fault, seed) for n, fault in enumerate((*HEALTHY, *FAULTS, *pairs)))


def _quiet(target: Path, folder: Path, seeds: Sequence[int]) -> None:
    """Sites on which nothing is wrong: recorded, simulated, and one of each real device."""
    for name in SETS:
        found = find_cases([unpack(name, folder)])
        for one in found:
            if not one.truth:
                Case.copy(one.folder, target / f"{name}-{one.name}")
    _simulate(target, [(change, seed, (kind,)) for seed in seeds for kind in KINDS for change in HEALTHY])
    for path in sorted((SHARED / "snmprec").glob("*.snmprec.gz")):
        dump = Dump.read(path)
        write_dump(target, f"dump-{dump.name}", {0: dump, LATER: dump.aged()}, ())


def _simulate(target: Path, jobs: Sequence[tuple[str, int, tuple[str, ...]]]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        for _ in pool.map(_simulated, [(target, *job) for job in jobs]):
            pass


def _simulated(job: tuple[Path, str, int, tuple[str, ...]]) -> None:
    """One case, on the first kind of network that has a place for it; every other seed has its intent written down."""
    target, fault, seed, kinds = job
    for kind in kinds:
        try:
            run = simulate(draw(kind, seed, DEVICES), seed, [] if fault == "healthy" else fault.split("+"))
        except NoPlaceError:
            continue
        write_case(run, target / f"{fault}-{kind}-{seed}", seed, intent=seed % 2 == 0)
        return


def _without(take: Callable[[Case], None]) -> Ablation:
    return lambda case, chance: take(case)


ABLATIONS: dict[str, Ablation] = {
    "nothing": lambda case, chance: None, **{name: _without(take) for name, take in SOURCES.items()}, "its names": rename,
}  # fmt: skip


def ablated(source: Path, target: Path, name: str) -> Path:
    """Copies of a set's cases without what the ablation takes."""
    for one in find_cases([source]):
        case = Case.copy(one.folder, target / one.name)
        ABLATIONS[name](case, random.Random(f"{name}/{one.name}"))
    return target


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.sets", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    options = parser.parse_args()
    try:
        made = make(options.name, options.folder, [int(seed) for seed in options.seeds.split(",")])
    except FileNotFoundError as error:
        print(f"tests.sets: {error}", file=sys.stderr)
        return 4
    print(f"{made}: {len(find_cases([made]))} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
