"""The report as one self-contained page: no script, no reference to anywhere, everything escaped."""

from __future__ import annotations

import re
from html import escape

from noc_agent.report.reading import MARKS, MEANINGS, Row, clean, part, percent, rows, usage_line, words

_COMMAND = re.compile(r"`([^`<>]+)`")  # of what stands escaped already: no mark can be in it
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}
th,td:not(:last-child){overflow-wrap:break-word;max-width:18rem}
code{overflow-wrap:anywhere}footer{margin-top:2rem;color:#555}
"""


def to_html(document: Row) -> str:
    """A diagnosis document as an HTML page."""
    verdict, incident = clean(document.get("verdict")), part(document, "incident")
    title = f"{MARKS.get(verdict, '')} {verdict}: {_text(incident.get('title'))}"
    body = [
        f"<h1>{title}</h1>",
        f"<p>{_text(incident.get('id'))} on {_text(document.get('site'))}: {MEANINGS.get(verdict, '')}.</p>",
    ]
    for cause in rows(document, "root_causes"):
        body.append(f"<h2>{_text(cause.get('fault'))} at <code>{_text(cause.get('resource'))}</code></h2>")
        since = f"Since {_text(cause['since'])}. " if cause.get("since") else ""
        body.append(
            f"<p>{since}Confidence {percent(cause)}, evidence {escape(', '.join(words(cause, 'evidence')))}.</p>"
        )
        body.append(f"<p>{_text(cause.get('explanation'))}</p>")
        body.append(f"<p><code>{escape(' → '.join(words(cause, 'path')))}</code></p>")
    for name, key in (
        ("Unexplained", "unexplained"),
        ("Impact", "impact"),
        ("Next", "next_actions"),
        ("Degraded", "degraded"),
    ):
        if words(document, key):
            items = "".join(f"<li>{_commands(text)}</li>" for text in words(document, key))
            body.append(f"<h2>{name}</h2><ul>{items}</ul>")
    if rows(document, "ruled_out"):
        body.append(
            "<h2>Ruled out</h2>" + _table(rows(document, "ruled_out"), ("fault", "resource", "reason", "evidence"))
        )
    body.append(
        "<h2>Evidence</h2>" + _table(rows(document, "evidence"), ("id", "tool", "source", "observed_at", "summary"))
    )
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
    return f"{page}<body><main>{''.join(body)}</main><footer>{escape(usage_line(document))}</footer></body></html>\n"


def _commands(text: str) -> str:
    """What stands between backticks is a device's command."""
    return _COMMAND.sub(r"<code>\1</code>", escape(text))


def _text(value: object) -> str:
    return escape(clean(value if isinstance(value, str | int | float) else ""))


def _table(found: list[Row], keys: tuple[str, ...]) -> str:
    head = "".join(f"<th scope=col>{key.replace('_', ' ')}</th>" for key in keys)
    lines = []
    for row in found:
        cells = [", ".join(words(row, key)) if isinstance(row.get(key), list) else clean(row.get(key)) for key in keys]
        lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"
