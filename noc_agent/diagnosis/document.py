"""The diagnosis document of the contract, section 2: what automation reads and `replay` prints again, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from noc_agent.diagnosis.conclusion import Conclusion, RootCause
from noc_agent.evidence import Json, Observation, rfc3339
from noc_agent.site.model import Incident

SCHEMA = "noc-agent/diagnosis/1"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run cost. Energy in Wh, null where it is unknown; `energy_basis` says what the figure stands on."""

    steps: int = 0
    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    wall_s: float = 0.0
    energy_wh: float | None = None
    energy_basis: str = "none"

    def to_json(self) -> dict[str, Json]:
        return {
            "steps": self.steps,
            "model_calls": self.model_calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "wall_s": round(self.wall_s, 3),
            "energy_wh": self.energy_wh,
            "energy_basis": self.energy_basis,
        }


def document(
    run: str,
    site: str,
    incident: Incident,
    conclusion: Conclusion,
    evidence: Iterable[Observation],
    usage: Usage,
    degraded: Iterable[str] = (),
    model: str | None = None,
) -> dict[str, Json]:
    """The document in the contract's key order. `model` names the model whose submission carries the verdict."""
    return {
        "schema": SCHEMA,
        "run": run,
        "site": site,
        "incident": {
            "id": incident.id,
            "title": incident.title,
            "since": _time(incident.since),
            "until": _time(incident.until),
        },
        "engine": "model" if model else "playbook",
        "model": model,
        "verdict": conclusion.verdict,
        "root_causes": [_cause(cause) for cause in conclusion.root_causes],
        "ruled_out": [
            {"fault": row.fault, "resource": row.resource, "evidence": list(row.evidence), "reason": row.reason}
            for row in conclusion.ruled_out
        ],
        "impact": list(conclusion.impact),
        "next_actions": list(conclusion.next_actions),
        "unexplained": list(conclusion.unexplained),
        "evidence": [dict(observation.row()) for observation in evidence],
        "usage": usage.to_json(),
        "degraded": list(degraded),
    }


def _cause(cause: RootCause) -> Mapping[str, Json]:
    return {
        "fault": cause.fault,
        "resource": cause.resource,
        "confidence": cause.confidence,
        "since": _time(cause.since),
        "evidence": list(cause.evidence),
        "explanation": cause.explanation,
        "path": list(cause.path),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
