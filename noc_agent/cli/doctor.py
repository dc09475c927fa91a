"""`noc-agent doctor`: what the site needs to be diagnosed well, and how to mend what is missing."""

from __future__ import annotations

import dataclasses
import sys
from typing import Annotated, TypeVar, cast

import typer

from noc_agent.cli.common import JsonOption, SiteOption, cleaned, console, open_site, print_json
from noc_agent.errors import ExitCode

T = TypeVar("T")


def doctor(
    site: SiteOption = None,
    json: JsonOption = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for asking all devices.")] = 120.0,
) -> None:
    """Check devices, history, logs, content and model endpoint, and name the mend. Exit 3 where something fails."""
    from noc_agent.agent.content import load_content
    from noc_agent.doctor import examine_site
    from noc_agent.report.doctor import doctor_json, doctor_tables
    from noc_agent.report.progress import Bar
    from noc_agent.snmp.plan import plan_of

    here = open_site(site)
    content = load_content(here)
    with Bar(sys.stderr, "asking devices") as bar:
        report = _cleaned(
            examine_site(
                here, content.playbooks, content.problems, plan_of(here.platforms), deadline=timeout, progress=bar.step
            )
        )
    if json:
        print_json(doctor_json(report, here.name))
    else:
        console().print(doctor_tables(report))
    sys.stdout.flush()
    raise typer.Exit(ExitCode.INCONCLUSIVE if report.failed else ExitCode.OK)


def _cleaned(value: T) -> T:
    """The report with each of its texts as it may be printed."""
    if isinstance(value, str):
        return cast("T", cleaned(value))
    if isinstance(value, tuple):
        return cast("T", tuple(map(_cleaned, value)))
    if isinstance(value, dict):
        return cast("T", {_cleaned(key): _cleaned(item) for key, item in value.items()})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{f.name: _cleaned(getattr(value, f.name)) for f in dataclasses.fields(value)}
        )
    return value
