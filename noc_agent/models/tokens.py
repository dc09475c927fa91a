"""Tokens counted as gpt-oss counts them, offline: its vocabulary (o200k_harmony) comes with the package `oss-harmony`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from noc_agent.evidence import Json

if TYPE_CHECKING:
    from openai_harmony import HarmonyEncoding

FRAME = 8  # tokens that harmony puts around a message: start, role, channel, recipient, message, end
HEAD = 90  # of the system message that the template adds: identity, dates, effort, channels


@lru_cache(maxsize=1)
def _encoding() -> HarmonyEncoding:
    from openai_harmony import HarmonyEncodingName, load_harmony_encoding  # noqa: PLC0415 - half a second; only models need it

    return load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)


@lru_cache(maxsize=4096)
def count(text: str) -> int:
    """Tokens of a text; control tokens in it count as the text that they are. The messages of a run stand still, so each
    is counted once."""
    return len(_encoding().encode(text, disallowed_special=()))


def prompt_tokens(messages: Sequence[Mapping[str, Json]], tools: Sequence[Mapping[str, Json]]) -> int:
    """Tokens of a request, near enough: servers render it by templates of their own."""
    return HEAD + sum(FRAME + _message(message) for message in messages) + sum(count(_schema(tool)) for tool in tools)


def _message(message: Mapping[str, Json]) -> int:
    texts = [message.get("content"), message.get("reasoning")]
    made = message.get("tool_calls")
    for call in made if isinstance(made, list) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        texts += [function.get("name"), function.get("arguments")] if isinstance(function, Mapping) else []
    return sum(count(text) for text in texts if isinstance(text, str) and text)


def _schema(tool: Mapping[str, Json]) -> str:
    """A tool as harmony shows it to the model: a function type of TypeScript, descriptions as comments."""
    function = _object(tool.get("function"))
    parameters = _object(function.get("parameters"))
    needed = parameters.get("required")
    lines = [f"// {function.get('description', '')}", f"type {function.get('name')} = (_: {{"]
    for name, told in _object(parameters.get("properties")).items():
        mark = "" if isinstance(needed, list) and name in needed else "?"
        lines += [f"// {_object(told).get('description', '')}", f"{name}{mark}: {_type(_object(told))},"]
    return "\n".join([*lines, "}) => any;"])


def _type(told: Mapping[str, Json]) -> str:
    choices = told.get("enum")
    if isinstance(choices, list):
        return " | ".join(json.dumps(choice) for choice in choices)
    return f"{_type(_object(told.get('items')))}[]" if told.get("type") == "array" else str(told.get("type"))


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
