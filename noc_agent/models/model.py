"""The seam to a model: what is asked, what comes back, what it cost, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from noc_agent.errors import EndpointRefused, ModelUnavailable, NocAgentError
from noc_agent.evidence import Json

Message: TypeAlias = Mapping[str, Json]
Tell = Callable[[str, str, str, bytes], None]  # a request about to leave: the endpoint's origin, method, target, body


class ModelReplyError(ModelUnavailable):
    """The server answers, time and again, with something that is no chat completion."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model has cost so far: requests sent, retries included, tokens as the server counts them, seconds in which the
    server had a request of ours."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            self.requests - other.requests,
            self.prompt_tokens - other.prompt_tokens,
            self.completion_tokens - other.completion_tokens,
            self.seconds - other.seconds,
        )

    def to_json(self) -> dict[str, Json]:
        return {
            "requests": self.requests,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Usage:
        requests, prompt, completion = (
            whole(data.get(key)) for key in ("requests", "prompt_tokens", "completion_tokens")
        )
        seconds = data.get("seconds")  # journals of before did not keep it
        return cls(requests, prompt, completion, float(seconds) if isinstance(seconds, int | float) else 0.0)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as it came: nothing about it is checked yet. `arguments` is meant to be a JSON object as text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply of a model. Token counts include those of replies that were thrown away on the way to this one."""

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str = ""
    requests: int = 1

    @property
    def usage(self) -> Usage:
        return Usage(self.requests, self.prompt_tokens, self.completion_tokens)

    def to_json(self) -> dict[str, Json]:
        """The completion as the journal keeps it; `from_json` reads it back unchanged."""
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in self.tool_calls]
        return {
            "content": self.content,
            "reasoning": self.reasoning,
            "tool_calls": calls,
            "finish_reason": self.finish_reason,
            **self.usage.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Completion:
        """A completion out of a journal; what is absent or of another type is empty."""
        calls = data.get("tool_calls")
        usage = Usage.from_json(data)
        return cls(
            content=text_of(data.get("content")),
            reasoning=text_of(data.get("reasoning")),
            tool_calls=tuple(
                ToolCall(*(text_of(call.get(key)) for key in ("id", "name", "arguments")))
                for call in (calls if isinstance(calls, list | tuple) else ())
                if isinstance(call, Mapping)
            ),
            finish_reason=text_of(data.get("finish_reason")),
            requests=usage.requests,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )


class Model(Protocol):
    """Something that answers a conversation with text or tool calls."""

    @property
    def name(self) -> str:
        """The model's name, as the diagnosis document shows it."""
        ...

    @property
    def usage(self) -> Usage:
        """What this model has cost so far, failed requests included."""
        ...

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        """One reply, by `deadline` (time.monotonic).

        ModelUnavailable if there is none: the endpoint cannot serve, or its replies cannot be used (ModelReplyError).
        EndpointRefused if the endpoint has left the site.
        """
        ...


def not_gpt_oss(name: str) -> str:
    """What is said once of a model that is by its name no gpt-oss; empty for one that is."""
    if "gpt-oss" in name.lower().replace("_", "-"):
        return ""
    return f"the model {name} is by its name no gpt-oss: it is used as any model that calls tools"


def text_of(value: object) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int:
    """The value if it is a count, else 0: servers send null, floats and worse."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        return 0
    return int(value)


_KINDS: dict[str, type[NocAgentError]] = {
    "unavailable": ModelUnavailable,
    "reply": ModelReplyError,
    "refused": EndpointRefused,
}


def failure_to_json(error: NocAgentError) -> dict[str, Json]:
    """A model's failure as the journal keeps it."""
    kind = next((kind for kind, of in _KINDS.items() if type(error) is of), "unavailable")
    return {"kind": kind, "where": error.where, "what": error.what, "mend": error.mend}


def failure_from_json(data: Mapping[str, Json]) -> NocAgentError:
    """The failure that the journal kept."""
    kind = _KINDS.get(text_of(data.get("kind")), ModelUnavailable)
    return kind(*(text_of(data.get(key)) for key in ("where", "what", "mend")))
