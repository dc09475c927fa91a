"""A plan from a GraphML topology as the Internet Topology Zoo publishes them: routers at the nodes, links at the edges.

Each place becomes a router of one OSPF area with a subnet behind it where it has a single link;
external nodes of the file (`Internal` = 0) are left out. The file's labels become the routers' names where they can be host names.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import networkx as nx

from tests.networks.plan import Plan
from tests.networks.sketch import Sketch

BACKBONE = "0.0.0.0"


def draw_graphml(path: Path, seed: int = 0) -> Plan:
    """The network of this file. Raises ValueError naming the file where it is no usable GraphML."""
    try:
        graph: nx.Graph[str] = nx.Graph(nx.read_graphml(path))
    except Exception as error:  # networkx lets whatever its XML parser or it stumbled on through
        raise ValueError(f"{path}: is no GraphML ({error}); give a file of the Topology Zoo's form") from error
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    inside = _inside(graph)
    if len(inside) < 2:
        raise ValueError(f"{path}: has fewer than two connected routers; give a larger topology")
    sketch = Sketch("graphml", seed, path.stem)
    names = _routers(sketch, graph, inside)
    for a, b in graph.edges():
        if a in names and b in names:
            sketch.routed(names[a], names[b], BACKBONE, circuit=True, key=sketch.style.ospf_key)
    _upstreams(sketch, names)
    hosts = _edges(sketch, graph, names)
    for n, host in enumerate(hosts):
        for other in sorted({hosts[(n + 1) % len(hosts)], sketch.draw.choice(hosts)} - {host}):
            sketch.flow(host, other)
            sketch.flow(other, host)
    return sketch.plan(_label(path.stem) or "topology")


def _inside(graph: nx.Graph[str]) -> set[str]:
    """The largest connected part of the operator's own nodes."""
    own = [node for node, data in graph.nodes(data=True) if int(data.get("Internal", 1)) and not data.get("hyperedge")]
    parts = list(nx.connected_components(graph.subgraph(own)))
    return max(parts, key=len) if parts else set()


def _routers(sketch: Sketch, graph: nx.Graph[str], inside: set[str]) -> dict[str, str]:
    names, busiest = {}, sorted(inside, key=lambda node: (-graph.degree(node), node))
    for n, node in enumerate(busiest):
        label = _label(str(graph.nodes[node].get("label", "")))
        label = label if label and label not in sketch.nodes else f"{label or 'pop'}-{n}"
        asn = sketch.style.own_as if n < 2 else 0
        names[node] = sketch.add("router", name=label, loopback=True, platform="frr", asn=asn)
    return names


def _label(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-")


def _edges(sketch: Sketch, graph: nx.Graph[str], names: dict[str, str]) -> list[str]:
    """A subnet with a host behind every place with one or two links, else behind the two first."""
    ends = [name for node, name in names.items() if graph.degree(node) <= 2] or list(names.values())[:2]
    ends = ends if len(ends) > 1 else list(names.values())[:2]
    hosts, networks = [], []
    for n, name in enumerate(ends):
        lan, end = sketch.lan(name, BACKBONE)
        services = ("dns", "dhcp", "http") if n == 0 else ()
        hosts.append(sketch.host(lan, name, end, role="server" if n == 0 else "host", services=services))
        networks.append(lan.network)
    for name in list(names.values())[:2]:
        sketch.change(name, networks=tuple(networks))
    return hosts


def _upstreams(sketch: Sketch, names: dict[str, str]) -> None:
    """Two providers at the two busiest routers, which have an iBGP session with one another."""
    borders = list(names.values())[:2]
    sketch.session(borders[0], borders[1])
    for border in borders:
        sketch.change(border, default_route=True)
        name = sketch.external(sketch.style.private_as())
        sketch.session(border, name, sketch.routed(border, name, circuit=True))
