"""What the logs say: typed events first, lines by pattern where words are needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from noc_agent.evidence import Redactor
from noc_agent.logs.templates import News, masked
from noc_agent.site.times import parse_time
from noc_agent.toolbox import DeviceName, EventKind, Limit, Pattern, TimeText, ToolResult, tool, without_polls
from noc_agent.topology import Network

Row = dict[str, object]


@without_polls
@tool
def log_events(
    network: Network, since: TimeText = "", until: TimeText = "", device: DeviceName = "", kind: EventKind = ""
) -> ToolResult:
    """Typed, counted events from syslog and traps in a window: interfaces, adjacencies, sessions, probes, changes."""
    found = network.logs.events(
        parse_time(since, "since") if since else network.incident.since,
        parse_time(until, "until") if until else network.incident.until,
        network.device(device).name if device else "",
        kind,
    )
    rows: list[Row] = [
        {
            "time": event.first,
            "device": event.device,
            "kind": event.kind,
            "severity": event.severity,
            "subject": event.subject,
            "peer": event.peer,
            "from": event.frm,
            "to": event.to,
            "reason": event.reason,
            "count": event.count,
            "first": event.first,
            "last": event.last,
            "sample": event.sample,
        }
        for event in found
    ]
    return _answer(network, rows)


@without_polls
@tool
def log_search(
    network: Network,
    pattern: Pattern,
    since: TimeText = "",
    until: TimeText = "",
    device: DeviceName = "",
    limit: Limit = 50,
) -> ToolResult:
    """Log lines whose message matches a Python regular expression, oldest first. For what log_events does not name."""
    found = network.logs.search(
        pattern,
        parse_time(since, "since") if since else network.incident.since,
        parse_time(until, "until") if until else network.incident.until,
        network.device(device).name if device else "",
        limit,
    )
    rows: list[Row] = [
        {
            "time": line.time,
            "host": line.host,
            "facility": line.facility,
            "severity": line.severity,
            "app": line.app,
            "mnemonic": line.mnemonic,
            "message": line.message,
            "file": line.file,
            "line": line.line,
            "offset": line.offset,
        }
        for line in found
    ]
    return _answer(network, rows)


@without_polls
@tool
def log_news(
    network: Network, since: TimeText = "", until: TimeText = "", device: DeviceName = "", limit: Limit = 20
) -> ToolResult:
    """Messages that log_events does not know and that the time before the window had not, or far more seldom, grouped by
    template, the worst and rarest first. For faults that no known event explains."""
    found = network.logs.news(
        parse_time(since, "since") if since else network.incident.since,
        parse_time(until, "until") if until else network.incident.until,
        network.device(device).name if device else "",
        limit,
    )
    clean = Redactor(network.site.secrets).clean
    rows: list[Row] = [
        {
            "time": news.time,
            "devices": news.devices,
            "severity": news.severity,
            "app": news.app,
            "template": _template(news, clean),
            "count": news.count,
            "before": news.before,
            "compared": news.compared,
            "first": news.first,
            "last": news.last,
            "sample": news.sample,
            "file": news.file,
            "line": news.line,
            "offset": news.offset,
        }
        for news in found
    ]
    return _answer(network, rows)


def _template(news: News, clean: Callable[[str], str]) -> str:
    """Without its digits a secret is no longer seen as one: it goes before they do."""
    sample = clean(news.sample)
    return news.template if sample == news.sample else masked(sample)


def _answer(network: Network, rows: list[Row]) -> ToolResult:
    newest = max((at for row in rows if isinstance(at := row["time"], datetime)), default=None)
    said = "; ".join(network.logs.problems)
    empty = said or ("no line matches" if network.logs.files else "the site has no log files")
    return ToolResult(
        rows, status="ok" if rows else "no_data", message=said if rows else empty, source="logs", observed_at=newest
    )
