"""llama.cpp's real server with a tiny model of the gpt-oss architecture: the wire, the loop and the recovery, with nothing played.

What a real gpt-oss would diagnose is not shown here: this model knows the bundled incident and little else.
"""

from __future__ import annotations

import functools
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from noc_agent.agent.record import read_run
from noc_agent.agent.submission import SUBMIT, SUBMIT_TOOL, VERDICTS
from noc_agent.cli.common import bundled_site
from noc_agent.doctor.endpoint import check_model
from noc_agent.models import check_endpoint
from noc_agent.models.chat import ChatModel
from noc_agent.models.manners import Manners
from noc_agent.models.model import Message
from noc_agent.site.model import ModelSettings, Site
from tests.agent.minds import Scripted, diagnosed
from tests.models import program
from tests.models.program import INCIDENT, TRUE
from tests.realmodel.lessons import DEVICES, SEEDS, forced
from tests.realmodel.noise import randomised
from tests.realmodel.server import NAME, TRAINED, RealServer, needs_server
from tests.realmodel.teacher import Teacher
from tests.recorded import noc_agent, pairs
from tests.simulated.case import simulate, write_case
from tests.simulated.large import draw

pytestmark = [needs_server, pytest.mark.timeout(300)]  # quick where nothing else computes
UNSEEN = max(SEEDS) + 4  # a seed of no lesson
LOOKS = {"interfaces", "log_events", "neighbors", "changes", "read_evidence"}


@pytest.fixture(scope="module")
def trained() -> Iterator[RealServer]:
    with RealServer() as server:
        yield server


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with RealServer(randomised(TRAINED, tmp_path_factory.mktemp("model") / "random.gguf")) as server:
        yield server


def run(server: RealServer, *words: str) -> tuple[dict[str, Any], str]:
    """A diagnosis by the program itself, from incident to verdict; its document, and as it was printed."""
    done = noc_agent(
        "diagnose",
        INCIDENT,
        "--json",
        "--engine",
        "model",
        "--endpoint",
        server.url,
        "--model",
        NAME,
        *words,
        timeout=280,
    )
    assert done.returncode in (0, 5), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document, done.stdout


def calls() -> list[str]:
    """The native calls of the newest run, as its journal has them."""
    journal = max(Path(os.environ["NOC_AGENT_STATE"]).rglob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    replies: list[Any] = [turn["completion"] for turn in read_run(journal).turns if "completion" in turn]
    return [call["name"] for reply in replies for call in reply["tool_calls"]]


def test_a_run_goes_from_incident_to_the_models_verdict_by_native_calls_and_replays(trained: RealServer) -> None:
    document, printed = run(trained)
    made = calls()
    assert (document["engine"], document["model"], document["verdict"]) == ("model", NAME, "confirmed")
    assert pairs(document) == {TRUE}
    assert len(set(made) & LOOKS) >= 4, made
    assert made[-1] == SUBMIT
    assert document["usage"]["prompt_tokens"] > 5_000
    again = noc_agent("replay", INCIDENT, "--json")
    assert (again.stdout, again.stderr) == (printed, "")


def test_doctor_recognises_the_server_and_its_context_and_sees_a_call_arrive(trained: RealServer) -> None:
    site = Site("s", Path(), Path(), {}, model=ModelSettings(trained.url, NAME))
    said = [(check.status, check.what) for check in check_model(site)]
    assert said == [
        ("ok", f"answers and serves {NAME} (llama.cpp)"),
        ("ok", "its tool calls arrive"),
        ("warning", "a context of 8192 tokens is short for a long investigation"),
    ]


def test_a_streamed_reply_is_the_same_call_its_reasoning_heard_while_it_comes(trained: RealServer) -> None:
    messages = [
        {"role": "system", "content": "Answer with a tool call."},
        {"role": "user", "content": "Call check_link for the link uplink1."},
    ]
    heard: list[str] = []
    whole, streamed = (
        ChatModel(check_endpoint(trained.url), NAME, watch=watch).complete(
            messages, [PROBE], max_tokens=200, deadline=time.monotonic() + 60
        )
        for watch in (None, heard.append)
    )
    assert [call.name for call in whole.tool_calls] == [call.name for call in streamed.tool_calls] == ["check_link"]
    assert streamed.reasoning
    assert streamed.reasoning in "".join(heard)
    assert len(heard) > 2, "it came at once"
    assert streamed.completion_tokens > 0


PROBE: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "check_link",
        "description": "State of a link.",
        "parameters": {"type": "object", "properties": {"link": {"type": "string"}}, "required": ["link"]},
    },
}


@functools.cache
def briefed() -> list[Message]:
    """The loop's own prompt in mid-run, when nothing but a submission is left."""
    teacher = Teacher()
    diagnosed(bundled_site(), INCIDENT, Scripted([teacher]))
    return list(forced(teacher.turns[2]).messages)


def test_a_required_submission_comes_as_a_call_held_by_its_schema(trained: RealServer) -> None:
    body = Manners(NAME, "low").body(briefed(), [SUBMIT_TOOL], 900, "required")
    assert body["tool_choice"] == "required"
    (call,) = posted(trained, body)["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == SUBMIT
    assert_by_schema(call["function"]["arguments"])


def assert_by_schema(text: str) -> None:
    arguments = json.loads(text)
    assert list(arguments) == ["verdict", "root_causes", "summary"]
    assert arguments["verdict"] in VERDICTS
    assert all(isinstance(cause, str) for cause in arguments["root_causes"])


def posted(server: RealServer, body: dict[str, Any]) -> Any:
    asked = urllib.request.Request(
        f"{server.url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.long
def test_a_context_that_is_too_small_ends_in_a_verdict_and_one_line() -> None:
    with RealServer(context=1024) as server:
        document, _ = run(server)
    assert (document["engine"], document["verdict"], pairs(document)) == ("playbook", "confirmed", {TRUE})
    assert ["exceeds the server's context" in text for text in document["degraded"]] == [True]
    assert document["usage"]["model_calls"] == 1


@pytest.mark.long
def test_broken_harmony_of_a_real_server_costs_a_few_requests_and_never_the_verdict(
    random_weights: RealServer,
) -> None:
    document, printed = run(random_weights, "--timeout", "120")
    assert (document["engine"], document["verdict"], pairs(document)) == ("playbook", "confirmed", {TRUE})
    assert any("does not match the expected peg-native format" in line for line in random_weights.said)
    assert any("500" in text for text in document["degraded"])
    assert document["usage"]["model_calls"] <= 12
    again = noc_agent("replay", INCIDENT, "--json")
    assert again.stdout == printed


@pytest.mark.long
def test_a_short_budget_has_the_model_submit_before_it_ends(trained: RealServer) -> None:
    document, _ = run(trained, "--max-tokens", "9000")
    made = calls()
    assert made[-1] == SUBMIT
    assert len(made) < 6
    assert (document["engine"], pairs(document)) == ("model", {TRUE})


@pytest.mark.long
@pytest.mark.parametrize("context", [4096, 8192])
def test_what_a_terminal_shows_is_streamed_and_the_verdict_is_the_same(context: int) -> None:
    with RealServer(context=context) as server:
        document = program.run(server, watched=True, name=NAME)
    assert (document["engine"], document["verdict"], pairs(document)) == ("model", "confirmed", {TRUE})


@pytest.mark.long
@pytest.mark.parametrize("fault", ["healthy", "link_down", "node_down"])
def test_on_incidents_it_never_saw_the_answer_is_the_engines(trained: RealServer, tmp_path: Path, fault: str) -> None:
    run = simulate(draw("metro", UNSEEN, DEVICES), UNSEEN, [] if fault == "healthy" else [fault])
    write_case(run, tmp_path / "case", UNSEEN)
    case = tmp_path / "case/site.yaml", str(tmp_path / "case/incident.yaml")
    alone: Any = diagnosed(*case, Scripted([]))
    model = ChatModel(check_endpoint(trained.url), NAME)
    document: Any = diagnosed(*case, Scripted([model], max_tokens=30_000))
    assert (document["verdict"], pairs(document)) == (alone["verdict"], pairs(alone))
    assert model.usage.requests >= 1
    print(f"{fault}: {document['engine']}, {model.usage}, {document['degraded']}")
