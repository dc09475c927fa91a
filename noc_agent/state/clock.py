"""A device's own clock as it serves it (hrSystemDate, RFC 2790): how far it is off the poller's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from noc_agent.snmp import Reply
from noc_agent.snmp.plan import SYSTEM_DATE


def clock_skew(reply: Reply, zone: tzinfo, slack: float = 0.0) -> float | None:
    """Seconds that the device's clock is ahead of the poller's; 0 within what asking took. None where it does not tell."""
    raw = reply.columns.get(SYSTEM_DATE, {}).get("0")
    told = date_and_time(raw, zone) if isinstance(raw, bytes) else None
    if told is None:
        return None
    skew = (told - reply.observed_at).total_seconds()
    # The poll's time is its beginning; the device was asked some time later, and counts whole seconds.
    return 0.0 if -1.0 <= skew <= slack + 1.0 else round(skew - slack if skew > 0 else skew, 1)


def date_and_time(raw: bytes, zone: tzinfo) -> datetime | None:
    """DateAndTime (RFC 2579): year, month, day, hour, minute, second, decisecond, and the zone in 11 octets."""
    if len(raw) not in (8, 11):
        return None
    year = int.from_bytes(raw[:2], "big")
    try:
        at = datetime(year, raw[2], raw[3], raw[4], raw[5], min(raw[6], 59), tzinfo=UTC)
        if len(raw) == 11:
            offset = timedelta(hours=raw[9], minutes=raw[10])
            return at.replace(tzinfo=timezone(offset if raw[8:9] == b"+" else -offset))
        return at.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def duration(seconds: float) -> str:
    """A length of time in words that fit its size."""
    minutes = max(0, int(seconds // 60))
    if seconds < 600:
        return f"{seconds:g} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
