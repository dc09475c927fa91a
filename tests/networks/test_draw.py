"""Drawn networks are consistent, differ from seed to seed, and become sites that the product accepts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from noc_agent.site.load import load_site
from tests.networks import campus, leafspine, metro
from tests.networks.check import problems
from tests.networks.graphml import draw_graphml
from tests.networks.plan import Neighbor, Plan, Port
from tests.networks.site import write_site

DRAWERS: dict[str, Callable[[int, str], Plan]] = {
    "metro": metro.draw,
    "leafspine": leafspine.draw,
    "campus": campus.draw,
}
ABOUT = {
    ("metro", "s"): 8, ("metro", "m"): 16, ("metro", "l"): 28, ("leafspine", "s"): 7, ("leafspine", "m"): 14,
    ("leafspine", "l"): 24, ("campus", "s"): 9, ("campus", "m"): 17, ("campus", "l"): 28,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "size"), ABOUT)
def test_every_seed_is_consistent_and_about_as_large_as_said(kind: str, size: str) -> None:
    for seed in range(40):
        plan = DRAWERS[kind](seed, size)
        assert problems(plan) == [], seed
        assert abs(len(plan.nodes) - ABOUT[kind, size]) <= 3, seed


@pytest.mark.parametrize("kind", DRAWERS)
def test_a_seed_gives_the_same_network_again(kind: str) -> None:
    assert DRAWERS[kind](5, "m") == DRAWERS[kind](5, "m")


@pytest.mark.parametrize("kind", DRAWERS)
def test_no_two_seeds_look_alike(kind: str) -> None:
    plans = [DRAWERS[kind](seed, "m") for seed in range(30)]
    assert len({tuple(sorted(node.name for node in plan.nodes)) for plan in plans}) > 20
    assert len({plan.nodes[0].ports[0].name for plan in plans}) > 5
    assert len({tuple(sorted(node.address for node in plan.polled())) for plan in plans}) == 30
    assert len({node.asn for plan in plans for node in plan.nodes if node.asn}) > 30
    assert len({node.dialect for plan in plans for node in plan.nodes}) == 3
    timers = {port.ospf.hello for plan in plans for node in plan.nodes for port in node.ports if port.ospf}
    assert len(timers) > 2 or kind == "leafspine"


@pytest.mark.parametrize("kind", DRAWERS)
@pytest.mark.parametrize("intent", [True, False])
def test_the_product_accepts_the_site(kind: str, intent: bool, tmp_path: Path) -> None:
    for seed in range(5):
        plan = DRAWERS[kind](seed, "m")
        write_site(plan, tmp_path, intent=intent, recorded=True)
        site = load_site(tmp_path / "site.yaml", {})
        assert {name: device.address or "" for name, device in site.devices.items()} == {
            node.name: node.address for node in plan.nodes
        }
        assert len(site.intent.links) == len(plan.wires)
        sessions = sum(len(node.neighbors) for node in plan.nodes) // 2
        assert len(site.intent.bgp) == (sessions if intent else 0)
        assert bool(site.intent.services) == intent


def _moved(port: Port) -> Port:
    return replace(port, address=IPv4Interface("192.168.77.1/30"))


def test_the_check_finds_what_is_wrong() -> None:
    plan = metro.draw(1, "m")
    core = next(node for node in plan.nodes if node.role == "core")
    near = next(neighbor for neighbor in core.neighbors)
    wrong = {
        "subnet": replace(core, ports=(_moved(core.ports[0]), *core.ports[1:])),
        "named": replace(core, name=plan.nodes[1].name),
        "AS ": replace(core, neighbors=(replace(near, asn=near.asn + 1), *core.neighbors[1:])),
        "mutual": replace(core, neighbors=(*core.neighbors, _stranger(plan))),
        "area": replace(core, ports=tuple(_other_area(port) for port in core.ports)),
        "management": replace(core, address="192.168.3.4"),
    }
    for word, node in wrong.items():
        nodes = tuple(node if each is core else each for each in plan.nodes)
        found = problems(replace(plan, nodes=nodes))
        assert any(word in line or (word == "management" and "is not in" in line) for line in found), (word, found)


def _stranger(plan: Plan) -> Neighbor:
    access = next(node for node in plan.nodes if node.role == "access" and node.loopback)
    assert access.loopback is not None
    return Neighbor(str(access.loopback.ip), access.name, access.asn)


def _other_area(port: Port) -> Port:
    return replace(port, ospf=replace(port.ospf, area="0.0.0.77")) if port.ospf else port


def test_published_topologies_become_consistent_plans(shared: Path) -> None:
    for file in sorted((shared / "data/topologyzoo/graphml").glob("*.graphml")):
        plan = draw_graphml(file)
        assert problems(plan) == [], file.name


def test_a_file_that_is_no_graphml_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.graphml").write_text("graph [ node [ id 0 ] ]")
    with pytest.raises(ValueError, match=r"x\.graphml: is no GraphML"):
        draw_graphml(tmp_path / "x.graphml")
