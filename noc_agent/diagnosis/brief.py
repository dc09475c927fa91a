"""What the model is told before its first look: the incident, what code found, and how it ranks causes."""

from __future__ import annotations

from noc_agent.diagnosis.conclusion import Conclusion
from noc_agent.diagnosis.engine import Engine
from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.evidence import Finding, rfc3339
from noc_agent.playbooks.card import in_short

MOST_FINDINGS, MOST_HYPOTHESES = 25, 12


def brief(engine: Engine, own: Conclusion) -> str:
    """The first message, compact and worst first. It is cleaned of secrets and control tokens where it is sent."""
    incident = engine.network.incident
    since = rfc3339(incident.since) if incident.since else "unknown"
    parts = [
        f"INCIDENT {incident.id}: {incident.title}",
        incident.description,
        _named(engine),
        f"Since {since}. Devices: {', '.join(engine.network.site.devices)}.",
        "FINDINGS (code compared now with before, both ends, and intent):",
        *(_finding(engine, f) for f in engine.findings[:MOST_FINDINGS]),
        _rest(len(engine.findings), MOST_FINDINGS) or ("none" if not engine.findings else ""),
        "HYPOTHESES (code ranked; a refuted one cannot be right):",
        *(_hypothesis(h) for h in _ranked(engine)[:MOST_HYPOTHESES]),
        "" if engine.hypotheses else "none",
        f"The playbook engine alone says: {own.verdict}"
        + "".join(f"; {c.fault} at {c.resource} ({', '.join(c.evidence)})" for c in own.root_causes),
        *(f"Unexplained: {text}" for text in own.unexplained),
        *_card(engine),
        f"FAULT KINDS you may submit: {', '.join(f'{p.fault} ({p.place})' for p in engine.playbooks.values())}.",
    ]
    return "\n".join(part for part in parts if part)


def _card(engine: Engine) -> list[str]:
    """What tells the leading hypothesis from its rivals: one card, of one kind; small models drown in more."""
    leading = next((h for h in _ranked(engine) if h.refuted_by is None), None)
    return [f"HOW TO TELL {leading.playbook.fault}:", in_short(leading.playbook)] if leading else []


def _named(engine: Engine) -> str:
    """What the report itself names: where it hurts, not yet where it is broken."""
    incident = engine.network.incident
    named = (*incident.devices, *(end.resource for end in incident.interfaces), *incident.services)
    return f"The report names {', '.join(named)}: where it hurts, not yet where it is broken." if named else ""


def _finding(engine: Engine, finding: Finding) -> str:
    source = engine.source_of(finding.device)
    return f"- {finding.summary} [{finding.kind} {finding.resource}{', ' + source if source else ''}]"


def _hypothesis(hypothesis: Hypothesis) -> str:
    fault, resource = hypothesis.key
    if hypothesis.refuted_by:
        return f"- {fault} at {resource}: refuted ({hypothesis.refuted_by})"
    unknown = f"; unknown: {', '.join(hypothesis.unknown)}" if hypothesis.unknown else ""
    return f"- {fault} at {resource}: explains {len(hypothesis.covered)} findings{unknown}"


def _ranked(engine: Engine) -> list[Hypothesis]:
    return sorted(engine.hypotheses, key=lambda h: (h.refuted_by is not None, not h.complete, -len(h.covered), h.key))


def _rest(total: int, shown: int) -> str:
    return f"({shown} of {total} shown)" if total > shown else ""
