"""Calls that arrive as text: where no parser stands between the model's channels and the reply (F12, F14 to F16, F26).

F numbers are rows of the fault catalogue for gpt-oss behind Chat Completions servers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from noc_agent.evidence import Json
from noc_agent.models.calls import known_name, object_at, only_fit, plain_name
from noc_agent.models.model import Completion, ToolCall, text_of

LONGEST = 40_000  # characters of a reply that are searched, its end
MOST_OBJECTS = 64

_TOKEN = re.compile(r"<\|[a-z_]*\|>")
_THOUGHT = re.compile(r"<(?P<end>/?)(?:reasoning|thinking|think)>")
_CALL = re.compile(
    r"\bto=(?P<name>[A-Za-z0-9_.-]+)(?:\s|<\|(?:constrain|message|channel)\|>|json|code|commentary|analysis)*(?=\{)"
)
_NO_TOOLS = frozenset({"assistant", "user"})
# Where the channels' tokens were dropped, their words run together: `analysisWe need…assistantfinalThe link…`.
_FINAL = re.compile(r"(?:<\|channel\|>|assistant\s*)final\s*(?:<\|message\|>)?")

Tools = Sequence[Mapping[str, Json]]


def read_spoken(completion: Completion, tools: Tools) -> Completion:
    """The completion with the call that its text holds, if it holds one and none came as a call.

    Nothing is taken from a reply that was cut off (F10, F18): what looks whole may be a piece.
    """
    said, thoughts = _parted(completion.content)
    completion = replace(completion, content=said, reasoning=_joined(completion.reasoning, thoughts))
    if completion.tool_calls or completion.finish_reason == "length" or not tools:
        return completion
    for text in (completion.content, completion.reasoning):
        if call := _addressed(text[-LONGEST:]):
            return replace(completion, content="", reasoning=completion.reasoning or _before(text), tool_calls=(call,))
    completion = _final_apart(completion)
    for text in (completion.content, "" if completion.content.strip() else completion.reasoning):
        if call := fitting_call(text, tools):
            return replace(completion, content="", tool_calls=(call,))
    return completion


def fitting_call(text: str, tools: Tools) -> ToolCall | None:
    """The last JSON object of a text that can only be the arguments of one tool, or that names a tool and them (F16)."""
    found = None
    for value in _objects(text[-LONGEST:]):
        found = _named(value, tools) or _fitted(value, tools) or found
    return found


def _addressed(text: str) -> ToolCall | None:
    """The first call of a text that names its recipient; what follows it may build on results that are invented."""
    for match in _CALL.finditer(text):
        if match["name"] not in _NO_TOOLS:
            rest = text[match.end() :]
            found, _ = object_at(rest)
            return ToolCall("", plain_name(match["name"]), json.dumps(found) if found is not None else rest)
    return None


def _named(value: Mapping[str, Json], tools: Tools) -> ToolCall | None:
    arguments = value.get("arguments", value.get("parameters"))
    if isinstance(arguments, str):
        arguments = object_at(arguments)[0]
    name = text_of(value.get("name"))
    if not name or not isinstance(arguments, Mapping) or known_name(name, arguments, tools) is None:
        return None
    return ToolCall("", name, json.dumps(arguments))


def _fitted(value: Mapping[str, Json], tools: Tools) -> ToolCall | None:
    name = only_fit(value, tools)
    return ToolCall("", name, json.dumps(value)) if name else None


def _objects(text: str) -> Iterator[dict[str, Json]]:
    """The complete JSON objects of a text, outermost ones, in order."""
    start = text.find("{")
    for _ in range(MOST_OBJECTS):
        if start < 0:
            return
        found, length = object_at(text[start:])
        if found is not None:
            yield found
        start = text.find("{", start + max(length, 1))


def _parted(content: str) -> tuple[str, str]:
    """What is said, and the thoughts that a gateway wrapped into tags (F26); a tag that is never closed opens none."""
    said, thoughts, at, opened = list[str](), list[str](), 0, None
    for tag in _THOUGHT.finditer(content):
        if not tag["end"]:
            opened = opened or tag
        elif opened is not None:
            said.append(content[at : opened.start()])
            thoughts.append(content[opened.end() : tag.start()])
            at, opened = tag.end(), None
    if not thoughts:
        return content, ""
    return "".join([*said, content[at:]]).strip(), _joined(*thoughts)


def _final_apart(completion: Completion) -> Completion:
    """The final channel as content and what stands before it as reasoning, where both came as one text (F12, F15)."""
    text = completion.content
    finals = list(_FINAL.finditer(text))
    if finals:
        last = finals[-1]
        thoughts = _joined(completion.reasoning, _before(text[: last.start()]))
        return replace(completion, content=_plain(text[last.end() :]), reasoning=thoughts)
    if _TOKEN.search(text) or re.match(r"analysis[A-Z]", text):
        return replace(completion, content="", reasoning=_joined(completion.reasoning, _before(text)))
    return completion


def _before(text: str) -> str:
    """The thoughts at the head of a text of channels, without its tokens."""
    head = _CALL.split(text, maxsplit=1)[0]
    return re.sub(
        r"\A\s*(?:assistant)?\s*analysis|\s*assistant\s*(?:commentary|analysis)?\s*\Z", "", _plain(head)
    ).strip()


def _plain(text: str) -> str:
    return _TOKEN.sub(" ", text).strip()


def _joined(*parts: str) -> str:
    return "\n".join(part for part in (part.strip() for part in parts) if part)
