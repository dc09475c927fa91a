"""Syslog and traps: every line parsed and kept, a window found fast, events typed by a vocabulary that is data."""

from noc_agent.logs.event import LogEvent
from noc_agent.logs.line import LogLine
from noc_agent.logs.store import LogStore, Names

__all__ = ["LogEvent", "LogLine", "LogStore", "Names"]
