"""`noc-agent runs …`: what was done."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from noc_agent.cli.common import JsonOption, SiteOption, console, open_site, print_document, print_json, say, write_text
from noc_agent.errors import BadInput

if TYPE_CHECKING:
    from noc_agent.agent.record import Recorded
    from noc_agent.evidence import Checked, Json, RunStore

app = typer.Typer(help="Past runs: list, show, resume, export.", no_args_is_help=True, rich_markup_mode=None)
MOST_NAMED = 5  # altered journals in one line
RunArgument = Annotated[
    str, typer.Argument(help="A run's id, its unique beginning, or an incident's id for its latest run.")
]


class Form(StrEnum):
    markdown = "markdown"
    html = "html"
    json = "json"


def _store(site: Path | None) -> RunStore:
    from noc_agent.evidence import RunStore

    here = open_site(site)
    if here.state == Path():
        raise BadInput("NOC_AGENT_STATE", "no state folder is known", "set it to the folder that holds the runs")
    return RunStore(here.state)


def recorded_run(run: str, site: Path | None) -> Recorded:
    """A run by its id in the site's state folder, or by the path of its journal."""
    from noc_agent.agent.record import read_run

    path = Path(run)
    return read_run(path if path.suffix == ".jsonl" and path.is_file() else _store(site).find(run))


def document_of(recorded: Recorded) -> dict[str, Json]:
    """The run's own document. Raises BadInput where it has none yet."""
    if recorded.document is None:
        mend = f"run the playbook {recorded.head['playbook']} again" if "playbook" in recorded.head else ""
        mend = mend or f"noc-agent runs resume {recorded.run}"
        raise BadInput(recorded.run, "the run was cut off before its verdict", mend)
    return dict(recorded.document)


@app.command("list")
def list_runs(site: SiteOption = None, json: JsonOption = False) -> None:
    """Past runs, the newest first."""
    rows = [
        {"run": r.run, "incident": r.incident, "status": r.status, "verdict": r.verdict} for r in _store(site).list()
    ]
    if json:
        print_json({"schema": "noc-agent/runs/1", "runs": cast("Json", rows)})
        return
    from noc_agent.report.tables import runs_table

    console().print(runs_table(rows))


@app.command()
def show(
    run: RunArgument,
    site: SiteOption = None,
    json: JsonOption = False,
    sent: Annotated[
        bool, typer.Option("--sent", help="Exactly what left for the model; with --json each request's bytes.")
    ] = False,
) -> None:
    """A run's report, with every observation."""
    recorded = recorded_run(run, site)
    if sent:
        _show_sent(recorded, as_json=json)
        return
    if json:
        rows = [dict(row) for row in recorded.observations.values()]
        print_json({"run": recorded.run, "document": recorded.document, "observations": cast("Json", rows)})
        return
    from noc_agent.report.tables import observations_table

    if recorded.document is not None:
        print_document(recorded.document, as_json=False)
    else:
        say(f"cut off before its verdict; noc-agent runs resume {recorded.run}")
    console().print(observations_table(list(recorded.observations.values())))


def _show_sent(recorded: Recorded, *, as_json: bool) -> None:
    from noc_agent.agent.sent import sent_requests
    from noc_agent.report.sent import sent_lines

    try:
        requests = list(sent_requests(recorded.sent))
    except (ValueError, KeyError) as error:
        raise BadInput(recorded.path.name, "a `sent` record is unreadable", "restore the file") from error
    if as_json:
        rows = [
            {"n": r.n, "to": r.to, "method": r.method, "target": r.target, "body": r.body.decode()} for r in requests
        ]
        print_json({"schema": "noc-agent/sent/1", "run": recorded.run, "requests": cast("Json", rows)})
        return
    if not requests:
        typer.echo("nothing left for a model")
    for line in sent_lines(requests):
        typer.echo(line)


@app.command()
def verify(
    run: Annotated[str | None, typer.Argument(help="As for `show`; all runs of the site if none is named.")] = None,
    site: SiteOption = None,
    json: JsonOption = False,
) -> None:
    """Check that journals are as they were written. Exit 4 where one was altered: the line is named."""
    from dataclasses import asdict

    from noc_agent.evidence import check_run

    store = _store(site)
    checked = [check_run(path) for path in ([store.find(run)] if run else store.paths())]
    altered = [one.problem for one in checked if one.status == "altered"]
    if json:
        print_json({"schema": "noc-agent/verify/1", "runs": cast("Json", [asdict(one) for one in checked])})
    if altered:
        what = f"{len(altered)} of {len(checked)} journals altered: {'; '.join(altered[:MOST_NAMED])}"
        raise (
            BadInput("runs verify", what, "--json tells of each") if len(altered) > 1 else BadInput(*_told(altered[0]))
        )
    if not json:
        for one in checked:
            typer.echo(_verified(one))


def _told(problem: str) -> tuple[str, str]:
    where, _, what = problem.partition(": ")
    return where, what


def _verified(one: Checked) -> str:
    noted = f"{one.lines} records, last {one.last_hash}"
    return f"{one.run}: {one.status}, {noted}" + (f"; {one.problem}" if one.problem else "")


@app.command()
def resume(run: RunArgument, site: SiteOption = None, json: JsonOption = False) -> None:
    """Go on with a run that was cut off; what it already saw is not looked at again."""
    from noc_agent.agent.options import Options
    from noc_agent.agent.record import incident_from_json
    from noc_agent.agent.request import make_request
    from noc_agent.agent.runs import resume as go_on
    from noc_agent.cli.diagnose import exit_code, run_with_progress

    recorded = recorded_run(run, site)
    if recorded.document is not None and (recorded.closed or "playbook" in recorded.head):
        print_document(recorded.document, as_json=json)
        raise typer.Exit(3 if recorded.document["verdict"] == "inconclusive" else 0)
    if "playbook" in recorded.head:
        raise BadInput(recorded.run, "a walk through a playbook is not resumed", "run the playbook again")
    here = open_site(site or Path(str(recorded.head["site_path"])))
    options = Options.from_json(cast("dict[str, Json]", recorded.head["options"]))
    request = make_request(here, incident_from_json(cast("dict[str, Json]", recorded.head["incident"])), options)
    outcome = run_with_progress(
        lambda progress: go_on(recorded, replace(request, watch=progress.watch), progress.step),
        [recorded.run],
        quiet=False,
    )
    print_document(outcome.document, as_json=json)
    raise typer.Exit(exit_code(outcome, options.engine))


@app.command()
def export(
    run: RunArgument,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="With --case: a new folder for the case.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="The form of the export.")] = Form.markdown,
    case: Annotated[
        bool, typer.Option("--case", help="Make a recorded case of the run, to score diagnoses on.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="A file; else stdout.")] = None,
    site: SiteOption = None,
) -> None:
    """Export a run as Markdown, HTML or JSON, or as a recorded case: `runs export --case RUN DIR`."""
    if case != (folder is not None):
        raise typer.BadParameter("--case needs the folder to write, and a folder needs --case")
    if folder is not None:
        _export_case(run, folder, site)
        return
    from noc_agent.report import in_form

    if "playbook" in (recorded := recorded_run(run, site)).head and form is not Form.json:
        raise BadInput("--format", "a walk through a playbook has no such form", "json, or see `noc-agent runs show`")
    write_text(output, in_form(document_of(recorded), form.value))


def _export_case(run: str, folder: Path, site: Path | None) -> None:
    from noc_agent.evaluation.export import export_case
    from noc_agent.report.reading import counted

    recorded = recorded_run(run, site)
    here = open_site(site or Path(str(recorded.head["site_path"])))
    made = export_case(recorded, here, folder)
    for problem in made.problems:
        say(problem)
    polls = f"{counted(made.polls, 'poll')} ({made.before} from before the incident)"
    logs = f"{counted(made.log_lines, 'log line')} in {counted(made.log_files, 'file')}"
    typer.echo(f"{folder}: {counted(made.devices, 'device')}, {polls}, {logs}")
    typer.echo(
        "look through it before you pass it on: names and addresses are as they were, only secrets are taken out"
    )
    typer.echo(
        f"next: write {folder / 'truth.yaml'} (`faults: [{{fault: …, resource: …}}]`), then noc-agent eval {folder}"
    )
