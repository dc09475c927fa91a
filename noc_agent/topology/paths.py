"""Which way traffic went when the network was well, and who is cut off without a resource."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx

from noc_agent.site.model import End, Link
from noc_agent.snmp import Route

if TYPE_CHECKING:
    from noc_agent.topology.network import Network

MOST_HOPS = 32


def walk(network: Network, source: str, destination: str) -> frozenset[str]:
    """Resources on the way from a device to an IP address, by longest prefix over the healthy routing tables.

    What could be walked before the trail is lost is returned: a partial path still bounds what may be to blame.
    """
    found: set[str] = set()
    device: str | None = source
    for _ in range(MOST_HOPS):
        if device is None:
            break
        found.add(f"node/{device}")
        owner = network.names.interface_with_address(destination)
        if owner and owner[0] == device:
            found.add(f"interface/{owner[0]}/{owner[1]}")
            break
        step = _next_hop(network, device, destination)
        if step is None:
            break
        out, device = step
        found |= network.around(out)
    return frozenset(found)


def _next_hop(network: Network, device: str, destination: str) -> tuple[End, str | None] | None:
    """(own interface, next device) towards the destination; the next device is None where nobody is known to be it."""
    route = best_route(network.routes_of(device), destination)
    if route is None:
        return None
    connected = not route.next_hop or route.next_hop in ("0.0.0.0", "::")
    hop = destination if connected else route.next_hop
    state = network.healthy(device)
    name = state.interface_names.get(route.ifIndex) if state else None
    if name is None:
        via = best_route(network.routes_of(device), hop) if hop != destination else None
        name = state.interface_names.get(via.ifIndex) if state and via else None
    if name is None:
        return None
    return End(device, name), network.peer_of(device, hop)


def best_route(routes: Iterable[tuple[int, int, int, Route]], destination: str) -> Route | None:
    """The first route with the longest prefix that holds the destination. `routes`: (version, network, mask, route)."""
    return next(iter(best_routes(routes, destination)), None)


def best_routes(routes: Iterable[tuple[int, int, int, Route]], destination: str) -> list[Route]:
    """All routes with the longest prefix that holds the destination: equal ways."""
    try:
        address = ipaddress.ip_address(destination)
    except ValueError:
        return []
    number, longest = int(address), -1
    best: list[Route] = []
    for version, network, mask, route in routes:
        if version == address.version and number & mask == network and mask >= longest:
            best = [*best, route] if mask == longest else [route]
            longest = mask
    return best


def parsed_routes(routes: Iterable[Route]) -> tuple[tuple[int, int, int, Route], ...]:
    """Routes with their prefix as numbers, so that a look-up is arithmetic."""
    found = []
    for route in routes:
        try:
            prefix = ipaddress.ip_network(route.prefix)
        except ValueError:
            continue
        found.append((prefix.version, int(prefix.network_address), int(prefix.netmask), route))
    return tuple(found)


def cut_off(links: Collection[Link], gone: Iterable[str]) -> frozenset[str]:
    """Devices that were part of the main network over `links` and no longer are once the resources `gone` are out."""
    return _main(links, set()) - _main(links, set(gone)) - {name.removeprefix("node/") for name in gone}


def _main(links: Iterable[Link], dead: set[str]) -> frozenset[str]:
    """The largest connected part; of two as large the one whose first device comes first."""
    parts = [sorted(part) for part in networkx.connected_components(living_graph(links, dead))]
    return frozenset(min(parts, key=lambda part: (-len(part), part), default=()))


def between(links: Iterable[Link], source: str, target: str) -> frozenset[str]:
    """Resources on every shortest way over `links`: the fallback where no routing table tells."""
    graph = living_graph(links, set())
    if source not in graph or target not in graph or not networkx.has_path(graph, source, target):
        return frozenset()
    found: set[str] = set()
    for way in networkx.all_shortest_paths(graph, source, target):
        found |= {f"node/{device}" for device in way}
        for pair in pairwise(way):
            for link in graph.edges[pair]["links"]:
                found |= {link.resource, link.a.resource, link.b.resource}
    return frozenset(found)


def living_graph(links: Iterable[Link], dead: set[str]) -> networkx.Graph[str]:
    """Devices and the links between them, without the dead resources; parallel links share an edge."""
    graph: networkx.Graph[str] = networkx.Graph()
    for link in links:
        ends = [end.device for end in link.ends if f"node/{end.device}" not in dead]
        graph.add_nodes_from(ends)
        if len(ends) < 2 or {link.resource, link.a.resource, link.b.resource} & dead:
            continue
        if not graph.has_edge(*ends):
            graph.add_edge(*ends, links=[])
        graph.edges[ends[0], ends[1]]["links"].append(link)
    return graph
