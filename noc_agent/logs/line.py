"""One log line, parsed and kept: the door to the dialects of syslog and to snmptrapd's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import cast

from noc_agent.logs.dialects.fields import fields_time, quick_fortios_time
from noc_agent.logs.dialects.headers import first_time, read_head
from noc_agent.logs.dialects.messages import read_message
from noc_agent.logs.dialects.parts import FACILITIES, SEVERITIES, Parts
from noc_agent.logs.times import iso_time
from noc_agent.logs.traps import TRAP_OID, read_trap

__all__ = ["FACILITIES", "SEVERITIES", "SLACK", "LogLine", "iso_time", "parse", "quick_time"]

SLACK = timedelta(seconds=60)
HEAD = 600  # bytes in which a line's time stands
_ANY = datetime(2000, 1, 1, tzinfo=UTC)  # for what does not ask when it was
LOOKED = 300  # characters in which a trap shows itself


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line as evidence. `severity` is the message's own where it has one, else the PRI's. `line` counts from 1.

    `data` are the fields a dialect gives by name: structured data, FortiOS and PAN-OS fields, a trap's varbinds by OID;
    besides `node` (IOS XR), `re` (Junos), `container` (SONiC), `topics` (RouterOS), `id` and `ec` (FRR), `router` and
    `event` (SR OS). `repeated` is how often the message came where syslogd counts; `stamp` the device's own time where a
    collector's stands before it; `mark` is `*` where the device says that its clock was never set, `.` where it lost its
    source.
    """

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
    repeated: int = 1
    stamp: datetime | None = None
    mark: str = ""


Owner = Callable[[str], tuple[str, str]]


def parse(
    raw: str,
    file: str,
    offset: int,
    near: datetime,
    zone: tzinfo = UTC,
    number: int | None = None,
    owner: Owner | None = None,
) -> LogLine:
    """Any line: one that fits no form is kept as plain text without a time.

    `near` gives the year that a stamp does not; `zone` is how stamps without a zone are meant; `owner` says for a host, ""
    where the line names none, what host and device it belongs to.
    """
    text = raw.rstrip("\r\n")
    if "\x00" in text:
        text = text.replace("\x00", "")
    parts = Parts(text, file, number, offset)
    hinted = text.find(": [", 0, LOOKED) >= 0 or text.find(" = Timeticks: (", 0, LOOKED) >= 0
    if not (hinted and text[:1].isdecimal() and _trap(parts, text, near, zone)):
        read_head(parts, near, zone)
        if not (hinted and _trap(parts, text, near, zone)):
            read_message(parts)
            if parts.time is None and parts.data:
                parts.time = fields_time(parts.data, zone)
    parts.message = parts.message.strip()
    parts.host, parts.device = owner(parts.host) if owner is not None else (parts.host, parts.host)
    # The __init__ of a frozen dataclass takes as long as all the rest of this: the parts have its slots and become it.
    object.__setattr__(parts, "__class__", LogLine)
    return cast("LogLine", parts)


def _trap(parts: Parts, text: str, near: datetime, zone: tzinfo) -> bool:
    """Fill in a trap; whether the line is one. A trap that went through syslog keeps the collector's time."""
    relayed = parts.app == "snmptrapd"
    trap = read_trap(parts.message if relayed else text, near, zone)
    if trap is None:
        return False
    parts.time = (parts.time if relayed else trap.time) or trap.time
    parts.host, parts.app, parts.message = trap.source, "snmptrapd", trap.message
    parts.data, parts.mnemonic = dict(trap.varbinds), trap.name or None
    parts.trap = TRAP_OID in trap.varbinds
    return True


def quick_time(raw: bytes, near: datetime, zone: tzinfo) -> datetime | None:
    """The first stamp of a line, without parsing the rest: for the search of a window."""
    text = raw[:HEAD].decode("utf-8", "replace").replace("\x00", "")
    found = first_time(text, near, zone)
    return quick_fortios_time(text, zone) if found is None and "date=" in text[:20] else found


def quick_host(raw: bytes) -> str | None:
    """The host of a line as `parse` finds it, where its header alone says so; None where the message may name another."""
    if not raw.isascii() or b"\x00" in raw:
        return None
    text = raw.decode("ascii").rstrip("\r\n")
    if text.find(": [", 0, LOOKED) >= 0 or text.find(" = ", 0, LOOKED) >= 0:  # a trap, or a part of one
        return None
    parts = Parts(text, "", None, 0)
    read_head(parts, _ANY, UTC)
    message = parts.message.lstrip()
    if message[:1].isdecimal() or "=" in message[:LOOKED] or "repeated" in message[:LOOKED]:  # fields may name the host
        return None
    return parts.host or None
