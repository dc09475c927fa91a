"""RFC 3339 times, written and read in one form."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from noc_agent.errors import BadInput

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")


def rfc3339(at: datetime) -> str:
    """`at` in UTC as RFC 3339, with microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_time(text: str, where: str) -> datetime:
    """An aware time from RFC 3339 text, which has a date, a time and a zone. Raises BadInput naming `where`."""
    try:
        if _RFC3339.fullmatch(text.strip()) is None:
            raise ValueError
        return datetime.fromisoformat(text.strip().upper())
    except ValueError as error:
        raise BadInput(where, "is no RFC 3339 time", "write 2026-11-23T09:17:57Z") from error
