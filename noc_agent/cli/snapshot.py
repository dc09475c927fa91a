"""`noc-agent snapshot`: poll the site once into its history, from cron."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from noc_agent.cli.common import JsonOption, SiteOption, cleaned_line, console, open_site, print_json
from noc_agent.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from noc_agent.evidence import Json
    from noc_agent.history import Poll, Snapshot
    from noc_agent.site.model import Site

MOST_NAMED = 5  # devices named for each reason


def snapshot(
    site: SiteOption = None,
    json: JsonOption = False,
    healthy: Annotated[
        str | None,
        typer.Option("--healthy", metavar="NOTE", help="Mark this poll as healthy: the baseline of later diagnoses."),
    ] = None,
    mark: Annotated[
        str | None, typer.Option(metavar="TIME", help="Mark an earlier poll as healthy instead of polling.")
    ] = None,
    unmark: Annotated[str | None, typer.Option(metavar="TIME", help="Take the mark of a poll back.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the polls of the history instead of polling.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for the whole sweep.")] = 240.0,
    workers: Annotated[int, typer.Option(min=1, max=512, help="Devices asked at the same time.")] = 64,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, and no word where all went well.")] = False,
) -> None:
    """Poll every device once, in parallel, and keep what they say in the site's history."""
    here = open_site(site)
    if list_ + sum(word is not None for word in (mark, unmark, healthy)) > 1:
        raise typer.BadParameter("--healthy, --mark, --unmark and --list exclude each other")
    if list_ or mark is not None or unmark is not None:
        _list(here, mark, unmark, as_json=json)
        return
    if here.recordings is not None:
        raise BadInput(
            f"{here.path.name}: recordings", "a recorded site has nothing to poll", "name a live site with --site"
        )
    # A mark that shows nothing could not be told from none.
    note = None if healthy is None else cleaned_line(healthy) or "healthy"
    taken = _take(here, timeout, workers, note, quiet=quiet)
    if json:
        print_json(_document(here, taken))
    elif not quiet or taken.failures:
        for line in _lines(taken):
            typer.echo(f"{'  ' * line.startswith('  ')}{cleaned_line(line)}")
    sys.stdout.flush()
    raise typer.Exit(ExitCode.OK if taken.answered else ExitCode.INCONCLUSIVE)


def _take(site: Site, timeout: float, workers: int, mark: str | None, *, quiet: bool) -> Snapshot:
    from noc_agent.history import take_snapshot
    from noc_agent.report.progress import Bar
    from noc_agent.snmp.plan import plan_of

    plan = plan_of(site.platforms)
    with Bar(sys.stderr, "polling", quiet=quiet) as bar:
        return take_snapshot(site, plan, deadline=timeout, workers=workers, mark=mark, progress=bar.step)


def _document(site: Site, taken: Snapshot) -> dict[str, Json]:
    from noc_agent.evidence import rfc3339

    return {
        "schema": "noc-agent/snapshot/1",
        "site": site.name,
        "at": rfc3339(taken.at),
        "seconds": taken.seconds,
        "devices": taken.devices,
        "answered": taken.answered,
        "unanswered": [{"device": name, "reason": reason} for name, reason in sorted(taken.failures.items())],
        "partial": [{"device": name, "problems": list(words)} for name, words in sorted(taken.problems.items())],
        "history": {"polls": taken.polls, "deleted": taken.deleted},
    }


def _lines(taken: Snapshot) -> list[str]:
    from noc_agent.evidence import rfc3339
    from noc_agent.report.reading import counted

    lines = [
        f"{rfc3339(taken.at)}: {taken.answered} of {taken.devices} devices answered in {taken.seconds:.1f} s; "
        f"the history holds {counted(taken.polls, 'poll')}"
    ]
    for reason, count in taken.reasons.items():
        named = sorted(name for name, why in taken.failures.items() if why == reason)
        more = f" and {count - MOST_NAMED} more" if count > MOST_NAMED else ""
        lines.append(f"  no answer, {reason}: {', '.join(named[:MOST_NAMED])}{more}")
    for name, words in sorted(taken.problems.items())[:MOST_NAMED]:
        lines.append(f"  partial, {name}: {'; '.join(words[:3])}")
    return lines


def _list(site: Site, mark: str | None, unmark: str | None, *, as_json: bool) -> None:
    from noc_agent.history import has_history, open_history
    from noc_agent.site.times import parse_time

    told = mark if mark is not None else unmark
    at = None if told is None else parse_time(told, "--unmark" if mark is None else "--mark")
    if not has_history(site.state):
        raise BadInput("snapshot", "this site has no history yet", "run `noc-agent snapshot` from cron")
    with open_history(site.state, write=at is not None) as history:
        assert history is not None
        if at is not None:
            history.mark(at, None if mark is None else "healthy")
        polls = history.polls()
    if as_json:
        print_json({"schema": "noc-agent/polls/1", "site": site.name, "polls": [_poll(poll) for poll in polls]})
        return
    from noc_agent.report.tables import table_of

    console().print(table_of([_poll(poll) for poll in polls], ("at", "answered", "devices", "seconds", "healthy")))


def _poll(poll: Poll) -> dict[str, Json]:
    from noc_agent.evidence import rfc3339

    return {
        "at": rfc3339(poll.at), "answered": poll.answered, "devices": poll.devices, "seconds": poll.seconds,
        "healthy": poll.mark,
    }  # fmt: skip
