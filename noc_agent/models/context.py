"""Whether the server has read the whole prompt: Ollama drops the oldest messages in silence, the question among them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from noc_agent.evidence import Json
from noc_agent.models.model import whole

OLLAMA = "fp_ollama"
MOST_CHARACTERS = 6.0  # a token of English and JSON holds fewer on average
DRIFT = 1.3  # how much denser a later prompt may be than the densest one that was read whole
ANSWER = 512  # tokens that an answer needs beside the prompt


class ContextWatch:
    """Compares what a server says it has read with what was sent, and what comes next with the room there is.

    `ask` gets an answer of the server's own API, as JSON; it is asked only of Ollama, once.
    """

    def __init__(self, ask: Callable[[str], object]) -> None:
        self._ask = ask
        self._asked = False
        self._context = 0
        self._density = 0.0  # characters a token, of the prompts so far

    def lost(self, reply: object, body: Mapping[str, Json], prompt_tokens: int) -> str:
        """What shows that part of the prompt was not read; empty where nothing does."""
        if not isinstance(reply, Mapping) or reply.get("system_fingerprint") != OLLAMA or not prompt_tokens:
            return ""
        self._learn(str(body.get("model")))
        density = _size(body) / prompt_tokens
        if density > (self._density * DRIFT or MOST_CHARACTERS):
            return self._words(f"it read {prompt_tokens} tokens of a prompt of about {int(self._tokens(body))}")
        self._density = max(self._density, density)
        return ""

    def too_long(self, body: Mapping[str, Json]) -> str:
        """Why the next prompt would not be read whole; empty where it would, or nothing is known."""
        tokens = self._tokens(body)
        if self._context and self._density and tokens + ANSWER > self._context:
            return self._words(f"a prompt of about {int(tokens)} tokens and an answer do not fit")
        return ""

    def _tokens(self, body: Mapping[str, Json]) -> float:
        return _size(body) / (self._density or MOST_CHARACTERS / 2)

    def _words(self, what: str) -> str:
        return f"{what} (its context: {self._context} tokens)" if self._context else what

    def _learn(self, model: str) -> None:
        if not self._asked:
            self._asked = True
            self._context = loaded_context(self._ask("/api/ps"), model)


def loaded_context(answer: object, model: str) -> int:
    """The context that Ollama's /api/ps states of a loaded model, 0 if it states none."""
    rows = answer.get("models") if isinstance(answer, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and _same(model, row):
            return whole(row.get("context_length"))
    return 0


def _same(model: str, row: Mapping[str, object]) -> bool:
    return bool({model, f"{model}:latest"} & {row.get("name"), row.get("model")})


def _size(body: Mapping[str, Json]) -> float:
    """Characters of a prompt; tools are rendered in about a third of their JSON."""
    messages, tools = body.get("messages"), body.get("tools")
    said = sum(_letters(message) for message in messages) if isinstance(messages, list) else 0
    return said + len(json.dumps(tools or "")) / 3


def _letters(message: Json) -> int:
    """Of a message what a template renders: its text, its thought once, its call."""
    if not isinstance(message, Mapping):
        return 0
    calls = message.get("tool_calls")
    text = f"{message.get('content') or ''}{message.get('reasoning') or message.get('reasoning_content') or ''}"
    return len(text) + (len(json.dumps(calls)) if calls else 0)
