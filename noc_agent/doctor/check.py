"""One thing that was checked."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """`area`: site, snmp, clock, history, logs, content or model; `status`: ok, warning or failed; the mend where it is not ok."""

    area: str
    subject: str
    status: str
    what: str
    mend: str = ""
