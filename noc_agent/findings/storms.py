"""Findings about broadcast storms: where a flood enters the bridged network. Switches with storm control say it in their logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of
from noc_agent.findings.floods import ALIKE, Flood, blocked_ports, bridged_ports, floods, flows
from noc_agent.findings.measures import first_time
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.topology import Network


@dataclass
class _Entry:
    """What is known of one source of a flood."""

    port: End
    per_s: float = 0.0
    counted: bool = False
    circular: bool = False
    events: list[LogEvent] = field(default_factory=list)
    path: set[str] = field(default_factory=set)


def find_storms(network: Network) -> Iterator[Finding]:
    """Where a flood enters the bridged network: the device behind the port that no other bridge floods."""
    entries: dict[str, _Entry] = {}
    inner: list[Flood] = []
    for device in dict.fromkeys((*network.histories, *network.events)):
        events = [event for event in events_of(network, device, ("storm_control",)) if event.subject]
        found = {flood.end: flood for flood in floods(network, device) if flood.counted or flood.alike}
        for end in dict.fromkeys((*found, *(network.port(device, event.subject) for event in events))):
            far = network.other_end(end)
            if far is not None and floods(network, far.device):
                inner += [found[end]] if end in found else []
                continue  # the next bridge is nearer to where it comes from
            told = [event for event in events if network.port(device, event.subject) == end]
            port = _origin(network, end, found[end].per_s) if end in found else end
            far = network.other_end(port)
            entry = entries.setdefault(far.device if far else port.device, _Entry(port))
            _add(network, entry, port, found.get(end), told)
    if not entries and inner:
        strongest = max(inner, key=lambda flood: flood.per_s)
        entry = entries.setdefault(strongest.end.device, _Entry(strongest.end, circular=True))
        _add(network, entry, strongest.end, strongest, [])
    for source, entry in sorted(entries.items()):
        yield _finding(network, source, entry)


def _origin(network: Network, end: End, per_s: float) -> End:
    """The port at which it comes into the first of the bridges: one of two ports that forward shows no flood of its own, for
    flooding and forwarding look alike there, yet takes in as much at its other port."""
    passed = {end}
    while (far := network.other_end(end)) is not None:
        history = network.histories.get(far.device)
        pairs = flows(history) if history else []
        if not pairs or history is None or history.now is None:
            break
        forwards = set(bridged_ports(history.now)) - blocked_ports(history.now) - {far.interface}
        entering = [name for name, flow in pairs[-1].items() if name in forwards and flow.in_all >= ALIKE * per_s]
        if len(entering) != 1 or End(far.device, entering[0]) in passed:
            break
        end = End(far.device, entering[0])
        passed.add(end)
    return end


def _add(network: Network, entry: _Entry, end: End, flood: Flood | None, events: Sequence[LogEvent]) -> None:
    entry.events += events
    entry.path |= network.around(end) | {f"node/{end.device}"}
    if flood is not None:
        entry.per_s, entry.counted = max(entry.per_s, flood.per_s), entry.counted or flood.counted


def reached(network: Network, path: set[str]) -> set[str]:
    """The ports and links of the bridges that the flood gets to."""
    devices = {name.removeprefix("node/") for name in path if name.startswith("node/")}
    todo, seen = list(devices), set(devices)
    found = set(path)
    while todo:
        device = todo.pop()
        history = network.histories.get(device)
        bridged = bridged_ports(history.now) if history and history.now else []
        for name in bridged:
            end = End(device, name)
            found |= network.around(end)
            far = network.other_end(end)
            if far is not None and far.device not in seen:
                seen.add(far.device)
                todo.append(far.device)
                found.add(f"node/{far.device}")
    return found


def _finding(network: Network, source: str, entry: _Entry) -> Finding:
    history = network.histories.get(source) or network.histories.get(entry.port.device)
    words = f"{entry.per_s:.0f} frames a second" if entry.per_s else "more than storm control allows"
    facts: dict[str, str | int | float | bool] = {
        "port": f"{entry.port.device} {entry.port.interface}", "per_s": round(entry.per_s),
        "logged": bool(entry.events), "measured": entry.per_s > 0, "circular": entry.circular,
    }  # fmt: skip
    if entry.counted:
        facts["broadcasts"] = True
    return Finding(
        kind="flood",
        resource=f"node/{source}",
        summary=f"{facts['port']} takes in a flood, {words}" + ("" if entry.circular else f", from {source}"),
        at=first_time(entry.events, history.shown_at if history else None),
        device=entry.port.device,  # who tells of it: the source may not be polled
        facts=facts,
        path=frozenset(reached(network, entry.path | {f"node/{source}"})),
    )
