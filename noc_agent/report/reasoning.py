"""The steps of the reasoning on a terminal: findings by number, then each hypothesis with what speaks for and against it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from noc_agent.report.reading import Row, clean, rows, words

SAYS = {True: ("yes", "green"), False: ("no", "red"), None: ("not known", "yellow")}
STATUS = {"chosen": "bold green", "not needed": "yellow", "ruled out": "dim"}


def reasoning_tables(reasoning: Row) -> Iterator[tuple[str, RenderableType]]:
    """(title, what stands below it)."""
    if findings := rows(reasoning, "findings"):
        yield "Findings", _findings(findings)
    if hypotheses := rows(reasoning, "hypotheses"):
        yield "Hypotheses", Group(*(part for row in hypotheses for part in _hypothesis(row)))


def _findings(found: list[Row]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in found:
        weight = "" if row.get("must_be_explained") else " (need not be explained)"
        table.add_row(Text(clean(row.get("id"))), Text(clean(row.get("summary")) + weight))
    return table


def _hypothesis(row: Row) -> Iterator[RenderableType]:
    status = clean(row.get("status"))
    yield Text.assemble(
        (f"{clean(row.get('fault'))} at {clean(row.get('resource'))}", "bold"), ": ", (status, STATUS.get(status, ""))
    )
    lines = [Text(f"raised by {', '.join(words(row, 'raised_by'))}; explains {', '.join(words(row, 'explains'))}")]
    lines += [_proof(proof, "must be seen") for proof in rows(row, "must_be_seen")]
    lines += [
        _proof(proof, "would refute it") for proof in rows(row, "would_refute") if proof.get("value") is not False
    ]
    if reason := clean(row.get("refuted_by")):
        lines.append(Text(f"ruled out: {reason}"))
    yield Padding(Group(*lines), (0, 0, 1, 2))


def _proof(proof: Row, role: str) -> Text:
    value = proof.get("value")
    word, style = SAYS[value if isinstance(value, bool) else None]
    return Text.assemble(f"{role}: {clean(proof.get('that'))}: ", (word, style))
