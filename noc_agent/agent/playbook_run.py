"""A playbook's steps on a site, for on-call staff: each look, what came back, and what it says for and against."""

from __future__ import annotations

from datetime import UTC, datetime

from noc_agent.agent.runs import Content
from noc_agent.agent.session import Session
from noc_agent.agent.sources import site_source
from noc_agent.diagnosis.engine import Engine, step_says
from noc_agent.diagnosis.grounding import existing
from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.errors import BadInput
from noc_agent.evidence import Json, Redactor
from noc_agent.playbooks import Playbook
from noc_agent.site.model import Incident, Site
from noc_agent.topology import Network


def run_playbook(
    site: Site, incident: Incident, content: Content, playbook: Playbook, resource: str
) -> list[dict[str, Json]]:
    """One result for each place: where the site raises suspicion, or the one that is named."""
    source, _ = site_source(site, incident)
    network = Network(site, source, incident)
    session = Session(network, content.toolbox, Redactor(site.secrets), lambda kind, payload: None, datetime.now(UTC))
    engine = Engine(network, content.playbooks, session.observe)
    engine.look()
    if resource:
        place = existing(network, playbook, resource)
        if place is None:
            raise BadInput(
                "playbook run", f"no such {playbook.place} on this site", f"write it as {_example(playbook)}"
            )
        return [_result(session, engine, engine.suspicion.weigh(playbook, place))]
    return [_result(session, engine, h) for h in engine.hypotheses if h.playbook is playbook]


def _result(session: Session, engine: Engine, hypothesis: Hypothesis) -> dict[str, Json]:
    steps: list[Json] = []
    for step in hypothesis.playbook.steps:
        seen = engine.take(step, hypothesis.context)
        says = step_says(step, seen, hypothesis.context) if seen else "not possible here"
        row: dict[str, Json] = {"step": step.id, "look": step.look, "tool": step.tool, "says": says}
        steps.append({**row, "evidence": seen.id if seen else None, "result": seen.summary if seen else ""})
    proofs: list[Json] = [{"that": p.that, "value": p.value} for p in hypothesis.proofs]
    against: list[Json] = [{"that": p.that, "value": p.value} for p in hypothesis.refutations]
    verdict = "refuted" if hypothesis.refuted_by else "proven" if hypothesis.complete else "possible"
    return {
        "fault": hypothesis.playbook.fault,
        "resource": hypothesis.resource,
        "verdict": verdict,
        "reason": hypothesis.refuted_by or "",
        "steps": steps,
        "prove": proofs,
        "refute": against,
        "next": [session.clean(text.fill(hypothesis.context)) for text in hypothesis.playbook.next_actions],
    }


def _example(playbook: Playbook) -> str:
    return {
        "interface": "interface/DEVICE/IFNAME",
        "link": "link/DEVICE/IFNAME--DEVICE/IFNAME",
        "node": "node/DEVICE",
        "service": "service/DEVICE/NAME",
        "prefix": "prefix/CIDR",
    }[playbook.places[0]]
