"""A tool is declared once: its signature and docstring are its schema. Folders of tools are loaded by path."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from noc_agent.errors import NocAgentError, ToolError, ToolLoadError
from noc_agent.evidence import Json
from noc_agent.site.times import rfc3339

Function = TypeVar("Function", bound=Callable[..., object])
MARK = "__noc_tool__"
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


def tool(function: Function) -> Function:
    """Declare a function of a tools folder as a tool."""
    setattr(function, MARK, True)
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
        result = self.function(**checked, **hidden)
        if not isinstance(result, ToolResult):
            result = ToolResult(result)
        return (
            ToolResult([], "no_data", result.message, result.source, result.observed_at) if _empty(result) else result
        )


def _empty(result: ToolResult) -> bool:
    return result.status == "ok" and result.data in (None, [], (), {}) and not result.message


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Tools by name, and the files that could not be loaded."""

    tools: Mapping[str, Tool]
    problems: tuple[ToolLoadError, ...] = ()


def bundled(kind: str) -> Path:
    """The folder of bundled `tools` or `playbooks`: inside the package where it was installed, else beside it."""
    package = Path(__file__).parent
    inside = package / {"tools": "tools", "playbooks": "bundled_playbooks"}[kind]
    return inside if inside.is_dir() else package.parent / kind


def load_tools(folders: Sequence[Path], injected: Sequence[type]) -> Toolbox:
    """Every tool of the folders' files; a broken file or a name taken is a problem that names the file."""
    tools: dict[str, Tool] = {}
    problems: list[ToolLoadError] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(ToolLoadError(folder.name, "no such tools folder", "correct `tools:` in site.yaml"))
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                _load_file(path, injected, tools, problems)
    return Toolbox(tools, tuple(problems))


def _load_file(path: Path, injected: Sequence[type], tools: dict[str, Tool], problems: list[ToolLoadError]) -> None:
    try:
        for function in _functions(path):
            made = make_tool(function, injected, path)
            if made.name in tools:
                other = tools[made.name].file.name
                raise ToolLoadError(path.name, f"the tool {made.name} is already defined by {other}", "rename one")
            tools[made.name] = made
    except ToolLoadError as error:
        problems.append(error)


def _functions(path: Path) -> list[Callable[..., object]]:
    # Named by its full path: a site's snmp.py must not displace ours.
    name = "noc_tool_" + re.sub(r"\W", "_", str(path.resolve()))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ToolLoadError(path.name, "is no Python module", "remove it from the tools folder")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        line = error.lineno if isinstance(error, SyntaxError) else _line(error, path)
        where = f"{path.name} line {line}" if line else path.name
        raise ToolLoadError(where, f"cannot be loaded: {type(error).__name__}", "correct the file") from error
    return [value for value in vars(module).values() if getattr(value, MARK, False) is True]


def _line(error: BaseException, path: Path) -> int | None:
    trace, found = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


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
    return Tool(name, " ".join(described.split()), function, arguments, schema, hidden, path)


def _flat(arguments: type[BaseModel]) -> dict[str, Json]:
    raw = arguments.model_json_schema()
    if "$defs" in raw:
        raise TypeError("nested")
    properties: dict[str, Json] = {}
    for name, part in raw.get("properties", {}).items():
        if "anyOf" in part or "$ref" in part:
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


def to_rows(value: object) -> Json:
    """Plain JSON of what a tool returned."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return to_rows(value.value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return value.name
    if isinstance(value, Mapping):
        return {str(key): to_rows(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: to_rows(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, BaseModel):
        return to_rows(value.model_dump())
    if isinstance(value, set | frozenset):
        return [to_rows(item) for item in sorted(value, key=str)]
    if isinstance(value, list | tuple | types.GeneratorType):
        return [to_rows(item) for item in value]
    return str(value)
