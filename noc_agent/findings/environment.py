"""Findings about a chassis: fans, power supplies, temperatures, boards, by their own state and their own limits.

A supply that was dead when the device was well is old news. The product knows no limits of its own: what is too hot is what
the device says is too hot. Transceivers are no part of this (findings/optics.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from noc_agent.evidence import Finding
from noc_agent.findings.measures import Sight, first_time, gone, sights, standing
from noc_agent.logs import LogEvent
from noc_agent.snmp.platforms import Reading
from noc_agent.topology import Network

# What a reading's kind is called here; `alarm` and `state` follow from the others or say too little of themselves.
PARTS = {"fan": "fan", "power_supply": "power", "temperature": "temperature", "voltage": "power", "current": "power"}
BOARD = "board"
EVENTS = {
    "fan": ("fan_failed", ("fan_ok",)),
    "power": ("power_failed", ("power_ok",)),
    "temperature": ("temperature_high", ("temperature_ok",)),
}
KIND = {"fan": "fan", "power": "power_supply", "temperature": "temperature"}
BAD = ("warning", "critical")
WARMER = 5.0  # degrees more than before: below that a sensor only wavers about its limit
ANALOGUE = ("temperature", "voltage", "current")


def find_environment(network: Network) -> Iterator[Finding]:
    """Fans, supplies, sensors and boards that are in trouble now and were well before, or of which the log says so."""
    for device in network.site.devices:
        rows = sights(network, device)
        troubled = [(row, part) for row in rows if (part := _part(row.now)) and _in_trouble(row)]
        told: set[str] = set()
        for row, part in troubled:
            fresh = _fresh(row, part)
            told |= {part} if fresh else set()
            yield _finding(network, device, part, row.now.name, _words(row), fresh=fresh, compared=row.was is not None)
        for reading in gone(network, device):
            if reading.kind in ("fan", "power_supply") and reading.judged == "ok":
                part = PARTS[reading.kind]
                told.add(part)
                yield _finding(network, device, part, reading.name, "is gone", fresh=True, compared=True)
        yield from _logged(network, device, rows, told)


def _part(reading: Reading) -> str | None:
    if reading.interface:
        return None  # of a port or its transceiver
    if reading.kind == "state":
        return BOARD
    return PARTS.get(reading.kind)


def _in_trouble(row: Sight) -> bool:
    now, was = row.now, row.was
    if now.judged in BAD:
        return now.kind != "state" or now.judged == "critical"
    pulled = now.state == "absent" and was is not None and was.judged == "ok"
    stopped = now.kind == "fan" and not now.value and bool(was and was.value) and now.value is not None
    return (pulled and now.kind in ("fan", "power_supply")) or stopped


def _fresh(row: Sight, part: str) -> bool:
    """Whether it came within the incident. Nobody runs for long beyond the critical temperature, so that is always fresh."""
    if row.was is None:
        return part == "temperature" and row.now.judged == "critical" and row.now.value is not None
    if row.was.judged in BAD and not (row.now.judged == "critical" and row.was.judged == "warning"):
        return False
    if row.now.kind in ANALOGUE and row.now.judged == "warning":
        return row.now.kind == "temperature" and (row.rise is None or row.rise >= WARMER)
    return True


def _words(row: Sight) -> str:
    now, was = row.now, row.was
    measured = f"{now.value:g} {now.unit}".strip() if now.value is not None else ""
    limit = now.high_critical if now.high_critical is not None else now.high_warning
    said = " ".join(filter(None, (measured, now.word or now.state or now.judged)))
    above = f", limit {limit:g}" if limit is not None and now.value is not None and now.value > limit else ""
    before = (
        f" (was {was.value:g})" if was and was.value is not None else f" (was {was.word or was.state})" if was else ""
    )
    return f"is {said}{above}{before}"


def _logged(network: Network, device: str, rows: Sequence[Sight], told: set[str]) -> Iterator[Finding]:
    """What the log says and no sensor does. Sensors that are all well and were so before say that it has passed."""
    for part, (bad, well) in EVENTS.items():
        events = [event for event in standing(network, device, bad, well) if not _is_port(network, event)]
        if not events or part in told:
            continue
        own = [row for row in rows if row.now.kind == KIND[part] and not row.now.interface and row.now.judged]
        if own and all(_is_well(row) for row in own) and _polled_after(network, device, events):
            continue
        names = ", ".join(dict.fromkeys(event.subject or event.reason for event in events))
        yield _finding(
            network, device, part, names, "has failed, by its log", fresh=True, compared=False, events=events
        )


def _is_well(row: Sight) -> bool:
    """Whether a sensor speaks against an alarm. `ok` in ENTITY-SENSOR-MIB only says that its value can be read (RFC 3433): one
    that grew warmer says so itself."""
    warmer = row.now.kind == "temperature" and row.now.high_critical is None and (row.rise or 0.0) >= WARMER
    return row.now.judged in ("ok", "absent") and not warmer


def _polled_after(network: Network, device: str, events: Sequence[LogEvent]) -> bool:
    history = network.histories.get(device)
    at, last = history.now.observed_at if history and history.now else None, [e.last for e in events if e.last]
    return at is not None and bool(last) and at > max(last)


def _is_port(network: Network, event: LogEvent) -> bool:
    """Whether a temperature is a transceiver's: its subject is one of the ports."""
    history = network.histories.get(event.device)
    state = history.latest if history else None
    known = (state.interfaces or {}) if state else {}
    return bool(event.subject) and network.port(event.device, event.subject).interface in known


def _finding(
    network: Network,
    device: str,
    part: str,
    name: str,
    words: str,
    *,
    fresh: bool,
    compared: bool,
    events: Sequence[LogEvent] = (),
) -> Finding:
    history = network.histories.get(device)
    known = standing(network, device, *EVENTS[part]) if part in EVENTS else []
    more = {"compared": True} if compared else {}
    return Finding(
        kind="part_failed",
        resource=f"node/{device}",
        summary=f"{device}: {part} {name} {words}",
        at=first_time(events or known, history.shown_at if history else None),
        device=device,
        facts={"part": part, "name": name, "words": words, "logged": bool(events or known), **more},
        path=frozenset({f"node/{device}"}),
        significant=fresh,
        starts=fresh,
    )
