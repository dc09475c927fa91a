"""`noc-agent doctor`: what the site needs to be diagnosed well, and how to mend what is missing."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from noc_agent.cli.common import JsonOption, SiteOption, console, open_site
from noc_agent.errors import ExitCode


def doctor(
    site: SiteOption = None,
    json: JsonOption = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for asking all devices.")] = 120.0,
) -> None:
    """Check devices, history, logs, content and model endpoint, and name the mend. Exit 3 where something fails."""
    from noc_agent.agent.runs import load_content
    from noc_agent.doctor import examine_site
    from noc_agent.evidence import Redactor, neutralise_json
    from noc_agent.report.doctor import doctor_json, doctor_tables
    from noc_agent.report.progress import Bar
    from noc_agent.snmp.plan import plan_of

    here = open_site(site)
    content = load_content(here)
    with Bar(sys.stderr, "asking devices") as bar:
        report = examine_site(
            here, content.playbooks, content.problems, plan_of(here.platforms), deadline=timeout, progress=bar.step
        )
    if json:
        import json as codec

        made = neutralise_json(Redactor(here.secrets).clean_json(doctor_json(report, here.name)))
        sys.stdout.write(codec.dumps(made, indent=2, ensure_ascii=False) + "\n")
    else:
        console().print(doctor_tables(report))
    sys.stdout.flush()
    raise typer.Exit(ExitCode.INCONCLUSIVE if report.failed else ExitCode.OK)
