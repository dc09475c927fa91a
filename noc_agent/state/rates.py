"""Rates of an interface from a pair of polls, with wrap, discontinuity and restart handled.

The time between the polls is the agent's own (sysUpTime), since agents serve cached rows and answer late.
"""

from __future__ import annotations

from dataclasses import dataclass

from noc_agent.snmp import Interface, counter_delta
from noc_agent.state.device import DeviceState

UPTIME_WRAP = 2**32 / 100  # seconds: sysUpTime counts hundredths in 32 bits
WRAP_SLACK = 120.0  # seconds that a poll and a cached clock may be apart
SHORTEST_FRAME = 84  # octets that the shortest Ethernet frame takes on the line, preamble and gap with it
SHORTEST = 1.0  # seconds; a shorter pair says more about caches than about traffic


@dataclass(frozen=True, slots=True)
class Rates:
    """Traffic between two polls. Bits and packets a second; None where the counter was not served or started over."""

    seconds: float
    in_bps: float | None
    out_bps: float | None
    in_packets_per_s: float | None
    out_packets_per_s: float | None
    in_errors_per_s: float | None
    out_errors_per_s: float | None
    in_discards_per_s: float | None
    out_discards_per_s: float | None
    in_utilisation: float | None  # 0…1 of speed_bps
    out_utilisation: float | None


def rates(before: DeviceState, now: DeviceState, name: str) -> Rates | None:
    """Rates of the interface `name` between two polls of one device; None where no pair can be made."""
    old, new = (before.interfaces or {}).get(name), (now.interfaces or {}).get(name)
    seconds = elapsed(before, now)
    if old is None or new is None or seconds is None or seconds < SHORTEST or old.ifIndex != new.ifIndex:
        return None  # the agent restarted, or the pair is too close
    if old.ifCounterDiscontinuityTime != new.ifCounterDiscontinuityTime:
        return None
    octets = 64 if old.ifHCInOctets is not None and new.ifHCInOctets is not None else 32
    packets = 64 if old.ifHCInUcastPkts is not None and new.ifHCInUcastPkts is not None else 32
    speed = new.speed_bps

    def per_second(one: int | None, other: int | None, bits: int, scale: int = 1, most: float = 0) -> float | None:
        """`most`: what the interface can count a second; where that wraps the counter more than once nothing is known."""
        if one is None or other is None or (bits == 32 and most * seconds >= 2**32):
            return None
        delta = counter_delta(one, other, bits)
        return None if delta is None else delta * scale / seconds

    most_octets, most_packets = (speed or 0) / 8, (speed or 0) / 8 / SHORTEST_FRAME
    in_bps = per_second(old.in_octets, new.in_octets, octets, 8, most_octets)
    out_bps = per_second(old.out_octets, new.out_octets, octets, 8, most_octets)
    return Rates(
        seconds,
        in_bps,
        out_bps,
        per_second(_packets(old, "in"), _packets(new, "in"), packets, 1, most_packets),
        per_second(_packets(old, "out"), _packets(new, "out"), packets, 1, most_packets),
        per_second(old.ifInErrors, new.ifInErrors, 32),
        per_second(old.ifOutErrors, new.ifOutErrors, 32),
        per_second(old.ifInDiscards, new.ifInDiscards, 32),
        per_second(old.ifOutDiscards, new.ifOutDiscards, 32),
        in_bps / speed if in_bps is not None and speed else None,
        out_bps / speed if out_bps is not None and speed else None,
    )


def elapsed(before: DeviceState, now: DeviceState) -> float | None:
    """Seconds between two polls of one device by its own clock; None where its agent restarted in between.

    sysUpTime wraps after 497 days: a fall that agrees with the time between the polls is that, not a restart. An agent that
    serves no sysUpTime is timed by the poller.
    """
    wall = (now.observed_at - before.observed_at).total_seconds()
    if before.uptime is None or now.uptime is None:
        return wall
    seconds = now.uptime - before.uptime
    if seconds >= 0:
        return seconds
    wrapped = seconds + UPTIME_WRAP
    return wrapped if abs(wrapped - wall) <= WRAP_SLACK + 0.1 * wall else None


def lifetime_utilisation(state: DeviceState, name: str) -> float | None:
    """Mean outbound utilisation since the agent started: a weak baseline where there is no earlier pair."""
    row = (state.interfaces or {}).get(name)
    if row is None or not row.speed_bps or not state.uptime or row.ifHCOutOctets is None:
        return None
    return row.ifHCOutOctets * 8 / state.uptime / row.speed_bps


def _packets(row: Interface, way: str) -> int | None:
    return row.in_packets if way == "in" else row.out_packets
