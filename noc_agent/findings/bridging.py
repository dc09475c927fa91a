"""Findings about bridges: rings of which no port blocks (IEEE 802.1D, RFC 4188), and VLANs that two ends do not agree on.

A ring needs one port that blocks. Bundles are one port, and a pair of switches that share a bundle (MLAG) forwards in a ring by
design: so a ring counts where a port of it blocked when the network was well, or where frames are seen to circulate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import cast

import networkx

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of
from noc_agent.findings.floods import floods
from noc_agent.findings.storms import reached
from noc_agent.logs import LogEvent
from noc_agent.site.model import End, Link
from noc_agent.snmp import BridgeBase, BridgePort, StpGeneral, StpPort, read_table
from noc_agent.state import DeviceState
from noc_agent.topology import Network

MEMO = "stp_rings"
MOVES = 3  # that a ring's bridges log: one is a host that moved
MANY, OFTEN = 2, 6  # addresses of several hosts that move again and again: where no table tells of a ring
ENDED = ("unblocking", "recovered")
GUARDED = ("blocking",)  # loop guard: the loop was kept from being


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge in one poll: which of its ports forward, what it holds for the root, whether it runs the protocol."""

    forwards: Mapping[str, bool]  # port → whether it forwards; a port that is no bridge port is not there
    address: str
    root: str
    runs: bool | None
    served: bool = True  # whether it tells its ports' states: one that stopped telling may have stopped the protocol

    @property
    def is_root(self) -> bool:
        return bool(self.address) and self.root.endswith(self.address.replace(":", ""))


@dataclass(frozen=True, slots=True)
class Ring:
    """A link that closes a ring in which every port forwards, and at whose device a port blocked before."""

    link: Link
    links: tuple[Link, ...]
    opened: End | None
    culprit: str
    why: str


def bridge_of(state: DeviceState | None, before: DeviceState | None = None) -> Bridge | None:
    """None where the bridge does not tell its ports' states, and did not before.

    A bridge without spanning tree need not serve dot1dStp (RFC 4188, 3.3): where that part is gone and the rest is not, all of its
    ports may forward.
    """
    if state is None:
        return None
    ports, numbers = read_table(state.reply, StpPort), read_table(state.reply, BridgePort)
    if not numbers or not state.whole("1.3.6.1.2.1.17.2", "1.3.6.1.2.1.17.1"):
        return None
    if not ports:
        return _untold(state, numbers) if before is not None and read_table(before.reply, StpPort) else None
    names = state.interface_names
    of_port = {row.dot1dBasePort: names.get(row.dot1dBasePortIfIndex or 0, "") for row in numbers}
    up = {name for name, row in (state.interfaces or {}).items() if row.ifOperStatus == "up"}
    forwards = {
        name: row.dot1dStpPortState == "forwarding" and name in up
        for row in ports
        if (name := of_port.get(row.dot1dStpPort)) and row.dot1dStpPortState is not None
    }
    general = next(iter(read_table(state.reply, StpGeneral) or ()), None)
    base = next(iter(read_table(state.reply, BridgeBase) or ()), None)
    runs = None
    if general is not None and general.dot1dStpProtocolSpecification is not None:
        runs = general.dot1dStpProtocolSpecification != "unknown"
    if all(row.dot1dStpPortEnable == "disabled" for row in ports):
        runs = False
    address = (base.dot1dBaseBridgeAddress if base else None) or ""
    return Bridge(forwards, address.lower(), (general.dot1dStpDesignatedRoot if general else None) or "", runs)


def _untold(state: DeviceState, numbers: Sequence[BridgePort]) -> Bridge:
    names, up = state.interface_names, {n for n, row in (state.interfaces or {}).items() if row.ifOperStatus == "up"}
    ports = (names.get(row.dot1dBasePortIfIndex or 0, "") for row in numbers)
    return Bridge({name: name in up for name in ports if name}, "", "", runs=False, served=False)


def rings(network: Network) -> tuple[Ring, ...]:
    """Rings of bridges in which nothing blocks now. Found once."""
    if MEMO not in network.memo:
        network.memo[MEMO] = tuple(_rings(network))
    return cast("tuple[Ring, ...]", network.memo[MEMO])


def _rings(network: Network) -> Iterator[Ring]:
    now, before = _bridges(network, newest=True), _bridges(network, newest=False)
    joined: dict[str, str] = {}
    way: dict[str, list[Link]] = defaultdict(list)
    passing = [link for link in network.links if _passes(now, link)]
    # Those that passed before come first: what closes the ring is then the link that began to forward.
    for link in sorted(passing, key=lambda link: (not _passes(before, link), link)):
        a, b = _top(joined, link.a.device), _top(joined, link.b.device)
        if a != b:
            joined[a] = b
            way[b] += [*way.pop(a, ()), link]
            continue
        opened = next((end for end in link.ends if _blocked(before, end) and not _blocked(now, end)), None)
        culprit, why = _culprit(now, before, link, opened)
        yield Ring(link, (*_between(way[a], link), link), opened, culprit, why)


def _between(tree: Sequence[Link], link: Link) -> Iterator[Link]:
    """The links of a tree that lead from one end of a link to its other."""
    graph: networkx.Graph[str] = networkx.Graph()
    for one in tree:
        graph.add_edge(one.a.device, one.b.device, link=one)
    way = networkx.shortest_path(graph, link.a.device, link.b.device)
    yield from (graph.edges[edge]["link"] for edge in pairwise(way))


def _bridges(network: Network, *, newest: bool) -> dict[str, Bridge]:
    found = {}
    for name, history in network.histories.items():
        state = (history.now if history.answers else None) if newest else history.earlier
        bridge = bridge_of(state, history.earlier)
        if bridge is not None:
            found[name] = bridge
    return found


def _top(joined: dict[str, str], device: str) -> str:
    while device in joined:
        device = joined[device]
    return device


def _passes(bridges: Mapping[str, Bridge], link: Link) -> bool:
    return link.a.device != link.b.device and all(
        end.device in bridges and bridges[end.device].forwards.get(end.interface, False) for end in link.ends
    )


def _blocked(bridges: Mapping[str, Bridge], end: End) -> bool:
    return end.device in bridges and bridges[end.device].forwards.get(end.interface) is False


def _culprit(
    now: Mapping[str, Bridge], before: Mapping[str, Bridge], link: Link, opened: End | None
) -> tuple[str, str]:
    """Which bridge lets the ring forward, and by what sign."""
    for device in (link.a.device, link.b.device):
        if now[device].runs is False and (device not in before or before[device].runs is not False):
            return device, ("off" if device in before else "off now") if now[device].served else "gone"
    if opened is None:
        return link.a.device, ""
    far = link.b.device if opened == link.a else link.a.device
    alone = now[opened.device].is_root and opened.device in before and not before[opened.device].is_root
    return (far, "deaf") if alone and not now[far].is_root else (opened.device, "opened")


def find_loops(network: Network) -> Iterator[Finding]:
    """Bridged rings that forward everywhere, and what bridges log of frames that come back."""
    told: set[str] = set()
    for ring in rings(network):
        if ring.culprit not in told:
            told.add(ring.culprit)
            yield _ring(network, ring)
    for device in network.events:
        logged = _looped(network, device)
        if logged and device not in told:
            told.add(device)
            yield _logged(network, device, logged)
    if not told:
        yield from _moving(network)


def _moving(network: Network) -> Iterator[Finding]:
    """Where addresses of several hosts move again and again and nothing else tells of a loop: the bridge that logs most of it."""
    counts = {
        device: sum(event.count for event in events_of(network, device, ("mac_move",)))
        for device in network.events
        if len(moves(network, device)) >= MANY
    }
    if counts and max(counts.values()) >= OFTEN:
        device = max(counts, key=lambda name: (counts[name], name))
        yield Finding(
            kind="stp_ring",
            resource=f"node/{device}",
            summary=f"{device}: addresses of {len(moves(network, device))} hosts move between ports again and again",
            at=_first(events_of(network, device, ("mac_move",))),
            device=device,
            facts={"circulates": True, "moves": counts[device], "words": "addresses of several hosts move"},
            path=frozenset(reached(network, {f"node/{name}" for name in counts})),
        )


def _looped(network: Network, device: str) -> list[LogEvent]:
    """A loop that the device says it sees, and did not say that it is over."""
    last: dict[str, LogEvent] = {}
    for event in events_of(network, device, ("stp_loop",)):
        last[event.subject] = event
    return [event for event in last.values() if event.to.lower() not in (*ENDED, *GUARDED)]


def moves(network: Network, device: str) -> set[str]:
    """Addresses that a device logs as moving between ports."""
    return {event.subject for event in events_of(network, device, ("mac_move",))}


def _ring(network: Network, ring: Ring) -> Finding:
    devices = {end.device for link in ring.links for end in link.ends}
    moving = sum(event.count for device in devices for event in events_of(network, device, ("mac_move",)))
    flooded = [flood for device in devices for flood in floods(network, device)]
    logged = [event for device in sorted(devices) for event in _looped(network, device)]
    circulates = bool(flooded) or moving >= MOVES or bool(logged)
    matters = circulates or ring.opened is not None or ring.why == "off"
    words = {"off": "runs no spanning tree and lets", "off now": "runs no spanning tree and lets"}.get(ring.why, "lets")
    facts: dict[str, str | int | float | bool] = {
        "ring": True, "moves": moving, "sign": ring.why, "link": ring.link.resource,
        "words": ", ".join(link.resource.removeprefix("link/") for link in ring.links[-4:]),
    }  # fmt: skip
    if ring.opened is not None:
        facts["opened"] = f"{ring.opened.device} {ring.opened.interface}"
    if circulates:
        facts["circulates"] = True
    if logged:
        facts["logged"] = True
    path = {f"node/{device}" for device in devices} | {name for link in ring.links for name in _of(link)}
    return Finding(
        kind="stp_ring",
        resource=f"node/{ring.culprit}",
        summary=f"{ring.culprit}: {words} a ring of bridges forward on all of its ports ({ring.link.resource})",
        at=_first(logged) or network.histories[ring.culprit].shown_at,
        device=ring.culprit,
        facts=facts,
        path=frozenset(reached(network, path) if circulates else path),
        significant=matters,
        starts=matters,
    )


def _of(link: Link) -> tuple[str, str, str]:
    return link.resource, link.a.resource, link.b.resource


def _logged(network: Network, device: str, logged: Sequence[LogEvent]) -> Finding:
    ports = [network.port(device, event.subject) for event in logged if event.subject]
    path = {f"node/{device}"}.union(*(network.around(end) for end in ports))
    return Finding(
        kind="stp_ring",
        resource=f"node/{device}",
        summary=f"{device} logs that frames come back to it ({logged[0].subject or 'a loop'})",
        at=_first(logged),
        device=device,
        facts={
            "ring": False, "logged": True, "circulates": True, "moves": len(moves(network, device)),
            "words": ", ".join(f"{end.device} {end.interface}" for end in ports) or "a port of its own",
        },
        path=frozenset(reached(network, path)),
    )  # fmt: skip


def _first(events: Sequence[LogEvent]) -> datetime | None:
    return min((event.first for event in events if event.first), default=None)
