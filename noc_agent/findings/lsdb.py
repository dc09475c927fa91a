"""What routers say of their own links: router-LSAs decoded from ospfLsdbAdvertisement (RFC 2328, A.4.2), and changed costs.

All routers of an area hold the same LSAs, so two of them tell for all, and the newest instance counts. A cost that a router
raised to its maximum on everything is a stub router on purpose (RFC 6987); one that follows the bandwidth of a bundle
that lost a member is a symptom.
"""

from __future__ import annotations

import ipaddress
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.ospf_pairs import OspfPair, Side, ospf_pairs
from noc_agent.snmp.source import Value
from noc_agent.state import DeviceState
from noc_agent.topology import Network

ADVERTISEMENT, METRIC = "1.3.6.1.2.1.14.4.1.8", "1.3.6.1.2.1.14.8.1.4"
ROUTER_LSA = "1"
POINT_TO_POINT, TRANSIT, STUB = 1, 2, 3
HEADER, LINK = struct.Struct(">HBB4s4siHH"), struct.Struct(">4s4sBBH")
MAX_AGE, MAX_METRIC = 3600, 0xFFFF
TELLERS = 2  # devices of an area whose database is read
SYMMETRIC = 3  # other links whose two costs are equal: then one that differs stands out


@dataclass(frozen=True, slots=True)
class LsaLink:
    """One link of a router-LSA: what it is, its Link ID and Link Data (RFC 2328, 12.4.1), and its cost."""

    kind: int
    id: str
    data: str
    cost: int


@dataclass(frozen=True, slots=True)
class RouterLsa:
    """A router's own account of its links in one area. `age` in seconds when it was read."""

    area: str
    router: str
    sequence: int
    age: int
    links: tuple[LsaLink, ...]


def decode(area: str, octets: bytes) -> RouterLsa | None:
    """A router-LSA from its octets; None where they are none, or end too early."""
    if len(octets) < HEADER.size + 4:
        return None
    age, _, kind, _, router, sequence, _, length = HEADER.unpack_from(octets)
    if kind != int(ROUTER_LSA) or length > len(octets):
        return None
    count, at = int.from_bytes(octets[HEADER.size + 2 : HEADER.size + 4]), HEADER.size + 4
    links = []
    for _ in range(count):
        if at + LINK.size > length:
            return None
        id_, data, what, tos, cost = LINK.unpack_from(octets, at)
        links.append(LsaLink(what, _dotted(id_), _dotted(data), cost))
        at += LINK.size + 4 * tos
    return RouterLsa(area, _dotted(router), sequence, age & 0x7FFF, tuple(links))


def _dotted(octets: bytes) -> str:
    return str(ipaddress.IPv4Address(octets))


class Databases:
    """The router-LSAs of a network before and now: (area, router) → the newest instance."""

    def __init__(self, network: Network) -> None:
        self.before = _newest(history.earlier for history in network.histories.values())
        self.now = _newest(history.now if history.answers else None for history in network.histories.values())


def databases(network: Network) -> Databases:
    """Read when first asked for, and once."""
    if "lsdb" not in network.memo:
        network.memo["lsdb"] = Databases(network)
    return cast("Databases", network.memo["lsdb"])


def _newest(states: Iterator[DeviceState | None]) -> Mapping[tuple[str, str], RouterLsa]:
    told: dict[str, int] = defaultdict(int)
    found: dict[tuple[str, str], RouterLsa] = {}
    for state in states:
        cells = state.reply.columns.get(ADVERTISEMENT) if state else None
        areas = (
            {row.ospfIfAreaId for row in (state.ospf_interfaces or ()) if row.ospfIfAreaId}
            if state and cells
            else set()
        )
        wanted = {area for area in areas if told[area] < TELLERS}
        for lsa in _router_lsas(cells or {}, wanted):
            known = found.get((lsa.area, lsa.router))
            if known is None or (lsa.sequence, -lsa.age) > (known.sequence, -known.age):
                found[lsa.area, lsa.router] = lsa
        for area in wanted:
            told[area] += 1
    return {key: lsa for key, lsa in found.items() if lsa.age < MAX_AGE}


def _router_lsas(cells: Mapping[str, Value], areas: set[str]) -> Iterator[RouterLsa]:
    """The index is area, type, link state id, router (RFC 4750)."""
    starts = tuple(f"{area}.{ROUTER_LSA}." for area in areas)
    for instance, octets in cells.items():
        if starts and instance.startswith(starts) and isinstance(octets, bytes):
            area = ".".join(instance.split(".", 4)[:4])
            lsa = decode(area, octets)
            if lsa is not None:
                yield lsa


def find_costs(network: Network) -> Iterator[Finding]:
    """Links whose OSPF cost is another than before, or differs by direction where it does on no other link."""
    outliers = _outliers(network)
    for pair in ospf_pairs(network):
        if pair.link is None or not pair.adjacent:
            continue
        for side, far in ((pair.a, pair.b), (pair.b, pair.a)):
            old, new = cost(network, side, far, now=False), cost(network, side, far, now=True)
            back = cost(network, far, side, now=True)
            if new is not None and old is not None and old != new:
                yield _changed(network, pair, side, far, (old, new, back))
            elif pair.resource in outliers and side.device == outliers[pair.resource] and new is not None:
                yield _asymmetric(network, pair, side, far, (new, back))


def _changed(network: Network, pair: OspfPair, side: Side, far: Side, costs: tuple[int, int, int | None]) -> Finding:
    old, new, back = costs
    was = cost(network, far, side, now=False)
    both = back is not None and was is not None and back != was
    purpose = _stub_router(network, side.device) or _stub_router(network, far.device) or _bandwidth_moved(network, side)
    drained = both and back == new and new >= _least(network, pair)
    return Finding(
        kind="cost_changed",
        resource=pair.resource,
        summary=f"{side.device} {side.name} to {far.device}: its OSPF cost is {new}, it was {old}"
        + (f"; the other direction has {back}" if back is not None else ""),
        at=network.histories[side.device].shown_at,
        device=side.device,
        facts={
            "owner": side.device, "port": side.port.interface, "old": old, "new": new, "changed": True,
            "other": back if back is not None else -1, "both_ends": both, "on_purpose": purpose or drained,
        },
        path=pair.path,
        significant=not (purpose or drained),
        starts=not purpose,
    )  # fmt: skip


def _least(network: Network, pair: OspfPair) -> int:
    """The lowest cost of the other links. Who empties a link, or fills it again after work, states costs as they are in use;
    one below all of them draws traffic."""
    if "ospf_costs" not in network.memo:
        sides = ((one, side, one.b if side is one.a else one.a) for one in ospf_pairs(network) for side in one.sides)
        network.memo["ospf_costs"] = [(one.resource, cost(network, side, far, now=True)) for one, side, far in sides]
    known = cast("list[tuple[str, int | None]]", network.memo["ospf_costs"])
    return min((each for resource, each in known if each is not None and resource != pair.resource), default=0)


def _asymmetric(network: Network, pair: OspfPair, side: Side, far: Side, costs: tuple[int, int | None]) -> Finding:
    new, back = costs
    return Finding(
        kind="cost_changed",
        resource=pair.resource,
        summary=f"{side.device} {side.name} to {far.device}: its OSPF cost is {new}, the other direction has {back}, "
        "and on every other link the two are equal",
        at=network.histories[side.device].shown_at,
        device=side.device,
        facts={
            "owner": side.device, "port": side.port.interface, "new": new,
            "other": back if back is not None else -1, "both_ends": False, "on_purpose": False,
        },
        path=pair.path,
    )  # fmt: skip


def _outliers(network: Network) -> Mapping[str, str]:
    """Without a poll from before: links whose two costs differ where all others' are equal → whose cost stands out.

    Only where the router stated its links anew within the incident: a difference that is older is design.
    """
    known: dict[str, tuple[Side, int, Side, int]] = {}
    for pair in ospf_pairs(network):
        if pair.link is None or any(network.histories[side.device].before is not None for side in pair.sides):
            continue
        one, other = cost(network, pair.a, pair.b, now=True), cost(network, pair.b, pair.a, now=True)
        if one is not None and other is not None:
            known[pair.resource] = pair.a, one, pair.b, other
    apart = {resource: row for resource, row in known.items() if row[1] != row[3]}
    if len(apart) != 1 or len(known) - 1 < SYMMETRIC:
        return {}
    usual = sorted(row[1] for resource, row in known.items() if resource not in apart)
    middle = usual[len(usual) // 2]
    resource, (a, one, b, other) = next(iter(apart.items()))
    owner = a.device if abs(one - middle) >= abs(other - middle) else b.device
    return {resource: owner} if _stated_lately(network, owner) else {}


def _stated_lately(network: Network, device: str) -> bool:
    """Whether one of the router's LSAs came up within the incident, by its age."""
    state, since = network.histories[device].now, network.incident.since
    router = state.ospf.ospfRouterId if state and state.ospf else None
    if state is None or since is None or router is None:
        return False
    window = (state.observed_at - since).total_seconds()
    return any(key[1] == router and lsa.age <= window for key, lsa in databases(network).now.items())


def cost(network: Network, side: Side, far: Side, *, now: bool) -> int | None:
    """The cost of a direction of a link: as the router's LSA states it, else by ospfIfMetricValue."""
    history = network.histories[side.device]
    state = (history.now if history.answers else None) if now else history.earlier
    if state is None or state.ospf is None or state.ospf.ospfRouterId is None:
        return None
    base = databases(network)
    lsas = base.now if now else base.before
    row = side.row if now else side.earlier
    found = lsas.get((row.ospfIfAreaId or "", state.ospf.ospfRouterId)) if row else None
    if found is not None and row is not None:
        return _of_lsa(found, row.ospfIfIpAddress, row.ospfAddressLessIf)
    return _of_table(state, row.ospfIfIpAddress, row.ospfAddressLessIf) if row and not lsas else None


def _of_lsa(lsa: RouterLsa, address: str, index: int) -> int | None:
    """Link Data is the own address; on an unnumbered line it is the ifIndex (RFC 2328, 12.4.1.1)."""
    data = address if not index else str(ipaddress.IPv4Address(index))
    costs = [link.cost for link in lsa.links if link.kind in (POINT_TO_POINT, TRANSIT) and link.data == data]
    return costs[0] if costs else None


def _of_table(state: DeviceState, address: str, index: int) -> int | None:
    """Where no database is served. An agent that states 1 for everything does not tell the truth."""
    cells = state.reply.columns.get(METRIC, {})
    if set(cells.values()) <= {1}:
        return None
    value = next((cells[key] for key in (f"{address}.{index}.0", f"{address}.{index}.1") if key in cells), None)
    return value if isinstance(value, int) else None


def _stub_router(network: Network, device: str) -> bool:
    """Whether all its links have the maximum cost: it is drained on purpose (RFC 6987)."""
    history = network.histories[device]
    router = history.now.ospf.ospfRouterId if history.now and history.now.ospf else None
    costs = [
        link.cost
        for (_, name), lsa in databases(network).now.items()
        if name == router
        for link in lsa.links
        if link.kind in (POINT_TO_POINT, TRANSIT)
    ]
    return len(costs) > 1 and all(value == MAX_METRIC for value in costs)


def _bandwidth_moved(network: Network, side: Side) -> bool:
    """Whether the interface has another speed than before: costs may follow it."""
    history = network.histories[side.device]
    old, new = ((state.interfaces or {}).get(side.name) if state else None for state in (history.earlier, history.now))
    return bool(old and new and old.speed_bps != new.speed_bps)
