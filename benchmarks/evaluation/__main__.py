"""All figures of docs/evaluation.md as Markdown: `python -m benchmarks.evaluation [--peer PYTHON] [--into FILE] …`.

They are printed as they come; `--into` puts them into a file, in place of what stands below the line with the mark.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.evaluation.ablations import ablations, measured
from benchmarks.evaluation.growth import LARGE, LINES, SIZES
from benchmarks.evaluation.growth import report as growth
from benchmarks.evaluation.scored import HEADINGS, figures, table
from benchmarks.evaluation.soak import report as soaked
from benchmarks.evaluation.soak import soak
from benchmarks.netlog import compared
from noc_agent.report.evaluation import SURE, Scored
from tests.sets import ABLATIONS, SEEDS

SETS = ("recorded", "train", "held-out", "simulated")
PARTS = ("sets", "soak", "growth", "netlog")
MARK = "<!-- below: `make figures` -->"
CLOSED = "held-out"  # of it only totals are shown
Measured = tuple[str, str, list[Scored]]


def main() -> None:
    options = _options()
    if options.into and MARK not in options.into.read_text().splitlines():
        sys.exit(f"{options.into}: has no line {MARK}")
    parts = []
    for part in sections(options):
        print(part, flush=True)
        parts.append(part)
    if options.into:
        head, mark, _ = options.into.read_text().partition(MARK)
        options.into.write_text("\n".join((f"{head}{mark}", *parts)) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.evaluation", description=__doc__)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), help="of simulated sites")
    parser.add_argument("--peer", help="an interpreter that has netlog-ai; without it that part is left out")
    parser.add_argument("--into", type=Path, help="a Markdown file with the mark in a line of its own")
    return parser.parse_args()


def sections(options: argparse.Namespace) -> Iterator[str]:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    seeds = " and ".join(map(str, options.seeds))
    yield f"\nMeasured {datetime.now(UTC):%Y-%m-%d}: {machine}; simulated seeds {seeds}; engine alone, no model."
    if "sets" in options.parts:
        rows = list(measured(options.sets, list(ABLATIONS), options.seeds))
        whole = [row for row in rows if row[1] == "nothing"]
        yield _section("Sets", table(("set", *HEADINGS), [[one, *figures(found)] for one, _, found in whole]))
        yield _section("Families", families(whole))
        yield _section("Pairs of faults", pairs(whole))
        yield _section("Ablations", ablations(rows))
        yield _section("Calibration", calibration(whole))
    if "soak" in options.parts:
        yield _section("Healthy sites", soaked(list(soak(options.seeds))))
    if "growth" in options.parts:
        yield _section("Growth", growth(SIZES, LARGE, LINES))
    if "netlog" in options.parts and options.peer:
        yield _section("Beside netlog-ai 2.1.0", compared(options.peer, ["train", "held-out"]))


def _section(title: str, text: str) -> str:
    return f"\n### {title}\n\n{text}"


def families(rows: Sequence[Measured]) -> str:
    lines = [
        [name, family, *figures([one for one in found if one.family == family])]
        for name, _, found in rows
        if name != CLOSED
        for family in sorted({one.family for one in found})
    ]
    return table(("set", "family", *HEADINGS), lines)


def pairs(rows: Sequence[Measured]) -> str:
    """Cases of several faults: how often each of them is named, and how often nothing else is."""
    lines = []
    for name, _, found in rows:
        several = [one.score for one in found if len(one.score.truth) > 1]
        named = sum(one.root_cause.missed == 0 for one in several)
        if several:
            share = f"{named / len(several):.0%}"
            lines.append([name, f"{len(several)}", f"{named}", share, f"{sum(one.right for one in several)}"])
    return table(("set", "cases", "both named", "share", "and nothing else"), lines)


def calibration(rows: Sequence[Measured]) -> str:
    """Over all sets: how often a cause that was named with such a verdict, or such confidence, is right."""
    scores = [one.score for _, _, found in rows for one in found]
    lines = []
    for verdict in ("confirmed", "likely"):
        own = [score for score in scores if score.verdict == verdict]
        lines.append(_held(f"verdict {verdict}", [right for one in own for _, right in one.confidences]))
    causes = [cause for score in scores for cause in score.confidences]
    for low, high in pairwise(SURE):
        within = [right for sure, right in causes if low <= sure < high]
        lines.append(_held(f"confidence from {low:.2f} to {min(high, 1):.2f}", within))
    return table(("causes named with", "causes", "right", "share"), [line for line in lines if line[1] != "0"])


def _held(name: str, held: Sequence[bool]) -> list[str]:
    return [name, f"{len(held)}", f"{sum(held)}", f"{sum(held) / len(held):.3f}" if held else "-"]


if __name__ == "__main__":
    main()
