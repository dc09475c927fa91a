"""`noc-agent snapshot`: poll the site once, in parallel, and keep the poll in its history.

What came in waits in an unnamed file until the sweep is over, so that memory is bounded by the devices in flight and the
history is held for the moment of writing only.
"""

from __future__ import annotations

import fcntl
import pickle
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from noc_agent.errors import BadInput, RunBusy
from noc_agent.evidence import Redactor, redact_reply
from noc_agent.history.packing import Digests, pack_reply, well
from noc_agent.history.retention import outdated, reckoned
from noc_agent.history.store import FILE, HistoryUnavailable, Row, open_history
from noc_agent.site.model import HistorySettings, Site
from noc_agent.site.state import private_folder
from noc_agent.snmp.answer import Answer
from noc_agent.snmp.source import Columns

LOCK = "snapshot.lock"
DEVICE_S = 60.0  # for one device: what a slow one did not say until then is left, and said to be
WRITER_WAIT = 60.0  # seconds; readers hold the file for moments
STATE_MEND = "set NOC_AGENT_STATE, or `state:` in site.yaml, to a folder that can be written"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one snapshot came to. `failures`: device → why it did not answer; `problems`: device → what was partial."""

    at: datetime
    seconds: float
    devices: int
    answered: int
    failures: dict[str, str] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    polls: int = 0
    deleted: int = 0

    @property
    def reasons(self) -> dict[str, int]:
        """How many devices failed for each reason, the most frequent first."""
        return dict(Counter(self.failures.values()).most_common())


def take_snapshot(
    site: Site,
    columns: Columns,
    *,
    deadline: float,
    workers: int,
    mark: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Snapshot:
    """Poll every device with an address and store the poll. Raises BadInput, RunBusy, HistoryUnavailable."""
    from noc_agent.snmp.live import sweep  # noqa: PLC0415 - sockets only where devices are asked

    devices = [device for device in site.devices.values() if device.address]
    if not devices:
        raise BadInput(f"{site.path.name}: devices", "no device has an address", "add `address:` to those to be polled")
    with _alone(site), tempfile.TemporaryFile() as spool:
        bases, taken = _known(site.state)
        at = _free(datetime.now(UTC).replace(microsecond=0), taken)
        started = time.monotonic()
        redactor = Redactor(site.secrets)
        failures: dict[str, str] = {}
        problems: dict[str, tuple[str, ...]] = {}
        answers = sweep(devices, at, columns, deadline=deadline, device_deadline=DEVICE_S, workers=workers)
        for done, answer in enumerate(answers, 1):
            pickle.dump(_row(answer, bases, redactor), spool)
            if answer.reply is None:
                failures[answer.device] = str(answer.failure or "")
            elif answer.reply.problems:
                problems[answer.device] = answer.reply.problems
            progress(done, len(devices))
        seconds = round(time.monotonic() - started, 3)
        polls, deleted = _store(site.state, at, seconds, spool, bases, mark, site.history)
    return Snapshot(at, seconds, len(devices), len(devices) - len(failures), failures, problems, polls, deleted)


def _row(answer: Answer, bases: dict[str, Digests], redactor: Redactor) -> Row:
    if answer.reply is None:
        return Row(answer.device, str(answer.failure or "time-out"), answer.seconds, 0, None)
    reply = redact_reply(answer.reply, redactor)
    return Row(answer.device, "", answer.seconds, well(reply), pack_reply(reply, bases.get(answer.device, {})))


def _free(at: datetime, taken: Collection[datetime]) -> datetime:
    """The first second from this one on that no poll has: polls of the future, left by a wrong clock, move nothing."""
    while at in taken:
        at += timedelta(seconds=1)
    return at


def _known(folder: Path) -> tuple[dict[str, Digests], Collection[datetime]]:
    """Digests of each device's newest whole reply, and the times of the polls."""
    with open_history(folder) as history:
        if history is None:
            return {}, ()
        taken = {poll.at for poll in history.polls()}
        return {device: digests for device, (_, digests) in history.last_bases().items()}, taken


def _store(
    folder: Path,
    at: datetime,
    seconds: float,
    spool: IO[bytes],
    bases: Mapping[str, Digests],
    mark: str | None,
    keep: HistorySettings,
) -> tuple[int, int]:
    """(polls in the history, polls deleted because they are too old)"""
    spool.seek(0)
    with open_history(folder, write=True, wait=WRITER_WAIT) as history:
        assert history is not None
        if bases != {device: digests for device, (_, digests) in history.last_bases().items()}:
            # What was packed is what differs from replies that are not in this file.
            raise HistoryUnavailable(FILE, "was replaced while devices were asked", "take the snapshot again")
        history.add(at, seconds, _spooled(spool), mark)
        polls = history.polls()
        now = reckoned(at, (poll.at for poll in polls if poll.at < at))
        old = outdated([poll.at for poll in polls if poll.mark is None], now, keep)
        history.forget(old)
        return len(polls) - len(old), len(old)


def _spooled(spool: IO[bytes]) -> Iterator[Row]:
    while True:
        try:
            yield pickle.load(spool)
        except EOFError:
            return


@contextmanager
def _alone(site: Site) -> Iterator[None]:
    """Hold the site's snapshots: cron must not start one while another is under way."""
    if site.state == Path():
        raise BadInput("snapshot", "no state folder is known to keep the poll in", STATE_MEND)
    try:
        private_folder(site.state)
        file = (site.state / LOCK).open("a")
    except OSError as error:
        raise BadInput("snapshot", f"the state folder cannot be written: {error.strerror}", STATE_MEND) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunBusy("snapshot", "another one of this site is under way", "wait for its end") from error
        yield
