"""The playbook engine: sweep, suspect, explain, check by the playbook's own steps, conclude. No model anywhere.

It looks only through `observe`, which calls a tool and keeps what came back as evidence: what it concludes from is what
the document lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from noc_agent.diagnosis.actions import next_actions
from noc_agent.diagnosis.conclusion import CONFIRMED, HEALTHY, INCONCLUSIVE, LIKELY, Conclusion, RootCause, RuledOut
from noc_agent.diagnosis.consequences import causal_path, devices_of, impact
from noc_agent.diagnosis.coverage import cached, missing, never_heard
from noc_agent.diagnosis.explain import Explanation, explain
from noc_agent.diagnosis.hypotheses import Hypothesis, Suspicion
from noc_agent.errors import BadInput, ToolError
from noc_agent.evidence import Finding, Observation, rfc3339
from noc_agent.findings import sweep
from noc_agent.playbooks import Playbook, Step
from noc_agent.topology import Network

MOST_SOURCES = 8  # sweeps that one claim cites
MOST_TOLD = 5  # findings that no cause explains and none needs
MOST_ASKED = 4  # rivals of one cause whose steps are taken before they are left standing
Observe = Callable[[str, Mapping[str, object]], Observation]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a playbook's steps say: ids of the observations that support it, and of those that refute it with what was
    looked at."""

    supporting: tuple[str, ...] = ()
    refuting: tuple[tuple[str, str], ...] = ()


class Engine:
    """One diagnosis of one network by playbooks."""

    def __init__(self, network: Network, playbooks: Mapping[str, Playbook], observe: Observe) -> None:
        self.network, self.playbooks, self._observe = network, playbooks, observe
        self._sources: dict[str, str] = {}  # device → id of the observation of its sweep
        self._log_source: str | None = None
        self.findings: tuple[Finding, ...] = ()
        self.hypotheses: tuple[Hypothesis, ...] = ()
        self.suspicion = Suspicion(network, (), playbooks)
        self._out: dict[tuple[str, str], RuledOut] = {}  # rivals that a step refuted

    def look(self) -> None:
        """Sweep every polled device and the logs of the window; each look is an observation."""
        named = self.network.incident.asked_for
        for device in sorted(self.network.polled, key=lambda name: name not in named):
            self._sources[device] = self._observe("findings", {"device": device}).id
        if self.network.site.logs:
            window = {"since": self.network.incident.since, "until": self.network.incident.until}
            arguments = {name: rfc3339(at) for name, at in window.items() if at is not None}
            self._log_source = self._observe("log_events", arguments).id
        self.findings = sweep(self.network)
        self.suspicion = Suspicion(self.network, self.findings, self.playbooks)
        self.hypotheses = self.suspicion.all()

    def source_of(self, device: str) -> str:
        """Id of the observation of a device's sweep, or nothing."""
        return self._sources.get(device, "")

    def conclude(self, hypotheses: Sequence[Hypothesis] | None = None) -> Conclusion:
        """The verdict over the engine's own hypotheses, or over those given (a model's, once grounded)."""
        explanation = explain(self.hypotheses if hypotheses is None else hypotheses, self.findings)
        if explanation.chosen:
            return self._faulty(explanation)
        gaps = missing(self.network)
        unexplained = tuple(f.summary for f in explanation.unexplained)
        if not unexplained and not gaps:
            return Conclusion(HEALTHY, ruled_out=self._refuted(()), next_actions=self._stood_before())
        advice = (
            *cached(self.network),
            *(f"Look into: {text}" for text in unexplained),
            *self._changed(),
            *(f"Missing: {gap}" for gap in gaps),
        )
        return Conclusion(INCONCLUSIVE, ruled_out=self._refuted(()), next_actions=advice, unexplained=unexplained)

    def _faulty(self, explanation: Explanation) -> Conclusion:
        causes = tuple(self._cause(h, explanation) for h in explanation.chosen)
        verdict = CONFIRMED if all(cause.confirmed for cause in causes) else LIKELY
        advice = list(cached(self.network)) if verdict == LIKELY or explanation.unexplained else []
        advice += [text for h in explanation.chosen for text in next_actions(self.network, h)]
        advice += [f"Not explained by this, look into: {f.summary}" for f in explanation.unexplained]
        advice += self._changed()
        return Conclusion(
            verdict,
            causes,
            self._refuted(explanation.chosen),
            impact(self.network, explanation.chosen),
            tuple(dict.fromkeys(advice)),
            tuple(f.summary for f in explanation.unexplained),
        )

    def _cause(self, hypothesis: Hypothesis, explanation: Explanation) -> RootCause:
        checked = self.check(hypothesis)
        contradicted = bool(checked.refuting)
        rivals = self._standing(hypothesis, explanation)
        confirmed = hypothesis.complete and not rivals and not contradicted
        times = [f.at for f in hypothesis.covered if f.at]
        words = hypothesis.playbook.explanation.fill(hypothesis.context)
        if rivals:
            words += " Not ruled out: " + "; ".join(f"{r.playbook.fault} at {r.resource}" for r in rivals[:3]) + "."
        if hypothesis.unknown:
            words += " Could not be seen: " + "; ".join(hypothesis.unknown) + "."
        return RootCause(
            hypothesis.playbook.fault,
            hypothesis.resource,
            _confidence(hypothesis, len(rivals), contradicted=contradicted),
            min(times, default=None),
            self.evidence_of(hypothesis, checked.supporting),
            words,
            causal_path(self.network, hypothesis),
            confirmed,
        )

    def _lives(self, rival: Hypothesis, chosen: Hypothesis) -> bool:
        """A rival lives if nothing refutes it and it would explain what raised the chosen one."""
        return rival.refuted_by is None and bool({id(f) for f in rival.covered} & {id(f) for f in chosen.triggers})

    def _standing(self, hypothesis: Hypothesis, explanation: Explanation) -> list[Hypothesis]:
        """Rivals that live, even after their own playbooks' steps were asked: the next best question where two tie."""
        rivals = [rival for rival in self.suspicion.rivals(hypothesis) if self._lives(rival, hypothesis)]
        known = {rival.key for rival in rivals}
        rivals += [other for chosen, other in explanation.tied if chosen is hypothesis and other.key not in known]
        for rival in rivals[:MOST_ASKED]:
            if refuting := self.check(rival).refuting:
                look, source = refuting[0]
                self._out[rival.key] = RuledOut(*rival.key, (source,), f"another look says no: {look}")
        return [rival for rival in rivals if rival.key not in self._out]

    def check(self, hypothesis: Hypothesis) -> Checked:
        """Take the playbook's steps."""
        supporting: list[str] = []
        refuting: list[tuple[str, str]] = []
        for step in hypothesis.playbook.steps:
            observation = self.take(step, hypothesis.context)
            if observation is None:
                continue
            says = step_says(step, observation, hypothesis.context)
            if says == "refutes":
                refuting.append((step.look, observation.id))
            if says == "supports":
                supporting.append(observation.id)
        return Checked(tuple(supporting), tuple(refuting))

    def take(self, step: Step, context: Mapping[str, object]) -> Observation | None:
        """One step's tool call; None where it cannot be made here (no far end, say)."""
        arguments = {name: text.fill(context) for name, text in step.arguments.items()}
        if any(value == "?" for value in arguments.values()):
            return None
        try:
            return self._observe(step.tool, arguments)
        except (ToolError, BadInput, KeyError):
            return None  # a far end that the inventory does not know, or a site's own tool that is not there

    def evidence_of(self, hypothesis: Hypothesis, more: Sequence[str] = ()) -> tuple[str, ...]:
        """Observations behind a hypothesis: the sweeps of the devices it is about, then the steps."""
        devices = [*devices_of(self.network, hypothesis.resource), *(f.device for f in hypothesis.triggers)]
        devices += [
            f.device for f in hypothesis.covered if f.significant
        ]  # who tells of it: the neighbors of a dead node
        found = [self._sources[device] for device in dict.fromkeys(devices) if device in self._sources][:MOST_SOURCES]
        if self._log_source and any(f.kind.startswith("probe_") or "logged" in f.facts for f in hypothesis.covered):
            found.append(self._log_source)
        ids = tuple(dict.fromkeys([*found, *more]))
        return ids or tuple([*self._sources.values(), *([self._log_source] if self._log_source else [])][:3])

    def _refuted(self, chosen: Sequence[Hypothesis]) -> tuple[RuledOut, ...]:
        """Rivals of what was chosen, and what else was suspected, each with what refutes it."""
        keys = {h.key for h in chosen}
        every = {h.key: h for one in chosen for h in self.suspicion.rivals(one)}
        every |= {h.key: h for h in self.hypotheses}
        rows = []
        for key, hypothesis in every.items():
            reason, evidence = hypothesis.refuted_by, self.evidence_of(hypothesis)
            if key not in keys and reason is not None and evidence:
                rows.append(RuledOut(*key, evidence, reason))
        return (*rows, *(row for key, row in self._out.items() if key not in keys))

    def _stood_before(self) -> tuple[str, ...]:
        """What is not as it should be, yet no cause of this incident."""
        changed = self._changed()
        stood = [f.summary for f in self.findings if not f.significant and f.facts.get("changed") is not True]
        stood += [f"{name} did not answer before either: its state is unknown" for name in never_heard(self.network)]
        return (*changed, *(f"Not part of this incident: {text}" for text in stood[: max(0, MOST_TOLD - len(changed))]))

    def _changed(self) -> tuple[str, ...]:
        """What somebody changed within the incident, and may have meant to: no fault by itself, yet news to whoever asks."""
        changed = [f.summary for f in self.findings if not f.significant and f.facts.get("changed") is True]
        return tuple(f"Changed within the incident, maybe on purpose: {text}" for text in changed[:MOST_TOLD])


def step_says(step: Step, observation: Observation, context: Mapping[str, object], *, strict: bool = False) -> str:
    """`supports`, `refutes` or `neither`. Rows that are not there say nothing. With `strict` an expression that fails
    raises BadInput; else it says nothing."""
    rows = observation.data if isinstance(observation.data, list) else []
    if not rows:
        return "neither"
    names = {**context, "rows": rows, "row": rows[0]}
    try:
        if step.refutes is not None and step.refutes.holds(names) is True:
            return "refutes"
        if step.supports is not None and step.supports.holds(names) is True:
            return "supports"
    except BadInput:
        if strict:
            raise
        return "neither"  # `playbook check` and `playbook run` name a broken expression; a diagnosis goes on
    return "neither"


def _confidence(hypothesis: Hypothesis, rivals: int, *, contradicted: bool) -> float:
    """How sure, 0 to 1: a complete signature without rivals is near 1; each doubt takes from it."""
    score = 0.97 if hypothesis.complete else 0.75 - 0.08 * min(len(hypothesis.unknown), 3)
    score -= 0.08 * min(rivals, 3) + (0.2 if contradicted else 0)
    return round(max(score, 0.2), 2)
