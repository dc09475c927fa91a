"""Messages that are fields: FortiOS `key=value`, PAN-OS comma-separated values."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from noc_agent.logs.dialects.parts import SEVERITY_WORDS, Parts
from noc_agent.logs.times import read_stamp

MOST_FIELDS = 200
_ANY = datetime(2000, 1, 1, tzinfo=UTC)  # these stamps state their year
_PAIR = re.compile(r'([A-Za-z_][\w.-]{0,63})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))')
_TIMES = re.compile(r'\b(date|time|eventtime|tz)="?([^\s"]{1,40})')
_ZONE = re.compile(r"([+-]\d\d):?(\d\d)$")

# Columns after the two that PAN-OS keeps for itself, by log type: PAN-OS Administrator's Guide, Syslog Field Descriptions.
_PANOS_HEAD = ("receive_time", "serial", "type", "subtype", "", "time_generated")
_PANOS_TRAFFIC = (
    "src", "dst", "natsrc", "natdst", "rule", "srcuser", "dstuser", "app", "vsys", "from", "to", "inbound_if", "outbound_if",
    "logset", "", "sessionid", "repeatcnt", "sport", "dport", "natsport", "natdport", "flags", "proto", "action",
)  # fmt: skip
_PANOS = {
    "SYSTEM": (
        "vsys", "eventid", "object", "", "", "module", "severity", "opaque", "seqno", "actionflags", "", "", "", "", "vsys_name",
        "device_name",
    ),
    "CONFIG": (
        "host", "vsys", "cmd", "admin", "client", "result", "path", "seqno", "actionflags", "", "", "", "",
        "vsys_name", "device_name",
    ),
    "TRAFFIC": (
        *_PANOS_TRAFFIC, "bytes", "bytes_sent", "bytes_received", "packets", "start", "elapsed", "category", "", "seqno",
        "actionflags", "srcloc", "dstloc", "", "pkts_sent", "pkts_received", "session_end_reason", "", "", "", "", "vsys_name",
        "device_name",
    ),
    "THREAT": (*_PANOS_TRAFFIC, "misc", "threatid", "category", "severity", "direction"),
}  # fmt: skip


def pairs(text: str) -> dict[str, str]:
    """`key=value` and `key="a value"` as a mapping; at most MOST_FIELDS of them, the first of a name counts."""
    found = _PAIR.findall(text)[:MOST_FIELDS]
    return {key: quoted or bare for key, quoted, bare in reversed(found)}


def read_fortios(parts: Parts, text: str) -> None:
    """A log of FortiOS: its type is the app, its log id the mnemonic."""
    data = pairs(text)
    if not ("logid" in data or "devname" in data or "devid" in data):
        return
    parts.data.update(data)
    parts.host = data.get("devname") or parts.host
    parts.app = data.get("type", parts.app)
    parts.mnemonic = data.get("logid", parts.mnemonic)
    parts.severity = SEVERITY_WORDS.get(data.get("level", ""), parts.severity)


def quick_fortios_time(text: str, zone: tzinfo) -> datetime | None:
    """The time of the beginning of a FortiOS log, as `fields_time` has it of the whole."""
    return fields_time(dict(reversed(_TIMES.findall(text))), zone)


def fields_time(data: Mapping[str, str], zone: tzinfo) -> datetime | None:
    """The time that the fields of a log state; None where they state none. FortiOS has `eventtime` since 1970 in s, ms, µs or
    ns, else its local time, with or without `tz`; PAN-OS its local time."""
    if (since := data.get("eventtime", "")).isdecimal() and 10 <= len(since) <= 19:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(since[:16].ljust(16, "0")))
    offset = _ZONE.search(data.get("tz", ""))
    stated = data.get("time_generated") or f"{data.get('date', '')} {data.get('time', '')}"
    stamp = read_stamp(stated + (f"{offset[1]}:{offset[2]}" if offset else ""), 0, _ANY, zone)
    return stamp.time if stamp is not None else None


def read_panos(parts: Parts, text: str) -> None:
    """A log of PAN-OS: its type is the app, the event id of a SYSTEM log the mnemonic."""
    try:
        row = next(csv.reader([text]), [])
    except csv.Error:
        return
    names = _PANOS.get(row[3]) if len(row) > 6 else None
    if names is None:
        return
    columns = zip((*_PANOS_HEAD, *names), row[1:], strict=False)
    parts.data.update({name: value for name, value in columns if name and value})
    data = parts.data
    parts.app, parts.mnemonic = row[3], data.get("eventid") or data.get("threatid") or data.get("cmd")
    parts.host = data.get("device_name") or parts.host
    parts.severity = SEVERITY_WORDS.get(data.get("severity", ""), parts.severity)
