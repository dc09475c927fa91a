"""Reports: terminal, Markdown, HTML, JSON. Every rich object is in this room."""

from __future__ import annotations

import json
from collections.abc import Mapping

from noc_agent.evidence import Json


def document_json(document: Mapping[str, Json]) -> str:
    """The document as text, byte for byte the same for the same document."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def in_form(document: Mapping[str, Json], form: str) -> str:
    """The document as `json`, `markdown` or `html`."""
    if form == "json":
        return document_json(document)
    if form == "markdown":
        from noc_agent.report.markdown import to_markdown  # noqa: PLC0415 - only what is asked for

        return to_markdown(document)
    from noc_agent.report.html import to_html  # noqa: PLC0415

    return to_html(document)
