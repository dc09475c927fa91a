"""Whether a plan can be a network: what is wrong with it, one line a problem; nothing where it is consistent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import networkx as nx

from tests.networks.plan import End, Node, Plan, Port, Wire

_INTERFACE = re.compile(r"[A-Za-z][\w.:-]{0,14}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def problems(plan: Plan, *, linux: bool = True) -> list[str]:
    """Everything that is wrong; `linux`: interface names must be legal there."""
    found = [*_names(plan, linux=linux), *_addresses(plan), *_wires(plan), *_sessions(plan), *_services(plan)]
    return found or [*_flows(plan)]


def owners(plan: Plan) -> dict[str, str]:
    """Whose address it is, for every address of the data plane."""
    found: dict[str, str] = {}
    for node in plan.nodes:
        found |= {str(port.address.ip): node.name for port in node.ports if port.address}
        if node.loopback:
            found[str(node.loopback.ip)] = node.name
    return found


def _names(plan: Plan, *, linux: bool) -> Iterator[str]:
    for name, times in Counter(node.name for node in plan.nodes).items():
        if times > 1:
            yield f"{name}: named {times} times"
        if not _HOST.fullmatch(name):
            yield f"{name}: is no host name"
    for node in plan.nodes:
        for port, times in Counter(port.name for port in node.ports).items():
            if times > 1:
                yield f"{node.name}/{port}: named {times} times"
            if linux and (not _INTERFACE.fullmatch(port) or port in ("lo", "mgmt0")):
                yield f"{node.name}/{port}: is no interface name on Linux"


def _addresses(plan: Plan) -> Iterator[str]:
    every = [str(port.address.ip) for node in plan.nodes for port in node.ports if port.address]
    every += [str(node.loopback.ip) for node in plan.nodes if node.loopback]
    every += [node.address for node in plan.nodes if node.address]
    yield from (f"{address}: given {times} times" for address, times in Counter(every).items() if times > 1)
    for node in plan.polled():
        if IPv4Address(node.address) not in plan.management:
            yield f"{node.name}: {node.address} is not in {plan.management}"
    for node in plan.nodes:
        for port in node.ports:
            if port.address and node.role == "switch":
                yield f"{node.name}/{port.name}: a bridge port has an address"


def _wires(plan: Plan) -> Iterator[str]:
    ends = Counter(end for wire in plan.wires for end in (wire.a, wire.b))
    yield from (f"{end}: has {times} wires" for end, times in ends.items() if times > 1)
    ports = {End(node.name, port.name): port for node in plan.nodes for port in node.ports}
    for wire in plan.wires:
        if wire.a not in ports or wire.b not in ports:
            yield f"{wire.resource}: an end does not exist"
        else:
            yield from _pair(wire, ports[wire.a], ports[wire.b])


def _pair(wire: Wire, a: Port, b: Port) -> Iterator[str]:
    if a.mtu != b.mtu:
        yield f"{wire.resource}: MTU {a.mtu} and {b.mtu}"
    if a.address and b.address and a.address.network != b.address.network:
        yield f"{wire.resource}: {a.address} and {b.address} are not in one subnet"
    if not (a.ospf and b.ospf):
        if (a.ospf and not a.ospf.passive) or (b.ospf and not b.ospf.passive):
            yield f"{wire.resource}: OSPF at one end only"
        return
    for what in ("area", "hello", "dead", "key", "point_to_point"):
        if getattr(a.ospf, what) != getattr(b.ospf, what):
            yield f"{wire.resource}: OSPF {what} differs"


def _sessions(plan: Plan) -> Iterator[str]:
    owner, nodes = owners(plan), {node.name: node for node in plan.nodes}
    for node in plan.nodes:
        for neighbor in node.neighbors:
            far = nodes.get(neighbor.node)
            where = f"{node.name} to {neighbor.node}"
            if far is None or owner.get(neighbor.address) != neighbor.node:
                yield f"{where}: {neighbor.address} is not its address"
                continue
            back = [one for one in far.neighbors if one.node == node.name]
            if not back:
                yield f"{where}: the session is not mutual"
            if neighbor.asn != far.asn:
                yield f"{where}: AS {neighbor.asn}, yet it is {far.asn}"
            if back and {one.password for one in back} != {neighbor.password}:
                yield f"{where}: the passwords differ"


def _services(plan: Plan) -> Iterator[str]:
    for node in plan.nodes:
        if node.gateway and owners(plan).get(node.gateway) is None:
            yield f"{node.name}: nobody has its gateway {node.gateway}"
        at_home = any(port.address and node.gateway in map(str, _around(port)) for port in node.ports)
        if node.gateway and not at_home:
            yield f"{node.name}: its gateway {node.gateway} is in none of its subnets"


def _around(port: Port) -> list[IPv4Address]:
    return list(port.address.network.hosts())[:1] if port.address else []


def _flows(plan: Plan) -> Iterator[str]:
    """Each flow has a way through routers and switches, and its target's prefix is announced to where it comes from."""
    owner, nodes = owners(plan), {node.name: node for node in plan.nodes}
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((wire.a.node, wire.b.node) for wire in plan.wires)
    known = _announced(plan)
    for flow in plan.flows:
        target = owner.get(flow.target)
        if target is None or flow.source not in nodes:
            yield f"{flow.source} to {flow.target}: no such end"
            continue
        through = [n for n in nodes if nodes[n].is_router or nodes[n].role == "switch" or n in (flow.source, target)]
        if not nx.has_path(graph.subgraph(through), flow.source, target):
            yield f"{flow.source} to {flow.target}: no way"
        if not any(IPv4Address(flow.target) in network for network in known):
            yield f"{flow.source} to {flow.target}: nobody announces it"


def _announced(plan: Plan) -> set[IPv4Network]:
    """Prefixes that some router tells others of."""
    found: set[IPv4Network] = set()
    for node in plan.nodes:
        found |= {*node.networks, *node.stubs, *_ospf_networks(node)}
    return found


def _ospf_networks(node: Node) -> Iterator[IPv4Network]:
    speaks = False
    for port in node.ports:
        if port.ospf and port.address:
            speaks = True
            yield port.address.network
    if speaks and node.loopback:
        yield node.loopback.network
