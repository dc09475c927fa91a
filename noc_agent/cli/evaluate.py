"""`noc-agent eval`: how right the diagnosis is on recorded cases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from noc_agent.cli.common import JsonOption, console, print_json, say
from noc_agent.cli.diagnose import Effort, EngineName
from noc_agent.errors import ExitCode


def evaluate(
    cases: Annotated[list[Path], typer.Argument(help="Folders of recorded cases: each with site, incident and truth.")],
    json: JsonOption = False,
    engine: Annotated[
        EngineName, typer.Option(help="playbook: never a model. model: always. auto: where it helps.")
    ] = EngineName.playbook,
    endpoint: Annotated[str | None, typer.Option(help="The model's Chat Completions endpoint, on this site.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="The model's name; several are compared.")] = None,
    effort: Annotated[Effort | None, typer.Option(help="How long the model reasons.")] = None,
    runs: Annotated[int, typer.Option(min=1, max=100, help="Runs of each case: a model answers differently.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Cases at a time; else the cores, or 1 where a model may be asked."),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.001, help="Wall time of one case, in seconds.")] = 600.0,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Prompt and completion tokens of one case.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only the totals.")] = False,
) -> None:
    """Score the diagnosis on recorded cases, with or without a model."""
    import os
    from dataclasses import replace

    from noc_agent.evaluation import Settings, answers, find_cases
    from noc_agent.report.evaluation import Scored, evaluation_json, evaluation_tables, total_line
    from noc_agent.report.progress import Bar

    found = find_cases(cases)
    settings = Settings(engine.value, endpoint, None, effort.value if effort else None, timeout, max_tokens)
    at_once = workers or (1 if engine is not EngineName.playbook else os.cpu_count() or 1)
    scored: list[Scored] = []
    for name in dict.fromkeys(model or [""]):
        with Bar(sys.stderr, f"diagnosing {name}".strip(), quiet=quiet) as bar:
            asked = replace(settings, model=name or None)
            for place, one in enumerate(answers(found * runs, asked, at_once, bar.step)):
                scored.append(Scored.of(one, place // len(found) + 1, name))
    if json:
        print_json(evaluation_json(scored, runs))
    else:
        console().print(total_line(scored) if quiet else evaluation_tables(scored, runs))
    sys.stdout.flush()
    unserved = next((one.problem for one in scored if one.problem), "")
    if engine is EngineName.model and unserved:
        say(unserved)
        raise typer.Exit(ExitCode.MODEL_UNAVAILABLE)
