"""A metro network: routed core, distribution and access in OSPF areas, two switches, carrier circuits, upstreams by eBGP."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations, pairwise

from tests.networks.plan import Plan, Route
from tests.networks.sketch import Lan, Sketch


@dataclass(frozen=True, slots=True)
class Shape:
    cores: int
    distributions: int
    accesses: int
    upstreams: int
    hosts: int


SHAPES = {"s": Shape(2, 1, 1, 1, 1), "m": Shape(2, 2, 3, 2, 3), "l": Shape(3, 4, 6, 3, 6)}
BACKBONE = "0.0.0.0"


def draw(seed: int, size: str = "m", shape: Shape | None = None) -> Plan:
    """The metro of this seed; about 8, 16 and 28 nodes for s, m and l."""
    shape = shape or SHAPES[size]
    sketch = Sketch("metro", seed, size)
    cores = _cores(sketch, shape.cores)
    distributions = _distributions(sketch, cores, shape.distributions)
    accesses = _accesses(sketch, distributions, shape.accesses)
    lans = _lans(sketch, accesses, distributions, shape.hosts)
    _inside(sketch, [*cores, *distributions])
    upstreams = _upstreams(sketch, cores, shape.upstreams)
    _announce(sketch, cores, lans)
    hosts = [name for name, node in sketch.nodes.items() if node.role in ("host", "probe")]
    servers = [name for name, node in sketch.nodes.items() if node.role == "server"]
    for host in hosts:
        sketch.flow(host, sketch.draw.choice(servers))
        sketch.flow(sketch.draw.choice(servers), host)
        sketch.flow(host, sketch.draw.choice(upstreams))
        sketch.flow(sketch.draw.choice(upstreams), host)
    for first, second in pairwise(hosts):
        sketch.flow(first, second)
        sketch.flow(second, first)
    return sketch.plan()


def _cores(sketch: Sketch, count: int) -> list[str]:
    cores = [sketch.add("core", loopback=True, platform="frr", asn=sketch.style.own_as) for _ in range(count)]
    for first, second in combinations(cores, 2):
        sketch.routed(first, second, BACKBONE, key=sketch.style.ospf_key)
    for core in cores:
        sketch.change(core, default_route=True)
    return cores


def _distributions(sketch: Sketch, cores: list[str], count: int) -> list[str]:
    """Each between two cores; a third core is reached through the others."""
    made = []
    for n in range(count):
        name = sketch.add("distribution", loopback=True, platform="frr", asn=sketch.style.own_as)
        for at in (n, n + 1):
            circuit = sketch.draw.random() < 0.4
            sketch.routed(cores[at % len(cores)], name, BACKBONE, circuit=circuit, key=sketch.style.ospf_key)
        made.append(name)
    return made


def _accesses(sketch: Sketch, distributions: list[str], count: int) -> list[str]:
    """Each has two distributions, or two ways to one; a pair of distributions shares an area."""
    made = []
    pairs = max(1, len(distributions) // 2)
    for n in range(count):
        name = sketch.add("access", loopback=True, platform="frr")
        pair = n % pairs
        area = f"0.0.0.{1 + pair + (pairs if n >= 2 * pairs else 0)}"
        # The second way costs more in some networks: then it is a reserve, not half of the load.
        second = sketch.draw.choice((10, 10, 20))
        ways = [distributions[(2 * pair) % len(distributions)], distributions[(2 * pair + 1) % len(distributions)]]
        for way, cost in zip(ways, (10, second), strict=True):
            sketch.routed(way, name, area, cost=cost, circuit=sketch.draw.random() < 0.5)
        made.append(name)
    return made


def _lans(sketch: Sketch, accesses: list[str], distributions: list[str], hosts: int) -> list[Lan]:
    """The servers' subnet, two switches with a spare link behind the first access, a host behind each other."""
    area = _area(sketch, accesses[0])
    lan, end = sketch.lan(accesses[0], area)
    first, second = (sketch.add("switch", stp_priority=sketch.draw.choice((4096, 32768))) for _ in range(2))
    sketch.connect(accesses[0], first, end, {})
    for _ in range(2):
        sketch.connect(first, second, {}, {})
    sketch.host(lan, first)
    if hosts > 1:
        sketch.host(lan, second)
    sketch.spare(second)
    lans = [lan]
    infra, infra_end = sketch.lan(distributions[-1], BACKBONE)
    sketch.host(infra, distributions[-1], infra_end, role="server", services=("dns", "dhcp", "http"))
    lans.append(infra)
    for n in range(2, max(hosts, len(accesses) + 1)):
        access = accesses[(n - 1) % len(accesses)]
        own, own_end = sketch.lan(access, _area(sketch, access))
        sketch.host(own, access, own_end, role="probe" if n == 2 else "host")
        lans.append(own)
    sketch.change(accesses[0], services=("dhcp-relay",))
    for access in accesses:
        sketch.spare(access)
    return lans


def _area(sketch: Sketch, router: str) -> str:
    return next(port.ospf.area for port in sketch.ports(router) if port.ospf)


def _inside(sketch: Sketch, routers: list[str]) -> None:
    """iBGP between all that carry transit, so that no router on the way knows less than its neighbors."""
    for first, second in combinations(routers, 2):
        sketch.session(first, second)


def _upstreams(sketch: Sketch, cores: list[str], count: int) -> list[str]:
    made = []
    for n in range(count):
        name = sketch.external(sketch.style.private_as())
        core = cores[n % len(cores)]
        ends = sketch.routed(core, name, circuit=True)
        sketch.session(core, name, ends, max_prefix=sketch.draw.choice((0, 50, 200)))
        made.append(name)
    for first, second in pairwise(made):
        sketch.session(first, second, sketch.routed(first, second), password="")
    return made


def _announce(sketch: Sketch, cores: list[str], lans: list[Lan]) -> None:
    """The cores announce the subnets one by one, or an aggregate that they discard what is unknown of."""
    networks = tuple(lan.network for lan in lans)
    if sketch.draw.random() < 0.5:
        whole = networks[0]
        while not all(network.subnet_of(whole) for network in networks):
            whole = whole.supernet()
        aggregate: tuple[IPv4Network, ...] = (whole,) if whole not in networks else networks
        routes = tuple(Route(network, "discard") for network in aggregate if network not in networks)
        for core in cores:
            sketch.change(core, networks=aggregate, routes=routes)
        return
    for core in cores:
        sketch.change(core, networks=networks)
