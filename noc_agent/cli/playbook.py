"""`noc-agent playbook …`: on-call work without a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from noc_agent.cli.common import JsonOption, SiteOption, console, open_site, print_json, say
from noc_agent.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from noc_agent.agent.content import Content
    from noc_agent.agent.playbook_run import Guide
    from noc_agent.playbooks import Playbook
    from noc_agent.report.reading import Row
    from noc_agent.site.model import Site

app = typer.Typer(
    help="On-call work without a model: what is known of each fault, step by step.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
FaultArgument = Annotated[str, typer.Argument(help="The fault kind, as `playbook list` shows it.")]


def _content(site: Site) -> Content:
    from noc_agent.agent.content import load_content

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
        print_json({"schema": "noc-agent/playbooks/1", "playbooks": list(rows)})
        return
    from noc_agent.report.tables import playbooks_table

    console().print(playbooks_table(rows))


@app.command()
def show(fault: FaultArgument, site: SiteOption = None, json: JsonOption = False) -> None:
    """What is known of one fault."""
    from noc_agent.playbooks.card import card

    playbook = card(_playbook(_content(open_site(site)), fault))
    if json:
        print_json(playbook)
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
    from noc_agent.toolbox import bundled

    here = open_site(site)
    content = _content(here)
    if paths:
        found = [load_playbook(path) for path in paths]
        problems: list[str] = []
    else:
        found, problems = list(content.playbooks.values()), list(content.problems)
    known = {**content.playbooks, **{playbook.fault: playbook for playbook in found}}
    tools = content.toolbox.tools
    parameters = {name: list(tool.arguments.model_fields) for name, tool in tools.items()}
    folders = (bundled("tools"), *here.tools)
    for playbook in found:
        problems += lint(playbook, known, tools, parameters, folders)
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
    straight: Annotated[bool, typer.Option("--straight", help="Do not wait for Enter between steps.")] = False,
) -> None:
    """Walk through a playbook's steps on the site: each step's result, what it supports or refutes, and what to do."""
    from noc_agent.agent.playbook_run import run_playbook
    from noc_agent.cli.diagnose import _incident
    from noc_agent.topology import ANYTIME

    here = open_site(site)
    content = _content(here)
    playbook = _playbook(content, fault)
    for problem in content.problems:
        say(problem)
    what = _incident(incident, here, None, None) if incident else ANYTIME
    document = run_playbook(here, what, content, playbook, resource, _guide(shown=not json, waits=not straight))
    for problem in cast("list[str]", document["degraded"]):
        say(problem)
    if json:
        print_json(document)
    else:
        if not document["places"]:
            typer.echo(f"nothing on this site raises suspicion of {fault}; name a resource to look at one all the same")
        say(f"again, without the site: noc-agent replay {document['run']}")
    if any("no device answered" in problem for problem in cast("list[str]", document["degraded"])):
        raise typer.Exit(ExitCode.INCONCLUSIVE)


def _guide(*, shown: bool, waits: bool) -> Guide:
    """Shows each result as it comes; at a terminal it waits for Enter before the next step."""
    from noc_agent.agent.playbook_run import Guide
    from noc_agent.report.playbook_run import place_head, step_text, verdict_text

    if not shown:
        return Guide()
    out = console()
    asks = waits and sys.stdin.isatty() and sys.stdout.isatty()

    def step(row: Row) -> bool:
        out.print(step_text(row))
        return not asks or _goes_on()

    return Guide(lambda row: out.print(place_head(row)), step, lambda row: out.print(verdict_text(row)))


def _goes_on() -> bool:
    """Whether the person at the terminal wants the next step; end of input is no."""
    typer.echo("  Enter: go on, q: stop here ", nl=False)
    sys.stdout.flush()
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() not in ("q", "quit", "stop")
