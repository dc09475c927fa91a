"""The memory of a live site: its polls over time, and which of them matter to an incident."""

from noc_agent.history.polls import Polling, Polls, read_polls
from noc_agent.history.snapshot import Snapshot, take_snapshot
from noc_agent.history.store import History, HistoryUnavailable, Poll, has_history, open_history

__all__ = [
    "History",
    "HistoryUnavailable",
    "Poll",
    "Polling",
    "Polls",
    "Snapshot",
    "has_history",
    "open_history",
    "read_polls",
    "take_snapshot",
]  # fmt: skip
