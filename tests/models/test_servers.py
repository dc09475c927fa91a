"""Each server with its own manners, from network to verdict; and input that is plainly wrong."""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from subprocess import run as call
from typing import Any

import pytest

from tests.agent.scripted_server import Asked, Raw, Reply, ScriptedServer, error, say, submit
from tests.models.program import INCIDENT, TRUE, TURNS, run, well
from tests.models.servers import KINDS, LLAMA_CPP, OLLAMA, TRANSFORMERS, VLLM, Kind
from tests.recorded import noc_agent, pairs

IDLE = say("I think it is eth3.")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_run_on_every_server_ends_with_the_models_right_verdict(kind: Kind) -> None:
    with kind.serve([*well(TURNS[:2]), IDLE, IDLE, IDLE, IDLE, *well(TURNS[2:])]) as server:
        document = run(server)
    assert (document["engine"], document["verdict"], pairs(document)) == ("model", "confirmed", {TRUE})
    assert document["degraded"] == []


def test_what_a_server_refuses_is_refused_once() -> None:
    with TRANSFORMERS.serve([*well(TURNS[:2]), IDLE, IDLE, IDLE, IDLE, *well(TURNS[2:])]) as server:
        run(server)
        refused = [
            sorted({"reasoning_effort", "tool_choice", "response_format"} & set(one.body)) for one in server.asked
        ]
    assert [fields for fields in refused if fields] == [["reasoning_effort"], ["tool_choice"], ["response_format"]]


@pytest.mark.parametrize("kind", [OLLAMA, VLLM], ids=lambda kind: kind.name)
def test_a_submission_that_is_text_by_schema_is_read(kind: Kind) -> None:
    """Where a required call does not come, the answer is constrained by the tool's schema."""

    def reply(asked: Asked) -> dict[str, Any]:
        wanted = asked.body.get("response_format")
        return say(json.dumps(TURNS[2][1])) if wanted else IDLE

    with kind.serve([reply]) as server:
        document = run(server)
        schema = server.asked[-1].body["response_format"]["json_schema"]["schema"]
    assert (document["engine"], pairs(document), document["degraded"]) == ("model", {TRUE}, [])
    assert schema["required"] == ["verdict", "root_causes", "summary"]
    assert schema["properties"]["summary"]["maxLength"] > 0


def counted(density: float, context: int = 10**6) -> Reply:
    """A reply that counts its prompt as Ollama does: of one that is too long the runner keeps as many tokens as its
    context has, and from the second turn on the oldest messages are left out before."""

    def reply(asked: Asked) -> dict[str, Any]:
        whole = int(len(asked.raw) / density)
        read = whole if whole < context else context if len(asked.messages) == 2 else context // 2
        return say(calls=[TURNS[min(len(asked.messages) // 2 - 1, 2)]], tokens=(read, 20))

    return reply


def test_thoughts_that_a_template_leaves_out_are_not_missed() -> None:
    def reply(asked: Asked) -> dict[str, Any]:
        rendered = sum(len(message["content"]) for message in asked.messages)
        turn = TURNS[min(len(asked.messages) // 2 - 1, 2)]
        return say(reasoning="I ponder this at length. " * 300, calls=[turn], tokens=(rendered // 4, 2000))

    with OLLAMA.serve([reply]) as server:
        document = run(server)
    assert (document["engine"], document["degraded"]) == ("model", [])


def test_an_ollama_that_reads_all_is_trusted() -> None:
    with OLLAMA.serve([counted(3.5)]) as server:
        document = run(server)
    assert (document["engine"], document["degraded"]) == ("model", [])


@pytest.mark.parametrize(("density", "context"), [(3.0, 1500), (3.5, 1500), (4.0, 1500), (4.0, 1650), (3.0, 2048)])
def test_an_ollama_that_drops_the_question_in_silence_is_not_gone_on_with(density: float, context: int) -> None:
    pages: Any = {"/api/ps": {"models": [{"name": "gpt-oss-20b", "context_length": context}]}}
    with OLLAMA.serve([counted(density, context)], pages) as server:
        document = run(server)
        asked = len(server.asked)
    assert (document["engine"], pairs(document)) == ("playbook", {TRUE})
    assert asked <= 3
    (line,) = document["degraded"]
    assert f"its context: {context} tokens" in line
    assert "OLLAMA_CONTEXT_LENGTH" in line


@pytest.mark.parametrize(
    "words",
    [
        "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 4096 tokens "
        "and your request has 3000 input tokens (4096 > 4096 - 3000). None",
        "This model's maximum context length is 4096 tokens. However, you requested 7096 tokens (3000 in the messages, "
        "4096 in the completion). Please reduce the length of the messages or completion.",
    ],
)
def test_a_context_of_4096_that_has_room_is_used(words: str) -> None:
    def reply(asked: Asked) -> dict[str, Any] | Raw:
        return error(400, words) if asked.body["max_tokens"] > 1096 else next(turns)

    turns: Any = iter(well(TURNS))
    with VLLM.serve([reply]) as server:
        document = run(server)
        assert [asked.body["max_tokens"] for asked in server.asked] == [4096, *[1096] * 3], "learnt once"
    assert (document["engine"], document["degraded"]) == ("model", [])


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "the request exceeds the available context size (4096 tokens), try increasing it"),
        error(400, "This model's maximum context length is 4096 tokens, but the prompt contains 5000 input tokens"),
    ],
)
def test_a_context_of_4096_without_room_is_one_clear_line(refusal: Raw) -> None:
    with LLAMA_CPP.serve([refusal]) as server:
        document = run(server)
        assert len(server.asked) == 1
    assert pairs(document) == {TRUE}
    assert "serve it with 32,768 tokens or more" in document["degraded"][0]


def test_a_model_that_is_not_gpt_oss_works_and_is_named_once() -> None:
    with VLLM.serve([*well(TURNS[:2]), IDLE, *well(TURNS[2:])], model="qwen3-32b") as server:
        document = run(server, name="qwen3-32b")
    assert (document["engine"], document["model"], pairs(document)) == ("model", "qwen3-32b", {TRUE})
    (line,) = document["degraded"]
    assert "qwen3-32b is by its name no gpt-oss" in line


def test_a_model_that_does_not_think_is_asked_without_effort() -> None:
    def reply(asked: Asked) -> dict[str, Any] | Raw:
        thinks = "reasoning_effort" in asked.body
        return error(400, '"qwen3-32b" does not support thinking') if thinks else next(turns)

    turns: Any = iter(well(TURNS))
    with OLLAMA.serve([reply], model="qwen3-32b") as server:
        document = run(server, name="qwen3-32b")
        assert len(server.asked) == 4
    assert document["engine"] == "model"


def test_a_budget_of_100_tokens_is_one_line_and_a_verdict() -> None:
    with VLLM.serve([submit()]) as server:
        document = run(server, max_tokens=100)
        assert server.asked == []
    assert (document["engine"], pairs(document)) == ("playbook", {TRUE})
    assert "100 tokens" in document["degraded"][0]


def program(endpoint: str, *words: str) -> tuple[int, dict[str, Any]]:
    done = noc_agent("diagnose", INCIDENT, "--json", "--engine", "model", "--endpoint", endpoint, *words)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


class _Banner(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
        self.request.recv(65536)


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    """A port on which nobody listens, and one on which something else answers."""
    with socket.socket() as bound, socketserver.TCPServer(("127.0.0.1", 0), _Banner) as other:
        bound.bind(("127.0.0.1", 0))
        threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
        yield {"dead": bound.getsockname()[1], "other": other.server_address[1]}
        other.shutdown()


@pytest.mark.parametrize(
    ("endpoint", "line"),
    [
        ("http://127.0.0.1:{dead}/v1", "accepts no connection"),
        ("http://127.0.0.1:{other}/v1", "check the port, http or https"),
        ("http://gpu.invalid:8000/v1", "its name does not resolve"),
    ],
)
def test_wrong_ports_and_names_are_one_clear_line_and_a_verdict(
    endpoint: str, line: str, ports: dict[str, int]
) -> None:
    code, document = program(endpoint.format(**ports))
    assert (code, pairs(document), len(document["degraded"])) == (5, {TRUE}, 1)
    assert line in document["degraded"][0]


@pytest.mark.long
def test_tls_against_plain_and_plain_against_tls_are_said(tmp_path: Path) -> None:
    with ScriptedServer([submit()]) as server:
        code, document = program(server.url.replace("http:", "https:"))
    assert (code, pairs(document), len(document["degraded"])) == (5, {TRUE}, 1)
    assert "TLS with it fails" in document["degraded"][0]
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    call([*make, "-subj", "/CN=x", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ScriptedServer([submit()], tls=context) as server:
        code, document = program(server.url)
    assert (code, pairs(document), len(document["degraded"])) == (5, {TRUE}, 1)
    assert "https" in document["degraded"][0]


def test_nginx_says_that_it_speaks_tls() -> None:
    page = b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"
    with ScriptedServer([Raw(400, page, (("Content-Type", "text/html"),))]) as server:
        document = run(server)
    assert "write the endpoint as https://" in document["degraded"][0]
