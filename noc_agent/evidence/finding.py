"""One thing wrong or changed, on one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A finding. `path` are the resources it depends on: a fault on one of them explains it.

    `significant`: it must be explained. `starts`: it can start a hypothesis.
    """

    kind: str
    resource: str
    summary: str
    at: datetime | None = None
    device: str = ""
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    path: frozenset[str] = frozenset()
    significant: bool = True
    starts: bool = True
