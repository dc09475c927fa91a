"""Which hypotheses are chosen, on findings made for the purpose."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import reduce
from itertools import combinations
from operator import or_
from random import Random

import pytest

from noc_agent.diagnosis.explain import MOST_EXACT, explain
from noc_agent.diagnosis.hypotheses import Hypothesis, Proof
from noc_agent.evidence import Finding
from noc_agent.playbooks import Playbook
from noc_agent.playbooks.expressions import Text


def finding(name: str, *, significant: bool = True) -> Finding:
    return Finding(name, f"node/{name}", name, significant=significant)


def hypothesis(
    name: str,
    raised: Sequence[Finding],
    more: Sequence[Finding] = (),
    *,
    proven: bool | None = True,
    refuted: bool = False,
    layer: int = 1,
) -> Hypothesis:
    playbook = Playbook(
        name, name, "link", ("node",), layer, "", (), (), (), (), (), (), (), Text("", "explanation"), ()
    )  # fmt: skip
    covered = tuple(dict.fromkeys((*raised, *more)))
    return Hypothesis(
        playbook, f"node/{name}", tuple(raised), covered, (Proof("seen", proven),), (Proof("not so", refuted),), {}
    )


def names(hypotheses: Sequence[Hypothesis]) -> set[str]:
    return {one.playbook.fault for one in hypotheses}


A, B, C, D = (finding(name) for name in "abcd")


def test_one_cause_that_explains_all_is_preferred_to_two() -> None:
    found = explain([hypothesis("cut", [A], [B]), hypothesis("one", [A]), hypothesis("two", [B])], [A, B])
    assert names(found.chosen) == {"cut"}
    assert not found.unexplained


def test_a_broad_cause_that_is_not_proven_does_not_swallow_two_that_are() -> None:
    broad = hypothesis("broad", [A, B], proven=None)
    assert names(explain([broad, hypothesis("one", [A]), hypothesis("two", [B])], [A, B]).chosen) == {"one", "two"}
    assert names(explain([broad], [A, B]).chosen) == {"broad"}


def test_a_cause_needs_evidence_of_its_own() -> None:
    """What raised both is one finding: that each would explain something besides makes no second cause."""
    real, hanger = hypothesis("real", [A], [C, D]), hypothesis("hanger", [A], [B])
    found = explain([real, hanger], [A, B, C, D])
    assert names(found.chosen) == {"real"}
    assert found.unexplained == (B,)
    own = hypothesis("own", [B], proven=None)
    assert names(explain([real, hanger, own], [A, B, C, D]).chosen) == {"real", "own"}


def test_a_broad_cause_may_explain_what_the_proven_ones_leave() -> None:
    one, two = hypothesis("one", [A]), hypothesis("two", [B])
    assert names(explain([one, two, hypothesis("broad", [A, B, C], proven=None)], [A, B, C]).chosen) == {
        "one", "two", "broad",
    }  # fmt: skip
    found = explain([one, two, hypothesis("broad", [A, B], [C], proven=None)], [A, B, C])
    assert (names(found.chosen), found.unexplained) == ({"one", "two"}, (C,))


def test_what_is_refuted_is_never_chosen_and_what_it_alone_explained_is_left() -> None:
    found = explain([hypothesis("no", [A], refuted=True), hypothesis("yes", [B])], [A, B])
    assert names(found.chosen) == {"yes"}
    assert found.unexplained == (A,)
    assert explain([hypothesis("no", [A], proven=False)], [A]).chosen == ()


def test_findings_that_need_no_explanation_neither_raise_nor_stay() -> None:
    weak = finding("weak", significant=False)
    assert explain([hypothesis("cut", [weak])], [weak]) == explain([], [])


def test_a_rival_that_would_do_as_well_is_told_the_lower_layer_chosen() -> None:
    low, high = hypothesis("cable", [A], layer=1), hypothesis("filter", [A], layer=4)
    found = explain([high, low], [A])
    assert names(found.chosen) == {"cable"}
    assert [(one.playbook.fault, other.playbook.fault) for one, other in found.tied] == [("cable", "filter")]
    assert explain([hypothesis("unproven", [A], proven=None), low], [A]).tied == ()


@pytest.mark.parametrize("seed", range(60))
def test_of_all_sets_with_evidence_of_their_own_none_is_better(seed: int) -> None:
    """Small problems are solved again by trying every set; large ones take the greedy way, and keep the rules all the same."""
    rng = Random(seed)
    few = seed % 2 == 0
    findings = [finding(f"f{n}") for n in range(rng.randint(2, 7 if few else 40))]
    hypotheses = []
    for n in range(rng.randint(1, 7) if few else rng.randint(MOST_EXACT + 5, 60)):
        covered = rng.sample(findings, rng.randint(1, min(len(findings), 6)))
        raised = covered[: rng.randint(1, len(covered))]
        hypotheses.append(
            hypothesis(f"h{n}", raised, covered, proven=rng.choice((True, None)), layer=rng.randint(1, 7))
        )
    found = explain(hypotheses, findings)
    proven, rest = ([one for one in found.chosen if one.complete is complete] for complete in (True, False))
    assert _own_evidence(proven)
    assert _own_evidence(rest, _covers(proven))
    assert {f.kind for f in found.unexplained} == {f.kind for f in findings} - _covers(found.chosen)
    for (
        other
    ) in hypotheses:  # whatever is left out has no evidence of its own, or would take that of one that is chosen
        if other not in found.chosen:
            assert not (
                _own_evidence([*proven, other]) if other.complete else _own_evidence([*rest, other], _covers(proven))
            )
    if few:
        complete = [one for one in hypotheses if one.complete]
        subsets = [list(s) for n in range(len(complete) + 1) for s in combinations(complete, n) if _own_evidence(s)]
        assert (-len(_covers(proven)), len(proven)) == min((-len(_covers(s)), len(s)) for s in subsets)


def _covers(some: Sequence[Hypothesis]) -> set[str]:
    return reduce(or_, ({f.kind for f in one.covered} for one in some), set())


def _own_evidence(subset: Sequence[Hypothesis], before: Set[str] = frozenset()) -> bool:
    return all(
        {f.kind for f in one.triggers} - before - _covers([other for other in subset if other is not one])
        for one in subset
    )
