"""One log line, parsed and kept: RFC 5424, RFC 3164, ISO-stamped lines, snmptrapd's text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from noc_agent.logs.traps import TRAP, read_trap

FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
    "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
MONTHS = {
    name: n
    for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}

_PRI = re.compile(r"<(\d{1,3})>")
_RFC5424 = re.compile(r'1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+) ?(.*)', re.DOTALL)
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?)\s?(Z|[+-]\d{2}:?\d{2})?\s+(.*)", re.DOTALL)
_BSD = re.compile(
    r"[*.]?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s{1,2}(\d{1,2})\s(?:(\d{4})\s)?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?"
    r"(?:\s(UTC|GMT|Z)\b)?(?:\s(\d{4})\b)?(:?)\s+(.*)",
    re.DOTALL,
)
_TAG = re.compile(r"([A-Za-z_][\w./@-]{0,63})(?:\[(\d+)\])?:\s+(.*)", re.DOTALL)
_MNEMONIC = re.compile(r"%?\b([A-Z][A-Z0-9_]*(?:-[A-Z][A-Z0-9_]*)*)-([0-7])-([A-Z][A-Z0-9_]*)\b")
_SD = re.compile(r'\[([^ \]]+)|\s([^ =\]]+)="((?:[^"\\]|\\.)*)"')
_HOST = re.compile(r"[A-Za-z0-9][\w.:-]*")


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line as evidence. `severity` is the message's own where it has one, else the PRI's. `line` counts from 1."""

    time: datetime | None
    host: str
    device: str
    facility: str | None
    severity: str | None
    app: str
    pid: str
    mnemonic: str | None
    message: str
    file: str
    line: int | None
    offset: int
    data: Mapping[str, str] = field(default_factory=dict)
    trap: bool = False


@dataclass(slots=True)
class _Parts:
    """What of a line was understood so far."""

    time: datetime | None = None
    host: str = ""
    app: str = ""
    pid: str = ""
    message: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    trap: bool = False


def parse(raw: str, file: str, offset: int, near: datetime, zone: tzinfo = UTC, number: int | None = None) -> LogLine:
    """Any line: one that fits no form is kept as plain text without a time.

    `near` gives the year that a stamp does not; `zone` is how stamps without a zone are meant.
    """
    text = raw.rstrip("\r\n").replace("\x00", "")
    facility = severity = None
    if match := _PRI.match(text):
        code = int(match[1])
        if code < 192:
            facility, severity, text = FACILITIES[code >> 3], SEVERITIES[code & 7], text[match.end() :]
    parts = _rfc5424(text) or _trap(text, zone) or _stamped(text, near, zone) or _Parts(message=text)
    mnemonic = None
    if found := _MNEMONIC.search(parts.message[:200]):
        mnemonic, severity = found[3], SEVERITIES[int(found[2])]
    return LogLine(
        parts.time, parts.host, parts.host, facility, severity, parts.app, parts.pid, mnemonic, parts.message.strip(),
        file, number, offset, parts.data, parts.trap,
    )  # fmt: skip


def _rfc5424(text: str) -> _Parts | None:
    match = _RFC5424.match(text)
    if match is None:
        return None
    stamp, host, app, pid, _, structured, message = match.groups()
    data = {key: value for _, key, value in _SD.findall(structured) if key} if structured != "-" else {}
    name, tag, process = ("" if part == "-" else part for part in (host, app, pid))
    return _Parts(iso_time(stamp, UTC), name, tag, process, message.lstrip("\ufeff"), data)


def _trap(text: str, zone: tzinfo) -> _Parts | None:
    if TRAP not in text[:80] and "UDP: [" not in text[:120]:
        return None
    trap = read_trap(text)
    if trap is None:
        return None
    time = iso_time(trap.stamp, zone)
    return _Parts(time, trap.source, "snmptrapd", "", trap.message, trap.varbinds, True)


def _stamped(text: str, near: datetime, zone: tzinfo) -> _Parts | None:
    if match := _ISO.match(text):
        time, rest, colon = iso_time(match[1] + (match[2] or ""), zone), match[3], False
    elif match := _BSD.match(text):
        time, rest, colon = _bsd_time(match, near, zone), match[11], bool(match[10])
    else:
        return None
    host, _, tail = rest.partition(" ")
    # A colon after the stamp is how Cisco devices begin the message itself.
    named = bool(tail) and not colon and not host.endswith(":") and _HOST.fullmatch(host) is not None
    parts = _Parts(time, host if named else "", message=tail if named else rest)
    if tagged := _TAG.match(parts.message):
        parts.app, parts.pid, parts.message = tagged[1], tagged[2] or "", tagged[3]
    return parts


def iso_time(text: str, zone: tzinfo) -> datetime | None:
    """An ISO 8601 stamp; None where it is none."""
    try:
        at = datetime.fromisoformat(re.sub(r"[.,](\d{6})\d+", r".\1", text.replace(",", ".")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _bsd_time(match: re.Match[str], near: datetime, zone: tzinfo) -> datetime | None:
    """A stamp of RFC 3164; without a year it is the one nearest to `near`."""
    month, day, year, hour, minute, second, fraction, utc, year_after = match.groups()[:9]
    micro = int((fraction or "").ljust(6, "0")[:6] or 0)
    stated = year or year_after
    years = [int(stated)] if stated else [near.year - 1, near.year, near.year + 1]
    found = []
    for candidate in years:
        try:
            at = datetime(
                candidate,
                MONTHS[month],
                int(day),
                int(hour),
                int(minute),
                min(int(second), 59),
                micro,
                UTC if utc else zone,
            )
        except ValueError:
            continue  # 29 February in most years
        found.append(at)
    return min(found, key=lambda at: abs(at - near), default=None)


_QUICK = re.compile(
    rb"(?:<\d{1,3}>)?(?:1 )?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?)\s?(Z|[+-]\d{2}:?\d{2})?"
)


def quick_time(raw: bytes, near: datetime, zone: tzinfo) -> datetime | None:
    """The stamp of a line, without parsing the rest: for the search of a window."""
    if match := _QUICK.match(raw):
        return iso_time((match[1] + (match[2] or b"")).decode(), zone)
    text = _PRI.sub("", raw[:80].decode("utf-8", "replace"), count=1)
    found = _BSD.match(text + " ")
    return _bsd_time(found, near, zone) if found else None


SLACK = timedelta(seconds=60)
