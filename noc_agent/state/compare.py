"""What is different of one device between two polls, worst first.

Each table of a state becomes plain facts, (subject, attribute) → value; two states are compared fact by fact. A table that
one of the two polls did not serve is unknown then and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from noc_agent.state.device import DeviceState
from noc_agent.state.facts import TABLES, THERE, Facts, Value
from noc_agent.state.rates import elapsed, rates

GOOD = frozenset({"up", "full", "twoWay", "established", "present", "listening", "forwarding", "attached", "ok", THERE})
LOST, WORSE, CHANGED, BETTER = 1, 2, 3, 4
HURTS_PER_S, FULL = 1.0, 0.9  # errors or discards a second; share of the speed
# What hurts most when it is lost: the link before what runs over it.
ORDER = (
    "device",
    "interface",
    "neighbor",
    "session",
    "route",
    "address",
    "service",
    "health",
    "bridge",
    "parameter",
    "hardware",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was. `gravity`: 1 lost, 2 worse, 3 changed, 4 better or new. None: not there."""

    device: str
    family: str
    subject: str
    attribute: str
    before: Value
    now: Value
    gravity: int


def changes(before: DeviceState, now: DeviceState) -> tuple[Change, ...]:
    """Every difference between two states of one device, the worst first."""
    found = list(_restarts(before, now))
    for family, read in TABLES:
        found += compared(now.device, family, read(before), read(now))
    found += _traffic(before, now)
    return tuple(sorted(found, key=order))


def compared(device: str, family: str, old: Facts | None, new: Facts | None) -> list[Change]:
    """What is different between two sets of facts; nothing where one of them is unknown."""
    if old is None or new is None:
        return []
    was_there, is_there = {subject for subject, _ in old}, {subject for subject, _ in new}
    found: dict[tuple[str, str], Change] = {}
    for subject, attribute in {**old, **new}:
        was, has = old.get((subject, attribute)), new.get((subject, attribute))
        if was == has or (family == "parameter" and subject in was_there & is_there and None in (was, has)):
            continue  # a setting that one of the polls does not tell is unknown
        change = Change(device, family, subject, attribute, was, has, _gravity(was, has, attribute))
        if family == "parameter" and not (subject in was_there and subject in is_there):
            # Of a thing that came or went, its settings are no news of their own.
            gone = subject in was_there
            change = Change(
                device, family, subject, "", THERE if gone else None, None if gone else THERE, LOST if gone else BETTER
            )
        found.setdefault((subject, change.attribute), change)
    return list(found.values())


def order(change: Change) -> tuple[int, int, str, str]:
    """Worst first: what was lost, then by family, then by name."""
    return change.gravity, ORDER.index(change.family), change.device, change.subject


def _gravity(was: Value, has: Value, attribute: str) -> int:
    if was in GOOD and has not in GOOD:
        return LOST
    if has in GOOD and was not in GOOD:
        return BETTER
    if attribute in ("next_hops", "interface") and has is None:
        return LOST
    if was is None:
        return BETTER
    return WORSE if has is None else CHANGED


def _restarts(before: DeviceState, now: DeviceState) -> list[Change]:
    if elapsed(before, now) is not None:
        return []
    return [Change(now.device, "device", "agent", "sysUpTime", before.uptime, now.uptime, LOST)]


def _traffic(before: DeviceState, now: DeviceState) -> Iterator[Change]:
    """Errors, discards and full ports between the two polls: counters that never stand still are told only where they hurt."""
    for name in now.interfaces or {}:
        load = rates(before, now, name)
        where = f"interface/{now.device}/{name}"
        for attribute in ("in_errors_per_s", "out_errors_per_s", "in_discards_per_s", "out_discards_per_s"):
            value = getattr(load, attribute, None) if load else None
            if value is not None and value >= HURTS_PER_S:
                yield Change(now.device, "health", where, attribute, 0, round(value, 1), WORSE)
        for attribute in ("in_utilisation", "out_utilisation"):
            share = getattr(load, attribute, None) if load else None
            if share is not None and share >= FULL:
                yield Change(now.device, "health", where, attribute, None, round(share, 2), WORSE)
