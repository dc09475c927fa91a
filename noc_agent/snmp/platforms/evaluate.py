"""Readings of one reply by the rules of the platform files that fit the device."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from noc_agent.snmp.platforms.model import Choice, Platform, Quantity, Rule
from noc_agent.snmp.platforms.names import Names, printable
from noc_agent.snmp.platforms.numbers import converted, finished, quantity
from noc_agent.snmp.platforms.reading import Reading
from noc_agent.snmp.platforms.template import Template
from noc_agent.snmp.platforms.thresholds import Limits, read_thresholds
from noc_agent.snmp.source import Reply, Value

SYS_DESCR, SYS_OBJECT_ID = "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.2"
Cells = Mapping[str, Mapping[str, Value]]


def fitting(platforms: Iterable[Platform], sysObjectID: str | None, sysDescr: str | None) -> tuple[Platform, ...]:
    """The files for such a device, the closest first: what it says of a cell counts."""
    what, descr = (sysObjectID or "").lstrip("."), sysDescr or ""
    found = [(fit, one) for one in platforms if (fit := one.fit(what, descr)) is not None]
    return tuple(one for _, one in sorted(found, key=lambda pair: -pair[0]))


def platform_columns(platforms: Iterable[Platform], sysObjectID: str | None, sysDescr: str | None) -> tuple[str, ...]:
    """Columns that a poll of such a device reads besides the standard ones, each once."""
    return tuple(dict.fromkeys(oid for one in fitting(platforms, sysObjectID, sysDescr) for oid in one.columns))


def readings(reply: Reply, platforms: Iterable[Platform]) -> tuple[Reading, ...]:
    """Everything that can be measured in one reply, in the order of files, tables and rows.

    A cell is read once: by the first rule that makes a reading of it.
    """
    what, descr = (printable(reply.columns.get(oid, {}).get("0")) for oid in (SYS_OBJECT_ID, SYS_DESCR))
    found: dict[tuple[str, str], Reading] = {}
    for platform in fitting(platforms, what, descr):
        names = Names(reply, platform.lookups)
        for rule in platform.rules:
            if any(oid in reply.columns for oid in rule.main) and not any(oid in reply.columns for oid in rule.missing):
                for main, reading in _Table(rule, reply.columns, names, platform.file.name).rows():
                    found.setdefault((main, reading.index), reading)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Table:
    """A rule on the columns of one reply."""

    rule: Rule
    cells: Cells
    names: Names
    file: str

    def rows(self) -> Iterable[tuple[str, Reading]]:
        """(the column that counts as read, the reading) of each row, in index order."""
        found = tuple(_distinct(tuple(self._rows())))
        return _without(found, self.rule.less) if self.rule.less else found

    def _rows(self) -> Iterator[tuple[str, Reading]]:
        rule = self.rule
        thresholds = read_thresholds(rule.thresholds, self.cells) if rule.thresholds else {}
        instances = {instance: oid for oid in reversed(rule.main) for instance in self.cells.get(oid, {})}
        for instance in sorted(instances, key=_order):
            if self._wanted(instance):
                reading = self._row(instance, thresholds, instances[instance])
                if reading is not None:
                    yield instances[instance], reading

    def _wanted(self, instance: str) -> bool:
        rule = self.rule
        if rule.index is not None and not rule.index.search(instance):
            return False
        if rule.unless and _hold(rule.unless, instance, self.cells):
            return False
        return _hold(rule.only, instance, self.cells)

    def _row(self, instance: str, thresholds: Limits, oid: str) -> Reading | None:
        rule = self.rule
        state, word, code = self._state(instance)
        value = quantity(rule.value, instance, self.cells) if rule.value else None
        used, total = self._bytes(instance, value)
        if value is None and used is not None and total is not None:
            value = _percent(used, total)
        if not _hold(rule.valid, instance, self.cells):
            value = used = total = None
        if value is None and not state:
            return None
        interface = self._first(rule.interfaces, instance)
        name = self._first(rule.names, instance)
        choice = self._choice(instance, name, interface)
        if choice is None:
            return None
        if value is not None:
            value = converted(value, choice.scale, dbm=choice.dbm)
        if state == "absent" or not choice.unit:
            value = None  # a kind without a unit is a state alone
        if value is None and not state:
            return None
        return Reading(
            choice.kind,
            name or f"{choice.kind} {instance}",
            instance,
            value,
            choice.unit,
            state,
            word,
            code,
            used,
            total,
            **self._limits(instance, thresholds, choice),
            interface=interface,
            source=f"{self.file} {oid}",
        )

    def _first(self, templates: Sequence[Template], instance: str) -> str:
        for one in templates:
            if found := one.read(instance, self.cells, self.names.look):
                return found
        return ""

    def _state(self, instance: str) -> tuple[str, str, str]:
        """(state, the MIB's word, the code as served); a code that the file does not know is unknown."""
        column = self.rule.state
        value = self.cells.get(column.column, {}).get(instance) if column else None
        if column is None or value is None:
            return "", "", ""
        code = printable(value)
        state, word = column.meanings.get(code) or column.meanings.get(code.lower()) or ("unknown", code)
        return state, word, code

    def _bytes(self, instance: str, percent: float | None) -> tuple[float | None, float | None]:
        """(used, total) of memory or storage in bytes, of whichever two of used, free, total and percent are served."""
        rule = self.rule
        used, free, total = (
            quantity(part, instance, self.cells) if part else None for part in (rule.used, rule.free, rule.total)
        )
        if total is None and used is not None and free is not None:
            total = used + free
        if used is None and total is not None and free is not None:
            used = total - free
        if used is None and total is not None and percent is not None:
            used = total * percent / 100
        return (used, total) if total is None or total > 0 else (None, None)

    def _choice(self, instance: str, name: str, interface: str) -> Choice | None:
        for choice in self.rule.choices:
            fits = choice.port in (None, bool(interface)) and (choice.name is None or choice.name.search(name))
            if fits and _hold(choice.only, instance, self.cells):
                return choice
        return None

    def _limits(self, instance: str, thresholds: Limits, choice: Choice) -> dict[str, float]:
        """Limits in the unit of the value: numbers of the file, cells of the row, rows of a table of limits."""
        found: dict[str, float] = {}
        for name, limit in self.rule.limits.items():
            value = quantity(limit, instance, self.cells) if isinstance(limit, Quantity) else limit
            if value is not None:
                found[name] = value
        if self.rule.value is not None:
            for name, raw in thresholds.get(instance, {}).items():
                value = finished(self.rule.value, raw, instance, self.cells)
                if value is not None:
                    found[name] = value
        made = {name: converted(value, choice.scale, dbm=choice.dbm) for name, value in found.items()}
        return _sane({name: value for name, value in made.items() if value is not None})


def _percent(used: float, total: float) -> float | None:
    """None where the two cannot be true, as sizes that ran over 31 bits."""
    return round(100 * used / total, 2) if total > 0 and used >= 0 else None


def _sane(limits: dict[str, float]) -> dict[str, float]:
    """Without pairs of which the low one is not below the high one: agents serve zeros for limits that they have not."""
    for level in ("warning", "critical"):
        low, high = limits.get(f"low_{level}"), limits.get(f"high_{level}")
        if low is not None and high is not None and low >= high:
            limits = {name: value for name, value in limits.items() if not name.endswith(level)}
    return limits


def _distinct(rows: Sequence[tuple[str, Reading]]) -> Iterator[tuple[str, Reading]]:
    """Rows of one table that a device calls the same, told apart by their index."""
    count = Counter((row.kind, row.name) for _, row in rows)
    for oid, row in rows:
        same = count[row.kind, row.name] > 1
        yield oid, replace(row, name=f"{row.name} ({row.index})") if same else row


def _without(rows: Sequence[tuple[str, Reading]], part: re.Pattern[str]) -> Iterator[tuple[str, Reading]]:
    """Rows of which memory no longer counts buffers and caches as used: processes get those when they ask."""
    less = sum(row.used or 0.0 for _, row in rows if part.search(row.name))
    for oid, row in rows:
        if row.kind == "memory" and row.used is not None and row.total and row.used > less:
            yield oid, replace(row, used=row.used - less, value=_percent(row.used - less, row.total))
        else:
            yield oid, row


def _hold(conditions: Iterable[tuple[str, frozenset[str]]], instance: str, cells: Cells) -> bool:
    """Whether each column of the row has one of its values."""
    return all(printable(cells.get(oid, {}).get(instance)) in values for oid, values in conditions)


def _order(instance: str) -> tuple[int, ...]:
    return tuple(map(int, instance.split(".")))
