"""`noc-agent diagnose`: the main job."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from noc_agent.cli.common import JsonOption, SiteOption, cleaned, open_site, print_document, print_json, say
from noc_agent.errors import BadInput, EndpointRefused, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from noc_agent.agent.options import Options
    from noc_agent.agent.pipeline import Outcome
    from noc_agent.report.progress import Progress
    from noc_agent.site.model import Incident, Site


class EngineName(StrEnum):
    auto = "auto"
    playbook = "playbook"
    model = "model"


class Effort(StrEnum):
    low = "low"
    medium = "medium"
    high = "high"


def diagnose(
    incident: Annotated[
        str, typer.Argument(help="An id of the site's incident folder, a path, `-`, or a sentence in quotes.")
    ],
    site: SiteOption = None,
    json: JsonOption = False,
    engine: Annotated[
        EngineName, typer.Option(help="playbook: never a model. model: always. auto: where it helps.")
    ] = EngineName.auto,
    endpoint: Annotated[str | None, typer.Option(help="The model's Chat Completions endpoint, on this site.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's name.")] = None,
    effort: Annotated[Effort | None, typer.Option(help="How long the model reasons.")] = None,
    since: Annotated[str | None, typer.Option(help="Beginning of the incident, RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option(help="End of the incident, RFC 3339.")] = None,
    timeout: Annotated[float, typer.Option(min=0.001, help="Wall time of the whole run, in seconds.")] = 600.0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Prompt and completion tokens of the whole run.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the report.")] = "en",
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every finding and hypothesis: what explains, proves and refutes it.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="Write the report to a file: .json, .md or .html.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; one line instead of the report.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent to the model; send nothing, to nobody.")
    ] = False,
) -> None:
    """Find the root cause of an incident and prove it with evidence."""
    from noc_agent.agent.options import Options
    from noc_agent.agent.request import make_request
    from noc_agent.agent.runs import start

    form = _form(output)
    here = open_site(site)
    what = _incident(incident, here, since, until)
    options = Options.of(
        here, engine=engine.value, endpoint=endpoint, model=model, effort=effort.value if effort else None,
        timeout=timeout, max_tokens=max_tokens, language=lang, explain=explain,
    )  # fmt: skip
    if lang != "en":
        say("--lang: the report is in English; other languages come with a later version")
    if dry_run:
        _dry_run(here, what, options, as_json=json, quiet=quiet)
        return
    request = make_request(here, what, options)
    started: list[str] = []
    outcome = run_with_progress(
        lambda progress: start(replace(request, watch=progress.watch), progress.step, started.append),
        started,
        quiet=quiet,
    )
    if isinstance(outcome.model_failure, EndpointRefused):
        raise outcome.model_failure
    if output is not None:
        _write(output, form, outcome)
    if quiet and not json:
        _print_headline(outcome)
    else:
        print_document(outcome.document, as_json=json)
    raise typer.Exit(exit_code(outcome, engine.value))


def _dry_run(site: Site, incident: Incident, options: Options, *, as_json: bool, quiet: bool) -> None:
    from noc_agent.agent.dry_run import dry_run
    from noc_agent.report.progress import Progress
    from noc_agent.report.sent import would_send

    with Progress(sys.stderr, quiet=quiet) as progress:
        made = dry_run(site, incident, options, progress.step, streams=progress.watch is not None)
    if as_json:
        print_json(made.to_json())
    else:
        typer.echo(would_send(made.to_json()))


def _print_headline(outcome: Outcome) -> None:
    from noc_agent.report.reading import headline

    typer.echo(headline(outcome.document))


def _incident(argument: str, site: Site, since: str | None, until: str | None) -> Incident:
    from noc_agent.site.incident import read_incident

    return read_incident(argument, site, sys.stdin.buffer.read, _now(site), since, until)


def _now(site: Site) -> datetime:
    """What "now" means in an incident's words: for a recorded site the time of its last poll."""
    from noc_agent.snmp import RecordedSnmp

    times = RecordedSnmp(site.recordings).times() if site.recordings else ()
    return times[-1] if times else datetime.now(UTC)


def run_with_progress(work: Callable[[Progress], Outcome], started: list[str], *, quiet: bool) -> Outcome:
    """Do the work with progress on stderr; an interrupted run's last line says how to resume it."""
    from noc_agent.report.progress import Progress

    try:
        with Progress(sys.stderr, quiet=quiet, clean=lambda text: str(cleaned(text))) as progress:
            return work(progress)
    except KeyboardInterrupt:
        say(f"noc-agent runs resume {started[0]}" if started else "interrupted before the run began")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def exit_code(outcome: Outcome, engine: str) -> ExitCode:
    """The verdict's exit code, or 5 where the model that was required could not serve."""
    if engine == "model" and outcome.model_failure is not None:
        return ExitCode.MODEL_UNAVAILABLE
    return ExitCode.INCONCLUSIVE if outcome.document["verdict"] == "inconclusive" else ExitCode.OK


def _form(output: Path | None) -> str:
    """The form that a file name asks for, checked before the work is done."""
    if output is None:
        return ""
    form = {".json": "json", ".md": "markdown", ".html": "html"}.get(output.suffix.lower())
    if form is None:
        raise BadInput("--output", "no known form of report", "end the name in .json, .md or .html")
    if not output.resolve().parent.is_dir():
        raise BadInput("--output", "its folder does not exist", "create it first")
    return form


def _write(output: Path, form: str, outcome: Outcome) -> None:
    from noc_agent.report import in_form

    try:
        output.write_text(in_form(outcome.document, form), encoding="utf-8")
    except OSError as error:
        raise BadInput(
            "--output", f"cannot be written: {error.strerror}", "name a file in a folder you may write to"
        ) from error
