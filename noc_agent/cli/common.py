"""What the commands share: the site, the incident, where text goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from noc_agent.evidence import Json, Redactor
    from noc_agent.site.model import Site

SiteOption = Annotated[
    Path | None,
    typer.Option("--site", help="site.yaml or its folder; else ./site.yaml, $NOC_AGENT_SITE, the bundled site."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on stdout, as the contract has it.")]


def open_site(option: Path | None) -> Site:
    """The site that the option, the folder or the environment names."""
    from noc_agent.site.load import find_site, load_site

    site = load_site(find_site(option, os.environ, Path.cwd(), bundled_site()), os.environ)
    _opened.append(site)
    return site


_opened: list[Site] = []  # of this process: their secrets are printed nowhere


@cache
def _redactor(opened: int) -> Redactor:
    from noc_agent.evidence import Redactor

    return Redactor(secret for site in _opened[:opened] for secret in site.secrets)


def cleaned(value: Json) -> Json:
    """What may be printed of a value: no secret, and nothing that steers a terminal."""
    from noc_agent.evidence import neutralise_json

    return neutralise_json(_redactor(len(_opened)).clean_json(value))


def cleaned_line(text: str) -> str:
    """The same for words to the operator, on one line."""
    return " ".join(str(cleaned(text)).split())


def bundled_site() -> Path:
    """The recorded site that ships with the package."""
    return Path(__file__).parent.parent / "bundled_site" / "site.yaml"


def console(stream: TextIO | None = None) -> Console:
    """A rich console on stdout; as wide as the terminal, or 100 columns where there is none."""
    from rich.console import Console

    target = stream or sys.stdout
    width = None if target.isatty() or os.environ.get("COLUMNS") else 100
    return Console(file=target, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def print_document(document: Mapping[str, Json], *, as_json: bool) -> None:
    """A diagnosis document on stdout."""
    if as_json:
        from noc_agent.report import document_json

        sys.stdout.write(document_json(document))
    elif str(document.get("schema", "")).startswith("noc-agent/playbook-run/"):
        from noc_agent.report.playbook_run import whole

        console().print(whole(document))
    else:
        from noc_agent.report.terminal import render

        render(document, console())
    sys.stdout.flush()


def say(line: str) -> None:
    """One line for the operator, on stderr."""
    print(cleaned_line(line), file=sys.stderr)  # noqa: T201


def print_json(value: Mapping[str, Json]) -> None:
    """JSON on stdout, for automation."""
    import json

    sys.stdout.write(json.dumps(cleaned(value), indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def write_text(output: Path | None, text: str) -> None:
    """Text to a file, or stdout where none is named. Raises BadInput where it cannot be written."""
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from noc_agent.errors import BadInput

    try:
        output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise BadInput(
            "--output", f"cannot be written: {error.strerror}", "name a file in a folder you may write to"
        ) from error
