"""Sets of cases diagnosed and scored by the program's own evaluation, held against the independent scorer where it is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from noc_agent.evaluation import Answer, Settings, Totals, answers, find_cases, totals
from noc_agent.report.evaluation import Scored
from tests.recorded import shared_tool

SHARED = Path(__file__).parents[2] / "../shared"
PLAYBOOK = Settings("playbook")


class ScorersDifferError(AssertionError):
    """Our scorer and the independent one do not agree: neither figure may be published."""


def evaluated(folder: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> list[Scored]:
    """Diagnose and score every case below a folder. Raises ScorersDifferError."""
    found = find_cases([folder])
    made = list(answers(found, PLAYBOOK, os.cpu_count() or 1, progress))
    scored = [Scored.of(one) for one in made]
    second_opinion(made, totals([one.score for one in scored]))
    return scored


def second_opinion(made: Sequence[Answer], own: Totals) -> bool:
    """Whether the shared scorer was there to agree."""
    if not (SHARED / "tools/score.py").is_file():
        return False
    peer = shared_tool(SHARED, "score")
    theirs = peer.totals(
        [peer.score_case(one.case.name, one.document, peer.read_truth(one.case.folder / "truth.yaml")) for one in made]
    )
    ours = {
        "detection": own.detection, "localisation_f1": own.localisation.f1, "root_cause_f1": own.root_cause.f1,
        "finished": own.finished, "false_alarms": own.false_alarms,
    }  # fmt: skip
    wrong = {name: (value, theirs[name]) for name, value in ours.items() if abs(value - theirs[name]) > 1e-9}
    if wrong:
        raise ScorersDifferError(f"ours and theirs: {wrong}")
    return True


def figures(rows: Sequence[Scored]) -> list[str]:
    """A row of a table: cases, right, detection, localisation, root cause, finished, false alarms of healthy ones."""
    row = totals([one.score for one in rows])
    shares = (row.detection, row.localisation.f1, row.root_cause.f1, row.finished)
    return [
        f"{row.cases}", f"{row.right}", *(f"{share:.3f}" for share in shares), f"{row.false_alarms} of {row.healthy_cases}",
    ]  # fmt: skip


HEADINGS = ("cases", "right", "detection", "localisation F1", "root cause F1", "finished", "false alarms")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
