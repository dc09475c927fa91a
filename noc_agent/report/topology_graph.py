"""The topology graph as JSON and as GraphML. Device text in it is hostile: both come out well-formed whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO

import networkx

from noc_agent.evidence import Json, neutralise
from noc_agent.report.reading import Row, rows
from noc_agent.topology.graph import Graph

# What XML 1.0 cannot carry, even escaped (its production `Char`).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAMED = {"lags": "lag", "domains": "domain", "areas": "area", "prefixes": "prefix", "services": "service"}
EDGES = {"lags": "member", "domains": "carries", "areas": "runs", "prefixes": "originates", "services": "serves"}


def topology_json(graph: Graph) -> dict[str, Json]:
    """The graph as lists of what it holds. `of`: ports, devices or interfaces that belong to each."""
    nodes: dict[str, Mapping[str, Json]] = {name: data for name, data in graph.nodes(data=True)}  # noqa: C416
    devices = [_row(data) for _, data in sorted(nodes.items()) if data["kind"] == "device"]
    made: dict[str, Json] = {"devices": [*devices], "links": [*_links(graph)]}
    for key, kind in NAMED.items():
        found = [
            (name, data) for name, data in sorted(nodes.items())
            if data["kind"] == kind or (kind == "lag" and data.get("lag"))
        ]  # fmt: skip
        made[key] = [_group(graph, name, data, EDGES[key]) for name, data in found]
    made["sessions"] = [*_sessions(graph)]
    return made


def _row(data: Mapping[str, Json]) -> dict[str, Json]:
    return {key: (value if value != "" else None) for key, value in data.items() if key != "kind"}


def _group(graph: Graph, name: str, data: Mapping[str, Json], kind: str) -> dict[str, Json]:
    made: dict[str, Json] = {**_row({key: value for key, value in data.items() if key not in ("lag", "admin")})}
    made["resource"] = name
    shown = f"{data.get('device')}/{data['name']}" if kind in ("member", "serves") else data["name"]
    made["name"] = shown
    made["of"] = [*_belonging(graph, name, kind)]
    if kind == "serves":
        made["asked_by"] = [*_belonging(graph, name, "asks")]
    return made


def _belonging(graph: Graph, name: str, kind: str) -> list[str]:
    return sorted({other.partition("/")[2] for _, other, edge in graph.edges(name, data=True) if edge["kind"] == kind})


def _links(graph: Graph) -> Iterator[dict[str, Json]]:
    for one, other, edge in sorted(graph.edges(data=True), key=lambda row: str(row[2].get("link", ""))):
        if edge["kind"] != "link":
            continue
        a, b = (graph.nodes[name] for name in sorted((one, other), key=lambda name: _first(edge["link"], name)))
        yield {
            "link": edge["link"],
            "a": {"device": a["device"], "interface": a["name"]},
            "b": {"device": b["device"], "interface": b["name"]},
            "a_oper": a.get("oper") if graph.nodes[f"node/{a['device']}"].get("answers") else None,
            "b_oper": b.get("oper") if graph.nodes[f"node/{b['device']}"].get("answers") else None,
            "state": edge["state"],
            "known_by": edge["known_by"].split(),
        }


def _first(link: str, name: str) -> bool:
    """Sorts the end that the link's name begins with before the other."""
    return not link.startswith(f"link/{name.removeprefix('interface/')}--")


def _sessions(graph: Graph) -> Iterator[dict[str, Json]]:
    for one, other, edge in sorted(graph.edges(data=True), key=lambda row: (row[0], row[1])):
        if edge["kind"] == "session":
            ends = [edge["told_by"], next(n for n in (one, other, one) if n != f"node/{edge['told_by']}")]
            names = [name.removeprefix("node/") for name in ends]
            yield {
                "name": names[0],
                "of": [names[1]],
                **{key: edge.get(key) for key in ("state", "remote_as", "address")},
            }


def graphml(graph: Graph) -> str:
    """The graph as GraphML, for yEd, Gephi and their like."""
    plain: networkx.MultiGraph[str] = networkx.MultiGraph(site=xml_text(str(graph.graph["site"])))
    for name, data in graph.nodes(data=True):
        plain.add_node(xml_text(name), **_attributes(data))
    for one, other, data in graph.edges(data=True):
        plain.add_edge(xml_text(one), xml_text(other), **_attributes(data))
    buffer = BytesIO()
    networkx.write_graphml_xml(plain, buffer, encoding="utf-8", prettyprint=True)
    return buffer.getvalue().decode("utf-8") + "\n"


def _attributes(data: Mapping[str, object]) -> dict[str, object]:
    return {key: xml_text(value) if isinstance(value, str) else value for key, value in data.items()}


def xml_text(text: str) -> str:
    """Text that steers nothing and that XML can carry, not yet escaped."""
    return _NO_XML.sub("?", neutralise(text))


def by_state(document: Row) -> list[Row]:
    """Links, those that are down first, then those of which nothing is known."""
    return sorted(rows(document, "links"), key=lambda row: (row.get("state") != "down", row.get("state") != "unknown"))
