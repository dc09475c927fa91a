"""What an operator sees in a terminal when the endpoint is not what it should be: one line, and the verdict all the same."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from noc_agent.errors import ExitCode
from tests.agent.scripted_server import Raw, Reply, ScriptedServer, error, submit

RIGHT = submit("confirmed", ["interface_admin_down | interface/dist1/eth3 | E3 | it was shut"], tokens=(1500, 60))
HTML = (("Content-Type", "text/html"),)
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def in_a_terminal(*words: str) -> tuple[int, str]:
    """Exit code and what stands on the screen, its lines joined."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    command = [sys.executable, "-m", "noc_agent", "diagnose", "INC-3168", "--engine", "model", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as program:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the other end of a terminal that is gone is no end of file
            while part := os.read(ours, 65_536):
                shown += part
        os.close(ours)
    return program.returncode, " ".join(CONTROL.sub("", shown.decode()).split())


def assert_said_once(shown: str, code: int, wanted: ExitCode, line: str) -> None:
    assert "● CONFIRMED" in shown
    assert "interface_admin_down at interface/dist1/eth3" in shown
    assert shown.count(line) == 1
    without = shown.partition("Had to do without ")[2]
    assert without.count("– ") == 1, "one line"
    assert "Traceback" not in shown
    assert code == wanted


@pytest.mark.long
@pytest.mark.parametrize(
    ("reply", "words", "code", "line"),
    [
        (error(401, "Incorrect API key"), [], 5, "it refuses the API key (401); set model: api_key"),
        (error(404, "The model `gpt-oss-20b` does not exist."), [], 5, "it knows no such model (404)"),
        (Raw(200, b"<!DOCTYPE html><html><body>Sign in</body></html>", HTML), [], 5, "a page instead of JSON"),
        (Raw(502, b"<html><title>502 Bad Gateway</title></html>", HTML), [], 5, "it answers 502 with a page"),
        (Raw(403, b"<html><title>Denied by policy</title></html>", HTML), [], 5, "a page in its place refuses"),
        (error(400, "the request exceeds the available context size (4096 tokens)"), [], 5, "exceeds the server's context; serve it with 32,768 tokens"),
        (RIGHT, ["--model", "qwen3:8b"], 0, "the model qwen3:8b is by its name no gpt-oss"),
        (RIGHT, ["--max-tokens", "100"], 0, "the limit of 100 tokens was reached, the next prompt takes some"),
    ],
)  # fmt: skip
def test_one_clear_line_and_a_verdict(reply: Reply, words: list[str], code: int, line: str) -> None:
    with ScriptedServer([reply]) as server:
        done, shown = in_a_terminal("--endpoint", server.url, *words)
    assert_said_once(shown, done, ExitCode(code), line)


@pytest.mark.long
def test_a_wrong_port_is_one_line_and_a_verdict() -> None:
    done, shown = in_a_terminal("--endpoint", "http://127.0.0.1:9/v1")
    assert_said_once(
        shown, done, ExitCode.MODEL_UNAVAILABLE, "it accepts no connection; start the server, or check the port"
    )


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[ssl.SSLContext]:
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(made), "-days", "2", "-subj", "/CN=here"]
    try:
        subprocess.run(["openssl", "req", "-x509", *words], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    yield context


@pytest.mark.long
def test_tls_against_plain_and_plain_against_tls_are_one_line_each(certificate: ssl.SSLContext) -> None:
    with ScriptedServer([RIGHT]) as server:
        done, shown = in_a_terminal("--endpoint", server.url.replace("http:", "https:"))
        assert_said_once(
            shown, done, ExitCode.MODEL_UNAVAILABLE, "TLS with it fails; check its certificate and the URL's scheme"
        )
    with ScriptedServer([RIGHT], tls=certificate) as server:
        done, shown = in_a_terminal("--endpoint", server.url)
        assert_said_once(shown, done, ExitCode.MODEL_UNAVAILABLE, "check the port, http or https")
        done, shown = in_a_terminal("--endpoint", server.url.replace("http:", "https:"))
        assert_said_once(shown, done, ExitCode.MODEL_UNAVAILABLE, "TLS with it fails")
