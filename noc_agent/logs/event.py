"""What a log says, typed: a kind with its direction, a subject, from and to, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

MOST_TIMES = 32


class Meaning(NamedTuple):  # made and counted once a line: a tuple is four times as quick
    """What one line means: the kind of event, whom it is about, the old and new state, and the reason, as the line words them.

    `subject` is the interface, peer, process or part; `peer` the other party where the subject is not it.
    """

    kind: str
    subject: str = ""
    peer: str = ""
    frm: str = ""
    to: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """Events of one device, kind and subject, counted. `times` are the first of them; `sample` is a line as it came."""

    time: datetime | None
    device: str
    kind: str
    severity: str | None
    subject: str
    frm: str
    to: str
    reason: str
    peer: str
    count: int
    first: datetime | None
    last: datetime | None
    times: tuple[datetime, ...]
    sample: str
    file: str
    line: int | None
