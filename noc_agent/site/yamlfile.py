"""YAML and JSON files as plain data that knows where it stands: every error names the file and the key or line.

Times stay text, so that a time without a zone is not silently taken for another. Aliases and deep nesting are refused
before anything is built from them.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from noc_agent.errors import BadInput

MOST_BYTES, MOST_DEPTH, MOST_EVENTS = 8_000_000, 40, 400_000
Kind = TypeVar("Kind")


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's core values: true, false, null, decimal numbers; everything else is text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false|True|False", "tfTF"),
    ("null", r"null|Null|~|", ["n", "N", "~", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
# libyaml reads ten times faster. It takes tabs where PyYAML does not and has other ends of lines: such texts, and those it
# refuses, are left to PyYAML's own parser, so that errors say the same on every machine.
_QUICK: Any = _Loader
if yaml.__with_libyaml__:
    _QUICK = type("_Quick", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": _Loader.yaml_implicit_resolvers})
_ODD = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff]")
_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))


class Section(dict[str, object]):
    """A mapping of a file. `where` names file and key path; `lines` the line of each key, from 1."""

    def __init__(self, values: Mapping[str, object], file: str, path: str, lines: Mapping[str, int]) -> None:
        super().__init__(values)
        self.file, self.path, self.lines = file, path, lines

    def at(self, key: str = "") -> str:
        full = ".".join(part for part in (self.path, key) if part)
        return f"{self.file}: {full}" if full else self.file

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that are not known, suggesting the nearest that is."""
        names = list(known)
        for key in self:
            if key not in names:
                near = get_close_matches(key, names, 1)
                mend = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(names)}"
                raise BadInput(f"{self.at()} line {self.lines[key]}", "there is a key that does not exist", mend)

    def get_of(self, key: str, kind: type[Kind], default: Kind, words: str) -> Kind:
        """The value of a key, of that type, or the default where the key is absent."""
        value = self.get(key)
        if value is None:
            return default
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            try:
                value = float(value)
            except OverflowError as error:
                raise BadInput(self.at(key), "is out of range", f"line {self.lines.get(key, 1)}") from error
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadInput(self.at(key), f"must be {words}", f"line {self.lines.get(key, 1)}")
        return value

    def text(self, key: str, default: str = "") -> str:
        """A text; a number is taken as its digits."""
        value = self.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return self.get_of(key, str, default, "a text")

    def needed(self, key: str) -> str:
        value = self.text(key)
        if not value.strip():
            raise BadInput(self.at(key), "is missing or empty", f"add {key}")
        return value

    def choice(self, key: str, default: str, allowed: Iterable[str]) -> str:
        """One of the words that are allowed, in any case."""
        value, names = self.text(key, default), list(allowed)
        for name in names:
            if value.upper() == name.upper():
                return name
        raise BadInput(self.at(key), "no such value", f"one of {', '.join(filter(None, names))}")

    def section(self, key: str) -> Section:
        """A mapping below; an empty one where the key is absent."""
        return self.get_of(
            key, Section, Section({}, self.file, f"{self.path}.{key}".lstrip("."), {}), "keys with values"
        )

    def sections(self, key: str) -> list[Section]:
        rows = self.get_of(key, list, [], "a list")
        for n, row in enumerate(rows):
            if not isinstance(row, Section):
                raise BadInput(self.at(f"{key}[{n}]"), "must be keys with values", "as {a: core1/eth1, b: core2/eth1}")
        return cast("list[Section]", rows)

    def texts(self, key: str) -> list[str]:
        rows = self.get_of(key, list, [], "a list of texts")
        for n, row in enumerate(rows):
            if not isinstance(row, str):
                raise BadInput(self.at(f"{key}[{n}]"), "must be a text", "put it in quotes")
        return cast("list[str]", rows)


def read_yaml(path: Path) -> Section:
    """A file whose top is a mapping. Raises BadInput naming the file, and line or key."""
    return parse_yaml(read_bytes(path), path.name)


def read_bytes(path: Path) -> bytes:
    """A regular file of bounded size."""
    try:
        mode = path.stat()
        if stat.S_ISDIR(mode.st_mode):
            raise BadInput(path.name, "is a folder", "name a file in it")
        if not stat.S_ISREG(mode.st_mode):
            raise BadInput(path.name, "is no regular file", "name a file")
        if mode.st_size > MOST_BYTES:
            raise BadInput(path.name, "is too large", f"at most {MOST_BYTES // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(path.name, f"cannot be read: {error.strerror}", "check the name and who may read it") from error


def parse_yaml(raw: bytes, name: str) -> Section:
    """YAML or JSON text whose top is a mapping."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(name, "is no text", "write YAML or JSON in UTF-8") from error
    if not text.strip():
        raise BadInput(name, "is empty", "see the documentation for what belongs there")
    try:
        value = _read(text, name)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name} line {mark.line + 1}" if mark else name
        raise BadInput(where, "is no valid YAML", "check indentation, colons and quotes there") from error
    except (RecursionError, ValueError) as error:
        raise BadInput(name, "is no valid YAML", "check brackets and special characters") from error
    if not isinstance(value, Section):
        raise BadInput(name, "must be keys with values", "as `name: lyon-metro`")
    return value


def _read(text: str, name: str) -> object:
    """The value of a text, by libyaml where both parsers are known to agree on it."""
    if not _ODD.search(text):
        try:
            return _built(text, name, _QUICK)
        except yaml.YAMLError:  # PyYAML's own parser words the error
            pass
    return _built(text, name, _Loader)


def _built(text: str, name: str, loader: Any) -> object:
    _bounded(text, name, loader)
    return _value(yaml.compose(text, Loader=loader), _Loader(""), name, "")


def _at(name: str, mark: Any) -> str:  # PyYAML has two classes of marks, by its C library
    return f"{name} line {mark.line + 1}" if mark else name


def _bounded(text: str, name: str, loader: Any) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.AliasEvent):
            raise BadInput(_at(name, event.start_mark), "has an alias", "write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH or count > MOST_EVENTS:
            raise BadInput(_at(name, event.start_mark), "is nested too deep or too long", "simplify it")


def _value(node: yaml.Node | None, loader: _Loader, name: str, path: str) -> object:
    if isinstance(node, yaml.MappingNode):
        return _section(node, loader, name, path)
    if isinstance(node, yaml.SequenceNode):
        return [_value(row, loader, name, f"{path}[{n}]") for n, row in enumerate(node.value)]
    if not isinstance(node, yaml.ScalarNode):
        return None
    if node.tag not in _PLAIN:
        raise BadInput(f"{name} line {node.start_mark.line + 1}", "has a tag", "write plain values")
    built: object = loader.construct_object(node)
    return built


def _section(node: yaml.MappingNode, loader: _Loader, name: str, path: str) -> Section:
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadInput(f"{name} line {line}", "a key is no text", "put it in quotes")
        key = str(key_node.value)
        if key in values:
            raise BadInput(f"{name} line {line}", "a key stands there twice", "keep one of them")
        values[key] = _value(value_node, loader, name, f"{path}.{key}".lstrip("."))
        lines[key] = line
    return Section(values, name, path, lines)


class _Plain(yaml.SafeDumper):
    """Writes no anchors: the reader refuses aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def yaml_text(value: Mapping[str, object]) -> str:
    """Plain data as this reader takes it, in the order of its keys, one short list or mapping a line."""
    text: str = yaml.dump(
        value, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000
    )
    return text
