"""Folders of tools, loaded by path."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from noc_agent.errors import ToolLoadError
from noc_agent.toolbox.declare import MARK, Tool, make_tool


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Tools by name, and the files that could not be loaded."""

    tools: Mapping[str, Tool]
    problems: tuple[ToolLoadError, ...] = ()


def bundled(kind: str) -> Path:
    """The folder of bundled `tools` or `playbooks`: inside the package where it was installed, else beside it."""
    package = Path(__file__).parent.parent
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
