"""Observations and findings, the journal, and what keeps secrets and hostile text out of both."""

from noc_agent.evidence.finding import Finding
from noc_agent.evidence.hostile import neutralise, neutralise_json
from noc_agent.evidence.journal import Journal, JournalReading, Record, read_journal
from noc_agent.evidence.observation import Evidence, Json, Observation
from noc_agent.evidence.redaction import Redactor
from noc_agent.evidence.replies import redact_reply
from noc_agent.evidence.runs import RunInfo, RunStore
from noc_agent.evidence.verify import Checked, check_run
from noc_agent.site.times import parse_time, rfc3339

__all__ = [
    "Checked", "Evidence", "Finding", "Journal", "JournalReading", "Json", "Observation", "Record", "Redactor", "RunInfo",
    "RunStore", "check_run", "neutralise", "neutralise_json", "parse_time", "read_journal", "redact_reply",
    "rfc3339",
]  # fmt: skip
