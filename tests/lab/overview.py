"""The table of docs/lab-cases.md: each kind, where it has a place, how often it was recorded there, and what shows it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.lab import benign, faults
from tests.lab.cases import SETS
from tests.lab.draw import KINDS, drawn
from tests.lab.evidence import cases
from tests.lab.faults.model import Drawn, NoPlace
from tests.lab.proof import CHECKS

SEEDS = (1, 2, 3)
HEAD = (
    "| kind | " + " | ".join(KINDS) + " | train | held-out | what shows it |",
    "|---|" + "---|" * len(KINDS) + "---|---|---|",
)


@cache
def placed() -> dict[str, set[str]]:
    """By kind of fault the topologies that have a place for it, at size m."""
    found: dict[str, set[str]] = {}
    for topology in KINDS:
        for seed in SEEDS:
            plan = drawn(f"{topology}:{seed}:m")
            for draw in [*faults.CATALOGUE.values(), *benign.CATALOGUE.values()]:
                try:
                    found.setdefault(draw(Drawn(plan, random.Random(seed))).kind, set()).add(topology)
                except NoPlace:
                    continue
    return found


def counts(folder: Path) -> Counter[tuple[str, str, str]]:
    """How often a kind was recorded: by kind, set and topology. The site's name says the topology."""
    found: Counter[tuple[str, str, str]] = Counter()
    for case in cases(folder):
        site = (case.folder / "site.yaml").read_text().split("\n", 1)[0]
        topology = next(each for each in KINDS if each in site)
        for kind in [fault["fault"] for fault in case.truth] or ["healthy"]:
            found[kind, case.folder.parent.name, topology] += 1
    return found


def table(folder: Path) -> Iterator[str]:
    """Markdown. A number is how many faults were recorded there, `0` a place that was not drawn, `–` that there is none."""
    seen = counts(folder)
    yield from HEAD
    for kind in sorted({draw for draw in placed() if draw not in benign.CATALOGUE} | {kind for kind, *_ in seen}):
        numbers = []
        for topology in KINDS:
            there = kind == "healthy" or topology in placed()[kind]
            number = sum(count for (name, _, where), count in seen.items() if (name, where) == (kind, topology))
            numbers.append(f"{number}" if there or number else "–")
        sets = (sum(n for (k, s, _), n in seen.items() if (k, s) == (kind, name)) for name in SETS)
        numbers += [f"{number}" for number in sets]
        yield f"| `{kind}` | {' | '.join(numbers)} | {evidence(kind)} |"


def evidence(kind: str) -> str:
    if kind == "healthy":
        return "every device answers every poll; no port, session, listener or probe changed, no errors are counted"
    return (CHECKS[kind].__doc__ or "").rstrip(".")
