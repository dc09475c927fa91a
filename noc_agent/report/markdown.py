"""The report as Markdown; what devices said cannot become structure."""

from __future__ import annotations

import re

from noc_agent.report.reading import MARKS, MEANINGS, Row, cited, clean, part, percent, rows, usage_line, words

_STRUCTURE = re.compile(r"([\\`*_{}\[\]<>#|~!&@]|:(?=//)|(?<=www)\.|^[-+=])", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no structure, and no link that it did not have."""
    return _NUMBERED.sub(r"\1\\\2", _STRUCTURE.sub(r"\\\1", text))


def to_markdown(document: Row) -> str:
    """A diagnosis document as Markdown."""
    verdict, incident = clean(document.get("verdict")), part(document, "incident")
    lines = [
        f"# {MARKS.get(verdict, '')} {verdict}: {escape(clean(incident.get('title')))}",
        "",
        f"{escape(clean(incident.get('id')))} on {escape(clean(document.get('site')))}: {MEANINGS.get(verdict, '')}.",
    ]
    for cause in rows(document, "root_causes"):
        lines += ["", f"## {escape(clean(cause.get('fault')))} at {escape(clean(cause.get('resource')))}", ""]
        since = f"Since {clean(cause['since'])}. " if cause.get("since") else ""
        lines += [f"{since}Confidence {percent(cause)}, evidence {', '.join(words(cause, 'evidence'))}.", ""]
        lines += [escape(clean(cause.get("explanation"))), ""]
        lines += [f"Path: {' → '.join(escape(name) for name in words(cause, 'path'))}"]
    for title, key in (
        ("Unexplained", "unexplained"),
        ("Impact", "impact"),
        ("Next", "next_actions"),
        ("Degraded", "degraded"),
    ):
        if words(document, key):
            lines += ["", f"## {title}", "", *(f"- {escape(text)}" for text in words(document, key))]
    if rows(document, "ruled_out"):
        lines += ["", "## Ruled out", ""]
        for row in rows(document, "ruled_out"):
            what = escape(f"{clean(row.get('fault'))} at {clean(row.get('resource'))}: {clean(row.get('reason'))}")
            lines.append(f"- {what} ({', '.join(words(row, 'evidence'))})")
    lines += ["", "## Evidence", "", "| id | tool | source | observed | what |", "|---|---|---|---|---|"]
    for row in cited(document) or rows(document, "evidence"):
        cells = [escape(clean(row.get(key))) for key in ("id", "tool", "source", "observed_at", "summary")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", escape(usage_line(document)), ""])
