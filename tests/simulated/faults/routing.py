"""Faults of OSPF, BGP and static routes, and of circuits that only routing notices."""

from __future__ import annotations

import random
from ipaddress import IPv4Network

from tests.networks.plan import Route
from tests.simulated.faults.link import ospf_port
from tests.simulated.faults.place import (
    Fault,
    Injection,
    an_end,
    busy,
    link,
    node,
    ospf_lines,
    pick,
    polled,
    routed,
    routers,
    sessions,
)
from tests.simulated.messages import MESSAGES
from tests.simulated.world import Device, Nic, World, key_of


def ospf_area_mismatch(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, ospf_lines(world))
    if line is None:
        return None
    nic, _far = an_end(line, draw)
    ospf_port(nic, area=f"0.0.0.{draw.randint(50, 99)}")
    return link("ospf_area_mismatch", line)


def ospf_timer_mismatch(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, ospf_lines(world))
    if line is None:
        return None
    nic, _far = an_end(line, draw)
    assert nic.ospf
    hello = nic.ospf.hello * draw.choice((2, 3))
    ospf_port(nic, **draw.choice(({"hello": hello, "dead": 4 * hello}, {"dead": nic.ospf.dead * 2})))
    return link("ospf_timer_mismatch", line)


def ospf_authentication_mismatch(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, ospf_lines(world))
    if line is None:
        return None
    nic, far = an_end(line, draw)
    ospf_port(nic, key="".join(draw.choices("abcdefghjkmn", k=9)))
    # Where neither end logs it, nothing tells it from a filter or a passive interface.
    silent = not any("ospf_auth" in MESSAGES[end.device.vendor.platform] for end in (nic, far))
    also = [("ospf_neighbor_missing", nic.resource), ("ospf_neighbor_missing", far.resource)] if silent else []
    return link("ospf_authentication_mismatch", line, also=also)


def ospf_neighbor_missing(world: World, draw: random.Random, _: float) -> Injection | None:
    """OSPF made passive on one interface."""
    line = pick(draw, ospf_lines(world))
    if line is None:
        return None
    nic, far = an_end(line, draw)
    ospf_port(nic, passive=True)
    return Injection("ospf_neighbor_missing", nic.resource, [("ospf_neighbor_missing", far.resource)])


def ospf_acl_block(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, ospf_lines(world))
    if line is None:
        return None
    nic, _far = an_end(line, draw)
    nic.acl = frozenset({"ospf"})
    return Injection("ospf_acl_block", nic.resource, [("ospf_acl_block", f"node/{nic.device.name}")])


def ospf_cost_misconfig(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, busy(ospf_lines(world)))
    if line is None:
        return None
    ends = an_end(line, draw)
    assert ends[0].ospf
    cost = draw.choice([cost for cost in (1, 100, 1000, 10_000, 60_000) if cost != ends[0].ospf.cost])
    for nic in ends[: draw.choice((1, 2))]:
        ospf_port(nic, cost=cost)
    return link("ospf_cost_misconfig", line)


def ospf_missing_route_advertisement(world: World, draw: random.Random, _: float) -> Injection | None:
    lans = [
        nic for device in routers(world) for nic in device.nics.values() if nic.oper and nic.ospf and nic.ospf.passive
    ]
    nic = pick(draw, lans)
    if nic is None:
        return None
    nic.ospf = None
    return node("ospf_missing_route_advertisement", nic.device)


def bgp_asn_misconfig(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, sessions(world, outside=True))
    if chosen is None:
        return None
    device, _address, session = chosen
    session.remote_as += draw.randint(1, 40)
    return node("bgp_asn_misconfig", device)


def bgp_authentication_mismatch(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, sessions(world))
    if chosen is None:
        return None
    device, _address, session = chosen
    session.password = "".join(draw.choices("abcdefghjkmn", k=9))
    far = world.devices[session.neighbor.node]
    # Where neither end logs it and only one tells of its timer, nothing tells it from a filter.
    silent = not far.node.address and "bgp_password" not in MESSAGES[device.vendor.platform]
    kinds = ("bgp_authentication_mismatch", *(("bgp_acl_block",) if silent else ()))
    also = [(kind, f"node/{end.name}") for kind in kinds for end in (far, device)]
    return node("bgp_authentication_mismatch", device, also=also)


def bgp_acl_block(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, sessions(world))
    if chosen is None:
        return None
    chosen[0].acl = frozenset({"bgp"})
    return node("bgp_acl_block", chosen[0])


def bgp_max_prefix_exceeded(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, [one for one in sessions(world) if one[2].received > 1])
    if chosen is None:
        return None
    device, _address, session = chosen
    session.max_prefix = session.received - 1
    return node("bgp_max_prefix_exceeded", device)


def bgp_missing_route_advertisement(world: World, draw: random.Random, _: float) -> Injection | None:
    owners = [(device, network) for device in routers(world) for network in device.networks if network.prefixlen < 32]
    alone = [(d, n) for d, n in owners if sum(n in other.networks for other in world.devices.values()) == 1]
    chosen = pick(draw, alone)
    if chosen is None:
        return None
    device, network = chosen
    device.networks = tuple(each for each in device.networks if each != network)
    return node("bgp_missing_route_advertisement", device)


def bgp_session_reset(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, sessions(world))
    if chosen is None:
        return None
    device, _address, session = chosen
    far = world.devices[session.neighbor.node]
    back = [other for other in far.sessions.values() if other.neighbor.node == device.name]
    for one in (session, *back[:1]):
        one.resets += 1
        one.transitions += 1
        one.since, one.last_error = world.now + 8, "0604"
        one.reset_by_peer = one is not session
    return node("bgp_session_reset", device)


def bgp_session_shutdown(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, sessions(world))
    if chosen is None:
        return None
    chosen[2].shut = True
    return node("bgp_session_shutdown", chosen[0])


def bgp_peer_unreachable(world: World, draw: random.Random, _: float) -> Injection | None:
    """The far end of a link lost its address: the port is up, nobody answers there."""
    direct = [
        (device, nic, nic.far)
        for device, address, _session in sessions(world)
        for nic in device.nics.values()
        if nic.far and nic.far.address and str(nic.far.address.ip) == address and nic.line
    ]
    chosen = pick(draw, [one for one in direct if not one[2].device.node.address] or direct)
    if chosen is None:
        return None
    device, nic, far = chosen
    far.addressed = False
    assert nic.line
    resource = nic.line.wire.resource
    also = [("bgp_peer_unreachable", f"node/{far.device.name}"), ("bgp_peer_unreachable", f"node/{device.name}")]
    return link("bgp_peer_unreachable", nic.line, also=[*also, ("circuit_blackhole", resource)])


def bgp_hijacking(world: World, draw: random.Random, _: float) -> Injection | None:
    """A router announces somebody else's prefix, or half of it, and drops what comes."""
    speakers = [device for device in routers(world) if device.asn]
    victims = [(d, n) for d in world.devices.values() if d.asn and d.up for n in d.networks if n.prefixlen < 30]
    victim = pick(draw, victims)
    if victim is None:
        return None
    owner, network = victim
    thief = pick(draw, [device for device in speakers if device is not owner and device.asn != owner.asn])
    if thief is None:
        return None
    taken = next(network.subnets(prefixlen_diff=1)) if draw.random() < 0.6 else network
    thief.networks = (*thief.networks, taken)
    thief.static = (*thief.static, Route(taken, "discard"))
    return Injection("bgp_hijacking", f"prefix/{taken}", [("bgp_hijacking", f"prefix/{network}")])


def _carried(world: World) -> list[tuple[Device, IPv4Network, Nic]]:
    """Routers with a route to a subnet of hosts behind another one, and where it leads."""
    lans = {
        key_of(nic.address.network): nic.address.network
        for device in polled(world)
        if not device.node.is_router
        for nic in device.nics.values()
        if nic.address
    }
    return [
        (device, lans[prefix], hop.hops[0][1])
        for device in routers(world)
        for prefix, hop in device.rib.items()
        if prefix in lans and hop.hops and hop.proto != "local"
    ]


def static_blackhole(world: World, draw: random.Random, _: float) -> Injection | None:
    chosen = pick(draw, _carried(world))
    if chosen is None:
        return None
    device, network, _nic = chosen
    device.static = (*device.static, Route(network, "discard"))
    return node("static_blackhole", device)


def routing_loop(world: World, draw: random.Random, _: float) -> Injection | None:
    """A static route back to a neighbor whose own way leads here."""
    places = []
    for device, network, out in _carried(world):
        far = out.far
        if far is None or not far.device.node.is_router or not far.device.node.address:
            continue
        hop = far.device.rib.get(key_of(network))
        if (
            hop
            and hop.hops
            and hop.proto != "local"
            and hop.hops[0][1].device is far.device
            and hop.hops[0][1] is not far
            and out.address
        ):
            places.append((far.device, network, str(out.address.ip), device))
    chosen = pick(draw, places)
    if chosen is None:
        return None
    wrong, network, back, _device = chosen
    wrong.static = (*wrong.static, Route(network, back))
    return node("routing_loop", wrong)


def circuit_blackhole(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, [line for line in routed(world) if line.wire.circuit] or routed(world))
    if line is None:
        return None
    line.blackhole = True
    return link("circuit_blackhole", line)


ROUTING_FAULTS: dict[str, Fault] = {
    "ospf_area_mismatch": ospf_area_mismatch,
    "ospf_timer_mismatch": ospf_timer_mismatch,
    "ospf_authentication_mismatch": ospf_authentication_mismatch,
    "ospf_neighbor_missing": ospf_neighbor_missing,
    "ospf_acl_block": ospf_acl_block,
    "ospf_cost_misconfig": ospf_cost_misconfig,
    "ospf_missing_route_advertisement": ospf_missing_route_advertisement,
    "bgp_asn_misconfig": bgp_asn_misconfig,
    "bgp_authentication_mismatch": bgp_authentication_mismatch,
    "bgp_acl_block": bgp_acl_block,
    "bgp_max_prefix_exceeded": bgp_max_prefix_exceeded,
    "bgp_missing_route_advertisement": bgp_missing_route_advertisement,
    "bgp_session_reset": bgp_session_reset,
    "bgp_session_shutdown": bgp_session_shutdown,
    "bgp_peer_unreachable": bgp_peer_unreachable,
    "bgp_hijacking": bgp_hijacking,
    "static_blackhole": static_blackhole,
    "routing_loop": routing_loop,
    "circuit_blackhole": circuit_blackhole,
}
