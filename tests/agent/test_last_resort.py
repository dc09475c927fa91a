"""The submission that is forced at the end, on servers that refuse, break or ignore what would force it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from noc_agent.evidence import Json
from tests.agent.scripted_server import Asked, Raw, error, say, submit
from tests.agent.test_loop import Bench

SUBMISSION = {
    "verdict": "likely",
    "root_causes": ["interface_admin_down | interface/r1/eth1 | E1 | shut"],
    "summary": "eth1 was shut",
}
Answer = dict[str, Json] | Raw


def is_required(asked: Asked) -> bool:
    return asked.body.get("tool_choice") == "required"


def by_schema(asked: Asked) -> bool:
    return "response_format" in asked.body


def told_in_words(asked: Asked) -> bool:
    return "as one JSON object" in str(asked.messages[-1]["content"])


def talks_until(
    obeys: Callable[[Asked], bool], otherwise: Callable[[Asked], Answer | None]
) -> Callable[[Asked], Answer]:
    """A server whose model talks until it obeys; `otherwise` is what the server makes of a request before that."""

    def reply(asked: Asked) -> Answer:
        if (made := otherwise(asked)) is not None:
            return made
        if not obeys(asked):
            return say("It is the weather.")
        return submit() if is_required(asked) else say(f"Here it is: {json.dumps(SUBMISSION)}")

    return reply


def breaks(kind: Callable[[Asked], bool]) -> Callable[[Asked], Answer | None]:
    return lambda asked: error(500, "out of grammar") if kind(asked) else None


def refuses(*names: str) -> Callable[[Asked], Answer | None]:
    """A 400 that names the first of the fields that is there."""
    return lambda asked: next((error(400, f"{name} is not supported") for name in names if name in asked.body), None)


@pytest.mark.parametrize(
    ("obeys", "otherwise"),
    [
        pytest.param(is_required, refuses(), id="a required call"),
        pytest.param(by_schema, refuses(), id="ignores a required call"),
        pytest.param(by_schema, breaks(is_required), id="500 on a required call"),
        pytest.param(by_schema, refuses("tool_choice"), id="refuses a required call"),
        pytest.param(is_required, refuses("response_format"), id="refuses a schema"),
        pytest.param(told_in_words, refuses(), id="ignores both"),
        pytest.param(told_in_words, refuses("tool_choice", "response_format"), id="refuses both"),
        pytest.param(told_in_words, breaks(by_schema), id="ignores one, 500 on the other"),
    ],
)
def test_a_submission_is_got_out_of_every_server(
    obeys: Callable[[Asked], bool], otherwise: Callable[[Asked], Answer | None]
) -> None:
    result, asked = Bench().serve([talks_until(obeys, otherwise)])
    assert result.submission is not None
    assert [(cause.fault, cause.evidence) for cause in result.submission.causes] == [("interface_admin_down", ("E1",))]
    assert (result.degraded, result.rejected) == ((), ())
    assert all(not (by_schema(one) and is_required(one)) for one in asked), "one way at a time"
    assert all(one.tools == ["submit_diagnosis"] for one in asked if by_schema(one) or is_required(one))


def test_what_is_refused_is_asked_for_once() -> None:
    _, asked = Bench().serve([talks_until(told_in_words, refuses("tool_choice", "response_format"))])
    assert sum(map(is_required, asked)) == sum(map(by_schema, asked)) == 1
    assert len(asked) <= 9


def test_all_thought_and_cut_off_gets_more_room_and_less_effort() -> None:
    cut = say(reasoning="We need to think.", finish="length", tokens=(100, 4096))
    result, asked = Bench().serve([cut, cut, submit()])
    assert result.submission is not None
    assert [one.body["reasoning_effort"] for one in asked] == ["medium", "low", "low"]
    assert [one.body["max_tokens"] for one in asked] == [4096, 8192, 8192]


def test_a_cut_call_gets_more_room_and_the_same_effort() -> None:
    cut = say(calls=[("interfaces", '{"device": "r')], finish="length", tokens=(100, 4096))
    _, asked = Bench().serve([cut, submit()])
    assert [one.body["reasoning_effort"] for one in asked] == ["medium", "medium"]
    assert [one.body["max_tokens"] for one in asked] == [4096, 8192]
