"""`noc-agent replay`: a run again, from its journal alone, or with models that reason over what it recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from noc_agent.cli.common import JsonOption, SiteOption, console, open_site, print_document, print_json, say
from noc_agent.cli.diagnose import Effort, exit_code
from noc_agent.cli.runs import RunArgument, document_of, recorded_run
from noc_agent.errors import BadInput, EndpointRefused, ExitCode

if TYPE_CHECKING:
    from noc_agent.agent.pipeline import Outcome
    from noc_agent.agent.record import Recorded
    from noc_agent.agent.request import Request
    from noc_agent.evidence import Json


def replay(
    run: RunArgument,
    site: SiteOption = None,
    json: JsonOption = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Have this model reason again over what the run recorded; several are compared."),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="With --model: its Chat Completions endpoint, on this site.")
    ] = None,
    effort: Annotated[Effort | None, typer.Option(help="With --model: how long it reasons.")] = None,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="With --model: wall time of each one's reasoning, in seconds.")
    ] = 600.0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="With --model: prompt and completion tokens of each.")
    ] = None,
) -> None:
    """Replay a recorded run from its journal: same observations, same verdict, without network or model."""
    if not model:
        if endpoint or effort:
            raise typer.BadParameter("--endpoint and --effort need --model")
        _same_again(run, site, as_json=json)
        return
    recorded = recorded_run(run, site)
    requests = _requests(
        recorded, site, model,
        endpoint=endpoint, effort=effort.value if effort else None, timeout=timeout, max_tokens=max_tokens,
    )  # fmt: skip
    outcomes = _asked(recorded, requests)
    _show(document_of(recorded), outcomes, as_json=json)
    codes = [exit_code(outcome, "model") for outcome in outcomes.values()]
    raise typer.Exit(ExitCode.MODEL_UNAVAILABLE if ExitCode.MODEL_UNAVAILABLE in codes else codes[0])


def _same_again(run: str, site: Path | None, *, as_json: bool) -> None:
    from noc_agent.agent.playbook_run import replay_playbook
    from noc_agent.agent.runs import rerun, same_reasoning
    from noc_agent.playbooks import load_playbooks
    from noc_agent.site.model import Site
    from noc_agent.toolbox import bundled, load_tools
    from noc_agent.topology import Network

    recorded = recorded_run(run, site)
    document = document_of(recorded)
    toolbox = load_tools([bundled("tools")], [Network, Site])
    playbooks, _ = load_playbooks([bundled("playbooks")])
    if "playbook" in recorded.head:
        again = replay_playbook(recorded, playbooks, toolbox)
        same = again == document
    else:
        again = rerun(recorded, playbooks, toolbox)
        same = same_reasoning(document, again)
    print_document(document, as_json=as_json)
    if not same:
        say(
            "replay: this version and its bundled playbooks reason otherwise over the same observations; "
            "shown is the run's own verdict"
        )


def _requests(recorded: Recorded, site: Path | None, models: list[str], **given: object) -> list[Request]:
    """One for each model, all checked before any is asked. Where to ask is the site's and the operator's to say, never the
    journal's: it may come from elsewhere."""
    from noc_agent.agent.options import Options
    from noc_agent.agent.record import incident_from_json
    from noc_agent.agent.request import make_request

    document_of(recorded)
    if "playbook" in recorded.head:
        raise BadInput(recorded.run, "a walk through a playbook asks no model", "replay a diagnosis")
    here = open_site(site)
    incident = incident_from_json(cast("dict[str, Json]", recorded.head["incident"]))
    each = [Options.of(here, engine="model", model=name, **given) for name in dict.fromkeys(models)]
    if not each[0].endpoint:
        raise BadInput("--endpoint", "no model endpoint is known", "give one, or add `model:` to site.yaml")
    return [make_request(here, incident, options) for options in each]


def _asked(recorded: Recorded, requests: list[Request]) -> dict[str, Outcome]:
    """What came of each model, by its name."""
    from dataclasses import replace

    from noc_agent.agent.content import load_content
    from noc_agent.agent.runs import ask_again
    from noc_agent.report.progress import Progress

    content = load_content(requests[0].site)
    outcomes = {}
    with Progress(sys.stderr) as progress:
        for request in requests:
            outcome = ask_again(recorded, content, replace(request, watch=progress.watch), progress.step)
            if isinstance(outcome.model_failure, EndpointRefused):
                raise outcome.model_failure
            outcomes[request.options.model] = outcome
    return outcomes


def _show(document: dict[str, Json], outcomes: dict[str, Outcome], *, as_json: bool) -> None:
    """The document of one model; of several each one's, as JSON in the order that they were named."""
    documents = {name: outcome.document for name, outcome in outcomes.items()}
    if as_json and len(documents) > 1:
        print_json({"schema": "noc-agent/replay/1", "run": document["run"], "models": cast("Json", documents)})
        return
    if len(documents) == 1:
        print_document(*documents.values(), as_json=as_json)
    if not as_json:
        from noc_agent.report.comparison import of_a_run

        console().print(of_a_run(document, list(documents.items())))
