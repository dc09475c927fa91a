"""Playbooks are data that is checked: what they say holds, does not hold, or is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from noc_agent.agent.content import load_content
from noc_agent.cli.common import bundled_site
from noc_agent.errors import BadInput
from noc_agent.evaluation.families import FAMILIES
from noc_agent.findings.kinds import KINDS
from noc_agent.playbooks import check, load_playbook, load_playbooks
from noc_agent.playbooks.card import card
from noc_agent.playbooks.expressions import Expression, Text
from noc_agent.playbooks.model import ANY, PLATFORMS
from noc_agent.site.load import load_site
from noc_agent.toolbox import bundled

GOOD = (bundled("playbooks") / "link_down.yaml").read_text()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.oper == 'down'", True), ("a.oper == 'up'", False), ("a.mtu == 1500", None), ("b.oper == 'down'", None), ("not nothing", None),
        ("a.mtu == 1500 or a.oper == 'down'", None), ("a.oper == 'down' or a.mtu == 1500", True), ("a.n >= 1 and a.oper == 'down'", True),
        ("rows | selectattr('k', 'equalto', 2) | list | length > 0", True), ("a.mtu | default(0) == 0", True),
    ],
)  # fmt: skip
def test_conditions_have_three_values(source: str, expected: bool | None) -> None:
    context = {"a": {"oper": "down", "n": 2}, "rows": [{"k": 1}, {"k": 2}]}
    assert Expression(source, "x").holds(context) is expected


@pytest.mark.parametrize("source", ["a ==", "", "{{ a }}", "a.b.c(", "x" * 2000])
def test_what_is_no_condition_is_named(source: str) -> None:
    with pytest.raises(BadInput, match=r"mine\.yaml: prove"):
        Expression(source, "mine.yaml: prove[0].if").check()


@pytest.mark.parametrize("source", ["1 / 0", "'a' + 1", "a['x']['y'] > 1 and 1 // 0"])
def test_a_condition_that_fails_is_named(source: str) -> None:
    with pytest.raises(BadInput, match="here"):
        Expression(source, "here").holds({"a": {"x": {"y": 2}}})


@pytest.mark.parametrize("source", ["a.__class__.__mro__", "''.__class__", "range(10**9) | list", "a.update({'x': 1})"])
def test_the_sandbox_lets_nothing_out(source: str) -> None:
    try:
        assert not Expression(source, "here").holds({"a": {"oper": "down"}})
    except (BadInput, OverflowError) as error:
        assert "here" in str(error)


def test_texts_say_openly_what_is_not_known() -> None:
    assert Text("{{ a.device }} {{ a.nothing }} {{ b.name }}", "x").fill({"a": {"device": "r1"}}) == "r1 ? ?"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("title:", "titel:", "title"), ("place: link", "place: cloud", "place"), ("layer: 1", "layer: low", "layer"), ("prove:\n", "prove: 5\nx:\n", ""),
        ("fault: link_down", "fault: Link Down", "fault"), ("at: nodes", "at: moon", "].at"), ("look: State of this end of the link", "luk: x", "look"),
    ],
)  # fmt: skip
def test_a_broken_playbook_is_named_with_its_key_and_left_out(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    (tmp_path / "mine.yaml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(BadInput) as error:
        load_playbook(tmp_path / "mine.yaml")
    assert "mine.yaml" in str(error.value)
    assert named in str(error.value)
    playbooks, problems = load_playbooks([bundled("playbooks"), tmp_path])
    assert len(problems) == 1
    assert "link_down" in playbooks


def test_a_kind_is_defined_once(tmp_path: Path) -> None:
    (tmp_path / "again.yaml").write_text(GOOD)
    _, problems = load_playbooks([bundled("playbooks"), tmp_path])
    assert "link_down.yaml" in str(problems[0])


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("interface_oper_down, neighbor_lost", "interface_oper_doun, neighbor_lost", "explains"), ("fault: node_down", "fault: node_upside_down", "rivals"),
        ("tool: log_events", "tool: crystal_ball", "tool"), ("id: far_end", "id: this_end", "id"), ("if: \"a.oper == 'up'\"", "if: \"a.oper == 'up' orr\"", "refute["),
    ],
)  # fmt: skip
def test_the_lint_finds_what_would_only_show_at_night(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    (tmp_path / "mine.yaml").write_text(GOOD.replace(old, new, 1))
    content = load_content(load_site(bundled_site(), {}))
    problems = check(load_playbook(tmp_path / "mine.yaml"), content.playbooks, content.toolbox.tools)
    assert len(problems) == 1
    assert named in problems[0]


def test_the_bundled_playbooks_are_sound_and_say_what_they_know() -> None:
    content = load_content(load_site(bundled_site(), {}))
    assert content.problems == ()
    assert set(content.playbooks) == set(FAMILIES)  # every kind of the contract has one
    for playbook in content.playbooks.values():
        assert check(playbook, content.playbooks, content.toolbox.tools) == ()
        assert playbook.references
        assert card(playbook)["prove"]
        assert all(kind in KINDS for pick in playbook.suspects for kind in pick.kinds)


@pytest.mark.parametrize("fault", sorted(FAMILIES))
def test_what_to_do_is_told_for_each_platform_with_a_check_before_and_after_and_a_way_back(fault: str) -> None:
    playbook = load_playbook(bundled("playbooks") / f"{fault}.yaml")
    by_platform = [action for action in playbook.next_actions if set(action.texts) != {ANY}]
    assert len(by_platform) == 1
    for platform in PLATFORMS:
        texts = [text.source for text in by_platform[0].on(platform)]
        starts = ("Before, on {{ at.device }}: ", "Change: ", "After: ", "Way back: ")
        assert [text.startswith(start) for text, start in zip(texts, starts, strict=True)] == [True] * 4
    assert len({tuple(t.source for t in by_platform[0].on(platform)) for platform in PLATFORMS}) == len(PLATFORMS)
    assert by_platform[0].on("eos") == by_platform[0].on(ANY)


def test_a_site_adds_a_playbook_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks/mine.yaml").write_text(GOOD.replace("fault: link_down", "fault: my_own", 1))
    (tmp_path / "site.yaml").write_text("name: x\ndevices: {r1: {}}\nplaybooks: [playbooks/]\n")
    assert "my_own" in load_content(load_site(tmp_path / "site.yaml", {})).playbooks
