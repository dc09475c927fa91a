"""Which polls are kept: every one for some days, then one an hour, then one a day. Marked ones are kept for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from noc_agent.site.model import HistorySettings

STEP = timedelta(days=1)


def reckoned(at: datetime, earlier: Iterable[datetime]) -> datetime:
    """The time from which ages count: a clock that was years ahead for one snapshot must not cost the history.

    It goes on by a day a snapshot at most; after a longer pause some snapshots more are kept until it has caught up.
    """
    return min(at, max((other + STEP for other in earlier), default=at))


def outdated(times: Iterable[datetime], now: datetime, keep: HistorySettings) -> tuple[datetime, ...]:
    """The polls to delete: of an hour or a day the first is kept."""
    kept: set[str] = set()
    gone = []
    for at in sorted(times):
        age = (now - at) / timedelta(days=1)
        slot = at.strftime("%Y-%m-%dT%H" if age <= keep.hourly else "%Y-%m-%d")
        if age <= keep.every:
            continue
        if age > max(keep.hourly, keep.daily) or slot in kept:
            gone.append(at)
        kept.add(slot)
    return tuple(gone)
