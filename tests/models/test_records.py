"""What a journal keeps of a model, and models that need no server."""

from __future__ import annotations

import json

import pytest

from noc_agent.errors import EndpointRefused, ModelUnavailable, NocAgentError
from noc_agent.models import Completion, ModelReplyError, RecordedModel, ScriptedModel, ToolCall, Usage
from noc_agent.models.model import failure_from_json, failure_to_json

REPLY = Completion("a", "hm", (ToolCall("1", "look", '{"x": 1}'), ToolCall("", "", "")), 10, 5, "tool_calls", 2)


def test_a_completion_survives_the_journal() -> None:
    assert Completion.from_json(json.loads(json.dumps(REPLY.to_json()))) == REPLY
    assert Completion.from_json({"tool_calls": 3, "content": None, "prompt_tokens": "9"}) == Completion(requests=0)


@pytest.mark.parametrize("kind", [ModelUnavailable, ModelReplyError, EndpointRefused])
def test_a_failure_survives_the_journal(kind: type[NocAgentError]) -> None:
    error = kind("model endpoint", "it is gone", "start it")
    again = failure_from_json(json.loads(json.dumps(failure_to_json(error))))
    assert (type(again), str(again)) == (kind, str(error))


def test_a_script_is_followed_to_its_end() -> None:
    model = ScriptedModel([REPLY, ModelUnavailable("m", "gone")])
    assert model.complete([{"role": "user", "content": "u"}], [], max_tokens=1, deadline=0.0) == REPLY
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            model.complete([], [], max_tokens=1, deadline=0.0)
    assert model.usage == Usage(2, 10, 5)
    assert model.asked[0] == ({"role": "user", "content": "u"},)


def test_a_recording_gives_the_same_replies_and_failures_at_the_same_cost() -> None:
    failure = ModelReplyError("model endpoint", "it answers 500, 4 times in a row")
    model = RecordedModel(
        [
            {"completion": REPLY.to_json(), "usage": REPLY.usage.to_json()},
            {"error": failure_to_json(failure), "usage": Usage(4, 7, 0).to_json()},
            {"stop": "24 steps were used up"},
        ],
        "gpt-oss-20b",
    )
    assert model.complete([], [], max_tokens=1, deadline=0.0) == REPLY
    with pytest.raises(ModelReplyError, match="4 times"):
        model.complete([], [], max_tokens=1, deadline=0.0)
    assert model.usage == Usage(6, 17, 5)
    with pytest.raises(ModelUnavailable, match="recording ends"):
        model.complete([], [], max_tokens=1, deadline=0.0)
