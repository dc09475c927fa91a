"""The doctor's report: a table of devices, then what to mend, as a person and as automation reads it."""

from __future__ import annotations

import dataclasses
from typing import cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from noc_agent.doctor import GROUPS, DeviceReport, Report
from noc_agent.evidence import Json
from noc_agent.logs.skew import HOW
from noc_agent.report.reading import clean

MARKS = {"failed": ("✗", "bold red"), "warning": ("!", "bold yellow"), "ok": ("✓", "green")}
MOST_DEVICES = 40


def doctor_json(report: Report, site: str) -> dict[str, Json]:
    """`noc-agent/doctor/1`: all devices and checks, worst first."""
    return {
        "schema": "noc-agent/doctor/1",
        "site": site,
        "failed": report.failed,
        "devices": [cast("Json", _plain(dataclasses.asdict(device))) for device in report.devices],
        "clocks": [cast("Json", dataclasses.asdict(clock)) for clock in report.clocks],
        "checks": [cast("Json", dataclasses.asdict(check)) for check in report.checks],
    }


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def doctor_tables(report: Report) -> RenderableType:
    """For a terminal."""
    parts: list[RenderableType] = [_devices(report)] if report.devices else []
    if report.clocks:
        parts += [Text(""), _clocks(report)] if parts else [_clocks(report)]
    checks = Table.grid(padding=(0, 1))
    checks.add_column(no_wrap=True)
    checks.add_column(overflow="fold")
    for check in report.checks:
        mark, style = MARKS[check.status]
        words = Text.assemble((clean(check.subject), "bold"), f": {clean(check.what)}")
        if check.mend:
            words.append(f"\n→ {clean(check.mend)}", style="dim")
        checks.add_row(Text(mark, style=style), words)
    return Group(*parts, Text(""), checks)


def _devices(report: Report) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("device", "answers", "SNMP", "platform", "uptime", "clock", "serves"):
        table.add_column(name, no_wrap=name not in ("serves", "platform"), overflow="fold")
    for device in report.devices[:MOST_DEVICES]:
        table.add_row(*map(Text, _cells(device)))
    more = len(report.devices) - MOST_DEVICES
    return Group(table, Text(f"and {more} more: --json shows all", style="dim")) if more > 0 else table


def _clocks(report: Report) -> RenderableType:
    """Clocks by the logs: those that are off, and how those that are right are known to be so."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("clock by logs", "ahead", "spread", "events", "known by"):
        table.add_column(name, no_wrap=name != "known by", overflow="fold")
    for one in report.clocks[:MOST_DEVICES]:
        ahead = "right" if not one.ahead_s else f"{one.ahead_s:+g} s"
        table.add_row(*map(Text, (clean(one.device), ahead, f"{one.spread_s:g} s", str(one.events), HOW[one.how])))
    more = len(report.clocks) - MOST_DEVICES
    return Group(table, Text(f"and {more} more: --json shows all", style="dim")) if more > 0 else table


def _cells(device: DeviceReport) -> list[str]:
    answers = "yes" if device.answers else f"no: {device.reason}"
    served = " ".join(group.short for group in GROUPS[1:] if group.name in device.serves)
    skew = (
        "" if device.clock_skew_s is None else "right" if not device.clock_skew_s else f"{device.clock_skew_s:+.0f} s"
    )
    days = "" if device.uptime_s is None else _uptime(device.uptime_s)
    return [clean(device.device), answers, f"v{device.snmp_version}", ", ".join(device.platforms), days, skew, served]


def _uptime(seconds: float) -> str:
    if seconds >= 172_800:
        return f"{seconds / 86_400:.0f} days"
    return f"{seconds / 3600:.0f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"
