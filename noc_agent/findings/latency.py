"""Findings about delay: what probes measured now against before (RFC 4560), or log as too slow. Nothing else tells of it.

A probe crosses several links. Those that other probes cross as fast as ever are clear; only where one is left can it be said
which link it is. One source to which everything is slow, the nearest as the farthest, measures late itself, or its own link is
late: no ping tells (RFC 2681, 3.7.1: host time is in every measurement).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.evidence.finding import Scalar
from noc_agent.findings.filters import spoken_to
from noc_agent.findings.probes import Probe, known_well, probes
from noc_agent.findings.services import aimed_at, probe_path
from noc_agent.findings.stacking import ported
from noc_agent.site.model import Link
from noc_agent.state import DeviceHistory
from noc_agent.topology import Network

SLOWER = 2.0  # times the round trip from before
FEW = 3  # links that cannot be told from the likeliest one and are named beside it
SEVERAL, EVEN = 3, 1.25  # trips that are all late by as much, and how far the longest may be from the shortest
MORE_MS = 10  # at least so many milliseconds more: agents round, and a busy processor answers late
_TOOK = re.compile(r"(?i)\b(?:rtt\w*|rta|avg|average|took)\s*[=:]?\s*(\d{1,6})(?:\.\d+)?\s*ms")


@dataclass(frozen=True, slots=True)
class Trip:
    """A probe's mean round trip in milliseconds, before and now; None is not known. `logged`: it calls itself too slow, or well."""

    device: str
    target: str
    was: int | None
    now: int | None
    at: datetime | None
    said: str = ""
    logged: bool | None = None

    @property
    def more(self) -> int | None:
        return self.now - self.was if self.now is not None and self.was is not None else None

    @property
    def is_slow(self) -> bool:
        if self.logged is not None:
            return self.logged
        return bool(self.was is not None and self.now and self.now >= SLOWER * self.was and (self.more or 0) >= MORE_MS)


def find_latency(network: Network) -> Iterator[Finding]:
    """Probes whose answers take much longer than before, and the one link that can be the reason; of several in a row the
    likeliest: the only one to a device of others."""
    trips = [trip for history in network.histories.values() for trip in _trips(history)]
    trips += _logged(network)
    slow = [trip for trip in trips if trip.is_slow]
    if not slow:
        return
    paths = {trip: ported(network, probe_path(network, trip.device, trip.target, trip.said)) for trip in trips}
    for trip in slow:
        yield _slow(trip, paths[trip])
    clear = {name for trip in trips if not trip.is_slow for name in paths[trip]}
    shared = frozenset.intersection(*(paths[trip] for trip in slow)) - clear
    links = [link for link in sorted(network.links) if link.resource in shared]
    # What others run is seen least: one's own lines show most of what is wrong with them in counters as well.
    foreign = [link for link in links if any(_is_foreign(network, end.device) for end in link.ends)]
    whole = all(_arrives(network, trip, paths[trip]) for trip in slow)
    own = (links if len(links) == 1 else _beyond(links, slow)) if whole else []
    chosen = foreign if len(foreign) == 1 else own
    if chosen and not _late_itself(chosen[0], trips):
        yield _link(chosen[0], slow, [link.resource for link in links if link != chosen[0]], whole=whole)


def _arrives(network: Network, trip: Trip, path: frozenset[str]) -> bool:
    """Whether a probe's way is known up to its target: what delays it may lie beyond what is known."""
    service = aimed_at(network, trip.target, trip.said)
    owner = network.names.interface_with_address(trip.target)
    target = service.device if service else owner[0] if owner else network.names.device_of(trip.target)
    return any(end.device == target for link in network.links if link.resource in path for end in link.ends)


def _beyond(links: list[Link], slow: list[Trip]) -> list[Link]:
    """The one link of these that is no source's own, where all trips are late by as much: a source that is late itself, or whose
    own line queues, is late now more and now less."""
    times, sources = [trip.now or 0 for trip in slow], {trip.device for trip in slow}
    found = [link for link in links if not sources & {end.device for end in link.ends}]
    return found if len(found) == 1 and len(times) >= SEVERAL and 0 < max(times) <= EVEN * min(times) else []


def _late_itself(link: Link, trips: list[Trip]) -> bool:
    """Whether the link is the own one of the only source that is slow, and all that it measures, several targets, is slow."""
    sources = {trip.device for trip in trips if trip.is_slow}
    if len(sources) != 1 or not sources <= {end.device for end in link.ends}:
        return False
    own = [trip for trip in trips if trip.device in sources]
    return len(own) > 1 and all(trip.is_slow for trip in own)


def _is_foreign(network: Network, device: str) -> bool:
    """Whether it is a router of others: nobody polls it, and BGP is spoken with it."""
    return network.healthy(device) is None and any(spoken_to(network, device))


def _trips(history: DeviceHistory) -> Iterator[Trip]:
    if history.earlier is None or history.now is None or not history.answers:
        return
    before = {row.instance: row.pingResultsAverageRtt for row in history.earlier.pings or ()}
    for row in history.now.pings or ():
        was, now = before.get(row.instance), row.pingResultsAverageRtt
        if was is not None and now and row.pingResultsProbeResponses:
            yield Trip(history.device, row.pingCtlTargetAddress or row.pingCtlTestName, was, now, history.shown_at)


def _logged(network: Network) -> Iterator[Trip]:
    """What probes say of themselves by their newest word, and which others the logs know that say nothing: those are well."""
    slow = [probe for probe in probes(network) if probe.state == "slow"]
    if not slow:
        return
    for probe in (probe for probe in probes(network) if probe.answered):
        yield Trip(
            probe.device, probe.target, None, _took(probe), probe.since, probe.said, logged=probe.state == "slow"
        )
    known = {(probe.device, probe.target) for probe in probes(network)}
    for device in {probe.device for probe in slow}:
        for target in sorted(known_well(network).get(device, ())):
            if (device, target) not in known:
                yield Trip(device, target, None, None, None, logged=False)


def _took(probe: Probe) -> int | None:
    match = _TOOK.search(probe.said)
    return int(match[1]) if match else None


def _slow(trip: Trip, path: frozenset[str]) -> Finding:
    return Finding(
        kind="probe_slow",
        resource=f"node/{trip.device}",
        summary=f"{trip.device}: the probe to {trip.target} {_words(trip)}",
        at=trip.at,
        device=trip.device,
        facts={"target": trip.target, **_times(trip)},
        path=path,
        starts=False,
    )


def _words(trip: Trip) -> str:
    if trip.was is not None:
        return f"takes {trip.now} ms and took {trip.was} ms"
    return "is slow, by its log" + (f": {trip.now} ms" if trip.now is not None else "")


def _times(trip: Trip) -> dict[str, Scalar]:
    times = {"rtt_ms": trip.now, "rtt_ms_before": trip.was, "more_ms": trip.more}
    return {name: value for name, value in times.items() if value is not None}


def _link(link: Link, slow: list[Trip], alike: list[str], *, whole: bool) -> Finding:
    worst = max(slow, key=lambda trip: (trip.more or 0, trip.now or 0))
    around = f"or {' or '.join(alike[:FEW])}" if alike else "and none around it" if whole else "or what lies beyond"
    return Finding(
        kind="slow_link",
        resource=link.resource,
        summary=f"{link.resource}: {len(slow)} probes over it, {around}, are slow: {worst.target} {_words(worst)}",
        at=min((trip.at for trip in slow if trip.at), default=None),
        device=worst.device,
        facts={
            "probes": len(slow),
            **_times(worst),
            **({"alike": ", ".join(alike[:FEW])} if alike else {"alone": True} if whole else {}),
        },
        path=frozenset({link.resource, link.a.resource, link.b.resource}),
    )
