"""`noc-agent tools …`: what the model may call, and any of it by hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from noc_agent.cli.common import JsonOption, SiteOption, cleaned, console, open_site, print_json, say
from noc_agent.errors import BadInput, ExitCode, ToolError

if TYPE_CHECKING:
    from noc_agent.agent.content import Content
    from noc_agent.evidence import Json
    from noc_agent.site.model import Site

app = typer.Typer(help="What the model may call, and any of it by hand.", no_args_is_help=True, rich_markup_mode=None)


def _content(site: Site) -> Content:
    from noc_agent.agent.content import load_content

    content = load_content(site)
    for problem in content.problems:
        say(problem)
    return content


@app.command("list")
def list_tools(site: SiteOption = None, json: JsonOption = False) -> None:
    """The tools of the site."""
    tools = _content(open_site(site)).toolbox.tools.values()
    rows: list[dict[str, Json]] = [
        {"tool": tool.name, "arguments": tool.schema, "description": tool.description} for tool in tools
    ]
    if json:
        print_json({"schema": "noc-agent/tools/1", "tools": rows})
        return
    from noc_agent.report.tables import tools_table

    console().print(tools_table(rows))


@app.command()
def call(
    name: Annotated[str, typer.Argument(help="The tool's name.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="key=value …")] = None,
    site: SiteOption = None,
    json: JsonOption = False,
) -> None:
    """Call a tool by hand. Exit 0: an answer or no data; 3: it failed; 4: wrong arguments."""
    here = open_site(site)
    content = _content(here)
    if name not in content.toolbox.tools:
        raise BadInput("tools call", "no such tool", f"one of {', '.join(sorted(content.toolbox.tools))}")
    given = _arguments(arguments or [])
    answer = _call(here, content, name, given)
    if json:
        print_json(answer)
    else:
        _print(answer)
    sys.stdout.flush()
    raise typer.Exit(ExitCode.INCONCLUSIVE if answer["status"] == "error" else ExitCode.OK)


def _arguments(words: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise BadInput("tools call", "an argument is not of the form key=value", "write device=core1")
        given[key] = value
    return given


def _call(site: Site, content: Content, name: str, given: dict[str, str]) -> dict[str, Json]:
    from datetime import UTC, datetime

    from noc_agent.agent.session import call as call_tool
    from noc_agent.agent.sources import polling_for, site_source
    from noc_agent.evidence import rfc3339
    from noc_agent.toolbox import to_rows
    from noc_agent.topology import Network

    try:
        tool = content.toolbox.tools[name]
        tool.validate(given)
        source, gaps = site_source(site, polling=polling_for(site, tool, given))
        result = call_tool(tool, given, Network(site, source))
    except ToolError as error:
        raise BadInput(error.where, error.what, error.mend) from error
    at = result.observed_at or datetime.now(UTC)
    made: dict[str, Json] = {
        "tool": name,
        "arguments": dict(given),
        "status": result.status,
        "data": to_rows(result.data),
        "source": result.source or "site",
        "observed_at": rfc3339(at),
        "message": "; ".join(filter(None, (result.message, *gaps))),
    }
    return cast("dict[str, Json]", cleaned(made))


def _print(answer: dict[str, Json]) -> None:
    from noc_agent.report.tables import rows_table

    rows = answer["data"]
    if isinstance(rows, list) and rows:
        console().print(rows_table([row for row in rows if isinstance(row, dict)]))
    if answer["message"]:
        say(f"{answer['status']}: {answer['message']}")
