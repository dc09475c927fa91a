"""Floods that a bridge takes in: a port gets far more than it did and the bridge sends it out of all others (IF-MIB, RFC 2863).

Where broadcasts are counted they tell; many agents count none, and then the flood shows in what leaves: the same rate on every
other port of the bridge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from noc_agent.site.model import End
from noc_agent.snmp import BridgePort, Interface, StpPort, counter_delta, read_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.state.rates import SHORTEST, elapsed
from noc_agent.topology import Network

MEMO = "floods"
LEAST = 500.0  # frames a second: less is what a healthy segment may see
WORSE = 10.0  # times what it was
MOSTLY = 0.5  # share of all that arrives that are broadcasts, or of the flood that leaves by each other port
ALIKE = 0.85  # of the flood: what else a port carries does not matter beside it
STEADY = 0.9  # of what it is now: what was so in the first pair of polls as well is how the network always is
NEW = 600.0  # seconds at the rate of now that would have counted all that a port had counted before: it cannot be older
PORTS = 3  # a bridge of fewer ports floods and forwards alike
RISE = 2.0  # times what a port usually takes in: a flood on top of much other traffic
# Frames that leave for each that comes in: forwarding makes one of one, flooding as many as there are ports.
MULTIPLIED = 1.5


@dataclass(frozen=True, slots=True)
class Flow:
    """Frames a second of a port: all that it takes in, the broadcasts of them, and all that it sends."""

    in_all: float
    in_flood: float
    out_all: float


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood that a bridge takes in at a port."""

    end: End
    per_s: float
    counted: bool  # by the counters of broadcasts, not by what leaves
    alike: bool = False  # as much leaves by every other port: a backup or a busy hour does not look so


def floods(network: Network, device: str) -> tuple[Flood, ...]:
    """Floods that this bridge takes in, the strongest first. Found once."""
    memo = cast("dict[str, tuple[Flood, ...]]", network.memo.setdefault(MEMO, {}))
    if device not in memo:
        history = network.histories.get(device)
        memo[device] = tuple(sorted(_floods(history), key=lambda f: -f.per_s)) if history else ()
    return memo[device]


def _floods(history: DeviceHistory) -> Iterator[Flood]:
    pairs = flows(history)
    if not pairs or history.now is None:
        return
    bridged = bridged_ports(history.now)
    blocked = blocked_ports(history.now)
    sending = [name for name in bridged if name not in blocked]
    usual, last = _usual(history), pairs[-1]
    for name, flow in last.items():
        if name not in bridged:
            continue
        was = usual.get(name)
        if flow.in_flood >= max(LEAST, WORSE * (was.in_flood if was else 0.0), MOSTLY * flow.in_all):
            yield Flood(End(history.device, name), flow.in_flood, counted=True)
        elif name in sending and _leaves_everywhere(name, flow, was, last, usual, sending):
            others = [last[port].out_all for port in sending if port != name and port in last]
            alike = not _counts(history.now) and all(
                ALIKE * flow.in_all <= out <= flow.in_all / ALIKE for out in others
            )
            yield Flood(
                End(history.device, name),
                flow.in_all,
                counted=False,
                alike=alike and _is_new(history, pairs, name, was),
            )
        elif name in sending and not _counts(history.now) and (rise := _multiplied(name, last, usual, sending)):
            new = _is_new(history, pairs, name, was)
            yield Flood(End(history.device, name), rise, counted=False, alike=new)


def _is_new(history: DeviceHistory, pairs: list[dict[str, Flow]], name: str, was: Flow | None) -> bool:
    """Whether what comes in there grew within the incident, or cannot have come for long by what the port had counted before."""
    now = pairs[-1][name].in_all
    grew = len(pairs) > 1 and name in pairs[0] and now * STEADY > pairs[0][name].in_all
    return grew or (was is not None and was.in_all * _age(history) <= NEW * now)


def _counts(state: DeviceState) -> bool:
    """Whether the agent counts broadcasts at all: then a flood of them shows there, or is none."""
    return any(row.ifHCInBroadcastPkts for row in (state.interfaces or {}).values())


def _usual(history: DeviceHistory) -> dict[str, Flow]:
    """What every port carried on average until its first poll: no pair of polls of a healthy time is needed."""
    state, age = _first(history), _age(history)
    if state is None or not age:
        return {}
    return {
        name: Flow((row.in_packets or 0) / age, (row.ifHCInBroadcastPkts or 0) / age, (row.out_packets or 0) / age)
        for name, row in (state.interfaces or {}).items()
    }


def _first(history: DeviceHistory) -> DeviceState | None:
    return history.before or (history.window[0] if history.window else None)


def _age(history: DeviceHistory) -> float:
    """Seconds that its ports had counted at the first poll; 0 where that is not known."""
    state = _first(history)
    return (state.uptime or 0.0) if state else 0.0


def _leaves_everywhere(
    name: str, flow: Flow, was: Flow | None, last: dict[str, Flow], usual: dict[str, Flow], bridged: Sequence[str]
) -> bool:
    """Whether much more comes in than did, and as much leaves by every other port: only where the usual is known."""
    others = [last[port] for port in bridged if port != name and port in last]
    if was is None or len(others) < PORTS - 1 or flow.in_all < max(LEAST, WORSE * was.in_all):
        return False
    return all(
        other.out_all >= MOSTLY * flow.in_all and other.out_all >= WORSE * usual[port].out_all
        for port in bridged
        if port != name and (other := last.get(port)) and port in usual
    )


def _multiplied(name: str, last: dict[str, Flow], usual: dict[str, Flow], sending: Sequence[str]) -> float:
    """How many frames a second more than usual come in there and leave by every other port, each of them by all; 0 for none.

    What a busy hour adds leaves by the port that it is for: all ports together send no more than they take in.
    """
    known = [port for port in sending if port in last and port in usual]
    if name not in known or len(known) < PORTS:
        return 0.0
    came = {port: last[port].in_all - usual[port].in_all for port in known}
    left = [last[port].out_all - usual[port].out_all for port in known if port != name]
    rise = came[name]
    if rise < max(LEAST, RISE * usual[name].in_all) or not all(ALIKE * rise <= out <= rise / ALIKE for out in left):
        return 0.0
    return rise if sum(left) >= MULTIPLIED * sum(max(0.0, more) for more in came.values()) else 0.0


def bridged_ports(state: DeviceState) -> list[str]:
    """Ports of the bridge that are up; empty where the device tells of none."""
    names = state.interface_names
    rows = read_table(state.reply, BridgePort) or ()
    found = [names[row.dot1dBasePortIfIndex or 0] for row in rows if row.dot1dBasePortIfIndex in names]
    return [name for name in found if (state.interfaces or {})[name].ifOperStatus == "up"]


def blocked_ports(state: DeviceState) -> set[str]:
    """Bridge ports that spanning tree keeps from forwarding (RFC 4188): a flood comes in there, and none leaves."""
    names = state.interface_names
    of_port = {row.dot1dBasePort: row.dot1dBasePortIfIndex or 0 for row in read_table(state.reply, BridgePort) or ()}
    rows = read_table(state.reply, StpPort) or ()
    kept = [row.dot1dStpPort for row in rows if row.dot1dStpPortState not in (None, "forwarding")]
    return {name for port in kept if (name := names.get(of_port.get(port, 0)))}


def flows(history: DeviceHistory) -> list[dict[str, Flow]]:
    """What every port carried between each two polls, oldest first; the last pair lies within the incident."""
    states = [state for state in (history.before, *history.window) if state is not None]
    return [found for one, two in pairwise(states) if (found := _between(one, two))]


def _between(one: DeviceState, two: DeviceState) -> dict[str, Flow]:
    seconds = elapsed(one, two)
    if seconds is None or seconds < SHORTEST:
        return {}
    was = one.interfaces or {}
    return {
        name: flow
        for name, row in (two.interfaces or {}).items()
        if name in was and was[name].ifIndex == row.ifIndex and (flow := _flow(was[name], row, seconds))
    }


def _flow(old: Interface, new: Interface, seconds: float) -> Flow | None:
    def grew(one: int | None, two: int | None) -> float:
        delta = counter_delta(one, two, 64) if one is not None and two is not None else None
        return (delta or 0) / seconds

    if new.in_packets is None:
        return None
    in_flood = grew(old.ifHCInBroadcastPkts, new.ifHCInBroadcastPkts)
    in_groups = grew(old.ifHCInMulticastPkts, new.ifHCInMulticastPkts)
    out = grew(old.ifHCOutBroadcastPkts, new.ifHCOutBroadcastPkts)
    out += grew(old.ifHCOutMulticastPkts, new.ifHCOutMulticastPkts)
    in_all = grew(old.in_packets, new.in_packets) + in_flood + in_groups
    return Flow(in_all, in_flood, grew(old.out_packets, new.out_packets) + out)
