"""What a model submits is a claim: code checks the kind, the place, the citations and the playbook's own conditions.

A model can add a hypothesis that the evidence carries, and explain; it can neither confirm what the evidence does not
carry nor make a right engine answer worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from noc_agent.diagnosis.conclusion import CONFIRMED, Conclusion
from noc_agent.diagnosis.engine import Engine
from noc_agent.diagnosis.hypotheses import Hypothesis, picks, place_of, sits
from noc_agent.findings.route_tables import Prefix, table_of
from noc_agent.findings.views import link_of
from noc_agent.playbooks import Playbook
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
    """What of a submission stands, and what is wrong with the rest, in words for the model and the reader."""

    hypotheses: tuple[Hypothesis, ...]
    problems: tuple[str, ...]


def ground(engine: Engine, claims: Iterable[Claim], evidence: Iterable[str]) -> Grounded:
    """Check each claim against the evidence of the run."""
    known_ids = set(evidence)
    stands: list[Hypothesis] = []
    problems: list[str] = []
    for claim in claims:
        hypothesis, problem = _one(engine, claim, known_ids)
        if hypothesis is not None:
            stands.append(hypothesis)
        else:
            problems.append(problem)
    return Grounded(tuple(stands), tuple(problems))


def _one(engine: Engine, claim: Claim, known_ids: set[str]) -> tuple[Hypothesis | None, str]:
    name = f"{claim.fault} at {claim.resource}"
    playbook = engine.suspicion.playbooks.get(claim.fault)
    if playbook is None:
        return None, f"{name}: no such fault kind; one of {', '.join(engine.playbooks)}"
    resource = existing(engine.network, playbook, claim.resource)
    if resource is None:
        return None, f"{name}: no such {playbook.place} on this site"
    if not claim.evidence or not set(claim.evidence) <= known_ids:
        return None, f"{name}: cite evidence ids that tool results gave, such as {', '.join(sorted(known_ids)[:3])}"
    triggers = [
        f
        for f in engine.findings
        if picks(playbook.suspects, f) and resource in place_of(engine.network, f, playbook.places)
    ]
    hypothesis = engine.suspicion.weigh(playbook, resource, triggers)
    if hypothesis.refuted_by is not None:
        return None, f"{name}: refuted by the evidence: {hypothesis.refuted_by}"
    if not hypothesis.triggers:
        return None, f"{name}: nothing that was observed points to it"
    return hypothesis, ""


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
