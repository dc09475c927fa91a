"""Tables of the smaller commands: runs, tools, rows of a tool, playbooks and their steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from noc_agent.evidence import Json
from noc_agent.report.reading import Row, clean, words

SHORT = 20  # as long as an RFC 3339 time


def table_of(found: Sequence[Row], keys: Sequence[str]) -> Table:
    """A plain table of these columns."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    cells = [[_cell(row.get(key)) for key in keys] for row in found]
    for place, key in enumerate(keys):
        # A time or a short word is read in one piece; what is longer folds.
        short = max((len(row[place]) for row in cells), default=0) <= SHORT
        table.add_column(key, overflow="fold", no_wrap=short)
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def _cell(value: Json) -> str:
    if value is None:
        return ""
    return clean(json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value)


def runs_table(found: Sequence[Row]) -> RenderableType:
    return table_of(found, ("run", "incident", "status", "verdict")) if found else Text("no runs yet")


def tools_table(found: Sequence[Row]) -> RenderableType:
    shown = []
    for row in found:
        schema = row.get("arguments")
        names = schema.get("properties") if isinstance(schema, Mapping) else {}
        arguments = ", ".join(names) if isinstance(names, Mapping) else ""
        shown.append({"tool": row.get("tool"), "arguments": arguments, "what": row.get("description")})
    return table_of(shown, ("tool", "arguments", "what"))


def rows_table(found: Sequence[Row]) -> RenderableType:
    """Rows as a table if they fit a line, else each as a block. Columns that are empty in every row are left out."""
    keys = list(dict.fromkeys(key for row in found for key in row))
    keys = [key for key in keys if any(row.get(key) not in (None, "", []) for row in found)]
    if len(keys) <= 8:
        return table_of(found, keys)
    blocks = []
    for row in found:
        words_ = [f"{key} {_cell(row.get(key))}" for key in keys if row.get(key) not in (None, "", [])]
        blocks.append(Text(", ".join(words_)))
    return Group(*blocks)


def observations_table(found: Sequence[Row]) -> RenderableType:
    """Everything that a run looked at: the call, and what came back in one line."""
    shown: list[Row] = []
    for row in found:
        given = row.get("arguments")
        words_ = [f"{key}={_cell(value)}" for key, value in given.items()] if isinstance(given, Mapping) else []
        call = " ".join([clean(row.get("tool")), *words_])
        status = "" if row.get("status") == "ok" else f"{clean(row.get('status'))}: "
        shown.append({"id": row.get("id"), "looked at": call, "saw": status + clean(row.get("summary"))})
    return table_of(shown, ("id", "looked at", "saw"))


def playbooks_table(found: Sequence[Row]) -> RenderableType:
    return table_of(found, ("fault", "family", "place", "title"))


def playbook_card(playbook: Row) -> RenderableType:
    """A playbook for a person."""
    parts: list[RenderableType] = [
        Text.assemble((clean(playbook.get("fault")), "bold"), f"  {clean(playbook.get('title'))}"),
        Text(f"family {clean(playbook.get('family'))}, sits on a {clean(playbook.get('place'))}", style="dim"),
        Text(clean(playbook.get("about"))),
    ]
    titles = {
        "suspect": "Suspect it on", "prove": "It is proven when", "refute": "It is refuted when", "explains": "It explains",
        "rivals": "It is confused with", "steps": "Steps", "next": "Then", "references": "References",
    }  # fmt: skip
    for key, title in titles.items():
        if words(playbook, key):
            parts += [Text(""), Text(title, style="bold")]
            parts += [Padding(Text(f"– {line}"), (0, 0, 0, 2)) for line in words(playbook, key)]
    return Group(*parts)
