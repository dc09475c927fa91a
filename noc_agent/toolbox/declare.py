"""A tool is declared once: its signature and docstring are its schema."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from noc_agent.errors import NocAgentError, ToolError, ToolLoadError
from noc_agent.evidence import Json

Function = TypeVar("Function", bound=Callable[..., object])
MARK, UNPOLLED = "__noc_tool__", "__noc_unpolled__"
PLAIN = ("string", "integer", "number", "boolean")  # gpt-oss is shown nothing of what is inside other types
_NAME = re.compile(r"[a-z][a-z0-9_]*")

DeviceName = Annotated[str, Field(description="inventory name, sysName or address of a device")]
InterfaceName = Annotated[str, Field(description="ifName of one interface; empty for all")]
TimeText = Annotated[str, Field(description="RFC 3339 time; empty for the incident's own")]
EventKind = Annotated[str, Field(description="one event kind such as interface_down; empty for all")]
Pattern = Annotated[str, Field(description="Python regular expression, searched in the message")]
Limit = Annotated[int, Field(description="most rows to return", ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool returns when rows alone do not say it all. `status`: ok, no_data or error."""

    data: object
    status: str = "ok"
    message: str = ""
    source: str = ""
    observed_at: datetime | None = None


class NoAnswer(ToolError):
    """What a tool raises where the device that it needs gives no answer: its result says why."""

    def __init__(self, result: ToolResult) -> None:
        self.result = result
        super().__init__(result.source, result.message)


def tool(function: Function) -> Function:
    """Declare a function of a tools folder as a tool."""
    setattr(function, MARK, True)
    return function


def without_polls(function: Function) -> Function:
    """Mark a tool that needs no answer of any device: called by hand on a live site, it asks none."""
    setattr(function, UNPOLLED, True)
    return function


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it is called and as the model sees it."""

    name: str
    description: str
    function: Callable[..., object] = field(repr=False)
    arguments: type[BaseModel] = field(repr=False)
    schema: Mapping[str, Json] = field(repr=False)
    injected: Mapping[str, type] = field(repr=False)
    file: Path = field(default=Path())
    polls: bool = True  # whether it needs what devices say now

    def function_schema(self) -> dict[str, Json]:
        """The declaration of Chat Completions, flat, so that it survives gpt-oss's rendering."""
        described: dict[str, Json] = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.schema),
        }
        return {"type": "function", "function": described}

    def validate(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Checked arguments. Raises ToolError naming the argument and the mend."""
        try:
            made = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            # A misspelt argument also leaves the right one missing: say the former.
            wrong = sorted(
                error.errors(include_input=False, include_url=False), key=lambda row: row["type"] != "extra_forbidden"
            )
            first = wrong[0]
            key = str(first["loc"][0]) if first["loc"] else "arguments"
            known = ", ".join(self.arguments.model_fields)
            what = "no such argument" if first["type"] == "extra_forbidden" else first["msg"]
            raise ToolError(f"{self.name}: {key}", what, f"its arguments: {known}") from error
        return {name: getattr(made, name) for name in self.arguments.model_fields}

    def run(self, checked: Mapping[str, object], injected: Mapping[type, object]) -> ToolResult:
        """Call it with checked arguments. Whatever the tool raises passes through."""
        hidden = {name: injected[kind] for name, kind in self.injected.items()}
        try:
            result = self.function(**checked, **hidden)
        except NoAnswer as silence:
            return silence.result
        if not isinstance(result, ToolResult):
            result = ToolResult(result)
        return (
            ToolResult([], "no_data", result.message, result.source, result.observed_at) if _empty(result) else result
        )


def _empty(result: ToolResult) -> bool:
    return result.status == "ok" and result.data in (None, [], (), {}) and not result.message


def make_tool(function: Callable[..., object], injected: Sequence[type], path: Path = Path()) -> Tool:
    """The tool that a function declares. Raises ToolLoadError naming the file."""
    name = function.__name__
    try:
        hints = typing.get_type_hints(function, include_extras=True)
        hidden = {key: kind for key, kind in hints.items() if isinstance(kind, type) and kind in injected}
        shown: dict[str, tuple[object, object]] = {}
        for key, parameter in inspect.signature(function).parameters.items():
            if key not in hidden:
                default = ... if parameter.default is parameter.empty else parameter.default
                shown[key] = (hints[key], default)
        arguments = create_model(name, __config__=ConfigDict(extra="forbid"), **cast("dict[str, typing.Any]", shown))
        schema = _flat(arguments)
    except (NameError, KeyError, TypeError, NocAgentError, Exception) as error:
        raise ToolLoadError(
            path.name,
            f"{name} has a parameter that no schema can say",
            "annotate it with str, int, float, bool or Literal",
        ) from error
    if not _NAME.fullmatch(name):
        raise ToolLoadError(path.name, "a tool's name is not lower case", "letters, digits and _")
    described = (inspect.getdoc(function) or "").split("\n\n")[0]
    if not described:
        raise ToolLoadError(path.name, f"{name} has no docstring", "say what it returns and when to use it")
    polls = not getattr(function, UNPOLLED, False)
    return Tool(name, " ".join(described.split()), function, arguments, schema, hidden, path, polls)


def _flat(arguments: type[BaseModel]) -> dict[str, Json]:
    raw = arguments.model_json_schema()
    if "$defs" in raw:
        raise TypeError("nested")
    properties: dict[str, Json] = {}
    for name, part in raw.get("properties", {}).items():
        kind = part.get("type")
        if (part.get("items", {}).get("type") if kind == "array" else kind) not in PLAIN:
            raise TypeError("no plain type")
        properties[name] = {"type": part["type"], "description": _described(part)}
        if "enum" in part:
            cast("dict[str, Json]", properties[name])["enum"] = part["enum"]
        if part["type"] == "array":
            cast("dict[str, Json]", properties[name])["items"] = {"type": part["items"]["type"]}
    return {
        "type": "object",
        "properties": properties,
        "required": raw.get("required", []),
        "additionalProperties": False,
    }


def _described(part: Mapping[str, object]) -> str:
    """One line that says allowed values, default and optionality: gpt-oss's rendering drops them from the schema."""
    words = [" ".join(str(part.get("description", "")).split())]
    if "enum" in part:
        words.append("one of " + ", ".join(map(str, cast("list[object]", part["enum"]))))
    if "maximum" in part:
        words.append(f"at most {part['maximum']}")
    if "default" in part:
        words.append(f"optional, default {part['default']!r}")
    return "; ".join(word for word in words if word)
