"""The models that a run may ask, one after the other, until a submission stands on the evidence.

`model.cascade` names them, the smallest first. More effort comes before a larger model; a model that is gone, busy or out of its
share of the time leaves the rest to the next one, and in the end to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from noc_agent.agent.answering import ToolAnswer
from noc_agent.agent.budget import Budget
from noc_agent.agent.loop import LoopResult, investigate
from noc_agent.agent.offered import offered
from noc_agent.agent.options import Options
from noc_agent.agent.prompt import frame_result, note_of, system_prompt
from noc_agent.agent.reading import READ, read_evidence
from noc_agent.agent.session import Session
from noc_agent.agent.submission import Submission
from noc_agent.diagnosis import Conclusion, Engine, Grounded, RuledOut, agree, better, brief, families, ground
from noc_agent.diagnosis.conclusion import CONFIRMED
from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable, NocAgentError, ToolError
from noc_agent.evidence import Json
from noc_agent.models import CleanedModel, Model, not_gpt_oss, without_reasoning
from noc_agent.models import Usage as ModelUsage
from noc_agent.models.history import History

HARDEST = "high"  # of the efforts that gpt-oss knows
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rung:
    """One try of the ladder."""

    model: str
    effort: str

    def __str__(self) -> str:
        return f"{self.model} at {self.effort} effort"


class Asking(Protocol):
    """How a rung is asked, live or from a journal. `model` raises ModelUnavailable or EndpointRefused."""

    def model(self, number: int, rung: Rung) -> Model: ...

    def budget(self, number: int, share: float, spent: int) -> Budget:
        """What this try may cost: a share of the time and tokens that are left, `spent` tokens being gone."""
        ...


@dataclass(slots=True)
class Asked:
    """What asking came to. `model` is the one whose submission carries the conclusion; `failure` is set where none served."""

    conclusion: Conclusion | None = None
    model: str | None = None
    spent: tuple[tuple[str, ModelUsage], ...] = ()  # what each rung cost, by its model
    degraded: tuple[str, ...] = ()
    failure: NocAgentError | None = None
    views: tuple[RuledOut, ...] = ()  # what a model named that does not stand

    @property
    def usage(self) -> ModelUsage:
        return sum((cost for _, cost in self.spent), ModelUsage())


def ladder(options: Options) -> tuple[Rung, ...]:
    """Which models are asked in turn, and how hard each is to think."""
    efforts = dict.fromkeys((options.effort, HARDEST) if options.cascade else (options.effort,))
    return tuple(Rung(name, effort) for name in options.models for effort in efforts)


def ask(
    session: Session, engine: Engine, own: Conclusion, options: Options, asking: Asking, progress: Progress
) -> Asked:
    """Climb the ladder until a submission stands, or the engine's proven verdict was put to a model once."""
    rungs = ladder(options)
    asked = Asked()
    gone: dict[str, NocAgentError] = {}
    served = False
    for number, rung in enumerate(rungs):
        if rung.model in gone:
            continue
        progress(f"asking {rung}")
        left = {one.model for one in rungs[number:]} - gone.keys()
        try:
            one = _try(session, engine, own, options, asking, number, rung, 1 / len(left), asked.usage.tokens)
        except ModelUnavailable as error:
            one = Asked(degraded=(str(error),), failure=error)
        except EndpointRefused as error:
            return replace(asked, degraded=(*asked.degraded, str(error)), failure=error)
        asked = _added(asked, one, f"{rung}: " if len(rungs) > 1 else "")
        if one.failure is not None:
            gone[rung.model] = one.failure
        served = served or one.failure is None
        if one.conclusion is not None or (served and own.verdict == CONFIRMED):
            break
    lost = None if served or asked.conclusion else next(reversed(gone.values()), None)
    return replace(asked, failure=lost)


def _added(asked: Asked, one: Asked, who: str) -> Asked:
    views = {(row.fault, row.resource): row for row in (*asked.views, *one.views)}
    words = tuple(f"{who}{text}" for text in one.degraded)
    return Asked(
        one.conclusion, one.model, (*asked.spent, *one.spent), (*asked.degraded, *words), None, tuple(views.values())
    )


def _try(
    session: Session,
    engine: Engine,
    own: Conclusion,
    options: Options,
    asking: Asking,
    number: int,
    rung: Rung,
    share: float,
    spent: int,
) -> Asked:
    """One model, one conversation."""
    model = CleanedModel(asking.model(number, rung), session.clean)
    budget = asking.budget(number, share, spent)
    grounded: list[Grounded] = []

    def check(submission: Submission) -> tuple[str, ...]:
        grounded.append(ground(engine, submission.causes, list(session.evidence)))
        return grounded[-1].problems

    def keep(record: Mapping[str, Json]) -> None:
        kept = record if options.keep_reasoning else without_reasoning(record)
        session.keep("model", {"rung": number, **kept})

    left = budget.left()
    begin: Mapping[str, Json] = {
        "model": rung.model,
        "effort": rung.effort,
        "seconds": left.seconds,
        "tokens": left.tokens,
    }
    keep({"n": 0, "begin": begin})
    result = investigate(
        model,
        History(system_prompt(options.language), brief(engine, own), session.clean),
        offered(session.toolbox.tools.values(), families(engine)),
        lambda name, arguments: _answer(session, name, arguments),
        check,
        budget,
        keep,
        more=[tool.function_schema() for tool in session.toolbox.tools.values()],
    )
    judged = _judged(engine, own, result, grounded[-1] if grounded else None, rung)
    other = not_gpt_oss(rung.model)
    return replace(judged, degraded=(other, *judged.degraded)) if other else judged


def _judged(engine: Engine, own: Conclusion, result: LoopResult, grounded: Grounded | None, rung: Rung) -> Asked:
    carried = _carried(engine, own, result, grounded)
    degraded = (*result.degraded, *result.rejected)
    if result.submission is not None and carried is None:
        degraded += _otherwise(own, result.submission)
    views = _views(engine, carried or own, grounded) if grounded else ()
    return Asked(
        carried,
        rung.model if carried is not None else None,
        ((rung.model, result.usage),),
        degraded,
        result.failure if result.submission is None else None,
        views,
    )


def _carried(engine: Engine, own: Conclusion, result: LoopResult, grounded: Grounded | None) -> Conclusion | None:
    """The conclusion that the model's accepted submission carries; None where the engine's own stands."""
    if result.submission is None or grounded is None:
        return None
    if agree(own, grounded):
        return own
    if not result.submission.causes and not result.rejected and result.submission.verdict == own.verdict:
        return own
    return better(engine, own, grounded)


def _otherwise(own: Conclusion, submission: Submission) -> tuple[str, ...]:
    """The reader hears that the model said otherwise where no cause of its shows it."""
    if submission.causes or submission.verdict == own.verdict:
        return ()
    evidence = list(dict.fromkeys(one for cause in own.root_causes for one in cause.evidence))
    stands = f" on {', '.join(evidence)}" if evidence else ""
    return (f"the model says {submission.verdict}; the engine's {own.verdict} stands{stands}",)


def _views(engine: Engine, final: Conclusion, grounded: Grounded) -> tuple[RuledOut, ...]:
    """What the model named at places that exist and the verdict does not: with what decides against it."""
    named = {(cause.fault, cause.resource) for cause in final.root_causes}
    rows = [
        (h, "named by the model; what is concluded explains as much, and is better shown") for h in grounded.hypotheses
    ]
    rows += [(h, f"named by the model; {why}") for h, why in grounded.refused]
    return tuple(
        RuledOut(*h.key, evidence, why) for h, why in rows if h.key not in named and (evidence := engine.evidence_of(h))
    )


def with_views(ruled_out: Sequence[RuledOut], views: Sequence[RuledOut]) -> tuple[RuledOut, ...]:
    """What was ruled out, and what a model named, each place and kind once."""
    known = {(row.fault, row.resource) for row in ruled_out}
    return (*ruled_out, *(row for row in views if (row.fault, row.resource) not in known))


def _answer(session: Session, name: str, arguments: Mapping[str, Json]) -> ToolAnswer:
    try:
        if name == READ:
            observation, rows = read_evidence(list(session.evidence), arguments)
            return ToolAnswer(frame_result(observation, rows=rows), observation.id, ok=True, note=note_of(observation))
        observation = session.observe(name, arguments)
    except (ToolError, BadInput) as error:
        return ToolAnswer(session.clean(str(error)), None, ok=False)
    return ToolAnswer(frame_result(observation), observation.id, observation.status != "error", note_of(observation))


def turns_of(records: Sequence[Mapping[str, Json]], number: int) -> list[Mapping[str, Json]]:
    """A run's records of one rung; a journal from before there were any holds those of the first."""
    return [record for record in records if record.get("rung", 0) == number]
