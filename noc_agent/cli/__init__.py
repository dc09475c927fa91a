"""The command line: parse, build, call, exit code. What costs time to import is imported inside the commands."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from noc_agent import __version__
from noc_agent.cli.common import say
from noc_agent.cli.diagnose import diagnose
from noc_agent.cli.doctor import doctor
from noc_agent.cli.evaluate import evaluate
from noc_agent.cli.playbook import app as playbook_app
from noc_agent.cli.replay import replay
from noc_agent.cli.runs import app as runs_app
from noc_agent.cli.snapshot import snapshot
from noc_agent.cli.tools import app as tools_app
from noc_agent.cli.topology import app as topology_app
from noc_agent.errors import ExitCode, NocAgentError

app = typer.Typer(
    name="noc-agent",
    help="Root cause of a network incident, proven with evidence. Nothing leaves the site.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help costs half of what rich help does
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(diagnose)
app.command()(replay)
app.command()(snapshot)
app.command()(doctor)
app.command("eval")(evaluate)
app.add_typer(runs_app, name="runs")
app.add_typer(playbook_app, name="playbook")
app.add_typer(tools_app, name="tools")
app.add_typer(topology_app, name="topology")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"noc-agent {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Root cause of a network incident, proven with evidence. Nothing leaves the site."""


def main() -> None:
    """Run the command line; every error is one line on stderr and the contract's exit code."""
    os.umask(0o077)  # journals, polls and reports say all of a network: whoever may read them is for their owner to say
    try:
        app()
    except NocAgentError as error:
        _end(error.exit_code, str(error))
    except KeyboardInterrupt:
        _end(ExitCode.INTERRUPTED, "")
    except BrokenPipeError:
        # A reader that goes away is no error; nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except Exception as error:  # noqa: BLE001 - a defect: said in one line, with the place to report
        _end(ExitCode.INTERNAL, f"noc-agent: internal error, please report it: {_place(error)}")


def _end(code: ExitCode, line: str) -> None:
    if line:
        say(line)
    sys.exit(code)


def _place(error: Exception) -> str:
    """Kind and place of a defect; never its text, which may quote what is secret."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else "unknown place"
    module = trace.tb_frame.f_globals.get("__name__", "?") if trace else "?"
    return f"{type(error).__name__} in {module}.{where}"
