"""Scores of an evaluation: JSON of the contract (section 6), tables for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, pstdev

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from noc_agent.evaluation import (
    Answer,
    CaseScore,
    Pair,
    Ratios,
    Totals,
    confusion,
    explain_misses,
    family_of,
    score,
    totals,
)
from noc_agent.evaluation.score import VERDICTS
from noc_agent.evidence import Json
from noc_agent.report.comparison import of_models
from noc_agent.report.reading import clean, energy_words
from noc_agent.report.tables import table_of

SURE = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)  # bounds of the classes in which confidence is held against the truth


@dataclass(frozen=True, slots=True)
class Scored:
    """A score with the run's number (from 1), why there was no document, what its misses are explained by, and the model that
    was to be asked."""

    score: CaseScore
    run: int = 1
    problem: str = ""
    misses: tuple[str, ...] = ()
    model: str = ""

    @classmethod
    def of(cls, one: Answer, run: int = 1, model: str = "") -> Scored:
        """An answer, scored."""
        own = score(one.case.name, one.case.truth, one.document, one.wall_s)
        return cls(own, run, one.problem, () if own.right else explain_misses(own, one.document, one.kinds), model)

    @property
    def family(self) -> str:
        return family_of(tuple(fault.pair.fault for fault in self.score.truth))


def evaluation_json(found: Sequence[Scored], runs: int) -> dict[str, Json]:
    """`noc-agent/eval/1`. With several runs a case stands once for each, and `spread` says how far they differ; with several
    models too, and `models` has the totals of each."""
    scores = [one.score for one in found]
    made: dict[str, Json] = {
        "schema": "noc-agent/eval/1",
        "cases": [_case(one, runs) for one in found],
        "totals": _totals(totals(scores)),
        "families": {name: _totals(totals(rows)) for name, rows in _families(found).items()},
        "confusion": [
            {"truth": truth, "named": named, "count": count}
            for (truth, named), count in confusion(scores).most_common()
        ],
        "calibration": _calibration(scores),
        "verdicts": _verdicts(scores),
    }
    if runs > 1:
        made["spread"] = _spread(found, runs)
    if len(each := by_model(found)) > 1:
        made["models"] = {name: _totals(totals(rows)) for name, rows in each.items()}
    return made


def by_model(found: Sequence[Scored]) -> dict[str, list[CaseScore]]:
    """The scores by the model that was to be asked, in the order of the command line."""
    models: dict[str, list[CaseScore]] = {}
    for one in found:
        models.setdefault(one.model, []).append(one.score)
    return models


def _case(one: Scored, runs: int) -> dict[str, Json]:
    score = one.score
    number: dict[str, Json] = {"run": one.run} if runs > 1 else {}
    number |= {"model": one.model} if one.model else {}
    return {
        "case": score.case,
        **number,
        "verdict": score.verdict,
        "predicted": [_pair(pair) for pair in score.predicted],
        "truth": [
            {**_pair(fault.pair), **({"also": [_pair(pair) for pair in fault.also]} if fault.also else {})}
            for fault in score.truth
        ],
        "finished": score.finished,
        "detected": score.detected,
        "false_alarm": score.false_alarm,
        "right": score.right,
        "localisation": _ratios(score.localisation),
        "root_cause": _ratios(score.root_cause),
        "wall_s": round(score.wall_s, 3),
        "tokens": score.tokens,
        "prompt_tokens": score.prompt_tokens,
        "completion_tokens": score.completion_tokens,
        "model_calls": score.model_calls,
        "by_model": score.by_model,
        "energy_wh": score.energy_wh,
        "energy_basis": score.energy_basis,
        "problem": one.problem,
        "misses": list(one.misses),
    }


def _pair(pair: Pair) -> dict[str, Json]:
    return {"fault": pair.fault, "resource": pair.resource}


def _ratios(found: Ratios) -> dict[str, Json]:
    return {"precision": round(found.precision, 4), "recall": round(found.recall, 4), "f1": round(found.f1, 4)}


def _totals(found: Totals) -> dict[str, Json]:
    return {
        "cases": found.cases,
        "finished": round(found.finished, 4),
        "detection": round(found.detection, 4),
        "localisation_f1": round(found.localisation.f1, 4),
        "root_cause_f1": round(found.root_cause.f1, 4),
        "false_alarms": found.false_alarms,
        "healthy_cases": found.healthy_cases,
        "right": found.right,
        "tokens": found.tokens,
        "prompt_tokens": found.prompt_tokens,
        "completion_tokens": found.completion_tokens,
        "model_calls": found.model_calls,
        "by_model": found.by_model,
        "right_by_model": found.right_by_model,
        "wall_s": round(found.wall_s, 3),
        "energy_wh": _rounded(found.energy_wh),
        "energy_wh_per_right": _rounded(found.energy_wh_per_right),
        "energy_basis": found.energy_basis,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _families(found: Sequence[Scored]) -> dict[str, list[CaseScore]]:
    families: dict[str, list[CaseScore]] = {}
    for one in sorted(found, key=lambda one: one.family):
        families.setdefault(one.family, []).append(one.score)
    return families


def _calibration(scores: Sequence[CaseScore]) -> list[Json]:
    """By class of confidence: how many root causes were named with it, and how many of them are right."""
    causes = [cause for score in scores for cause in score.confidences]
    rows: list[Json] = []
    for low, high in pairwise(SURE):
        held = [right for sure, right in causes if low <= sure < high]
        if held:
            rows.append({"from": low, "to": min(high, 1.0), "causes": len(held), "right": sum(held)})
    return rows


def _verdicts(scores: Sequence[CaseScore]) -> list[Json]:
    """By verdict: how many cases have it, in how many of them all is right, and the root causes named with it."""
    rows: list[Json] = []
    for verdict in VERDICTS:
        own = [score for score in scores if score.verdict == verdict]
        held = [right for score in own for _, right in score.confidences]
        if own:
            rows.append(
                {
                    "verdict": verdict, "cases": len(own), "right": sum(score.right for score in own),
                    "causes": len(held), "causes_right": sum(held),
                }
            )  # fmt: skip
    return rows


def _spread(found: Sequence[Scored], runs: int) -> dict[str, Json]:
    """Mean, deviation, least and most of each figure over the runs."""
    each = [totals([one.score for one in found if one.run == run]) for run in range(1, runs + 1)]
    figures = {
        "detection": [one.detection for one in each],
        "localisation_f1": [one.localisation.f1 for one in each],
        "root_cause_f1": [one.root_cause.f1 for one in each],
        "finished": [one.finished for one in each],
    }
    return {
        name: {
            "mean": round(mean(values), 4), "deviation": round(pstdev(values), 4), "least": round(min(values), 4),
            "most": round(max(values), 4),
        }
        for name, values in figures.items()
    }  # fmt: skip


def evaluation_tables(found: Sequence[Scored], runs: int) -> RenderableType:
    """For a terminal: families, confusion, calibration, what was not right and why."""
    document = evaluation_json(found, runs)
    scores = [one.score for one in found]
    parts: list[RenderableType] = [_by_family(found), Text(""), _by_case(found, runs), Text("")]
    wrong = [one for one in found if not one.score.right]
    if mixed := confusion(scores):
        rows: list[dict[str, Json]] = [
            {"true": truth, "named": named, "times": count} for (truth, named), count in mixed.most_common()
        ]
        parts += [Text("Confusion", style="bold"), table_of(rows, ("true", "named", "times")), Text("")]
    if sure := document["calibration"]:
        parts += [Text("Confidence", style="bold"), _table(sure), Text("")]
        parts += [Text("Verdicts", style="bold"), _table(document["verdicts"]), Text("")]
    if wrong:
        parts.append(Text("Not right", style="bold"))
        parts += [line for one in wrong for line in _wrong(one, runs)]
        parts.append(Text(""))
    if runs > 1 and isinstance(spread := document["spread"], Mapping):
        for name, row in spread.items():
            if isinstance(row, Mapping):
                words = f"{row['mean']} ± {row['deviation']} ({row['least']} to {row['most']} in {runs} runs)"
                parts.append(Text(f"{name}: {words}"))
    if len(each := by_model(found)) > 1:
        parts += [of_models(each), Text("")]
    parts.append(total_line(found))
    return Group(*parts)


def _by_family(found: Sequence[Scored]) -> RenderableType:
    rows: list[dict[str, Json]] = []
    for name, scores in _families(found).items():
        row = totals(scores)
        rows.append(
            {
                "family": name, "cases": row.cases, "right": row.right, "detected": _share(row.detection),
                "localisation F1": _share(row.localisation.f1), "root cause F1": _share(row.root_cause.f1),
                "false alarms": row.false_alarms,
            }
        )  # fmt: skip
    return table_of(rows, tuple(rows[0]) if rows else ())


def _by_case(found: Sequence[Scored], runs: int) -> RenderableType:
    rows: list[dict[str, Json]] = [
        {
            "case": one.score.case, **({"run": one.run} if runs > 1 else {}),
            **({"model": one.model} if one.model else {}), "verdict": one.score.verdict or "none",
            "right": "yes" if one.score.right else "no", "localisation F1": _share(one.score.localisation.f1),
            "root cause F1": _share(one.score.root_cause.f1), "s": f"{one.score.wall_s:.1f}",
        }
        for one in found
    ]  # fmt: skip
    return table_of(rows, tuple(rows[0]) if rows else ())


def _share(value: float) -> str:
    return f"{value:.3f}"


def _table(rows: Json) -> RenderableType:
    """Rows of the document, in the order of their first one's keys."""
    assert isinstance(rows, list)
    found = [row for row in rows if isinstance(row, Mapping)]
    return table_of(found, tuple(found[0]) if found else ())


def _wrong(one: Scored, runs: int) -> list[RenderableType]:
    number = f" (run {one.run})" if runs > 1 else ""
    verdict = one.score.verdict or "no verdict"
    head = Text.assemble((f"{clean(one.score.case)}{number}", "bold"), f": {verdict}")
    lines = (*one.misses, one.problem) if one.problem else one.misses
    return [head, *(Padding(Text(f"– {clean(line)}"), (0, 0, 0, 2)) for line in lines)]


def total_line(found: Sequence[Scored]) -> Text:
    """All figures in one line."""
    row = totals([one.score for one in found])
    words = (
        f"{row.right} of {row.cases} right; detection {_share(row.detection)}, localisation F1 "
        f"{_share(row.localisation.f1)}, root cause F1 {_share(row.root_cause.f1)}, finished {_share(row.finished)}, "
        f"{row.false_alarms} false alarms in {row.healthy_cases} healthy cases, {row.wall_s:.0f} s"
    )
    if row.model_calls:
        words += f", {row.by_model} carried by a model, {row.model_calls} model calls, {row.tokens} tokens"
        words += f", energy per right verdict {energy_words(row.energy_wh_per_right, row.energy_basis)}"
    return Text(words, style="bold")
