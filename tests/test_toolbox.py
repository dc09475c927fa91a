"""A tool is declared once, loaded by path, and checked before it is called."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import pytest

from noc_agent.errors import ToolError
from noc_agent.site.model import Site
from noc_agent.toolbox import Tool, Toolbox, bundled, load_tools, to_rows
from noc_agent.topology import Network

HEAD = "from __future__ import annotations\nfrom typing import Literal\nfrom noc_agent.toolbox import *\nfrom noc_agent.toolbox import tool\nfrom noc_agent.site.model import Site\n"


def load(folder: Path, **files: str) -> Toolbox:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(HEAD + text)
    return load_tools([folder], [Site])


def only(box: Toolbox) -> Tool:
    assert box.problems == ()
    (tool,) = box.tools.values()
    return tool


def test_signature_and_docstring_are_the_schema(tmp_path: Path) -> None:
    text = '@tool\ndef look(site: Site, device: DeviceName, kind: Literal["a", "b"] = "a", limit: Limit = 5) -> list[str]:\n    """Looks.\n\n    More."""\n    return [device]\n'
    tool = only(load(tmp_path, mine=text))
    assert (tool.name, tool.description) == ("look", "Looks.")
    assert tool.schema["required"] == ["device"]
    assert "site" not in str(tool.schema)
    for lost in ("$ref", "anyOf", "$defs", "title"):
        assert lost not in str(tool.schema)
    assert "one of a, b" in str(tool.schema)
    assert "default 5" in str(tool.schema)


@pytest.mark.parametrize(
    "arguments", [{}, {"device": "r1", "devise": "x"}, {"device": "r1", "limit": "many"}, {"device": 5}]
)
def test_wrong_arguments_are_refused_before_the_call(tmp_path: Path, arguments: dict[str, object]) -> None:
    text = '@tool\ndef look(device: DeviceName, limit: Limit = 5) -> list[str]:\n    """Looks."""\n    raise RuntimeError\n'
    with pytest.raises(ToolError, match="look"):
        only(load(tmp_path, mine=text)).validate(arguments)


def test_numbers_may_come_as_text(tmp_path: Path) -> None:
    text = '@tool\ndef look(limit: Limit = 5) -> list[int]:\n    """Looks."""\n    return [limit]\n'
    tool = only(load(tmp_path, mine=text))
    assert tool.run(tool.validate({"limit": "7"}), {}).data == [7]


def test_no_rows_are_no_data(tmp_path: Path) -> None:
    tool = only(load(tmp_path, mine='@tool\ndef look() -> list[int]:\n    """Looks."""\n    return []\n'))
    assert tool.run({}, {}).status == "no_data"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("def (:\n", "broken.py line 6"),
        ("1 / 0\n", "broken.py line 6"),
        ("import sys\nsys.exit(3)\n", "broken.py"),
        ('@tool\ndef look(x: object) -> None:\n    """Looks."""\n', "broken.py"),
        ('@tool\ndef look(x: Unknown) -> None:\n    """Looks."""\n', "broken.py"),
        ("@tool\ndef look() -> None:\n    return None\n", "docstring"),
        ('@tool\ndef Look() -> None:\n    """Looks."""\n', "broken.py"),
        ('@tool\ndef good() -> None:\n    """Taken."""\n', "good"),
    ],
)
def test_a_broken_file_is_named_and_the_rest_loads(tmp_path: Path, text: str, named: str) -> None:
    box = load(tmp_path, a_good='@tool\ndef good() -> list[int]:\n    """Looks."""\n    return [1]\n', broken=text)
    assert list(box.tools) == ["good"]
    (problem,) = box.problems
    assert named in str(problem)


def test_files_that_begin_with_an_underscore_are_no_tools(tmp_path: Path) -> None:
    assert load(tmp_path, _helper="1 / 0\n").problems == ()


def test_a_sites_file_does_not_displace_a_bundled_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "snmp.py").write_text(HEAD + '@tool\ndef mine() -> list[int]:\n    """Looks."""\n    return [1]\n')
    box = load_tools([bundled("tools"), tmp_path], [Network, Site])
    assert {"mine", "interfaces"} <= set(box.tools)
    assert box.problems == ()


def test_the_bundled_tools_are_few_and_named_as_the_contract_has_them() -> None:
    box = load_tools([bundled("tools")], [Network, Site])
    assert box.problems == ()
    assert {"interfaces", "neighbors", "log_events", "log_search"} <= set(box.tools)
    assert len(box.tools) <= 13
    assert list(box.tools["interfaces"].arguments.model_fields) == ["device", "interface"]
    assert list(box.tools["neighbors"].arguments.model_fields) == ["device", "protocol"]
    assert list(box.tools["log_events"].arguments.model_fields) == ["since", "until", "device", "kind"]
    assert list(box.tools["log_search"].arguments.model_fields) == ["pattern", "since", "until", "device", "limit"]
    for tool in box.tools.values():
        assert "\\n" not in json.dumps(tool.function_schema())


class Colour(Enum):
    red = "red"


def test_what_a_tool_returns_becomes_plain_json() -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    value = {
        "at": at,
        "set": {"b", "a"},
        "bytes": b"\x00\xff",
        "path": Path("/x/y.log"),
        "enum": Colour.red,
        "rows": (1, None),
    }
    assert to_rows(value) == {
        "at": "2026-11-23T09:00:00Z", "set": ["a", "b"], "bytes": "00ff", "path": "y.log", "enum": "red", "rows": [1, None],
    }  # fmt: skip
