"""Findings about prefixes that their owner has and no longer announces into OSPF.

The owner's port is up and keeps its address, yet its router-LSA lists the prefix no more (RFC 2328, 12.4.1), OSPF no longer
runs on the port, and the others have lost the route. A prefix between two OSPF routers is announced by both: that is a
lost adjacency, not this.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.lsdb import STUB, RouterLsa, databases
from noc_agent.findings.ospf_pairs import Side, interface_rows, ospf_pairs
from noc_agent.snmp import Route
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network

WATCHERS = 2  # other OSPF routers that must tell, where no poll from before says that they knew the prefix
KNOWN_ELSEWHERE = 3  # other prefixes of the kind that are known, for one that is not to stand out
CONNECTED = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Owned:
    """A prefix on a port of a device that is up."""

    prefix: str
    interface: str
    loopback: bool


def find_prefixes_gone(network: Network) -> Iterator[Finding]:
    """Prefixes whose owner announced them into OSPF when the network was well, and does not now."""
    shared = _shared(network)
    for device, history in network.histories.items():
        if history.earlier is None or history.now is None or not history.answers or history.now.ospf is None:
            continue
        for owned in _owned(history.now):
            if (device, owned.interface) in shared or not _had(history.earlier, owned):
                continue
            signs = _signs(network, history, owned)
            lost, kept = _others(network, owned.prefix)
            if not signs and lost and not kept and _by_ospf_only(network, history, owned.prefix):
                signs = frozenset({"routes"})
            # A table may be a minute old: where the owner's own LSA tells, the first that lost the route is enough.
            if not signs or not (lost or "lsa" in signs) or (kept and not (lost and "lsa" in signs)):
                continue
            yield _finding(history, owned, signs, lost)


def _finding(history: DeviceHistory, owned: Owned, signs: frozenset[str], lost: int) -> Finding:
    device = history.device
    words = {"lsa": "its router-LSA lists it no more", "interface": f"OSPF runs on {owned.interface} no more"}
    told = [words[sign] for sign in sorted(signs) if sign in words]
    if lost:
        told.append(f"{lost} other routers lost it" if lost > 1 else "another router lost it")
    return Finding(
        kind="prefix_gone",
        resource=f"node/{device}",
        summary=f"{device} has {owned.prefix} on {owned.interface} and announces it into OSPF no more: {', '.join(told)}",
        at=history.shown_at,
        device=device,
        facts={
            "prefix": owned.prefix, "protocol": "ospf", "interface": owned.interface, "lost_by": lost,
            "own_port_up": True, **({"direct": True} if signs & {"lsa", "interface"} else {}),
        },
        path=frozenset({f"node/{device}", f"interface/{device}/{owned.interface}", f"prefix/{owned.prefix}"}),
    )  # fmt: skip


def _shared(network: Network) -> set[tuple[str, str]]:
    """Interfaces that face another OSPF router, with it as a neighbor or without; a host there announces nothing."""
    found: set[tuple[str, str]] = set()
    for pair in ospf_pairs(network):
        if pair.was_adjacent or all(_speaks(network, side) for side in pair.sides):
            found |= {(side.device, side.name) for side in pair.sides}
    return found


def _speaks(network: Network, side: Side) -> bool:
    """Whether its device runs OSPF on any port, or did."""
    history = network.histories[side.device]
    return any(interface_rows(state) for state in (history.earlier, history.now))


def _owned(state: DeviceState) -> Iterator[Owned]:
    rows = state.interfaces or {}
    for name, addresses in state.addresses_of_interface.items():
        port = rows.get(name)
        if port is None or port.ifOperStatus != "up":
            continue
        for row in addresses:
            if row.prefix_length is None or ":" in row.address or row.address.startswith(("127.", "169.254.")):
                continue
            prefix = ipaddress.ip_interface(f"{row.address}/{row.prefix_length}").network
            yield Owned(str(prefix), name, prefix.prefixlen == prefix.max_prefixlen)


def _had(state: DeviceState, owned: Owned) -> bool:
    return any(one.prefix == owned.prefix and one.interface == owned.interface for one in _owned(state))


def _signs(network: Network, history: DeviceHistory, owned: Owned) -> frozenset[str]:
    """What its owner itself shows: `lsa`, `interface`; empty where it still announces it, or nothing tells."""
    before, now = history.earlier, history.now
    stubs = _stubs(network)
    said, says = _listed(stubs[0], before, owned.prefix), _listed(stubs[1], now, owned.prefix)
    if any(says.values()):
        return frozenset()
    old, new = interface_rows(before), interface_rows(now)
    off = old is not None and new is not None and owned.interface in old and owned.interface not in new
    # A router that lost an area's last neighbor is not heard of there any more: its LSA is unknown, not without the prefix.
    told = {area for area, listed in said.items() if listed}
    found = {"lsa"} if told and told <= says.keys() else set()
    return frozenset(found | ({"interface"} if off else set()))


def _by_ospf_only(network: Network, history: DeviceHistory, prefix: str) -> bool:
    """Whether nothing but OSPF can have carried an owner's prefix that it redistributes: it speaks it still, and no BGP."""
    if history.now is None or not any(row.ospfNbrState == "full" for row in history.now.ospf_neighbors or ()):
        return False
    if not history.now.bgp_peers:
        return True
    others = (
        other.earlier.routes or () for other in network.histories.values() if other.earlier and other is not history
    )
    protocols = {row.proto for routes in others for row in routes if row.prefix == prefix and _is_learned(row)}
    return protocols == {"ospf"}


Stubs = Mapping[str, Mapping[str, set[tuple[str, str]]]]


def _stubs(network: Network) -> tuple[Stubs, Stubs]:
    """Before and now: router → area → (Link ID, Link Data) of the stub networks that its router-LSAs list."""
    if "stubs" not in network.memo:
        base = databases(network)
        network.memo["stubs"] = tuple(_stubs_of(lsas.values()) for lsas in (base.before, base.now))
    return cast("tuple[Stubs, Stubs]", network.memo["stubs"])


def _stubs_of(lsas: Iterable[RouterLsa]) -> Stubs:
    found: dict[str, dict[str, set[tuple[str, str]]]] = {}
    for lsa in lsas:
        found.setdefault(lsa.router, {})[lsa.area] = {(link.id, link.data) for link in lsa.links if link.kind == STUB}
    return found


def _listed(stubs: Stubs, state: DeviceState | None, prefix: str) -> dict[str, bool]:
    """Area → whether the device's router-LSA lists the prefix as a stub network there, of the LSAs that are known."""
    areas = stubs.get((state.ospf.ospfRouterId if state and state.ospf else None) or "", {})
    wanted = ipaddress.ip_network(prefix)
    return {area: (str(wanted.network_address), str(wanted.netmask)) in listed for area, listed in areas.items()}


def _others(network: Network, prefix: str) -> tuple[int, int]:
    """(devices that had a route to it and have none, those that have one now), by tables that are served both times."""
    if "spread" not in network.memo:
        had, has = Counter[str](), Counter[str]()
        for history in network.histories.values():
            old, new = history.earlier, history.now if history.answers else None
            if old is not None and new is not None and old.routes is not None and new.routes is not None:
                had.update(_learned(network, old))
                has.update(_learned(network, new))
        network.memo["spread"] = had, has
    before, now = cast("tuple[Counter[str], Counter[str]]", network.memo["spread"])
    return max(0, before[prefix] - now[prefix]), now[prefix]


def _learned(network: Network, state: DeviceState) -> frozenset[str]:
    memo = f"learned {state.device} {state.observed_at}"
    if memo not in network.memo:
        network.memo[memo] = frozenset(row.prefix for row in state.routes or () if _is_learned(row))
    return cast("frozenset[str]", network.memo[memo])


def _is_learned(row: Route) -> bool:
    return row.next_hop not in CONNECTED or (row.ifIndex != 0 and row.type == "remote")


def find_orphans(network: Network) -> Iterator[Finding]:
    """Without a poll from before: the one prefix of an OSPF router that no other knows, where all others of its kind are known."""
    routers = [
        history
        for history in network.histories.values()
        if history.before is None
        and history.answers
        and history.now
        and history.now.ospf
        and history.now.routes is not None
    ]
    if len(routers) <= WATCHERS:
        return
    shared = _shared(network)
    holders = _holders(routers)
    known = unknown = 0
    orphans: list[tuple[DeviceHistory, Owned]] = []
    for history in routers:
        rows = interface_rows(history.now) or {}
        for owned in _owned(history.now) if history.now else ():
            if (history.device, owned.interface) in shared or holders[owned.prefix] > 1 or _narrow(owned.prefix):
                continue
            if any(_knows(network, other, owned.prefix) for other in routers if other is not history):
                known += 1
            else:
                unknown += 1
                orphans += [(history, owned)] if owned.interface not in rows else []
    if unknown == 1 and known >= KNOWN_ELSEWHERE:
        for history, owned in orphans:
            yield _finding(history, owned, frozenset({"interface"}), 0)


def _holders(routers: list[DeviceHistory]) -> Mapping[str, int]:
    """Prefix → how many routers have a port in it."""
    found: dict[str, int] = {}
    for history in routers:
        for prefix in {owned.prefix for owned in _owned(history.now)} if history.now else ():
            found[prefix] = found.get(prefix, 0) + 1
    return found


def _narrow(prefix: str) -> bool:
    """A line to one other router: those outside are commonly not announced."""
    return 30 <= ipaddress.ip_network(prefix).prefixlen <= 31


def _knows(network: Network, history: DeviceHistory, prefix: str) -> bool:
    if history.now is None:
        return False
    wanted = ipaddress.ip_network(prefix)
    learned = _learned(network, history.now)
    return any(str(wanted.supernet(new_prefix=length)) in learned for length in range(wanted.prefixlen, 0, -1))


def prefix_view(network: Network, device: str) -> dict[str, object]:
    """For playbooks: whether a device still has OSPF neighbors, without which it announces nothing to anybody."""
    history = network.histories.get(device)
    rows = history.now.ospf_neighbors if history and history.now and history.answers else None
    return {"ospf_full": sum(row.ospfNbrState == "full" for row in rows) if rows is not None else None}
