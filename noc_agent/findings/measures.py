"""What devices measure of themselves, now beside before, and which of their alarms still stand: for the health detectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from noc_agent.findings.changes import events_of
from noc_agent.logs import LogEvent
from noc_agent.snmp.platforms import Reading, readings
from noc_agent.state import DeviceState
from noc_agent.topology import Network

MEMO = "measures"
MOVED = 3.0  # percent, degrees, dB: less is no change
Key = tuple[str, str]  # column as its file reads it, and instance


@dataclass(frozen=True, slots=True)
class Sight:
    """One part as it measures now, and as it did when the device was well; `was` is None where that is not known."""

    now: Reading
    was: Reading | None

    @property
    def rise(self) -> float | None:
        """How much the value grew; None where one of the two is not known."""
        if self.was is None or self.now.value is None or self.was.value is None:
            return None
        return self.now.value - self.was.value


def sights(network: Network, device: str) -> tuple[Sight, ...]:
    """All that a device measured in its newest poll; nothing where it did not answer that."""
    memo = cast("dict[str, tuple[Sight, ...]]", network.memo.setdefault(MEMO, {}))
    if device not in memo:
        history = network.histories.get(device)
        now = history.now if history and history.answers else None
        before = _measured(network, history.earlier) if history and history.earlier and now else {}
        found = _measured(network, now) if now else {}
        well = history is not None and history.before is not None
        memo[device] = tuple(Sight(r, _was(r, before.get(key), well=well)) for key, r in found.items())
    return memo[device]


def _was(now: Reading, earlier: Reading | None, *, well: bool) -> Reading | None:
    """What it was when the device was well. The incident's first poll tells only of what changed since: all else may have
    been so before or not."""
    if well or earlier is None:
        return earlier
    moved = abs((now.value or 0.0) - (earlier.value or 0.0)) >= MOVED
    return earlier if moved or (earlier.judged, earlier.code) != (now.judged, now.code) else None


def _measured(network: Network, state: DeviceState) -> Mapping[Key, Reading]:
    return {(reading.source, reading.index): reading for reading in readings(state.reply, network.platforms(state))}


def gone(network: Network, device: str) -> tuple[Reading, ...]:
    """Parts that were measured before and are not served any more, where their table was read to its end."""
    history = network.histories.get(device)
    if history is None or history.now is None or history.earlier is None or not history.answers:
        return ()
    now, state = {(s.now.source, s.now.index) for s in sights(network, device)}, history.now
    before = _measured(network, history.earlier)
    served = {source for source, _ in now}
    return tuple(r for k, r in before.items() if k not in now and k[0] in served and state.whole(k[0].split()[-1]))


def standing(network: Network, device: str, bad: str, well: Collection[str]) -> list[LogEvent]:
    """The window's events of the kind `bad` that no later event of `well` about the same part took back."""
    good = events_of(network, device, well)
    return [event for event in events_of(network, device, (bad,)) if not _taken_back(event, good)]


def _taken_back(event: LogEvent, good: Collection[LogEvent]) -> bool:
    last = event.last or event.first
    return any(
        (not row.subject or not event.subject or row.subject == event.subject)
        and (last is None or row.last is None or row.last >= last)
        for row in good
    )


def first_time(events: Collection[LogEvent], otherwise: datetime | None) -> datetime | None:
    """When the first of these events came, else `otherwise`."""
    return min((event.first for event in events if event.first), default=otherwise)
