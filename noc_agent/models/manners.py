"""What one server takes, learnt from what it refuses: the body of each request, without what was given up."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from noc_agent.evidence import Json
from noc_agent.models.calls import tool_name
from noc_agent.models.model import Message

# The order in which they are given up when a server names none of them.
OPTIONAL = ("response_format", "stream_options", "tool_choice", "reasoning_effort", "reasoning_content", "reasoning")

_ONLY_IF_NAMED = ("temperature", "top_p", "stream")
_OF_MESSAGES = ("reasoning", "reasoning_content")
_OTHER_NAMES = {"reasoning_effort": r"\breasoning_effort\b|not support thinking"}
_LESS = {"high": "medium", "medium": "low"}
_LONGEST_TEXT = 600  # characters of a text in a constrained answer

READABLE = "Your last tool call could not be read: its arguments must be one JSON object, and nothing else."


@dataclass(slots=True)
class Manners:
    """How one server is asked for one model, for the rest of a run."""

    name: str
    effort: str
    streams: bool = False
    given_up: set[str] = field(default_factory=set)
    constrains: bool = False  # a schema in place of a tool, since a required call did not come

    def body(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        max_tokens: int,
        tool_choice: str,
        note: str = "",
    ) -> dict[str, Json]:
        """A request. `note` is a word to the model for this request alone, at the end of the newest message."""
        body: dict[str, Json] = {
            "model": self.name,
            "max_tokens": max_tokens,
            "temperature": 1.0,
            "top_p": 1.0,
            "reasoning_effort": self.effort,
        }
        if self.streams and "stream" not in self.given_up:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if tools:
            body["tools"] = list(tools)  # beside a schema too: the template tells the model what it means
            if self._constrained(tools, tool_choice):
                body["response_format"] = _format(tools[0])
            elif tool_choice != "auto":
                body["tool_choice"] = tool_choice
        body["messages"] = self._messages(messages, note)
        return {key: value for key, value in body.items() if key not in self.given_up}

    def learn(self, body: Mapping[str, Json], refusal: str) -> bool:
        """Gives up the optional field that a refusal names, else the next in order; False if there is none left."""
        sent = [name for name in OPTIONAL if _is_sent(name, body)]
        named = [name for name in sent if re.search(_OTHER_NAMES.get(name, rf"\b{name}\b"), refusal)]
        named += [name for name in _ONLY_IF_NAMED if name in body and re.search(rf"\b{name}\b", refusal)]
        if not (named or sent):
            return False
        self.given_up.add((named or sent)[0])
        return True

    def answered(self, tool_choice: str, *, called: bool) -> None:
        """A reply came. Where a call was required and none came, the next one is asked for as JSON by its schema."""
        if tool_choice == "required":
            self.constrains = not called

    def failed(self, tool_choice: str) -> None:
        """An error came. Where a call was required, it is asked for the other way: one of the two may be what breaks it."""
        if tool_choice == "required":
            self.constrains = not self.constrains

    def think_less(self) -> None:
        """One step less effort for the rest of the run: a reply was all thought, and cut off (F18)."""
        self.effort = _LESS.get(self.effort, self.effort)

    def _constrained(self, tools: Sequence[Mapping[str, Json]], tool_choice: str) -> bool:
        wanted = self.constrains and tool_choice == "required" and len(tools) == 1
        return wanted and "response_format" not in self.given_up

    def _messages(self, messages: Sequence[Message], note: str) -> list[Json]:
        dropped = self.given_up.intersection(_OF_MESSAGES)
        kept = [{key: value for key, value in message.items() if key not in dropped} for message in messages]
        if note and kept:
            kept[-1] = {**kept[-1], "content": f"{kept[-1].get('content', '')}\n\n{note}"}
        return list(kept)


def _format(tool: Mapping[str, Json]) -> dict[str, Json]:
    """A tool's parameters as the schema of an answer, its texts bounded: a grammar knows no other end."""
    function = tool.get("function")
    parameters = function.get("parameters") if isinstance(function, Mapping) else None
    known = copy.deepcopy(dict(parameters)) if isinstance(parameters, Mapping) else {"type": "object"}
    schema: dict[str, Json] = {**known, "additionalProperties": False}
    _bound(schema)
    return {"type": "json_schema", "json_schema": {"name": tool_name(tool), "schema": schema, "strict": True}}


def _bound(schema: Json) -> None:
    if isinstance(schema, dict):
        if schema.get("type") == "string" and "enum" not in schema:
            schema.setdefault("maxLength", _LONGEST_TEXT)
        for inside in schema.values():
            _bound(inside)


def _is_sent(name: str, body: Mapping[str, Json]) -> bool:
    if name not in _OF_MESSAGES:
        return name in body
    messages = body.get("messages")
    return isinstance(messages, list) and any(isinstance(message, Mapping) and name in message for message in messages)
