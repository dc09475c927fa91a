"""From a network to a document: the engine first, a model where it may help, code's own conclusion in every case."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from noc_agent.agent.asking import Asked, Asking, Progress, ask, with_views
from noc_agent.agent.energy import Meter, energy
from noc_agent.agent.options import Options
from noc_agent.agent.session import Session
from noc_agent.diagnosis import Engine, Usage, document, reasoning
from noc_agent.diagnosis.conclusion import CONFIRMED
from noc_agent.diagnosis.coverage import partly_read
from noc_agent.errors import NocAgentError
from noc_agent.evidence import Json
from noc_agent.playbooks import Playbook


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its document, and why the model could not serve where it was asked and did not."""

    document: dict[str, Json]
    model_failure: NocAgentError | None = None


def diagnose(
    session: Session,
    playbooks: Mapping[str, Playbook],
    options: Options,
    run: str,
    asking: Asking,
    progress: Progress = lambda text: None,
    began: float | None = None,
    meter: Meter | None = None,
) -> Outcome:
    """One diagnosis. A broken tool or model costs what it could have told, never the verdict.

    `began`: the time.monotonic() of the run's beginning, where that was before (a live site is polled first). `meter` runs
    since then, where all that is asked runs on this machine.
    """
    started = time.monotonic() if began is None else began
    engine = Engine(session.network, playbooks, session.observe)
    progress("looking at devices and logs")
    engine.look()
    progress(f"weighing {len(engine.hypotheses)} hypotheses for {len(engine.findings)} findings")
    own = engine.conclude()
    asked = Asked()
    unsure = own.verdict != CONFIRMED or options.use == "always"
    if options.engine == "model" or (options.may_ask and unsure):
        asked = ask(session, engine, own, options, asking, progress)
    conclusion = asked.conclusion or own
    conclusion = replace(conclusion, ruled_out=with_views(conclusion.ruled_out, asked.views))
    cost = asked.usage
    used = energy(meter, asked.spent, options.watts)
    usage = Usage(
        len(session.evidence), cost.requests, cost.prompt_tokens, cost.completion_tokens, time.monotonic() - started,
        used.wh, used.basis,
    )  # fmt: skip
    network = session.network
    degraded = (*asked.degraded, *partly_read(network), *network.logs.problems, *engine.suspicion.problems)
    made = document(
        run, network.site.name, network.incident, conclusion, session.evidence, usage, degraded, asked.model
    )
    if options.explain:
        made["reasoning"] = reasoning(engine, conclusion)
    cleaned = session.clean_json(made)
    return Outcome(dict(cleaned) if isinstance(cleaned, Mapping) else made, asked.failure)
