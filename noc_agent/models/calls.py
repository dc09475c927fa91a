"""Tool calls as gpt-oss servers deliver them, made usable: names cleaned, arguments decoded, repeats dropped.

F numbers are rows of the fault catalogue for gpt-oss behind Chat Completions servers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noc_agent.evidence import Json
from noc_agent.models.model import ToolCall, text_of

MAX_ARGUMENTS = 20_000
MAX_CALLS = 8
MAX_DEPTH = 16

_PREFIXES = ("to=", "functions.")
_ENDINGS = ("json", "code", "commentary", "analysis")  # what stood between the name and the arguments, run together


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_ESCAPED = re.compile(r'\s*\{\s*\\"')  # the quotes of the object itself are escaped
_BLANK = " \t\r\n\f\v\ufeff"
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def tool_name(tool: Mapping[str, Json]) -> str:
    """The name of a function schema, `{"type": "function", "function": {"name": …}}`."""
    function = tool.get("function")
    return text_of(function.get("name")) if isinstance(function, Mapping) else ""


def plain_name(raw: str) -> str:
    """A call's name without channel tokens, white space and prefix (F1, F3)."""
    name = raw.partition("<|")[0].strip()
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def known_name(raw: str, arguments: Mapping[str, Json] | None, tools: Sequence[Mapping[str, Json]]) -> str | None:
    """The tool that a call means, or None.

    Where the name was lost to channel tokens (F2) it is inferred only if the arguments fit exactly one tool.
    """
    known = {tool_name(tool) for tool in tools}
    name = plain_name(raw)
    if name in known:
        return name
    for ending in _ENDINGS:
        if name.removesuffix(ending) in known:
            return name.removesuffix(ending)
    if arguments and (name in {"", "assistant"} and (not raw or "<|" in raw)):
        return only_fit(arguments, tools)
    return None


def only_fit(arguments: Mapping[str, Json], tools: Sequence[Mapping[str, Json]]) -> str | None:
    """The tool that the arguments fit, if they fit exactly one."""
    fitting = [tool_name(tool) for tool in tools if arguments and _fits(arguments, tool)]
    return fitting[0] if len(fitting) == 1 else None


def decode_arguments(text: str) -> dict[str, Json] | None:
    """The first JSON object of a call's arguments (F9), one level of quoting removed (F22); None if there is none.

    Nothing at all, and `null`, are no arguments. A truncated object is None: it must never be executed (F10).
    """
    found = object_at(text)[0] if len(text) <= MAX_ARGUMENTS else None
    return {} if found is None and text.strip().strip('"') in {"", "null"} else found


def object_at(text: str) -> tuple[dict[str, Json] | None, int]:
    """The JSON object that a text begins with, quoted once or not, and where it ends; None if it begins with none."""
    value, end = _first_value(text)
    if value is None and _ESCAPED.match(text):
        value, end = _first_value(f'"{text}"')
    if isinstance(value, str):
        value = _first_value(value)[0]
    return (value, end) if isinstance(value, dict) and _is_shallow(value, MAX_DEPTH) else (None, 0)


def distinct_calls(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """The calls of one reply in order, repeats of an earlier one dropped (F28), bounded in number."""
    kept: dict[tuple[str, str], ToolCall] = {}
    for call in calls:
        same = call_key("", decode_arguments(call.arguments)) or call.arguments
        kept.setdefault((plain_name(call.name), same), call)
    return tuple(kept.values())[:MAX_CALLS]


def call_key(name: str, arguments: Mapping[str, Json] | None) -> str:
    """What makes two calls the same (F20): name and arguments, whatever the order of keys and the spacing.

    A number and its text are the same, and so are an argument left out and one that is null or empty.
    """
    if arguments is None:
        return ""
    stated = {
        key: str(value) if isinstance(value, int | float) else value
        for key, value in arguments.items()
        if value is not None and value != ""
    }
    return name + json.dumps(stated, sort_keys=True, separators=(",", ":"))


@dataclass(slots=True)
class Asked:
    """How often a call was made, and under which evidence id it was last answered."""

    times: int = 0
    evidence_id: str | None = None


def _fits(arguments: Mapping[str, Json], tool: Mapping[str, Json]) -> bool:
    function = tool.get("function")
    parameters = function.get("parameters") if isinstance(function, Mapping) else None
    if not isinstance(parameters, Mapping):
        return False
    properties, required = parameters.get("properties"), parameters.get("required")
    known = set(properties) if isinstance(properties, Mapping) else set()
    needed = {text_of(key) for key in required} if isinstance(required, list | tuple) else set()
    return needed <= set(arguments) <= known


def _first_value(text: str) -> tuple[Json, int]:
    """The JSON value that a text begins with, and where it ends; None and 0 if there is none."""
    start = len(text) - len(text.lstrip(_BLANK))
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, 0
    return value, end


def _is_shallow(value: Json, depth: int) -> bool:
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return depth > 0 and all(_is_shallow(item, depth - 1) for item in inside)
