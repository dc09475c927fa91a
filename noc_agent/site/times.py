"""RFC 3339 times, written and read in one form."""

from __future__ import annotations

from datetime import UTC, datetime

from noc_agent.errors import BadInput


def rfc3339(at: datetime) -> str:
    """`at` in UTC as RFC 3339, with microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_time(text: str, where: str) -> datetime:
    """An aware time from RFC 3339 text; a time without a zone is UTC. Raises BadInput naming `where`."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(where, "no RFC 3339 time", "write 2026-11-23T09:17:57Z") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
