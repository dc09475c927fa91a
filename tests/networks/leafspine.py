"""A leaf-spine fabric: eBGP on every link, equal-cost paths over all spines, servers behind leaves, a way out."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from tests.networks.plan import Plan
from tests.networks.sketch import Lan, Sketch


@dataclass(frozen=True, slots=True)
class Shape:
    spines: int
    leaves: int
    servers: int
    upstreams: int


SHAPES = {"s": Shape(2, 2, 2, 1), "m": Shape(2, 4, 5, 2), "l": Shape(4, 8, 8, 2)}


def draw(seed: int, size: str = "m", shape: Shape | None = None, management: IPv4Network | None = None) -> Plan:
    """The fabric of this seed; 7, 14 and 24 nodes for s, m and l."""
    shape = shape or SHAPES[size]
    sketch = Sketch("leafspine", seed, size, management)
    spines, leaves = _fabric(sketch, shape)
    lans = [_lan(sketch, leaf) for leaf in leaves]
    servers = _servers(sketch, lans, shape.servers)
    upstreams = _upstreams(sketch, leaves, shape.upstreams)
    for n, server in enumerate(servers):
        for other in sorted({servers[(n + 1) % len(servers)], sketch.draw.choice(servers)} - {server}):
            sketch.flow(server, other, 200, 900)
            sketch.flow(other, server, 200, 900)
        sketch.flow(server, sketch.draw.choice(upstreams))
        sketch.flow(sketch.draw.choice(upstreams), server)
    for node in (*spines, *leaves):
        sketch.spare(node)
    return sketch.plan()


def _fabric(sketch: Sketch, shape: Shape) -> tuple[list[str], list[str]]:
    """Spines share one AS (RFC 7938, 5.2.1) or have one each."""
    shared = sketch.draw.random() < 0.6
    spines = []
    for _ in range(shape.spines):
        asn = sketch.style.own_as if shared else sketch.style.private_as()
        spines.append(sketch.add("spine", loopback=True, platform="frr", asn=asn))
    leaves = [
        sketch.add("leaf", loopback=True, platform="frr", asn=sketch.style.private_as()) for _ in range(shape.leaves)
    ]
    for leaf in leaves:
        for spine in spines:
            sketch.session(spine, leaf, sketch.routed(spine, leaf))
    for name in (*spines, *leaves):
        loopback = sketch.nodes[name].loopback
        assert loopback is not None
        sketch.change(name, networks=(loopback.network,))
    return spines, leaves


def _lan(sketch: Sketch, leaf: str) -> tuple[Lan, dict[str, Any]]:
    lan, end = sketch.lan(leaf)
    sketch.change(leaf, networks=(*sketch.nodes[leaf].networks, lan.network))
    return lan, end


def _servers(sketch: Sketch, lans: list[tuple[Lan, dict[str, Any]]], count: int) -> list[str]:
    """A leaf with one server has it on its own port; more than one hang on a switch."""
    made: list[str] = []
    shares = [count // len(lans) + (n < count % len(lans)) for n in range(len(lans))]
    services = sketch.draw.randrange(count)
    for (lan, end), share in zip(lans, shares, strict=True):
        at, first = lan.router, dict(end)
        if share > 1 or (not made and sketch.draw.random() < 0.5):
            at = sketch.add("switch")
            sketch.connect(lan.router, at, dict(end), {})
            first = {}
        elif not share:
            sketch.port(lan.router, **end)
        for _ in range(share):
            more: dict[str, Any] = {"services": ("dns", "dhcp", "http")} if len(made) == services else {}
            made.append(sketch.host(lan, at, first, role="server", **more))
    return made


def _upstreams(sketch: Sketch, leaves: list[str], count: int) -> list[str]:
    """Somebody else's routers at the last leaves, the border."""
    made = []
    for n in range(count):
        name, border = sketch.external(sketch.style.private_as()), leaves[-1 - n % len(leaves)]
        ends = sketch.routed(border, name, circuit=True)
        sketch.session(border, name, ends, max_prefix=sketch.draw.choice((0, 100 + 4 * len(leaves))))
        made.append(name)
    return made
