"""A gpt-oss server on loopback that follows a script, to the letter of the wire and with its faults."""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from noc_agent.evidence import Json


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    raw: bytes
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body["messages"])

    @property
    def tools(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.body.get("tools", [])]


@dataclass(frozen=True)
class Raw:
    """An answer byte for byte; `drip` sends a byte at a time, a pause of so many seconds before each."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    drip: float | None = None
    stall: bool = False
    hang_up: bool = False


Reply = dict[str, Json] | Raw | Callable[[Asked], "dict[str, Json] | Raw"]


def say(
    content: str | None = None,
    *,
    reasoning: str | None = None,
    calls: Sequence[tuple[str, object]] = (),
    finish: str | None = None,
    tokens: tuple[int, int] = (100, 20),
) -> dict[str, Json]:
    """A chat completion as vLLM sends it; arguments that are text go as they are."""
    message: dict[str, Json] = {"role": "assistant", "content": content, "reasoning": reasoning}
    made: list[Json] = []
    for number, (name, arguments) in enumerate(calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        made.append(
            {"id": f"chatcmpl-tool-{number}", "type": "function", "function": {"name": name, "arguments": text}}
        )
    message["tool_calls"] = made
    finish = finish or ("tool_calls" if calls else "stop")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-oss-20b",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    }


def submit(
    verdict: str = "likely",
    causes: Sequence[str] = ("interface_admin_down | interface/r1/eth1 | E1 | shut",),
    tokens: tuple[int, int] = (100, 20),
) -> dict[str, Json]:
    """A reply that submits."""
    arguments = {"verdict": verdict, "root_causes": list(causes), "summary": "eth1 was shut"}
    return say(calls=[("submit_diagnosis", arguments)], tokens=tokens)


def error(status: int, message: str = "", headers: Iterable[tuple[str, str]] = ()) -> Raw:
    """An error as the servers word it."""
    body = json.dumps({"error": {"message": message, "type": "server_error", "code": status}}).encode()
    return Raw(status, body, (("Content-Type", "application/json"), *headers))


def stream(reply: dict[str, Json], *, size: int = 7, end: bool = True, cut: bool = False) -> Raw:
    """A completion as the events of a stream, its texts in pieces; `cut` ends it before its finish_reason."""
    whole: Any = reply["choices"]
    message, finish = whole[0]["message"], whole[0]["finish_reason"]
    deltas: list[dict[str, Json]] = [{"role": "assistant", "content": ""}]
    for key in ("reasoning", "content"):
        text = message.get(key) or ""
        deltas += [{key: text[at : at + size]} for at in range(0, len(text), size)]
    for index, call in enumerate(message["tool_calls"]):
        function, text = call["function"], call["function"]["arguments"]
        head: dict[str, Json] = {
            "index": index,
            "id": call["id"],
            "type": "function",
            "function": {"name": function["name"]},
        }
        pieces: list[dict[str, Json]] = [
            {"index": index, "function": {"arguments": text[at : at + size]}} for at in range(0, len(text), size)
        ]
        deltas += [{"tool_calls": [piece]} for piece in (head, *pieces)]
    events: list[Any] = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if not cut:
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        events.append({"choices": [], "usage": reply["usage"]})
    lines = [json.dumps(event) for event in events] + (["[DONE]"] if end and not cut else [])
    body = "".join(f"data: {line}\n\n" for line in lines).encode()
    return Raw(200, body, (("Content-Type", "text/event-stream"),))


class ScriptedServer:
    """Answers each request with the next reply of its script; the last one stands for all that follow.

    `pages` answer a GET by its path, 404 where there is none. `headers` go with every answer. Every conversation that
    arrives must keep the rules of the templates: leaving the server's context fails where one did not.
    """

    def __init__(
        self,
        replies: Iterable[Reply],
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        pages: Mapping[str, Json | Raw] | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._replies = list(replies)
        self.pages = dict(pages or {})
        self.headers = tuple(headers)
        self.got: list[str] = []
        self.refused = False
        self._lock = threading.Lock()
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def next_reply(self, asked: Asked) -> dict[str, Json] | Raw:
        with self._lock:
            self.asked.append(asked)
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        made = reply(asked) if callable(reply) else reply
        self.refused = self.refused or (isinstance(made, Raw) and made.status in {400, 422})
        return made

    def script(self, replies: Iterable[Reply]) -> None:
        """Another script from here on."""
        with self._lock:
            self._replies = list(replies)

    def stop_listening(self) -> None:
        """Connections are refused from here on, as by a server that died."""
        self._http.socket.close()

    def page(self, path: str) -> Raw:
        """The answer to a GET."""
        self.got.append(path)
        page = self.pages.get(path, Raw(404, b'{"error": "not found"}'))
        return page if isinstance(page, Raw) else Raw(body=json.dumps(page).encode())

    def assert_history_ok(self) -> None:
        """Every request kept the rules of the gpt-oss templates."""
        for asked in self.asked:
            assert_request_ok(asked.body)
            assert_history_ok(asked.messages, both_names=not self.refused)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if kind is None:
            self.assert_history_ok()


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.path, {key.title(): value for key, value in self.headers.items()}, raw, json.loads(raw))
            reply = server.next_reply(asked)
            answer = reply if isinstance(reply, Raw) else Raw(body=json.dumps(reply).encode())
            try:
                self._send(answer)
            except OSError:
                self.close_connection = True

        def do_GET(self) -> None:
            try:
                self._send(server.page(self.path))
            except OSError:
                self.close_connection = True

        def _send(self, answer: Raw) -> None:
            self.close_connection = True
            if answer.stall:
                server.stopping.wait(30)
                return
            if answer.hang_up:
                return
            self.send_response(answer.status)
            for key, value in (*answer.headers, *server.headers):
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if answer.drip is None:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                if server.stopping.wait(answer.drip):
                    return
                self.wfile.write(bytes([byte]))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Tests are quiet."""

    return Handler


NAME = re.compile(r"[a-z0-9_]{1,64}")
CALL_KEYS = {"role", "content", "tool_calls", "reasoning", "reasoning_content"}


def assert_request_ok(body: Mapping[str, Any]) -> None:
    """What holds of the request around its messages, for every server, or an AssertionError that names what does not."""
    assert isinstance(body.get("max_tokens"), int), "Ollama reads max_tokens alone"
    assert "max_completion_tokens" not in body
    assert "parallel_tool_calls" not in body
    assert body.get("tools", True), "no empty tools"
    assert "tool_choice" not in body or body["tool_choice"] in {"required", "none"}, "no named tool_choice"
    assert "stream_options" not in body or body.get("stream"), "stream_options only with a stream"
    for tool in body.get("tools", ()):
        function = tool["function"]
        assert NAME.fullmatch(function["name"]), "tool names are plain"
        text = json.dumps(tool)
        assert not [word for word in ("anyOf", "oneOf", "allOf", "$ref", "$defs") if f'"{word}"' in text], (
            "flat schemas"
        )
        for parameter in function.get("parameters", {}).get("properties", {}).values():
            assert parameter.get("type") in {"string", "integer", "number", "boolean", "array"}, "flat parameters"
            assert parameter.get("items", {}).get("type", "string") in {"string", "integer"}, "no array of objects"
            assert "\n" not in parameter.get("description", ""), "descriptions of one line"


def assert_history_ok(messages: Sequence[dict[str, Any]], *, both_names: bool = True) -> None:
    """The rules that hold for all gpt-oss templates and servers, or an AssertionError that names the one broken.

    `both_names`: reasoning stands under both of its names; a server that has refused a field may see one of them.
    """
    assert [message["role"] for message in messages[:2]] == ["system", "user"], "system, then the task"
    assert all(set(message) == {"role", "content"} for message in messages[:2]), "nothing but text before the calls"
    assert all(message["content"].strip() for message in messages[:2]), "neither is empty"
    rest = messages[2:]
    assert len(rest) % 2 == 0, "every call has its result"
    ids = []
    for call, result in zip(rest[::2], rest[1::2], strict=True):
        assert (call["role"], result["role"]) == ("assistant", "tool"), "calls and results alternate"
        assert set(call) <= CALL_KEYS, "no other key in a call: no channel, no name, no null"
        assert set(result) == {"role", "tool_call_id", "content"}
        assert len(call["tool_calls"]) == 1, "one call a turn"
        made = call["tool_calls"][0]
        assert set(made) == {"id", "type", "function"}
        assert set(made["function"]) == {"name", "arguments"}
        assert made["type"] == "function"
        assert made["id"] and made["id"] == result["tool_call_id"], "the result belongs to its call"
        ids.append(made["id"])
        assert isinstance(json.loads(made["function"]["arguments"]), dict), "arguments are a JSON object as text"
        assert NAME.fullmatch(made["function"]["name"]), "the name of a tool, without prefix or channel"
        assert call["content"] == "", "content beside a call is blank"
        thoughts = [call[key] for key in ("reasoning", "reasoning_content") if key in call]
        assert len(set(thoughts)) <= 1, "the same reasoning under both names"
        assert not both_names or len(thoughts) in {0, 2}, "reasoning under both names, or none"
        assert all(isinstance(thought, str) and thought.strip() for thought in thoughts), "an empty one is left out"
        assert isinstance(result["content"], str) and result["content"], "tool content is a string"
    assert len(set(ids)) == len(ids), "ids are unique"
    for message in messages:
        assert isinstance(message["content"], str), "content is a string"
        assert "tool_calls" not in message or message["tool_calls"], "no empty tool_calls"
    assert "<|" not in json.dumps(messages), "no control token"
