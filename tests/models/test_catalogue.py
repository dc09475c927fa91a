"""Every row of the fault catalogue, at the first, a middle and the submitting turn, and lasting: the verdict is right.

The run is the program's own from network to document, against a real server on loopback; the bundled site is read once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.agent.scripted_server import Asked, Raw, Reply, ScriptedServer, error
from tests.models.catalogue import CATALOGUE, Variant
from tests.models.program import INCIDENT, PLACES, TRUE, TURNS, run, well
from tests.recorded import noc_agent, pairs


def script(variant: Variant, place: int) -> list[Reply]:
    """A conversation in which one turn goes wrong; a call that is lost comes when the server is asked once more."""
    name, arguments = TURNS[place]
    again = well([TURNS[place]]) if variant.lost else []
    return [*well(TURNS[:place]), *variant.replies(name, arguments), *again, *well(TURNS[place + 1 :])]


def executed(asked: Asked) -> Counter[str]:
    """The calls that brought evidence, as a request's history shows them."""
    messages = asked.messages[2:]
    calls = [
        json.dumps(call["tool_calls"][0]["function"], sort_keys=True)
        for call, result in zip(messages[::2], messages[1::2], strict=True)
        if result["content"].startswith("E")
    ]
    return Counter(calls)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("variant", CATALOGUE, ids=lambda variant: variant.id)
def test_a_fault_at_any_turn_ends_with_the_right_verdict_by_the_model(variant: Variant, place: str) -> None:
    replies = script(variant, PLACES[place])
    with ScriptedServer(replies) as server:
        document = run(server, watched=variant.watched)
        asked = server.asked
    assert (document["engine"], document["verdict"], pairs(document)) == ("model", "confirmed", {TRUE})
    assert document["degraded"] == []
    assert len(asked) == len(replies), "no request too many, and none that was not needed"
    made = executed(asked[-1])
    wanted = {json.dumps({"name": name, "arguments": json.dumps(args)}, sort_keys=True) for name, args in TURNS[:2]}
    assert wanted <= set(made), "what was asked for was looked up"
    assert {call: times for call, times in made.items() if times > 1 and call in wanted} == {}, "and once"


@pytest.mark.parametrize("variant", CATALOGUE, ids=lambda variant: variant.id)
def test_a_fault_that_lasts_leaves_the_engines_verdict_and_says_what_was_seen(variant: Variant) -> None:
    name, arguments = TURNS[0]
    replies = variant.replies(name, arguments)
    with ScriptedServer([_in_turn(replies)]) as server:
        document = run(server, watched=variant.watched)
        asked = len(server.asked)
    assert (document["engine"], document["verdict"], pairs(document)) == ("playbook", "confirmed", {TRUE})
    assert asked <= 14
    assert len(document["degraded"]) == 1
    assert variant.said in document["degraded"][0]


def _in_turn(replies: Sequence[Reply]) -> Reply:
    """The replies one after the other, and round again."""
    count = 0

    def reply(asked: Asked) -> dict[str, Any] | Raw:
        nonlocal count
        made = replies[count % len(replies)]
        count += 1
        return made(asked) if callable(made) else made

    return reply


def test_the_catalogue_is_whole() -> None:
    assert {variant.row for variant in CATALOGUE} == {f"F{number}" for number in range(1, 30)}
    assert len({variant.id for variant in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("fault", "line", "most"),
    [
        (error(401, "Incorrect API key"), "refuses the API key", 1),
        (error(404, "The model `gpt-oss-20b` does not exist."), "knows no such model", 1),
        (error(404), "no such model or path", 1),
        (error(429, "busy", [("Retry-After", "7200")]), "429", 1),
        (Raw(stall=True), "did not answer in the time", 1),
        (Raw(403, b"<html>Forbidden by policy</html>"), "a page in its place", 1),
        (error(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'), "start vLLM with --enable-auto-tool-choice --tool-call-parser openai", 1),
        (error(500, "tools param requires --jinja flag"), "--jinja", 1),
        (error(400, "registry.ollama.ai/library/gemma:2b does not support tools"), "calls no tools", 1),
        (error(400, "the request exceeds the available context size (4096 tokens), try increasing it"), "exceeds the server's context", 1),
        (error(400, "no"), "rejects the request", 4),
        (error(500), "500, 4 times in a row", 4),
    ],
)  # fmt: skip
def test_an_endpoint_that_stops_serving_leaves_a_verdict_and_one_line(
    place: str, fault: Raw, line: str, most: int
) -> None:
    at = PLACES[place]
    with ScriptedServer([*well(TURNS[:at]), fault]) as server:
        document = run(server, seconds=5.0 if fault.stall else 60.0)
        asked = len(server.asked)
    assert (document["engine"], pairs(document)) == ("playbook", {TRUE})
    assert len(document["degraded"]) == 1
    assert line in document["degraded"][0]
    assert "\n" not in document["degraded"][0]
    assert asked <= at + most + (3 if at == 2 else 0)


@pytest.mark.parametrize("served", [0, 1, 2])
def test_a_server_that_dies_in_mid_run_leaves_a_verdict(served: int) -> None:
    with ScriptedServer(well(TURNS)) as server:
        counted = well(TURNS)

        def reply(asked: Asked) -> dict[str, Any] | Raw:
            if len(server.asked) > served:
                server.stop_listening()
                return Raw(hang_up=True)
            made = counted[len(server.asked) - 1]
            assert isinstance(made, dict)
            return made

        server.script([reply])
        document = run(server)
    assert (document["engine"], pairs(document)) == ("playbook", {TRUE})
    assert len(document["degraded"]) == 1


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("row", [f"F{number}" for number in range(1, 30)])
def test_the_program_as_a_process_survives_every_row(row: str, place: str) -> None:
    for variant in CATALOGUE:
        if variant.row != row or variant.watched:
            continue
        replies = script(variant, PLACES[place])
        with ScriptedServer(replies) as server:
            done = noc_agent("diagnose", INCIDENT, "--json", "--engine", "model", "--endpoint", server.url)
            assert len(server.asked) == len(replies), variant.id
        document = json.loads(done.stdout)
        assert done.returncode == 0, variant.id
        assert (document["engine"], pairs(document), document["degraded"]) == ("model", {TRUE}, []), variant.id
