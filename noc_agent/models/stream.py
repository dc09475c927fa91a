"""A streamed reply: put together into the one it would have been, and overheard while it comes.

A stream is used only where a person watches. One that ends with neither a finish_reason nor `[DONE]` was cut short,
though nothing raises (F25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from noc_agent.models.model import text_of
from noc_agent.models.reply import UnusableReplyError, arguments_text, read_json

_THOUGHTS = ("reasoning", "reasoning_content")


def read_stream(body: bytes) -> object:
    """The chat completion that the events of a stream add up to, unchecked; UnusableReplyError if it was cut short."""
    if not body.lstrip().startswith((b"data:", b"event:", b":")):
        return read_json(body)  # a server that does not stream answers with the whole
    reply = _Reply()
    for event in _events(body):
        if event.strip() == b"[DONE]":
            reply.ended = True
            break
        chunk = read_json(event)
        if isinstance(chunk, dict):
            if chunk.get("error"):
                return chunk
            reply.add(chunk)
    if not reply.ended:
        raise UnusableReplyError("a stream that was cut short")
    return reply.whole()


class Overheard:
    """Hands the reasoning on while it comes. Fed with the bytes of the answer; whatever is no event is passed over."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rest = b""
        self._told = False

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for event in _events(b"\n".join(lines)):
            try:
                chunk = read_json(event)
            except UnusableReplyError:
                continue
            thought = _thought(_delta(chunk))
            if thought:
                self._tell(thought)
                self._told = True

    def close(self) -> None:
        """The reply is whole: what was told ends in a line of its own."""
        if self._told:
            self._tell("\n")


@dataclass(slots=True)
class _Reply:
    """What the chunks so far add up to."""

    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)
    latest: dict[object, dict[str, str]] = field(default_factory=dict)
    finish_reason: str | None = None
    usage: object = None
    system_fingerprint: object = None
    ended: bool = False

    def add(self, chunk: dict[str, object]) -> None:
        self.usage = chunk.get("usage") or self.usage
        self.system_fingerprint = chunk.get("system_fingerprint") or self.system_fingerprint
        choice = _choice(chunk)
        finish = text_of(choice.get("finish_reason"))
        if finish:
            self.finish_reason, self.ended = finish, True
        delta = _delta(chunk)
        self.content.append(text_of(delta.get("content")))
        self.reasoning.append(_thought(delta))
        calls = delta.get("tool_calls")
        for part in calls if isinstance(calls, list) else ():
            if isinstance(part, dict):
                self._add_call(part)

    def _add_call(self, part: dict[str, object]) -> None:
        """A piece of a call: `index` says of which. A new id is a new call, whatever index some servers give it."""
        index, call_id = part.get("index"), text_of(part.get("id"))
        call = self.latest.get(index)
        if call is None or (call_id and call["id"] != call_id):
            call = {"id": call_id, "name": "", "arguments": ""}
            self.calls.append(call)
            self.latest[index] = call
        function = part.get("function")
        if isinstance(function, dict):
            call["name"] += text_of(function.get("name"))
            call["arguments"] += arguments_text(function.get("arguments"))

    def whole(self) -> dict[str, object]:
        calls = [{"id": c["id"], "function": {"name": c["name"], "arguments": c["arguments"]}} for c in self.calls]
        message = {"content": "".join(self.content), "reasoning": "".join(self.reasoning), "tool_calls": calls}
        return {
            "choices": [{"message": message, "finish_reason": self.finish_reason}],
            "usage": self.usage,
            "system_fingerprint": self.system_fingerprint,
        }


def _events(body: bytes) -> Iterator[bytes]:
    for line in body.split(b"\n"):
        if line.startswith(b"data:"):
            yield line[5:].strip()


def _choice(chunk: object) -> dict[str, object]:
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _delta(chunk: object) -> dict[str, object]:
    delta = _choice(chunk).get("delta")
    return delta if isinstance(delta, dict) else {}


def _thought(delta: dict[str, object]) -> str:
    return next((text for key in _THOUGHTS if (text := text_of(delta.get(key)))), "")
