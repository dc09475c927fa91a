"""What the model is told before its first look: the incident, what code found, and how it ranks causes."""

from __future__ import annotations

from collections.abc import Sequence

from noc_agent.diagnosis.conclusion import Conclusion
from noc_agent.diagnosis.engine import Engine
from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.evidence import Finding, rfc3339
from noc_agent.playbooks.card import in_short

MOST_FINDINGS, MOST_HYPOTHESES, MOST_DEVICES = 10, 6, 12
MOST_CARD = 480  # characters


def brief(engine: Engine, own: Conclusion) -> str:
    """The first message, compact and worst first: each prompt carries it. It is cleaned where it is sent."""
    incident = engine.network.incident
    since = rfc3339(incident.since) if incident.since else "unknown"
    parts = [
        f"INCIDENT {_line(incident.id)}: {_line(incident.title)}",
        _line(incident.description) if incident.description != incident.title else "",
        _named(engine),
        f"Since {since}. {_devices(engine)}",
        "FINDINGS of code (now against before, the other end, intent):",
        *(_finding(engine, f) for f in _worst(engine.findings)),
        _rest(len(engine.findings), MOST_FINDINGS) or ("none" if not engine.findings else ""),
        "HYPOTHESES (ranked; a refuted one cannot be right):",
        *(_hypothesis(h) for h in _ranked(engine)[:MOST_HYPOTHESES]),
        "" if engine.hypotheses else "none",
        f"The engine alone says: {own.verdict}"
        + "".join(f"; {c.fault} at {c.resource} ({', '.join(c.evidence[:4])})" for c in own.root_causes),
        *(f"Unexplained: {_line(text)}" for text in own.unexplained[:MOST_FINDINGS]),
        *_card(engine),
        _kinds(engine),
    ]
    return "\n".join(part for part in parts if part)


def families(engine: Engine) -> frozenset[str]:
    """The fault families that something points to."""
    return frozenset(h.playbook.family for h in engine.hypotheses if h.refuted_by is None)


def _line(text: str) -> str:
    """Words of others on one line: they cannot look like a line of ours."""
    return " ".join(text.split())


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: not f.significant)[:MOST_FINDINGS]


def _devices(engine: Engine) -> str:
    """The devices that findings are about come first: a site may have thousands."""
    names = list(dict.fromkeys([*(f.device for f in engine.findings), *engine.network.site.devices]))
    more = f" and {len(names) - MOST_DEVICES} more" if len(names) > MOST_DEVICES else ""
    return f"Devices: {', '.join(names[:MOST_DEVICES])}{more}."


def _kinds(engine: Engine) -> str:
    """Kinds to choose from: those of the families that are implicated, each with its place; else all."""
    near = families(engine)
    shown = [p for p in engine.playbooks.values() if not near or p.family in near]
    by_place: dict[str, list[str]] = {}
    for playbook in shown:
        by_place.setdefault(playbook.place, []).append(playbook.fault)
    listed = "; ".join(f"{place}/…: {', '.join(kinds)}" for place, kinds in by_place.items())
    return f"FAULT KINDS by resource: {listed}."


def _card(engine: Engine) -> list[str]:
    """What tells the leading hypothesis from its rivals: one card, of one kind; small models drown in more."""
    leading = next((h for h in _ranked(engine) if h.refuted_by is None), None)
    return [f"HOW TO TELL {leading.playbook.fault}:", in_short(leading.playbook)[:MOST_CARD]] if leading else []


def _named(engine: Engine) -> str:
    """What the report itself names: where it hurts, not yet where it is broken."""
    incident = engine.network.incident
    named = (*incident.devices, *(end.resource for end in incident.interfaces), *incident.services)
    return (
        f"The report names {_line(', '.join(named[:MOST_DEVICES]))}: where it hurts, not yet where it is broken."
        if named
        else ""
    )


def _finding(engine: Engine, finding: Finding) -> str:
    source = engine.source_of(finding.device)
    return f"- {_line(finding.summary)} [{finding.kind} {finding.resource}{', ' + source if source else ''}]"


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
