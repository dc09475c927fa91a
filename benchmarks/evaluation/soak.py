"""False alarms on sites where nothing is wrong, as they are and without a source. `python -m benchmarks.evaluation.soak`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evaluation.scored import PLAYBOOK, table
from noc_agent.evaluation import Answer, answers, find_cases
from noc_agent.report.progress import Bar
from tests.sets import SEEDS, ablated, make

WITHOUT = ("nothing", "baseline", "intent", "logs", "snmp")


@dataclass(frozen=True, slots=True)
class Quiet:
    """How one healthy site was judged. `told`: an inconclusive verdict says what was missing."""

    case: str
    verdict: str
    causes: tuple[str, ...]
    told: bool

    @property
    def right(self) -> bool:
        """Healthy; or not to be judged, with what is missing; never with a cause."""
        return not self.causes and (self.verdict == "healthy" or (self.verdict == "inconclusive" and self.told))

    @classmethod
    def of(cls, one: Answer) -> Quiet:
        document = one.document or {}
        rows = document.get("root_causes")
        causes = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list | tuple) else []
        told = any(document.get(key) for key in ("degraded", "next_actions"))
        named = tuple(f"{cause['fault']} at {cause['resource']}" for cause in causes)
        return cls(one.case.name, str(document.get("verdict")), named, told)


def judged(folder: Path, title: str = "soak") -> list[Quiet]:
    found = find_cases([folder])
    with Bar(sys.stderr, title, quiet=False) as bar:
        return [Quiet.of(one) for one in answers(found, PLAYBOOK, os.cpu_count() or 1, bar.step)]


def soak(seeds: Sequence[int] = SEEDS, without: Sequence[str] = WITHOUT) -> Iterator[tuple[str, list[Quiet]]]:
    with tempfile.TemporaryDirectory(prefix="noc-agent-soak-") as folder:
        source = make("quiet", Path(folder), seeds)
        for name in without:
            yield name, judged(ablated(source, Path(folder) / f"quiet without {name}", name), f"without {name}")


def _wrong(name: str, one: Quiet) -> str:
    return f"- without {name}: {one.case}: {one.verdict}, {', '.join(one.causes) or 'what is missing is not told'}"


def report(rows: Sequence[tuple[str, list[Quiet]]]) -> str:
    lines, wrong = [], []
    for name, found in rows:
        count = Counter(one.verdict for one in found)
        others = len(found) - count["healthy"] - count["inconclusive"]
        named = sum(bool(one.causes) for one in found)
        lines.append([name, *map(str, (len(found), count["healthy"], count["inconclusive"], others, named))])
        wrong += [_wrong(name, one) for one in found if not one.right and not one.case.startswith("held-out")]
    text = table(("without", "sites", "healthy", "inconclusive", "other verdicts", "with a cause"), lines)
    return text + ("\n\n" + "\n".join(wrong) if wrong else "")


if __name__ == "__main__":
    print(report(list(soak())))
