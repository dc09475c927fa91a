"""Clocks that are off: of the whole recording, or of one device, since ever and hence no fault of the incident."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from tests.mutate.sources import polls, read, write
from tests.recorded import Case, edit_file

POLL, TIMES = "%Y%m%dT%H%M%SZ", ("opened_at", "since", "until")
ISO, RFC3164 = "%Y-%m-%dT%H:%M:%S", "%Y %b %d %H:%M:%S"
STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\b[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d")
SYSTEM_DATE = "1.3.6.1.2.1.25.1.2.0|4x|"  # hrSystemDate, a DateAndTime (SNMPv2-TC)


def shift(case: Case, seconds: int) -> None:
    """The same incident at another time: polls, logs and what the NOC was told."""
    incident = read(case, "incident.yaml")
    year = int(str(incident["since"])[:4])
    for key in TIMES:
        if key in incident:
            incident[key] = moved(str(incident[key]), seconds, year)
    write(case, "incident.yaml", incident)
    for time, paths in polls(case).items():
        later = (datetime.strptime(time, POLL) + timedelta(seconds=seconds)).strftime(POLL)  # noqa: DTZ007 - a name
        for path in paths:
            _shift_agent(path.rename(path.with_name(path.name.replace(time, f"~{later}"))), seconds)
    for path in (case.folder / "snmp").rglob("~*"):
        path.rename(path.with_name(path.name[1:]))
    case.edit(lambda text: STAMP.sub(lambda match: moved(match[0], seconds, year), text), "*.log*")


def shift_device(case: Case, device: str, seconds: int) -> None:
    """One device's own clock has been off all along: its stamps (the last of a line's head) and hrSystemDate."""
    year = int(str(read(case, "incident.yaml")["since"])[:4])
    host = re.compile(rf"(?<![\w.-]){re.escape(device)}(?![\w-])")

    def line(row: str) -> str:
        found = list(STAMP.finditer(row[:120]))
        if not found or not host.search(row[:120]):
            return row
        at = found[-1]
        return row[: at.start()] + moved(at[0], seconds, year) + row[at.end() :]

    case.edit(lambda text: "".join(map(line, text.splitlines(True))), "*.log*")
    for path in (case.folder / "snmp" / device).glob("*"):
        _shift_agent(path, seconds)


def moved(stamp: str, seconds: int, year: int) -> str:
    """A stamp so many seconds later, in its own form and zone."""
    head, by = stamp[:19], timedelta(seconds=seconds)
    if stamp[:4].isdigit():
        later = datetime.strptime(head.replace(" ", "T"), ISO) + by  # noqa: DTZ007 - the zone stands behind it
        return later.strftime(ISO.replace("T", stamp[10])) + stamp[19:]
    parts = stamp.split()
    named = [str(year), *parts] if len(parts) == 3 else [parts[2], *parts[:2], parts[3]]
    later = datetime.strptime(" ".join(named), RFC3164) + by  # noqa: DTZ007 - a device's own wall clock
    day = f"{later:%b} {later.day:2}"
    return f"{day} {later:%H:%M:%S}" if len(parts) == 3 else f"{day} {later:%Y %H:%M:%S}"


def _shift_agent(path: Path, seconds: int) -> None:
    edit_file(path, lambda text: "".join(_date(row, seconds) for row in text.splitlines(True)))


def _date(row: str, seconds: int) -> str:
    if not row.startswith(SYSTEM_DATE):
        return row
    octets = bytes.fromhex(row[len(SYSTEM_DATE) :].strip())
    if len(octets) < 8:
        return row
    year, rest = int.from_bytes(octets[:2], "big"), octets[2:7]
    later = datetime(year, *rest) + timedelta(seconds=seconds)  # noqa: DTZ001 - the zone stands in octets 8 to 11
    made = later.year.to_bytes(2, "big") + bytes((later.month, later.day, later.hour, later.minute, later.second))
    return f"{SYSTEM_DATE}{(made + octets[7:]).hex()}\n"
