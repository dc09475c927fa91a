"""`read_evidence`: the rest of an observation that was too long to be shown at once, by its id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from noc_agent.errors import ToolError
from noc_agent.evidence import Json, Observation

READ = "read_evidence"
# Flat, one line a description: whatever else gpt-oss's rendering of tools loses.
READ_TOOL: Mapping[str, Json] = {
    "type": "function",
    "function": {
        "name": READ,
        "description": "More rows of a result that was cut. Costs no look at the network.",
        "parameters": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": "Evidence id of the result, such as E3."},
                "from_row": {"type": "integer", "description": "First row to show, from 1. Optional, default 1."},
                "contains": {"type": "string", "description": "Only rows that hold this text. Optional."},
            },
            "required": ["id"],
        },
    },
}


def read_evidence(
    observations: Sequence[Observation], arguments: Mapping[str, Json]
) -> tuple[Observation, list[tuple[int, Json]]]:
    """The observation and its rows that are wanted, numbered from 1. Raises ToolError naming what is wrong."""
    wanted = str(arguments.get("id", "")).strip().upper()
    observation = next((one for one in observations if one.id == wanted), None)
    if observation is None:
        known = f"E1 to {observations[-1].id}" if observations else "none yet"
        raise ToolError(READ, "there is no such evidence id", f"known: {known}")
    first = arguments.get("from_row", 1)
    if isinstance(first, bool) or not isinstance(first, int) or first < 1:
        raise ToolError(READ, "from_row is no row number", "an integer from 1")
    text = str(arguments.get("contains") or "").casefold()
    rows = enumerate(observation.data if isinstance(observation.data, list) else [], 1)
    return observation, [(n, row) for n, row in rows if n >= first and text in _written(row)]


def _written(row: Json) -> str:
    return json.dumps(row, ensure_ascii=False, default=str).casefold()
