"""Silent loss on links: packets that one end sent and the other never received, though no error counter shows them.

A device's table may be seconds old, so its window between two polls is longer or shorter than the other end's; yet in and
out of one device share that window, and it cancels in `(inB / outA) * (inA / outB)`, which is 1 where nothing is lost. Only
a shortfall that consecutive pairs of polls agree on, that is beyond chance, and that errors, discards and load do not
account for is a finding. The method and its limits: docs/counter-balance.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median

import networkx

from noc_agent.evidence import Finding
from noc_agent.findings.packet_pairs import LAG, PacketPairs, Pair, log_ratio, row_of, states_of
from noc_agent.site.model import Link
from noc_agent.snmp import Interface
from noc_agent.state import DeviceState
from noc_agent.topology import Network

LEAST = 0.02  # of the packets, both directions together: healthy links stay within 1 %
CERTAIN = 4.0  # standard deviations that all pairs together must show, and
LIKELY = 2.0  # each of them alone
PAIRS = 2  # one pair may be a table that was refreshed while it was read
SATURATED = 0.9  # of its speed: a port that sends so much drops by itself
STALEST = 60.0  # seconds; no agent shows an older table for long
PRECISE = 0.05  # noise above which a pair says nothing about other links
ENOUGH = 4  # pairs of other links that tell how far shortfalls spread
DEVIATION = 1.4826  # from a median of absolute values to a standard deviation


def find_imbalance(network: Network) -> Iterator[Finding]:
    """Links on which packets vanish without any error counter showing it."""
    balances = Balances(network)
    runs = {link: run for link in network.links if (run := balances.lossy_run(link))}
    for link, run in runs.items():
        if not _is_told_by_a_member(network, link, runs) and not balances.stood_before(link, _mean(run)):
            yield _finding(link, run, balances.directions(link, run))


def _is_told_by_a_member(network: Network, link: Link, lossy: Iterable[Link]) -> bool:
    """Whether this is a LAG, and one link of those between its two devices shows where in it the packets are lost."""
    others = [other for other in lossy if other != link and {*_devices(other)} == {*_devices(link)}]
    return _is_lag(network, link) and any(not _is_lag(network, other) for other in others)


def _is_lag(network: Network, link: Link) -> bool:
    row = row_of(states_of(network.histories[link.a.device])[-1], link.a)
    return row is not None and row.ifType == LAG


def _finding(link: Link, run: Sequence[Pair], directions: tuple[float, float] | None) -> Finding:
    loss = _share(_mean(run))
    owned = [pair.owned for pair in run if pair.owned is not None]
    facts: dict[str, str | int | float | bool] = {
        "loss": round(loss, 4),
        "pairs": len(run),
        "packets": sum(pair.out_a + pair.out_b for pair in run),
    }
    if len(owned) == len(run):
        facts["owned"] = round(fmean(owned), 4)
    if directions is not None:
        facts |= {"loss_from_a": round(_share(directions[0]), 4), "loss_from_b": round(_share(directions[1]), 4)}
    return Finding(
        kind="counter_imbalance",
        resource=link.resource,
        summary=f"{loss:.1%} of the packets that {link.a.device} {link.a.interface} and {link.b.device} {link.b.interface} "
        f"send each other never arrive (both directions added, {len(run)} pairs of polls)",
        at=run[0].ended,
        device=link.a.device,
        facts=facts,
        path=frozenset({link.resource, link.a.resource, link.b.resource}),
    )


def balance_view(network: Network, link: Link) -> dict[str, object]:
    """For playbooks: `pairs` that could be measured, and of the worst of them `loss` with its `loss_doubt` (0 to 1)."""
    found = PacketPairs(network).of(link)
    if not found:
        return {"pairs": 0}
    worst = max(found, key=lambda pair: pair.shortfall)
    return {"pairs": len(found), "loss": _share(worst.shortfall), "loss_doubt": worst.noise}


def _mean(run: Sequence[Pair]) -> float:
    return fmean(pair.shortfall for pair in run)


def _share(shortfall: float) -> float:
    return max(0.0, 1 - math.exp(-shortfall))


def _devices(link: Link) -> tuple[str, str]:
    return link.a.device, link.b.device


class Balances:
    """Judges the pairs of each link beside those of all the others."""

    def __init__(self, network: Network) -> None:
        self._network, self.pairs = network, PacketPairs(network)
        self._spreads: dict[Link, float] = {}

    def lossy_run(self, link: Link) -> tuple[Pair, ...]:
        """The longest run of consecutive pairs that agree on a loss beyond chance; of two as long the later."""
        pairs = self.pairs.of(link)
        if any((pair.load or 0) >= SATURATED for pair in pairs):
            return ()  # a bottleneck: it drops what it cannot carry
        best: list[Pair] = []
        run: list[Pair] = []
        for pair in pairs:
            joined = [*run, pair] if run and _agree(run[-1], pair) else [pair]
            run = joined if self._lossy(link, pair) else []
            if len(run) >= max(PAIRS, len(best)) and self._certain(link, run):
                best = run
        return tuple(best)

    def _lossy(self, link: Link, pair: Pair) -> bool:
        if pair.shortfall < LEAST:
            return False  # most links: no need to look at the others
        silent = pair.shortfall - (pair.owned or 0.0)
        doubt = math.hypot(pair.noise, self._spread(link))
        return silent >= max(LEAST, LIKELY * doubt, pair.shortfall / 2)

    def _certain(self, link: Link, run: Sequence[Pair]) -> bool:
        doubt = math.sqrt(sum(pair.noise**2 + self._spread(link) ** 2 for pair in run))
        return sum(pair.shortfall for pair in run) >= CERTAIN * doubt

    def _beside(self, link: Link, pair: Pair) -> Mapping[Link, Pair]:
        """The other links, measured well between the same two polls. A LAG only repeats what its members say."""
        rows = self.pairs.by_poll.get((pair.began, pair.ended), {})
        return {o: p for o, p in rows.items() if o != link and p.noise <= PRECISE and not _is_lag(self._network, o)}

    def _spread(self, link: Link) -> float:
        """How far shortfalls spread by bursts that two ends count at different times: one standard deviation.

        That of all other links, or of those of one of its devices, whichever is more: a table that was refreshed while it
        was read moves all links of its device.
        """
        if link not in self._spreads:
            polls = {(p.began, p.ended): p for p in self.pairs.of(link)}
            others = [row for pair in polls.values() for row in self._beside(link, pair).items()]
            near = [[p for other, p in others if device in _devices(other)] for device in _devices(link)]
            self._spreads[link] = max(_deviation(group) for group in ([p for _, p in others], *near))
        return self._spreads[link]

    def directions(self, link: Link, run: Sequence[Pair]) -> tuple[float, float] | None:
        """(shortfall from a to b, from b to a), where other links tell how the windows of both devices differ."""
        skews = [(pair, skew) for pair in run if (skew := self._skew(link, pair)) is not None]
        if not skews:
            return None
        return median(pair.from_a + skew for pair, skew in skews), median(pair.from_b - skew for pair, skew in skews)

    def _skew(self, link: Link, pair: Pair) -> float | None:
        """ln of b's window over a's along the surest way of healthy links between the two devices; None: there is none."""
        graph: networkx.DiGraph[str] = networkx.DiGraph()
        for other, p in self._beside(link, pair).items():
            if abs(p.shortfall) < max(LEAST / 2, LIKELY * p.noise):
                graph.add_edge(other.a.device, other.b.device, skew=p.skew, doubt=p.noise**2)
                graph.add_edge(other.b.device, other.a.device, skew=-p.skew, doubt=p.noise**2)
        ends = _devices(link)
        if not all(end in graph for end in ends) or not networkx.has_path(graph, *ends):
            return None
        way = networkx.shortest_path(graph, *ends, weight="doubt")
        return sum(float(graph.edges[hop]["skew"]) for hop in pairwise(way))

    def stood_before(self, link: Link, shortfall: float) -> bool:
        """Whether the ends disagreed as much when the network was well: they count different things, or it is old news.

        By the pair of polls before the baseline; where there is none, by all that both ends ever counted.
        """
        a, b = (self._healthy(device) for device in _devices(link))
        older = self.pairs.between(link, a, b) if a and b else None
        if older is not None:
            return abs(older.shortfall) >= shortfall / 2
        one, other = (_totals(row_of(states_of(self._network.histories[end.device])[0], end)) for end in link.ends)
        if one is None or other is None:
            return False
        if 0 in (*one, *other):
            return True  # a column that is served and never counts
        return shortfall / 2 <= log_ratio(one[1], other[0]) + log_ratio(other[1], one[0]) <= shortfall * 2

    def _healthy(self, device: str) -> tuple[DeviceState, DeviceState] | None:
        """The poll before the baseline and the baseline itself."""
        baseline, snmp = self._network.histories[device].before, self._network.snmp
        older = [at for at in snmp.answered(device) if baseline and at < baseline.observed_at]
        if baseline is None or not older:
            return None
        try:
            return DeviceState(snmp.fetch(device, older[-1], self._network.columns)), baseline
        except KeyError:
            return None  # a replay holds only what its run looked at


def _totals(row: Interface | None) -> tuple[int, int] | None:
    """Unicast packets (received, sent) since ever; None where only 32 bits of it are kept."""
    if row is None or row.ifHCInUcastPkts is None or row.ifHCOutUcastPkts is None:
        return None
    return row.ifHCInUcastPkts, row.ifHCOutUcastPkts


def _agree(one: Pair, other: Pair) -> bool:
    """Whether two pairs show the same loss, and more than a shift of traffic between them could feign."""
    small, large = sorted((one.shortfall, other.shortfall))
    alike = large - small <= max(large / 3, LIKELY * math.hypot(one.noise, other.noise))
    drift = abs(one.tilt - other.tilt) - (one.noise + other.noise) / 2
    apart = min(1.0, STALEST / min(one.seconds, other.seconds))
    return alike and drift * apart <= small


def _deviation(pairs: Iterable[Pair]) -> float:
    """One standard deviation of the shortfalls, by their median: a few lossy links do not move it; 0 where few tell.

    Widened by what so few values leave open.
    """
    found = [abs(pair.shortfall) for pair in pairs]
    return DEVIATION * median(found) * (1 + ENOUGH / len(found)) if len(found) >= ENOUGH else 0.0
