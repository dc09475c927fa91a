"""What of a line was understood so far, and the words of facility and severity."""

from __future__ import annotations

from datetime import datetime

FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
    "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")

# How makers spell the severities of RFC 5424, in small letters. Those of alarms are after RFC 5674; PAN-OS has low to high.
SEVERITY_WORDS = {
    **{name: name for name in SEVERITIES},
    "emergency": "emerg", "panic": "emerg", "fatal": "crit", "critical": "crit", "error": "err", "major": "err", "high": "err",
    "warn": "warning", "minor": "warning", "medium": "warning", "notification": "notice", "low": "notice",
    "informational": "info", "information": "info",
}  # fmt: skip


class Parts:
    """A line while it is read: the fields of LogLine, which it becomes; `message` is what no header has taken yet."""

    __slots__ = (
        "app", "data", "device", "facility", "file", "host", "line", "mark", "message", "mnemonic", "offset", "pid", "repeated",
        "severity", "stamp", "time", "trap",
    )  # fmt: skip

    def __init__(self, message: str, file: str, line: int | None, offset: int) -> None:
        self.message, self.file, self.line, self.offset = message, file, line, offset
        self.time: datetime | None = None
        self.stamp: datetime | None = None
        self.host = self.device = self.app = self.pid = self.mark = ""
        self.facility: str | None = None
        self.severity: str | None = None
        self.mnemonic: str | None = None
        self.data: dict[str, str] = {}
        self.repeated = 1
        self.trap = False
