"""A diagnosis document read for a report: typed, cleaned, in the order in which a person wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from noc_agent.evidence import Json, neutralise

MARKS = {"confirmed": "●", "likely": "◐", "inconclusive": "○", "healthy": "✓"}
MEANINGS = {
    "confirmed": "the cause is proven and its rivals are refuted",
    "likely": "this explains the findings best; a rival is not refuted",
    "inconclusive": "the evidence does not carry a verdict",
    "healthy": "everything relevant was seen, and nothing is wrong",
}
Row = Mapping[str, Json]


def rows(document: Row, key: str) -> list[Row]:
    """The objects of a list."""
    value = document.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def words(document: Row, key: str) -> list[str]:
    """The texts of a list, safe to show."""
    value = document.get(key)
    return [clean(item) for item in value] if isinstance(value, list) else []


def clean(value: Json) -> str:
    """One line that is safe to show."""
    return " ".join(neutralise("" if value is None else str(value)).split())


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 device`, `2 devices`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def part(document: Row, key: str) -> Row:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def cited(document: Row) -> list[Row]:
    """Evidence that causes and refutations cite, in the document's order."""
    ids = {
        name for key in ("root_causes", "ruled_out") for row in rows(document, key) for name in words(row, "evidence")
    }
    return [row for row in rows(document, "evidence") if row.get("id") in ids]


def percent(row: Row) -> str:
    return f"{cast('float', row.get('confidence') or 0):.0%}"


def headline(document: Row) -> str:
    """The verdict and its causes in one line."""
    causes = [f"{clean(row.get('fault'))} at {clean(row.get('resource'))}" for row in rows(document, "root_causes")]
    return ": ".join(part_ for part_ in (clean(document.get("verdict")), "; ".join(causes)) if part_)


def usage_line(document: Row) -> str:
    """What the run cost, in one line."""
    usage = part(document, "usage")
    calls = usage.get("model_calls") or 0
    tokens = cast("int", usage.get("prompt_tokens") or 0) + cast("int", usage.get("completion_tokens") or 0)
    asked = f"{calls} model calls, {tokens} tokens" if calls else "no model asked"
    energy = usage.get("energy_wh")
    used = f", {energy_words(energy, clean(usage.get('energy_basis')))}" if isinstance(energy, int | float) else ""
    return f"{usage.get('steps')} looks, {asked}, {usage.get('wall_s')} s{used} · run {clean(document.get('run'))}"


def energy_words(wh: float | None, basis: str) -> str:
    """An energy with what it stands on; what is not known is not named as a figure."""
    if wh is None:
        return "unknown"
    return f"{wh:.3g} Wh ({'measured, RAPL' if basis == 'rapl' else basis})"
