"""A walk through a playbook for people: where it is, each step as it comes, and what all of them come to."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from noc_agent.report.reading import Row, clean, rows, words

SAYS = {
    "supports": "speaks for it",
    "refutes": "speaks against it",
    "neither": "says neither",
    "not taken": "not taken",
}
STYLES = {
    "supports": "green",
    "refutes": "red",
    "proven": "bold green",
    "refuted": "bold red",
    "possible": "bold yellow",
}
ANSWERS = {True: "yes", False: "no", None: "unknown"}


def place_head(row: Row) -> RenderableType:
    """Where the walk goes on."""
    return Text(f"{clean(row.get('fault'))} at {clean(row.get('resource'))}", style="bold")


def step_text(row: Row) -> RenderableType:
    """One step: what was looked at, what came back, what that says."""
    says = clean(row.get("says"))
    given = row.get("arguments")
    call = [f"{key}={clean(value)}" for key, value in given.items()] if isinstance(given, dict) else []
    lines = [
        Text.assemble(f"{clean(row.get('look'))}  ", (" ".join([clean(row.get("tool")), *call]), "dim")),
        Text(clean(row.get("result"))),
        Text(SAYS.get(says, says), style=STYLES.get(says, "dim")),
    ]
    first, *more = [line for line in lines if line.plain.strip()]
    return Group(
        Padding(first, (0, 0, 0, 2), expand=False), *(Padding(line, (0, 0, 0, 4), expand=False) for line in more)
    )


def verdict_text(place: Row) -> RenderableType:
    """What the signature says at one place, and what to do unless it is refuted."""
    verdict = clean(place.get("verdict"))
    reason = f": {clean(place['reason'])}" if place.get("reason") else ""
    parts: list[RenderableType] = [Text(f"  {verdict}{reason}", style=STYLES.get(verdict, ""))]
    for title, key in (("must be so", "prove"), ("would refute it", "refute")):
        for row in rows(place, key):
            value = row.get("value")
            answer = ANSWERS[value if isinstance(value, bool) else None]
            parts.append(Padding(Text(f"{title}: {clean(row.get('that'))}: {answer}"), (0, 0, 0, 4), expand=False))
    if verdict != "refuted":
        parts += [Padding(Text(f"then: {line}"), (0, 0, 0, 4), expand=False) for line in words(place, "next")]
    return Group(*parts, Text(""))


def whole(document: Row) -> RenderableType:
    """A finished walk, as it was shown."""
    parts: list[RenderableType] = []
    for place in rows(document, "places"):
        parts += [place_head(place), *map(step_text, rows(place, "steps")), verdict_text(place)]
    none = Text(f"nothing on this site raised suspicion of {clean(document.get('fault'))}")
    return Group(*parts) if parts else none
