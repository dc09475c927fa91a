"""Findings about ports that go down and come back, again and again: by the log, by ifLastChange, by what each poll shows.

One bounce is somebody's work; so is each that follows a shut of the port at either end. A port that went down for good after
a bounce or two is down, not flapping.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.interfaces import VIRTUAL, matters
from noc_agent.site.model import End, Link
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.state.rates import elapsed
from noc_agent.topology import Network

MEMO = "bounces"
AGAIN = 3  # times that a port came back: it flaps
BOTH = 2  # times that are enough where both ends saw them
LAG = "ieee8023adLag"  # follows its members
CHANGES = (  # (went down, came up): each pair is counted by itself, for one bounce is often logged by both
    ("interface_down", "interface_up"),
    ("line_protocol_down", "line_protocol_up"),
)
SHUTS = ("interface_admin_down", "interface_error_disabled")
AFTER = timedelta(seconds=10)  # how long after a shut its bounce is logged, and by the far end
Change = tuple[datetime, bool]  # when, and whether it came up


@dataclass(frozen=True, slots=True)
class Bounces:
    """How often a port came back within the incident, since when, and whether it is down now."""

    back: int
    first: datetime | None
    down: bool
    logged: bool


def bounces(network: Network) -> Mapping[End, Bounces]:
    """Every port that came back at least once within the incident."""
    if MEMO not in network.memo:
        logged, polled = _logged(network), _polled(network)
        found = {end: _merged(logged.get(end), polled.get(end)) for end in (*logged, *polled)}
        network.memo[MEMO] = {end: one for end, one in found.items() if one.back}
    return cast("Mapping[End, Bounces]", network.memo[MEMO])


def _merged(logged: Bounces | None, polled: Bounces | None) -> Bounces:
    if logged is None or polled is None:
        return cast("Bounces", logged or polled)
    return Bounces(max(logged.back, polled.back), logged.first or polled.first, polled.down, logged=True)


def _logged(network: Network) -> dict[End, Bounces]:
    lines: dict[End, dict[tuple[int, str], list[Change]]] = defaultdict(lambda: defaultdict(list))
    shuts: dict[End, list[datetime]] = defaultdict(list)
    for device, events in network.events.items():
        for event in events:
            for n, pair in enumerate(CHANGES):
                if event.kind in pair:
                    rows = lines[network.port(device, event.subject)][n, event.file]
                    rows += [(at, event.kind == pair[1]) for at in event.times]
            if event.kind in SHUTS:
                shuts[network.port(device, event.subject)] += event.times
    found = {}
    for end, sources in lines.items():
        far = network.other_end(end)
        by_hand = [*shuts[end], *(shuts[far] if far else ())]
        counts = [one for rows in sources.values() if (one := _counted(rows, by_hand))]
        if counts:
            found[end] = max(counts, key=lambda one: one.back)
    return found


def _counted(rows: Iterable[Change], by_hand: Sequence[datetime]) -> Bounces | None:
    """The changes of one log, repetitions left out."""
    back, down, first = 0, False, None
    for at, came_up in sorted(rows):
        if came_up:
            back += down
            down = False
        elif not down and not any(-AFTER / 5 <= at - shut <= AFTER for shut in by_hand):
            down, first = True, first or at
    return Bounces(back, first, down, logged=True) if first else None


def _polled(network: Network) -> dict[End, Bounces]:
    found: dict[End, Bounces] = {}
    for device, history in network.histories.items():
        states = [state for state in (history.before, *history.window) if state is not None]
        for one, two in pairwise(states):
            if elapsed(one, two) is not None:  # else its agent restarted, and with it ifLastChange
                for end, down in _between(device, one, two):
                    old = found.get(end)
                    back, first = (old.back, old.first) if old else (0, two.observed_at)
                    found[end] = Bounces(back + (not down), first, down, logged=False)
    return found


def _between(device: str, one: DeviceState, two: DeviceState) -> Iterator[tuple[End, bool]]:
    """Ports that left `up` between two polls, and whether they are down in the second."""
    was = one.interfaces or {}
    for name, row in (two.interfaces or {}).items():
        old = was.get(name)
        if old is None or old.ifIndex != row.ifIndex or "down" in (old.ifAdminStatus, row.ifAdminStatus):
            continue
        if row.ifOperStatus == "up" and (old.ifOperStatus != "up" or _changed(old.ifLastChange, row.ifLastChange)):
            yield End(device, name), False
        elif old.ifOperStatus == "up" and row.ifOperStatus != "up":
            yield End(device, name), True


def _changed(before: int | None, now: int | None) -> bool:
    return before is not None and now is not None and before != now


def find_flapping(network: Network) -> Iterator[Finding]:
    """Links of which a port that matters goes down and comes back again and again."""
    links: dict[Link | End, list[tuple[End, Bounces]]] = defaultdict(list)
    for end, one in bounces(network).items():
        if not _follows(network, end):
            links[network.link_at.get(end, end)].append((end, one))
    for place, ends in links.items():
        end, worst = max(ends, key=lambda pair: pair[1].back)
        both = sum(one.back >= BOTH for _, one in ends) == 2
        down = any(one.down for _, one in ends)
        if worst.back >= AGAIN or (worst.back >= BOTH and both and not down):
            yield _finding(network, end, place, ends, worst)


def _follows(network: Network, end: End) -> bool:
    history = network.histories.get(end.device)
    row = ((history.latest.interfaces or {}) if history and history.latest else {}).get(end.interface)
    return row is not None and row.ifType in {*VIRTUAL, LAG}


def _finding(
    network: Network, end: End, place: Link | End, ends: Sequence[tuple[End, Bounces]], worst: Bounces
) -> Finding:
    history: DeviceHistory | None = network.histories.get(end.device)
    far = network.other_end(end)
    nodes = {f"node/{one.device}" for one in (end, far) if one is not None}
    wanted = matters(network, end, history)
    return Finding(
        kind="flapping",
        resource=place.resource,
        summary=f"{end.device} {end.interface} went down and came back {worst.back} times"
        + (f" (to {far.device} {far.interface})" if far else ""),
        at=worst.first,
        device=end.device,
        facts={
            "back": worst.back,
            "ends": len(ends),
            "logged": worst.logged,
            "down_now": any(one.down for _, one in ends),
            "port": f"{end.device} {end.interface}",
        },
        path=network.around(end) | nodes,
        significant=wanted,
        starts=wanted,
    )
