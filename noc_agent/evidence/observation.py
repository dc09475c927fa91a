"""What a run observed: one observation a tool call, numbered in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, cast

from noc_agent.site.times import parse_time, rfc3339

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Observation:
    """One tool call and what came back; `data` in full, `summary` in one line."""

    id: str
    tool: str
    arguments: Mapping[str, Json]
    status: str
    data: Json
    source: str
    observed_at: datetime
    summary: str
    message: str = ""

    def row(self) -> dict[str, Json]:
        """The contract's evidence row."""
        return {
            "id": self.id,
            "tool": self.tool,
            "arguments": dict(self.arguments),
            "status": self.status,
            "source": self.source,
            "observed_at": rfc3339(self.observed_at),
            "summary": self.summary,
        }

    def to_json(self) -> dict[str, Json]:
        return {**self.row(), "message": self.message, "data": self.data}

    @classmethod
    def from_json(cls, row: Mapping[str, Json]) -> Observation:
        return cls(
            str(row["id"]), str(row["tool"]), cast("dict[str, Json]", row["arguments"]), str(row["status"]), row["data"],
            str(row["source"]), parse_time(str(row["observed_at"]), "journal"), str(row["summary"]), str(row["message"]),
        )  # fmt: skip


class Evidence:
    """The observations of a run, in order."""

    def __init__(self) -> None:
        self._rows: dict[str, Observation] = {}

    def add(
        self, *, tool: str, arguments: Mapping[str, Json], status: str, data: Json, source: str, observed_at: datetime,
        summary: str, message: str = "",
    ) -> Observation:  # fmt: skip
        """Keep what a call brought, under the next id."""
        name = f"E{len(self._rows) + 1}"
        return self.put(Observation(name, tool, arguments, status, data, source, observed_at, summary, message))

    def put(self, observation: Observation) -> Observation:
        """Keep an observation that has its id already."""
        self._rows[observation.id] = observation
        return observation

    def get(self, name: str) -> Observation | None:
        return self._rows.get(name)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        return name in self._rows
