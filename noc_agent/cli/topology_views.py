"""`noc-agent topology show | diff | path | impact`: the network as it is, against intent, and what depends on what."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from noc_agent.cli.common import JsonOption, SiteOption, cleaned, console, open_site, print_json, say, write_text
from noc_agent.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from noc_agent.evidence import Json
    from noc_agent.site.model import Link, Site
    from noc_agent.topology import Network
    from noc_agent.topology.graph import Graph

OutputOption = Annotated[Path | None, typer.Option(help="A file; else stdout.")]


class View(StrEnum):
    tree = "tree"
    table = "table"
    json = "json"
    graphml = "graphml"
    svg = "svg"


def show(
    site: SiteOption = None,
    form: Annotated[View, typer.Option("--format", help="tree and table are for terminals.")] = View.tree,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """The network: devices, links with their state and how each is known, bundles, domains, areas, sessions, prefixes."""
    from noc_agent.report.topology import links_table
    from noc_agent.report.topology_graph import by_state, graphml, topology_json

    here = open_site(site)
    network = _network(here)
    graph = _graph(network)
    wanted = View.json if json else form
    document = {"schema": "noc-agent/topology/1", "site": here.name, **topology_json(graph)}
    document = _printable({**document, "links": list(by_state(document))})
    if wanted is View.graphml:
        write_text(output, graphml(_clean_graph(graph)))
    elif wanted is View.svg:
        from noc_agent.report.topology_svg import svg

        write_text(output, svg(document))
    elif wanted is View.json:
        if output is None:
            print_json(document)
        else:
            import json as codec

            write_text(output, codec.dumps(document, indent=2, ensure_ascii=False) + "\n")
    elif wanted is View.table:
        console().print(links_table(cast("list[Mapping[str, Json]]", document["links"])))
    else:
        from noc_agent.report.topology_tree import tree

        console().print(tree(document))
    _end_if_silent(network)


def diff(site: SiteOption = None, json: JsonOption = False) -> None:
    """Intended links against those that devices hear now: moved, missing, extra, and those that nobody can see."""
    from noc_agent.report.topology import drift_json, drift_table
    from noc_agent.topology.drift import drift

    here = open_site(site)
    if not here.intent.links:
        raise BadInput(
            f"{here.path.name}: topology", "no links are intended", "write them, or run noc-agent topology discover"
        )
    network = _network(here)
    document = _printable(
        {"schema": "noc-agent/topology-diff/1", "site": here.name, "differences": drift_json(drift(network))}
    )
    if json:
        print_json(document)
    else:
        console().print(drift_table(cast("list[Mapping[str, Json]]", document["differences"])))
    _end_if_silent(network)


def path(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A device.")],
    destination: Annotated[str, typer.Argument(metavar="TO", help="A device or an IP address.")],
    site: SiteOption = None,
    json: JsonOption = False,
) -> None:
    """Every equal way from a device to another, by their routing tables; where these do not tell, over the links."""
    from noc_agent.report.topology import ways_json, ways_text
    from noc_agent.topology.inferred import all_links
    from noc_agent.topology.ways import ways

    here = open_site(site)
    network = _network(here)
    start = _known_device(network, "FROM", source)
    _known_device(network, "TO", destination, address=True)
    rows = ways_json(ways(network, all_links(network), start, destination))
    document = _printable({"schema": "noc-agent/topology-path/1", "from": start, "to": destination, "ways": rows})
    if json:
        print_json(document)
    else:
        console().print(ways_text(document))
    _end_if_silent(network)


def impact(
    resources: Annotated[
        list[str], typer.Argument(metavar="RESOURCE…", help="What fails: node/D, interface/D/I, link/…, or a device.")
    ],
    site: SiteOption = None,
    json: JsonOption = False,
) -> None:
    """What would be cut off or degraded without a device, a port or a link, and what would hang on a single way then."""
    from noc_agent.report.topology import impact_json, impact_text
    from noc_agent.topology.impact import impact as judged
    from noc_agent.topology.inferred import all_links

    here = open_site(site)
    network = _network(here)
    graph, links = _graph(network), all_links(network)
    gone = [_known_resource(graph, links, text) for text in resources]
    found = impact_json(judged(graph, links, gone))
    document = _printable({"schema": "noc-agent/topology-impact/1", "site": here.name, **found})
    if json:
        print_json(document)
    else:
        console().print(impact_text(document))
    _end_if_silent(network)


def _known_device(network: Network, where: str, text: str, *, address: bool = False) -> str:
    import ipaddress

    found = network.names.device_of(text)
    if found is not None:
        return found
    if address:
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            pass
    known = ", ".join(list(network.site.devices)[:10])
    raise BadInput(where, "no such device on this site", f"one of {known}" if known else "add it to site.yaml")


def _known_resource(graph: Graph, links: Collection[Link], text: str) -> str:
    """The resource that is meant: a link's ends may come in either order, a device's name stands for it."""
    one, _, other = text.removeprefix("link/").partition("--")
    for name in (text, f"node/{text}", f"link/{other}--{one}"):
        if name in graph or any(name == link.resource for link in links):
            return name
    raise BadInput(
        "RESOURCE",
        "there is nothing of that name",
        "write node/DEVICE, interface/DEVICE/IFNAME or a link of topology show",
    )


def _network(site: Site) -> Network:
    from noc_agent.agent.sources import site_source
    from noc_agent.history import Polling
    from noc_agent.topology import Network

    source, gaps = site_source(site, polling=Polling(pairs=1))  # no rates are shown
    for gap in gaps:
        say(gap)
    network = Network(site, source)
    for text, devices in network.names.shared.items():
        say(f"{' and '.join(devices)} both call themselves {text}: give each a name of its own")
    return network


def _graph(network: Network) -> Graph:
    from noc_agent.findings.probes import probes
    from noc_agent.topology.graph import build

    asked: dict[str, set[str]] = defaultdict(set)
    for probe in probes(network) if network.site.logs else ():
        if probe.service is not None:
            asked[probe.service.resource].add(probe.device)
    return build(network, asked)


def _clean_graph(graph: Graph) -> Graph:
    """The graph as it may be printed, in its attributes and names."""
    import networkx

    def clean(value: str) -> str:
        return str(cleaned(value))

    made: Graph = networkx.MultiGraph(**graph.graph)
    for name, data in graph.nodes(data=True):
        made.add_node(clean(name), **{key: clean(v) if isinstance(v, str) else v for key, v in data.items()})
    for one, other, data in graph.edges(data=True):
        made.add_edge(clean(one), clean(other), **{k: clean(v) if isinstance(v, str) else v for k, v in data.items()})
    return made


def _printable(document: Mapping[str, Json]) -> dict[str, Json]:
    """As it may be printed: for tables and drawings as for JSON."""
    return cast("dict[str, Json]", cleaned(dict(document)))


def _end_if_silent(network: Network) -> None:
    """Exit 3 where every device was asked and none answered: what was shown is intent and nothing else."""
    histories = network.histories.values()
    if histories and not any(history.latest for history in histories):
        from noc_agent.diagnosis.coverage import silent

        for line in silent(network):
            say(line)
        raise typer.Exit(ExitCode.INCONCLUSIVE)
