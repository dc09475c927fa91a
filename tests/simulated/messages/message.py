"""One message of a vendor."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """`severity`: a syslog number; `source`: a process, or `%FAC-SEV-NAME` where there is such; `text` with fields of an event."""

    severity: int
    source: str
    text: str


Table = dict[str, Message]
