"""Calls that arrive as text, and what must not be taken for one."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noc_agent.models.calls import decode_arguments
from noc_agent.models.coercion import coerced
from noc_agent.models.model import Completion
from noc_agent.models.spoken import read_spoken
from tests.models.test_calls import TOOLS

SEARCH = '{"pattern": "eth3", "limit": 5}'


def call(content: str = "", reasoning: str = "", finish: str = "stop") -> tuple[str, object] | None:
    made = read_spoken(Completion(content, reasoning, finish_reason=finish), TOOLS).tool_calls
    assert len(made) <= 1
    return (made[0].name, decode_arguments(made[0].arguments)) if made else None


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        (f"<|channel|>commentary to=functions.log_search <|constrain|>json<|message|>{SEARCH}<|call|>", "log_search", SEARCH),
        (f"<|channel|>commentary to=log_search json<|message|>{SEARCH}", "log_search", SEARCH),
        (f"<|start|>assistant<|channel|>analysis to=functions.log_search code<|message|>{SEARCH}", "log_search", SEARCH),
        (f"to=functions.log_search {SEARCH}", "log_search", SEARCH),
        (f"commentary to=functions.log_search\n\n{SEARCH} and then I wait", "log_search", SEARCH),
        ('<|channel|>commentary to=browser.search<|message|>{"query": "x"}', "browser.search", '{"query": "x"}'),
        (f'{{"name": "log_search", "arguments": {SEARCH}}}', "log_search", SEARCH),
        (f'<tool_call>{{"name": "log_search", "parameters": {json.dumps(SEARCH)}}}</tool_call>', "log_search", SEARCH),
        (f"```json\n{SEARCH}\n```", "log_search", SEARCH),
        ('I asked {"pattern": "eth1"} before; now {"pattern": "eth3"}.', "log_search", '{"pattern": "eth3"}'),
    ],
)  # fmt: skip
def test_a_call_is_read_from_text(text: str, name: str, arguments: str) -> None:
    assert call(text) == (name, json.loads(arguments))
    assert call(reasoning=text) == (name, json.loads(arguments))


@pytest.mark.parametrize(
    "text",
    [
        "The port eth3 is down.",
        'It fits two tools: {"device": "r1"}',
        'It fits none: {"pattern": "x", "colour": "red"}',
        "Nothing in it: {}",
        'Cut off: {"pattern": "eth',
        '{"name": "rm", "arguments": {"path": "/"}}',
        "it is set to=functions",
        '<|start|>functions.interfaces to=assistant<|channel|>commentary<|message|>{"pattern": "x", "more": 1}',
    ],
)
def test_what_is_no_call_is_none(text: str) -> None:
    assert call(text) is None
    assert call(reasoning=text) is None


def test_nothing_is_taken_from_a_reply_that_was_cut() -> None:
    assert call(f"to=functions.log_search {SEARCH}", finish="length") is None
    assert call(reasoning=SEARCH, finish="length") is None


def test_arguments_of_an_addressed_call_that_are_cut_are_not_executed() -> None:
    assert call('to=functions.log_search json{"pattern": "eth') == ("log_search", None)


def test_reasoning_is_the_last_resort() -> None:
    assert call("The port is down, I am done.", SEARCH) is None
    assert call('{"pattern": "said"}', '{"pattern": "thought"}') == ("log_search", {"pattern": "said"})


def test_calls_that_came_as_calls_are_trusted_over_text() -> None:
    made = read_spoken(
        Completion(SEARCH, tool_calls=(called := read_spoken(Completion(SEARCH), TOOLS).tool_calls)), TOOLS
    )
    assert made.tool_calls == called


@pytest.mark.parametrize(
    ("content", "said", "thought"),
    [
        ("analysisWe look.assistantfinalIt is eth3.", "It is eth3.", "We look."),
        ("<|channel|>analysis<|message|>We look.<|end|><|start|>assistant<|channel|>final<|message|>It is eth3.<|return|>", "It is eth3.", "We look."),
        ("<|channel|>analysis<|message|>We look.<|end|>", "", "We look."),
        ("<reasoning>We look.</reasoning>It is eth3.", "It is eth3.", "We look."),
        ("<think>We\nlook.</think>\n\nIt is eth3.", "It is eth3.", "We\nlook."),
        ("It is eth3.", "It is eth3.", ""),
        ("analysis of eth3 shows it is down", "analysis of eth3 shows it is down", ""),
    ],
)  # fmt: skip
def test_thought_and_word_are_told_apart(content: str, said: str, thought: str) -> None:
    made = read_spoken(Completion(content), TOOLS)
    assert (made.content, made.reasoning) == (said, thought)


PIECES = st.sampled_from(
    ["<|channel|>", "<|message|>", "to=", "functions.", "log_search", "json", "{", "}", '"', ":", "[", "]", "\\", "analysis",
     "assistantfinal", "<reasoning>", "</reasoning>", "pattern", " ", "\n", "<|", "|>", "\u0000", "\ud800", "{{{{{{{{"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join), st.lists(PIECES, max_size=30).map("".join))
def test_no_text_breaks_the_reading(content: str, reasoning: str) -> None:
    made = read_spoken(Completion(content, reasoning), TOOLS)
    assert all(isinstance(decode_arguments(one.arguments), dict | None) for one in made.tool_calls)


@pytest.mark.parametrize(
    "text", ["{" * 200_000, '{"a": ' * 50_000, "to=x" * 50_000, "to=x json" + "json " * 50_000, "<reasoning>" * 30_000, "assistant final" * 20_000, '{"a": "' + "\\" * 100_000]
)  # fmt: skip
def test_no_text_takes_long_to_read(text: str) -> None:
    started = time.process_time()
    call(text, text)
    assert time.process_time() - started < 5


TOOL = {
    "type": "function",
    "function": {
        "name": "t",
        "parameters": {
            "properties": {
                "n": {"type": "integer"},
                "x": {"type": "number"},
                "b": {"type": "boolean"},
                "l": {"type": "array", "items": {"type": "string"}},
                "s": {"type": "string"},
                "o": {"type": "string"},
            },
            "required": ["s"],
        },
    },
}


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ({"n": "5", "x": "2.5", "b": "True", "l": '["a", "b"]', "s": 7}, {"n": 5, "x": 2.5, "b": True, "l": ["a", "b"], "s": "7"}),
        ({"n": " -3 ", "l": "a", "s": '"r1"'}, {"n": -3, "l": ["a"], "s": "r1"}),
        ({"n": "null", "o": "None", "l": None, "s": "null"}, {"s": "null"}),
        ({"n": "five", "x": "1e999", "b": "maybe", "l": "[1, 2", "s": '"a" and "b"'}, {"n": "five", "x": "1e999", "b": "maybe", "l": ["[1, 2"], "s": '"a" and "b"'}),
        ({"n": 5, "l": ["a"], "s": "r1", "other": "5"}, {"n": 5, "l": ["a"], "s": "r1", "other": "5"}),
        ({"n": "9" * 5000, "s": True}, {"n": "9" * 5000, "s": True}),
    ],
)  # fmt: skip
def test_arguments_become_what_their_schema_wants_where_that_is_plain(
    given_: dict[str, object], wanted: dict[str, object]
) -> None:
    assert coerced(given_, TOOL) == wanted  # type: ignore[arg-type]
