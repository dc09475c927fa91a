"""One rule of the vocabulary, and how a file of rules is read; docs/events.md explains the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.logs.event import Meaning
from noc_agent.logs.line import LogLine
from noc_agent.site.yamlfile import Section, read_yaml

LONGEST = 2000  # characters of a message that are looked at
PARTS = ("subject", "peer", "frm", "to", "reason")
KEYS = ("near", "app", "match", "data", "where", "kind", "when")
NONE = "none"  # the kind of what is known to mean nothing
_KIND = re.compile(r"[a-z][a-z0-9_]*")
_FOLD = "".join(chr(n).lower() if chr(n).isalnum() or chr(n) == "_" else " " for n in range(128))
_MASKED = "".join("0" if letter.isdecimal() else letter for letter in _FOLD)
_TRIMMED = " ,.;:'\""


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; all but letters, digits and `_` parts them."""
    return text.translate(_FOLD).split()


def folded(text: str) -> str:
    """A text as `words_of` sees it, every digit as 0: texts that differ in digits alone are one."""
    return text.translate(_MASKED)


class Expression:
    """A regular expression that is compiled when it is first asked: of a run's many few are."""

    search: Callable[[str, int, int], re.Match[str] | None]
    fullmatch: Callable[[str], re.Match[str] | None]

    def __init__(self, text: str) -> None:
        self.text = text

    def __getattr__(self, name: str) -> object:
        if name not in ("search", "fullmatch"):
            raise AttributeError(name)
        compiled = re.compile(self.text)
        self.search, self.fullmatch = compiled.search, compiled.fullmatch
        return getattr(compiled, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which a platform says something.

    A line is looked at when it holds all words of one of `near`. `match` finds the parts in its message, `data` takes
    them from its keys; `where` says what keys must hold. The first of `when` (part, value, kind) that fits is the kind.
    """

    near: tuple[str, ...]
    kind: str
    match: Expression | None = None
    app: Expression | None = None
    kinds: tuple[tuple[str, Expression, str], ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    where: tuple[tuple[str, Expression], ...] = ()
    place: str = field(default="", compare=False)

    def read(self, line: LogLine) -> Meaning | None:
        """What the line means by this rule; None where the rule is not about it. The kind may be `none`."""
        if self.app is not None and not self.app.fullmatch(line.app):
            return None
        if self.where and not all(value.fullmatch(line.data.get(key, "")) for key, value in self.where):
            return None
        parts = self._parts(line)
        if parts is None:
            return None
        kind = self.kind
        for part, value, said in self.kinds:
            if value.fullmatch(parts.get(part, "")):
                kind = said
                break
        return Meaning(kind, *[parts.get(name, "") for name in PARTS])

    def _parts(self, line: LogLine) -> Mapping[str, str] | None:
        parts: dict[str, str] = {}
        if self.match is not None:
            found = self.match.search(line.message, 0, LONGEST)
            if found is None:
                return None
            parts = found.groupdict("")
            for name, value in parts.items():
                parts[name] = value.strip(_TRIMMED)
        for name, key in self.data:
            if value := line.data.get(key, "").strip(_TRIMMED):
                parts[name] = value
        return parts


class Reader:
    """Reads files of rules. The bundled ones are tested, so that their expressions are not `checked` in every run."""

    def __init__(self, *, checked: bool = True) -> None:
        self._checked = checked

    def rules(self, path: Path) -> tuple[Rule, ...]:
        """The rules of one file, in its order. Raises BadInput that names file and key."""
        top = read_yaml(path)
        top.only(("platform", "about", "events"))
        top.needed("platform")
        rows = top.sections("events")
        if not rows:
            raise BadInput(top.at("events"), "is missing or empty", "add a rule with near, match and kind")
        return tuple(self._rule(row, f"{path.name} line {min(row.lines.values())}") for row in rows)

    def _rule(self, row: Section, place: str) -> Rule:
        row.only(KEYS)
        near = tuple(row.texts("near")) if isinstance(row.get("near"), list) else (row.needed("near"),)
        if not all(map(words_of, near)):
            raise BadInput(row.at("near"), "holds no word", "give words that every such line holds")
        if not {"match", "data"} & row.keys():
            raise BadInput(row.at(), "does not say where the parts are", "give match, a regular expression, or data")
        return Rule(
            near,
            _kind(row, "kind", row.needed("kind")),
            self._regex(row, "match", row.text("match")) if "match" in row else None,
            self._regex(row, "app", row.text("app")) if "app" in row else None,
            tuple(self._when(row, n, entry) for n, entry in enumerate(row.get_of("when", list, [], "a list"))),
            tuple((_part(row, "data", name), key) for name, key in _texts(row.section("data")).items()),
            tuple(
                (key, self._regex(row, f"where.{key}", value)) for key, value in _texts(row.section("where")).items()
            ),
            place,
        )

    def _when(self, row: Section, n: int, entry: object) -> tuple[str, Expression, str]:
        key = f"when[{n}]"
        match entry:
            case [str() as part, str() as value, str() as kind]:
                return _part(row, key, part), self._regex(row, key, value), _kind(row, key, kind)
        raise BadInput(row.at(key), "is not part, value and kind", "as [to, up, interface_up]")

    def _regex(self, row: Section, key: str, text: str) -> Expression:
        if self._checked:
            _check(row, key, text)
        return Expression(text)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of one file, checked."""
    return Reader().rules(path)


def _check(row: Section, key: str, text: str) -> None:
    try:
        found = re.compile(text)
    except re.error as error:
        mend = "escape its signs with \\"
        raise BadInput(row.at(key), f"is no regular expression: {error.msg}", mend) from error
    unknown = set(found.groupindex) - set(PARTS)
    if unknown:
        raise BadInput(row.at(key), "has a group that is no part of an event", f"one of {', '.join(PARTS)}")


def _texts(part: Section) -> Mapping[str, str]:
    return {key: part.text(key) for key in part}


def _part(row: Section, key: str, name: str) -> str:
    if name not in PARTS:
        raise BadInput(row.at(key), "names no part of an event", f"one of {', '.join(PARTS)}")
    return name


def _kind(row: Section, key: str, name: str) -> str:
    if not _KIND.fullmatch(name):
        raise BadInput(row.at(key), "is no name of a kind", "small letters, digits and _, as interface_down")
    return name
