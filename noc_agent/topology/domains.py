"""Layer-2 domains: which ports and hosts share a VLAN, over the links between bridges that carry it at both ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx

from noc_agent.site.model import End, Link
from noc_agent.topology.inferred import port_names
from noc_agent.topology.network import Network

UNTAGGED = 0  # what a bridge carries that knows no VLANs
Carried = Mapping[End, tuple[int, frozenset[int]]]  # port of a bridge → (VLAN of untagged frames, all VLANs)


@dataclass(frozen=True, slots=True)
class Domain:
    """One VLAN over the bridges that are linked by it. `ends`: ports of bridges, and whoever is linked to one."""

    vlan: int
    bridges: tuple[str, ...]
    ends: tuple[End, ...]

    @property
    def name(self) -> str:
        return f"l2/{self.vlan or 'untagged'}/{self.bridges[0]}"


def domains(network: Network, links: Iterable[Link]) -> tuple[Domain, ...]:
    """Every domain, by VLAN and name."""
    carried = _carried(network)
    joined: networkx.Graph[tuple[str, int]] = networkx.Graph()
    members: dict[tuple[str, int], set[End]] = {}
    for end, (_, vlans) in carried.items():
        for vlan in vlans:
            joined.add_node((end.device, vlan))
            members.setdefault((end.device, vlan), set()).add(end)
    for link in links:
        _join(link, carried, joined, members)
    found = []
    for part in networkx.connected_components(joined):
        bridges = tuple(sorted({device for device, _ in part}))
        ends = {end for one in part for end in members.get(one, ())}
        found.append(Domain(min(vlan for _, vlan in part), bridges, tuple(sorted(ends))))
    return tuple(sorted(found, key=lambda domain: (domain.vlan, domain.bridges)))


def _join(
    link: Link, carried: Carried, joined: networkx.Graph[tuple[str, int]], members: dict[tuple[str, int], set[End]]
) -> None:
    """Two bridges share what both carry, and their untagged frames whatever VLAN each takes them for."""
    here, there = link.a in carried, link.b in carried
    if here and there:
        (native_a, vlans_a), (native_b, vlans_b) = carried[link.a], carried[link.b]
        for vlan in (vlans_a & vlans_b) - {native_a, native_b}:
            joined.add_edge((link.a.device, vlan), (link.b.device, vlan))
        joined.add_edge((link.a.device, native_a), (link.b.device, native_b))
    elif here or there:
        port, host = link.ends if here else link.ends[::-1]
        members.setdefault((port.device, carried[port][0]), set()).add(host)


def _carried(network: Network) -> Carried:
    found = {}
    for device, history in network.histories.items():
        state = history.latest
        for name in port_names(state).values() if state else ():
            vlans = state.port_vlans.get(name) if state else None
            native = (vlans.pvid if vlans and vlans.pvid else UNTAGGED) if vlans else UNTAGGED
            every = {native, *((vlans.untagged or ()) if vlans else ()), *((vlans.tagged or ()) if vlans else ())}
            found[End(device, name)] = (native, frozenset(every))
    return found
