"""Clocks by the logs: how far each device's is off by what it and its neighbors log of the same events."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from noc_agent.doctor.check import OK, WARNING, Check
from noc_agent.logs import LogStore
from noc_agent.logs.clocks import Offset
from noc_agent.logs.skew import HOW
from noc_agent.site.model import Incident, Site
from noc_agent.snmp import Reply
from noc_agent.snmp.source import Columns
from noc_agent.state.clock import duration
from noc_agent.topology import Network

DAY = timedelta(days=1)
MEND = (
    "point it at a time server (`ntp server`, chrony), and set `timezone:` of the device if whole hours are off: its log "
    "lines are put in order by this offset meanwhile"
)
# What names, addresses and links are made of: system, interfaces, addresses, OSPF and BGP identifiers, LLDP, CDP.
_KEPT = tuple(
    f"{oid}."
    for oid in (
        "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.4.20", "1.3.6.1.2.1.4.34",
        "1.3.6.1.2.1.14.1", "1.3.6.1.2.1.15.4", "1.0.8802", "1.3.6.1.4.1.9.9.23",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogClock:
    """A device's clock by the logs: seconds that it is ahead, on how many events that rests, their spread, and how it is known."""

    device: str
    ahead_s: float
    events: int
    spread_s: float
    how: str


class Answers:
    """What devices answered just now, as the one poll there is: what names and links are made of is kept."""

    split: datetime | None = None

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}

    def add(self, reply: Reply) -> None:
        kept = {oid: rows for oid, rows in reply.columns.items() if f"{oid}.".startswith(_KEPT)}
        self._replies[reply.device] = dataclasses.replace(reply, columns=kept)

    def times(self) -> Sequence[datetime]:
        return sorted({reply.observed_at for reply in self._replies.values()})

    def asked(self, device: str) -> Sequence[datetime]:
        return self.answered(device)

    def answered(self, device: str) -> Sequence[datetime]:
        return [self._replies[device].observed_at] if device in self._replies else []

    def reason(self, device: str, at: datetime) -> str:
        return ""

    def fetch(self, device: str, at: datetime, columns: Columns) -> Reply:
        return self._replies[device]


def log_clocks(site: Site, answers: Answers) -> tuple[LogClock, ...]:
    """The clocks that the logs of the last day tell something of, those that are off most first."""
    if not site.logs:
        return ()
    newest = answers.times()[-1] if answers.times() else None
    logs = Network(site, answers, Incident(id="doctor", title="clocks", opened_at=newest)).logs
    found: Mapping[str, Offset] = {}
    if isinstance(logs, LogStore):
        found = logs.clocks(newest - DAY if newest else None, None)
    rows = [LogClock(name, one.seconds, one.samples, one.spread, one.how) for name, one in found.items()]
    return tuple(sorted(rows, key=lambda row: (-abs(row.ahead_s), row.device)))


def clock_checks(clocks: Sequence[LogClock], limit: float) -> Iterator[Check]:
    """A warning a clock that is off by more than `limit` seconds; one line for those that are right."""
    for one in clocks:
        if abs(one.ahead_s) > limit:
            way = "ahead" if one.ahead_s > 0 else "behind"
            words = f"its clock is {duration(abs(one.ahead_s))} {way} by {HOW[one.how]} ({one.events} agree)"
            yield Check("clock", one.device, WARNING, words, MEND)
    right = [one for one in clocks if abs(one.ahead_s) <= limit]
    if right:
        words = f"{len(right)} agree by their logs, on {sum(one.events for one in right)} events"
        yield Check("clock", "clocks", OK, words)
