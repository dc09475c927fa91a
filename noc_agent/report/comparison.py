"""Models side by side: on one recorded run, and over evaluated cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from noc_agent.evaluation import CaseScore, totals
from noc_agent.evidence import Json
from noc_agent.report.reading import Row, clean, energy_words, headline, part, rows
from noc_agent.report.tables import table_of


def of_a_run(recorded: Row, replayed: Sequence[tuple[str, Row]]) -> RenderableType:
    """What the run came to, and what each model came to on what it recorded."""
    table = [_row("the run", recorded, recorded), *(_row(name, document, recorded) for name, document in replayed)]
    otherwise = [
        Text(f"{clean(name)} says {headline(document)}")
        for name, document in replayed
        if not _agree(document, recorded)
    ]
    return Group(Text("Models on this run", style="bold"), table_of(table, tuple(table[0])), *otherwise)


def of_models(models: Mapping[str, Sequence[CaseScore]]) -> RenderableType:
    """Right verdicts and their price. `by model` are those that a submission of the model carries, the engine the rest."""
    table: list[dict[str, Json]] = []
    for name, scores in models.items():
        row = totals(scores)
        table.append(
            {
                "model": name, "right": f"{row.right} of {row.cases}", "by model": f"{row.right_by_model} of {row.by_model}",
                "false alarms": row.false_alarms, "calls": row.model_calls, "prompt": row.prompt_tokens,
                "completion": row.completion_tokens, "s": f"{row.wall_s:.1f}",
                "energy a right one": energy_words(row.energy_wh_per_right, row.energy_basis),
            }
        )  # fmt: skip
    return Group(Text("Models", style="bold"), table_of(table, tuple(table[0]) if table else ()))


def _row(who: str, document: Row, recorded: Row) -> dict[str, Json]:
    usage = part(document, "usage")
    energy = usage.get("energy_wh")
    return {
        "asked": who,
        "carried by": document.get("model") or "engine",
        "verdict": document.get("verdict"),
        "as the run": "yes" if _agree(document, recorded) else "no",
        "calls": usage.get("model_calls"),
        "prompt": usage.get("prompt_tokens"),
        "completion": usage.get("completion_tokens"),
        "s": usage.get("wall_s"),
        "energy": energy_words(
            energy if isinstance(energy, int | float) else None, str(usage.get("energy_basis") or "none")
        ),
    }


def _agree(one: Row, other: Row) -> bool:
    """Whether two documents name the same causes, and are as sure of them."""
    first, second = (
        (document.get("verdict"), {(row.get("fault"), row.get("resource")) for row in rows(document, "root_causes")})
        for document in (one, other)
    )
    return first == second
