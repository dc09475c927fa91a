"""Names of parts as a platform file writes them: text with `{fields}` taken from the row, its index or other tables.

A field is a column of the table, `index` (the instance), `index.2` (its second number), `index.2-4` (several of them),
`index.text` (the numbers as text), `index.2.text` (the text whose length is the second number), or a look-up of those:
`entity:index`, `interface:jnxIfIndex`, `slot:index.1,index.2`. Look-ups chain from right to left: `entity:parent:index`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from noc_agent.snmp.columns import text
from noc_agent.snmp.source import Value

Lookup = Callable[[str, str], str]
"""(name of the look-up, key) → text; "" where there is none."""
LONGEST = 200  # characters of a name
_FIELD = re.compile(r"\{([^{}]*)\}")
_INDEX = re.compile(r"index(?:\.(\d+)(?:-(\d*))?)?(\.text)?")


@dataclass(frozen=True, slots=True)
class Key:
    """A column of the row, or a part of its index (numbers `first` to `last`, from 0)."""

    column: str = ""
    first: int = 0
    last: int | None = None
    text: bool = False

    def read(self, instance: str, cells: Mapping[str, Mapping[str, Value]]) -> str:
        if self.column:
            value = cells.get(self.column, {}).get(instance)
            return "" if value is None else " ".join(text(value).split())
        arcs = instance.split(".")
        if self.text:
            return _spelled(arcs[self.first :])
        return instance if self.last is None and not self.first else ".".join(arcs[self.first : self.last])


@dataclass(frozen=True, slots=True)
class Field:
    """Keys, and the look-ups that they go through, the innermost first."""

    keys: tuple[Key, ...]
    lookups: tuple[str, ...] = ()

    def read(self, instance: str, cells: Mapping[str, Mapping[str, Value]], look: Lookup) -> str:
        found = ".".join(key.read(instance, cells) for key in self.keys)
        for lookup in self.lookups:
            found = look(lookup, found) if found else ""
        return found


@dataclass(frozen=True, slots=True)
class Template:
    """Text and fields in turn."""

    parts: tuple[str | Field, ...]

    def read(self, instance: str, cells: Mapping[str, Mapping[str, Value]], look: Lookup) -> str:
        """The text; "" where one of its fields has none."""
        made = []
        for part in self.parts:
            piece = part if isinstance(part, str) else part.read(instance, cells, look)
            if not piece:
                return ""
            made.append(piece)
        return "".join(made).strip()[:LONGEST]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))


def parse_template(source: str, columns: Mapping[str, str], lookups: Iterable[str]) -> Template:
    """A template over these columns (name → OID) and look-ups. Raises ValueError with what is wrong in words."""
    known = set(lookups)
    parts: list[str | Field] = []
    for n, piece in enumerate(_FIELD.split(source)):
        if n % 2:
            parts.append(_field(piece, columns, known))
        elif "{" in piece or "}" in piece:
            raise ValueError("has a brace without its other half")
        elif piece:
            parts.append(piece)
    return Template(tuple(parts))


def _field(source: str, columns: Mapping[str, str], lookups: set[str]) -> Field:
    *names, keys = (word.strip() for word in source.split(":"))
    if any(name not in lookups for name in names):
        raise ValueError(f"has a look-up that does not exist; known: {', '.join(sorted(lookups))}")
    return Field(tuple(_key(key.strip(), columns) for key in keys.split(",")), tuple(reversed(names)))


def _key(source: str, columns: Mapping[str, str]) -> Key:
    if source in columns:
        return Key(columns[source])
    match = _INDEX.fullmatch(source)
    if not match:
        raise ValueError(f"names no column of this table; known: index, {', '.join(columns)}")
    first, last, spelled = match.groups()
    if first is None:
        return Key(text=bool(spelled))
    start = int(first) - 1
    if start < 0:
        raise ValueError("counts an index from 0; its first number is index.1")
    if spelled:
        return Key(first=start, text=True)
    return Key(first=start, last=start + 1 if last is None else int(last) if last else None)


def _spelled(arcs: Sequence[str]) -> str:
    """Numbers of an index as text: as many as the first of them says, else all of them."""
    codes = [int(arc) for arc in arcs]
    if codes and 0 < codes[0] < len(codes):
        codes = codes[1 : codes[0] + 1]
    return " ".join(text(bytes(code & 0xFF for code in codes)).split())
