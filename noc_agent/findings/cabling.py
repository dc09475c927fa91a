"""Findings about cables in the wrong port: whom a port hears by LLDP or CDP, against intent and against before.

A neighbor that got another name or other hardware in the same port is no other cable; so is a phone or a hub that speaks beside
the neighbor that is meant. Two cables that were swapped are one mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_interface

from noc_agent.evidence import Finding
from noc_agent.site.model import End, Link
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network
from noc_agent.topology.links import as_served, discover, port_names

HEARD = frozenset({"lldp", "cdp"})


@dataclass(frozen=True, slots=True)
class Moved:
    """A link that should be or was, what its ends hear in its place now, and whether the right one was heard before."""

    link: Link
    found: tuple[Link, ...]
    intended: bool
    was_right: bool | None


def find_miscabled(network: Network) -> Iterator[Finding]:
    """Links whose ends hear other ports than they should, and did not when the network was well."""
    now = _heard(network, newest=True)
    if not now:
        return
    before = _heard(network, newest=False)
    moved = [row for link in _expected(network, before) if (row := _moved(network, link, now, before))]
    for group in _together(moved):
        yield _finding(network, group)


def _heard(network: Network, *, newest: bool) -> Mapping[End, set[Link]]:
    """End → the links that it or its far end hears, in the newest polls or in those from when the devices were well."""
    histories = {}
    for name, history in network.histories.items():
        state = (history.now if history.answers else None) if newest else history.earlier
        if state is not None and _neighbors(state):
            histories[name] = DeviceHistory(name, None, (state,), ())
    found: dict[End, set[Link]] = defaultdict(set)
    for link, known in (discover((), histories, network.names) if histories else {}).items():
        for end in link.ends if known & HEARD else ():
            found[end].add(link)
    return found


def _neighbors(state: DeviceState) -> bool:
    return bool(state.lldp_remotes or state.cdp_neighbors)


def _expected(network: Network, before: Mapping[End, set[Link]]) -> Iterator[tuple[Link, bool]]:
    """Intended links; for ports of which intent says nothing, what was heard there when the network was well."""
    ports = port_names(network.histories)
    intended = {as_served(link, ports) for link in network.site.intent.links}
    yield from ((link, True) for link in sorted(intended))
    spoken_for = {end for link in intended for end in link.ends}
    heard = {link for links in before.values() for link in links if all(len(before[end]) == 1 for end in link.ends)}
    yield from ((link, False) for link in sorted(heard) if not spoken_for & {*link.ends})


def _moved(
    network: Network, expected: tuple[Link, bool], now: Mapping[End, set[Link]], before: Mapping[End, set[Link]]
) -> Moved | None:
    link, intended = expected
    if any(link in now.get(end, ()) for end in link.ends) or not all(_is_known(network, end) for end in link.ends):
        return None
    found = {other for end in link.ends for other in now.get(end, ()) if _is_other(network, link, end, other)}
    if not found:
        return None
    heard = [end for end in link.ends if before.get(end)]
    was_right = any(link in before[end] for end in heard) if heard else None
    return Moved(link, tuple(sorted(found)), intended, was_right)


def _is_known(network: Network, end: End) -> bool:
    history = network.histories.get(end.device)
    return history is None or history.latest is None or end.interface in (history.latest.interfaces or {})


def _is_other(network: Network, link: Link, end: End, other: Link) -> bool:
    """Whether this is another cable: another device of the inventory, or another of the known ports of the same one."""
    meant, far = (link.b if link.a == end else link.a), (other.b if other.a == end else other.a)
    if far.device != meant.device:
        # One that the inventory does not know may be the right one under another name, unless its port is another as well.
        stranger = meant.device in network.histories and far.interface != meant.interface
        return far.device in network.site.devices or stranger
    history = network.histories.get(far.device)
    known = (history.latest.interfaces or {}) if history and history.latest else {}
    return far.interface in known and meant.interface in known


def _together(moved: Sequence[Moved]) -> Iterator[list[Moved]]:
    """Mistakes that share a port are one: cables that were swapped with each other."""
    groups: list[tuple[set[End], list[Moved]]] = []
    for row in moved:
        ends = {end for link in (row.link, *row.found) for end in link.ends}
        joined = [group for group in groups if group[0] & ends]
        groups = [group for group in groups if not group[0] & ends]
        groups.append((ends.union(*(one for one, _ in joined)), [m for _, rows in joined for m in rows] + [row]))
    yield from (rows for _, rows in groups)


def _finding(network: Network, group: Sequence[Moved]) -> Finding:
    first = min(group, key=lambda row: (row.was_right is not True, row.link))
    links = {link for row in group for link in (row.link, *row.found)}
    ends = {end for link in links for end in link.ends}
    fresh = (
        any(row.was_right for row in group) or all(row.was_right is None for row in group) or _misfit(network, group)
    )
    shown = [h.shown_at for end in first.link.ends if (h := network.histories.get(end.device)) and h.shown_at]
    words = "; ".join(_words(row) for row in group[:3])
    return Finding(
        kind="miscabled",
        resource=first.link.resource,
        summary=words + ("" if fresh else "; so it was before the incident"),
        at=min(shown, default=None),
        device=first.link.a.device,
        facts={
            "words": words,
            "intended": first.intended,
            **({"was_right": True} if first.was_right else {}),
        },
        path=frozenset(
            {link.resource for link in links} | {end.resource for end in ends} | {f"node/{end.device}" for end in ends}
        ),
        significant=fresh,
        starts=fresh,
    )


def _misfit(network: Network, group: Sequence[Moved]) -> bool:
    """Without a poll from before: whether the addresses are those of the cables that are meant, not of those that are there.
    Where they fit what is there, the intended links are out of date."""
    if any(history.before for row in group for end in row.link.ends if (history := network.histories.get(end.device))):
        return False
    return any(
        _one_subnet(network, row.link) and any(_one_subnet(network, found) is False for found in row.found)
        for row in group
    )


def _one_subnet(network: Network, link: Link) -> bool | None:
    """Whether both ends have addresses in one subnet; None where one has none, or does not tell."""
    one, other = (_subnets(network, end) for end in link.ends)
    return bool(one & other) if one and other else None


def _subnets(network: Network, end: End) -> set[str]:
    history = network.histories.get(end.device)
    state = history.now if history and history.answers else None
    # Addresses may stand on a unit or a VLAN of the port, which is named after it.
    own = state.addresses_of_interface if state else {}
    return {
        f"{ip_interface(f'{row.address}/{row.prefix_length}').network}"
        for name, rows in own.items()
        if name == end.interface or name.startswith(f"{end.interface}.")
        for row in rows
        if ":" not in row.address and row.prefix_length not in (None, 32)
    }


def widened(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, those on any link of a wrong cabling with it in their path: cables that changed places are one mistake."""
    rows = list(found)
    wrong = [row for row in rows if row.kind == "miscabled" and row.significant]
    groups = [(row.resource, {name for name in row.path if name.startswith("link/")}) for row in wrong]
    for row in rows:
        more = {resource for resource, links in groups if links & row.path}
        yield replace(row, path=row.path | more) if more - row.path else row


def _words(row: Moved) -> str:
    meant = f"{row.link.a.device} {row.link.a.interface} should lead to {row.link.b.device} {row.link.b.interface}"
    heard = " and ".join(
        f"{one.a.device} {one.a.interface} hears {one.b.device} {one.b.interface}" for one in row.found[:2]
    )
    return f"{meant}{'' if row.intended else ' as it did'}, yet {heard}"
