"""Playbooks from their YAML files. A broken file is named with its key and left out; the others still load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from noc_agent.errors import BadInput, ToolLoadError
from noc_agent.playbooks.expressions import Expression, Text
from noc_agent.playbooks.model import ANY, PLACES, Action, Clause, Pick, Playbook, Rival, Step
from noc_agent.site.yamlfile import read_yaml

KEYS = (
    "fault", "title", "family", "place", "layer", "about", "references", "suspect", "prove", "refute", "explains",
    "rivals", "steps", "explanation", "next",
)  # fmt: skip
RIVAL_PLACES = ("self", "ends", "link", "node", "nodes")


def load_playbooks(folders: Sequence[Path]) -> tuple[dict[str, Playbook], tuple[ToolLoadError, ...]]:
    """Playbooks of all folders by fault kind, in the order of folders and names, and what could not be loaded."""
    found: dict[str, Playbook] = {}
    problems: list[ToolLoadError] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(ToolLoadError(folder.name, "no such playbook folder", "correct `playbooks:` in site.yaml"))
        for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
            try:
                playbook = load_playbook(path)
                if playbook.fault in found:
                    other = found[playbook.fault].file.name
                    raise ToolLoadError(
                        f"{path.name}: fault", f"the kind is already defined by {other}", "rename or remove one"
                    )
                found[playbook.fault] = playbook
            except BadInput as error:
                problems.append(ToolLoadError(error.where, error.what, error.mend))
    return found, tuple(problems)


def load_playbook(path: Path) -> Playbook:
    """One playbook. Raises BadInput that names file and key."""
    part = _Part(read_yaml(path), path.name)
    part.only(KEYS)
    places = tuple(part.text("place").split(" or "))
    if not set(places) <= set(PLACES):
        raise BadInput(
            part.at("place"), "no such place", f"one of {', '.join(PLACES)}, or two of them as `link or node`"
        )
    return Playbook(
        fault=part.name("fault"),
        title=part.text("title"),
        family=part.text("family"),
        places=places,
        layer=part.number("layer"),
        about=part.text("about"),
        references=tuple(part.texts("references")),
        suspects=_picks(part, "suspect"),
        prove=_clauses(part, "prove"),
        refute=_clauses(part, "refute"),
        explains=_picks(part, "explains"),
        rivals=tuple(_rival(row) for row in part.parts("rivals", needed=False)),
        steps=tuple(_step(row) for row in part.parts("steps", needed=False)),
        explanation=Text(part.text("explanation"), part.at("explanation")),
        next_actions=_actions(part),
        file=path,
    )


class _Part:
    """A mapping of the file and where it stands in it."""

    def __init__(self, data: object, where: str) -> None:
        self.where = where
        if not isinstance(data, Mapping):
            raise BadInput(where, "must be keys with values", "see playbooks/README.md")
        self.data = data

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if ": " in self.where else f"{self.where}: {key}"

    def only(self, keys: Sequence[str]) -> None:
        for key in self.data:
            if key not in keys:
                near = get_close_matches(str(key), keys, 1)
                mend = f"did you mean {near[0]}?" if near else f"one of {', '.join(keys)}"
                raise BadInput(self.at(str(key)[:40]), "no such key", mend)

    def _get(self, key: str, kind: type | tuple[type, ...], words: str) -> object:
        value = self.data.get(key)
        if value is None:
            raise BadInput(self.at(key), "is missing", f"add {key}, {words}")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadInput(self.at(key), f"must be {words}", "see playbooks/README.md")
        return value

    def text(self, key: str) -> str:
        return " ".join(str(self._get(key, str, "a text")).split())

    def name(self, key: str) -> str:
        value = self.text(key)
        if not value.isidentifier() or value != value.lower():
            raise BadInput(self.at(key), "must be a lower-case name", "letters, digits and _, as link_down")
        return value

    def number(self, key: str) -> int:
        value = self._get(key, int, "a number")
        return value if isinstance(value, int) else 0

    def texts(self, key: str) -> list[str]:
        value = self._get(key, list, "a list of texts")
        rows = value if isinstance(value, list) else []
        if not all(isinstance(row, str) for row in rows):
            raise BadInput(self.at(key), "must be a list of texts", "put each in quotes")
        return [" ".join(str(row).split()) for row in rows]

    def items(self, key: str) -> Sequence[object]:
        value = self._get(key, list, "a list")
        return value if isinstance(value, list) else []

    def platform(self, key: object) -> str:
        if not isinstance(key, str) or not key.isidentifier() or key != key.lower():
            raise BadInput(self.where, "holds a key that is no platform", "a lower-case word, as any, frr, ios, junos")
        return key

    def parts(self, key: str, *, needed: bool = True) -> list[_Part]:
        if not needed and key not in self.data:
            return []
        value = self._get(key, list, "a list")
        return [_Part(row, f"{self.at(key)}[{n}]") for n, row in enumerate(value if isinstance(value, list) else [])]

    def condition(self, key: str, *, needed: bool = True) -> Expression | None:
        if not needed and key not in self.data:
            return None
        return Expression(self.text(key), self.at(key))


def _picks(part: _Part, key: str) -> tuple[Pick, ...]:
    found = []
    for row in part.parts(key):
        row.only(("finding", "when"))
        kinds = row.data.get("finding")
        listed = kinds if isinstance(kinds, list) else [kinds]
        if not all(isinstance(kind, str) for kind in listed):
            raise BadInput(row.at("finding"), "must be a finding kind or a list of them", "as interface_oper_down")
        found.append(Pick(tuple(str(kind) for kind in listed), row.condition("when", needed=False)))
    return tuple(found)


def _clauses(part: _Part, key: str) -> tuple[Clause, ...]:
    found = []
    for row in part.parts(key):
        row.only(("that", "if"))
        condition = row.condition("if")
        if condition is not None:
            found.append(Clause(row.text("that"), condition))
    if not found:
        raise BadInput(part.at(key), "is empty", "a fault needs what proves it and what refutes it")
    return tuple(found)


def _actions(part: _Part) -> tuple[Action, ...]:
    """`next`: each entry is a text, or texts by platform."""
    found = []
    for n, row in enumerate(part.items("next")):
        where = f"{part.at('next')}[{n}]"
        if isinstance(row, str):
            found.append(Action({ANY: (Text(" ".join(row.split()), where),)}))
            continue
        by = _Part(row, where)
        texts = {by.platform(key): tuple(Text(text, f"{where}.{key}") for text in by.texts(key)) for key in by.data}
        found.append(Action(texts))
    return tuple(found)


def _rival(row: _Part) -> Rival:
    row.only(("fault", "at"))
    if row.text("at") not in RIVAL_PLACES:
        raise BadInput(row.at("at"), "no such place", f"one of {', '.join(RIVAL_PLACES)}")
    return Rival(row.name("fault"), row.text("at"))


def _step(row: _Part) -> Step:
    row.only(("id", "look", "tool", "arguments", "supports", "refutes"))
    given = row.data.get("arguments", {})
    if not isinstance(given, Mapping):
        raise BadInput(row.at("arguments"), "must be names with values", "as {device: core1}")
    arguments = {str(name): Text(str(value), f"{row.at('arguments')}.{name}") for name, value in given.items()}
    return Step(
        row.name("id"),
        row.text("look"),
        row.name("tool"),
        arguments,
        row.condition("supports", needed=False),
        row.condition("refutes", needed=False),
    )
