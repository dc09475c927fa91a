"""What left for the model is shown byte for byte as a server received it; a dry run shows it before, and sends nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from noc_agent.agent.sent import Sent, sent_requests
from noc_agent.evidence import Json
from tests.agent.scripted_server import Raw, Reply, ScriptedServer, error, say, submit
from tests.recorded import noc_agent

pytestmark = pytest.mark.timeout(400)  # some start the program five times
INCIDENT = "INC-3168"
LAST = submit("confirmed", ["interface_admin_down | interface/dist1/eth3 | E5,E12 | shut"])


def sent(*words: str) -> list[dict[str, Any]]:
    done = noc_agent("runs", "show", INCIDENT, "--sent", "--json", *words)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == "noc-agent/sent/1"
    return list(told["requests"])


def test_what_left_is_shown_byte_for_byte_with_every_retry_and_every_question_beside() -> None:
    replies: list[Reply] = [
        say(reasoning="I look – “so”", calls=[("interfaces", {"device": "dist1", "interface": "eth3"})]),
        error(503),  # asked again
        error(400, "reasoning_effort is unknown"),  # and again, with one field less
        say(calls=[("log_search", {"pattern": "é"})]),
        LAST,
    ]
    with ScriptedServer(replies) as server:
        dry = noc_agent("diagnose", INCIDENT, "--dry-run", "--json", "--engine", "model", "--endpoint", server.url)
        assert (dry.returncode, server.asked, server.got) == (0, [], [])
        assert list(Path(os.environ["NOC_AGENT_STATE"]).rglob("*.jsonl")) == []
        done = noc_agent("diagnose", INCIDENT, "--json", "--engine", "model", "--endpoint", server.url)
        assert done.returncode == 0, done.stderr
        received, pages, url = list(server.asked), list(server.got), server.url
    requests = sent()
    posts = [row for row in requests if row["method"] == "POST"]
    assert [row["body"].encode() for row in posts] == [asked.raw for asked in received]
    assert [row["target"] for row in posts] == [asked.path for asked in received]
    assert [row["target"] for row in requests if row["method"] == "GET"] == pages
    assert {f"{row['to']}/v1" for row in requests} == {url}
    assert [row["n"] for row in requests] == list(range(1, len(requests) + 1))
    assert "I look – “so”" in posts[-1]["body"], "what the model thought went back to it, and is shown"
    would = json.loads(dry.stdout)
    assert (would["body"].encode(), would["target"]) == (received[0].raw, received[0].path)
    assert (f"{would['to']}/v1", would["devices"]) == (url, [])

    told = noc_agent("runs", "show", INCIDENT, "--sent").stdout
    first = json.loads(received[0].raw)["messages"]
    for message in first:
        assert json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() in received[0].raw
        assert told.count(json.dumps(message, ensure_ascii=False, separators=(",", ":"))) == 1
    assert noc_agent("runs", "verify", INCIDENT).returncode == 0


@pytest.mark.long
def test_a_request_that_a_kill_followed_is_on_record_and_the_count_goes_on() -> None:
    with ScriptedServer([say(calls=[("interfaces", {"device": "dist1"})]), Raw(stall=True)]) as server:
        command = [
            sys.executable,
            "-m",
            "noc_agent",
            "diagnose",
            INCIDENT,
            "--engine",
            "model",
            "--endpoint",
            server.url,
        ]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            if len(server.asked) == 2:
                break
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.wait()
        before = list(server.asked)
        assert [row["body"].encode() for row in sent()] == [asked.raw for asked in before]
        server.stopping.set()
        server.script([LAST])
        assert noc_agent("runs", "resume", INCIDENT, "--json").returncode == 0
        after = list(server.asked)
    rows = sent()
    assert len(after) == 3
    assert [row["body"].encode() for row in rows] == [asked.raw for asked in after]
    assert [row["n"] for row in rows] == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--engine", "playbook"], "asks no model"),
        (["--engine", "auto"], "no endpoint is configured"),
        (["--engine", "auto", "--endpoint", "http://127.0.0.1:9/v1"], "confirmed without a model"),
    ],
)
def test_a_dry_run_says_why_nothing_would_go(words: list[str], why: str) -> None:
    done = noc_agent("diagnose", INCIDENT, "--dry-run", *words)
    assert done.returncode == 0, done.stderr
    assert why in done.stdout


def test_a_dry_run_refuses_what_a_run_refuses() -> None:
    for engine in ("model", "auto"):
        done = noc_agent("diagnose", INCIDENT, "--dry-run", "--engine", engine, "--endpoint", "http://192.0.2.7/v1")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (6, "", 1)


def test_requests_of_any_size_and_kind_come_back_as_they_went() -> None:
    bodies = [b"", b"{}", os.urandom(70_000), b"x" * 200_000, b"", b'{"messages":[]}' * 9000, os.urandom(10)]
    rows: list[dict[str, Json]] = []
    keep = Sent(lambda kind, payload: rows.append(dict(payload)))
    for body in bodies[:4]:
        keep("http://127.0.0.1:1", "POST", "/v1", body)
    again = Sent(lambda kind, payload: rows.append(dict(payload)), 4)  # a run that was resumed
    for body in bodies[4:]:
        again("http://127.0.0.1:1", "POST", "/v1", body)
    assert [request.body for request in sent_requests(rows)] == bodies
    assert [request.n for request in sent_requests(rows)] == list(range(1, 8))
