"""Findings about devices that stopped answering: silence of a management address is not yet a dead node."""

from __future__ import annotations

from collections.abc import Iterator

import networkx

from noc_agent.evidence import Finding
from noc_agent.site.model import End
from noc_agent.topology import Network
from noc_agent.topology.paths import cut_off, living_graph


def find_unreachable(network: Network) -> Iterator[Finding]:
    """Devices with an address that answered before the incident, or should, and do not answer its newest poll."""
    for name, history in network.histories.items():
        if history.answers is not False:
            continue
        never = history.before is None and not history.window
        if never and (network.polls[0] is not None or not _is_missed(network, name)):
            continue  # for all that is known it did not answer before either: no change, and unknown rather than down
        heard = network.last_heard.get(name)
        yield Finding(
            kind="unreachable",
            resource=f"node/{name}",
            summary=f"{name} no longer answers SNMP" + (f" ({history.reason})" if history.reason else ""),
            at=history.missed[0],
            device=name,
            facts={
                "polls_missed": len(history.missed),
                "heard_since": heard is not None and heard > history.missed[0],
                "reason": history.reason,
            },
            path=frozenset({f"node/{name}"}) | _in_band_path(network, name),
        )


def _is_missed(network: Network, device: str) -> bool:
    """Without a poll from before: whether somebody asks for the device, or a port that faces it is lost as well."""
    if device in network.incident.asked_for:
        return True
    far = [end for own in network.ends_of(device) if (end := network.other_end(own)) is not None]
    states = [(end, network.histories.get(end.device)) for end in far]
    seen = [
        row.ifOperStatus
        for end, history in states
        if history and history.now and (row := (history.now.interfaces or {}).get(end.interface)) is not None
    ]
    return any(state != "up" for state in seen)


def out_of_band(network: Network, device: str) -> bool | None:
    """Whether the device is managed over a port of its own rather than over its links; None if that cannot be told."""
    state, address = network.healthy(device), network.site.devices[device].address
    if state is None or address is None or state.interfaces is None:
        return None
    name = state.interface_by_address.get(address)
    if name is None:
        return None
    row = state.interfaces[name]
    loopback = row.ifType == "softwareLoopback"
    return not loopback and End(device, name) not in network.link_at


def _in_band_path(network: Network, device: str) -> frozenset[str]:
    """What can cut the device's management off, where it is managed over its links: bridges and cut nodes before it."""
    if out_of_band(network, device) is not False:
        return frozenset()
    graph = living_graph(network.links, set())
    if device not in graph:
        return frozenset()
    suspects = {f"node/{node}": {f"node/{node}"} for node in networkx.articulation_points(graph)}
    for edge in networkx.bridges(graph):
        links = graph.get_edge_data(*edge)["links"]
        if len(links) == 1:
            ends = {links[0].a.resource, links[0].b.resource}
            suspects[links[0].resource] = {links[0].resource} | ends
    found: set[str] = set()
    for gone, resources in suspects.items():
        if gone != f"node/{device}" and device in cut_off(network.links, {gone}):
            found |= resources
    return frozenset(found)
