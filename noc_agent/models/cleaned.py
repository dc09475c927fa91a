"""A model whose words are cleaned as those of a device are: they go into the journal, the next prompt and the report."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence

from noc_agent.errors import NocAgentError
from noc_agent.evidence import Json
from noc_agent.models.history import clean_json
from noc_agent.models.model import Completion, Message, Model, Usage


class CleanedModel:
    """Another model, with each text of its replies through `clean`. A reply from a journal is clean already and stays."""

    def __init__(self, model: Model, clean: Callable[[str], str]) -> None:
        self._model, self._clean = model, clean

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def usage(self) -> Usage:
        return self._model.usage

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        try:
            reply = self._model.complete(
                messages, tools, max_tokens=max_tokens, deadline=deadline, tool_choice=tool_choice
            )
        except NocAgentError as error:
            raise type(error)(*map(self._clean, (error.where, error.what, error.mend))) from error
        calls = tuple(
            dataclasses.replace(call, id=self._clean(call.id), arguments=self._arguments(call.arguments))
            for call in reply.tool_calls
        )
        return dataclasses.replace(
            reply, content=self._clean(reply.content), reasoning=self._clean(reply.reasoning), tool_calls=calls
        )

    def _arguments(self, text: str) -> str:
        """Arguments stay the JSON that they are; what is none is cleaned as text."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self._clean(text)
        clean = clean_json(value, self._clean)
        return text if clean == value else json.dumps(clean, ensure_ascii=False)
