"""The site as one graph: devices, interfaces, bundles, layer-2 domains, OSPF areas, prefixes, services, and how they hang
together.

Nodes are named as resources are (`node/core1`, `interface/core1/eth1`, `prefix/10.0.0.0/24`, `service/srv1/dns`), besides
`area/0.0.0.0` and `l2/10/sw1`. A node has `kind` and `name`; an edge has `kind`: `has` (device and interface), `link`,
`member` (interface and its bundle), `carries` (domain and port), `runs` (area and interface), `session` (BGP),
`originates`, `serves`, `asks` (a device that depends on a service). Attributes are texts, numbers and truth values only, so
that the graph can be written as GraphML.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Set
from typing import TypeAlias

import networkx

from noc_agent.site.model import End, Link
from noc_agent.state import DeviceState
from noc_agent.topology.domains import Domain, domains
from noc_agent.topology.inferred import all_links
from noc_agent.topology.neighbors import bgp_rows
from noc_agent.topology.network import Network

Graph: TypeAlias = "networkx.MultiGraph[str]"  # subscripted for type checkers only
Asked = Mapping[str, Set[str]]  # service resource → devices that are seen to use it
DOWN = ("down", "lowerLayerDown", "notPresent")


def build(network: Network, asked: Asked | None = None) -> Graph:
    """The graph of the site as it is in the newest poll."""
    graph: Graph = networkx.MultiGraph(site=network.site.name)
    links = all_links(network)
    for name, device in network.site.devices.items():
        history = network.histories.get(name)
        answers = history.answers if history else None
        state = {"answers": answers} if answers is not None else {}
        graph.add_node(
            f"node/{name}", kind="device", name=name, role=device.role, platform=device.platform,
            address=device.address or "", known=True, **state,
        )  # fmt: skip
    for link, known in sorted(links.items()):
        _add_link(graph, network, link, known)
    for name, history in network.histories.items():
        if history.latest is not None:
            _add_device(graph, network, name, history.latest)
    for domain in domains(network, links):
        _add_domain(graph, network, domain)
    for prefix, origins in originators(network).items():
        graph.add_node(f"prefix/{prefix}", kind="prefix", name=prefix)
        for owner, port in sorted(origins):
            over = {"port": _add_interface(graph, network, End(owner, port))} if port else {}
            graph.add_edge(f"prefix/{prefix}", _add_node(graph, owner), kind="originates", **over)
    _add_services(graph, network, asked or {})
    return graph


def _add_node(graph: Graph, device: str) -> str:
    """A device, also one that the inventory does not know."""
    name = f"node/{device}"
    if name not in graph:
        graph.add_node(name, kind="device", name=device, role="", platform="", address="", known=False)
    return name


def _add_interface(graph: Graph, network: Network, end: End) -> str:
    if end.resource not in graph:
        history = network.histories.get(end.device)
        state = history.latest if history else None
        row = (state.interfaces or {}).get(end.interface) if state else None
        told = {"admin": row.ifAdminStatus, "oper": row.ifOperStatus, "speed_bps": row.speed_bps} if row else {}
        stated = {key: value for key, value in told.items() if value is not None}
        graph.add_node(end.resource, kind="interface", name=end.interface, device=end.device, lag=False, **stated)
        graph.add_edge(_add_node(graph, end.device), end.resource, kind="has")
    return end.resource


def _add_link(graph: Graph, network: Network, link: Link, known: Set[str]) -> None:
    ends = [_add_interface(graph, network, end) for end in link.ends]
    by, heard = " ".join(sorted(known)), bool(known & {"lldp", "cdp"})
    graph.add_edge(*ends, kind="link", link=link.resource, known_by=by, heard=heard, state=link_state(network, link))


def link_state(network: Network, link: Link) -> str:
    """`down` where an end is, `up` where an end is and none is down, else `unknown`."""
    states = {oper(network, end) for end in link.ends}
    return "down" if states & set(DOWN) else "up" if "up" in states else "unknown"


def oper(network: Network, end: End) -> str | None:
    """ifOperStatus in the newest poll; None where the device did not answer that."""
    history = network.histories.get(end.device)
    state = history.now if history is not None and history.answers else None
    row = (state.interfaces or {}).get(end.interface) if state else None
    return row.ifOperStatus if row else None


def _add_device(graph: Graph, network: Network, device: str, state: DeviceState) -> None:
    for port, member in (state.lag_members or {}).items():
        bundle = state.interface_names.get(member.aggregate)
        if bundle is not None:
            whole = _add_interface(graph, network, End(device, bundle))
            graph.nodes[whole]["lag"] = True
            told = {} if member.attached is None else {"attached": member.attached}
            graph.add_edge(_add_interface(graph, network, End(device, port)), whole, kind="member", **told)
    for row in state.ospf_interfaces or ():
        name = state.interface_towards(row.ospfIfIpAddress, row.ospfAddressLessIf)
        if name and row.ospfIfAreaId:
            graph.add_node(f"area/{row.ospfIfAreaId}", kind="area", name=row.ospfIfAreaId)
            graph.add_edge(f"area/{row.ospfIfAreaId}", _add_interface(graph, network, End(device, name)), kind="runs")
    for _, session in bgp_rows(network, state):
        _add_session(graph, device, session)


def _add_session(graph: Graph, device: str, session: Mapping[str, object]) -> None:
    """A BGP session, once for both ends that tell of it."""
    peer = str(session["peer"])
    one, other = f"node/{device}", _add_node(graph, peer)
    both = graph[one][other].values() if graph.has_edge(one, other) else ()
    if any(edge["kind"] == "session" and edge["told_by"] != device for edge in both):
        return
    told = {key: session[key] for key in ("state", "remote_as", "address")}
    told["port"] = End(device, str(session["interface"])).resource if session["interface"] else None
    stated = {key: value for key, value in told.items() if value is not None}
    graph.add_edge(one, other, kind="session", protocol="bgp", told_by=device, **stated)


def _add_domain(graph: Graph, network: Network, domain: Domain) -> None:
    graph.add_node(domain.name, kind="domain", name=domain.name.removeprefix("l2/"), vlan=domain.vlan)
    for end in domain.ends:
        graph.add_edge(domain.name, _add_interface(graph, network, end), kind="carries")


def originators(network: Network) -> dict[str, set[tuple[str, str]]]:
    """Prefix → (device, interface) of those that have an address in it; else those outside from whom it is learnt by BGP,
    with no interface."""
    own: dict[str, set[tuple[str, str]]] = {}
    learnt: dict[str, set[tuple[str, str]]] = {}
    for device, history in network.histories.items():
        state = history.latest
        for prefix, port in _subnets(state) if state else ():
            own.setdefault(prefix, set()).add((device, port))
        for row in (state.routes or ()) if state else ():
            if row.proto == "bgp":
                peer = network.peer_of(device, row.next_hop)
                if peer is not None and peer not in network.polled:
                    learnt.setdefault(row.prefix, set()).add((peer, ""))
    return {**{prefix: who for prefix, who in learnt.items() if prefix not in own}, **own}


def _subnets(state: DeviceState) -> Iterator[tuple[str, str]]:
    for port, rows in state.addresses_of_interface.items():
        for row in rows:
            if row.prefix_length is not None:
                subnet = ipaddress.ip_interface(f"{row.address}/{row.prefix_length}").network
                if not subnet.is_loopback and not subnet.is_link_local:
                    yield str(subnet), port


def _add_services(graph: Graph, network: Network, asked: Asked) -> None:
    stated = {row.resource: row for row in network.site.intent.services}
    for resource in sorted({*stated, *asked}):
        row = stated.get(resource)
        device, name = resource.removeprefix("service/").split("/", 1)
        more = {"protocol": row.protocol, "port": row.port} if row else {}
        graph.add_node(resource, kind="service", name=name, device=device, intended=row is not None, **more)
        graph.add_edge(resource, _add_node(graph, device), kind="serves")
        for user in sorted(asked.get(resource, ())):
            graph.add_edge(resource, _add_node(graph, user), kind="asks")
