"""Served values as numbers in the unit that is meant."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping

from noc_agent.snmp.columns import text
from noc_agent.snmp.platforms.model import Quantity
from noc_agent.snmp.source import Value

Cells = Mapping[str, Mapping[str, Value]]
DARK = -40.0  # dBm that stand for 0 mW: less than a receiver can measure
LONGEST = 200  # characters of a text that may hold a number
_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?:%|[A-Za-z°][\w°/%]*)?\s*")
_OPAQUE = {b"\x9f\x78\x04": ">f", b"\x9f\x79\x08": ">d"}  # net-snmp's Opaque float and double


def number(value: Value, extract: re.Pattern[str] | None = None) -> float | None:
    """A number, or a text that is one with or without its unit; None where it is neither."""
    if isinstance(value, int):
        return float(value)
    if isinstance(value, bytes) and value[:3] in _OPAQUE and len(value) == 3 + value[2]:
        found = float(struct.unpack(_OPAQUE[value[:3]], value[3:])[0])
        return found if math.isfinite(found) else None
    spelled = text(value)[:LONGEST]
    match = extract.search(spelled) if extract else _NUMBER.fullmatch(spelled)
    try:
        found = float(match[1]) if match else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def quantity(rule: Quantity, instance: str, cells: Cells) -> float | None:
    """The number that a row serves; None where it serves none, or one that means "not there"."""
    found = [number for oid in rule.columns if (number := _cell(rule, oid, instance, cells)) is not None]
    if not found or (rule.summed and len(found) < len(rule.columns)):
        return None
    return finished(rule, sum(found) if rule.summed else found[0], instance, cells)


def finished(rule: Quantity, raw: float, instance: str, cells: Cells) -> float | None:
    """A raw number of a row in the unit that is meant."""
    for oid, power in ((rule.multiply, 1), (rule.divide, -1)) if rule.multiply or rule.divide else ():
        factor = _factor(oid, instance, cells)
        if factor is None or (power < 0 and not factor):
            return None
        raw *= factor**power
    return converted(_scaled(rule, raw, instance, cells), rule.scale, rule.offset, dbm=rule.dbm)


def converted(raw: float, scale: float, offset: float = 0.0, *, dbm: bool = False) -> float | None:
    """× scale + offset; milliwatts as dBm. None where that is no number, or less than no power."""
    value = raw * scale + offset
    if dbm and value < 0:
        return None
    if dbm:
        value = max(DARK, 10 * math.log10(value)) if value > 0 else DARK
    return float(f"{value:.12g}") if math.isfinite(value) else None  # 0.1 × 3 is 0.3


def _cell(rule: Quantity, oid: str, instance: str, cells: Cells) -> float | None:
    value = cells.get(oid, {}).get(instance)
    if value is None or (rule.absent and text(value).strip() in rule.absent):
        return None
    return number(value, rule.extract)


def _factor(oid: str, instance: str, cells: Cells) -> float | None:
    if not oid:
        return 1.0
    value = cells.get(oid, {}).get(instance)
    return None if value is None else number(value)


def _scaled(rule: Quantity, raw: float, instance: str, cells: Cells) -> float:
    """By the columns that tell the power of ten: EntitySensorDataScale 9 is units, 8 milli, 10 kilo."""
    if not rule.precision and not rule.si:
        return raw
    precision, si = (_factor(oid, instance, cells) if oid else None for oid in (rule.precision, rule.si))
    power = (3 * (int(si) - 9) if si is not None and 1 <= si <= 17 else 0) - int(precision or 0)
    return raw * 10.0**power if abs(power) <= 60 else raw
