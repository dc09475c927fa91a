"""Where a fault may sit: kinds of two places, and the site's own name of what a model means."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.agent.content import load_content
from noc_agent.agent.sources import site_source
from noc_agent.diagnosis.grounding import existing
from noc_agent.diagnosis.hypotheses import place_of, sits
from noc_agent.evidence import Finding
from noc_agent.playbooks import Playbook
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from noc_agent.topology import Network
from tests.igp_site import Ring

Known = tuple[Network, dict[str, Playbook], Ring]


@pytest.fixture
def known(tmp_path: Path) -> Known:
    ring = Ring()
    folder = ring.write(tmp_path / "ring")
    site = load_site(folder / "site.yaml", os.environ)
    incident = read_incident(str(folder / "incident.yaml"), site, bytes, datetime.now(UTC), None, None)
    return Network(site, site_source(site, incident)[0], incident), dict(load_content(site).playbooks), ring


@pytest.mark.parametrize(
    ("fault", "resource", "name"),
    [
        ("ospf_acl_block", "node/edge-a", "node/edge-a"),
        ("bgp_peer_unreachable", "node/edge-a", "node/edge-a"),
        ("link_down", "node/edge-a", None),
        ("bgp_hijacking", "prefix/203.0.113.0/24", None),
        ("bgp_hijacking", "prefix/nonsense", None),
        ("bgp_hijacking", "node/edge-a", None),
    ],
)
def test_a_model_may_name_what_exists_at_a_place_of_the_kind(
    known: Known, fault: str, resource: str, name: str | None
) -> None:
    network, playbooks, _ = known
    assert existing(network, playbooks[fault], resource) == name


def test_a_prefix_is_known_by_its_route_and_named_as_tables_write_it(known: Known) -> None:
    network, playbooks, _ = known
    state = network.histories["edge-a"].now
    assert state is not None
    route = next(row for row in state.routes or () if row.prefix.endswith("/24"))
    address = route.prefix.replace(".0/24", ".7/24")
    assert existing(network, playbooks["bgp_hijacking"], f"prefix/{address}") == f"prefix/{route.prefix}"


def test_a_finding_stays_on_a_second_place_and_else_goes_to_the_first(known: Known) -> None:
    network, playbooks, ring = known
    seen = {
        where: Finding(kind="one_way", resource=where, summary="", at=None, device="edge-a", facts={}, path=frozenset())
        for where in ("node/edge-a", ring.interface(0, 1), "interface/edge-a/unlinked")
    }
    filtered, unreachable = playbooks["ospf_acl_block"].places, playbooks["bgp_peer_unreachable"].places
    assert [place_of(network, one, filtered) for one in seen.values()] == [(where,) for where in seen]
    places = [place_of(network, one, unreachable) for one in seen.values()]
    assert places == [("node/edge-a",), (ring.link(0, 1),), ("node/edge-a",)]


def test_no_rival_is_weighed_where_it_cannot_sit(known: Known) -> None:
    _, playbooks, _ = known
    assert not sits(playbooks["circuit_blackhole"], "node/edge-a")
    assert sits(playbooks["circuit_blackhole"], "interface/edge-a/unlinked")
