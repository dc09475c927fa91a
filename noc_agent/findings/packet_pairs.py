"""What both ends of a link count between two polls: unicast packets sent and received, where the two can be compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from noc_agent.findings.stacking import beneath
from noc_agent.site.model import End, Link
from noc_agent.snmp import Interface
from noc_agent.state import DeviceHistory, DeviceState, Rates, rates
from noc_agent.topology import Network

FEWEST = 100  # packets sent by each end: with fewer a pair says nothing
LAG, STACKED = "ieee8023adLag", {"l2vlan", "l3ipvlan", "bridge", "propVirtual", "tunnel", "softwareLoopback"}
NARROW = {4: 30, 6: 126}  # the widest subnets with room for two routers only
ADJACENT = {"full", "twoWay"}
States = tuple[DeviceState, DeviceState]  # one device in two polls


@dataclass(frozen=True, slots=True)
class Pair:
    """One link between two polls. Counts are ifHCIn/OutUcastPkts, else the 32-bit ones, of its ends a and b.

    `owned`: the share of packets that errors and discards account for, both directions added; None: none is served.
    `load`: the higher outbound utilisation of the two ends, 0 to 1; None: not known.
    """

    began: datetime
    ended: datetime
    out_a: int
    in_b: int
    out_b: int
    in_a: int
    owned: float | None
    load: float | None

    @property
    def from_a(self) -> float:
        """-ln(inB / outA): about the share that a sent and b did not receive; off by the skew of their windows."""
        return log_ratio(self.out_a, self.in_b)

    @property
    def from_b(self) -> float:
        return log_ratio(self.out_b, self.in_a)

    @property
    def shortfall(self) -> float:
        """-ln((inB / outA) * (inA / outB)): both directions, the skew cancelled; negative where more arrived than was sent."""
        return self.from_a + self.from_b

    @property
    def noise(self) -> float:
        """One standard deviation of the shortfall if both ends had counted different packets (Poisson): the worst case."""
        return math.sqrt(sum(1 / max(count, 1) for count in (self.out_a, self.in_b, self.out_b, self.in_a)))

    @property
    def skew(self) -> float:
        """ln of how much longer b's window is than a's, where both directions lose alike."""
        return (self.from_b - self.from_a) / 2

    @property
    def tilt(self) -> float:
        """ln of a's sending over b's, whatever the windows. Where it moves, windows that are apart do not cancel."""
        return (log_ratio(self.out_a, self.out_b) + log_ratio(max(self.in_b, 1), self.in_a)) / 2

    @property
    def seconds(self) -> float:
        return (self.ended - self.began).total_seconds()


def log_ratio(one: int, other: int) -> float:
    """ln(one / other), with none as good as one."""
    return math.log(one / max(other, 1))


class PacketPairs:
    """The pairs of every link of a network over the polls of its incident, each measured when first asked for."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[Link, tuple[Pair, ...]] = {}
        self._moved: dict[tuple[str, datetime, datetime], frozenset[str]] = {}

    def of(self, link: Link) -> tuple[Pair, ...]:
        """Every pair of polls that tells of the link, oldest first; none where its ends cannot be compared."""
        if link not in self._known:
            self._known[link] = tuple(self._measure(link)) if self._comparable(link) else ()
        return self._known[link]

    @cached_property
    def by_poll(self) -> dict[tuple[datetime, datetime], dict[Link, Pair]]:
        """(begin, end) → every link that was measured between these two polls."""
        found: dict[tuple[datetime, datetime], dict[Link, Pair]] = {}
        for link in self._network.links:
            for pair in self.of(link):
                found.setdefault((pair.began, pair.ended), {})[link] = pair
        return found

    def between(self, link: Link, a: States, b: States) -> Pair | None:
        """The pair of these states of both ends; None where something happened between them, or they count too little."""
        ends = ((link.a, a), (link.b, b))
        if any(self._disturbed(end, *states) for end, states in ends):
            return None
        one, other = (_counted(end, *states) for end, states in ends)
        if one is None or other is None or min(one.sent, other.sent) < FEWEST:
            return None
        owned = [end.owned for end in (one, other) if end.owned is not None]
        loads = [end.load for end in (one, other) if end.load is not None]
        return Pair(
            a[0].observed_at,
            a[1].observed_at,
            one.sent,
            other.received,
            other.sent,
            one.received,
            sum(owned) if owned else None,
            max(loads, default=None),
        )

    def _measure(self, link: Link) -> Iterator[Pair]:
        a, b = (_fresh(states_of(self._network.histories[end.device])) for end in link.ends)
        at_both = [at for at in a if at in b]
        for old, new in pairwise(at_both):
            pair = self.between(link, (a[old], a[new]), (b[old], b[new]))
            if pair is not None:
                yield pair

    def _disturbed(self, end: End, old: DeviceState, new: DeviceState) -> bool:
        """Whether another port or adjacency of the device came or went meanwhile: then traffic was moving."""
        key = (end.device, old.observed_at, new.observed_at)
        if key not in self._moved:
            self._moved[key] = frozenset(_moved(old, new))
        return bool(self._moved[key] - {end.interface})

    def _comparable(self, link: Link) -> bool:
        """Whether both ends count the same packets: polled, alone with each other, of one layer, of unchanged MTU."""
        network = self._network
        histories = [network.histories.get(end.device) for end in link.ends]
        polls = [states_of(history) if history else () for history in histories]
        if not all(polls) or any(self._links_at[end] > 1 for end in link.ends):
            return False  # one side alone says nothing; a third device on a port is heard at one end only
        old, new = ([row_of(states[n], end) for states, end in zip(polls, link.ends, strict=True)] for n in (0, -1))
        types = [row.ifType if row else None for row in new]
        if STACKED & {*types} or (LAG in types and types != [LAG, LAG]):
            return False
        if [row.ifMtu if row else None for row in old] != [row.ifMtu if row else None for row in new]:
            return False  # what is too large now vanishes: another fault
        if network.links[link] != {"subnet"}:
            return True
        # What stands on a port of another link is balanced there.
        return all(_narrow(network, end) and beneath(network, end) == end for end in link.ends)

    @cached_property
    def _links_at(self) -> dict[End, int]:
        found: dict[End, int] = {}
        for link in self._network.links:
            for end in link.ends:
                found[end] = found.get(end, 0) + 1
        return found


def _narrow(network: Network, end: End) -> bool:
    """Whether the port's subnet holds two routers and nobody else."""
    state = network.healthy(end.device)
    rows = state.addresses_of_interface.get(end.interface, ()) if state else ()
    return any((row.prefix_length or 0) >= NARROW[6 if ":" in row.address else 4] for row in rows)


@dataclass(frozen=True, slots=True)
class _Count:
    """What one end counted between two polls."""

    received: int
    sent: int
    owned: float | None
    load: float | None


def _counted(end: End, old: DeviceState, new: DeviceState) -> _Count | None:
    """None where no pair can be made: a restart, a discontinuity, a new ifIndex, a port that was not up throughout."""
    one, other, load = row_of(old, end), row_of(new, end), rates(old, new, end.interface)
    if one is None or other is None or load is None or _interrupted(one, other):
        return None
    if load.in_packets_per_s is None or load.out_packets_per_s is None or _widths(one) != _widths(other):
        return None
    received, sent = (round(rate * load.seconds) for rate in (load.in_packets_per_s, load.out_packets_per_s))
    return _Count(received, sent, _owned(load, received, sent), load.out_utilisation)


def _widths(row: Interface) -> tuple[bool, bool]:
    """Whether its unicast packets are counted in 64 bits: a poll without these columns is no match for one with them."""
    return row.ifHCInUcastPkts is not None, row.ifHCOutUcastPkts is not None


def _interrupted(old: Interface, new: Interface) -> bool:
    return {old.ifOperStatus, new.ifOperStatus} != {"up"} or old.ifLastChange != new.ifLastChange


def _owned(load: Rates, received: int, sent: int) -> float | None:
    """Share of packets that the end itself says it dropped or could not read, of what it received and of what it sent."""
    bad_in = [rate for rate in (load.in_errors_per_s, load.in_discards_per_s) if rate is not None]
    bad_out = [rate for rate in (load.out_errors_per_s, load.out_discards_per_s) if rate is not None]
    if not bad_in and not bad_out:
        return None
    return load.seconds * (sum(bad_in) / max(received, 1) + sum(bad_out) / max(sent, 1))


def row_of(state: DeviceState, end: End) -> Interface | None:
    return (state.interfaces or {}).get(end.interface)


def states_of(history: DeviceHistory) -> tuple[DeviceState, ...]:
    """The healthy poll and those of the incident, oldest first."""
    return tuple(state for state in (history.before, *history.window) if state is not None)


def _fresh(states: Iterable[DeviceState]) -> dict[datetime, DeviceState]:
    """Polls by time without those in which the device repeated its table from a cache."""
    found: dict[datetime, DeviceState] = {}
    last: Sequence[object] = ()
    for state in states:
        rows = (state.interfaces or {}).values()
        table = [(row.ifIndex, row.in_octets, row.out_octets, row.in_packets, row.out_packets) for row in rows]
        if table != last:
            found[state.observed_at] = state
        last = table
    return found


def _moved(old: DeviceState, new: DeviceState) -> Iterator[str]:
    """Interfaces that changed their operational state between two polls, or on which an OSPF neighbor came or went."""
    before, now = old.interfaces or {}, new.interfaces or {}
    for name in before.keys() & now.keys():
        if before[name].ifOperStatus != now[name].ifOperStatus:
            yield name
    if old.ospf_neighbors is not None and new.ospf_neighbors is not None:
        for name in old.ospf_by_interface.keys() | new.ospf_by_interface.keys():
            if _adjacent(old, name) != _adjacent(new, name):
                yield name


def _adjacent(state: DeviceState, name: str) -> frozenset[str]:
    return frozenset(r.ospfNbrIpAddr for r in state.ospf_by_interface.get(name, ()) if r.ospfNbrState in ADJACENT)
