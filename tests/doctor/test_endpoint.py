"""The doctor at the model endpoint: each server's misconfiguration is named with the mend of that server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from noc_agent.doctor.endpoint import check_model
from noc_agent.evidence import Json, Redactor
from noc_agent.models.servers import KNOWN
from noc_agent.site.model import ModelSettings, Site
from tests.agent.scripted_server import Raw, Reply, ScriptedServer, error, say
from tests.models.servers import KINDS, LLAMA_CPP, LM_STUDIO, NAME, OLLAMA, SGLANG, TRANSFORMERS, VLLM, Kind

CALL = say(reasoning="hm", calls=[("check_link", {"link": "uplink1"})])
DROPPED = say(tokens=(100, 40))
AS_TEXT = say('<|channel|>commentary to=functions.check_link <|constrain|>json<|message|>{"link": "uplink1"}')


def checks(server: ScriptedServer, **settings: Any) -> list[tuple[str, str, str]]:
    model = ModelSettings(server.url, **{"name": NAME, **settings})
    return of(Site("s", Path(), Path(), {}, model=model))


def of(site: Site) -> list[tuple[str, str, str]]:
    found = check_model(site)
    assert all(check.area == "model" for check in found)
    assert all(check.mend for check in found if check.status != "ok"), "what is wrong has its mend"
    assert all("\n" not in check.what + check.mend for check in found)
    return [(check.status, check.what, check.mend) for check in found]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_server_that_is_well_is_recognised_and_asked_for_one_call(kind: Kind) -> None:
    with kind.serve([CALL]) as server:
        found = checks(server)
        assert len(server.asked) == 1
    assert {status for status, _, _ in found} == {"ok"}
    assert found[0][1] == f"answers and serves {NAME} ({kind.name})"
    assert "its tool calls arrive" in [what for _, what, _ in found]
    assert any(what.startswith("a context of ") for _, what, _ in found) == (kind is not TRANSFORMERS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("reply", "status", "what"),
    [
        (DROPPED, "failed", "drops tool calls"),
        (AS_TEXT, "warning", "arrive as text"),
        (say("The link is up."), "warning", "answered a request for a tool call with none"),
        (say(calls=[("check_link<|channel|>commentary", {"link": "x"})]), "warning", "tokens of the model's channels"),
        (error(400, "no"), "failed", "rejects a tool call"),
    ],
)
def test_calls_that_do_not_arrive_are_told_with_that_servers_mend(
    kind: Kind, reply: Reply, status: str, what: str
) -> None:
    with kind.serve([reply]) as server:
        found = checks(server)
    (mend,) = [server.tools_mend for server in KNOWN if server.name == kind.name]
    assert [row for row in found if row[0] == status and what in row[1] and row[2] == mend]


def test_the_two_flags_of_vllm_are_named_literally() -> None:
    refusal = error(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    for reply in (DROPPED, refusal):
        with VLLM.serve([reply]) as server:
            found = checks(server)
        assert any("--enable-auto-tool-choice --tool-call-parser openai" in mend for _, _, mend in found)


@pytest.mark.parametrize(
    ("kind", "pages", "row", "status", "mend"),
    [
        (OLLAMA, {"/api/ps": {"models": [{"name": NAME, "context_length": 4096}]}}, {}, "failed", "OLLAMA_CONTEXT_LENGTH"),
        (LLAMA_CPP, {"/props": {"default_generation_settings": {"n_ctx": 4096}}}, {}, "failed", "-c 32768"),
        (LLAMA_CPP, {"/props": {"default_generation_settings": {"n_ctx": 16384}}}, {}, "warning", "-c 32768"),
        (SGLANG, {"/server_info": {"model_path": NAME, "context_length": 8000}}, {}, "failed", "--context-length"),
        (LM_STUDIO, {"/api/v1/models": {"models": [{"key": NAME, "loaded_instances": [{"id": "x", "config": {"context_length": 4096}}]}]}}, {}, "failed", "load the model with a context"),
        (VLLM, {}, {"max_model_len": 4096}, "failed", "--max-model-len"),
    ],
)  # fmt: skip
def test_a_context_that_is_too_small_is_told(
    kind: Kind, pages: Mapping[str, Json], row: Mapping[str, Json], status: str, mend: str
) -> None:
    rows: Json = {"data": [{"id": NAME, "owned_by": kind.owned_by, **row}]}
    with kind.serve([CALL], {"/v1/models": rows, **pages}) as server:
        found = checks(server)
    assert [text for state, what, text in found if state == status and "a context of" in what and mend in text]


def test_another_template_than_gpt_oss_is_told() -> None:
    props: Json = {"default_generation_settings": {"n_ctx": 65536}, "chat_template": "{{ messages }}"}
    with LLAMA_CPP.serve([CALL], {"/props": props}) as server:
        found = checks(server)
    assert [
        mend for status, what, mend in found if status == "failed" and "chat template" in what and "--jinja" in mend
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_server_is_recognised_by_its_own_pages_where_its_list_is_silent(kind: Kind) -> None:
    """A proxy may hide owners and headers."""
    with kind.serve([CALL], {"/v1/models": {"data": [{"id": NAME}]}}) as server:
        server.headers = ()
        assert f"answers and serves {NAME} ({kind.name})" in [what for _, what, _ in checks(server)]


def test_an_unknown_server_is_examined_all_the_same() -> None:
    with ScriptedServer([DROPPED], pages={"/v1/models": {"data": [{"id": NAME}]}}) as server:
        found = checks(server)
    assert ("ok", f"answers and serves {NAME}", "") in found
    assert any("drops tool calls" in what and "--tool-call-parser openai" in mend for _, what, mend in found)


def test_names_of_the_cascade_that_are_not_served_are_told() -> None:
    with VLLM.serve([CALL]) as server:
        found = checks(server, cascade=(NAME, "gpt-oss-120b"))
    assert (
        "failed",
        "it does not know the model gpt-oss-120b (vLLM)",
        f"it serves {NAME}: correct `name:` or `cascade:`",
    ) in found


def test_a_model_that_is_no_gpt_oss_is_said_and_is_no_fault() -> None:
    with VLLM.serve([CALL], model="qwen3-32b") as server:
        found = checks(server, name="qwen3-32b")
    assert {status for status, _, _ in found} == {"ok"}
    assert any("no gpt-oss" in what for _, what, _ in found)


@pytest.mark.parametrize(
    ("page", "status", "what"),
    [
        (Raw(401, b"{}"), "failed", "refuses the key (401)"),
        (Raw(404, b"{}"), "warning", "lists no models (404)"),
        (Raw(200, b"<html>Sign in</html>", (("Content-Type", "text/html"),)), "warning", "lists no models (200)"),
        (Raw(502, b"<html>Bad Gateway</html>"), "warning", "lists no models (502)"),
        (Raw(200, b'{"data": [3]}'), "warning", "lists no models (200)"),
        (Raw(200, b'{"data": []}'), "failed", "does not know the model"),
        (Raw(hang_up=True), "failed", "does not answer"),
    ],
)
def test_an_endpoint_that_is_no_model_server_is_one_line(page: Raw, status: str, what: str) -> None:
    with ScriptedServer([CALL], pages={"/v1/models": page}) as server:
        (found,) = checks(server)
        assert server.asked == []
    assert (found[0], what in found[1]) == (status, True)


def test_no_mend_of_a_server_is_taken_for_a_secret() -> None:
    for server in KNOWN:
        assert (
            Redactor().clean(f"{server.tools_mend} {server.context_mend}")
            == f"{server.tools_mend} {server.context_mend}"
        )
