"""Arguments as their schema wants them: numbers that came as text, lists as JSON text, the word null (F22)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from noc_agent.evidence import Json

_MISSING = frozenset({"null", "none"})
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,15}\s*")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?\s*")
_TRUTH = {"true": True, "false": False}


def coerced(arguments: Mapping[str, Json], tool: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments, each as its parameter's type wants it where that is plain; what is not is left for the tool to refuse."""
    function = tool.get("function")
    parameters = function.get("parameters") if isinstance(function, Mapping) else None
    if not isinstance(parameters, Mapping):
        return dict(arguments)
    properties, required = parameters.get("properties"), parameters.get("required")
    needed = required if isinstance(required, list | tuple) else ()
    known = properties if isinstance(properties, Mapping) else {}
    return {
        key: _coerced(value, known.get(key))
        for key, value in arguments.items()
        if key in needed or not _is_missing(value)
    }


def _is_missing(value: Json) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in _MISSING)


def _coerced(value: Json, schema: Json) -> Json:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(value, str):
        return _from_text(value, kind)
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _from_text(text: str, kind: Json) -> Json:
    if kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if kind == "boolean":
        return _TRUTH.get(text.strip().lower(), text)
    if kind == "array":
        inside = _json(text)
        return inside if isinstance(inside, list) else [text]
    if kind == "string" and text[:1] == text[-1:] == '"':
        inside = _json(text)
        return inside if isinstance(inside, str) else text
    return text


def _json(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
