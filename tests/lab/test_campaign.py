"""What a campaign records is drawn from the set's name alone, holds every kind, and tells disturbed recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.lab import benign, faults
from tests.lab.campaign import Campaign
from tests.lab.cases import pack, unpack
from tests.lab.decks import COMMITTED, FILLED, deck, named, stands
from tests.lab.draw import KINDS, choose, drawn
from tests.lab.evidence import cases, rows
from tests.lab.proof.healthy import late
from tests.lab.proof.recorded import Recorded
from tests.lab.sessions import Session, changed, touched, unexplained
from tests.lab.shell import LabError

SETS = (*COMMITTED, "fresh:300")
ALL = {name: [wanted for stand in stands(name) for wanted in stand.wanted] for name in SETS}


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_as_large_as_it_says_and_the_same_each_time(name: str) -> None:
    drawn_first, wanted = ALL[name][: named(name).cases], ALL[name]
    assert [each.name for each in wanted] == [f"c{n:03d}" for n in range(1, len(deck(name)) + 1)]
    assert sum(len(each.kinds) == 2 for each in wanted) == named(name).pairs
    assert sum(each.benign for each in drawn_first) == named(name).healthy
    assert stands(name) == stands(name)
    assert 0.3 < sum(each.intent for each in wanted) / len(wanted) < 0.7


@pytest.mark.parametrize("name", FILLED)
def test_a_filled_set_has_every_fault_and_everything_that_is_none(name: str) -> None:
    held = [kind for each in ALL[name] for kind in each.kinds]
    assert {*faults.CATALOGUE, *benign.CATALOGUE} == {*held}
    later = [kind for each in ALL[name][named(name).cases :] for kind in each.kinds]
    assert not {*later} & {kind for each in ALL[name][: named(name).cases] for kind in each.kinds}


def test_the_sets_have_no_lab_in_common() -> None:
    labs = [lab for name in SETS for lab in named(name).labs]
    assert len(labs) == len({*labs})


def test_a_fresh_set_has_every_kind_of_network_and_none_of_a_committed_set() -> None:
    seeds = {lab.split(":")[1] for name in COMMITTED for lab in named(name).labs}
    first, other = named("fresh:300"), named("fresh:400")
    assert {lab.split(":")[0] for lab in first.labs} == {*KINDS}
    assert not {lab.split(":")[1] for lab in (*first.labs, *other.labs)} & seeds
    assert deck("fresh:300") != deck("fresh:400")


@pytest.mark.parametrize("name", ["fresh", "fresh:101", "fresh:x", "other"])
def test_a_set_that_is_none_is_one_line(name: str) -> None:
    with pytest.raises(LabError, match=f"^{name}: no set"):
        named(name)


def test_the_two_faults_of_a_pair_touch_no_device_in_common() -> None:
    for name in SETS:
        for stand in stands(name):
            for each in stand.wanted:
                if len(each.kinds) == 2:
                    first, second = each.choose(drawn(stand.plan))
                    assert not touched(first) & touched(second)


def test_a_session_that_no_fault_explains_is_told() -> None:
    plan = drawn("metro:101:m")
    cut = choose(plan, "link_down", 1)
    near, far = sorted(touched(cut))
    own = Session("ospf", near, far, "10.0.0.1", True)
    other = Session("ospf", "elsewhere", "else", "10.0.0.3", True)
    through = Session("bgp", "elsewhere", "else", "10.9.9.9", False)
    still = Session("ospf", "quiet", "calm", "10.0.0.5", True)
    before = {own: 100.0, other: 100.0, through: 100.0, still: 100.0}
    lost = changed(before, {other: 160.0, still: 101.0})
    assert lost == sorted([own, other, through])
    assert unexplained(lost, [cut]) == [other]
    assert unexplained(lost, []) == lost
    assert unexplained(lost, [choose(plan, "dns_service_down", 1)]) == lost


def test_a_campaign_without_time_records_nothing(tmp_path: Path) -> None:
    Campaign(tmp_path, hours=0).run(["train"], 1)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_case_is_told(tmp_path: Path) -> None:
    case = tmp_path / "c001"
    (case / "snmp/r1").mkdir(parents=True)
    (case / "truth.yaml").write_text("faults: []\n")
    (case / "snmp/r1/20260101T000000Z.snmprec").write_text("1.3.6.1.2.1.1.3.0|67|1\n")
    (row,) = [row for each in cases(tmp_path) for row in rows(each)]
    assert row.seen == ""
    assert row.why == "1 polls, not 4"


@pytest.mark.parametrize(
    ("kind", "targets", "busy"),
    [("link_down", ("h1", "h2"), True), ("link_down", ("h1", "h1"), False), ("link_latency", ("h1", "h2"), False), ("", ("h1", "h2"), True)],
)  # fmt: skip
def test_a_recording_of_a_busy_machine_is_told(tmp_path: Path, kind: str, targets: Sequence[str], busy: bool) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "truth.yaml").write_text(f"faults: [{{fault: {kind}, resource: link/a}}]\n" if kind else "faults: []\n")
    words = (
        f"pc1 sla-probe[55]: SLA-4-STATE: target={name} state=SLOW prev=OK loss=0% rtt_avg=79.4ms\n" for name in targets
    )
    (tmp_path / "logs/syslog.log").write_text("".join(words))
    assert bool(late(Recorded(tmp_path))) == busy


def test_nothing_to_pack_or_unpack_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no cases"):
        pack(tmp_path, tmp_path / "x.tar.xz")
    with pytest.raises(LabError, match="no such set"):
        unpack("other", tmp_path)
