"""The ways from a device to another as the routing tables go now, every equal one of them; else over the links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import networkx

from noc_agent.site.model import End, Link
from noc_agent.snmp import Route
from noc_agent.topology.network import Network
from noc_agent.topology.paths import MOST_HOPS, best_routes, living_graph, parsed_routes

MOST_WAYS = 16
NOWHERE = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Hop:
    """One device on the way. `out`: the interface that it sends by; None at the end and where that is not known."""

    device: str
    out: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way. `ends`: `reached`, `loop`, `discarded`, or `unknown` where the trail is lost. `by`: routes or links."""

    hops: tuple[Hop, ...]
    ends: str
    by: str


def ways(network: Network, links: Iterable[Link], source: str, destination: str) -> tuple[Way, ...]:
    """Every equal way from a device to an IP address or device, at most `MOST_WAYS`."""
    owner = network.names.interface_with_address(destination)
    target = owner[0] if owner else network.names.device_of(destination)
    address = destination if owner or target is None else _address_of(network, links, target)
    routed = tuple(islice(_walk(network, (Hop(source),), address), MOST_WAYS)) if address else ()
    if any(way.ends != "unknown" for way in routed) or target is None:
        return routed
    over = tuple(_over_links(links, source, target))
    return over or routed


def _walk(network: Network, gone: tuple[Hop, ...], address: str) -> Iterator[Way]:
    *before, here = gone
    owner = network.names.interface_with_address(address)
    if owner and owner[0] == here.device:
        yield Way(gone, "reached", "routes")
        return
    if here.device in {hop.device for hop in before}:
        yield Way(gone, "loop", "routes")
        return
    steps = list(dict.fromkeys(_steps(network, here.device, address))) if len(gone) < MOST_HOPS else []
    if not steps:
        yield Way(gone, "unknown", "routes")
    for out, following in steps:
        left = (*before, Hop(here.device, out))
        if following is None:
            yield Way(left, "discarded" if out is None else "unknown", "routes")
        else:
            yield from _walk(network, (*left, Hop(following)), address)


def _steps(network: Network, device: str, address: str) -> Iterator[tuple[str | None, str | None]]:
    """(own interface, next device) of every best route; neither where the route discards."""
    history = network.histories.get(device)
    state = history.latest if history else None
    if state is None:
        return
    table = parsed_routes(state.routes or ())
    for route in best_routes(table, address):
        connected = route.next_hop in NOWHERE
        if _discards(route):
            yield None, None
            continue
        name = state.interface_names.get(route.ifIndex)
        if name is None and not connected:
            via = next(iter(best_routes(table, route.next_hop)), None)
            name = state.interface_names.get(via.ifIndex) if via else None
        if name is not None:
            hop = address if connected else route.next_hop
            yield name, _owner(network, device, name, hop)


def _discards(route: Route) -> bool:
    return route.type in ("reject", "blackhole") or (not route.ifIndex and route.next_hop in NOWHERE)


def _owner(network: Network, device: str, name: str, address: str) -> str | None:
    known = network.names.device_of(address)
    far = network.other_end(End(device, name))
    return known or (far.device if far else None)


def _address_of(network: Network, links: Iterable[Link], device: str) -> str:
    """An address of the device that traffic goes to: one on a linked interface before any other."""
    history = network.histories.get(device)
    state = history.latest if history else None
    if state is None:
        return ""
    linked = {end.interface for link in links for end in link.ends if end.device == device}
    own = [(name not in linked, address) for address, name in state.interface_by_address.items()]
    return min(own)[1] if own else ""


def _over_links(links: Iterable[Link], source: str, target: str) -> Iterator[Way]:
    graph = living_graph(links, set())
    if source not in graph or target not in graph or not networkx.has_path(graph, source, target):
        return
    for nodes in islice(networkx.all_shortest_paths(graph, source, target), MOST_WAYS):
        hops = [Hop(one, _towards(graph, one, two)) for one, two in pairwise(nodes)]
        yield Way((*hops, Hop(target)), "reached", "links")


def _towards(graph: networkx.Graph[str], one: str, two: str) -> str:
    link: Link = graph.edges[one, two]["links"][0]
    return next(end.interface for end in link.ends if end.device == one)
