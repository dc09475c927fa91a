"""What a run's journal keeps of the conversation: each request as what is new in it, each reply as it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from noc_agent.evidence import Json
from noc_agent.models.calls import tool_name
from noc_agent.models.model import Message

WITHHELD = " "  # in place of a thought that is not kept: there was one


def without_reasoning(record: Mapping[str, Json]) -> dict[str, Json]:
    """A record without what the model thought: only whether it did, which a replay's words depend on."""
    kept = dict(record)
    messages, completion = record.get("messages"), record.get("completion")
    if isinstance(messages, list | tuple):
        kept["messages"] = [_thoughtless(message) for message in messages]
    if isinstance(completion, Mapping):
        kept["completion"] = {**completion, "reasoning": WITHHELD if completion.get("reasoning") else ""}
    return kept


def _thoughtless(message: Json) -> Json:
    if not isinstance(message, Mapping):
        return message
    return {key: value for key, value in message.items() if key not in {"reasoning", "reasoning_content"}}


class Transcript:
    """Numbers and hands on the records of one investigation.

    A record has `n`, `elapsed_s`, `forced`; a request adds `from` (how many of the last request's messages still
    stand), `messages` (those after them), `max_tokens`, `tools` where other ones are offered than before, `usage`, and
    `completion` or `error`; the last one of a run that was stopped has `stop`, the reason.
    """

    def __init__(self, keep: Callable[[Mapping[str, Json]], None] | None) -> None:
        self._keep = keep
        self._records = 0
        self._messages: Sequence[Message] = ()
        self._offered: tuple[str, ...] = ()

    def request(
        self, messages: Sequence[Message], offered: Sequence[Mapping[str, Json]], max_tokens: int
    ) -> dict[str, Json]:
        """What is new in a request, to be recorded with its reply."""
        same = 0
        while same < min(len(messages), len(self._messages)) and messages[same] == self._messages[same]:
            same += 1
        self._messages = tuple(messages)
        new: dict[str, Json] = {"from": same, "messages": list(messages[same:]), "max_tokens": max_tokens}
        names = tuple(tool_name(tool) for tool in offered)
        if names != self._offered:
            self._offered = names
            new["tools"] = list(offered)
        return new

    def record(self, elapsed: float, forced: bool, what: Mapping[str, Json]) -> None:
        """Hands on one record. OSError where it cannot be kept."""
        self._records += 1
        if self._keep is not None:
            self._keep({"n": self._records, "elapsed_s": elapsed, "forced": forced, **what})

    def close(self) -> None:
        """No further record is handed on."""
        self._keep = None
