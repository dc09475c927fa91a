"""What the parts of a device are called: ENTITY-MIB entities, interfaces, and which interface an entity belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from noc_agent.snmp.columns import text
from noc_agent.snmp.source import Reply, Value

_ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
_DESCR, _PARENT, _CLASS, _NAME = (f"{_ENTITY}.{n}" for n in (2, 4, 5, 7))
PORT = 10  # entPhysicalClass
_ALIAS = "1.3.6.1.2.1.47.1.3.2.1.2"  # entAliasMappingIdentifier: entity and logical entity → ifIndex.N
_IF_DESCR, _IF_NAME, _IF_INDEX = "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.1"
BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "entity": (_NAME, _DESCR),
    "descr": (_DESCR, _NAME),
    "parent": (_PARENT,),
    "interface": (_IF_NAME, _IF_DESCR),
    "port": (_ALIAS, _PARENT, _CLASS, _NAME, _DESCR, _IF_NAME, _IF_DESCR),
}
"""Look-ups that every file may use, and the columns that each reads."""
LONGEST = 200  # characters of a name
DEEPEST = 10  # steps up the containment tree: enough for a sensor, lane, module, cage, slot, chassis, stack
_WORD = re.compile(r"[A-Za-z][\w.:/-]*\d|\d[\w.:/-]*\d")


class Names:
    """The names that one reply tells. Each table is read when it is first asked for."""

    def __init__(self, reply: Reply, lookups: Mapping[str, str]) -> None:
        self._columns, self._lookups = reply.columns, lookups
        self._ports: dict[str, str] = {}

    def look(self, lookup: str, key: str) -> str:
        """The text that a look-up has for a key, or ""."""
        if lookup in self._lookups:
            return self._text(self._lookups[lookup], key)
        if lookup == "port":
            return self._port(key)
        return next((found for oid in BUILT_IN[lookup] if (found := self._text(oid, key))), "")

    def _text(self, oid: str, key: str) -> str:
        value = self._columns.get(oid, {}).get(key)
        return "" if value is None else " ".join(text(value).split())[:LONGEST]

    def _port(self, entity: str, depth: int = 0) -> str:
        """The interface of an entity: of its own mapping, its name or its words; else of what it is contained in."""
        if entity in self._ports:
            return self._ports[entity]
        index = self._mapped.get(entity) or self._named(entity)
        if index:
            found = self.look("interface", index)
        else:
            parent = self._text(_PARENT, entity)
            found = self._port(parent, depth + 1) if parent not in ("", "0") and depth < DEEPEST else ""
        self._ports[entity] = found
        return found

    def _named(self, entity: str) -> str:
        """ifIndex of the interface that an entity's text names. "1/2" may be a slot as well, unless it is a port's."""
        is_port = self._columns.get(_CLASS, {}).get(entity) == PORT
        for oid in (_NAME, _DESCR):
            for word in _WORD.findall(self._text(oid, entity)):
                if word.lower() in self._interfaces and (is_port or not word[0].isdigit()):
                    return self._interfaces[word.lower()]
        return ""

    @cached_property
    def _interfaces(self) -> Mapping[str, str]:
        """ifName and ifDescr in small letters → ifIndex; bare numbers are no names of ports."""
        found: dict[str, str] = {}
        for oid in (_IF_NAME, _IF_DESCR):
            for index, name in self._columns.get(oid, {}).items():
                found.setdefault(text(name).lower(), index)
        return {name: index for name, index in found.items() if not name.isdigit()}

    @cached_property
    def _mapped(self) -> Mapping[str, str]:
        """entPhysicalIndex → ifIndex, where the device maps it."""
        found: dict[str, str] = {}
        for instance, pointer in self._columns.get(_ALIAS, {}).items():
            if str(pointer).startswith(f"{_IF_INDEX}."):
                found.setdefault(instance.split(".", 1)[0], str(pointer).rsplit(".", 1)[-1])
        return found


def printable(value: Value | None) -> str:
    """A served value as text on one line."""
    return "" if value is None else " ".join(text(value).split())
