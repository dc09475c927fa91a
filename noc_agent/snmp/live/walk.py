"""The walk: columns of many tables, several requests in flight, each as large as the device takes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from noc_agent.snmp.live import pdu
from noc_agent.snmp.live.ask import Ask
from noc_agent.snmp.live.columns import Column, Names
from noc_agent.snmp.live.pace import BREADTH, Pace
from noc_agent.snmp.live.pdu import Kind, Response

FIRST_ROWS = 2  # of every column: tells a scalar and an absent column from a table
ROUNDS = 2  # of all retries for a column: in a lossy network one is soon lost twice
MUTE = 3  # columns of a table that stay unanswered before the rest of it is left
MOST_CELLS = 2_000_000  # of one device: about 400 MB
NO_ANSWER = "was not answered"
EMPTY = "was answered with nothing"


class Walk:
    """Reads columns by GETBULK, by GETNEXT where `bulk` is False or not answered. `columns` are all of them, read or not.

    A new column is asked with others for its first rows; then those of one table go on together. How long a table is shows
    in the first of its columns that ends.
    """

    def __init__(self, oids: Iterable[str], repetitions: int, *, bulk: bool) -> None:
        self.columns = [Column(oid) for oid in dict.fromkeys(oids)]
        self.columns.sort(key=lambda column: column.base)
        self._fresh = deque(self.columns)
        self._open: dict[str, deque[Column]] = {}
        self._again: deque[list[Column]] = deque()  # groups that have to be asked in smaller parts
        self._length: dict[str, int] = {}
        self._mute: Counter[str] = Counter()
        self._bulk, self._bulk_answered = bulk, False
        self._without_bulk = 0
        self._alone = False  # this agent looks at the first varbind of a GETBULK only
        self._read = 0  # varbinds
        self._pace = Pace(repetitions)
        self._names = Names()

    @property
    def full(self) -> bool:
        """Whether there is more than is taken of one device."""
        return self._read > MOST_CELLS

    def next(self) -> Ask | None:
        if self.full:
            return None
        if self._again:
            group = self._again.popleft()
            return self._ask(group, max(FIRST_ROWS, min(self._wanted(column) for column in group)))
        if self._fresh:
            return self._ask([self._fresh.popleft() for _ in range(min(len(self._fresh), self._breadth()))], FIRST_ROWS)
        while self._open:
            table = next(iter(self._open))
            waiting = self._open[table]
            if not waiting:
                del self._open[table]
                continue
            wanted = self._wanted(waiting[0])
            width = min(len(waiting), max(1, self._pace.varbinds // wanted), self._breadth(self._bulk))
            return self._ask([waiting.popleft() for _ in range(width)], wanted)
        return None

    def _breadth(self, several: bool = False) -> int:
        if self._alone:
            return 1
        rows = 1 if several or not self._bulk else FIRST_ROWS
        return max(1, min(BREADTH, self._pace.varbinds // rows))

    def _wanted(self, column: Column) -> int:
        """Rows that are likely left, and one that shows the end."""
        known = self._length.get(column.table, 0) - len(column.cells) + 1
        if not self._bulk:
            return 1
        return min(known, self._pace.varbinds) if known > 1 else min(4 * max(1, len(column.cells)), self._pace.varbinds)

    def _ask(self, columns: list[Column], wanted: int) -> Ask:
        names = [column.last for column in columns]
        if not self._bulk:
            return Ask(Kind.GET_NEXT, names, 1, columns)
        return Ask(Kind.GET_BULK, names, self._pace.rows(columns, wanted), columns)

    def take(self, ask: Ask, response: Response) -> None:
        columns: list[Column] = ask.subject
        if response.status:
            self._refused(ask, response)
            return
        if ask.kind is Kind.GET_BULK:
            self._bulk_answered = True
        elif self._bulk and not self._bulk_answered:
            self._without_bulk += 1
            self._bulk = self._without_bulk < 2  # GETNEXT is answered where GETBULK was not; once may be a loss
        found = response.bindings
        self._read += len(found)
        width = len(columns)
        if width > 1 and any(column.strange(row[0]) for column, row in zip(columns, found, strict=False)):
            self._alone = True
            self._again.extend([column] for column in columns)
            return
        self._pace.fitted(width * ask.repetitions, len(found), response, ask)
        for place, column in enumerate(columns):
            column.unanswered = 0
            rows = found[place::width]
            if not rows:
                self._unserved(column, len(found))
            elif column.add(rows, self._names):
                self._open.setdefault(column.table, deque()).append(column)
            else:
                self._end(column, column.trouble)

    def _unserved(self, column: Column, found: int) -> None:
        """A response that had no room for this column, or nothing at all."""
        if found:
            self._again.append([column])
        else:
            self._end(column, EMPTY)

    def _end(self, column: Column, trouble: str = "") -> None:
        column.ended, column.trouble = True, trouble
        if not trouble:
            self._length[column.table] = max(self._length.get(column.table, 0), len(column.cells))

    def _refused(self, ask: Ask, response: Response) -> None:
        """An error-status in place of rows."""
        columns: list[Column] = ask.subject
        nothing_behind = response.status == pdu.NO_SUCH_NAME and ask.kind is Kind.GET_NEXT  # version 1
        if nothing_behind and (len(columns) == 1 or 1 <= response.index <= len(columns)):
            self._end(columns.pop(response.index - 1 if len(columns) > 1 else 0))
            if columns:
                self._again.append(columns)
        elif response.status == pdu.TOO_BIG:
            self._too_big(ask)
        elif ask.kind is Kind.GET_BULK and not self._bulk_answered:
            self._bulk = False
            self._again.append(columns)
        elif len(columns) > 1:
            self._again.extend([column] for column in columns)
        else:
            self._end(columns[0], f"was refused ({response.trouble})")

    def cut_off(self, ask: Ask) -> None:
        self._too_big(ask)

    def _too_big(self, ask: Ask) -> None:
        columns: list[Column] = ask.subject
        self._pace.did_not_fit(len(columns) * ask.repetitions)
        if len(columns) > 1:
            half = len(columns) // 2
            self._again += [columns[:half], columns[half:]]
        elif ask.repetitions > 1:
            self._again.append(columns)
        else:
            self._end(columns[0], "does not fit into a response")

    def late(self, ask: Ask, *, last: bool) -> Ask | None:
        columns: list[Column] = ask.subject
        if ask.kind is Kind.GET_BULK and not self._bulk_answered and ask.attempts:
            return Ask(Kind.GET_NEXT, ask.names, 1, columns)
        if ask.kind is Kind.GET_BULK and self._pace.unheard_of(columns, ask.repetitions):
            return self._smaller(ask)
        if not last:
            return ask
        for column in columns:
            column.unanswered += 1
            if column.unanswered < ROUNDS or len(columns) > 1:
                self._again.append([column])
            else:
                self._mute[column.table] += 1
                self._end(column, NO_ANSWER)
                self._leave_mute()
        return None

    def _smaller(self, ask: Ask) -> Ask:
        columns: list[Column] = ask.subject
        lost = ask.lost or self._pace.estimate(columns, ask.repetitions)
        if ask.repetitions > 1:
            return Ask(Kind.GET_BULK, ask.names, ask.repetitions // 2, columns, lost=lost)
        half = (len(columns) + 1) // 2
        self._again.append(columns[half:])
        return Ask(Kind.GET_BULK, ask.names[:half], 1, columns[:half], lost=lost)

    def _leave_mute(self) -> None:
        """Leave what is left of tables that this agent does not answer for."""
        mute = {table for table, count in self._mute.items() if count >= MUTE}
        for group in self._again:
            for column in [column for column in group if column.table in mute]:
                group.remove(column)
                self._end(column, NO_ANSWER)
        self._again = deque(group for group in self._again if group)
