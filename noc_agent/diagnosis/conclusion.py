"""What a diagnosis concludes: plain values, and what may be said of them (contract, sections 2 to 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

CONFIRMED, LIKELY, INCONCLUSIVE, HEALTHY = "confirmed", "likely", "inconclusive", "healthy"


@dataclass(frozen=True, slots=True)
class RootCause:
    """One independent fault. `confidence` 0 to 1; `path` from the cause to those who suffer, as resources."""

    fault: str
    resource: str
    confidence: float
    since: datetime | None
    evidence: tuple[str, ...]
    explanation: str
    path: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A rival and the evidence that refutes it."""

    fault: str
    resource: str
    evidence: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict in every case."""

    verdict: str
    root_causes: tuple[RootCause, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    impact: tuple[str, ...] = ()
    next_actions: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = field(default=())
