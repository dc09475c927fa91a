"""A model behind an OpenAI-compatible Chat Completions endpoint: vLLM, Ollama, llama.cpp, SGLang and their like.

Non-streaming: names leak channel tokens when streamed on several servers. Retries, limits and the deadline are ours.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from noc_agent.errors import BadInput, ModelUnavailable
from noc_agent.evidence import Json
from noc_agent.models.faults import PassingError, RejectedError
from noc_agent.models.guard import Endpoint
from noc_agent.models.model import Completion, Message, ModelReplyError, Usage
from noc_agent.models.reply import UnusableReplyError, read_completion, read_json, usage_of

if TYPE_CHECKING:
    from noc_agent.models.wire import Wire

# The order in which they are given up when a server names none of them.
OPTIONAL = ("stream_options", "tool_choice", "reasoning_effort", "reasoning_content", "reasoning")
MAX_REQUESTS = 9  # for one reply

_ONLY_IF_NAMED = ("temperature", "top_p")
_OF_MESSAGES = ("reasoning", "reasoning_content")
_OVERFLOW = re.compile(r"exceed_context_size|context (length|size|window)|maximum context|n_ctx|prompt is too long")


@dataclass(slots=True)
class _Attempts:
    """The requests for one reply so far, and how many of them failed in a way that may pass."""

    count: int = 0
    faults: int = 0


class ChatModel:
    """A model on a checked endpoint. `backoff` is the pause before the first retry, in seconds; it doubles."""

    def __init__(
        self,
        endpoint: Endpoint,
        name: str,
        *,
        api_key: str = "",
        effort: str = "medium",
        retries: int = 3,
        backoff: float = 0.5,
    ) -> None:
        if not all("!" <= character <= "~" for character in api_key):
            raise BadInput("model: api_key", "it holds a blank, a control or a non-ASCII character", "check the key")
        self._endpoint = endpoint
        self._where = f"model endpoint {endpoint.origin}"
        self._name = name
        self._key = api_key or "none"
        self._effort = effort
        self._retries = retries
        self._backoff = backoff
        self._given_up: set[str] = set()
        self._answered = Usage()
        self._wire: Wire | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def usage(self) -> Usage:
        return self._answered + self._wire.usage if self._wire else self._answered

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        """One reply; see `Model.complete`. Retries what may pass, gives up what the server does not take."""
        before = self.usage
        attempts = _Attempts()
        while True:
            body = self._body(messages, tools, max_tokens, tool_choice)
            attempts.count += 1
            try:
                completion = self._request(body, deadline)
            except PassingError as fault:
                self._pause(fault, attempts, deadline)
            except RejectedError as fault:
                self._give_up(body, str(fault), attempts)
            else:
                spent = self.usage - before
                return replace(
                    completion,
                    requests=spent.requests,
                    prompt_tokens=spent.prompt_tokens,
                    completion_tokens=spent.completion_tokens,
                )

    def _body(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Json]], max_tokens: int, tool_choice: str
    ) -> dict[str, Json]:
        dropped = self._given_up.intersection(_OF_MESSAGES)
        body: dict[str, Json] = {
            "model": self._name,
            "messages": [{key: value for key, value in message.items() if key not in dropped} for message in messages],
            "max_tokens": max_tokens,
            "temperature": 1.0,
            "top_p": 1.0,
            "reasoning_effort": self._effort,
        }
        if tools:
            body["tools"] = list(tools)
            if tool_choice != "auto":
                body["tool_choice"] = tool_choice
        return {key: value for key, value in body.items() if key not in self._given_up}

    def _request(self, body: Mapping[str, Json], deadline: float) -> Completion:
        if self._wire is None:
            from noc_agent.models.wire import Wire  # noqa: PLC0415 - openai costs half a second; only models need it

            self._wire = Wire(self._endpoint, self._key)
        answer = self._wire.post(body, deadline)
        try:
            data = read_json(answer)
            self._answered += usage_of(data)
            return read_completion(data)
        except UnusableReplyError as error:
            raise PassingError(f"it answers with {error}") from error

    def _pause(self, fault: PassingError, attempts: _Attempts, deadline: float) -> None:
        attempts.faults += 1
        wait = max(fault.wait, self._backoff * 2.0 ** (attempts.faults - 1))
        if attempts.faults > self._retries or attempts.count >= MAX_REQUESTS:
            what = f"{fault}, {attempts.count} times in a row"
            raise ModelReplyError(self._where, what, "see the server's log") from fault
        if time.monotonic() + wait >= deadline:
            raise ModelUnavailable(self._where, f"{fault}, and no time is left to try again") from fault
        time.sleep(wait)

    def _give_up(self, body: Mapping[str, Json], text: str, attempts: _Attempts) -> None:
        """Gives up one optional field for the rest of the run: the one that is named, else the next in order."""
        if _OVERFLOW.search(text):
            mend = "serve the model with a larger context"
            raise ModelUnavailable(self._where, "the conversation exceeds the server's context", mend)
        sent = [field for field in OPTIONAL if _is_sent(field, body)]
        named = [field for field in sent if re.search(rf"\b{field}\b", text)]
        named += [field for field in _ONLY_IF_NAMED if field in body and re.search(rf"\b{field}\b", text)]
        if not (named or sent) or attempts.count >= MAX_REQUESTS:
            raise ModelUnavailable(self._where, "it rejects the request (400)", "see the server's log")
        self._given_up.add((named or sent)[0])


def _is_sent(field: str, body: Mapping[str, Json]) -> bool:
    if field not in _OF_MESSAGES:
        return field in body
    messages = body.get("messages")
    return isinstance(messages, list) and any(isinstance(message, Mapping) and field in message for message in messages)
