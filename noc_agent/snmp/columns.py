"""Typed rows: a dataclass whose fields name their columns is all that a table needs.

A column that was not served is None in every row; a table of which no column was served is None itself: unknown, never
zero. Cells that cannot be read are None as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import Field, field, fields
from functools import cache
from typing import Any, TypeVar, cast

from noc_agent.snmp.source import Reply, Value

Row = TypeVar("Row")
Decoder = Callable[[Value], Any]


def column(oid: str, decode: Decoder) -> Any:
    """A field that holds the cell of this column."""
    return field(default=None, metadata={"oid": oid, "decode": decode})


def index(read: Callable[[tuple[int, ...]], Any]) -> Any:
    """A field that is a part of the row's index."""
    return field(default=None, metadata={"index": read})


def arc(n: int) -> Callable[[tuple[int, ...]], int]:
    """The n-th number of an index."""
    return lambda arcs: arcs[n]


def dotted(start: int, end: int | None = None) -> Callable[[tuple[int, ...]], str]:
    """Numbers of an index as dotted text, such as an IPv4 address."""
    return lambda arcs: ".".join(map(str, arcs[start:end]))


def whole(value: Value) -> int | None:
    """INTEGER, Counter, Gauge, TimeTicks."""
    return value if isinstance(value, int) else None


AS_TRANS = 23456


def as_number(value: Value) -> int | None:
    """An AS number of BGP4-MIB, whose INTEGER has no room for four octets (RFC 6793): agents serve those as negative numbers,
    or as AS_TRANS, which is nobody's and tells nothing."""
    number = whole(value)
    return None if number in (None, AS_TRANS) else number % 2**32


def text(value: Value) -> str:
    """Text with control characters as `?`."""
    raw = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    raw = raw.rstrip("\x00")
    return raw if raw.isprintable() else "".join("?" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in raw)


def mac(value: Value) -> str | None:
    """A hardware address as aa:bb:cc:dd:ee:ff; None where it is empty."""
    if isinstance(value, bytes):
        return ":".join(f"{octet:02x}" for octet in value) or None
    return str(value) or None


def octets(value: Value) -> bytes | None:
    return value if isinstance(value, bytes) else None


def hexadecimal(value: Value) -> str | None:
    return value.hex() if isinstance(value, bytes) else None


def enum(names: Mapping[int, str]) -> Decoder:
    """A number by its name in the MIB; one that the MIB does not name as its digits."""
    return lambda value: names.get(cast("int", value), str(value))


def names(*words: str) -> Decoder:
    """An enumeration that counts from 1."""
    return enum(dict(enumerate(words, 1)))


@cache
def _shape(row: Hashable) -> tuple[tuple[tuple[str, str, Decoder], ...], tuple[tuple[str, Callable[..., Any]], ...]]:
    parts: tuple[Field[Any], ...] = fields(cast("Any", row))
    cells = tuple((p.name, p.metadata["oid"], p.metadata["decode"]) for p in parts if "oid" in p.metadata)
    return cells, tuple((p.name, p.metadata["index"]) for p in parts if "index" in p.metadata)


def columns_of(*rows: type) -> tuple[str, ...]:
    """OIDs of all columns of these rows, each once."""
    return tuple(dict.fromkeys(oid for row in rows for _, oid, _ in _shape(row)[0]))


def read_table(reply: Reply, row: type[Row]) -> tuple[Row, ...] | None:
    """The rows of a table in index order; None where the device served nothing of it."""
    cells, keys = _shape(cast("Hashable", row))
    served = [(name, reply.columns[oid], decode) for name, oid, decode in cells if oid in reply.columns]
    if not served:
        return None
    made: dict[tuple[int, ...], dict[str, Any]] = {}
    by_text: dict[str, dict[str, Any]] = {}
    for name, column_cells, decode in served:
        for instance, value in column_cells.items():
            values = by_text.get(instance)
            if values is None:
                arcs = tuple(map(int, instance.split(".")))
                values = by_text[instance] = made.setdefault(arcs, {})
            values[name] = decode(value)
    rows = []
    for arcs in sorted(made):
        try:
            rows.append(row(**{name: read(arcs) for name, read in keys}, **made[arcs]))
        except (IndexError, ValueError):
            continue  # an index that is too short for its table
    return tuple(rows)
