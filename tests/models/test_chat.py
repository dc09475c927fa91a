"""The chat model against a real server on loopback that misbehaves."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import run

import pytest

from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable
from noc_agent.models import Completion, Json, ModelReplyError, ToolCall, Usage, check_endpoint
from noc_agent.models.chat import ChatModel
from tests.agent.scripted_server import Asked, Raw, Reply, ScriptedServer, error, say

TASK: list[dict[str, Json]] = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
TOOL: dict[str, Json] = {
    "type": "function",
    "function": {"name": "look", "description": "d", "parameters": {"type": "object", "properties": {}}},
}
REPLAYED: list[dict[str, Json]] = [
    *TASK,
    {
        "role": "assistant",
        "content": "",
        "reasoning": "hm",
        "reasoning_content": "hm",
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "E1"},
]


def chat(server: ScriptedServer, key: str = "") -> ChatModel:
    return ChatModel(check_endpoint(server.url), "gpt-oss-20b", api_key=key, backoff=0.01)


def complete(
    model: ChatModel,
    messages: Sequence[dict[str, Json]] = TASK,
    seconds: float = 10.0,
    choice: str = "auto",
) -> Completion:
    return model.complete(messages, [TOOL], max_tokens=64, deadline=time.monotonic() + seconds, tool_choice=choice)


@pytest.fixture
def dead_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]  # bound and not listening: connections are refused


def test_a_reply_arrives_with_its_call_reasoning_and_tokens() -> None:
    with ScriptedServer([say(reasoning="hm", calls=[("look", {"device": "r1"})], tokens=(321, 12))]) as server:
        model = chat(server, key="sesame")
        completion = complete(model, choice="required")
        asked = server.asked[0]
    assert completion.tool_calls == (ToolCall("chatcmpl-tool-0", "look", '{"device": "r1"}'),)
    assert (completion.reasoning, completion.content, completion.finish_reason) == ("hm", "", "tool_calls")
    assert completion.usage == model.usage == Usage(1, 321, 12)
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == "Bearer sesame"
    assert asked.headers["Host"] == f"127.0.0.1:{server.port}"
    sent = {key: value for key, value in asked.body.items() if key not in {"messages", "tools"}}
    assert sent == {
        "model": "gpt-oss-20b",
        "max_tokens": 64,
        "temperature": 1.0,
        "top_p": 1.0,
        "reasoning_effort": "medium",
        "tool_choice": "required",
    }


@pytest.mark.parametrize(
    "fault",
    [
        error(500, 'unexpected tokens remaining in message header: Some("to=functions.look")'),
        error(500, "The model produced output that does not match the expected peg-native format"),
        error(502),
        error(503, headers=[("Retry-After", "0")]),
        error(429, headers=[("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")]),
        Raw(500, b"\xff\xfe not text"),
        Raw(200, b"<html><body>Gateway</body></html>", (("Content-Type", "text/html"),)),
        Raw(200, b"<html>", (("Content-Type", "application/json"),)),
        Raw(200, b""),
        Raw(200, b'{"choices": [{"mess'),
        Raw(200, b"null"),
        Raw(200, b"[1, 2]"),
        Raw(200, b'"text"'),
        Raw(200, b"[" * 200_000),
        Raw(200, b'{"choices": NaN}'),
        Raw(200, b"\x1f\x8b\x08\x00junk", (("Content-Encoding", "gzip"),)),
        Raw(200, json.dumps({"choices": None, "error": {"message": "boom"}}).encode()),
        Raw(200, json.dumps({"choices": []}).encode()),
        Raw(200, json.dumps({"choices": [None]}).encode()),
        Raw(200, json.dumps({"choices": [{"message": None}]}).encode()),
        Raw(200, json.dumps({"choices": [{"message": {"role": "", "content": ""}, "finish_reason": None}]}).encode()),
        Raw(hang_up=True),
    ],
)
def test_a_fault_that_passes_costs_a_retry(fault: Raw) -> None:
    with ScriptedServer([fault, fault, say("fine")]) as server:
        model = chat(server)
        assert complete(model).content == "fine"
        assert len(server.asked) == model.usage.requests == 3


@pytest.mark.parametrize("fault", [error(500), Raw(200, b"<html>"), Raw(hang_up=True), error(429)])
def test_a_fault_that_lasts_ends_after_a_few_requests(fault: Raw) -> None:
    with ScriptedServer([fault]) as server:
        with pytest.raises(ModelReplyError) as gone:
            complete(chat(server))
        assert len(server.asked) == 4
    assert gone.value.exit_code == 5
    assert "\n" not in str(gone.value)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 413])
def test_what_no_retry_cures_ends_at_once(status: int) -> None:
    with ScriptedServer([error(status, "Incorrect API key provided: sesame")]) as server:
        model = chat(server, key="sesame")
        with pytest.raises(ModelUnavailable) as gone:
            complete(model)
        assert len(server.asked) == model.usage.requests == 1
    assert str(status) in str(gone.value)
    assert "sesame" not in str(gone.value)


def test_a_refused_connection_ends_at_once_and_is_no_request(dead_port: int) -> None:
    model = ChatModel(check_endpoint(f"http://127.0.0.1:{dead_port}/v1"), "gpt-oss-20b")
    with pytest.raises(ModelUnavailable, match="accepts no connection"):
        complete(model)
    assert model.usage == Usage()


def test_a_server_that_never_answers_ends_at_the_deadline() -> None:
    with ScriptedServer([Raw(stall=True)]) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="time that was left"):
            complete(chat(server), seconds=0.3)
        assert 0.25 < time.monotonic() - started < 3


def test_a_server_that_drips_ends_at_the_deadline_too() -> None:
    body = json.dumps(say("x" * 1000)).encode()
    with ScriptedServer([Raw(body=body, drip=0.05)]) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable):
            complete(chat(server), seconds=0.4)
        assert time.monotonic() - started < 3


def test_no_time_left_is_no_request() -> None:
    with ScriptedServer([say("late")]) as server:
        with pytest.raises(ModelUnavailable):
            complete(chat(server), seconds=-1)
        assert server.asked == []


def test_a_wait_that_the_server_asks_for_never_passes_the_deadline() -> None:
    with ScriptedServer([error(429, headers=[("Retry-After", "3600")])]) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="429"):
            complete(chat(server))
        assert time.monotonic() - started < 3
        assert len(server.asked) == 1


def test_a_reply_without_end_is_bounded() -> None:
    with ScriptedServer([Raw(200, b" " * (9 * 2**20))]) as server, pytest.raises(ModelReplyError):
        ChatModel(check_endpoint(server.url), "m", retries=0).complete(
            TASK, [], max_tokens=1, deadline=time.monotonic() + 20
        )


def picky(*refused: str, status: int = 400, naming: bool = True) -> Reply:
    def reply(asked: Asked) -> dict[str, Json] | Raw:
        for field in refused:
            if field in asked.body or any(field in message for message in asked.messages):
                return error(status, f"Unrecognized request argument: {field}" if naming else "invalid request")
        return say("fine", calls=[("look", {})])

    return reply


@pytest.mark.parametrize("field", ["tool_choice", "reasoning_effort", "reasoning_content", "reasoning", "temperature"])
@pytest.mark.parametrize("status", [400, 422])
def test_a_field_that_the_server_names_is_given_up_for_the_run(field: str, status: int) -> None:
    with ScriptedServer([picky(field, status=status)]) as server:
        model = chat(server)
        for _ in range(2):
            assert complete(model, REPLAYED, choice="required").content == "fine"
        assert len(server.asked) == 3
        others = {"tool_choice", "reasoning_effort", "temperature"} - {field}
        assert others <= set(server.asked[-1].body)


def test_without_a_name_fields_are_given_up_in_order() -> None:
    with ScriptedServer([picky("reasoning", naming=False)]) as server:
        model = chat(server)
        assert complete(model, REPLAYED, choice="required").content == "fine"
        assert len(server.asked) == 5
    left = [set(asked.body) & {"tool_choice", "reasoning_effort"} for asked in server.asked]
    assert left == [{"tool_choice", "reasoning_effort"}, {"reasoning_effort"}, set(), set(), set()]


def test_a_request_that_is_always_rejected_ends() -> None:
    with ScriptedServer([error(400, "no")]) as server:
        with pytest.raises(ModelUnavailable, match="400"):
            complete(chat(server), REPLAYED, choice="required")
        assert len(server.asked) == 5


def test_a_context_that_is_full_is_said_and_gives_up_nothing() -> None:
    with ScriptedServer([error(400, "exceed_context_size_error: reasoning_effort")]) as server:
        with pytest.raises(ModelUnavailable, match="context"):
            complete(chat(server))
        assert len(server.asked) == 1


def test_tokens_of_replies_that_were_thrown_away_count() -> None:
    empty = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}
    failed = Raw(500, json.dumps({"error": "x", "usage": {"prompt_tokens": 7, "completion_tokens": None}}).encode())
    with ScriptedServer([Raw(body=json.dumps(empty).encode()), failed, say("fine", tokens=(100, 20))]) as server:
        model = chat(server)
        assert complete(model).usage == model.usage == Usage(3, 117, 25)


@pytest.mark.parametrize(
    "usage", [None, "many", [], {"prompt_tokens": -4}, {"prompt_tokens": True}, {"prompt_tokens": "9"}]
)
def test_a_usage_that_is_none_counts_nothing(usage: Json) -> None:
    with ScriptedServer([{**say("fine"), "usage": usage}]) as server:
        assert complete(chat(server)).usage == Usage(1, 0, 0)


def test_odd_types_in_a_message_are_read_or_passed_over() -> None:
    calls = [
        None,
        "look",
        {"id": None, "type": None, "function": {"name": "look", "arguments": {"device": "r1"}}},
        {"id": 7, "function": {"name": None, "arguments": None}},
        {"function": None},
    ]
    message = {
        "content": [{"type": "text", "text": "a"}, None, {"text": 3}],
        "reasoning_content": "hm",
        "tool_calls": calls,
    }
    with ScriptedServer([Raw(body=json.dumps({"choices": [{"message": message}]}).encode())]) as server:
        completion = complete(chat(server))
    assert completion.tool_calls == (ToolCall("", "look", '{"device": "r1"}'), ToolCall("", "", ""))
    assert (completion.content, completion.reasoning, completion.finish_reason) == ("a", "hm", "")


def test_proxies_and_headers_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, dead_port: int) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{dead_port}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{dead_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "leaked-key")
    monkeypatch.setenv("OPENAI_ORG_ID", "leaked-org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "leaked-project")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer leaked-header\nX-Leak: leaked")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")
    with ScriptedServer([say("fine")]) as server:
        assert complete(chat(server)).content == "fine"
        headers = server.asked[0].headers
    assert "leaked" not in str(headers)
    assert headers["Authorization"] == "Bearer none"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with ScriptedServer([say("elsewhere")]) as other:
        moved = Raw(status, b"", (("Location", f"http://127.0.0.1:{other.port}/v1/chat/completions"),))
        with ScriptedServer([moved]) as server:
            with pytest.raises(ModelUnavailable, match="redirect"):
                complete(chat(server))
            assert len(server.asked) == 1
        assert other.asked == []


def test_a_name_that_changes_its_address_after_the_check_leads_nowhere() -> None:
    answers: list[list[str]] = [["127.0.0.1"], ["192.0.2.1"]]
    with ScriptedServer([say("fine")]) as server:
        endpoint = check_endpoint(
            f"http://gpu.example:{server.port}/v1",
            resolve=lambda host, port: answers.pop(0) if len(answers) > 1 else answers[0],
        )
        model = ChatModel(endpoint, "gpt-oss-20b")
        with pytest.raises(EndpointRefused):
            complete(model)
        assert server.asked == []
        assert model.usage == Usage()


def test_every_connection_is_checked_again() -> None:
    answers = [["127.0.0.1"]] * 3 + [["127.0.0.1", "192.0.2.1"]]
    with ScriptedServer([say("fine")]) as server:
        endpoint = check_endpoint(f"http://gpu.example:{server.port}/v1", resolve=lambda host, port: answers.pop(0))
        model = ChatModel(endpoint, "gpt-oss-20b")
        for _ in range(2):
            assert complete(model).content == "fine"
        with pytest.raises(EndpointRefused):
            complete(model)
        assert [asked.headers["Host"] for asked in server.asked] == [f"gpu.example:{server.port}"] * 2


def test_the_next_address_of_a_name_is_tried() -> None:
    with ScriptedServer([say("fine")]) as server:
        endpoint = check_endpoint(
            f"http://gpu.example:{server.port}/v1", resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"]
        )
        assert complete(ChatModel(endpoint, "gpt-oss-20b")).content == "fine"


def test_tls_with_a_server_that_has_none_is_named() -> None:
    with ScriptedServer([say("fine")]) as server:
        model = ChatModel(check_endpoint(server.url.replace("http:", "https:")), "gpt-oss-20b")
        with pytest.raises(ModelUnavailable, match="TLS"):
            complete(model)


@pytest.mark.long
def test_tls_with_a_server_that_waits_for_plain_text_in_silence_ends_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        model = ChatModel(check_endpoint(f"https://127.0.0.1:{server.getsockname()[1]}/v1"), "gpt-oss-20b")
        begun = time.monotonic()
        with pytest.raises(ModelUnavailable, match="TLS"):
            complete(model, seconds=600)
        assert time.monotonic() - begun < 20


def test_tls_is_verified_against_the_urls_name_not_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    name = ["-subj", "/CN=gpu.example", "-addext", "subjectAltName=DNS:gpu.example"]
    run([*make, *name, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    asked_for: list[str | None] = []
    served.sni_callback = lambda connection, host, context: asked_for.append(host)
    with ScriptedServer([say("fine")], tls=served) as server:

        def at(host: str) -> ChatModel:
            url = f"https://{host}:{server.port}/v1"
            return ChatModel(check_endpoint(url, resolve=lambda host, port: ["127.0.0.1"]), "gpt-oss-20b")

        with pytest.raises(ModelUnavailable, match="TLS"):
            complete(at("gpu.example"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert complete(at("gpu.example")).content == "fine"
        with pytest.raises(ModelUnavailable, match="TLS"):
            complete(at("other.example"))
    assert asked_for == ["gpu.example", "gpu.example", "other.example"]
    assert len(server.asked) == 1


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "clé"])
def test_a_key_that_no_header_can_carry_is_bad_input_and_is_not_quoted(key: str) -> None:
    with pytest.raises(BadInput) as bad:
        ChatModel(check_endpoint("http://127.0.0.1:1/v1"), "m", api_key=key)
    assert key not in str(bad.value)


def test_importing_the_models_loads_none_of_the_clients_libraries() -> None:
    code = (
        "import sys, noc_agent.models.chat, noc_agent.agent.loop;"
        "print([name for name in ('openai', 'httpx2', 'httpcore2', 'pydantic') if name in sys.modules])"
    )
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("messages", [TASK, REPLAYED])
def test_a_call_that_ollama_could_not_read_is_asked_for_again_with_a_word_to_the_model(
    messages: list[dict[str, Json]],
) -> None:
    unread = error(
        500, "error parsing tool call: raw='ls -R\n', err=invalid character 'l' looking for beginning of value"
    )
    with ScriptedServer([unread, say("fine"), say("fine")]) as server:
        model = chat(server)
        for _ in range(2):
            assert complete(model, messages).content == "fine"
        first, second, third = ([message["content"] for message in asked.messages] for asked in server.asked)
    assert second[:-1] == first[:-1]
    assert (
        second[-1]
        == f"{first[-1]}\n\nYour last tool call could not be read: its arguments must be one JSON object, and nothing else."
    )
    assert third == first, "the word is said once, and is no part of the conversation"


def test_what_a_refusal_says_for_good_is_not_read_from_what_a_model_wrote() -> None:
    raw = "start it with --jinja; model x not found"
    with ScriptedServer([error(500, f"error parsing tool call: raw='{raw}', err=x"), say("fine")]) as server:
        assert complete(chat(server)).content == "fine"
