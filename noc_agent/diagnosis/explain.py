"""The smallest set of hypotheses that explains the significant findings (parsimonious covering, Peng and Reggia).

Each member must explain something that no other does, from evidence of its own. Where several sets are as small, the
one wins whose signatures are complete, then the one with more direct evidence, then the lower layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.evidence import Finding

MOST_EXACT = 14  # candidates of one component that are searched exhaustively; more are covered greedily


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chosen hypotheses, and what even they leave unexplained."""

    chosen: tuple[Hypothesis, ...]
    unexplained: tuple[Finding, ...]
    tied: tuple[tuple[Hypothesis, Hypothesis], ...]  # (chosen, one that would have done as well)


def explain(hypotheses: Iterable[Hypothesis], findings: Iterable[Finding]) -> Explanation:
    """Choose among the living hypotheses."""
    wanted = [f for f in findings if f.significant]
    living = [h for h in hypotheses if h.refuted_by is None and any(f in wanted for f in h.triggers)]
    chosen: list[Hypothesis] = []
    tied: list[tuple[Hypothesis, Hypothesis]] = []
    for group in _components(living, wanted):
        best = _cover(group, [f for f in wanted if any(f in h.covered for h in group)])
        chosen += best
        tied += _ties(group, best, wanted)
    explained = {id(f) for h in chosen for f in h.covered}
    return Explanation(tuple(chosen), tuple(f for f in wanted if id(f) not in explained), tuple(tied))


def _components(living: Sequence[Hypothesis], wanted: Sequence[Finding]) -> list[list[Hypothesis]]:
    """Groups of hypotheses that compete for findings; groups share none."""
    groups: list[tuple[set[int], list[Hypothesis]]] = []
    for hypothesis in living:
        covers = {id(f) for f in hypothesis.covered if f in wanted}
        together = [group for group in groups if group[0] & covers]
        groups = [group for group in groups if not group[0] & covers]
        merged = (covers.union(*(ids for ids, _ in together)), [h for _, hs in together for h in hs] + [hypothesis])
        groups.append(merged)
    return [members for _, members in groups]


def _cover(group: Sequence[Hypothesis], wanted: Sequence[Finding]) -> list[Hypothesis]:
    goal = {id(f) for f in wanted}
    if len(group) > MOST_EXACT:
        return _greedy(group, goal)
    for size in range(1, len(group) + 1):
        covering = [subset for subset in combinations(group, size) if _covered(subset) >= goal]
        if covering:
            return list(min(covering, key=_cost))
    return list(group)


def _greedy(group: Sequence[Hypothesis], goal: set[int]) -> list[Hypothesis]:
    chosen: list[Hypothesis] = []
    left = set(goal)
    while left:
        best = min(group, key=lambda h: (-len(_covered([h]) & left), _cost([h])))
        gain = _covered([best]) & left
        if not gain:
            break
        chosen.append(best)
        left -= gain
    return chosen


def _covered(subset: Iterable[Hypothesis]) -> set[int]:
    return {id(f) for h in subset for f in h.covered}


def _cost(subset: Iterable[Hypothesis]) -> tuple[int, int, int, list[tuple[str, str]]]:
    """Less is better; the names last, so that the last tie falls the same way on every run."""
    members = sorted(subset, key=lambda h: h.key)
    direct = sum(len(h.triggers) for h in members)
    return -sum(h.complete for h in members), -direct, sum(h.playbook.layer for h in members), [h.key for h in members]


def _ties(
    group: Sequence[Hypothesis], best: Sequence[Hypothesis], wanted: Sequence[Finding]
) -> list[tuple[Hypothesis, Hypothesis]]:
    """Living rivals that explain all that a chosen one does, with a signature as complete."""
    found: list[tuple[Hypothesis, Hypothesis]] = []
    for chosen in best:
        needs = {id(f) for f in chosen.covered if f in wanted}
        found += [
            (chosen, other)
            for other in group
            if other not in best and _covered([other]) >= needs and other.complete >= chosen.complete
        ]
    return found
