"""Hypotheses: a fault at a place, with what proves it, what refutes it, and which findings it would explain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from noc_agent.errors import BadInput
from noc_agent.evidence import Finding
from noc_agent.findings.views import end_of, link_of, view
from noc_agent.playbooks import Pick, Playbook
from noc_agent.site.model import End
from noc_agent.topology import Network


@dataclass(frozen=True, slots=True)
class Proof:
    """One clause of a playbook on this network: true, false, or None where the evidence does not tell."""

    that: str
    value: bool | None


@dataclass(frozen=True)
class Hypothesis:
    """A fault at a resource. `triggers` are the findings that raised it, `covered` all that it would explain."""

    playbook: Playbook
    resource: str
    triggers: tuple[Finding, ...]
    covered: tuple[Finding, ...]
    proofs: tuple[Proof, ...]
    refutations: tuple[Proof, ...]
    context: Mapping[str, object] = field(repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        return self.playbook.fault, self.resource

    @cached_property
    def refuted_by(self) -> str | None:
        """Why it cannot be, in words; None while it lives."""
        for proof in self.refutations:
            if proof.value is True:
                return proof.that
        for proof in self.proofs:
            if proof.value is False:
                return f"not so: {proof.that}"
        return None

    @cached_property
    def complete(self) -> bool:
        """Whether the signature is complete: all that must be seen was seen."""
        return all(proof.value is True for proof in self.proofs)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What could not be told of it."""
        return tuple(proof.that for proof in self.proofs if proof.value is None)


class Suspicion:
    """Makes hypotheses of one network's findings. Views are made once a resource."""

    def __init__(self, network: Network, findings: Sequence[Finding], playbooks: Mapping[str, Playbook]) -> None:
        self.network, self.findings, self.playbooks = network, findings, playbooks
        self.problems: list[str] = []  # playbooks that were left out, and why
        self._views: dict[str, dict[str, object]] = {}
        self._place = {finding: n for n, finding in enumerate(findings)}
        # What depends on a resource is asked for each hypothesis: looking at every finding would grow with their product.
        self._around: dict[str, list[Finding]] = {}
        for finding in findings:
            for resource in {finding.resource, *finding.path}:
                self._around.setdefault(resource, []).append(finding)

    def all(self) -> tuple[Hypothesis, ...]:
        """Every hypothesis that a finding raises, living or refuted, in the order of playbooks and findings."""
        made: list[Hypothesis] = []
        for playbook in self.playbooks.values():
            try:
                made += self._of(playbook)
            except BadInput as error:
                self._leave_out(playbook, error)
        return tuple(made)

    def _leave_out(self, playbook: Playbook, error: BadInput) -> None:
        """An expression fails: its playbook is out of this diagnosis, the others are weighed."""
        self.problems.append(f"{error}; its playbook is left out")
        self.playbooks = {name: other for name, other in self.playbooks.items() if other is not playbook}

    def _of(self, playbook: Playbook) -> list[Hypothesis]:
        raised: dict[str, list[Finding]] = {}
        for finding in self.findings:
            if finding.starts and picks(playbook.suspects, finding):
                for resource in place_of(self.network, finding, playbook.places):
                    raised.setdefault(resource, []).append(finding)
        return [self.weigh(playbook, resource, found) for resource, found in raised.items()]

    def weigh(self, playbook: Playbook, resource: str, triggers: Sequence[Finding] = ()) -> Hypothesis:
        """This fault at this resource: every clause of its playbook judged on the evidence."""
        context = self._context(playbook, resource, triggers)
        explained = (f for f in self._around.get(resource, ()) if self._explains(playbook, resource, f))
        covered = sorted({*triggers, *explained}, key=self._place.__getitem__)
        return Hypothesis(
            playbook,
            resource,
            tuple(triggers),
            tuple(covered),
            tuple(Proof(clause.that, clause.condition.holds(context)) for clause in playbook.prove),
            tuple(Proof(clause.that, clause.condition.holds(context)) for clause in playbook.refute),
            context,
        )

    def rivals(self, hypothesis: Hypothesis) -> tuple[Hypothesis, ...]:
        """What its playbook says it is confused with, each at its place, judged on the same evidence."""
        found: dict[tuple[str, str], Hypothesis] = {}
        for rival in hypothesis.playbook.rivals:
            playbook = self.playbooks.get(rival.fault)
            if playbook is None:
                continue
            try:
                found |= self._rivals_by(playbook, rival.at, hypothesis)
            except BadInput as error:
                self._leave_out(playbook, error)
        return tuple(found.values())

    def _rivals_by(self, playbook: Playbook, at: str, hypothesis: Hypothesis) -> dict[tuple[str, str], Hypothesis]:
        found = {}
        for resource in rival_places(self.network, hypothesis.resource, at):
            if (playbook.fault, resource) != hypothesis.key and sits(playbook, resource):
                triggers = [f for f in hypothesis.covered if f.starts and picks(playbook.suspects, f)]
                here = [f for f in triggers if resource in place_of(self.network, f, playbook.places)]
                found[playbook.fault, resource] = self.weigh(playbook, resource, here)
        return found

    def _explains(self, playbook: Playbook, resource: str, finding: Finding) -> bool:
        return resource in finding.path and picks(playbook.explains, finding)

    def _context(self, playbook: Playbook, resource: str, triggers: Sequence[Finding]) -> dict[str, object]:
        if resource not in self._views:
            self._views[resource] = view(self.network, resource)
        facts: dict[str, object] = {}
        for finding in triggers:
            for name, value in finding.facts.items():
                facts.setdefault(name, value)

        def found(kind: str) -> bool:
            return any(f.kind == kind for f in self._around.get(resource, ()))

        return {**self._views[resource], "resource": resource, "fault": playbook.fault, "facts": facts, "found": found}


def picks(wanted: Iterable[Pick], finding: Finding) -> bool:
    """Whether the finding is one of these, by kind and by its own facts."""
    return any(
        finding.kind in pick.kinds and (pick.when is None or pick.when.holds(finding.facts) is True) for pick in wanted
    )


def place_of(network: Network, finding: Finding, places: Sequence[str]) -> tuple[str, ...]:
    """Where a fault of these places would sit, given what the finding was seen on."""
    kind, _, rest = finding.resource.partition("/")
    if kind in places:
        return (finding.resource,)
    node = f"node/{rest.partition('/')[0]}"
    if places[0] == "node" and kind in ("interface", "service"):
        return (node,)
    if kind == "interface" and places[0] == "link":
        link = network.link_at.get(end_of(finding.resource))
        # Where nothing is known of the far end: on the node if the kind may sit there, else on the interface that is known.
        return (link.resource if link else node if "node" in places else finding.resource,)
    return ()


def sits(playbook: Playbook, resource: str) -> bool:
    """Whether a fault of this kind can sit on such a resource; one of a link also on a port of which no more is known. A
    service's rivals sit elsewhere by nature: where a filter is suspected, the service is ruled out from there."""
    kind = resource.partition("/")[0]
    return (
        kind in playbook.places or (kind == "interface" and "link" in playbook.places) or "service" in playbook.places
    )


def rival_places(network: Network, resource: str, at: str) -> tuple[str, ...]:
    """Resources that `at` means, seen from a resource."""
    if at == "self":
        return (resource,)
    ends = _ends(network, resource)
    if at == "ends":
        return tuple(end.resource for end in ends)
    if at == "link":
        link = network.link_at.get(ends[0]) if ends else None
        return (link.resource,) if link else ()
    if ends:
        return tuple(f"node/{end.device}" for end in ends)
    return (f"node/{resource.split('/')[1]}",)


def _ends(network: Network, resource: str) -> tuple[End, ...]:
    """The resource's own end first, then the far one."""
    if resource.startswith("link/"):
        link = link_of(network, resource)
        return link.ends if link else ()
    if resource.startswith("interface/"):
        end = end_of(resource)
        other = network.other_end(end)
        return (end, other) if other else (end,)
    return ()
