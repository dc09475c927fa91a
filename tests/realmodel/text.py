"""Lessons as text and tokens: harmony through the real gpt-oss template, a byte-level BPE of our own words."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jinja2
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

Lesson = Mapping[str, Any]
SPECIAL = (
    "<|startoftext|>", "<|endoftext|>", "<|return|>", "<|constrain|>", "<|channel|>",
    "<|start|>", "<|end|>", "<|message|>", "<|call|>",
)  # fmt: skip
# How gpt-oss's vocabulary (o200k) cuts text before it merges; llama.cpp calls it "gpt-4o".
CUT = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
_WRITTEN = re.compile(r"<\|start\|>assistant(.*?<\|(?:call|return)\|>)", re.DOTALL)
EFFORTS = ("low", "medium", "high")


class Template:
    """The gpt-oss chat template, rendered as llama.cpp renders it."""

    def __init__(self, source: str) -> None:
        self.source = source
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        environment.globals["raise_exception"] = _refuse
        self._template = environment.from_string(source)

    def prompt(self, lesson: Lesson, date: str, effort: str) -> str:
        """All up to where the model begins to write."""
        messages = [_message(one) for one in lesson["messages"]]
        return self._template.render(
            messages=messages,
            tools=lesson["tools"] or None,
            reasoning_effort=effort,
            add_generation_prompt=True,
            strftime_now=lambda _: date,
        )


def reply(lesson: Lesson, *, by_schema: bool = False) -> str:
    """What the model is to write: a thought, then the call, in the form in which the template shows earlier ones.

    `by_schema` is an answer held by a schema, on the final channel: llama.cpp leaves no other way to end.
    """
    arguments = json.dumps(lesson["arguments"], ensure_ascii=False)
    thought = f"<|channel|>analysis<|message|>{lesson['thought']}<|end|><|start|>assistant"
    if by_schema:
        return f"{thought}<|channel|>final <|constrain|>json<|message|>{arguments}<|return|>"
    return f"{thought} to=functions.{lesson['name']}<|channel|>commentary json<|message|>{arguments}<|call|>"


def written(text: str) -> list[tuple[str, bool]]:
    """A conversation in pieces, each with whether the model writes it."""
    pieces, at = list[tuple[str, bool]](), 0
    for turn in _WRITTEN.finditer(text):
        pieces += [(text[at : turn.start(1)], False), (turn[1], True)]
        at = turn.end(1)
    return [*pieces, (text[at:], False)]


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    """As llama.cpp hands it to the template: arguments an object, the reasoning beside a call as `thinking`."""
    made = {key: message[key] for key in ("role", "content") if key in message}
    if calls := message.get("tool_calls"):
        function = calls[0]["function"]
        made["tool_calls"] = [{"function": {"name": function["name"], "arguments": json.loads(function["arguments"])}}]
        if thought := message.get("reasoning_content"):
            made["thinking"] = thought
    return made


def _refuse(what: str) -> None:
    raise ValueError(what)


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """A byte-level BPE of so many entries, harmony's tokens among them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CUT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer


def shortened(lesson: Lesson, chance: random.Random) -> Lesson:
    """The same lesson without tools and system prompt, results cut: quick to read, to learn copying from."""
    room = chance.choice((20, 80, 200))
    messages = [
        {**one, "content": one["content"][:room]} if one["role"] == "tool" else one for one in lesson["messages"][1:]
    ]
    return {**lesson, "messages": messages, "tools": []}


def gist(lesson: Lesson, chance: random.Random) -> Lesson:
    """Shorter still: of the task the lines that decide, and a few others."""
    made = shortened(lesson, chance)
    task, *rest = made["messages"]
    lines = task["content"].splitlines()
    kept = [n for n, line in enumerate(lines) if line.startswith(("Since", "The engine")) or chance.random() < 0.15]
    rest = [{**one, "content": one["content"][:16]} if one["role"] == "tool" else one for one in rest]
    return {**made, "messages": [{**task, "content": "\n".join(lines[n] for n in kept)}, *rest]}


def probe(chance: random.Random, names: Sequence[str]) -> Lesson:
    """A task of one line, as `doctor` puts it: call this tool for that thing."""
    verb, thing = chance.choice(("check", "show", "read", "test")), chance.choice(("link", "port", "device", "route"))
    value, name = chance.choice(names), f"{verb}_{thing}"
    function = {
        "name": name,
        "description": f"State of a {thing}.",
        "parameters": {
            "type": "object",
            "properties": {thing: {"type": "string", "description": "Its name."}},
            "required": [thing],
        },
    }
    return {
        "messages": [
            {"role": "system", "content": "Answer with a tool call."},
            {"role": "user", "content": f"Call {name} for the {thing} {value}."},
        ],
        "tools": [{"type": "function", "function": function}],
        "thought": f"Call {name}.",
        "name": name,
        "arguments": {thing: value},
    }
