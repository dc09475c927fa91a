"""A campus: a core in OSPF area 0, an area a building, redundant switches with spanning tree, a block of services."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tests.networks.plan import Plan, Role, Route
from tests.networks.sketch import Lan, Sketch


@dataclass(frozen=True, slots=True)
class Shape:
    """`hosts` a building. Without `routed`, a building's switches hang on its distribution, with no access router."""

    buildings: int
    hosts: int
    switches: int
    routed: bool
    servers: int
    upstream: bool


SHAPES = {"s": Shape(1, 2, 2, False, 1, True), "m": Shape(2, 1, 2, True, 2, True), "l": Shape(3, 2, 3, True, 2, True)}
BACKBONE = "0.0.0.0"


def draw(seed: int, size: str = "m", shape: Shape | None = None) -> Plan:
    """The campus of this seed; about 9, 17 and 28 nodes for s, m and l."""
    shape = shape or SHAPES[size]
    sketch = Sketch("campus", seed, size)
    cores = [sketch.add("core", loopback=True, platform="frr", asn=sketch.style.own_as) for _ in range(2)]
    sketch.routed(cores[0], cores[1], BACKBONE, key=sketch.style.ospf_key)
    services, servers = _services(sketch, cores, shape)
    lans, hosts = [services], []
    for n in range(shape.buildings):
        lan, own = _building(sketch, cores, f"0.0.0.{10 + n}", shape)
        lans.append(lan)
        hosts += own
    if shape.upstream:
        _upstream(sketch, cores, lans, hosts)
    for n, host in enumerate(hosts):
        for server in servers:
            sketch.flow(host, server)
            sketch.flow(server, host, 150, 900)
        far = hosts[(n + shape.hosts) % len(hosts)]
        if far != host:
            sketch.flow(host, far)
            sketch.flow(far, host)
    return sketch.plan()


def _services(sketch: Sketch, cores: list[str], shape: Shape) -> tuple[Lan, list[str]]:
    """The servers, behind a switch at the second core; with two servers, DNS and DHCP are apart from HTTP."""
    lan, end = sketch.lan(cores[1], BACKBONE)
    at, first = cores[1], end
    if shape.servers > 1:
        at, first = sketch.add("switch"), {}
        sketch.connect(cores[1], at, end, {})
    split = (("dns", "dhcp"), ("http",)) if shape.servers > 1 else (("dns", "dhcp", "http"),)
    return lan, [sketch.host(lan, at, dict(first), role="server", services=part) for part in split]


def _building(sketch: Sketch, cores: list[str], area: str, shape: Shape) -> tuple[Lan, list[str]]:
    """One or two distributions between core and building; the LAN is behind the access router, or behind the first."""
    count = 2 if shape.routed else 1
    distributions = [sketch.add("distribution", loopback=True, platform="frr") for _ in range(count)]
    for n, name in enumerate(distributions):
        for m, core in enumerate(cores):
            cost = 10 if m == n % 2 else sketch.draw.choice((10, 15))
            sketch.routed(core, name, BACKBONE, cost=cost, key=sketch.style.ospf_key)
    router = distributions[0]
    if shape.routed:
        router = sketch.add("access", loopback=True, platform="frr")
        for name in distributions:
            sketch.routed(name, router, area, circuit=sketch.draw.random() < 0.2)
    sketch.change(router, services=("dhcp-relay",))
    lan, end = sketch.lan(router, area)
    return lan, _switched(sketch, lan, end, shape)


def _switched(sketch: Sketch, lan: Lan, end: dict[str, Any], shape: Shape) -> list[str]:
    """A ring of three switches, or a pair with two links; the first is meant to be the root."""
    switches = [sketch.add("switch", stp_priority=4096 if n == 0 else 32768) for n in range(shape.switches)]
    sketch.connect(lan.router, switches[0], end, {})
    ways = list(combinations(switches, 2)) if len(switches) > 2 else [(switches[0], switches[1])] * 2
    for first, second in ways:
        sketch.connect(first, second, {}, {})
    hosts = []
    for n in range(shape.hosts):
        role: Role = "probe" if n == shape.hosts - 1 and not sketch.any_probe() else "host"
        hosts.append(sketch.host(lan, switches[-1 - n % len(switches)], role=role))
    sketch.spare(switches[-1], 3)
    return hosts


def _upstream(sketch: Sketch, cores: list[str], lans: list[Lan], hosts: list[str]) -> None:
    """One provider at the first core; the second learns of it by iBGP."""
    provider = sketch.external(sketch.style.private_as())
    sketch.session(cores[0], provider, sketch.routed(cores[0], provider, circuit=True), max_prefix=100)
    sketch.session(cores[0], cores[1])
    networks = tuple(lan.network for lan in lans)
    whole = networks[0]
    while not all(network.subnet_of(whole) for network in networks):
        whole = whole.supernet()
    for core in cores:
        sketch.change(core, default_route=True, networks=(whole,), routes=(Route(whole, "discard"),))
    for host in hosts:
        sketch.flow(host, provider)
        sketch.flow(provider, host)
