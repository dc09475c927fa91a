"""OSPF (RFC 2328): adjacencies, and the routes of each router from the full ones."""

from __future__ import annotations

import heapq
from collections import defaultdict

from tests.simulated.layer2 import DEAF, hears
from tests.simulated.world import Adjacency, Device, Hop, Nic, World, key_of

BACKBONE = "0.0.0.0"
DEFAULT = (0, 0)
Hops = frozenset[tuple[str, Nic]]
Edges = dict[str, list[tuple[str, int, str, Nic]]]
Table = dict[tuple[int, int], tuple[int, Hops]]
NONE: Hops = frozenset()


def settle_adjacencies(world: World) -> None:
    world.troubles = {}
    for device in world.devices.values():
        device.adjacencies = {}
    for device in world.devices.values():
        for nic in device.nics.values():
            if _speaks(nic):
                for other in world.segments[nic].nics:
                    if other is not nic and other.ospf and not other.ospf.passive:
                        _neighbor(world, nic, other)


def _speaks(nic: Nic) -> bool:
    return bool(nic.oper and nic.ospf and not nic.ospf.passive and nic.device.runs("ospf") and nic.address)


def _accepts(world: World, nic: Nic, sender: Nic) -> bool:
    """Whether hellos of the sender arrive and are accepted."""
    if not _speaks(sender) or hears(nic) <= 1 - DEAF or "ospf" in nic.acl | nic.device.acl:
        return False
    trouble = _mismatch(nic, sender)
    if trouble:
        world.troubles[nic, sender] = trouble
    return not trouble


def _mismatch(nic: Nic, sender: Nic) -> str:
    mine, theirs = nic.ospf, sender.ospf
    assert mine and theirs and nic.address and sender.address
    if nic.address.network != sender.address.network:
        return "subnet"
    if mine.area != theirs.area:
        return "area"
    if mine.key != theirs.key:
        return "auth"
    if mine.hello != theirs.hello:
        return "hello"
    return "dead" if mine.dead != theirs.dead else ""


def _neighbor(world: World, nic: Nic, other: Nic) -> None:
    if not _accepts(world, nic, other):
        return
    back = _accepts(world, other, nic)
    if not back:
        found = Adjacency("init", "one-way")
    elif nic.mtu != other.mtu:
        found = Adjacency("exchange" if nic.mtu < other.mtu else "exchangeStart", "mtu")
    else:
        found = Adjacency("full")
    address = other.address
    assert address
    nic.device.adjacencies.setdefault(nic.name, {})[str(address.ip)] = found


def ospf_routes(world: World) -> dict[str, dict[tuple[int, int], Hop]]:
    """Routes by router, without those to its own networks."""
    areas = _areas(world)
    intra: dict[str, dict[str, Table]] = defaultdict(dict)  # router, area
    for area, (edges, stubs) in areas.items():
        for router in stubs:
            intra[router][area] = _spf(router, edges, stubs)
    borders = {router for router, tables in intra.items() if BACKBONE in tables and len(tables) > 1}
    backbone = _with_summaries(areas, intra, borders, BACKBONE, _own_areas(intra, borders))
    found = {}
    for router, tables in intra.items():
        merged: Table = {}
        for table in tables.values():
            _merge(merged, table)
        if BACKBONE in tables:
            _fill(merged, backbone[router])
        found[router] = merged
    for area in areas:
        if area != BACKBONE:
            for router, table in _into(areas, intra, borders, area, backbone, world.plan.stub_areas).items():
                _fill(found[router], table)
    orders: dict[Hops, tuple[tuple[str, Nic], ...]] = {NONE: ()}
    return {router: _rows(table, orders) for router, table in found.items()}


def _rows(table: Table, orders: dict[Hops, tuple[tuple[str, Nic], ...]]) -> dict[tuple[int, int], Hop]:
    """`orders` keeps sets of next hops that were put in order already: they are few."""
    found = {}
    for prefix, (cost, hops) in table.items():
        if hops not in orders:
            orders[hops] = tuple(sorted(hops, key=lambda hop: (hop[1].number, hop[0])))
        if hops:
            found[prefix] = Hop(prefix, orders[hops], "ospf", cost)
    return found


def _areas(world: World) -> dict[str, tuple[Edges, dict[str, Table]]]:
    """Of each area the full adjacencies, and what each router announces in it."""
    found: dict[str, tuple[Edges, dict[str, Table]]] = {}
    for device in world.devices.values():
        if not device.runs("ospf"):
            continue
        for nic in device.nics.values():
            if nic.oper and nic.ospf and nic.address:
                edges, stubs = found.setdefault(nic.ospf.area, (defaultdict(list), {}))
                own = stubs.setdefault(device.name, _loopback(device, nic.ospf.area))
                own[key_of(nic.address.network)] = (nic.ospf.cost, NONE)
                for address, adjacency in device.adjacencies.get(nic.name, {}).items():
                    far = world.by_address[address]
                    if adjacency.state == "full" and isinstance(far, Nic):
                        edges[device.name].append((far.device.name, nic.ospf.cost, address, nic))
    return found


def _loopback(device: Device, area: str) -> Table:
    """What a router announces whatever its interfaces are; the way out is one with the backbone's routers."""
    own = {nic.ospf.area for nic in device.nics.values() if nic.ospf}
    first = BACKBONE if BACKBONE in own else min(own)
    table: Table = {}
    if device.node.loopback and area == first:
        table[key_of(device.node.loopback.network)] = (0, NONE)
    if device.node.default_route and area == first:
        table[DEFAULT] = (1, NONE)
    return table


def _spf(source: str, edges: Edges, stubs: dict[str, Table]) -> Table:
    """Shortest paths of one router in one area; equal ones side by side."""
    reached = _distances(source, edges)
    table: Table = {}
    for router, (distance, hops) in reached.items():
        for prefix, (cost, _) in stubs.get(router, {}).items():
            _offer(table, prefix, distance + cost, hops)
    return table


def _distances(source: str, edges: Edges) -> dict[str, tuple[int, Hops]]:
    done: dict[str, tuple[int, Hops]] = {}
    tentative: dict[str, tuple[int, Hops]] = {source: (0, NONE)}
    queue = [(0, source)]
    while queue:
        cost, name = heapq.heappop(queue)
        if name in done or cost > tentative[name][0]:
            continue
        done[name] = tentative[name]
        hops = done[name][1]
        for far, weight, address, nic in edges.get(name, ()):
            if far in done:
                continue
            via = frozenset({(address, nic)}) if name == source else hops
            total = cost + weight
            known = tentative.get(far)
            if known is None or total < known[0]:
                tentative[far] = (total, via)
                heapq.heappush(queue, (total, far))
            elif total == known[0]:
                tentative[far] = (total, known[1] | via)
    return done


def _offer(table: Table, prefix: tuple[int, int], cost: int, hops: Hops) -> None:
    known = table.get(prefix)
    if known is None or cost < known[0]:
        table[prefix] = (cost, hops)
    elif cost == known[0] and known[1] and hops:
        table[prefix] = (cost, known[1] | hops)


def _merge(table: Table, other: Table) -> None:
    for prefix, (cost, hops) in other.items():
        _offer(table, prefix, cost, hops)


def _fill(table: Table, other: Table) -> None:
    """Inter-area routes only where there is none of an own area (RFC 2328, 11)."""
    for prefix, row in other.items():
        table.setdefault(prefix, row)


def _own_areas(intra: dict[str, dict[str, Table]], borders: set[str]) -> dict[str, Table]:
    """What each border router tells the backbone of its other areas."""
    found: dict[str, Table] = {}
    for router in borders:
        table: Table = {}
        for area, own in intra[router].items():
            if area != BACKBONE:
                _merge(table, own)
        found[router] = table
    return found


def _with_summaries(
    areas: dict[str, tuple[Edges, dict[str, Table]]],
    intra: dict[str, dict[str, Table]],
    borders: set[str],
    area: str,
    told: dict[str, Table],
) -> dict[str, Table]:
    """What the routers of an area learn of other areas from its border routers."""
    edges, stubs = areas.get(area, ({}, {}))
    found: dict[str, Table] = {}
    for router in stubs:
        reached = _distances(router, edges)
        table: Table = {}
        for border in borders & reached.keys():
            if border != router:
                distance, hops = reached[border]
                for prefix, (cost, _) in told[border].items():
                    if prefix not in intra[router][area]:
                        _offer(table, prefix, distance + cost, hops)
        found[router] = table
    return found


def _into(
    areas: dict[str, tuple[Edges, dict[str, Table]]],
    intra: dict[str, dict[str, Table]],
    borders: set[str],
    area: str,
    backbone: dict[str, Table],
    stub_areas: frozenset[str],
) -> dict[str, Table]:
    told = {}
    here = areas[area][1].keys()
    for border in borders & here:
        table: Table = {}
        if area in stub_areas:
            table[DEFAULT] = (1, NONE)
        else:
            _merge(table, intra[border][BACKBONE])
            _fill(table, backbone[border])
        told[border] = table
    return _with_summaries(areas, intra, borders & here, area, told)
