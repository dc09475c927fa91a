"""The VLANs of a simulated site: one for the hosts behind each router's port, and one for management, on tagged trunks."""

from __future__ import annotations

import random
from dataclasses import replace

import networkx as nx

from tests.networks.plan import End, Node, Plan, Port


def with_vlans(plan: Plan, seed: int) -> Plan:
    """The same network with VLANs on its bridge ports: switches that are linked have the same."""
    draw = random.Random(f"vlans/{plan.kind}/{seed}")
    switches = {node.name for node in plan.nodes if node.role == "switch"}
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(node.name for node in plan.nodes if node.name in switches)
    trunks = [wire for wire in plan.wires if {wire.a.node, wire.b.node} <= switches]
    graph.add_edges_from((wire.a.node, wire.b.node) for wire in trunks)
    management = draw.randint(2, 99)
    own: dict[str, int] = {}
    for part in nx.connected_components(graph):
        own |= dict.fromkeys(part, draw.randint(100, 999))
    ends = {end for wire in trunks for end in (wire.a, wire.b)}
    nodes = (_node(node, ends, own[node.name], management) if node.name in own else node for node in plan.nodes)
    return replace(plan, nodes=tuple(nodes))


def _node(node: Node, trunks: set[End], vlan: int, management: int) -> Node:
    def port(one: Port) -> Port:
        if End(node.name, one.name) in trunks:
            return replace(one, tagged=frozenset({vlan, management}))
        return replace(one, vlan=vlan)

    return replace(node, ports=tuple(map(port, node.ports)))
