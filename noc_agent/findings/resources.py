"""Findings about what a device runs out of: CPU, memory, storage (RFC 2790, and the vendors' own MIBs).

A full pool says nothing by itself: some are full by design, and images are mounted read-only at 100 %. What counts is that it
filled up within the incident, or that the device itself complains in its log. Without a poll from before its siblings stand for
it: the same part of several devices of its platform, none of which is nearly as full.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from noc_agent.evidence import Finding
from noc_agent.findings.measures import Sight, first_time, sights, standing
from noc_agent.logs import LogEvent
from noc_agent.snmp.platforms import Reading, readings
from noc_agent.state import DeviceState
from noc_agent.topology import Network

BUSY, CPU_RISE = 90.0, 20.0  # percent; points above what it was
STUCK = 95.0  # percent in the newest of several busy polls, where nobody knows what it was before
LOW, MEMORY_RISE = 90.0, 8.0
FULL, DISK_RISE = 95.0, 3.0
BRIM = 99.0  # percent from which the last point counts
SIBLINGS, ORDINARY = 3, 75.0  # devices of one platform whose same part is no fuller than so much, in percent
MANY = 3  # devices that are busy at once, and at least half of all: what they share is busy, as hosts of virtual ones
HR_PROCESSOR = "1.3.6.1.2.1.25.3.3.1.2"
_NUMBERS = re.compile(r"[\d()./]+")


@dataclass(frozen=True, slots=True)
class Fill:
    """How full something is in percent, now and before."""

    name: str
    now: float
    was: float | None
    used: float | None = None
    total: float | None = None


def find_cpu(network: Network) -> Iterator[Finding]:
    """Devices whose CPU is used up now and was not before, or that log it."""
    loads = {device: cpu_load(network, device) for device in network.histories}
    busy = [device for device, load in loads.items() if load and load.now >= BUSY]
    served = sum(load is not None for load in loads.values())
    shared = len(busy) >= MANY and 2 * len(busy) >= served
    for device in network.site.devices:
        load, events = loads.get(device), standing(network, device, "cpu_high", ("cpu_normal",))
        high = load is not None and load.now >= BUSY
        if not high and (not events or load is not None):
            continue  # what it logged has passed, by the newest poll
        fresh = (
            high and load is not None and load.was is not None and load.was < BUSY and load.now - load.was >= CPU_RISE
        )
        unknown = high and load is not None and load.was is None and _stuck(network, device)
        stood = load is not None and load.was is not None and load.was >= BUSY
        matters = not stood and (bool(events) or ((fresh or unknown) and not shared))
        yield _finding(network, device, "cpu_high", "CPU", load if high else None, events, matters=matters)


def cpu_load(network: Network, device: str) -> Fill | None:
    """The busiest CPU of a device; the cores of one CPU count by their mean. None where it serves none."""
    found = [
        Fill(name, now, was) for name, now, was in _cpus([s for s in sights(network, device) if s.now.kind == "cpu"])
    ]
    return max(found, key=lambda fill: fill.now, default=None)


def _cpus(rows: Sequence[Sight]) -> Iterator[tuple[str, float, float | None]]:
    groups: dict[str, list[Sight]] = defaultdict(list)
    for row in rows:
        if row.now.value is not None:
            groups[row.now.source].append(row)
    for source, group in groups.items():
        for part in [group] if _cores(source, [row.now.name for row in group]) else [[row] for row in group]:
            was = [row.was.value for row in part if row.was is not None and row.was.value is not None]
            name = part[0].now.name if len(part) == 1 else f"{len(part)} cores"
            yield name, fmean(row.now.value or 0.0 for row in part), fmean(was) if len(was) == len(part) else None


def _cores(source: str, names: Sequence[str]) -> bool:
    """Whether these rows are cores that work is spread over: one that is busy is no trouble."""
    if len(names) < 2:
        return False
    stems = {_NUMBERS.sub("", name).strip() for name in names}
    alike = len(stems) == 1 and (source.endswith(HR_PROCESSOR) or len(names) >= 4)
    return alike or any("core" in name.lower() for name in names)


def _stuck(network: Network, device: str) -> bool:
    """Whether every one of several polls of the incident shows it busy, and the newest one that nothing is left."""
    window = network.histories[device].window
    loads = [_load_of(network, state) for state in window]
    return len(window) > 1 and all(load is not None and load >= BUSY for load in loads) and (loads[-1] or 0) >= STUCK


def _load_of(network: Network, state: DeviceState) -> float | None:
    rows = [Sight(r, None) for r in readings(state.reply, network.platforms(state)) if r.kind == "cpu"]
    return max((now for _, now, _ in _cpus(rows)), default=None)


def find_memory(network: Network) -> Iterator[Finding]:
    """Devices that ran out of memory within the incident."""
    for device in network.site.devices:
        rows = [row for row in sights(network, device) if row.now.kind == "memory" and row.now.value is not None]
        fills = [_fill(row) for row in rows]
        full = [fill for fill in fills if fill.now >= LOW and (fill.was is None or fill.now - fill.was >= MEMORY_RISE)]
        events = standing(network, device, "memory_low", ("memory_ok",))
        fresh = [fill for fill in full if fill.was is not None]
        fresh = fresh or [_fill(row) for row in rows if _stands_out(network, device, row, STUCK)]
        worst = max(fresh or full, key=lambda fill: fill.now, default=None)
        if worst is not None or events:
            yield _finding(network, device, "memory_low", "memory", worst, events, matters=bool(fresh or events))


def find_disk(network: Network) -> Iterator[Finding]:
    """Devices of which a file system filled up within the incident."""
    for device in network.site.devices:
        rows = [row for row in sights(network, device) if row.now.kind == "storage" and row.now.value is not None]
        fills = [_fill(row) for row in rows]
        filled = [fill for fill in fills if fill.was is not None and _filled(fill.now, fill.now - fill.was)]
        filled = filled or [_fill(row) for row in rows if _stands_out(network, device, row, BRIM)]
        events = standing(network, device, "disk_full", ())
        worst = max(filled, key=lambda fill: fill.now, default=None)
        if worst is not None or events:
            yield _finding(network, device, "disk_full", "storage", worst, events, matters=True)


def _filled(now: float, rise: float) -> bool:
    return (now >= FULL and rise >= DISK_RISE) or (now >= BRIM and rise >= 1.0)


def _stands_out(network: Network, device: str, row: Sight, least: float) -> bool:
    """Without a poll from before: whether it is full, and the same part of all its siblings is far from that."""
    if row.was is not None or (row.now.value or 0.0) < least or network.histories[device].before is not None:
        return False
    others = [
        other.now.value
        for name in network.histories
        if name != device and network.site.devices[name].platform == network.site.devices[device].platform
        for other in sights(network, name)
        if (other.now.source, other.now.name) == (row.now.source, row.now.name) and other.now.value is not None
    ]
    return len(others) >= SIBLINGS and max(others) <= ORDINARY


def _fill(row: Sight) -> Fill:
    now: Reading = row.now
    return Fill(now.name, now.value or 0.0, row.was.value if row.was else None, now.used, now.total)


def _finding(
    network: Network, device: str, kind: str, what: str, fill: Fill | None, events: Sequence[LogEvent], *, matters: bool
) -> Finding:
    history = network.histories.get(device)
    polled = fill is not None and fill.was is not None
    words = f"{what} {fill.name} is {fill.now:.0f} % used" if fill else f"it logs that it runs out of {what}"
    if fill is not None and fill.was is not None:
        words += f" and was {fill.was:.0f} %"
    if events:
        words += f" ({events[0].kind}: {events[0].reason or events[0].subject})" if events[0].reason else ""
    facts: dict[str, str | int | float | bool] = {
        "part": fill.name if fill else "",
        "logged": bool(events),
        **({"rose": polled} if polled or (history and history.before) else {}),
    }
    if fill is not None:
        facts |= {"percent": round(fill.now, 1)}
    if fill is not None and fill.was is not None:
        facts |= {"percent_before": round(fill.was, 1)}
    return Finding(
        kind=kind,
        resource=f"node/{device}",
        summary=f"{device}: {words}",
        at=first_time(events, history.shown_at if history else None),
        device=device,
        facts=facts,
        path=frozenset({f"node/{device}"}),
        significant=matters,
        starts=matters,
    )
