"""One entry under `readings` of a platform file, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from noc_agent.errors import BadInput
from noc_agent.site.yamlfile import Section
from noc_agent.snmp.platforms.model import Choice, Quantity, Rule, StateColumn, Thresholds
from noc_agent.snmp.platforms.names import BUILT_IN
from noc_agent.snmp.platforms.reading import ANY, KINDS, STATES
from noc_agent.snmp.platforms.template import Template, parse_template

RULE_KEYS = (
    "kind", "kinds", "unit", "name", "interface", "value", "percent", "used", "free", "total", "bytes", "state", "limits",
    "thresholds", "only", "unless", "index", "valid", "missing", "less",
    "scale", "offset", "precision", "si", "multiply", "divide", "extract", "from", "absent",
)  # fmt: skip
QUANTITY_KEYS = (
    "column", "first", "sum", "scale", "offset", "precision", "si", "multiply", "divide", "extract", "from", "absent",
)  # fmt: skip
CHOICE_KEYS = ("kind", "unit", "only", "name", "port", "scale", "from")
LIMITS = ("low_critical", "low_warning", "high_warning", "high_critical")
POWERS = {"mW": 1.0, "uW": 1e-3, "nW": 1e-6, "W": 1e3}
"""What optical power may be given in where dBm is meant, in mW."""


class RuleReader:
    """Reads one entry over the columns (name → OID) of its table, and the look-ups and lists of words of its file."""

    def __init__(self, part: Section, columns: Mapping[str, str], lookups: Mapping[str, str], words: Section) -> None:
        self.part, self.columns, self.lookups, self.words = part, columns, lookups, words

    def read(self) -> Rule:
        """The rule. Raises BadInput that names file and key."""
        part = self.part
        part.only(RULE_KEYS)
        value = self._quantity(part, "percent" if "percent" in part else "value")
        rule = Rule(
            choices=self._choices(),
            names=self._templates("name"),
            interfaces=self._templates("interface"),
            value=value,
            used=self._in_bytes("used"),
            free=self._in_bytes("free"),
            total=self._in_bytes("total"),
            state=self._state(),
            limits=self._limits(value),
            thresholds=self._thresholds(),
            only=self._conditions(part, "only"),
            unless=self._conditions(part, "unless"),
            index=regex(part, "index") if "index" in part else None,
            valid=self._conditions(part, "valid"),
            missing=self._columns(part, "missing") if "missing" in part else (),
            less=regex(part, "less") if "less" in part else None,
        )
        if not rule.main:
            raise BadInput(part.at(), "reads nothing", "give value, percent, used with total or free, or state")
        return replace(rule, columns=tuple(dict.fromkeys(self._all_columns(rule))))

    def _all_columns(self, rule: Rule) -> Iterable[str]:
        """Every column that evaluating the rule may look at."""
        for part in (*rule.quantities, *(limit for limit in rule.limits.values() if isinstance(limit, Quantity))):
            yield from part.oids
        yield from rule.main
        if rule.thresholds:
            yield from (rule.thresholds.severity, rule.thresholds.relation, rule.thresholds.value)
        yield from (oid for oid, _ in (*rule.only, *rule.unless, *rule.valid))
        yield from rule.missing
        yield from (oid for choice in rule.choices for oid, _ in choice.only)
        for field in (field for one in (*rule.names, *rule.interfaces) for field in one.fields):
            yield from (key.column for key in field.keys if key.column)
            for lookup in field.lookups:
                yield from BUILT_IN.get(lookup) or (self.lookups[lookup],)

    def _column(self, part: Section, key: str) -> str:
        """The OID of a column that is named under this key."""
        return self._oid(part, key, part.needed(key))

    def _optional(self, part: Section, key: str) -> str:
        return self._column(part, key) if key in part else ""

    def _oid(self, part: Section, key: str, name: str) -> str:
        if name not in self.columns:
            raise BadInput(part.at(key), "names no column of this table", f"one of {', '.join(self.columns)}")
        return self.columns[name]

    def _columns(self, part: Section, key: str) -> tuple[str, ...]:
        """One column, or a list of them."""
        names = part.texts(key) if isinstance(part[key], list) else [part.needed(key)]
        return tuple(self._oid(part, key, name) for name in names)

    def _quantity(self, part: Section, key: str) -> Quantity | None:
        """A column, a list of columns of which the first served one counts, or keys of its own.

        What the entry itself says of scaling holds for all but those with keys of their own.
        """
        if part.get(key) is None:
            return None
        if not isinstance(part[key], Section):
            return self._scaling(self.part, Quantity(self._columns(part, key)))
        own = part.section(key)
        own.only(QUANTITY_KEYS)
        given = [name for name in ("column", "first", "sum") if name in own]
        if len(given) != 1:
            raise BadInput(own.at(), "must name its column once", "give one of column, first and sum")
        return self._scaling(own, Quantity(self._columns(own, given[0]), summed=given[0] == "sum"))

    def _scaling(self, part: Section, quantity: Quantity) -> Quantity:
        scale, dbm = self._scale(part)
        return replace(
            quantity,
            scale=scale,
            dbm=dbm,
            offset=part.get_of("offset", float, 0.0, "a number"),
            absent=frozenset(self._values(part, "absent")) if "absent" in part else frozenset(),
            extract=regex(part, "extract") if "extract" in part else None,
            precision=self._optional(part, "precision"),
            si=self._optional(part, "si"),
            multiply=self._optional(part, "multiply"),
            divide=self._optional(part, "divide"),
        )

    def _scale(self, part: Section) -> tuple[float, bool]:
        """(scale, whether power becomes dBm)."""
        scale = part.get_of("scale", float, 1.0, "a number")
        if "from" not in part:
            return scale, False
        power = POWERS.get(part.needed("from"))
        if power is None:
            raise BadInput(part.at("from"), "is no unit that becomes dBm", f"one of {', '.join(POWERS)}")
        return scale * power, True

    def _in_bytes(self, key: str) -> Quantity | None:
        """Used, free or total: in units of `bytes`, a number or a column."""
        found = self._quantity(self.part, key)
        if found is None or "bytes" not in self.part or isinstance(self.part[key], Section):
            return found
        if isinstance(self.part["bytes"], int | float):
            return replace(found, scale=found.scale * self.part.get_of("bytes", float, 1.0, "a number"))
        return replace(found, multiply=self._column(self.part, "bytes"))

    def _choices(self) -> tuple[Choice, ...]:
        if ("kind" in self.part) == ("kinds" in self.part):
            raise BadInput(self.part.at("kind"), "must be given once", "give kind, or kinds with conditions")
        if "kind" in self.part:
            return (Choice(*_kind_and_unit(self.part)),)
        return tuple(self._one_choice(row) for row in self.part.sections("kinds"))

    def _one_choice(self, part: Section) -> Choice:
        part.only(CHOICE_KEYS)
        scale, dbm = self._scale(part)
        return Choice(
            *_kind_and_unit(part),
            only=self._conditions(part, "only"),
            name=regex(part, "name") if "name" in part else None,
            port=part.get_of("port", bool, False, "true or false") if "port" in part else None,
            scale=scale,
            dbm=dbm,
        )

    def _templates(self, key: str) -> tuple[Template, ...]:
        """A template, or a list of which the first that is complete counts."""
        if key not in self.part:
            return ()
        sources = self.part.texts(key) if isinstance(self.part[key], list) else [self.part.needed(key)]
        try:
            return tuple(parse_template(source, self.columns, (*BUILT_IN, *self.lookups)) for source in sources)
        except ValueError as error:
            raise BadInput(self.part.at(key), str(error), "see README.md beside the platform files") from error

    def _state(self) -> StateColumn | None:
        if "state" not in self.part:
            return None
        own = self.part.section("state")
        own.only(("column", "words"))
        words = self._words(own)
        meanings = {code: _meaning(words, code) for code in words}
        if not meanings:
            raise BadInput(own.at("words"), "is missing or empty", "as {1: ok normal, 3: critical failed}")
        return StateColumn(self._column(own, "column"), meanings)

    def _words(self, part: Section) -> Section:
        """Words that stand here, or the file's list of that name."""
        name = part.get("words")
        if not isinstance(name, str):
            return part.section("words")
        if name not in self.words:
            known = ", ".join(self.words) or "none"
            raise BadInput(part.at("words"), "names no list of words of this file", f"known: {known}")
        return self.words.section(name)

    def _limits(self, value: Quantity | None) -> dict[str, Quantity | float]:
        """Limits: a number in the unit of the value, a column scaled like it, or keys of its own."""
        own = self.part.section("limits")
        own.only(LIMITS)
        found: dict[str, Quantity | float] = {}
        for key in own:
            plain = own[key]
            if isinstance(plain, int | float) and not isinstance(plain, bool):
                found[key] = float(plain)
            elif isinstance(plain, Section) or value is None:
                made = self._quantity(own, key)
                if made is not None:
                    found[key] = made
            else:
                found[key] = replace(value, columns=self._columns(own, key), summed=False)
        return found

    def _thresholds(self) -> Thresholds | None:
        if "thresholds" not in self.part:
            return None
        own = self.part.section("thresholds")
        keys = ("severity", "relation", "value")
        own.only(keys)
        return Thresholds(*(self._column(own, key) for key in keys))

    def _conditions(self, part: Section, key: str) -> tuple[tuple[str, frozenset[str]], ...]:
        own = part.section(key)
        return tuple((self._oid(own, name, name), frozenset(self._values(own, name))) for name in own)

    def _values(self, part: Section, key: str) -> list[str]:
        """One value or a list of them, numbers as their digits."""
        given = part[key]
        values = given if isinstance(given, list) else [given]
        if not values or not all(isinstance(value, str | int) and not isinstance(value, bool) for value in values):
            raise BadInput(part.at(key), "must be a value or a list of them", 'as [0, -1] or ["n/a"]')
        return [str(value) for value in values]


def _kind_and_unit(part: Section) -> tuple[str, str]:
    kind = part.needed("kind")
    if kind not in KINDS:
        raise BadInput(part.at("kind"), "is no kind of reading", f"one of {', '.join(KINDS)}")
    unit = part.text("unit", KINDS[kind][0])
    if unit not in KINDS[kind] and KINDS[kind] != ANY:
        known = ", ".join(unit or "none" for unit in KINDS[kind])
        raise BadInput(part.at("unit"), f"is no unit of {kind}", f"scale the value to {known}")
    return kind, unit


def _meaning(words: Section, code: str) -> tuple[str, str]:
    """`critical shutdown`: the state, and the MIB's word where it is another."""
    state, _, word = words.needed(code).partition(" ")
    if state not in STATES:
        raise BadInput(
            words.at(code), "does not begin with a state", f"one of {', '.join(STATES)}, then the MIB's word"
        )
    return state, word.strip() or state


def regex(part: Section, key: str) -> re.Pattern[str]:
    """A regular expression of the file."""
    try:
        return re.compile(part.needed(key))
    except re.error as error:
        raise BadInput(part.at(key), f"is no regular expression: {error.msg}", "escape its signs with \\") from error
