"""The poll history of a site: one DuckDB file in its state folder.

A poll is stored at once, in one short transaction, so that a diagnosis never waits long for a snapshot. Readers open the
file read-only; a file that is locked, damaged or from a newer version is one clear line, never a traceback.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from noc_agent.errors import BadInput
from noc_agent.history.packing import Digests, Packed, StoredReply

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
FILE = "history.duckdb"
WAIT = 5.0  # seconds that a reader or writer waits for another process to close the file
STEP = 0.1
SCHEMA = """
create table meta (key varchar primary key, value varchar);
create table poll (polled_at bigint primary key, mark varchar, seconds double);
create table base (id bigint primary key, device varchar, cells blob, digests varchar);
create table answer (
    polled_at bigint, device varchar, failure varchar, seconds double, well integer, base bigint, cells blob, gone varchar,
    skipped integer, problems varchar, partial varchar
);
"""


class HistoryUnavailable(BadInput):
    """The history cannot be used: locked, damaged, or from a newer version."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of the site. `mark` is the operator's word that all was well then, None where it was not marked."""

    at: datetime
    mark: str | None
    seconds: float
    devices: int
    answered: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One device in one poll: `failure` is "" where it answered; `well` counts what was well of it."""

    at: datetime
    device: str
    failure: str
    well: int


@dataclass(frozen=True, slots=True)
class Row:
    """One device's part of a poll, ready to be stored."""

    device: str
    failure: str
    seconds: float
    well: int
    packed: Packed | None


class History:
    """An open history file. Use `open_history`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._db = connection

    def polls(self) -> tuple[Poll, ...]:
        """Every poll, oldest first."""
        rows = self._rows(
            "select p.polled_at, p.mark, p.seconds, count(a.device), count(a.device) filter (a.failure = '') "
            "from poll p left join answer a on a.polled_at = p.polled_at group by all order by p.polled_at"
        )
        return tuple(Poll(_time(at), mark, seconds, asked, got) for at, mark, seconds, asked, got in rows)

    def asked(self, since: datetime, until: datetime) -> tuple[Asked, ...]:
        """Who was asked in the polls of this span (both ends belong to it), oldest first."""
        rows = self._rows(
            "select polled_at, device, failure, well from answer where polled_at between ? and ? order by all",
            (_seconds(since), _seconds(until)),
        )
        return tuple(Asked(_time(at), device, failure, well) for at, device, failure, well in rows)

    def last_bases(self) -> Mapping[str, tuple[int, Digests]]:
        """Of each device the newest whole reply: its id and the digests of its columns."""
        rows = self._rows(
            "select device, id, digests from base qualify row_number() over (partition by device order by id desc) = 1"
        )
        return {device: (number, json.loads(digests)) for device, number, digests in rows}

    def replies(self, at: datetime, devices: Iterable[str]) -> Iterator[StoredReply]:
        """What these devices answered in one poll; one that did not answer is not among them."""
        rows = self._rows(
            "select device, base, cells, gone, skipped, problems, partial from answer "
            "where polled_at = ? and failure = '' and device in (select unnest(?))",
            (_seconds(at), list(devices)),
        )
        bases = dict(
            self._rows("select id, cells from base where id in (select unnest(?))", ([row[1] for row in rows],))
        )
        for device, base, cells, gone, skipped, problems, partial in rows:
            lost, words, cut = (tuple(json.loads(text)) for text in (gone, problems, partial))
            yield StoredReply(device, at, bases.get(base, b""), cells, lost, skipped, words, cut)

    def add(self, at: datetime, seconds: float, rows: Iterable[Row], mark: str | None) -> None:
        """Store one poll, whole or not at all."""
        number = _seconds(at)
        with self._transaction():
            bases = {device: base for device, (base, _) in self.last_bases().items()}
            following = (self._rows("select coalesce(max(id), 0) from base")[0][0] or 0) + 1
            self._db.execute("insert into poll values (?, ?, ?)", (number, mark, seconds))
            for row in rows:
                packed = row.packed
                if packed is not None and packed.whole:
                    values = (following, row.device, packed.cells, json.dumps(dict(packed.digests)))
                    self._db.execute("insert into base values (?, ?, ?, ?)", values)
                    bases[row.device], following = following, following + 1
                self._db.execute(
                    "insert into answer values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _answer(number, row, bases)
                )

    def mark(self, at: datetime, note: str | None) -> None:
        """Say that all was well in that poll, or (None) take that back. Raises BadInput where there is no such poll."""
        with self._transaction():
            if not self._rows("update poll set mark = ? where polled_at = ? returning polled_at", (note, _seconds(at))):
                raise BadInput("poll", "there is no poll of that time", "see `noc-agent snapshot --list`")

    def forget(self, polls: Sequence[datetime]) -> None:
        """Delete polls, and the whole replies that none of the others needs. Marked ones are the caller's to spare."""
        if not polls:
            return
        with self._transaction():
            numbers = [_seconds(at) for at in polls]
            self._db.execute("delete from answer where polled_at in (select unnest(?))", (numbers,))
            self._db.execute("delete from poll where polled_at in (select unnest(?))", (numbers,))
            newest = "select max(id) from base group by device"
            self._db.execute(
                f"delete from base where id not in (select base from answer where base is not null) and id not in ({newest})"
            )
        with _named_errors():
            self._db.execute("checkpoint")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _named_errors():
            self._db.execute("begin")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with _named_errors():
            return self._db.execute(query, values).fetchall()


def _answer(at: int, row: Row, bases: Mapping[str, int]) -> tuple[object, ...]:
    packed = row.packed
    if packed is None:
        return at, row.device, row.failure, row.seconds, 0, None, None, "[]", 0, "[]", "[]"
    cells = b"" if packed.whole else packed.cells
    return (
        at, row.device, "", row.seconds, row.well, bases.get(row.device), cells, json.dumps(packed.gone), packed.skipped,
        json.dumps(packed.problems), json.dumps(packed.partial),
    )  # fmt: skip


def has_history(folder: Path) -> bool:
    """Whether there is a history in this state folder. An empty path is none: it would be the current folder."""
    return folder != Path() and (folder / FILE).exists()


@contextmanager
def open_history(folder: Path, *, write: bool = False, wait: float = WAIT) -> Iterator[History | None]:
    """The history of a state folder; None where there is none to read. Raises HistoryUnavailable.

    While another process holds the file it is tried again for `wait` seconds.
    """
    path = folder / FILE
    if not write and not has_history(folder):
        yield None
        return
    connection = _connect(path, write=write, wait=wait)
    try:
        _check_format(connection, write=write)
        yield History(connection)
    finally:
        connection.close()


def _connect(path: Path, *, write: bool, wait: float) -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415 - 0.15 s that only those pay who have a history

    # One thread and little memory: it runs beside what the machine is there for. No extension is ever loaded from anywhere.
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": "1", "memory_limit": "96MB", "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false", "enable_external_access": "false",
    }  # fmt: skip
    until = time.monotonic() + wait
    while True:
        try:
            return duckdb.connect(path, read_only=not write, config=config)
        except duckdb.Error as error:
            text = str(error).lower()
            if "lock" in text and "block" not in text:
                if time.monotonic() < until:
                    time.sleep(STEP)
                    continue
                raise HistoryUnavailable(
                    FILE, "another process is writing it", "wait until that snapshot has ended"
                ) from error
            raise _reason(text, path) from error


def _reason(text: str, path: Path) -> HistoryUnavailable:
    if "version number" in text or "newer version" in text or "storage version" in text:
        return _newer()
    if "permission" in text or "cannot open file" in text or "read-only" in text:
        return HistoryUnavailable(FILE, "cannot be opened", f"check who may read and write {path.parent.name}/")
    return _damaged()


def _newer() -> HistoryUnavailable:
    return HistoryUnavailable(FILE, "was written by a newer version", "upgrade noc-agent, or move the file away")


def _damaged() -> HistoryUnavailable:
    return HistoryUnavailable(FILE, "is damaged", "move it away; the next snapshot begins a new one")


def _check_format(connection: duckdb.DuckDBPyConnection, *, write: bool) -> None:
    with _named_errors():
        tables = connection.execute("select count(*) from duckdb_tables()").fetchall()[0][0]
        if not tables and write:
            connection.execute("begin")
            for statement in SCHEMA.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute("insert into meta values ('format', ?)", (str(FORMAT),))
            connection.execute("commit")
            return
        known = connection.execute("select count(*) from duckdb_tables() where table_name = 'meta'").fetchall()[0][0]
        found = connection.execute("select value from meta where key = 'format'").fetchall() if known else []
    if not found or not str(found[0][0]).isdigit():
        raise HistoryUnavailable(FILE, "is no history of noc-agent", "move it away; the next snapshot begins a new one")
    if int(found[0][0]) > FORMAT:
        raise _newer()


@contextmanager
def _named_errors() -> Iterator[None]:
    import duckdb  # noqa: PLC0415

    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException):
        raise  # a defect of ours, not of the file
    except duckdb.Error as error:
        if "disk" in str(error).lower() or "no space" in str(error).lower():
            raise HistoryUnavailable(
                FILE, "cannot be written: no space is left", "make room in the state folder"
            ) from error
        raise _damaged() from error


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
