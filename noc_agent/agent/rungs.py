"""How the rungs of the ladder are asked: at the site's endpoint, after what a cut-off run had heard, or from a journal alone."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from noc_agent.agent.asking import Rung, turns_of
from noc_agent.agent.budget import Budget, recorded_clock, recorded_estimates
from noc_agent.agent.options import Options
from noc_agent.agent.request import Request
from noc_agent.errors import ModelUnavailable
from noc_agent.evidence import Json
from noc_agent.models import ContinuedModel, Model, RecordedModel, Tell, replies_in

Turns = Sequence[Mapping[str, Json]]


class Live:
    """At the endpoint. `turns` are those of a run that is resumed: what was answered is not asked again.

    `sent` is told each request before it leaves.
    """

    def __init__(self, request: Request, deadline: float, turns: Turns = (), sent: Tell | None = None) -> None:
        self._request, self._deadline, self._turns, self._sent = request, deadline, turns, sent

    def model(self, number: int, rung: Rung) -> Model:
        model = self._chat(rung)
        turns = turns_of(self._turns, number)
        if not replies_in(turns):
            return model
        return ContinuedModel(RecordedModel(turns, rung.model), replies_in(turns), model)

    def _chat(self, rung: Rung) -> Model:
        from noc_agent.models.chat import ChatModel  # noqa: PLC0415 - the model's libraries only where a model is asked

        request = self._request
        endpoint = request.endpoints.get(rung.model, "no endpoint is configured")
        if isinstance(endpoint, str):
            raise ModelUnavailable("model", endpoint, "add `model:` to site.yaml or --endpoint")
        key, watch = self._key(rung.model), request.watch
        return ChatModel(endpoint, rung.model, api_key=key, effort=rung.effort, watch=watch, sent=self._sent)

    def _key(self, name: str) -> str:
        """A server's own key goes to no other one."""
        settings = self._request.site.model
        if settings is None:
            return ""
        elsewhere = name in self._request.options.endpoints
        return settings.api_keys.get(name, "") if elsewhere else settings.api_key

    def budget(self, number: int, share: float, spent: int) -> Budget:
        now, most = time.monotonic(), self._request.options.max_tokens
        tokens = None if most is None else int((most - spent) * share)
        return Budget(max_tokens=tokens, deadline=now + (self._deadline - now) * share)


class Replayed:
    """From a journal: the same replies within the same limits, by the same clock."""

    def __init__(self, turns: Turns, options: Options) -> None:
        self._turns, self._options = turns, options

    def model(self, number: int, rung: Rung) -> Model:
        if not turns_of(self._turns, number):
            raise ModelUnavailable("journal", "the run asked no model")
        return RecordedModel(turns_of(self._turns, number), rung.model)

    def budget(self, number: int, share: float, spent: int) -> Budget:
        turns = turns_of(self._turns, number)
        begin = next((begin for turn in turns if isinstance(begin := turn.get("begin"), Mapping)), {})
        seconds, tokens = begin.get("seconds", self._options.timeout), begin.get("tokens", self._options.max_tokens)
        return Budget(
            max_tokens=tokens if isinstance(tokens, int) else None,
            deadline=float(seconds) if isinstance(seconds, int | float) else math.inf,
            clock=recorded_clock(turns),
            estimates=recorded_estimates(turns),
        )
