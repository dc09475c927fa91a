"""Scores of a diagnosis against the truth (contract, section 6): detection, localisation, root cause.

Localisation counts places, root cause pairs of kind and place. A link and the interface at either of its ends are one place.
A link's ends count in either order. An answer to an empty truth that is empty too is wholly right; no verdict is wholly wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from noc_agent.evaluation.cases import Fault, Pair
from noc_agent.evidence import Json

VERDICTS = ("confirmed", "likely", "inconclusive", "healthy")
FAULTY = ("confirmed", "likely")
NOTHING, NO_VERDICT, NO_BASIS = "nothing", "no verdict", "none"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Ratios:
    """Hits, wrong answers and misses, and what follows from them."""

    hits: int = 0
    wrong: int = 0
    missed: int = 0
    void: bool = False
    """No verdict came: then all ratios are 0."""

    @property
    def precision(self) -> float:
        return self._share(self.wrong, empty=self.missed == 0)

    @property
    def recall(self) -> float:
        return self._share(self.missed, empty=self.wrong == 0)

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def _share(self, others: int, *, empty: bool) -> float:
        if self.void:
            return 0.0
        return self.hits / (self.hits + others) if self.hits + others else float(empty)

    def __add__(self, other: Ratios) -> Ratios:
        return Ratios(self.hits + other.hits, self.wrong + other.wrong, self.missed + other.missed)


@dataclass(frozen=True, slots=True)
class CaseScore:
    """One run of one case. `verdict` is None where no document with a verdict came back."""

    case: str
    truth: tuple[Fault, ...]
    verdict: str | None
    predicted: tuple[Pair, ...]
    localisation: Ratios
    root_cause: Ratios
    confidences: tuple[tuple[float, bool], ...] = ()
    """For each root cause that was named: how sure the document is, and whether it is right."""
    wall_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model_calls: int = 0
    by_model: bool = False
    """Whether a model's submission carries the verdict."""
    energy_wh: float | None = None
    energy_basis: str = NO_BASIS

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def finished(self) -> bool:
        return self.verdict is not None

    @property
    def detected(self) -> bool:
        return self.verdict in FAULTY if self.truth else self.verdict == "healthy"

    @property
    def false_alarm(self) -> bool:
        return not self.truth and self.verdict in FAULTY

    @property
    def right(self) -> bool:
        """Whether every fault is named, and nothing else."""
        return self.finished and self.detected and self.root_cause.wrong == self.root_cause.missed == 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Of several runs: shares from 0 to 1, micro-averaged F1s, sums."""

    cases: int
    finished: float
    detection: float
    localisation: Ratios
    root_cause: Ratios
    false_alarms: int
    healthy_cases: int
    right: int
    by_model: int
    right_by_model: int
    prompt_tokens: int
    completion_tokens: int
    model_calls: int
    wall_s: float
    energy_wh: float | None
    """Unknown as soon as one run that asked a model knows none, or they stand on different grounds."""
    energy_basis: str

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def energy_wh_per_right(self) -> float | None:
        return self.energy_wh / self.right if self.energy_wh is not None and self.right else None


def score(case: str, truth: Sequence[Fault], document: Mapping[str, Json] | None, wall_s: float = 0.0) -> CaseScore:
    """Score a diagnosis document; None where the run came back without one."""
    verdict = document.get("verdict") if document is not None else None
    verdict = verdict if isinstance(verdict, str) and verdict in VERDICTS else None
    causes = _causes(document) if document is not None and verdict in FAULTY else []
    predicted = _distinct([pair for pair, _ in causes], same_pair)
    usage = document.get("usage") if document is not None else None
    usage = usage if isinstance(usage, Mapping) else {}
    names = [fault.names for fault in truth]
    return CaseScore(
        case,
        tuple(truth),
        verdict,
        tuple(predicted),
        _localisation(predicted, truth, void=verdict is None),
        _compared(predicted, names, same_pair, void=verdict is None),
        tuple((sure, any(same_pair(pair, name) for own in names for name in own)) for pair, sure in causes),
        wall_s,
        _whole(usage.get("prompt_tokens")),
        _whole(usage.get("completion_tokens")),
        _whole(usage.get("model_calls")),
        document is not None and document.get("engine") == "model",
        _number(energy) if (energy := usage.get("energy_wh")) is not None else None,
        str(usage.get("energy_basis") or NO_BASIS),
    )


def _causes(document: Mapping[str, Json]) -> list[tuple[Pair, float]]:
    rows = document.get("root_causes")
    return [
        (Pair(str(row.get("fault")), str(row.get("resource"))), _number(row.get("confidence")))
        for row in (rows if isinstance(rows, list | tuple) else ())
        if isinstance(row, Mapping)
    ]


def _whole(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _localisation(predicted: Sequence[Pair], truth: Sequence[Fault], *, void: bool) -> Ratios:
    """Faults on one resource are one place, by any of their names."""
    places: list[list[str]] = []
    for fault in truth:
        own = [name.resource for name in fault.names]
        known = next((place for place in places if _place(place[0]) == _place(own[0])), None)
        if known is None:
            places.append(own)
        else:
            known += own
    where = _distinct([pair.resource for pair in predicted], lambda a, b: _place(a) == _place(b))
    return _compared(where, places, same_place, void=void)


def _compared(
    answers: Sequence[Item], wanted: Sequence[Sequence[Item]], equal: Callable[[Item, Item], bool], *, void: bool
) -> Ratios:
    """`wanted` holds for each thing its names; it is hit once however many answers name it."""
    hits = sum(any(equal(answer, name) for answer in answers for name in names) for names in wanted)
    wrong = sum(not any(equal(answer, name) for names in wanted for name in names) for answer in answers)
    return Ratios(hits, wrong, len(wanted) - hits, void)


def _distinct(items: Iterable[Item], equal: Callable[[Item, Item], bool]) -> list[Item]:
    kept: list[Item] = []
    for item in items:
        if not any(equal(item, other) for other in kept):
            kept.append(item)
    return kept


def _place(resource: str) -> tuple[str, frozenset[str]]:
    """A link as the set of its ends, so that their order does not matter."""
    kind, _, name = resource.partition("/")
    return kind, frozenset(name.split("--") if kind == "link" else (name,))


def same_place(a: str, b: str) -> bool:
    """Whether two resources are one place: equal, or a link and the interface at one of its ends."""
    (kind_a, ends_a), (kind_b, ends_b) = _place(a), _place(b)
    if {kind_a, kind_b} == {"link", "interface"}:
        return bool(ends_a & ends_b)
    return kind_a == kind_b and ends_a == ends_b


def same_pair(a: Pair, b: Pair) -> bool:
    return a.fault == b.fault and _place(a.resource) == _place(b.resource)


def totals(scores: Sequence[CaseScore]) -> Totals:
    """Micro-averages over all runs."""
    n = max(1, len(scores))
    return Totals(
        len(scores),
        sum(one.finished for one in scores) / n,
        sum(one.detected for one in scores) / n,
        sum((one.localisation for one in scores), Ratios()),
        sum((one.root_cause for one in scores), Ratios()),
        sum(one.false_alarm for one in scores),
        sum(not one.truth for one in scores),
        sum(one.right for one in scores),
        sum(one.by_model for one in scores),
        sum(one.by_model and one.right for one in scores),
        sum(one.prompt_tokens for one in scores),
        sum(one.completion_tokens for one in scores),
        sum(one.model_calls for one in scores),
        sum(one.wall_s for one in scores),
        *_energy(scores),
    )


def _energy(scores: Sequence[CaseScore]) -> tuple[float | None, str]:
    """Of all runs, and what it stands on. A run that asked no model adds nothing where models are estimated."""
    held = [one for one in scores if one.model_calls or one.energy_wh is not None]
    figures = [one.energy_wh for one in held if one.energy_wh is not None]
    bases = {one.energy_basis for one in held}
    if len(bases) != 1 or len(figures) < len(held):
        return None, NO_BASIS
    return sum(figures), bases.pop()


def confusion(scores: Iterable[CaseScore]) -> Counter[tuple[str, str]]:
    """(true kind, what was named instead) → how often; `nothing` where nothing was, at the fault's place or elsewhere.

    An answer that is right for one fault is not counted against another. What was named where nothing is wrong stands
    against `nothing`.
    """
    found: Counter[tuple[str, str]] = Counter()
    for one in scores:
        spare = [pair for pair in one.predicted if not any(same_pair(pair, n) for f in one.truth for n in f.names)]
        missed = [f for f in one.truth if not any(same_pair(pair, n) for pair in one.predicted for n in f.names)]
        for fault, near in _nearest(missed, spare):
            instead = near.fault if near else NOTHING
            found[fault.pair.fault, instead if one.finished else NO_VERDICT] += 1
        found.update((NOTHING, pair.fault) for pair in spare)
    return found


def _nearest(missed: Sequence[Fault], spare: list[Pair]) -> list[tuple[Fault, Pair | None]]:
    """Each missed fault with the wrong answer that was most likely meant for it, which is taken out of `spare`: one at its
    place, and only then any that is left."""
    found: list[tuple[Fault, Pair | None]] = []
    elsewhere: list[Fault] = []
    for fault in missed:
        near = next((pair for pair in spare if any(same_place(pair.resource, n.resource) for n in fault.names)), None)
        if near is None:
            elsewhere.append(fault)
        else:
            spare.remove(near)
            found.append((fault, near))
    return found + [(fault, spare.pop(0) if spare else None) for fault in elsewhere]
