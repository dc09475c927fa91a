"""How a submission is read."""

from __future__ import annotations

import json

import pytest

from noc_agent.agent.submission import SUBMIT_TOOL, Cause, Submission, read_submission
from noc_agent.models import Json

DOWN = Cause("link_down", "link/r1/Gi0/1--r2/Gi0/2", ("E1", "E3"), "both ends down")


@pytest.mark.parametrize(
    "causes",
    [
        ["link_down | link/r1/Gi0/1--r2/Gi0/2 | E1,E3 | both ends down"],
        ["link_down|link/r1/Gi0/1--r2/Gi0/2|E1, E3|both ends down"],
        ["- link_down | link/r1/Gi0/1--r2/Gi0/2 | [e1; E03] | both ends down"],
        "link_down | link/r1/Gi0/1--r2/Gi0/2 | E1 E3 | both ends down",
        '["link_down | link/r1/Gi0/1--r2/Gi0/2 | E1,E3 | both ends down"]',
        [{"fault": "link_down", "resource": DOWN.resource, "evidence": ["E1", "E3"], "why": "both ends down"}],
        {"fault": "link_down", "resource": DOWN.resource, "evidence": "E1,E3", "explanation": "both ends down"},
    ],
)
def test_causes_are_read_in_every_form_that_models_write(causes: Json) -> None:
    submission, problems = read_submission({"verdict": " Confirmed.", "root_causes": causes, "summary": " cut "})
    assert problems == ()
    assert submission == Submission("confirmed", (DOWN,), "cut")


def test_names_are_kept_byte_for_byte_even_with_the_separator_in_them() -> None:
    text = "link_flap | link/r1/Port 1, up|stairs--r2/x | E2 | why | and more"
    submission, _ = read_submission({"verdict": "likely", "root_causes": [text], "summary": ""})
    assert submission is not None
    assert submission.causes == (Cause("link_flap", "link/r1/Port 1, up|stairs--r2/x", ("E2",), "why | and more"),)


def test_a_cause_without_evidence_is_read_and_left_to_grounding() -> None:
    submission, _ = read_submission({"verdict": "likely", "root_causes": ["node_down | node/r1 | it is silent (E4)"]})
    assert submission is not None
    assert submission.causes == (Cause("node_down", "node/r1", ("E4",), "it is silent (E4)"),)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "verdict must be one of"),
        ({"verdict": ["likely"]}, "verdict must be one of"),
        ({"verdict": "likely"}, "needs at least one"),
        ({"verdict": "confirmed", "root_causes": [""]}, "needs at least one"),
        ({"verdict": "healthy", "root_causes": ["node_down | node/r1 | E1 | x"]}, "has no root_causes"),
        ({"verdict": "likely", "root_causes": ["the link is down"]}, "root_causes[1] must have the form"),
        ({"verdict": "likely", "root_causes": ["node_down | node/r1 | E1 | x", 7]}, "root_causes[2]"),
        ({"verdict": "likely", "root_causes": [{"fault": 1}]}, "root_causes[1]"),
        ({"verdict": "likely", "root_causes": [[["x"]]]}, "root_causes[1]"),
        ({"verdict": "likely", "root_causes": 9}, "needs at least one"),
    ],
)
def test_what_is_wrong_is_said_to_the_model(arguments: dict[str, Json], problem: str) -> None:
    submission, problems = read_submission(arguments)
    assert submission is None
    assert any(problem in text for text in problems)


@pytest.mark.parametrize("verdict", ["healthy", "inconclusive"])
@pytest.mark.parametrize("causes", [[], None, "", "[]"])
def test_verdicts_without_causes_have_none(verdict: str, causes: Json) -> None:
    submission, _ = read_submission({"verdict": verdict, "root_causes": causes, "summary": "ok"})
    assert submission == Submission(verdict, (), "ok")


def test_the_schema_survives_the_rendering_of_gpt_oss() -> None:
    text = json.dumps(SUBMIT_TOOL)
    assert not any(word in text for word in ("anyOf", "oneOf", "$ref", "$defs", "\\n"))
    function = SUBMIT_TOOL["function"]
    assert isinstance(function, dict)
    for parameter in function["parameters"]["properties"].values():
        assert parameter["type"] in {"string", "array"}
        assert parameter.get("items", {"type": "string"}) == {"type": "string"}
