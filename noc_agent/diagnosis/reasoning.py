"""How the verdict came about, step by step: findings, hypotheses, what each explains, what proves and refutes it."""

from __future__ import annotations

from collections.abc import Sequence

from noc_agent.diagnosis.conclusion import Conclusion
from noc_agent.diagnosis.engine import Engine
from noc_agent.diagnosis.hypotheses import Hypothesis, Proof
from noc_agent.evidence import Finding, Json, rfc3339

CHOSEN, RULED_OUT, NOT_NEEDED = "chosen", "ruled out", "not needed"


def reasoning(engine: Engine, conclusion: Conclusion) -> dict[str, Json]:
    """`findings` are numbered F1, F2 …; `hypotheses` say which of them each explains. Chosen ones first, refuted ones last."""
    numbers = {id(finding): f"F{n}" for n, finding in enumerate(engine.findings, 1)}
    causes = {(cause.fault, cause.resource) for cause in conclusion.root_causes}
    out = {(row.fault, row.resource): row.reason for row in conclusion.ruled_out}
    rows = [_hypothesis(one, numbers, causes, out.get(one.key, "")) for one in engine.hypotheses]
    order = (CHOSEN, NOT_NEEDED, RULED_OUT)
    rows.sort(key=lambda row: order.index(str(row["status"])))
    return {"findings": [_finding(one, numbers[id(one)]) for one in engine.findings], "hypotheses": list(rows)}


def _finding(finding: Finding, number: str) -> dict[str, Json]:
    return {
        "id": number,
        "kind": finding.kind,
        "resource": finding.resource,
        "summary": finding.summary,
        "at": rfc3339(finding.at) if finding.at else None,
        "must_be_explained": finding.significant,
        "starts_hypotheses": finding.starts,
    }


def _hypothesis(one: Hypothesis, numbers: dict[int, str], causes: set[tuple[str, str]], reason: str) -> dict[str, Json]:
    refuted = one.refuted_by or reason
    return {
        "fault": one.playbook.fault,
        "resource": one.resource,
        "status": CHOSEN if one.key in causes else RULED_OUT if refuted else NOT_NEEDED,
        "refuted_by": refuted or None,
        "raised_by": [numbers[id(finding)] for finding in one.triggers],
        "explains": [numbers[id(finding)] for finding in one.covered],
        "must_be_seen": _proofs(one.proofs),
        "would_refute": _proofs(one.refutations),
    }


def _proofs(proofs: Sequence[Proof]) -> list[Json]:
    """`value` is true, false, or null where the evidence does not tell."""
    return [{"that": proof.that, "value": proof.value} for proof in proofs]
