"""One run's shared things: the network, the tools, the evidence and the journal, and the one way to look: `observe`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from noc_agent.errors import BadInput, NocAgentError, ToolError
from noc_agent.evidence import Evidence, Json, Observation, Redactor, neutralise_json
from noc_agent.site.model import Site
from noc_agent.toolbox import Tool, Toolbox, ToolResult, to_rows
from noc_agent.topology import Network

Recorded = Mapping[str, Mapping[str, Json]]  # evidence id → observation as the journal holds it
LONGEST_SUMMARY = 240


class Session:
    """Calls tools and keeps each result as an observation: cleaned, numbered, journaled."""

    def __init__(
        self,
        network: Network,
        toolbox: Toolbox,
        redactor: Redactor,
        keep: Callable[[str, Mapping[str, Json]], None],
        started: datetime,
        recorded: Recorded | None = None,
    ) -> None:
        self.network, self.toolbox, self.redactor, self.keep = network, toolbox, redactor, keep
        self.evidence = Evidence()
        self._started = started
        self._recorded = {self._key(str(row["tool"]), row["arguments"]): row for row in (recorded or {}).values()}
        self._calls: dict[str, Observation] = {}

    def clean(self, text: str) -> str:
        """Text as it may reach the model, the journal and a report."""
        cleaned = self.clean_json(text)
        return cleaned if isinstance(cleaned, str) else ""

    def clean_json(self, value: Json) -> Json:
        return neutralise_json(self.redactor.clean_json(value))

    def observe(self, name: str, arguments: Mapping[str, object]) -> Observation:
        """Call a tool once: the same call again is answered by the observation that is already there."""
        wanted = {key: value for key, value in arguments.items() if value not in (None, "")}
        key = self._key(name, {key: self.clean_json(to_rows(value)) for key, value in wanted.items()})
        if key not in self._calls:
            self._calls[key] = (
                self._again(self._recorded[key]) if key in self._recorded else self._observe(name, wanted)
            )
        return self._calls[key]

    def _key(self, name: str, arguments: Json) -> str:
        """What makes two calls the same: an argument that is left out and one that is given as its default are."""
        fields = self.toolbox.tools[name].arguments.model_fields if name in self.toolbox.tools else {}
        given = arguments.items() if isinstance(arguments, Mapping) else ()
        told = {key: value for key, value in given if key not in fields or value != fields[key].default}
        return f"{name} {sorted(told.items(), key=str)}"

    def _again(self, recorded: Mapping[str, Json]) -> Observation:
        """What a call brought when it was recorded, under the next id: another order gives other ids."""
        known = Observation.from_json(recorded)
        observation = self.evidence.put(replace(known, id=f"E{len(self.evidence) + 1}"))
        if observation.id != known.id:
            self.keep("observation", observation.to_json())
        return observation

    def _observe(self, name: str, arguments: Mapping[str, object]) -> Observation:
        result = call(self.toolbox.tools[name], arguments, self.network)
        data = self.clean_json(to_rows(result.data))
        observation = self.evidence.add(
            tool=name,
            arguments={key: self.clean_json(to_rows(value)) for key, value in arguments.items()},
            status=result.status,
            data=data,
            source=result.source or "site",
            observed_at=result.observed_at or self._started,
            summary=self.clean(summary(name, data, result)),
            message=self.clean(result.message),
        )
        self.keep("observation", observation.to_json())
        return observation


def call(tool: Tool, arguments: Mapping[str, object], network: Network) -> ToolResult:
    """Call a tool. Wrong arguments and unusable files raise ToolError and BadInput; whatever else fails inside is an `error`."""
    checked = tool.validate(arguments)
    try:
        return tool.run(checked, {Network: network, Site: network.site})
    except (ToolError, BadInput):
        raise
    except NocAgentError as error:
        return ToolResult([], status="error", message=str(error))
    except Exception as error:  # noqa: BLE001 - the one blind except: a site's own tool may raise anything
        return ToolResult([], status="error", message=f"{tool.name} failed: {type(error).__name__}")


def summary(name: str, data: Json, result: ToolResult) -> str:
    """One line of what was observed: the worst row's own words where it has any."""
    rows = [row for row in data if isinstance(row, Mapping)] if isinstance(data, list) else []
    if not rows:
        return result.message or "nothing"
    # Who typed what is a hint of where to look, never the news.
    rows.sort(key=lambda row: row.get("kind") == "config_change")
    lines = list(dict.fromkeys(_words(row) for row in rows))
    more = f" (+{len(lines) - 3} more)" if len(lines) > 3 else ""
    lines = lines[:3]
    return ("; ".join(lines) + more)[:LONGEST_SUMMARY]


def _words(row: Mapping[str, Json]) -> str:
    for key in ("summary", "message"):
        if row.get(key):
            return str(row[key])
    if "ifName" in row:
        state = f"admin {row['ifAdminStatus']}, oper {row['ifOperStatus']}, MTU {row['ifMtu']}"
        return f"{row['device']} {row['ifName']}: {state}"
    if "kind" in row:
        return f"{row['device']}: {row['kind']} {row.get('subject') or ''} ×{row['count']}"
    shown = [f"{key} {value}" for key, value in row.items() if value not in (None, "", []) and key != "device"]
    return ", ".join(shown[:6])
