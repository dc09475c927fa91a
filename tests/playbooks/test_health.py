"""The playbooks of links and devices: their place, what on-call staff find in them, and what rules the rivals out."""

from __future__ import annotations

from pathlib import Path

import pytest

from noc_agent.agent.content import load_content
from noc_agent.cli.common import bundled_site
from noc_agent.playbooks import Playbook, check
from noc_agent.site.load import load_site
from tests.findings.small_site import SmallSite
from tests.findings.test_health import FAULTS, bounce, ios
from tests.recorded import pairs

PLACES = {
    "link_flap": "link", "link_packet_corruption": "link", "duplex_mismatch": "link", "optics_degraded": "interface",
    "miscabling": "link", "link_latency": "link", "node_restart": "node", "cpu_exhaustion": "node",
    "memory_exhaustion": "node", "disk_full": "node", "environment_alarm": "node",
}  # fmt: skip


@pytest.fixture(scope="module")
def playbooks() -> dict[str, Playbook]:
    return dict(load_content(load_site(bundled_site(), {})).playbooks)


@pytest.mark.parametrize("fault", PLACES)
def test_each_kind_sits_where_the_contract_says_and_is_sound(playbooks: dict[str, Playbook], fault: str) -> None:
    found = playbooks[fault]
    assert found.place == PLACES[fault]
    assert found.references
    tools = {step.tool for playbook in playbooks.values() for step in playbook.steps}
    assert check(found, playbooks, tools) == ()


@pytest.mark.parametrize("fault", PLACES)
def test_a_rival_is_one_from_both_sides_or_is_explained(playbooks: dict[str, Playbook], fault: str) -> None:
    """Of the kinds of this family: whoever is named as a rival names this one too, or may not be confused back."""
    own = [rival.fault for rival in playbooks[fault].rivals if PLACES.get(rival.fault) == PLACES[fault]]
    for other in own:
        named = {rival.fault for rival in playbooks[other].rivals}
        explains = {kind for pick in playbooks[other].explains for kind in pick.kinds}
        suspects = {kind for pick in playbooks[fault].suspects for kind in pick.kinds}
        assert fault in named or not suspects <= explains, other


RULED_OUT = {
    "flap-ios": "link_down", "damaged": "duplex_mismatch", "duplex": "link_packet_corruption", "restart": "node_down",
    "light-low": "interface_admin_down", "cpu": "node_restart", "swapped": "link_down",
}  # fmt: skip


@pytest.mark.parametrize("name", RULED_OUT)
def test_rivals_are_ruled_out_with_evidence(tmp_path: Path, name: str) -> None:
    site, make, expected = FAULTS[name]
    small = site()
    make(small)
    document = small.diagnose(tmp_path)
    assert pairs(document) == {expected}
    out = {row["fault"]: row for row in document["ruled_out"]}
    if RULED_OUT[name] == "link_packet_corruption":
        assert RULED_OUT[name] not in {fault for fault, _ in pairs(document)}
    else:
        assert out[RULED_OUT[name]]["evidence"]
        assert out[RULED_OUT[name]]["reason"]


def test_a_flap_that_only_the_log_of_one_end_tells_names_what_to_do(tmp_path: Path) -> None:
    small: SmallSite = ios()
    link = small.links[0]
    bounce(small, link, 3, junos_words=False)
    small.logs = [line for line in small.logs if f" {link[0]} " in line]
    document = small.diagnose(tmp_path)
    assert {fault for fault, _ in pairs(document)} == {"link_flap"}
    assert any(text.startswith("Before") for text in document["next_actions"])
