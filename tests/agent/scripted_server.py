"""A gpt-oss server on loopback that follows a script, to the letter of the wire and with its faults."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
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


class ScriptedServer:
    """Answers each request with the next reply of its script; the last one stands for all that follow."""

    def __init__(self, replies: Iterable[Reply], tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._replies = list(replies)
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
        return reply(asked) if callable(reply) else reply

    def assert_history_ok(self) -> None:
        """Every request kept the rules of the gpt-oss templates."""
        for asked in self.asked:
            assert_history_ok(asked.messages)

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

        do_GET = do_POST

        def _send(self, answer: Raw) -> None:
            self.close_connection = True
            if answer.stall:
                server.stopping.wait(30)
                return
            if answer.hang_up:
                return
            self.send_response(answer.status)
            for key, value in answer.headers:
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


def assert_history_ok(messages: Sequence[dict[str, Any]]) -> None:
    """The rules that hold for all gpt-oss templates and servers, or an AssertionError that names the one broken."""
    assert [message["role"] for message in messages[:2]] == ["system", "user"], "system, then the task"
    rest = messages[2:]
    assert len(rest) % 2 == 0, "every call has its result"
    ids = []
    for call, result in zip(rest[::2], rest[1::2], strict=True):
        assert (call["role"], result["role"]) == ("assistant", "tool"), "calls and results alternate"
        assert len(call["tool_calls"]) == 1, "one call a turn"
        made = call["tool_calls"][0]
        assert made["type"] == "function"
        assert made["id"] and made["id"] == result["tool_call_id"], "the result belongs to its call"
        ids.append(made["id"])
        assert isinstance(json.loads(made["function"]["arguments"]), dict), "arguments are a JSON object as text"
        assert made["function"]["name"] and "<|" not in made["function"]["name"]
        assert call["content"] == "", "content beside a call is blank"
        assert call.get("reasoning") == call.get("reasoning_content"), "reasoning under both names, or none"
        assert call.get("reasoning", "x"), "an empty reasoning is left out"
        assert isinstance(result["content"], str), "tool content is a string"
    assert len(set(ids)) == len(ids), "ids are unique"
    for message in messages:
        assert isinstance(message["content"], str), "content is a string"
        assert "tool_calls" not in message or message["tool_calls"], "no empty tool_calls"
    assert "<|" not in json.dumps(messages), "no control token"
