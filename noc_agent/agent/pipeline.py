"""From a network to a document: the engine first, a model where it may help, code's own conclusion in every case."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from noc_agent.agent.budget import Budget
from noc_agent.agent.loop import LoopResult, ToolAnswer, investigate
from noc_agent.agent.options import Options
from noc_agent.agent.prompt import frame_result
from noc_agent.agent.session import Session
from noc_agent.agent.submission import Submission
from noc_agent.diagnosis import Conclusion, Engine, Grounded, Usage, agree, better, brief, document, ground, reasoning
from noc_agent.diagnosis.conclusion import CONFIRMED
from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable, NocAgentError, ToolError
from noc_agent.evidence import Json
from noc_agent.models import Model, not_gpt_oss, without_reasoning
from noc_agent.models import Usage as ModelUsage
from noc_agent.playbooks import Playbook

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its document, and why the model could not serve where it was asked and did not."""

    document: dict[str, Json]
    model_failure: NocAgentError | None = None


@dataclass(slots=True)
class _Asked:
    """What asking the model came to."""

    conclusion: Conclusion | None = None
    usage: ModelUsage = field(default_factory=ModelUsage)
    degraded: tuple[str, ...] = ()
    failure: NocAgentError | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model is asked: made when it is first needed (ModelUnavailable, EndpointRefused), within a budget."""

    model: Callable[[], Model]
    budget: Callable[[], Budget]


def diagnose(
    session: Session,
    playbooks: Mapping[str, Playbook],
    options: Options,
    run: str,
    asking: Asking,
    progress: Progress = lambda text: None,
    began: float | None = None,
) -> Outcome:
    """One diagnosis. A broken tool or model costs what it could have told, never the verdict.

    `began`: the time.monotonic() of the run's beginning, where that was before (a live site is polled first).
    """
    started = time.monotonic() if began is None else began
    engine = Engine(session.network, playbooks, session.observe)
    progress("looking at devices and logs")
    engine.look()
    progress(f"weighing {len(engine.hypotheses)} hypotheses for {len(engine.findings)} findings")
    own = engine.conclude()
    asked = _Asked()
    unsure = own.verdict != CONFIRMED or options.use == "always"
    if options.engine == "model" or (options.may_ask and unsure):
        progress("asking the model")
        asked = _ask(session, engine, own, options, asking)
    conclusion = asked.conclusion or own
    cost = asked.usage
    usage = Usage(
        len(session.evidence), cost.requests, cost.prompt_tokens, cost.completion_tokens, time.monotonic() - started
    )
    network = session.network
    degraded = (*asked.degraded, *network.logs.problems, *engine.suspicion.problems)
    carrier = options.model if asked.conclusion else None
    made = document(run, network.site.name, network.incident, conclusion, session.evidence, usage, degraded, carrier)
    if options.explain:
        made["reasoning"] = reasoning(engine, conclusion)
    cleaned = session.clean_json(made)
    return Outcome(dict(cleaned) if isinstance(cleaned, Mapping) else made, asked.failure)


def _ask(session: Session, engine: Engine, own: Conclusion, options: Options, asking: Asking) -> _Asked:
    try:
        model = asking.model()
    except (ModelUnavailable, EndpointRefused) as error:
        return _Asked(degraded=(str(error),), failure=error)
    grounded: list[Grounded] = []

    def check(submission: Submission) -> tuple[str, ...]:
        grounded.append(ground(engine, submission.causes, [o.id for o in session.evidence]))
        return grounded[-1].problems

    result = investigate(
        model,
        brief(engine, own),
        [tool.function_schema() for tool in session.toolbox.tools.values()],
        lambda name, arguments: _answer(session, name, arguments),
        check,
        asking.budget(),
        session.clean,
        lambda record: session.keep("model", record if options.keep_reasoning else without_reasoning(record)),
        language=options.language,
    )
    carried = _carried(engine, own, result, grounded[-1] if grounded else None)
    failure = result.failure if carried is None else None
    other = filter(None, [not_gpt_oss(model.name)])
    return _Asked(carried, result.usage, (*other, *result.degraded, *result.rejected), failure)


def _carried(engine: Engine, own: Conclusion, result: LoopResult, grounded: Grounded | None) -> Conclusion | None:
    """The conclusion that the model's accepted submission carries; None where the engine's own stands."""
    if result.submission is None or grounded is None:
        return None
    if agree(own, grounded):
        return own
    if not result.submission.causes and not result.rejected and result.submission.verdict == own.verdict:
        return own
    return better(engine, own, grounded)


def _answer(session: Session, name: str, arguments: Mapping[str, Json]) -> ToolAnswer:
    try:
        observation = session.observe(name, arguments)
    except (ToolError, BadInput) as error:
        return ToolAnswer(session.clean(str(error)), None, ok=False)
    return ToolAnswer(frame_result(observation), observation.id, ok=observation.status != "error")
