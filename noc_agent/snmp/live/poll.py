"""One device polled: a probe, a walk of what the probe makes worth asking, and the counters of its links."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Event

from noc_agent.site.model import Device
from noc_agent.snmp.answer import Answer, Failure
from noc_agent.snmp.columns import columns_of
from noc_agent.snmp.live import ber, links, pdu
from noc_agent.snmp.live.ask import Failed
from noc_agent.snmp.live.gets import Gets
from noc_agent.snmp.live.links import Cells
from noc_agent.snmp.live.mib_names import table_name
from noc_agent.snmp.live.session import Session
from noc_agent.snmp.live.walk import MOST_CELLS, Walk
from noc_agent.snmp.source import Columns, Reply, Value
from noc_agent.snmp.tables.interfaces import System

SYSTEM = columns_of(System)
SYS_UP_TIME = "1.3.6.1.2.1.1.3"
WRAP = 2**32  # of TimeTicks
NAMED = 5  # tables in one problem
LONGEST = 120.0  # seconds for a device whose caller sets no deadline
BROKEN_OFF = {
    Failure.DEADLINE: "the time for this device was over",
    Failure.TIME_OUT: "the device stopped answering",
    Failure.REFUSED: "the device stopped answering (port unreachable)",
    Failure.UNREACHABLE: "the way to the device was lost",
}


def poll_device(
    device: Device, at: datetime, columns: Columns, *, deadline: float | None = None, stop: Event | None = None
) -> Answer:
    """Ask one device for these columns. `deadline` in seconds; never raises for what a device or network does.

    Once `stop` is set it ends with its next request.
    """
    return _Poll(device, at, columns, deadline, stop).run()


def probe(device: Device, *, deadline: float | None = None) -> Answer:
    """Ask one device for its system group alone, now."""
    return poll_device(device, datetime.now(UTC), lambda _: (), deadline=deadline)


class _Poll:
    """One poll of one device, and what it has so far."""

    def __init__(
        self, device: Device, at: datetime, columns: Columns, deadline: float | None, stop: Event | None
    ) -> None:
        self._device, self._at, self._columns, self._stop = device, at, columns, stop
        self._began = time.monotonic()
        self._until = self._began + (LONGEST if deadline is None else deadline)
        self._cells: Cells = {}
        self._problems: list[str] = []
        self._skipped = 0
        self._partial: set[str] = set()

    def run(self) -> Answer:
        try:
            with Session(self._device, self._until, self._stop) as session:
                self._probe(session)
                try:
                    self._read(session)
                except Failed as failed:
                    why = BROKEN_OFF.get(failed.failure, f"the device refused to go on ({failed.failure.value})")
                    self._problems.append(f"partial answer: {why}")
        except Failed as failed:
            return Answer(self._device.name, self._at, None, failed.failure, time.monotonic() - self._began)
        return Answer(self._device.name, self._at, self._reply(), None, time.monotonic() - self._began)

    def _reply(self) -> Reply:
        name = self._device.name
        served = {oid: cells for oid, cells in self._cells.items() if cells}
        problems, partial = tuple(self._problems), frozenset(self._partial)
        return Reply(name, self._at, served, f"snmp:{name}", self._skipped, problems, partial)

    def _scalars(self, session: Session, oids: Iterable[str]) -> Gets:
        gets = Gets((ber.encode_oid(f"{oid}.0"),) for oid in oids)
        session.exchange(gets)
        return gets

    def _probe(self, session: Session) -> None:
        """The first question; what has no answer here has none at all."""
        gets = self._scalars(session, SYSTEM)
        if gets.refused == pdu.AUTHORIZATION_ERROR and not gets.cells:
            raise Failed(Failure.CONTEXT)
        self._skipped += gets.skipped
        for oid in SYSTEM:
            if (value := gets.cells.get(ber.encode_oid(f"{oid}.0"))) is not None:
                self._cells[oid] = {"0": value}

    def _read(self, session: Session) -> None:
        asked = dict.fromkeys(self._columns(self._reply()))
        wanted = [oid for oid in asked if oid not in SYSTEM]
        boots = session.engine_boots
        if not wanted:
            return
        settings = self._device.snmp
        walk = Walk(wanted, settings.max_repetitions, bulk=settings.version != "1")
        try:
            session.exchange(walk)
        finally:
            self._keep(walk)
        after = links.read_again(session, self._cells)
        if after is None:
            after = self._scalars(session, [SYS_UP_TIME]).cells.get(ber.encode_oid(f"{SYS_UP_TIME}.0"))
        self._see_restart(after, session.engine_boots != boots)

    def _keep(self, walk: Walk) -> None:
        """What was walked, and in words what is not whole."""
        troubles: Counter[tuple[str, str]] = Counter()
        left: Counter[str] = Counter()
        for column in walk.columns:
            self._skipped += column.skipped
            if column.cells:
                self._cells[column.oid] = column.cells
            if column.trouble or not column.ended:
                self._partial.add(column.oid)
            if column.trouble:
                troubles[table_name(column.table), column.trouble] += 1
            elif not column.ended:
                left[table_name(column.table)] += 1
        for (table, trouble), count in troubles.items():
            self._problems.append(f"{table}: {trouble}" + (f" ({count} columns)" if count > 1 else ""))
        if walk.full:
            self._problems.append(f"the device has more than {MOST_CELLS:,} cells: the rest was left")
        if left:
            tables = ", ".join(list(left)[:NAMED]) + (f" and {len(left) - NAMED} more" if len(left) > NAMED else "")
            self._problems.append(f"{left.total()} of {len(walk.columns)} columns were not read to their end: {tables}")

    def _see_restart(self, after: Value | None, boots_moved: bool) -> None:
        """sysUpTime that fell tells a restart, unless it was about to wrap."""
        before = self._cells.get(SYS_UP_TIME, {}).get("0")
        fell = isinstance(before, int) and isinstance(after, int) and after < before < WRAP - 100 * 2 * LONGEST
        if fell or boots_moved:
            self._problems.append("the agent restarted in mid-walk: rows from before and after stand together")
