"""Limits in a table with several rows a sensor, as CISCO-ENTITY-SENSOR-MIB's entSensorThresholdTable serves them.

Severity: other(1), minor(10), major(20), critical(30). Relation: lessThan(1), lessOrEqual(2), greaterThan(3),
greaterOrEqual(4). The mildest severity of a sensor is its warning, the next one critical; a sensor with one severity has
a warning if that is minor. Not set is a severity whose low limit is not below its high one (both zero, on IOS XR) or
whose only limit is zero (IOS XE), and a limit at the end of what an integer holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from noc_agent.snmp.platforms.model import Thresholds
from noc_agent.snmp.source import Value

MINOR = 10
END = 2**31 - 1
SIDES = {1: "low", 2: "low", 3: "high", 4: "high"}
Limits = Mapping[str, Mapping[str, int]]
"""Sensor's index → name of the limit → the value as served."""


def read_thresholds(rule: Thresholds, columns: Mapping[str, Mapping[str, Value]]) -> Limits:
    """The limits of every sensor."""
    severities, relations = columns.get(rule.severity, {}), columns.get(rule.relation, {})
    sensors: dict[str, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for instance, value in columns.get(rule.value, {}).items():
        severity, side = severities.get(instance), SIDES.get(_whole(relations.get(instance)))
        if isinstance(severity, int) and severity >= MINOR and isinstance(value, int) and abs(value) < END and side:
            sensors[instance.rpartition(".")[0]][severity].setdefault(side, value)
    return {sensor: _named(limits) for sensor, limits in sensors.items()}


def _whole(value: Value | None) -> int:
    return value if isinstance(value, int) else 0


def _named(limits: Mapping[int, Mapping[str, int]]) -> Mapping[str, int]:
    """`limits`: severity → side → the value at which it begins."""
    known = sorted(severity for severity, sides in limits.items() if _sane(sides))
    levels = ("critical",) if len(known) == 1 and known[0] > MINOR else ("warning", "critical")
    return {
        f"{side}_{level}": value
        for severity, level in zip(known, levels, strict=False)
        for side, value in limits[severity].items()
    }


def _sane(sides: Mapping[str, int]) -> bool:
    return sides["low"] < sides["high"] if len(sides) == 2 else any(sides.values())
