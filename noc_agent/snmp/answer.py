"""What became of asking one device in one poll: its reply, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noc_agent.snmp.source import Reply


class Failure(StrEnum):
    """Why a device gave no reply. None of them says that the device is down."""

    TIME_OUT = "time-out"  # nothing came back: also what a wrong community looks like (RFC 3584 agents drop it)
    REFUSED = "refused"  # ICMP port unreachable: the host is there, nobody listens on the port
    UNREACHABLE = "unreachable"  # no route to it, or its name does not resolve
    AUTHENTICATION = "authentication"  # wrong key or protocol (usmStatsWrongDigests, usmStatsDecryptionErrors)
    UNKNOWN_USER = "unknown user"  # usmStatsUnknownUserNames
    SECURITY_LEVEL = "security level"  # usmStatsUnsupportedSecLevels
    NOT_IN_TIME_WINDOW = "not in time window"  # usmStatsNotInTimeWindows, after resynchronising
    CONTEXT = "unknown context"  # snmpUnknownContexts, or an authorizationError for the whole view
    DEADLINE = "deadline"  # the sweep's time was over before it was asked
    MALFORMED = "malformed"  # it answers, yet nothing of it can be read as SNMP


ALIVE = frozenset(
    {Failure.REFUSED, Failure.AUTHENTICATION, Failure.UNKNOWN_USER, Failure.SECURITY_LEVEL,
     Failure.NOT_IN_TIME_WINDOW, Failure.CONTEXT, Failure.MALFORMED}
)  # fmt: skip
"""Failures that something at that address answered with: the host lives."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One device in one poll. `at` is the poll's time, the same for every device of a sweep; `seconds` what asking took."""

    device: str
    at: datetime
    reply: Reply | None
    failure: Failure | None = None
    seconds: float = 0.0
