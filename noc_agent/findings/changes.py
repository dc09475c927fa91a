"""What the detectors share: when a change happened, by the log if it says, else by the device, else by the poll."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.topology import Network

NEVER = datetime.min.replace(tzinfo=UTC)
INTERFACE_DOWN = ("interface_admin_down", "interface_down", "line_protocol_down")


def events_of(network: Network, device: str, kinds: Collection[str]) -> list[LogEvent]:
    """The device's events of these kinds within the incident, in order of time."""
    return [event for event in network.events.get(device, ()) if event.kind in kinds]


def newest_last(events: Iterable[LogEvent]) -> list[LogEvent]:
    """In the order in which they were said last: an event stands for all lines that say the same, the first one's place is
    no word on how things are now."""
    return sorted(events, key=lambda event: event.last or event.first or NEVER)


def went_down_at(network: Network, end: End, fallback: datetime | None) -> datetime | None:
    """When an interface went down: its first log event of that kind, else ifLastChange, else the poll that shows it."""
    logged = network.port_events(end, INTERFACE_DOWN)
    if logged:
        return logged[0].first
    history = network.histories.get(end.device)
    state = history.now if history else None
    row = (state.interfaces or {}).get(end.interface) if state else None
    changed = state.last_change(row) if state and row else None
    since = network.incident.since
    return changed if changed and (since is None or changed >= since) else fallback


def changed_at(network: Network, device: str, kinds: Collection[str], words: Collection[str]) -> datetime | None:
    """The first event of these kinds that is about one of `words` (peer address, router id, interface)."""
    wanted = {word for word in words if word}
    for event in events_of(network, device, kinds):
        if {event.subject, event.peer} & wanted:
            return event.first
    return None
