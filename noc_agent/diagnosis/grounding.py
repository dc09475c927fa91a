"""What a model submits is a claim: code checks the kind, the place, the citations and the playbook's own conditions.

A model can add a hypothesis that the evidence carries, and explain; it can neither confirm what the evidence does not
carry nor make a right engine answer worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from noc_agent.diagnosis.conclusion import CONFIRMED, Conclusion
from noc_agent.diagnosis.consequences import devices_of
from noc_agent.diagnosis.engine import Engine, step_says
from noc_agent.diagnosis.hypotheses import Hypothesis, picks, place_of, sits
from noc_agent.evidence import Observation
from noc_agent.findings.route_tables import Prefix, table_of
from noc_agent.findings.views import link_of
from noc_agent.playbooks import Playbook, Step
from noc_agent.topology import Network


class Claim(Protocol):
    """One root cause as a model names it."""

    @property
    def fault(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def evidence(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Grounded:
    """What of a submission stands, and what is wrong with the rest, in words for the model and the reader. `refused` are the
    claims about places that exist, each with what is wrong."""

    hypotheses: tuple[Hypothesis, ...]
    problems: tuple[str, ...]
    refused: tuple[tuple[Hypothesis, str], ...] = ()


def ground(engine: Engine, claims: Iterable[Claim], evidence: Sequence[Observation]) -> Grounded:
    """Check each claim against the evidence of the run."""
    stands: list[Hypothesis] = []
    refused: list[tuple[Hypothesis, str]] = []
    problems: list[str] = []
    for claim in claims:
        name = f"{claim.fault} at {claim.resource}"
        hypothesis, problem = _placed(engine, claim)
        if hypothesis is not None and (problem := _wrong(engine, hypothesis, claim, evidence)):
            refused.append((hypothesis, problem))
        if problem:
            problems.append(f"{name}: {problem}")
        elif hypothesis is not None:
            stands.append(hypothesis)
    return Grounded(tuple(stands), tuple(problems), tuple(refused))


def _placed(engine: Engine, claim: Claim) -> tuple[Hypothesis | None, str]:
    """The hypothesis that a claim means, or why there is none."""
    playbook = engine.suspicion.playbooks.get(claim.fault)
    if playbook is None:
        return None, f"no such fault kind; one of {', '.join(engine.playbooks)}"
    resource = existing(engine.network, playbook, claim.resource)
    if resource is None:
        return None, f"no such {playbook.place} on this site"
    triggers = [
        f
        for f in engine.findings
        if picks(playbook.suspects, f) and resource in place_of(engine.network, f, playbook.places)
    ]
    return engine.suspicion.weigh(playbook, resource, triggers), ""


def _wrong(engine: Engine, hypothesis: Hypothesis, claim: Claim, evidence: Sequence[Observation]) -> str:
    """What of the evidence does not carry it; empty where it does."""
    cited = [one for one in evidence if one.id in claim.evidence]
    if not cited or len(cited) < len(set(claim.evidence)):
        known = [one.id for one in evidence]
        return f"cite evidence ids that tool results gave, such as {', '.join(known[:3])}"
    if hypothesis.refuted_by is not None:
        return f"refuted by the evidence: {hypothesis.refuted_by}"
    if not hypothesis.triggers:
        return "nothing that was observed points to it"
    for step in hypothesis.playbook.steps:
        for one in cited:
            if (
                one.tool == step.tool
                and step_says(step, one, hypothesis.context) == "refutes"
                and _asks(step, one, hypothesis)
            ):
                return f"refuted by {one.id}: {step.look}"
    if not any(_about(engine, hypothesis, one) for one in cited):
        shown = engine.evidence_of(hypothesis)
        return f"{', '.join(one.id for one in cited)} shows nothing of it" + (
            f"; {', '.join(shown[:3])} does" if shown else ""
        )
    return ""


def _asks(step: Step, observation: Observation, hypothesis: Hypothesis) -> bool:
    """Whether the observation is what the step would look at for this hypothesis."""
    wanted = {name: text.fill(hypothesis.context) for name, text in step.arguments.items()}
    return all(
        str(observation.arguments.get(name, "")) == value for name, value in wanted.items() if value not in ("", "?")
    )


def _about(engine: Engine, hypothesis: Hypothesis, observation: Observation) -> bool:
    """Whether what was cited is about the place, or about a device that tells of it."""
    devices = set(devices_of(engine.network, hypothesis.resource)) | {f.device for f in hypothesis.covered}
    if observation.id in engine.evidence_of(hypothesis):
        return True
    rows = observation.data if isinstance(observation.data, list) else []
    asked = observation.arguments.get("device")
    if asked:
        return bool(rows) and asked in devices
    return any(isinstance(row, Mapping) and row.get("device") in devices for row in rows)


def existing(network: Network, playbook: Playbook, resource: str) -> str | None:
    """The site's own name of the resource a model means, or None: a link's ends may come in either order."""
    kind, _, rest = resource.partition("/")
    if not sits(playbook, resource):
        return None
    if kind == "prefix":
        return _routed(network, rest)
    if kind == "link":
        one, _, other = rest.partition("--")
        return next((r for r in (resource, f"link/{other}--{one}") if link_of(network, r)), None)
    device, _, name = rest.partition("/")
    if device not in network.site.devices:
        return None
    if kind == "interface":
        return network.port(device, name).resource if _has_port(network, device, name) else None
    return resource


def _routed(network: Network, text: str) -> str | None:
    """A prefix that a device of the site has a route to, or had, as routing tables write it."""
    prefix = Prefix.of(text)
    states = [s for h in network.histories.values() for s in (h.before, *h.window) if s is not None]
    known = prefix is not None and any(table_of(state).exact(prefix) for state in states)
    return f"prefix/{prefix}" if known else None


def _has_port(network: Network, device: str, name: str) -> bool:
    end = network.port(device, name)
    history = network.histories.get(device)
    served = (history.latest.interfaces or {}) if history and history.latest else {}
    return end.interface in served or end in network.link_at


def agree(conclusion: Conclusion, grounded: Grounded) -> bool:
    """Whether a grounded submission names exactly what the engine concluded."""
    mine = {(cause.fault, cause.resource) for cause in conclusion.root_causes}
    return bool(mine) and mine == {h.key for h in grounded.hypotheses}


def better(engine: Engine, own: Conclusion, grounded: Grounded) -> Conclusion | None:
    """The conclusion that a model's grounded claims carry, or None where the engine's own stands.

    The engine's confirmed verdict stands against any other claim. Where it is not sure, the claims are explained by the
    same rules as its own hypotheses, and must explain no less.
    """
    if not grounded.hypotheses or own.verdict == CONFIRMED:
        return None
    pool: Mapping[tuple[str, str], Hypothesis] = {h.key: h for h in grounded.hypotheses}
    proposed = engine.conclude(tuple(pool.values()))
    if not proposed.root_causes or len(proposed.unexplained) > len(own.unexplained):
        return None
    worse = own.root_causes and proposed.verdict != CONFIRMED and len(proposed.unexplained) == len(own.unexplained)
    return None if worse else proposed
