"""The scores, held against the independent scorer of the shared tools and against the contract's own words."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from noc_agent.errors import BadInput
from noc_agent.evaluation import (
    CaseScore,
    Fault,
    Pair,
    confusion,
    explain_misses,
    family_of,
    find_cases,
    read_truth,
    score,
    totals,
)
from noc_agent.evidence import Json
from tests.recorded import shared_tool

KINDS = ("link_down", "node_down", "mtu_mismatch", "disk_full")
PLACES = (
    "node/a", "node/b", "interface/a/1", "interface/b/1", "interface/c/9", "link/a/1--b/1", "link/b/1--a/1", "link/b/2--c/9",
)  # fmt: skip


@pytest.fixture(scope="module")
def peer(shared: Path) -> ModuleType:
    return shared_tool(shared, "score")


def document(verdict: str, *pairs: tuple[str, str]) -> dict[str, Json]:
    causes: list[Json] = [{"fault": fault, "resource": place, "confidence": 0.9} for fault, place in pairs]
    return {
        "verdict": verdict,
        "root_causes": causes,
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "model_calls": 2},
    }


def drawn(rng: random.Random) -> tuple[list[dict[str, Any]], dict[str, Json] | None]:
    def pair() -> tuple[str, str]:
        return rng.choice(KINDS), rng.choice(PLACES)

    faults: list[dict[str, Any]] = []
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3))):
        names = [{"fault": fault, "resource": place} for fault, place in (pair() for _ in range(rng.choice((1, 1, 2))))]
        faults.append({**names[0], "also": names[1:]} if names[1:] else names[0])
    if rng.random() < 0.1:
        return faults, None
    verdict = rng.choice(("confirmed", "likely", "inconclusive", "healthy", "fine"))
    answers = [pair() for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    if faults and rng.random() < 0.6:
        answers.append((faults[0]["fault"], faults[0]["resource"]))
    return faults, document(verdict, *answers)


def ours(faults: list[dict[str, Any]], made: Mapping[str, Json] | None) -> CaseScore:
    truth = tuple(
        Fault(
            Pair(row["fault"], row["resource"]),
            tuple(Pair(other["fault"], other["resource"]) for other in row.get("also", ())),
        )
        for row in faults
    )
    return score("case", truth, made)


def test_any_answer_scores_as_the_independent_scorer_says(peer: ModuleType) -> None:
    rng = random.Random(20261127)
    theirs, own = [], []
    for _ in range(3000):
        faults, made = drawn(rng)
        theirs.append(peer.score_case("case", made, faults))
        own.append(ours(faults, made))
        one, other = own[-1], theirs[-1]
        for ratios, name in ((one.localisation, "localisation"), (one.root_cause, "root_cause")):
            assert (ratios.hits, ratios.wrong, ratios.missed) == other["counts"][name], (faults, made)
            found = {"precision": ratios.precision, "recall": ratios.recall, "f1": ratios.f1}
            assert found == pytest.approx(other[name]), (faults, made)
        assert (one.finished, one.detected, one.false_alarm, one.tokens, one.model_calls) == (
            other["finished"], other["detected"], other["false_alarm"], other["tokens"], other["model_calls"],
        )  # fmt: skip
    all_, them = totals(own), peer.totals(theirs)
    assert all_.localisation.f1 == pytest.approx(them["localisation_f1"])
    assert all_.root_cause.f1 == pytest.approx(them["root_cause_f1"])
    assert (all_.false_alarms, all_.healthy_cases) == (them["false_alarms"], them["healthy_cases"])
    assert (all_.finished, all_.detection) == (them["finished"], them["detection"])


def test_right_means_every_fault_and_nothing_else() -> None:
    cut = [{"fault": "link_down", "resource": "link/a/1--b/1"}]
    assert ours(cut, document("likely", ("link_down", "link/b/1--a/1"))).right
    assert not ours(cut, document("likely", ("link_down", "interface/a/1"))).right
    assert not ours(cut, document("likely", ("link_down", "link/a/1--b/1"), ("node_down", "node/a"))).right
    assert ours([], document("healthy")).right
    assert not ours([], document("inconclusive")).right
    assert not ours(cut, document("inconclusive")).right


def test_confusion_pairs_a_miss_with_what_was_named_at_its_place() -> None:
    two = [{"fault": "disk_full", "resource": "node/a"}, {"fault": "link_down", "resource": "link/a/1--b/1"}]
    rows = [
        ours(two, document("likely", ("mtu_mismatch", "link/a/1--b/1"), ("node_down", "node/c"))),
        ours(two, document("likely", ("link_down", "link/a/1--b/1"))),
        ours([], document("likely", ("node_down", "node/b"))),
        ours(two[:1], None),
    ]
    assert confusion(rows) == {
        ("link_down", "mtu_mismatch"): 1, ("disk_full", "node_down"): 1, ("disk_full", "nothing"): 1, ("nothing", "node_down"): 1,
        ("disk_full", "no verdict"): 1,
    }  # fmt: skip


def test_a_miss_says_why() -> None:
    cut = [{"fault": "link_down", "resource": "link/a/1--b/1"}]
    made = document("inconclusive")
    assert "no playbook" in explain_misses(ours(cut, made), made, ())[0]
    assert "not suspected" in explain_misses(ours(cut, made), made, ("link_down",))[0]
    made["ruled_out"] = [
        {"fault": "link_down", "resource": "link/b/1--a/1", "evidence": ["E1"], "reason": "both ends are up"}
    ]
    made["unexplained"] = ["a lost its neighbor", "b", "c", "d"]
    words = explain_misses(ours(cut, made), made, ("link_down",))[0]
    assert words.endswith("refuted: both ends are up; unexplained: a lost its neighbor; b; c and 1 more")
    extra = document("likely", ("node_down", "node/c"))
    assert explain_misses(ours([], extra), extra, ())[0] == "node_down at node/c is named, and is no fault of this case"


def test_a_case_belongs_to_the_family_of_its_fault() -> None:
    assert [family_of(kinds) for kinds in ((), ("stp_loop",), ("disk_full", "stp_loop"), ("our_radio_down",))] == [
        "healthy", "switching, addressing", "several faults", "a site's own",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "faults: is missing"),
        ("faults: {a: b}", "must be a list"),
        ("faults: [{resource: node/a}]", "faults[0].fault: is missing"),
        ("faults: [{fault: disk_full, resource: node/a, also: [x]}]", "also[0]"),
        ("faults: [", "line"),
    ],
)
def test_a_truth_that_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "truth.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        read_truth(path)
    assert "truth.yaml" in str(error.value)
    assert words in str(error.value)


def test_cases_are_found_below_a_folder_and_named_by_their_way_there(tmp_path: Path) -> None:
    for name in ("b/two", "a/one", "three"):
        (tmp_path / name).mkdir(parents=True)
        for file in ("site.yaml", "incident.yaml"):
            (tmp_path / name / file).write_text("")
        (tmp_path / name / "truth.yaml").write_text(json.dumps({"faults": []}))
    assert [case.name for case in find_cases([tmp_path])] == ["a/one", "b/two", "three"]
    assert [case.name for case in find_cases([tmp_path / "three"])] == ["three"]
    (tmp_path / "b/two/incident.yaml").unlink()
    with pytest.raises(BadInput, match=r"b/two/incident\.yaml: is not there"):
        find_cases([tmp_path])
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no case"):
        find_cases([tmp_path / "empty"])
