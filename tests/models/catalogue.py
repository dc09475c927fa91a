"""The fault catalogue F1–F29 as data: what each row puts on the wire in place of a turn's reply, in all its variants."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from noc_agent.evidence import Json
from tests.agent.scripted_server import Asked, Raw, Reply, error, say, stream

Args = Mapping[str, Any]
Made = Callable[[str, Args], list[Reply]]

TEMPLATE = "template: :108:130: executing: error calling index: reflect: slice index out of range"
THOUGHT = "We need to look at the port. I should ask."


@dataclass(frozen=True)
class Variant:
    """One form of a row. `replies` are sent in place of the reply that would have called a tool with arguments.

    `lost`: the call does not survive, so the server gives it in a further reply. `said`: what `degraded` names if the
    fault lasts. `watched`: the request is a stream.
    """

    row: str
    form: str
    replies: Made
    lost: bool = False
    said: str = ""
    watched: bool = False

    @property
    def id(self) -> str:
        return f"{self.row}-{self.form}"


def named(form: str) -> Made:
    """The call, its name as the server delivers it."""
    return lambda name, args: [say(calls=[(form.format(name), args)])]


def text(form: str, key: str = "content") -> Made:
    """The call as text: `$x` stands for the tool's name, `$a` for its arguments."""

    def replies(name: str, args: Args) -> list[Reply]:
        words = form.replace("$x", name).replace("$a", json.dumps(args))
        return [say(words) if key == "content" else say(reasoning=words)]

    return replies


def arguments(change: Callable[[str], str]) -> Made:
    """The call, its arguments' text changed."""
    return lambda name, args: [say(calls=[(name, change(json.dumps(args)))])]


def always(*replies: Reply) -> Made:
    """The same replies whatever was to be called."""
    return lambda name, args: list(replies)


def unread(form: str) -> Made:
    """Ollama's error about a call it cannot read; `$a` stands for the arguments."""

    def replies(name: str, args: Args) -> list[Reply]:
        raw = form.replace("$a", json.dumps(args))
        return [error(500, f"error parsing tool call: raw='{raw}', err=invalid character ']' after top-level value")]

    return replies


def changed(change: Callable[[str, Any], Any], **more: Any) -> Made:
    """The call, each of its arguments changed, with further ones."""
    return lambda name, args: [say(calls=[(name, {key: change(key, value) for key, value in args.items()} | more)])]


def as_text(key: str, value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value)


def cut(finish: str) -> Made:
    """Arguments that end at the limit of the request."""

    def replies(name: str, args: Args) -> list[Reply]:
        whole = json.dumps(args)
        return [
            lambda asked: say(
                calls=[(name, whole[: len(whole) // 2])], finish=finish, tokens=(100, asked.body["max_tokens"])
            )
        ]

    return replies


def streamed(**how: Any) -> Made:
    return lambda name, args: [stream(say(reasoning=THOUGHT, calls=[(name, args)]), **how)]


def refuses_any_of(name: str, args: Args) -> list[Reply]:
    def reply(asked: Asked) -> dict[str, Json] | Raw:
        return error(500, TEMPLATE) if b'"anyOf"' in asked.raw else say(calls=[(name, args)])

    return [reply]


def alternating(name: str, args: Args) -> list[Reply]:
    a, b = ("neighbors", {"device": "acc1"}), ("device", {"device": "acc1"})
    return [say(calls=[call]) for call in (a, b, a, b, a, b)]


def reply_of(**fields: Json) -> Raw:
    """A 200 with just these fields."""
    return Raw(200, json.dumps(fields).encode())


ZERO = json.loads(
    '{"id":"","object":"chat.completion","created":-62135596800,"model":"","choices":[{"index":0,"message":{"role":"",'
    '"content":""},"finish_reason":null}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}'
)
PAGE = Raw(200, b"<!DOCTYPE html><html><body>Sign in</body></html>", (("Content-Type", "text/html"),))
HEADER = 'unexpected tokens remaining in message header: Some("to=functions.interfaces")'
PEG = "The model produced output that does not match the expected peg-native format"

CATALOGUE = (
    *(
        Variant("F1", channel, named("{}<|channel|>" + channel))
        for channel in ("commentary", "analysis", "json", "commentary<|message|>")
    ),
    Variant("F2", "analysis", named("assistant<|channel|>analysis")),
    Variant("F2", "commentary", named("assistant<|channel|>commentary")),
    Variant("F2", "empty", named("")),
    Variant("F3", "prefix", named("functions.{}")),
    Variant("F3", "json", named("{}json")),
    Variant("F3", "both", named("functions.{}json")),
    Variant("F4", "500", always(error(500, HEADER)), lost=True, said="500"),
    Variant("F4", "twice", always(error(500, HEADER), error(500, HEADER)), lost=True, said="500"),
    *(
        Variant("F5", form, always(error(500, words)), lost=True, said="500")
        for form, words in (
            ("role", "Unknown role: assistant<|start|>assistant"),
            ("token", "Unexpected token 12606 while expecting start token 200006"),
            ("eos", "Unexpected EOS while waiting for message header to complete"),
        )
    ),
    Variant("F6", "peg", always(error(500, PEG)), lost=True, said="500"),
    Variant("F7", "bracket", unread("$a]")),
    Variant("F7", "prose", unread("We need to understand why it is down. $a")),
    Variant("F7", "broken", unread('{"pattern": "a\nb]'), lost=True, said="500"),
    Variant("F7", "streamed", lambda name, args: [_in_stream(unread("$a]")(name, args))], watched=True),
    Variant("F8", "shell", unread("ls -R\n"), lost=True, said="500"),
    Variant("F9", "bracket", arguments(lambda text: text + "]")),
    Variant("F9", "prose", arguments(lambda text: text + " Now I wait for the result.")),
    Variant("F9", "second", arguments(lambda text: text + '{"device": "acc1"}')),
    Variant("F10", "length", cut("length"), lost=True, said="length"),
    Variant("F10", "older vLLM", cut("tool_calls"), lost=True, said="length"),
    Variant("F11", "dropped", always(say(tokens=(100, 55))), lost=True, said="--enable-auto-tool-choice --tool-call-parser openai"),
    Variant("F11", "no key", always(reply_of(choices=[{"message": {"content": None}, "finish_reason": "stop"}])), lost=True, said="--tool-call-parser openai"),
    Variant("F12", "tags", text(f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>commentary to=functions.$x <|constrain|>json<|message|>$a<|call|>")),
    Variant("F12", "analysis alone", always(say(f"<|channel|>analysis<|message|>{THOUGHT}<|end|>")), lost=True, said="reasoning but no tool call"),
    Variant("F12", "final", always(say("<|channel|>final<|message|>The port is down.<|return|>")), lost=True, said="text but no tool call"),
    Variant("F12", "empty", always(say("")), lost=True, said="empty"),
    Variant("F13", "omitted", always(say(reasoning=THOUGHT, finish="tool_calls")), lost=True, said="no tool call"),
    Variant("F14", "channel", text("<|channel|>commentary to=functions.$x <|constrain|>json<|message|>$a")),
    Variant("F14", "role", text("<|start|>assistant to=functions.$x<|channel|>commentary <|constrain|>json<|message|>$a<|call|>")),
    Variant("F14", "analysis", text("<|channel|>analysis to=functions.$x code<|message|>$a<|call|>")),
    Variant("F14", "no type", text("<|channel|>commentary to=functions.$x<|message|>$a<|call|>")),
    Variant("F14", "result invented", text('<|channel|>commentary to=functions.$x<|message|>$a<|call|><|start|>functions.$x to=assistant<|channel|>commentary<|message|>{"state": "up"}<|end|>')),
    Variant("F15", "call", text(f"analysis{THOUGHT}assistantcommentary to=functions.$x json$a")),
    Variant("F15", "glued", text(f"analysis{THOUGHT}assistantcommentary to=functions.$xjson$a")),
    Variant("F15", "role", text(f"analysis{THOUGHT}assistant to=functions.$xcommentary json$a")),
    Variant("F15", "final", always(say(f"analysis{THOUGHT}assistantfinalThe port is down.")), lost=True, said="text but no tool call"),
    Variant("F16", "bare", text("$a", "reasoning")),
    Variant("F16", "in words", text("I will call it with $a now.", "reasoning")),
    Variant("F16", "addressed", text("to=functions.$x code<|message|>$a", "reasoning")),
    Variant("F16", "unclear", always(say(reasoning='I ask {"device": "dist1"}')), lost=True, said="reasoning but no tool call"),
    Variant("F17", "once", always(say(reasoning=THOUGHT)), lost=True, said="reasoning but no tool call"),
    Variant("F17", "twice", always(say(reasoning=THOUGHT), say(reasoning=THOUGHT)), lost=True, said="reasoning but no tool call"),
    Variant("F18", "length", always(say(reasoning=THOUGHT, finish="length", tokens=(100, 4096))), lost=True, said="length"),
    Variant("F18", "call in it", always(say(reasoning='to=functions.neighbors json{"device": "acc1"}', finish="length", tokens=(100, 4096))), lost=True, said="length"),
    *(
        Variant("F19", name, always(say(calls=[(name, {"query": "x"})])), lost=True, said="do not exist")
        for name in ("browser.search", "python", "container.exec", "assistant")
    ),
    Variant("F20", "again", always(*(say(calls=[("neighbors", {"device": "acc1"})]) for _ in range(4))), lost=True, said="it repeated the same calls; told to submit, it did not"),
    Variant("F20", "respelt", always(*(say(calls=[("neighbors", words)]) for words in ('{"device":"acc1"}', '{ "device" : "acc1", "protocol": "" }', '{"protocol": null, "device": "acc1"}'))), lost=True, said="it repeated the same calls; told to submit, it did not"),
    Variant("F20", "pairs", alternating, lost=True, said="it repeated the same calls; told to submit, it did not"),
    Variant("F21", "stop", lambda name, args: [say(calls=[(name, args)], finish="stop")]),
    Variant("F22", "as text", changed(as_text)),
    Variant("F22", "null", changed(lambda key, value: value, **{"since": "null"})),
    Variant("F22", "quoted", arguments(json.dumps)),
    Variant("F22", "escaped", arguments(lambda text: json.dumps(text)[1:-1])),
    Variant("F22", "texts quoted", changed(lambda key, value: json.dumps(value) if isinstance(value, str) else value)),
    Variant("F22", "object", lambda name, args: [_object_arguments(name, args)]),
    Variant("F23", "anyOf", refuses_any_of),
    Variant("F23", "once", always(error(500, TEMPLATE)), lost=True, said="500"),
    Variant("F24", "zero", always(reply_of(**ZERO)), lost=True, said="no finish_reason"),
    Variant("F25", "cut", streamed(cut=True), lost=True, said="cut short", watched=True),
    Variant("F25", "no end", streamed(end=False), watched=True),
    Variant("F25", "nothing", always(Raw(200, b"", (("Content-Type", "text/event-stream"),))), lost=True, said="no JSON", watched=True),
    Variant("F25", "whole", streamed(), watched=True),
    Variant("F26", "with call", lambda name, args: [say(f"<reasoning>{THOUGHT}</reasoning>", calls=[(name, args)])]),
    Variant("F26", "as text", text(f"<reasoning>{THOUGHT}</reasoning>$a")),
    Variant("F26", "alone", always(say(f"<reasoning>{THOUGHT}</reasoning>")), lost=True, said="reasoning but no tool call"),
    Variant("F27", "page", always(PAGE), lost=True, said="a page instead of JSON"),
    Variant("F27", "error", always(reply_of(choices=None, error={"message": "upstream", "code": 502})), lost=True, said="an error in place of choices"),
    Variant("F27", "proxy", always(Raw(502, b"<html><title>502 Bad Gateway</title></html>", (("Content-Type", "text/html"),))), lost=True, said="502 with a page"),
    Variant("F28", "repeated", lambda name, args: [say(calls=[(name, args), (name, args)])]),
    Variant("F28", "several", lambda name, args: [say(reasoning=THOUGHT, calls=[("neighbors", {"device": "acc1"}), (name, args), ("device", {"device": "acc1"})])]),
    Variant("F29", "429", always(error(429, "busy", [("Retry-After", "0")])), lost=True, said="429"),
    Variant("F29", "503", always(error(503, "Loading model")), lost=True, said="503"),
    Variant("F29", "hang up", always(Raw(hang_up=True)), lost=True, said="breaks off"),
)  # fmt: skip


def _in_stream(replies: list[Reply]) -> Reply:
    """An error in the middle of a stream, as Ollama sends it."""
    (failed,) = replies
    assert isinstance(failed, Raw)
    return Raw(200, b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\ndata: ' + failed.body + b"\n\n")


def _object_arguments(name: str, args: Args) -> Raw:
    """Arguments that are no text but an object, and a call with neither id nor type."""
    call: dict[str, Json] = {"id": None, "type": None, "function": {"name": name, "arguments": dict(args)}}
    return reply_of(choices=[{"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}])
