"""`noc-agent playbook …`: on-call work without a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from noc_agent.cli.common import JsonOption, SiteOption, console, open_site, say
from noc_agent.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from noc_agent.agent.runs import Content
    from noc_agent.evidence import Json
    from noc_agent.playbooks import Playbook
    from noc_agent.site.model import Site

app = typer.Typer(
    help="On-call work without a model: what is known of each fault, step by step.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
FaultArgument = Annotated[str, typer.Argument(help="The fault kind, as `playbook list` shows it.")]


def _content(site: Site) -> Content:
    from noc_agent.agent.runs import load_content

    return load_content(site)


def _playbook(content: Content, fault: str) -> Playbook:
    if fault not in content.playbooks:
        raise BadInput("playbook", "no playbook of that kind", f"one of {', '.join(content.playbooks)}")
    return content.playbooks[fault]


@app.command("list")
def list_playbooks(site: SiteOption = None, json: JsonOption = False) -> None:
    """The playbooks of the site."""
    content = _content(open_site(site))
    for problem in content.problems:
        say(problem)
    rows = [
        {"fault": p.fault, "family": p.family, "place": p.place, "title": p.title} for p in content.playbooks.values()
    ]
    if json:
        _print_json({"schema": "noc-agent/playbooks/1", "playbooks": list(rows)})
        return
    from noc_agent.report.tables import playbooks_table

    console().print(playbooks_table(rows))


@app.command()
def show(fault: FaultArgument, site: SiteOption = None, json: JsonOption = False) -> None:
    """What is known of one fault."""
    from noc_agent.playbooks.card import card

    playbook = card(_playbook(_content(open_site(site)), fault))
    if json:
        _print_json(playbook)
        return
    from noc_agent.report.tables import playbook_card

    console().print(playbook_card(playbook))


@app.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files to check; else all of the site.")] = None,
    site: SiteOption = None,
) -> None:
    """Name what is wrong with playbooks: unknown finding, tool or key, a broken expression."""
    from noc_agent.playbooks import check as lint
    from noc_agent.playbooks import load_playbook

    content = _content(open_site(site))
    if paths:
        found = [load_playbook(path) for path in paths]
        problems: list[str] = []
    else:
        found, problems = list(content.playbooks.values()), list(content.problems)
    known = {**content.playbooks, **{playbook.fault: playbook for playbook in found}}
    for playbook in found:
        problems += lint(playbook, known, content.toolbox.tools)
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(ExitCode.BAD_INPUT)
    typer.echo(f"{len(found)} playbooks, nothing wrong")


@app.command()
def run(
    fault: FaultArgument,
    resource: Annotated[
        str, typer.Argument(help="Where, as interface/DEVICE/IFNAME; else wherever the site raises suspicion.")
    ] = "",
    incident: Annotated[str | None, typer.Option(help="The incident whose window is looked at.")] = None,
    site: SiteOption = None,
    json: JsonOption = False,
) -> None:
    """Run a playbook's steps on the site: each step's result, and what it supports or refutes."""
    from noc_agent.agent.playbook_run import run_playbook
    from noc_agent.cli.diagnose import _incident
    from noc_agent.topology import ANYTIME

    here = open_site(site)
    content = _content(here)
    what = _incident(incident, here, None, None) if incident else ANYTIME
    results = run_playbook(here, what, content, _playbook(content, fault), resource)
    if json:
        _print_json({"schema": "noc-agent/playbook-run/1", "fault": fault, "places": list(results)})
    elif not results:
        typer.echo(f"nothing on this site raises suspicion of {fault}; name a resource to look at one all the same")
    else:
        from noc_agent.report.tables import steps_table

        for place in results:
            console().print(steps_table(place))
    sys.stdout.flush()


def _print_json(value: dict[str, Json]) -> None:
    import json as codec

    sys.stdout.write(codec.dumps(value, indent=2, ensure_ascii=False) + "\n")
