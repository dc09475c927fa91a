"""Whether the server has read the whole prompt: Ollama drops the oldest messages in silence, the question among them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from noc_agent.evidence import Json
from noc_agent.models.model import whole

OLLAMA = "fp_ollama"
MOST_CHARACTERS, LEAST_CHARACTERS = 6.0, 3.0  # of a token, on average over a prompt
SLACK = 32  # tokens by which two counts of the same prompt may differ
ANSWER = 256  # tokens below which an answer is cut before it says anything


@dataclass(frozen=True, slots=True)
class _Read:
    """A prompt that was read whole: its characters, those of its tools, and the tokens that the server counted."""

    size: int
    tools: int
    tokens: int


class ContextWatch:
    """Compares what an Ollama server says it has read with what was sent, and what comes next with the room there is.

    `ask` gets an answer of the server's own API, as JSON; it is asked once.
    """

    def __init__(self, ask: Callable[[str], object]) -> None:
        self._ask = ask
        self._context: int | None = None
        self._last: _Read | None = None

    def lost(self, reply: object, body: Mapping[str, Json], tokens: int) -> str:
        """What shows that part of a prompt was not read, or all of it and no room left; empty where nothing does."""
        if not isinstance(reply, Mapping) or reply.get("system_fingerprint") != OLLAMA or not tokens:
            return ""
        if self._context is None:
            self._context = loaded_context(self._ask("/api/ps"), str(body.get("model")))
        now = _Read(_size(body.get("messages")), _letters(body.get("tools")), tokens)
        least = now.size / MOST_CHARACTERS
        if (last := self._comparable(now)) is not None:
            least = max(least, last.tokens + (now.size - last.size) / MOST_CHARACTERS - SLACK)
        if tokens < least:
            return self._words(f"it read {tokens} tokens of a prompt of at least {int(least)}")
        if self._context and tokens + ANSWER > self._context:
            return self._words(f"a prompt of {tokens} tokens leaves no room to answer")
        self._last = now
        return ""

    def too_long(self, body: Mapping[str, Json]) -> str:
        """Why the next prompt would not be read whole; empty where it would, or where too little is known."""
        now = _Read(_size(body.get("messages")), _letters(body.get("tools")), 0)
        last = self._comparable(now)
        if not self._context or last is None:
            return ""
        tokens = last.tokens + int((now.size - last.size) / LEAST_CHARACTERS)
        if tokens + ANSWER <= self._context:
            return ""
        return self._words(f"a prompt of about {tokens} tokens and an answer do not fit")

    def _comparable(self, now: _Read) -> _Read | None:
        """The prompt before, if this one is that and more: how tools are rendered is not known."""
        last = self._last
        return last if last is not None and last.tools == now.tools and last.size <= now.size else None

    def _words(self, what: str) -> str:
        return f"{what} (its context: {self._context} tokens)" if self._context else what


def loaded_context(answer: object, model: str) -> int:
    """The context that Ollama's /api/ps states of a loaded model, 0 if it states none."""
    rows = answer.get("models") if isinstance(answer, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and _same(model, row):
            return whole(row.get("context_length"))
    return 0


def _same(model: str, row: Mapping[str, object]) -> bool:
    return bool({model, f"{model}:latest"} & {row.get("name"), row.get("model")})


def _size(messages: Json) -> int:
    """Characters of the messages that every template renders: of thoughts and calls some leave out a part."""
    rows = messages if isinstance(messages, list) else []
    return sum(len(str(row.get("content") or "")) for row in rows if isinstance(row, Mapping))


def _letters(value: Json) -> int:
    return len(json.dumps(value)) if value else 0
