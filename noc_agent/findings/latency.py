"""Findings about delay: what probes measured now against before (RFC 4560). Nothing else in SNMP or syslog tells of it.

A probe crosses several links. Those that other probes cross as fast as ever are clear; only where one is left can it be said
which link it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.findings.services import probe_path
from noc_agent.state import DeviceHistory
from noc_agent.topology import Network

SLOWER = 2.0  # times the round trip from before
MORE_MS = 10  # at least so many milliseconds more: agents round, and a busy processor answers late


@dataclass(frozen=True, slots=True)
class Trip:
    """A probe's mean round trip in milliseconds, before and now."""

    device: str
    target: str
    was: int
    now: int
    at: datetime | None

    @property
    def is_slow(self) -> bool:
        return self.now >= SLOWER * self.was and self.now - self.was >= MORE_MS


def find_latency(network: Network) -> Iterator[Finding]:
    """Probes whose answers take much longer than before, and the one link that can be the reason."""
    trips = [trip for history in network.histories.values() for trip in _trips(history)]
    slow = [trip for trip in trips if trip.is_slow]
    if not slow:
        return
    paths = {trip: probe_path(network, trip.device, trip.target) for trip in trips}
    for trip in slow:
        yield _slow(trip, paths[trip])
    clear = {name for trip in trips if not trip.is_slow for name in paths[trip]}
    shared = frozenset.intersection(*(paths[trip] for trip in slow)) - clear
    links = sorted(name for name in shared if name.startswith("link/"))
    if len(links) == 1:
        yield _link(network, links[0], slow)


def _trips(history: DeviceHistory) -> Iterator[Trip]:
    if history.earlier is None or history.now is None or not history.answers:
        return
    before = {row.instance: row.pingResultsAverageRtt for row in history.earlier.pings or ()}
    for row in history.now.pings or ():
        was, now = before.get(row.instance), row.pingResultsAverageRtt
        if was is not None and now and row.pingResultsProbeResponses:
            yield Trip(history.device, row.pingCtlTargetAddress or row.pingCtlTestName, was, now, history.shown_at)


def _slow(trip: Trip, path: frozenset[str]) -> Finding:
    return Finding(
        kind="probe_slow",
        resource=f"node/{trip.device}",
        summary=f"{trip.device}: the probe to {trip.target} takes {trip.now} ms and took {trip.was} ms",
        at=trip.at,
        device=trip.device,
        facts={"target": trip.target, "rtt_ms": trip.now, "rtt_ms_before": trip.was},
        path=path,
        starts=False,
    )


def _link(network: Network, resource: str, slow: list[Trip]) -> Finding:
    worst = max(slow, key=lambda trip: trip.now - trip.was)
    link = next(link for link in network.links if link.resource == resource)
    return Finding(
        kind="slow_link",
        resource=resource,
        summary=f"{resource}: {len(slow)} probes over it, and none around it, take up to {worst.now - worst.was} ms longer",
        at=min((trip.at for trip in slow if trip.at), default=None),
        device=worst.device,
        facts={"probes": len(slow), "more_ms": worst.now - worst.was, "rtt_ms": worst.now, "rtt_ms_before": worst.was},
        path=frozenset({resource, link.a.resource, link.b.resource}),
    )
