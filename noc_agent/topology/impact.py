"""What a fault would do: who is cut off, who hangs on by a single way, which prefixes and services go with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import cast

import networkx

from noc_agent.site.model import Link
from noc_agent.topology.graph import Graph
from noc_agent.topology.paths import cut_off, living_graph


@dataclass(frozen=True, slots=True)
class Impact:
    """Devices, prefixes, services and sessions that a fault cuts off or degrades; resources throughout.

    `single`: devices that had two ways into the network and are left with one. `sole`: links and devices that are from
    then on the only way for somebody. `fewer`: neighbors with fewer links between them, in words. `users`: devices that
    ask a service that is lost.
    """

    gone: tuple[str, ...]
    cut_off: tuple[str, ...]
    single: tuple[str, ...]
    sole: tuple[str, ...]
    fewer: tuple[str, ...]
    prefixes_lost: tuple[str, ...]
    prefixes_degraded: tuple[str, ...]
    services_lost: tuple[str, ...]
    services_degraded: tuple[str, ...]
    users: tuple[str, ...]
    sessions_lost: tuple[str, ...]


def impact(graph: Graph, links: Collection[Link], gone: Iterable[str]) -> Impact:
    """What happens without these resources (`node/…`, `interface/…`, `link/…`, `service/…`)."""
    dead = _with_members(graph, set(gone))
    lost = cut_off(links, dead)
    out = {f"node/{name}" for name in lost} | {name for name in dead if name.startswith("node/")}
    before, after = living_graph(links, set()), living_graph(links, dead)
    single = {f"node/{name}" for name in _singly(after) - _singly(before)} - out
    ports = _ports_gone(links, dead)
    prefixes = _judged(graph, "prefix", "originates", out, single, ports)
    services = _judged(graph, "service", "serves", out, single, set())
    services_lost = tuple(sorted({*services[0], *(name for name in dead if name.startswith("service/"))}))
    return Impact(
        tuple(sorted(dead)),
        tuple(sorted(out - dead)),
        tuple(sorted(single)),
        tuple(sorted(_sole(after) - _sole(before))),
        tuple(_fewer(before, after)),
        prefixes[0],
        prefixes[1],
        services_lost,
        tuple(name for name in services[1] if name not in services_lost),
        tuple(sorted(user for name in services_lost for user in _others(graph, name, "asks"))),
        _sessions(graph, ports, out),
    )


def _with_members(graph: Graph, gone: set[str]) -> set[str]:
    """A bundle that is gone takes its ports with it."""
    ports = {
        port
        for name in gone
        if name in graph and graph.nodes[name].get("lag")
        for port in _others(graph, name, "member")
    }
    return gone | ports


def _others(graph: Graph, name: str, kind: str) -> Iterable[str]:
    if name not in graph:
        return ()
    return (other for _, other, edge in graph.edges(name, data=True) if edge["kind"] == kind)


def _singly(graph: networkx.Graph[str]) -> set[str]:
    """Devices that some one link cuts off from the main part: beyond a bridge that has no second link beside it."""
    return {device for part in _islands(graph)[1:] for device in part}


def _islands(graph: networkx.Graph[str]) -> list[list[str]]:
    """Parts that hold together without any single link, the largest first."""
    rest = graph.copy()
    rest.remove_edges_from(_bridges(graph))
    return sorted((sorted(part) for part in networkx.connected_components(rest)), key=lambda part: (-len(part), part))


def _bridges(graph: networkx.Graph[str]) -> list[tuple[str, str]]:
    found = cast("Iterable[tuple[str, str]]", networkx.bridges(graph))
    return [(one, other) for one, other in found if len(graph.edges[one, other]["links"]) == 1]


def _sole(graph: networkx.Graph[str]) -> set[str]:
    """Links and devices without which somebody is cut off."""
    links = {graph.edges[edge]["links"][0].resource for edge in _bridges(graph)}
    return links | {f"node/{device}" for device in networkx.articulation_points(graph)}


def _ports_gone(links: Iterable[Link], dead: set[str]) -> set[str]:
    """Interfaces that are down with what is gone: both ends of a link, and who faces a dead device."""
    found = {name for name in dead if name.startswith("interface/")}
    for link in links:
        names = {link.resource, link.a.resource, link.b.resource, *(f"node/{end.device}" for end in link.ends)}
        if names & dead:
            found |= {link.a.resource, link.b.resource}
    return found


def _judged(
    graph: Graph, kind: str, edge: str, out: set[str], single: set[str], ports: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(lost, degraded) of a kind: none of its holders is left; some is lost, or all hang on by a single way."""
    lost, degraded = [], []
    for name, data in graph.nodes(data=True):
        if data["kind"] != kind:
            continue
        holders = set(_others(graph, name, edge))
        left = {holder for holder in holders - out if not _ports(graph, name, holder) & ports}
        if not left:
            lost.append(name)
        elif left < holders or left <= single:
            degraded.append(name)
    return tuple(sorted(lost)), tuple(sorted(degraded))


def _ports(graph: Graph, name: str, holder: str) -> set[str]:
    """The interfaces by which a device holds a prefix, where that is told."""
    edges = graph[name][holder].values() if graph.has_edge(name, holder) else ()
    return {str(edge["port"]) for edge in edges if "port" in edge}


def _fewer(before: networkx.Graph[str], after: networkx.Graph[str]) -> Iterable[str]:
    for one, other, edge in sorted(before.edges(data=True), key=lambda row: sorted(row[:2])):
        left = len(after.edges[one, other]["links"]) if after.has_edge(one, other) else 0
        if 0 < left < len(edge["links"]):
            yield f"{'--'.join(sorted((one, other)))}: {left} of {len(edge['links'])} links left"


def _sessions(graph: Graph, ports: set[str], out: set[str]) -> tuple[str, ...]:
    """BGP sessions that end: between devices of which one is out, or over an interface that is down then."""
    found = set()
    for one, other, edge in graph.edges(data=True):
        if edge["kind"] == "session" and ({one, other} & out or edge.get("port") in ports):
            found.add("--".join(sorted(name.removeprefix("node/") for name in (one, other))))
    return tuple(sorted(found))
