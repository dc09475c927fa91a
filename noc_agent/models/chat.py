"""A model behind an OpenAI-compatible Chat Completions endpoint: vLLM, Ollama, llama.cpp, SGLang and their like.

Whole replies, streamed only where a person watches: names leak channel tokens when streamed on several servers.
Retries, limits and the deadline are ours. F numbers are rows of the fault catalogue.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from noc_agent.errors import BadInput, ModelUnavailable
from noc_agent.evidence import Json
from noc_agent.models.calls import decode_arguments, known_name, tool_name
from noc_agent.models.coercion import coerced
from noc_agent.models.context import ContextWatch
from noc_agent.models.faults import (
    LARGER_CONTEXT,
    NO_PROXY,
    SEE_LOG,
    PassingError,
    RejectedError,
    is_overflow,
    room_left,
    unread_call,
)
from noc_agent.models.guard import Endpoint
from noc_agent.models.manners import READABLE, Manners
from noc_agent.models.model import Completion, Message, ModelReplyError, Tell, ToolCall, Usage
from noc_agent.models.reply import PAGE, UnusableReplyError, read_completion, read_json, usage_of
from noc_agent.models.spoken import fitting_call, read_spoken
from noc_agent.models.stream import Overheard, read_stream

if TYPE_CHECKING:
    from noc_agent.models.wire import Wire

MAX_REQUESTS = 9  # for one reply
LEAST_ROOM = 256  # tokens of an answer that are worth a request
ASIDE_SECONDS = 5.0

Tools = Sequence[Mapping[str, Json]]


@dataclass(slots=True)
class _Attempts:
    """The requests for one reply so far: how many failed in a way that may pass, and what the next one adds."""

    max_tokens: int
    count: int = 0
    faults: int = 0
    note: str = ""


class ChatModel:
    """A model on a checked endpoint. `backoff` is the pause before the first retry, in seconds; it doubles.

    `watch` is told the model's reasoning while it comes, `sent` each request before it leaves.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        name: str,
        *,
        api_key: str = "",
        effort: str = "medium",
        retries: int = 3,
        backoff: float = 0.5,
        watch: Callable[[str], None] | None = None,
        sent: Tell | None = None,
    ) -> None:
        if not all("!" <= character <= "~" for character in api_key):
            raise BadInput("model: api_key", "it holds a blank, a control or a non-ASCII character", "check the key")
        self._endpoint = endpoint
        self._where = f"model endpoint {endpoint.origin}"
        self._name = name
        self._key = api_key or "none"
        self._retries = retries
        self._backoff = backoff
        self._watch = watch
        self._sent = sent
        self._manners = Manners(name, effort, streams=watch is not None)
        self._context = ContextWatch(self._aside)
        self._answered = Usage()
        self._wire: Wire | None = None
        self._room = 0  # for an answer, as a server with little context stated it; prompts hardly grow

    @property
    def name(self) -> str:
        return self._name

    @property
    def usage(self) -> Usage:
        return self._answered + self._wire.usage if self._wire else self._answered

    def complete(
        self,
        messages: Sequence[Message],
        tools: Tools,
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        """One reply; see `Model.complete`. Retries what may pass, gives up what the server does not take.

        A call that came as text is a call of the reply, and known calls have their arguments as the schema wants them.
        """
        before = self.usage
        attempts = _Attempts(min(max_tokens, self._room or max_tokens))
        while True:
            body = self._manners.body(messages, tools, attempts.max_tokens, tool_choice, attempts.note)
            attempts.count += 1
            try:
                completion = _usable(self._request(body, deadline), tools)
            except PassingError as fault:
                salvaged = fitting_call(fault.unread or "", tools)
                if salvaged is None:
                    self._manners.failed(tool_choice)
                    self._pause(fault, attempts, deadline)
                    continue
                completion = Completion(tool_calls=(salvaged,), finish_reason="tool_calls")
            except RejectedError as fault:
                self._give_in(body, str(fault), attempts)
                continue
            self._manners.answered(tool_choice, called=bool(completion.tool_calls))
            if completion.finish_reason == "length" and not (completion.tool_calls or completion.content.strip()):
                self._manners.think_less()
            spent = self.usage - before
            return replace(
                completion,
                requests=spent.requests,
                prompt_tokens=spent.prompt_tokens,
                completion_tokens=spent.completion_tokens,
            )

    def _request(self, body: Mapping[str, Json], deadline: float) -> Completion:
        if too_long := self._context.too_long(body):
            raise ModelUnavailable(self._where, too_long, LARGER_CONTEXT)
        wire = self._line()
        heard = Overheard(self._watch) if self._watch and "stream" in body else None
        try:
            answer = wire.post(body, deadline, heard.feed if heard else None)
        finally:
            if heard:
                heard.close()
        data: object = None
        try:
            data = read_stream(answer)
            cost = usage_of(data)
            self._answered += cost
            completion = read_completion(data)
        except UnusableReplyError as error:
            self._manners.given_up.update({"stream"} & set(body))
            mend = NO_PROXY if PAGE in str(error) else SEE_LOG
            raise PassingError(f"it answers with {error}", mend=mend, unread=unread_call(data)) from error
        if lost := self._context.lost(data, body, cost.prompt_tokens):
            raise ModelUnavailable(self._where, lost, LARGER_CONTEXT)
        return completion

    def _line(self) -> Wire:
        if self._wire is None:
            from noc_agent.models.wire import Wire  # noqa: PLC0415 - openai costs half a second; only models need it

            self._wire = Wire(self._endpoint, self._key, self._sent)
        return self._wire

    def _aside(self, path: str) -> object:
        """An answer of the server's own API, where it has one."""
        answer = self._line().get(path, time.monotonic() + ASIDE_SECONDS)
        try:
            return read_json(answer.content) if answer is not None else None
        except UnusableReplyError:
            return None

    def _pause(self, fault: PassingError, attempts: _Attempts, deadline: float) -> None:
        """Waits before the next request, which tells the model what could not be read; a third one is never streamed."""
        attempts.faults += 1
        if attempts.faults > 1:
            self._manners.given_up.add("stream")
        attempts.note = READABLE if fault.unread is not None else ""
        wait = max(fault.wait, self._backoff * 2.0 ** (attempts.faults - 1))
        if attempts.faults > self._retries or attempts.count >= MAX_REQUESTS:
            what = f"{fault}, {attempts.count} times in a row"
            raise ModelReplyError(self._where, what, fault.mend) from fault
        if time.monotonic() + wait >= deadline:
            raise ModelUnavailable(self._where, f"{fault}, and no time is left to try again", fault.mend) from fault
        time.sleep(wait)

    def _give_in(self, body: Mapping[str, Json], refusal: str, attempts: _Attempts) -> None:
        """A shorter answer where the context wants it, else one optional field less for the rest of the run."""
        if is_overflow(refusal):
            room = room_left(refusal)
            if not LEAST_ROOM <= room < attempts.max_tokens or attempts.count >= MAX_REQUESTS:
                raise ModelUnavailable(self._where, "the conversation exceeds the server's context", LARGER_CONTEXT)
            attempts.max_tokens = self._room = room
        elif attempts.count >= MAX_REQUESTS or not self._manners.learn(body, refusal):
            raise ModelUnavailable(self._where, "it rejects the request (400)", SEE_LOG)


def _usable(completion: Completion, tools: Tools) -> Completion:
    """The completion with what its text says as calls, and the arguments of known calls as their schema wants them."""
    completion = read_spoken(completion, tools)
    return replace(completion, tool_calls=tuple(_mended(call, tools) for call in completion.tool_calls))


def _mended(call: ToolCall, tools: Tools) -> ToolCall:
    arguments = decode_arguments(call.arguments)
    name = known_name(call.name, arguments, tools)
    tool = next((tool for tool in tools if tool_name(tool) == name), None)
    if arguments is None or tool is None:
        return call
    wanted = coerced(arguments, tool)
    return call if wanted == arguments else replace(call, arguments=json.dumps(wanted))
