"""What a run saw, kept in its journal and given back for a replay: polls and log events behind their own interfaces."""

from __future__ import annotations

import base64
import dataclasses
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from noc_agent.errors import ToolError
from noc_agent.evidence import Json, Redactor, redact_reply, rfc3339
from noc_agent.logs import LogEvent, LogLine
from noc_agent.logs.templates import News
from noc_agent.site.model import Incident
from noc_agent.site.times import parse_time
from noc_agent.snmp import Reply, SnmpSource, reply_text
from noc_agent.snmp.source import Columns
from noc_agent.topology.network import LogSource

_ONLY_EVENTS = "of the logs, only the events of the run's window are recorded"
_NO_LINES = "not recorded: the run asked something else of the log lines, and its journal holds no others"
_NO_LINES_MEND = "use log_events, or what was found already"
Replies = Mapping[tuple[str, datetime], Reply]
MOST_UNPACKED = 256 * 2**20  # bytes of one record: no journal makes a small line fill the memory
BASE_64 = ":"  # stands before what is packed so; journals of before hold base 85, which has no such character


class Keep(Protocol):
    """Where records go."""

    def __call__(self, kind: str, payload: Mapping[str, Json]) -> None: ...


class CapturedSnmp:
    """An SNMP source whose replies are redacted and kept as they come in; `known` ones are not asked for again."""

    def __init__(self, source: SnmpSource, redactor: Redactor, keep: Keep, known: Replies) -> None:
        self._source, self._redactor, self._keep = source, redactor, keep
        self._replies = dict(known)

    def times(self) -> Sequence[datetime]:
        return self._source.times()

    @property
    def split(self) -> datetime | None:
        return self._source.split

    def asked(self, device: str) -> Sequence[datetime]:
        return self._source.asked(device)

    def answered(self, device: str) -> Sequence[datetime]:
        return self._source.answered(device)

    def reason(self, device: str, at: datetime) -> str:
        return self._source.reason(device, at)

    def fetch(self, device: str, at: datetime, columns: Columns) -> Reply:
        if (device, at) not in self._replies:
            reply = redact_reply(self._source.fetch(device, at, columns), self._redactor)
            self._replies[device, at] = reply
            self._keep("poll", {"device": device, "at": rfc3339(at), "reply": packed(reply_text(reply))})
        return self._replies[device, at]


class JournaledSnmp:
    """The polls of a run as an SNMP source: offline, and nothing else than the run saw."""

    def __init__(self, polls: Mapping[str, Json], replies: Replies) -> None:
        times, answered = polls.get("times"), polls.get("answered")
        self._times = _times(times)
        by_device = answered.items() if isinstance(answered, Mapping) else ()
        self._answered = {name: _times(rows) for name, rows in by_device}
        self._replies = replies
        split, asked, reasons = polls.get("split"), polls.get("asked"), polls.get("reasons")
        self._split = parse_time(str(split), "journal") if split else None
        self._asked = {name: _times(rows) for name, rows in asked.items()} if isinstance(asked, Mapping) else {}
        self._reasons = reasons if isinstance(reasons, Mapping) else {}

    @property
    def devices(self) -> Sequence[str]:
        """Those that were meant to answer."""
        return tuple(self._answered)

    @property
    def split(self) -> datetime | None:
        return self._split

    def times(self) -> Sequence[datetime]:
        return self._times

    def asked(self, device: str) -> Sequence[datetime]:
        return self._asked.get(device, self._times)

    def reason(self, device: str, at: datetime) -> str:
        return str(self._reasons.get(f"{device} {rfc3339(at)}", ""))

    def answered(self, device: str) -> Sequence[datetime]:
        return self._answered.get(device, ())

    def fetch(self, device: str, at: datetime, columns: Columns) -> Reply:
        try:
            return self._replies[device, at]
        except KeyError:
            raise ToolError(device, f"the poll of {rfc3339(at)} is not recorded in this run") from None


def _times(rows: object) -> tuple[datetime, ...]:
    return tuple(parse_time(str(row), "journal") for row in rows) if isinstance(rows, list | tuple) else ()


class CapturedLogs:
    """The site's logs, their events redacted. What was asked beyond the incident's window is kept: what a thing was like
    before is part of the reasoning."""

    def __init__(self, logs: LogSource, clean: Redactor, keep: Keep, incident: Incident) -> None:
        self._logs, self._clean, self._keep = logs, clean, keep
        self._asked = {_query(incident.since, incident.until, "", "")}

    @property
    def files(self) -> tuple[Path, ...]:
        return self._logs.files

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be used so far: much of it shows only when the lines are read."""
        return self._logs.problems

    def events(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", kind: str = ""
    ) -> tuple[LogEvent, ...]:
        clean = self._clean.clean
        found = tuple(
            dataclasses.replace(
                event, device=clean(event.device), subject=clean(event.subject), peer=clean(event.peer), frm=clean(event.frm),
                to=clean(event.to), reason=clean(event.reason), sample=clean(event.sample), file=clean(event.file),
            )
            for event in self._logs.events(since, until, device, kind)
        )  # fmt: skip
        query = _query(since, until, device, kind)
        if query not in self._asked:
            self._asked.add(query)
            self._keep("log_query", {"query": query, "events": pack([_event_json(event) for event in found])})
        return found

    def search(
        self,
        pattern: str,
        since: datetime | None = None,
        until: datetime | None = None,
        device: str = "",
        limit: int = 50,
    ) -> Sequence[LogLine]:
        return self._logs.search(pattern, since, until, device, limit)

    def last_heard(self, *, traps: bool = False) -> Mapping[str, datetime]:
        return self._logs.last_heard(traps=traps)

    def news(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", limit: int = 50
    ) -> tuple[News, ...]:
        return self._logs.news(since, until, device, limit)


class JournaledLogs:
    """The log events of a run, as its journal holds them: of the incident's window, of what was asked beyond it, and no lines.

    `queries` are what CapturedLogs kept.
    """

    files: tuple[Path, ...] = ()

    def __init__(self, record: Mapping[str, Json], queries: Iterable[Mapping[str, Json]] = ()) -> None:
        self._events = _events(record)
        self._asked = {str(row["query"]): _events(row) for row in queries}
        self.problems: tuple[str, ...] = (_ONLY_EVENTS,) if self._events or record.get("heard") else ()
        heard = record.get("heard")
        self._heard = (
            {str(k): parse_time(str(v), "journal") for k, v in heard.items()} if isinstance(heard, Mapping) else {}
        )

    def events(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", kind: str = ""
    ) -> tuple[LogEvent, ...]:
        known = self._asked.get(_query(since, until, device, kind))
        if known is not None:
            return known
        return tuple(
            event
            for event in self._events
            if device in ("", event.device) and kind in ("", event.kind) and _within(event, since, until)
        )

    def search(
        self,
        pattern: str,
        since: datetime | None = None,
        until: datetime | None = None,
        device: str = "",
        limit: int = 50,
    ) -> Sequence[LogLine]:
        raise ToolError("log_search", _NO_LINES, _NO_LINES_MEND)

    def last_heard(self, *, traps: bool = False) -> Mapping[str, datetime]:
        return {} if traps else self._heard

    def news(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", limit: int = 50
    ) -> tuple[News, ...]:
        raise ToolError("log_news", _NO_LINES, _NO_LINES_MEND)


def _query(since: datetime | None, until: datetime | None, device: str, kind: str) -> str:
    return " ".join([*(rfc3339(at) if at else "-" for at in (since, until)), device or "-", kind or "-"])


def _events(record: Mapping[str, Json]) -> tuple[LogEvent, ...]:
    rows = unpack(str(record["events"])) if "events" in record else []
    return tuple(_event(row) for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()


def _within(event: LogEvent, since: datetime | None, until: datetime | None) -> bool:
    """As `LogStore.events` has it: an event belongs to a window that any of its lines is in."""
    if event.first is None or event.last is None:
        return True
    return (since is None or event.last >= since) and (until is None or event.first <= until)


def logs_record(events: Iterable[LogEvent], heard: Mapping[str, datetime]) -> dict[str, Json]:
    """What JournaledLogs reads."""
    rows: list[Json] = [_event_json(event) for event in events]
    return {"events": pack(rows), "heard": {device: rfc3339(at) for device, at in heard.items()}}


def _event_json(event: LogEvent) -> dict[str, Json]:
    row: dict[str, Json] = {}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if isinstance(value, datetime):
            row[field.name] = rfc3339(value)
        elif isinstance(value, tuple):
            row[field.name] = [rfc3339(at) for at in value]
        else:
            row[field.name] = value
    return row


def _event(row: Mapping[str, Json]) -> LogEvent:
    values: dict[str, object] = dict(row)
    for name in ("time", "first", "last"):
        values[name] = parse_time(str(row[name]), "journal") if row.get(name) else None
    values["times"] = _times(row.get("times"))
    return LogEvent(**values)  # type: ignore[arg-type]


def pack(value: Json) -> str:
    """JSON as compressed text: a poll is a tenth of its size so."""
    return packed(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def packed(text: str) -> str:
    """A text of JSON, compressed."""
    return as_text(zlib.compress(text.encode("utf-8", "surrogatepass"), 1))


def as_text(octets: bytes) -> str:
    return BASE_64 + base64.b64encode(octets).decode()


def as_octets(text: str) -> bytes:
    """What `as_text`, or a version before it, made a text of. Raises ValueError where it is something else."""
    if text.startswith(BASE_64):
        return base64.b64decode(text[1:], validate=True)
    return base64.b85decode(text)


def unpack(text: str) -> Json:
    """What `pack` packed. Raises ValueError where it is something else."""
    inflater = zlib.decompressobj()
    try:
        octets = inflater.decompress(as_octets(text), MOST_UNPACKED)
    except zlib.error as error:
        raise ValueError from error
    if not inflater.eof:
        raise ValueError("more than a record may hold, or cut off")
    value: Json = json.loads(octets.decode("utf-8", "surrogatepass"))
    return value
