"""The hypotheses that explain the significant findings best (parsimonious covering, Peng and Reggia).

Proven ones come first: a broad cause whose signature is incomplete does not swallow two that are complete, it may only explain
what they leave. Among equals the set wins that explains most, then the smallest; where that ties, more direct evidence, then the
lower layer. Each member has evidence of its own: a finding that raised it and that no other member explains. What nothing with
evidence of its own explains stays unexplained, and is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_

from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.evidence import Finding

MOST_EXACT = 12  # candidates of one component whose subsets are all weighed; more are covered greedily


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chosen hypotheses, and what even they leave unexplained."""

    chosen: tuple[Hypothesis, ...]
    unexplained: tuple[Finding, ...]
    tied: tuple[tuple[Hypothesis, Hypothesis], ...]  # (chosen, one that would have done as well)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A living hypothesis; what it explains and what raised it, as bits of the significant findings."""

    hypothesis: Hypothesis
    covers: int
    raised: int

    @property
    def cost(self) -> tuple[int, int, tuple[str, str]]:
        """Less is better; the names last, so that the last tie falls the same way on every run."""
        return -len(self.hypothesis.triggers), self.hypothesis.playbook.layer, self.hypothesis.key


def explain(hypotheses: Iterable[Hypothesis], findings: Iterable[Finding]) -> Explanation:
    """Choose among the living hypotheses."""
    wanted = [f for f in findings if f.significant]
    bits = {id(f): 1 << n for n, f in enumerate(wanted)}
    living = [_candidate(h, bits) for h in hypotheses if h.refuted_by is None]
    chosen: list[Hypothesis] = []
    tied: list[tuple[Hypothesis, Hypothesis]] = []
    explained = 0
    for group in _components([one for one in living if one.raised]):
        best = _cover([one for one in group if one.hypothesis.complete], 0)
        best += _cover([one for one in group if not one.hypothesis.complete], _union(best))
        chosen += [one.hypothesis for one in best]
        tied += _ties(group, best)
        explained |= _union(best)
    return Explanation(tuple(chosen), tuple(f for f in wanted if not bits[id(f)] & explained), tuple(tied))


def _candidate(hypothesis: Hypothesis, bits: dict[int, int]) -> _Candidate:
    def mask(findings: Iterable[Finding]) -> int:
        return reduce(or_, (bits.get(id(f), 0) for f in findings), 0)

    return _Candidate(hypothesis, mask(hypothesis.covered), mask(hypothesis.triggers))


def _union(subset: Iterable[_Candidate]) -> int:
    return reduce(or_, (one.covers for one in subset), 0)


def _components(living: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Groups of hypotheses that compete for findings; groups share none."""
    groups: list[tuple[int, list[_Candidate]]] = []
    for one in living:
        together = [group for group in groups if group[0] & one.covers]
        groups = [group for group in groups if not group[0] & one.covers]
        covers = reduce(or_, (covers for covers, _ in together), one.covers)
        groups.append((covers, [other for _, others in together for other in others] + [one]))
    return [members for _, members in groups]


def _cover(group: Sequence[_Candidate], explained: int) -> list[_Candidate]:
    """The best set of one group for what is not explained yet; every member has evidence of its own."""
    kept = _distinct([one for one in group if one.raised & ~explained])
    if len(kept) > MOST_EXACT:
        return _greedy(kept, explained)
    subsets = (list(subset) for size in range(len(kept) + 1) for subset in combinations(kept, size))
    return min((subset for subset in subsets if _sound(subset, explained)), key=lambda s: _cost(s, explained))


def _distinct(group: Sequence[_Candidate]) -> list[_Candidate]:
    """Of those that the same findings raised and that explain the same, the cheapest."""
    kept: dict[tuple[int, int], _Candidate] = {}
    for one in sorted(group, key=lambda one: one.cost):
        kept.setdefault((one.covers, one.raised), one)
    return list(kept.values())


def _sound(subset: Sequence[_Candidate], explained: int) -> bool:
    """Whether every member has evidence of its own: not all that raised it is explained by others, or was before."""
    once = twice = 0
    for one in subset:
        twice |= once & one.covers
        once |= one.covers
    alone = once & ~twice & ~explained
    return all(one.raised & alone for one in subset)


def _greedy(group: Sequence[_Candidate], explained: int) -> list[_Candidate]:
    """The one that explains most of what is left, again and again, as long as all keep evidence of their own."""
    chosen: list[_Candidate] = []
    left = list(group)
    while left := [one for one in left if one not in chosen and _sound([*chosen, one], explained)]:
        seen = explained | _union(chosen)
        chosen.append(min(left, key=lambda one: (-(one.covers & ~seen).bit_count(), one.cost)))
    return chosen


def _cost(subset: Sequence[_Candidate], explained: int) -> tuple[object, ...]:
    """Less is better."""
    news = (_union(subset) & ~explained).bit_count()
    direct = sum(len(one.hypothesis.triggers) for one in subset)
    layers = sum(one.hypothesis.playbook.layer for one in subset)
    return -news, len(subset), -direct, layers, sorted(one.hypothesis.key for one in subset)


def _ties(group: Sequence[_Candidate], best: Sequence[_Candidate]) -> list[tuple[Hypothesis, Hypothesis]]:
    """Living rivals that explain all that a chosen one does, with a signature as complete."""
    return [
        (chosen.hypothesis, other.hypothesis)
        for chosen in best
        for other in group
        if other not in best
        and other.covers & chosen.covers == chosen.covers
        and other.hypothesis.complete >= chosen.hypothesis.complete
    ]
