"""The journal of a run from its own side: what is written, and what is read back to resume or replay it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from noc_agent.agent.capture import Replies, unpack
from noc_agent.agent.options import Options
from noc_agent.errors import BadInput
from noc_agent.evidence import Journal, JournalReading, Json, read_journal, rfc3339
from noc_agent.evidence.redaction import highest
from noc_agent.site.model import (
    BgpIntent,
    Device,
    End,
    Incident,
    Intent,
    Link,
    OspfIntent,
    ServiceIntent,
    Site,
    VlanIntent,
)
from noc_agent.site.times import parse_time
from noc_agent.snmp import reply_from_json

STEPS = frozenset({"polls", "logs", "observation", "model", "verdict"})  # each ends a step: sent to the disk there
LEAVING = "sent"  # on disk before it leaves


class Keeper:
    """Appends to the journal while that works; a full or read-only disk costs the journal, never the verdict."""

    def __init__(self, journal: Journal | None, known: set[str] | None = None) -> None:
        self._journal, self._known = journal, known or set()
        self.problem = ""

    def __call__(self, kind: str, payload: Mapping[str, Json]) -> None:
        if self._journal is None or self.problem or identity(kind, payload) in self._known:
            return
        try:
            self._journal.append(kind, payload)
            if kind == LEAVING:
                self._journal.sync()
            elif kind in STEPS:
                self._journal.begin_sync()
        except OSError as error:
            self.problem = f"the journal could not be written further: {error.strerror}"

    def end(self, verdict: Json) -> None:
        """The run is over: its last record, and the seal."""
        self("end", {"verdict": verdict})
        if self._journal is not None and not self.problem:
            try:
                self._journal.seal()
            except OSError as error:
                self.problem = f"the journal could not be sealed: {error.strerror}"

    def close(self) -> None:
        if self._journal is not None:
            try:
                self._journal.close()
            except OSError as error:
                self.problem = self.problem or f"the journal could not be written further: {error.strerror}"


def identity(kind: str, payload: Mapping[str, Json]) -> str:
    """What makes a record the same when a run is resumed."""
    names = {
        "observation": ("id",),
        "poll": ("device", "at"),
        "head": (),
        "polls": (),
        "logs": (),
        "model": ("rung", "n"),
        "sent": ("n",),
        "log_query": ("query",),
    }
    return " ".join([kind, *(str(payload.get(name)) for name in names.get(kind, ("n", "id")))])


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run as its journal holds it."""

    path: Path
    head: Mapping[str, Json]
    polls: Mapping[str, Json]
    logs: Mapping[str, Json] | None
    log_queries: tuple[Mapping[str, Json], ...]
    replies: Replies
    observations: Mapping[str, Mapping[str, Json]]
    turns: tuple[Mapping[str, Json], ...]
    document: Mapping[str, Json] | None
    known: set[str] = field(default_factory=set)
    sent: tuple[Mapping[str, Json], ...] = ()
    ended: bool = False
    sealed: bool = False

    @property
    def closed(self) -> bool:
        """Whether nothing is left to write: journals of before had no seal, nor digests in their head."""
        return self.ended and (self.sealed or "content" not in self.head)

    @property
    def run(self) -> str:
        return str(self.head["run"])

    @property
    def placeholders(self) -> int:
        """The highest number that stands for a secret in what the run kept."""
        cells = (
            cell for reply in self.replies.values() for column in reply.columns.values() for cell in _texts(column)
        )
        events = str(unpack(str(self.logs["events"]))) if self.logs and "events" in self.logs else ""
        kept = str([self.head, self.observations, self.turns])
        return highest((kept, events, *cells))


def read_run(path: Path) -> Recorded:
    """Read a run back. Raises BadInput naming file and record where the journal was altered or has no head."""
    reading: JournalReading = read_journal(path)
    rows = [(record.kind, record.data) for record in reading.records]
    if not rows or rows[0][0] != "head":
        raise BadInput(f"{path.name}: record 1", "no run starts here", "see `noc-agent runs list`")
    try:
        return dataclasses.replace(_recorded(path, rows), sealed=reading.sealed)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadInput(path.name, "holds what no version of noc-agent writes", "restore the file") from error


def _recorded(path: Path, rows: Sequence[tuple[str, Mapping[str, Json]]]) -> Recorded:
    """The records of a sound chain as a run: what is in them may still be anything."""
    head = rows[0][1]
    site_from_json(cast("Mapping[str, Json]", head["site"]))
    incident_from_json(cast("Mapping[str, Json]", head["incident"]))
    Options.from_json(cast("Mapping[str, Json]", head["options"]))
    parse_time(str(head["started"]), path.name)
    last = dict(rows)
    replies = {}
    for kind, data in rows:
        if kind == "poll":
            packed = cast("Mapping[str, Json]", unpack(str(data["reply"])))
            replies[str(data["device"]), parse_time(str(data["at"]), path.name)] = reply_from_json(packed)
    document = last.get("verdict", {}).get("document")
    return Recorded(
        path,
        head,
        last.get("polls", {}),
        last.get("logs"),
        tuple(data for kind, data in rows if kind == "log_query"),
        replies,
        {str(data["id"]): data for kind, data in rows if kind == "observation"},
        tuple(data for kind, data in rows if kind == "model"),
        document if isinstance(document, Mapping) else None,
        {identity(kind, data) for kind, data in rows},
        tuple(data for kind, data in rows if kind == "sent"),
        rows[-1][0] == "end",
    )


def _texts(column: Mapping[str, object]) -> Iterator[str]:
    return (cell.decode("utf-8", "replace") for cell in column.values() if isinstance(cell, bytes))


def site_to_json(site: Site) -> dict[str, Json]:
    """What a replay needs of a site: names, roles and intent. No setting that may hold a secret."""
    devices = [
        {"name": d.name, "address": d.address, "role": d.role, "platform": d.platform, "timezone": d.timezone}
        for d in site.devices.values()
    ]
    intent = cast("Json", dataclasses.asdict(site.intent))
    return {
        "name": site.name,
        "timezone": site.timezone,
        "devices": cast("Json", devices),
        "intent": intent,
        "logs": bool(site.logs),
    }


def site_from_json(data: Mapping[str, Json]) -> Site:
    """The site of a journal; it has no files of its own."""
    rows = cast("list[dict[str, str]]", data["devices"])
    intent = cast("Mapping[str, list[dict[str, object]]]", data["intent"])
    return Site(
        name=str(data["name"]),
        path=Path(),
        root=Path(),
        devices={
            row["name"]: Device(
                row["name"], row["address"], row["role"], row["platform"], timezone=row.get("timezone", "")
            )
            for row in rows
        },
        timezone=str(data.get("timezone", "UTC")),  # journals of before did not keep it
        intent=Intent(
            tuple(Link(*_ends(row)) for row in intent["links"]),
            tuple(OspfIntent(*_ends(row), str(row["area"])) for row in intent["ospf"]),
            tuple(BgpIntent(**row) for row in intent["bgp"]),  # type: ignore[arg-type]
            tuple(
                VlanIntent(str(r["device"]), str(r["interface"]), tuple(cast("list[int]", r["vlans"])))
                for r in intent["vlans"]
            ),
            tuple(ServiceIntent(**row) for row in intent["services"]),  # type: ignore[arg-type]
        ),
        logs=("journal",) if data["logs"] else (),
    )


def _ends(row: Mapping[str, object]) -> tuple[End, End]:
    a, b = cast("dict[str, str]", row["a"]), cast("dict[str, str]", row["b"])
    return End(**a), End(**b)


def incident_to_json(incident: Incident) -> dict[str, Json]:
    row: dict[str, Json] = {}
    for name in ("id", "title", "description", "severity"):
        row[name] = getattr(incident, name)
    for name in ("opened_at", "since", "until"):
        at: datetime | None = getattr(incident, name)
        row[name] = rfc3339(at) if at else None
    row["devices"], row["services"] = list(incident.devices), list(incident.services)
    row["interfaces"] = [[end.device, end.interface] for end in incident.interfaces]
    return row


def incident_from_json(row: Mapping[str, Json]) -> Incident:
    def at(name: str) -> datetime | None:
        return parse_time(str(row[name]), "journal") if row.get(name) else None

    ends = cast("list[list[str]]", row["interfaces"])
    return Incident(
        str(row["id"]), str(row["title"]), str(row["description"]), str(row["severity"]),
        at("opened_at"), at("since"), at("until"),
        tuple(cast("list[str]", row["devices"])), tuple(End(*end) for end in ends),
        tuple(cast("list[str]", row["services"])),
    )  # fmt: skip
