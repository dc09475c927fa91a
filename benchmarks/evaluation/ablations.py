"""What each source carries: sets diagnosed without it. `python -m benchmarks.evaluation.ablations [--sets …] [--without …]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.evaluation.scored import HEADINGS, evaluated, figures, table
from noc_agent.report.evaluation import Scored
from noc_agent.report.progress import Bar
from tests.sets import ABLATIONS, NAMES, SEEDS, ablated, make


def measured(
    sets: Sequence[str], names: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[str, str, list[Scored]]]:
    """(set, ablation, scores), one after the other."""
    with tempfile.TemporaryDirectory(prefix="noc-agent-ablations-") as folder:
        for one in sets:
            source = make(one, Path(folder), seeds)
            for name in names:
                target = ablated(source, Path(folder) / f"{one} without {name}", name)
                with Bar(sys.stderr, f"{one} without {name}", quiet=False) as bar:
                    found = evaluated(target, bar.step)
                print(f"{one} without {name}: {' '.join(figures(found))}", file=sys.stderr)
                yield one, name, found


def ablations(rows: Sequence[tuple[str, str, list[Scored]]]) -> str:
    return table(("set", "without", *HEADINGS), [[one, name, *figures(scores)] for one, name, scores in rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.evaluation.ablations", description=__doc__)
    parser.add_argument("--sets", nargs="+", default=["train", "held-out", "simulated"], choices=NAMES)
    parser.add_argument("--without", nargs="+", default=list(ABLATIONS), choices=list(ABLATIONS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), help="of the simulated set")
    options = parser.parse_args()
    print(ablations(list(measured(options.sets, options.without, options.seeds))))


if __name__ == "__main__":
    main()
