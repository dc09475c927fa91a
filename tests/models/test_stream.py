"""Streams: put together, overheard, cut short; and a person at a terminal who watches the model think."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from noc_agent.cli.common import bundled_site
from noc_agent.models import Completion, ToolCall, check_endpoint
from noc_agent.models.chat import ChatModel
from noc_agent.models.reply import UnusableReplyError, read_completion
from noc_agent.models.stream import Overheard, read_stream
from tests.agent.scripted_server import Asked, Raw, Reply, ScriptedServer, error, say, stream
from tests.models.program import INCIDENT, TRUE, TURNS
from tests.models.test_chat import TASK, TOOL
from tests.recorded import noc_agent, pairs

WHOLE = say("so", reasoning="I look at r1.", calls=[("look", {"device": "r1"}), ("look", {"device": "r2"})])
THOUGHT = "The port is down \x1b]0;evil\x07 \u202egnp"


def read(raw: Raw) -> Completion:
    return read_completion(read_stream(raw.body))


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_stream_adds_up_to_the_reply_it_would_have_been(size: int) -> None:
    assert read(stream(WHOLE, size=size)) == read_completion(WHOLE)
    assert read(stream(WHOLE, size=size, end=False)) == read_completion(WHOLE), "a finish_reason ends it too"


def test_a_server_that_answers_with_the_whole_is_read() -> None:
    assert read(Raw(body=json.dumps(WHOLE).encode())) == read_completion(WHOLE)


def test_a_stream_cut_anywhere_is_no_reply() -> None:
    body = stream(WHOLE, size=4).body
    events = body.split(b"\n\n")
    last = next(index for index, event in enumerate(events) if b'"finish_reason": "tool_calls"' in event)
    for end in range(1, last + 1):
        with pytest.raises(UnusableReplyError, match="cut short"):
            read_stream(b"\n\n".join(events[:end]) + b"\n\n")
        with pytest.raises(UnusableReplyError):
            read_stream(b"\n\n".join(events[:end]) + b"\n\n" + events[end][: len(events[end]) // 2])


def chunk(**delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\r\n\r\n"


def test_calls_are_told_apart_whatever_index_they_bear() -> None:
    """Ollama sends each call whole; some servers give every call the index 0, or none."""
    one = {"index": 0, "id": "a", "function": {"name": "look", "arguments": '{"device": "r1"}'}}
    two = {"index": 0, "id": "b", "function": {"name": "look", "arguments": {"device": "r2"}}}
    three = {"id": "c", "function": {"name": "look", "arguments": '{"dev'}}
    rest = {"function": {"arguments": 'ice": "r3"}'}}
    body = (
        b"".join(chunk(tool_calls=[call]) for call in (one, two, three, rest)) + b": ping\r\n\r\ndata: [DONE]\r\n\r\n"
    )
    calls = read(Raw(body=body)).tool_calls
    assert calls == tuple(
        ToolCall(key, "look", f'{{"device": "{name}"}}') for key, name in zip("abc", ("r1", "r2", "r3"), strict=True)
    )


@pytest.mark.parametrize(
    "junk",
    [
        b"data: null\n\n",
        b"data: 3\n\n",
        b'data: {"choices": [null]}\n\n',
        b'data: {"choices": [{"delta": {"tool_calls": [1]}}]}\n\n',
    ],
)
def test_odd_events_are_passed_over(junk: bytes) -> None:
    assert read(Raw(body=b"data: {}\n\n" + junk + stream(WHOLE).body)) == read_completion(WHOLE)


@pytest.mark.parametrize("size", [1, 10, 100_000])
def test_reasoning_is_told_while_it_comes_however_it_is_cut(size: int) -> None:
    told: list[str] = []
    heard = Overheard(told.append)
    body = stream(say(reasoning="Gr\u00fc\u00dfe \u2014 I look."), size=3).body
    for at in range(0, len(body), size):
        heard.feed(body[at : at + size])
    heard.close()
    assert "".join(told) == "Gr\u00fc\u00dfe \u2014 I look.\n"


def test_a_slow_stream_is_told_before_it_ends() -> None:
    told: list[float] = []
    slow = stream(say(reasoning="one two three four five", calls=[("look", {})]), size=4)
    with ScriptedServer([Raw(200, slow.body, slow.headers, drip=0.0005)]) as server:
        model = ChatModel(check_endpoint(server.url), "m", watch=lambda text: told.append(time.monotonic()))
        completion = model.complete(TASK, [TOOL], max_tokens=9, deadline=time.monotonic() + 30)
        ended = time.monotonic()
        assert server.asked[0].body["stream_options"] == {"include_usage": True}
    assert completion.tool_calls[0].name == "look"
    assert completion.prompt_tokens == 100
    assert ended - told[0] > 0.05


def test_a_stream_that_breaks_is_asked_for_again_whole_and_stays_so() -> None:
    broken = stream(WHOLE, cut=True)
    with ScriptedServer([broken, say("fine", calls=[("look", {})])]) as server:
        model = ChatModel(check_endpoint(server.url), "m", backoff=0.01, watch=lambda text: None)
        for _ in range(2):
            assert len(model.complete(TASK, [TOOL], max_tokens=9, deadline=time.monotonic() + 9).tool_calls) == 1
        assert [asked.body.get("stream", False) for asked in server.asked] == [True, False, False]


@pytest.mark.parametrize("field", ["stream_options", "stream"])
def test_a_server_that_does_not_stream_is_asked_without(field: str) -> None:
    def reply(asked: Asked) -> dict[str, Any] | Raw:
        return error(422, f"Unexpected keys in the request: {{'{field}'}}") if field in asked.body else say("fine")

    with ScriptedServer([reply]) as server:
        model = ChatModel(check_endpoint(server.url), "m", watch=lambda text: None)
        model.complete(TASK, [], max_tokens=9, deadline=time.monotonic() + 9)
        assert ("stream" in server.asked[-1].body) == (field == "stream_options")
        assert len(server.asked) == 2


def watched(replies: list[Reply], *words: str, **env: str) -> tuple[str, dict[str, Any], list[Asked]]:
    """The program with its stderr on a terminal: what was shown there, the document, what the server was asked."""
    with ScriptedServer(replies) as server:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "noc_agent", "diagnose", INCIDENT, "--json", "--engine", "model"]
        process = subprocess.Popen(
            [*command, "--endpoint", server.url, *words],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", **env},
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # a terminal whose other end is closed
                break
            if not part:
                break
            shown += part
        out, _ = process.communicate(timeout=60)
        os.close(ours)
        return shown.decode(), json.loads(out), server.asked


def thinking() -> list[Reply]:
    return [stream(say(reasoning=f"{THOUGHT} {number}", calls=[turn])) for number, turn in enumerate(TURNS)]


def test_a_person_at_a_terminal_sees_the_reasoning_dimmed_and_harmless() -> None:
    shown, document, asked = watched(thinking())
    assert (document["engine"], pairs(document)) == ("model", {TRUE})
    assert all(one.body["stream"] for one in asked)
    plain = re.sub(r"\x1b\[[0-9;]*[mK]", "", shown)
    for number in range(3):
        assert f"The port is down  gnp {number}\r\n" in plain
    assert "\x1b[2mThe por" in shown
    assert "\x1b]" not in shown
    assert "\u202e" not in shown
    again, _, _ = watched(thinking(), NO_COLOR="1")
    assert "The por" in again
    assert "\x1b[2m" not in again


@pytest.mark.parametrize("words", [("--quiet",), ()])
@pytest.mark.long
def test_where_nobody_watches_nothing_is_streamed(words: tuple[str, ...]) -> None:
    replies: list[Reply] = [say(reasoning=THOUGHT, calls=[turn]) for turn in TURNS]
    if words:
        shown, _, asked = watched(replies, *words)
        assert "port" not in shown
    else:
        with ScriptedServer(replies) as server:
            noc_agent("diagnose", INCIDENT, "--json", "--engine", "model", "--endpoint", server.url)
            asked = server.asked
    assert len(asked) == 3
    assert not any("stream" in one.body for one in asked)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.long
def test_reasoning_is_kept_in_the_journal_only_where_the_site_asks_for_it(kept: bool, tmp_path: Path) -> None:
    site = Path(shutil.copytree(bundled_site().parent, tmp_path / "site"))
    secret = "a thought of my own"
    replies: list[Reply] = [
        say(reasoning=secret),
        *(say(reasoning=f"{secret} {number}", calls=[turn]) for number, turn in enumerate(TURNS)),
    ]
    with ScriptedServer(replies) as server:
        settings = f"\nmodel: {{endpoint: '{server.url}', keep_reasoning: {str(kept).lower()}}}\n"
        with (site / "site.yaml").open("a") as file:
            file.write(settings)
        first = noc_agent("diagnose", INCIDENT, "--json", "--engine", "model", "--site", str(site))
        assert first.returncode == 0, first.stderr
        assert [secret in one.raw.decode() for one in server.asked] == [False, False, True, True], "the model keeps it"
    journal = next(Path(os.environ["NOC_AGENT_STATE"]).rglob("*.jsonl")).read_text()
    assert (secret in journal) == kept
    again = noc_agent("replay", INCIDENT, "--json", "--site", str(site))
    assert (again.stdout, again.stderr) == (first.stdout, "")
