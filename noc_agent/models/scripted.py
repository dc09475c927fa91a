"""Models without a server: one that follows a script, one that feeds back what a journal recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from noc_agent.errors import ModelUnavailable, NocAgentError
from noc_agent.evidence import Json
from noc_agent.models.calls import tool_name
from noc_agent.models.model import Completion, Message, Model, Usage, failure_from_json


class ScriptedModel:
    """Gives the replies it was built with, in order; an error among them is raised. Keeps what it was asked."""

    def __init__(self, replies: Iterable[Completion | NocAgentError], name: str = "scripted") -> None:
        self._replies = iter(replies)
        self._name = name
        self._usage = Usage()
        self.asked: list[tuple[Message, ...]] = []
        self.offered: list[tuple[str, ...]] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def usage(self) -> Usage:
        return self._usage

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        self.asked.append(tuple(dict(message) for message in messages))
        self.offered.append(tuple(tool_name(tool) for tool in tools))
        reply = next(self._replies, None)
        if reply is None:
            raise ModelUnavailable(f"model {self._name}", "the script has no further reply")
        if isinstance(reply, NocAgentError):
            raise reply
        self._usage += reply.usage
        return reply


class RecordedModel:
    """Gives the replies that the records of a run keep, failures included, at the cost they had then.

    `records` are what the loop's `on_turn` received: those with `completion` or `error` are replies, others are
    passed over.
    """

    def __init__(self, records: Iterable[Mapping[str, Json]], name: str) -> None:
        self._replies = iter([record for record in records if "completion" in record or "error" in record])
        self._name = name
        self._usage = Usage()

    @property
    def name(self) -> str:
        return self._name

    @property
    def usage(self) -> Usage:
        return self._usage

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        record = next(self._replies, {})
        usage, completion, error = (record.get(key) for key in ("usage", "completion", "error"))
        if isinstance(usage, Mapping):
            self._usage += Usage.from_json(usage)
        if isinstance(completion, Mapping):
            return Completion.from_json(completion)
        if isinstance(error, Mapping):
            raise failure_from_json(error)
        raise ModelUnavailable(f"model {self._name}", "the recording ends before the run does")


def replies_in(records: Iterable[Mapping[str, Json]]) -> int:
    """How many replies the records of a run keep."""
    return sum("completion" in record or "error" in record for record in records)


class ContinuedModel:
    """A model that goes on after the replies of a run that was cut off: those are not asked for again."""

    def __init__(self, recorded: RecordedModel, replies: int, model: Model) -> None:
        self._recorded, self._left, self._model = recorded, replies, model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def usage(self) -> Usage:
        return self._recorded.usage + self._model.usage

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        model: Model = self._recorded if self._left > 0 else self._model
        self._left -= 1
        return model.complete(messages, tools, max_tokens=max_tokens, deadline=deadline, tool_choice=tool_choice)
