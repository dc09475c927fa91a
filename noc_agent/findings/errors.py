"""Findings about bad frames: errors that a receiver counts (RFC 2863), why they are bad (RFC 3635), and duplex mismatches.

Errors of last year are no news: a port that always had its share of them has not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.flaps import LAG
from noc_agent.findings.interfaces import VIRTUAL
from noc_agent.site.model import End, Link
from noc_agent.snmp import EtherLike, Interface, counter_delta, read_table
from noc_agent.state import DeviceHistory, DeviceState, rates
from noc_agent.topology import Network
from noc_agent.topology.links import cdp_local_end

MEMO = "ethernet"
FEW = 5  # frames between two polls: fewer may be one disturbance
PER_S, SHARE = 1.0, 0.001  # a rate and a share of what is received
MANY = 0.01  # share of what is received that counts at any rate
WORSE = 3.0  # times its usual rate
FASTEST_HALF = (
    1_000_000_000  # bit/s from which a mismatch hardly can be: 1000BASE-T negotiates duplex (IEEE 802.3, 40.5)
)
CAUSES = {
    "dot3StatsFCSErrors": "crc",
    "dot3StatsAlignmentErrors": "alignment",
    "dot3StatsSymbolErrors": "symbol",
    "dot3StatsFrameTooLongs": "too_long",
    "dot3StatsInternalMacReceiveErrors": "receiver",
}
DUPLEX = {"halfDuplex": "half", "fullDuplex": "full", "halfduplex": "half", "fullduplex": "full"}


@dataclass(frozen=True, slots=True)
class Errors:
    """Bad frames that a port received between two polls: a second, and as a share of all it received."""

    per_s: float
    share: float
    frames: int


def find_input_errors(network: Network) -> Iterator[Finding]:
    """Ports that receive bad frames within the incident, more than they always did."""
    for device, history in network.histories.items():
        states = [state for state in (history.before, *history.window) if state is not None]
        grown = {name for one, two in pairwise(states) for name in _grown(one, two)}
        for name in sorted(grown):
            row = (states[-1].interfaces or {}).get(name)
            worst = max(
                filter(None, (_between(one, two, name) for one, two in pairwise(states))), key=_size, default=None
            )
            if row is not None and worst is not None and row.ifType not in {*VIRTUAL, LAG}:
                yield from _judged(network, End(device, name), worst, history)


def _size(errors: Errors) -> float:
    return errors.per_s


def _grown(one: DeviceState, two: DeviceState) -> Iterator[str]:
    was = one.interfaces or {}
    for name, row in (two.interfaces or {}).items():
        old = was.get(name)
        if old is not None and row.ifInErrors and row.ifInErrors != old.ifInErrors:
            yield name


def _between(one: DeviceState, two: DeviceState, name: str) -> Errors | None:
    pair = rates(one, two, name)
    if pair is None or not pair.in_errors_per_s:
        return None
    good = pair.in_packets_per_s or 0.0
    return Errors(
        pair.in_errors_per_s,
        pair.in_errors_per_s / (pair.in_errors_per_s + good),
        round(pair.in_errors_per_s * pair.seconds),
    )


def _judged(network: Network, end: End, worst: Errors, history: DeviceHistory) -> Iterator[Finding]:
    bad = (worst.per_s >= PER_S and worst.share >= SHARE) or worst.share >= MANY
    if not bad or worst.frames < FEW:
        return
    usual = _usual(history, end.interface)
    fresh = usual is None or worst.per_s >= WORSE * usual
    why = reasons(network, end)
    facts: dict[str, str | int | float | bool] = {
        "in_errors_per_s": round(worst.per_s, 2),
        "share": round(worst.share, 4),
        "frames": worst.frames,
        "why": max(why, key=lambda name: why[name], default="") if any(why.values()) else "",
        "port": f"{end.device} {end.interface}",
    }
    far = network.other_end(end)
    yield Finding(
        kind="input_errors",
        resource=end.resource,
        summary=f"{end.device} {end.interface} receives {worst.per_s:.1f} errors/s, {worst.share:.1%} of its frames"
        + ("" if fresh else ", as it always did"),
        at=history.shown_at,
        device=end.device,
        facts=facts,
        path=network.around(end) | {f"node/{one.device}" for one in (end, far) if one is not None},
        significant=fresh,
        starts=fresh,
    )


def _usual(history: DeviceHistory, name: str) -> float | None:
    """Errors a second since the counters began, when the device was well; None where that cannot be told."""
    state = history.before
    row = (state.interfaces or {}).get(name) if state else None
    if state is None or row is None or row.ifInErrors is None or not state.uptime:
        return None
    return row.ifInErrors / state.uptime


def ethernet(network: Network, state: DeviceState) -> Mapping[int, EtherLike]:
    """ifIndex → its row of dot3StatsTable."""
    memo = cast("dict[tuple[str, object], Mapping[int, EtherLike]]", network.memo.setdefault(MEMO, {}))
    key = (state.device, state.observed_at)
    if key not in memo:
        memo[key] = {row.ifIndex: row for row in read_table(state.reply, EtherLike) or ()}
    return memo[key]


def reasons(network: Network, end: End) -> dict[str, int]:
    """What was wrong with the frames that came in within the incident, as far as dot3StatsTable tells."""
    return {name: growth for column, name in CAUSES.items() if (growth := _growth(network, end, column)) is not None}


def late_collisions(network: Network, end: End) -> int | None:
    """Late collisions within the incident: only a half-duplex port that sends while its far end does counts them."""
    return _growth(network, end, "dot3StatsLateCollisions")


def _growth(network: Network, end: End, column: str) -> int | None:
    history = network.histories.get(end.device)
    if history is None or history.earlier is None or history.now is None:
        return None
    rows = [_row(network, state, end.interface) for state in (history.earlier, history.now)]
    old, new = (getattr(row, column) if row else None for row in rows)
    return None if old is None or new is None else counter_delta(old, new, 32)


def _row(network: Network, state: DeviceState, name: str) -> EtherLike | None:
    port = (state.interfaces or {}).get(name)
    return ethernet(network, state).get(port.ifIndex) if port else None


def duplex(network: Network, end: End, *, newest: bool = True) -> str | None:
    """`half` or `full`, where the device says so of a port that is up."""
    history = network.histories.get(end.device)
    state = (history.now if newest else history.before) if history else None
    port = _port(state, end)
    row = _row(network, state, end.interface) if state and port and port.ifOperStatus == "up" else None
    return DUPLEX.get(row.dot3StatsDuplexStatus or "") if row else None


def _port(state: DeviceState | None, end: End) -> Interface | None:
    return (state.interfaces or {}).get(end.interface) if state else None


def find_duplex(network: Network) -> Iterator[Finding]:
    """Links whose ends run at different duplex, or that show it: late collisions here, bad frames there, a line in the log."""
    said = _heard_duplex(network)
    candidates = {place for device in network.histories for place in _half(network, device)}
    candidates |= {network.link_at.get(end, end) for end in said}
    candidates |= {network.link_at.get(end, end) for end in _events(network)}
    for place in sorted(candidates, key=lambda one: one.resource):
        yield from _of_place(network, place, said)


def _half(network: Network, device: str) -> Iterator[Link | End]:
    """Places of ports that are up at half duplex: with them it begins."""
    history = network.histories[device]
    state = history.now if history.answers else None
    for row in ethernet(network, state).values() if state else ():
        name = state.interface_names.get(row.ifIndex) if state and row.dot3StatsDuplexStatus == "halfDuplex" else None
        if name is not None and duplex(network, End(device, name)) == "half":
            yield network.link_at.get(End(device, name), End(device, name))


def _events(network: Network) -> set[End]:
    return {
        network.port(device, event.subject)
        for device, events in network.events.items()
        for event in events
        if event.kind == "duplex_mismatch"
    }


def _heard_duplex(network: Network) -> dict[End, str]:
    """Own port → the duplex that its CDP neighbor claims for the far end, where the two differ."""
    found: dict[End, str] = {}
    for history in network.histories.values():
        state = history.now if history.answers else None
        for row in (state.cdp_neighbors or ()) if state else ():
            claimed = DUPLEX.get(row.cdpCacheDuplex or "")
            end = cdp_local_end(state, row) if state and claimed else None
            own = duplex(network, end) if end else None
            if end is not None and claimed and own and own != claimed:
                found[end] = claimed
    return found


def _of_place(network: Network, place: Link | End, said: Mapping[End, str]) -> Iterator[Finding]:
    ends = place.ends if isinstance(place, Link) else (place,)
    now = {end: duplex(network, end) for end in ends}
    for end, claimed in said.items():
        if end in ends:
            other = next((one for one in ends if one != end), None)
            now |= {other: now.get(other) or claimed} if other else {}
    events = [event for end in ends for event in network.port_events(end, ("duplex_mismatch",))]
    late = [count for end in ends if (count := late_collisions(network, end)) is not None]
    bad = sum(reasons(network, end).get(kind, 0) for end in ends for kind in ("crc", "alignment"))
    differ = {*now.values()} >= {"half", "full"} or any(end in said for end in ends)
    collide = sum(late) >= FEW and bad >= FEW
    doubtful = _negotiates(network, ends) and not (sum(late) >= FEW or bad >= FEW)
    if not (differ or events or collide) or (doubtful and not events):
        return  # at such a speed a port is mostly wrong that says half, unless it counts what follows from it
    fresh = not _stood(network, ends)
    times = [event.first for event in events if event.first]
    shown = [history.shown_at for end in ends if (history := network.histories.get(end.device)) and history.shown_at]
    words = " against ".join(f"{end.device} {end.interface} {now.get(end) or '?'}" for end in ends)
    yield Finding(
        kind="duplex_differs",
        resource=place.resource,
        summary=f"duplex differs over the link: {words}" + (", by the log" if events else ""),
        at=min(times or shown, default=None),
        device=ends[0].device,
        facts={
            "differ": differ,
            "logged": bool(events),
            "collides": collide,
            "late_collisions": sum(late),
            "bad_frames": bad,
            "words": words,
        },
        path=frozenset({place.resource, *(end.resource for end in ends), *(f"node/{end.device}" for end in ends)}),
        significant=fresh,
        starts=fresh,
    )


def _negotiates(network: Network, ends: tuple[End, ...]) -> bool:
    rows = [_port(h.now if (h := network.histories.get(end.device)) else None, end) for end in ends]
    return any(row is not None and (row.speed_bps or 0) >= FASTEST_HALF for row in rows)


def _stood(network: Network, ends: tuple[End, ...]) -> bool:
    """Whether the ends ran as they do now when the devices were well."""
    known = [(duplex(network, end, newest=False), duplex(network, end)) for end in ends]
    both = [(was, now) for was, now in known if was is not None]
    return bool(both) and all(was == now for was, now in both)
