"""Findings about clocks: how far a device's is off, whether it came to be so within the incident, what NTP says of it.

A clock that is off by less than a minute puts nothing in the wrong order that an engineer would look at: hold times, polls and
cron are of that size. One that was off before the incident is no cause of it. A lost time server alone makes no clock wrong
within an incident: one that runs free drifts by some seconds a day (RFC 5905, 7.1: 15 ppm). So a device that says that it follows
no server, and of whose clock nothing else is known, is only likely to be wrong, and only where it alone says so in a network in
which nothing broke: a server that many lost, or that lies behind what broke, is not this device's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.evidence.finding import Scalar
from noc_agent.logs import LogEvent
from noc_agent.logs.skew import CLOCK_OFFSET
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.state.clock import clock_skew, duration
from noc_agent.topology import Network

MATTERS = 60.0  # s
LOST = ("ntp_unsynchronized", "ntp_server_unreachable")
NTP = (*LOST, "ntp_synchronized")
STARTS = ("restart", "crash")  # after which a clock without a battery begins anew
# What takes a time server away, or holds lines back so that they arrive late.
BROKEN = (
    "interface_down", "interface_admin_down", "line_protocol_down", "ospf_neighbor_down", "isis_neighbor_down",
    "eigrp_neighbor_down", "bgp_session_down", "tunnel_down", "stp_topology_change", *STARTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Clock:
    """What is known of a device's clock. Seconds that it is ahead; None is unknown."""

    now: float | None
    before: float | None
    logged: float | None
    lost: LogEvent | None  # the NTP trouble that stands at the end of the window
    restarted: bool
    alone: bool = False  # it is the only one that lost its time, for the first time, and nothing broke

    @property
    def off(self) -> float | None:
        return self.logged if self.now is None else self.now

    @property
    def came(self) -> bool | None:
        """Whether it came to be off within the incident; None where that cannot be told."""
        if self.off is None:
            return None
        if abs(self.off) < MATTERS:
            return False
        if self.now is not None and self.before is not None:
            return abs(self.now - self.before) >= MATTERS
        return True if self.restarted or (self.lost and (self.lost.kind == LOST[0] or self.alone)) else None

    @property
    def matters(self) -> bool:
        """Whether it is news of this incident: measured, or told by a device that nothing contradicts."""
        said = self.off is None and self.alone and self.lost is not None and self.lost.kind == LOST[0]
        return self.came is True or said


def find_clocks(network: Network) -> Iterator[Finding]:
    """Clocks that are off by a minute or more, and those that lost their time servers."""
    for device in network.site.devices:
        clock = _clock(network, device)
        off = clock.off or 0.0
        if abs(off) >= MATTERS or clock.lost is not None:
            yield Finding(
                kind="clock_unsynchronized",
                resource=f"node/{device}",
                summary=f"{device}: {_words(clock)}",
                at=_at(clock, network.histories.get(device)),
                device=device,
                facts=_facts(clock),
                path=frozenset({f"node/{device}"}),
                significant=clock.matters,
                starts=clock.matters,
            )


def _clock(network: Network, device: str) -> _Clock:
    history, events = network.histories.get(device), network.events.get(device, ())
    offsets = [event.to.removesuffix(" s") for event in events if event.kind == CLOCK_OFFSET]
    lost = _lost(events)
    return _Clock(
        _skew(network, history.now if history else None),
        _skew(network, history.before if history else None),
        float(offsets[0]) if offsets else None,
        lost,
        any(event.kind in STARTS for event in events),
        lost is not None and _alone(network, device),
    )


def _alone(network: Network, device: str) -> bool:
    """Whether no other device lost its time, nothing broke, and this one did not say the same before the incident."""
    for name, events in network.events.items():
        if any(event.kind in BROKEN for event in events) or (name != device and _lost(events) is not None):
            return False
    if any(history.answers is False for history in network.histories.values()):
        return False
    since = network.incident.since
    earlier = network.logs.events(None, since, device) if since is not None else ()
    return not any(event.kind in LOST for event in earlier if event.first is not None)


def _skew(network: Network, state: DeviceState | None) -> float | None:
    return None if state is None else clock_skew(state.reply, network.timezone_of(state.device))


def _lost(events: Sequence[LogEvent]) -> LogEvent | None:
    """The NTP trouble after which the device did not say that it is synchronized again."""
    said = [event for event in events if event.kind in NTP and event.last is not None]
    newest = max(said, key=lambda event: (event.last is not None and event.last, event.kind in LOST), default=None)
    return newest if newest is not None and newest.kind in LOST else None


def _words(clock: _Clock) -> str:
    said = []
    if (off := clock.off) is not None and abs(off) >= MATTERS:
        by = "by its logs" if clock.now is None else "by what it serves"
        said.append(f"its clock is {_off(off)} {by}")
        if clock.came is False:
            said.append("as it was before the incident")
    if clock.lost is not None:
        said.append(
            "it says that its clock is not synchronized" if clock.lost.kind == LOST[0] else "it lost a time server"
        )
    return ", ".join(said)


def _off(off: float) -> str:
    return f"{duration(abs(off))} {'ahead' if off > 0 else 'behind'}"


def _facts(clock: _Clock) -> Mapping[str, Scalar]:
    facts: dict[str, Scalar] = {"ntp": clock.lost.kind if clock.lost else ""}
    if clock.came is not None or not clock.matters:
        facts["came"] = clock.came is True
    return facts if clock.off is None else {**facts, "offset_s": clock.off, "off": _off(clock.off)}


def _at(clock: _Clock, history: DeviceHistory | None) -> datetime | None:
    if clock.lost is not None:
        return clock.lost.first
    return history.shown_at if history and clock.came else None
