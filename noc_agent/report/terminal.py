"""The report on a terminal: the verdict first, then why. Readable without colour, at 80 columns and at 160."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from noc_agent.report.reading import MARKS, MEANINGS, Row, cited, clean, part, percent, rows, usage_line, words
from noc_agent.report.reasoning import reasoning_tables

COLOURS = {"confirmed": "bold red", "likely": "bold yellow", "inconclusive": "bold magenta", "healthy": "bold green"}
MOST_RULED_OUT = 8


def render(document: Row, console: Console) -> None:
    """Print the report of a diagnosis document."""
    with console.capture() as captured:
        console.print(Group(*_sections(document)))
    # rich fills lines up with blanks; a log or a mail shows them.
    console.file.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def _sections(document: Row) -> Iterable[RenderableType]:
    yield _headline(document)
    for cause in rows(document, "root_causes"):
        yield from _cause(cause)
    yield from _list("Unexplained", words(document, "unexplained"))
    if cited(document):
        yield from _titled("Evidence", _evidence(document))
    if rows(document, "ruled_out"):
        yield from _titled("Ruled out", _ruled_out(document))
    yield from _list("Impact", [", ".join(words(document, "impact"))] if words(document, "impact") else [])
    yield from _list("Next", words(document, "next_actions"))
    yield from _list("Had to do without", words(document, "degraded"))
    if steps := part(document, "reasoning"):
        for title, body in reasoning_tables(steps):
            yield from _titled(title, body)
    yield Text("")
    yield Text(usage_line(document), style="dim")


def _headline(document: Row) -> RenderableType:
    verdict = clean(document.get("verdict"))
    incident = part(document, "incident")
    head = Text.assemble(
        (f"{MARKS.get(verdict, '?')} {verdict.upper()}", COLOURS.get(verdict, "bold")), f"  {MEANINGS.get(verdict, '')}"
    )
    since = f", since {clean(incident['since'])}" if incident.get("since") else ""
    told = Text(
        f"{clean(incident.get('id'))}: {clean(incident.get('title'))}{since} · {clean(document.get('site'))}",
        style="dim",
    )
    return Group(head, told)


def _cause(cause: Row) -> Iterable[RenderableType]:
    yield Text("")
    yield Text.assemble((clean(cause.get("fault")), "bold"), " at ", (clean(cause.get("resource")), "bold"))
    since = f"since {clean(cause['since'])}, " if cause.get("since") else ""
    yield Padding(
        Text(f"{since}confidence {percent(cause)}, evidence {', '.join(words(cause, 'evidence'))}"), (0, 0, 0, 2)
    )
    yield Padding(Text(clean(cause.get("explanation"))), (0, 0, 0, 2))
    path = words(cause, "path")
    if len(path) > 1:
        yield Padding(_tree(path), (0, 0, 0, 2))


def _tree(path: list[str]) -> Tree:
    """The cause, what it took with it, and those who suffer below it."""
    tree = Tree(Text(path[0]), guide_style="dim")
    branch = tree
    for name in path[1:]:
        if name.startswith("link/"):
            branch = branch.add(Text(name))
        else:
            branch.add(Text(name))
    return tree


def _titled(title: str, body: RenderableType) -> Iterable[RenderableType]:
    yield Text("")
    yield Text(title, style="bold")
    yield Padding(body, (0, 0, 0, 2))


def _list(title: str, lines: list[str]) -> Iterable[RenderableType]:
    if lines:
        table = Table.grid(padding=(0, 1))
        for line in lines:
            table.add_row("–", Text(line))
        yield from _titled(title, table)


def _evidence(document: Row) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, max_width=24)
    table.add_column(overflow="fold")
    shown = cited(document)
    for row in shown:
        arguments = " ".join(str(value) for value in part(row, "arguments").values())
        call = clean(f"{row.get('tool')} {arguments}") if len(arguments) < 20 else clean(row.get("tool"))
        table.add_row(Text(clean(row.get("id"))), Text(call), Text(clean(row.get("summary"))))
    more = len(rows(document, "evidence")) - len(shown)
    if more <= 0:
        return table
    return Group(
        table, Text(f"and {more} more observations: noc-agent runs show {clean(document.get('run'))}", style="dim")
    )


def _ruled_out(document: Row) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    shown = rows(document, "ruled_out")
    for row in shown[:MOST_RULED_OUT]:
        reason = f"{clean(row.get('reason'))} ({', '.join(words(row, 'evidence'))})"
        table.add_row(Text(f"{clean(row.get('fault'))} at {clean(row.get('resource'))}"), Text(reason))
    if len(shown) > MOST_RULED_OUT:
        table.add_row(Text(f"and {len(shown) - MOST_RULED_OUT} more", style="dim"), Text(""))
    return table
