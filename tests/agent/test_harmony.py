"""Tools as gpt-oss sees them: rendered by harmony's own renderer, read back, and nothing is lost on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import pytest
from openai_harmony import (
    Conversation,
    DeveloperContent,
    HarmonyEncodingName,
    Message,
    Role,
    ToolDescription,
    load_harmony_encoding,
)
from pydantic import BaseModel, Field

from noc_agent.agent.offered import OF_FAMILY, offered
from noc_agent.agent.reading import READ_TOOL
from noc_agent.agent.submission import SUBMIT_TOOL
from noc_agent.errors import ToolLoadError
from noc_agent.evidence import Json
from noc_agent.models.tokens import prompt_tokens
from noc_agent.toolbox import bundled, load_tools
from noc_agent.toolbox.declare import make_tool
from noc_agent.topology import Network

ENCODING = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
TOOLBOX = load_tools([bundled("tools")], [Network])
FULL = [tool.function_schema() for tool in TOOLBOX.tools.values()]
HEAD = re.compile(
    r"// (?P<said>[^\n]*)\ntype (?P<name>\S+) = \(_: \{\n(?P<inside>.*?)^\}\) => any;", re.DOTALL | re.MULTILINE
)
ARGUMENT = re.compile(r"// (?P<said>[^\n]*)\n(?P<name>\w+)(?P<optional>\??): (?P<type>[^,\n]+),(?: // .*)?\n")

Schema = Mapping[str, Json]


def rendered(schemas: Sequence[Schema]) -> str:
    """The developer message that declares these tools, as the model reads it."""
    functions = [cast("dict[str, Any]", schema["function"]) for schema in schemas]
    tools = [ToolDescription.new(one["name"], one["description"], parameters=one["parameters"]) for one in functions]
    content = DeveloperContent.new().with_function_tools(tools)
    conversation = Conversation.from_messages([Message.from_role_and_content(Role.DEVELOPER, content)])
    return str(ENCODING.decode_utf8(ENCODING.render_conversation(conversation)))


def read_back(text: str) -> dict[str, dict[str, Any]]:
    """What a reader of the declarations knows of each tool. Every line must be understood."""
    found = {}
    inside = text.partition("namespace functions {\n\n")[2].partition("} // namespace functions")[0]
    for block in HEAD.finditer(inside):
        arguments = {
            row["name"]: (row["said"], row["type"], not row["optional"]) for row in ARGUMENT.finditer(block["inside"])
        }
        assert ARGUMENT.sub("", block["inside"]) == "", "a line of the declaration says something else"
        found[block["name"]] = {"said": block["said"], "arguments": arguments}
    assert HEAD.sub("", inside).strip() == "", "a line between the declarations says something else"
    return found


def meant(schema: Schema) -> dict[str, Any]:
    """What a schema says of its tool, in TypeScript's words: integers are numbers there."""
    function = cast("dict[str, Any]", schema["function"])
    parameters = function["parameters"]
    arguments = {
        name: (part["description"], _type(part), name in parameters["required"])
        for name, part in parameters["properties"].items()
    }
    return {"said": function["description"], "arguments": arguments}


def _type(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return " | ".join(json.dumps(choice) for choice in part["enum"])
    if part["type"] == "array":
        return f"{_type(part['items'])}[]"
    return {"integer": "number"}.get(part["type"], str(part["type"]))


def sets() -> Iterator[Any]:
    yield pytest.param(FULL, id="all, in full")
    yield pytest.param(offered(TOOLBOX.tools.values(), ()), id="nothing implicated")
    for family in OF_FAMILY:
        yield pytest.param(offered(TOOLBOX.tools.values(), (family,)), id=family)
    yield pytest.param([READ_TOOL, SUBMIT_TOOL], id="the loop's own")


@pytest.mark.parametrize("schemas", list(sets()))
def test_every_tool_reads_as_it_was_declared(schemas: list[Schema]) -> None:
    wanted = {cast("dict[str, Any]", schema["function"])["name"]: meant(schema) for schema in schemas}
    assert read_back(rendered(schemas)) == wanted


@pytest.mark.parametrize("schema", [*FULL, READ_TOOL, SUBMIT_TOOL], ids=lambda schema: schema["function"]["name"])
def test_what_the_rendering_drops_is_said_in_words(schema: Schema) -> None:
    """Bounds, defaults and whole numbers have no place in the declaration: the description says them."""
    parameters = cast("dict[str, Any]", schema["function"])["parameters"]
    for name, part in parameters["properties"].items():
        said = part["description"].lower()
        assert said.removeprefix("optional").strip(" ,;"), f"{name} is not described"
        assert name in parameters["required"] or "optional" in said
        assert not {"minimum", "maximum", "pattern", "default", "format"} & set(part), "it would be lost"


def test_a_sites_own_tool_is_rendered_whole() -> None:
    def optics(
        network: Network,
        device: Annotated[str, Field(description="inventory name\nof a device")],
        lanes: list[int],
        unit: Literal["dBm", "mW"] = "dBm",
        top: Annotated[int, Field(description="most rows", le=40)] = 10,
        threshold: float = 0.5,
        *,
        raw: bool = False,
    ) -> list[int]:
        """Light of a device's
        transceivers, worst first."""
        return []

    schema = make_tool(optics, [Network]).function_schema()
    found = read_back(rendered([schema]))["optics"]
    assert found == meant(schema)
    assert found["said"] == "Light of a device's transceivers, worst first."
    assert found["arguments"]["device"] == ("inventory name of a device", "string", True)
    assert found["arguments"]["lanes"][1:] == ("number[]", True)
    assert found["arguments"]["unit"] == ("one of dBm, mW; optional, default 'dBm'", '"dBm" | "mW"', False)
    assert found["arguments"]["top"] == ("most rows; at most 40; optional, default 10", "number", False)
    assert found["arguments"]["raw"][1:] == ("boolean", False)


class Window(BaseModel):
    since: str
    until: str


@pytest.mark.parametrize(
    "kind", [Window, int | str, dict[str, str], list[dict[str, str]], list[list[int]], list[Window], str | None]
)
def test_a_parameter_that_would_not_survive_is_refused_when_the_tool_is_loaded(kind: object) -> None:
    def window(network: Network, when: Any) -> list[int]:
        """A window."""
        return []

    window.__annotations__["when"] = kind
    with pytest.raises(ToolLoadError):
        make_tool(window, [Network], Path("mine.py"))


def test_tokens_are_counted_near_what_is_rendered() -> None:
    schemas = offered(TOOLBOX.tools.values(), ())
    whole = len(ENCODING.encode(rendered(schemas), disallowed_special=()))
    counted = prompt_tokens((), schemas) - prompt_tokens((), ())
    assert abs(counted - whole) <= 0.1 * whole
