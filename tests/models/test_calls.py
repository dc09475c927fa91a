"""Calls as the servers deliver them, made usable."""

from __future__ import annotations

import pytest

from noc_agent.evidence import Json
from noc_agent.models.calls import MAX_CALLS, call_key, decode_arguments, distinct_calls, known_name
from noc_agent.models.model import ToolCall


def tool(name: str, properties: tuple[str, ...], required: tuple[str, ...] = ()) -> dict[str, Json]:
    parameters: dict[str, Json] = {
        "type": "object",
        "properties": {key: {"type": "string"} for key in properties},
        "required": list(required),
    }
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [
    tool("interfaces", ("device", "interface"), ("device",)),
    tool("neighbors", ("device", "protocol"), ("device",)),
    tool("log_search", ("pattern", "limit"), ("pattern",)),
    tool("listjson", ("page",)),
]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("interfaces", "interfaces"),
        (" interfaces\n", "interfaces"),
        ("interfaces<|channel|>commentary", "interfaces"),
        ("interfaces<|channel|>analysis", "interfaces"),
        ("interfaces <|constrain|>json", "interfaces"),
        ("functions.interfaces", "interfaces"),
        ("functions.interfaces<|channel|>json", "interfaces"),
        ("interfacesjson", "interfaces"),
        ("listjson", "listjson"),
        ("list", None),
        ("browser.search", None),
        ("python", None),
        ("", None),
        ("<|channel|>", None),
    ],
)
def test_a_name_is_cleaned_and_matched(raw: str, name: str | None) -> None:
    assert known_name(raw, {"device": "r1"}, TOOLS) == name


def test_a_lost_name_is_inferred_only_where_the_arguments_fit_one_tool() -> None:
    lost = "assistant<|channel|>analysis"
    assert known_name(lost, {"pattern": "x", "limit": 5}, TOOLS) == "log_search"
    assert known_name("", {"pattern": "x"}, TOOLS) == "log_search"
    assert known_name(lost, {"device": "r1"}, TOOLS) is None
    assert known_name(lost, {"pattern": "x", "other": 1}, TOOLS) is None
    assert known_name(lost, {}, TOOLS) is None
    assert known_name(lost, None, TOOLS) is None
    assert known_name("assistant", {"pattern": "x"}, TOOLS) is None
    assert known_name("python", {"pattern": "x"}, TOOLS) is None


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"device": "r1"}', {"device": "r1"}),
        (' \n\ufeff{"device": "r1"}', {"device": "r1"}),
        ('{"device": "r1"}]', {"device": "r1"}),
        ('{"device": "r1"} and then I look', {"device": "r1"}),
        ('{"device": "r1"}{"device": "r2"}', {"device": "r1"}),
        ('"{\\"device\\": \\"r1\\"}"', {"device": "r1"}),
        ("", {}),
        ("null", {}),
        ('"null"', {}),
        ("{}", {}),
        ('{"device": "r1"', None),
        ('{"device": "r', None),
        ("[1]", None),
        ("3", None),
        ('"r1"', None),
        ("ls -R\n", None),
        ('{"limit": NaN}', None),
        ('{"a": ' * 2000, None),
        ("[" * 100_000, None),
        ('{"a": ' * 40 + "1" + "}" * 40, None),
        ('{"pattern": "' + "x" * 30_000 + '"}', None),
        ('{"limit": ' + "9" * 6000 + "}", None),
    ],
)
def test_arguments_are_the_first_complete_object_or_nothing(text: str, arguments: object) -> None:
    assert decode_arguments(text) == arguments


def test_the_same_call_has_the_same_key_however_it_is_written() -> None:
    key = call_key("log_search", {"pattern": "x", "limit": 5})
    assert call_key("log_search", {"limit": "5", "pattern": "x", "device": "", "since": None}) == key
    assert call_key("log_search", {"pattern": "x", "limit": 6}) != key
    assert call_key("neighbors", {"pattern": "x", "limit": 5}) != key


def test_repeats_within_a_reply_are_dropped_and_their_number_is_bounded() -> None:
    calls = [
        ToolCall("1", "interfaces", '{"device": "r1"}'),
        ToolCall("2", "neighbors", '{"device": "r1"}'),
        ToolCall("3", "interfaces<|channel|>commentary", '{ "device":"r1" }'),
    ]
    assert [call.id for call in distinct_calls(calls)] == ["1", "2"]
    many = [ToolCall(str(n), "interfaces", f'{{"device": "r{n}"}}') for n in range(50)]
    assert distinct_calls(many) == tuple(many[:MAX_CALLS])
