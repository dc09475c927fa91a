"""A device over time: its healthy poll before the incident, and the polls since.

The last poll at or before `since` is the baseline (contract, section 5); where the incident has no `since`, it is the
first poll of several. A recorded case and a live site with history look the same here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from noc_agent.site.model import Incident
from noc_agent.snmp import SnmpSource
from noc_agent.snmp.source import Columns
from noc_agent.state.device import DeviceState

MOST_TRIED = 3  # healthy polls of a device


@dataclass(frozen=True, slots=True)
class DeviceHistory:
    """The polls of one device that matter to one incident."""

    device: str
    before: DeviceState | None  # the healthy poll
    window: tuple[DeviceState, ...]  # polls of the incident that it answered, oldest first
    missed: tuple[datetime, ...]  # polls of the incident in which it was asked and did not answer
    reason: str = ""  # why it did not answer the newest of them, where that is known
    passed_over: tuple[str, ...] = ()  # what is wrong with newer healthy polls than `before`

    @property
    def now(self) -> DeviceState | None:
        """Its newest state within the incident, whether or not it still answers."""
        return self.window[-1] if self.window else None

    @property
    def earlier(self) -> DeviceState | None:
        """What the newest state is compared with: the healthy poll, else the first of several polls of the incident.

        The latter shows what changed meanwhile; what is wrong in it already may have been so before, or not.
        """
        return self.before or (self.window[0] if len(self.window) > 1 else None)

    @property
    def shown_at(self) -> datetime | None:
        """The first poll that can show a change against `earlier`."""
        later = self.window if self.before else self.window[1:] or self.window
        return later[0].observed_at if later else None

    @property
    def latest(self) -> DeviceState | None:
        """The newest state there is, of the incident or before it."""
        return self.now or self.before

    @property
    def answers(self) -> bool | None:
        """Whether it answered the newest poll of the incident; None where there was none."""
        if not self.window and not self.missed:
            return None
        return bool(self.window) and (not self.missed or self.window[-1].observed_at > self.missed[-1])


def read_history(source: SnmpSource, device: str, incident: Incident, columns: Columns) -> DeviceHistory:
    """Fetch the polls of `device` that matter to `incident`."""
    times = source.times()
    baseline, window = split_polls(times, incident, source.split)
    asked, answered = set(source.asked(device)), set(source.answered(device))
    past = [at for at in times if at in answered and baseline is not None and at <= baseline]
    missed = tuple(at for at in window if at in asked and at not in answered)
    before, passed_over = _healthy(source, device, past, columns)
    return DeviceHistory(
        device,
        before,
        tuple(DeviceState(source.fetch(device, at, columns)) for at in window if at in answered),
        missed,
        source.reason(device, missed[-1]) if missed else "",
        passed_over,
    )


def _healthy(
    source: SnmpSource, device: str, past: Sequence[datetime], columns: Columns
) -> tuple[DeviceState | None, tuple[str, ...]]:
    """The newest healthy poll, and what is wrong with those passed over: with one that is torn nothing can be compared."""
    problems: tuple[str, ...] = ()
    for at in reversed(past[-MOST_TRIED:]):
        reply = source.fetch(device, at, columns)
        if not reply.torn:
            return DeviceState(reply), problems
        problems += reply.problems
    return None, problems


def split_polls(
    times: Sequence[datetime], incident: Incident, split: datetime | None = None
) -> tuple[datetime | None, tuple[datetime, ...]]:
    """(the baseline poll or None, the polls of the incident), from all poll times, oldest first.

    `split` ends what was before an incident that does not say when it began; without it, the first of several polls is it.
    """
    if incident.since is None and split is not None:
        earlier, later = [at for at in times if at <= split], [at for at in times if at > split]
    elif incident.since is None:
        earlier, later = (list(times[:1]), list(times[1:])) if len(times) > 1 else ([], list(times))
    else:
        earlier = [at for at in times if at <= incident.since]
        later = [at for at in times if at > incident.since]
    if incident.until is not None:
        inside = [at for at in later if at <= incident.until]
        later = inside or later[:1]
    return (earlier[-1] if earlier else None), tuple(later)
