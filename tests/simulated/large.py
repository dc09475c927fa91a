"""Networks of ten to five thousand devices: the drawn kinds in a hierarchy that such a network has.

`metro` and `campus`: a backbone area, and regions that are totally stubby areas with two border routers, routed edges,
access switches, servers and hosts. `leafspine`: more leaves, and switches and servers in their racks. A tenth of the
devices is never polled (hosts and other people's routers).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import combinations

from tests.networks import campus, leafspine, metro
from tests.networks.plan import Plan, Route, Service
from tests.networks.sketch import Lan, Sketch

SMALL = 35
BACKBONE = "0.0.0.0"
MANAGEMENT = IPv4Network("172.16.0.0/18")
DRAWERS: dict[str, Callable[[int, str], Plan]] = {
    "metro": metro.draw,
    "leafspine": leafspine.draw,
    "campus": campus.draw,
}


def draw(kind: str, seed: int, devices: int) -> Plan:
    """A network of about so many devices. Raises ValueError for a kind that is not drawn."""
    if kind not in DRAWERS:
        raise ValueError(f"kind: {kind!r} is none; one of {', '.join(DRAWERS)}")
    if devices <= SMALL:
        return DRAWERS[kind](seed, "s" if devices < 12 else "m" if devices < 22 else "l")
    sketch = Sketch(kind, seed, str(devices), MANAGEMENT)
    sketch.style.naming = sketch.draw.choice((0, 1, 2, 3, 4))
    if kind == "leafspine":
        return _fabric(sketch, devices)
    return _regions(sketch, devices, rows=2 if kind == "campus" else 1)


def _regions(sketch: Sketch, devices: int, rows: int) -> Plan:
    """`rows`: switches behind each edge router; a campus has more of them."""
    cores = [sketch.add("core", loopback=True, asn=sketch.style.own_as) for _ in range(2 if devices < 300 else 4)]
    for first, second in combinations(cores, 2):
        sketch.routed(first, second, BACKBONE)
        sketch.session(first, second)
    count = max(2, min(40, devices // 45))
    servers = _center(sketch, cores)
    areas: list[str] = []
    lans: list[Lan] = []
    hosts: list[str] = []
    each = (devices - len(sketch.nodes) - 4) / count
    for n in range(count):
        areas.append(f"0.0.{(n + 1) >> 8}.{(n + 1) & 255}")
        size = round(each * (n + 1)) - round(each * n)
        region, own = _region(sketch, cores, n, areas[-1], size, rows)
        lans += region
        hosts += own
    upstreams = _upstreams(sketch, cores, [*lans, servers[0]])
    _flows(sketch, hosts, servers[1], upstreams)
    return replace(sketch.plan(), stub_areas=frozenset(areas))


def _center(sketch: Sketch, cores: list[str]) -> tuple[Lan, list[str]]:
    lan, end = sketch.lan(cores[1], BACKBONE)
    at = sketch.add("switch")
    sketch.connect(cores[1], at, end, {})
    parts: tuple[tuple[Service, ...], ...] = (("dns", "dhcp"), ("http",), ("dns",))
    return lan, [sketch.host(lan, at, role="server", services=part) for part in parts]


def _region(sketch: Sketch, cores: list[str], n: int, area: str, size: int, rows: int) -> tuple[list[Lan], list[str]]:
    borders = [sketch.add("distribution", loopback=True) for _ in range(2)]
    for m, border in enumerate(borders):
        for step in (0, 1):
            sketch.routed(cores[(n + m + step) % len(cores)], border, BACKBONE, circuit=sketch.draw.random() < 0.3)
    sketch.routed(borders[0], borders[1], area)
    lans: list[Lan] = []
    hosts: list[str] = []
    left = size - 2
    per_edge = 5 + 4 * rows
    while left >= 4:
        edge = sketch.add("access", loopback=True)
        for border in borders:
            sketch.routed(border, edge, area, circuit=sketch.draw.random() < 0.3)
        sketch.spare(edge)
        lan, own = _behind(sketch, edge, area, min(per_edge, left) - 1)
        lans.append(lan)
        hosts += own
        left -= per_edge
    return lans, hosts


def _behind(sketch: Sketch, edge: str, area: str, count: int) -> tuple[Lan, list[str]]:
    """Switches in pairs with two links, a server at times, hosts at the rest; `count` nodes in all."""
    lan, end = sketch.lan(edge, area)
    first = sketch.add("switch", stp_priority=4096)
    sketch.connect(edge, first, end, {})
    switches = [first]
    hosts: list[str] = []
    while len(switches) < (count + 1) // 2:
        made = sketch.add("switch")
        for _ in range(2 if sketch.draw.random() < 0.3 else 1):
            sketch.connect(switches[0], made, {}, {})
        sketch.spare(made, 4)
        switches.append(made)
    for n in range(count - len(switches)):
        polled = sketch.draw.random() < 0.7
        at = switches[-1 - n % len(switches)]
        hosts.append(sketch.host(lan, at, role="server" if polled else "host"))
    return lan, hosts


def _upstreams(sketch: Sketch, cores: list[str], lans: list[Lan]) -> list[str]:
    made: list[str] = []
    networks = tuple(lan.network for lan in lans)
    for core in cores[:2]:
        name = sketch.external(sketch.style.private_as())
        sketch.session(core, name, sketch.routed(core, name, circuit=True), max_prefix=100)
        sketch.change(core, default_route=True, networks=_aggregates(networks), routes=_discards(networks))
        made.append(name)
    return made


def _aggregates(networks: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
    whole = networks[0]
    while not all(network.subnet_of(whole) for network in networks):
        whole = whole.supernet()
    return (whole,)


def _discards(networks: tuple[IPv4Network, ...]) -> tuple[Route, ...]:
    return tuple(Route(network, "discard") for network in _aggregates(networks))


def _flows(sketch: Sketch, hosts: list[str], servers: list[str], upstreams: list[str]) -> None:
    for host in hosts:
        for other in (sketch.draw.choice(servers), sketch.draw.choice(upstreams), sketch.draw.choice(hosts)):
            if other != host:
                sketch.flow(host, other)
                sketch.flow(other, host, 150, 900)


def _fabric(sketch: Sketch, devices: int) -> Plan:
    """Spines and leaves as `leafspine` draws them; the rest is racks of switches and servers behind the leaves."""
    leaves = max(6, min(96, devices // 14))
    shape = leafspine.Shape(4 if leaves < 48 else 8, leaves, devices - 2 * leaves - 8, 2)
    return leafspine.draw(sketch.seed, str(devices), shape, MANAGEMENT)
