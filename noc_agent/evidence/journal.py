"""The journal of a run: append-only JSON lines, each with the hash of the one before, so that any change is found.

A run that ended is sealed besides: a file beside the journal says how many lines it has and the hash of the last one, so
that lines missing from its end are found too. The chain has no key: who can write the state folder can write a whole new
chain and seal. Against that helps only the last hash, noted elsewhere (`runs verify` prints it).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.evidence.observation import Json
from noc_agent.site.state import on_disk, private_folder
from noc_agent.site.times import rfc3339

FORMAT = 2
# 1: what is packed stands in base 85; both stand side by side where a newer version went on with a run.
READ = (1, FORMAT)
START = "0" * 64
SEAL = ".seal"
_MEND = "restore the file; nothing of it is used"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a journal."""

    n: int
    kind: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class JournalReading:
    """The valid records. `torn`: the last line was cut off by a kill. `sealed`: the run ended, and nothing is missing."""

    records: tuple[Record, ...]
    torn: bool
    last_hash: str
    size: int  # bytes of the valid part
    sealed: bool = False


class Journal:
    """Appends records; each is on disk's way when `append` returns, and on disk after `sync`.

    `begin_sync` does not wait for the disk: what is computed next costs no time of it.
    """

    def __init__(self, path: Path, descriptor: int, n: int, last_hash: str, size: int) -> None:
        self._path, self._descriptor, self._n, self._last, self._size = path, descriptor, n, last_hash, size
        self._disk = ThreadPoolExecutor(1, "journal")
        self._syncs: list[Future[None]] = []

    @classmethod
    def create(cls, path: Path, head: Mapping[str, Json]) -> Journal:
        """A new journal whose first record is `head`. Raises OSError; FileExistsError where there is one already."""
        private_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        journal = cls(path, os.open(path, flags, 0o600), 0, START, 0)
        try:
            journal.append("head", {"format": FORMAT, **head})
            journal.sync()
            on_disk(path.parent)
        except BaseException:
            with suppress(OSError):
                journal.close()
            path.unlink(missing_ok=True)
            raise
        return journal

    @classmethod
    def resume(cls, path: Path) -> Journal:
        """Go on with a journal; a torn last line is cut off. Raises BadInput where it was altered."""
        reading = read_journal(path)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
            os.ftruncate(descriptor, reading.size)
        except OSError as error:
            mend = "make the state folder writable"
            raise BadInput(path.name, f"cannot be written: {error.strerror}", mend) from error
        return cls(path, descriptor, len(reading.records), reading.last_hash, reading.size)

    def append(self, kind: str, data: Mapping[str, Json]) -> None:
        """Add a record, whole or not at all. Raises OSError where it cannot be written."""
        body = {"n": self._n + 1, "kind": kind, "at": rfc3339(datetime.now(UTC)), "data": data, "prev": self._last}
        text = _canonical(body)
        digest = _digest(text)
        line = text[:-1] + b',"hash":"' + digest.encode() + b'"}\n'
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._n, self._last, self._size = self._n + 1, digest, self._size + len(line)

    def begin_sync(self) -> None:
        """What was appended is on its way to the disk. Raises OSError where that failed with what was appended before."""
        self._syncs.append(self._disk.submit(os.fdatasync, self._descriptor))
        while self._syncs and self._syncs[0].done():
            self._syncs.pop(0).result()

    def sync(self) -> None:
        """What was appended survives a power cut. Raises OSError."""
        self.begin_sync()
        while self._syncs:
            self._syncs.pop(0).result()

    def seal(self) -> None:
        """Note beside the journal that it ended here. Raises OSError."""
        self.sync()
        seal = _seal(self._path, self._n, self._last)
        descriptor = os.open(self._path.with_suffix(SEAL), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, seal)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        try:
            self.sync()
        finally:
            self._disk.shutdown()
            os.close(self._descriptor)


def _canonical(body: Mapping[str, object]) -> bytes:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def read_journal(path: Path) -> JournalReading:
    """Every valid record, the chain checked. Raises BadInput naming file, record and what is wrong with it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(path.name, f"cannot be read: {error.strerror}", "see `noc-agent runs list`") from error
    lines = raw.split(b"\n")
    tail = lines.pop()
    records: list[Record] = []
    last, size = START, 0
    for n, line in enumerate(lines, 1):
        record, last = _record(f"{path.name}: record {n}", n, line, last)
        records.append(record)
        size += len(line) + 1
    if tail and not _is_torn(tail, len(lines) + 1):
        raise BadInput(f"{path.name}: record {len(lines) + 1}", "was altered or damaged", _MEND)
    return JournalReading(tuple(records), bool(tail), last, size, _is_sealed(path, len(records), last))


def _is_sealed(path: Path, lines: int, last: str) -> bool:
    """Whether the journal is the one that was sealed; False where none was. Raises BadInput where it is another."""
    try:
        seal = path.with_suffix(SEAL).read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BadInput(f"{path.stem}{SEAL}", f"cannot be read: {error.strerror}", "make it readable") from error
    if seal == _seal(path, lines, last):
        return True
    wanted = _sealed_lines(seal)
    if wanted is None:
        raise BadInput(f"{path.stem}{SEAL}", "was altered or damaged", _MEND)
    if wanted > lines:
        where = f"{path.name}: record {lines + 1}"
        raise BadInput(where, f"is missing: the run ended with record {wanted}", _MEND)
    raise BadInput(f"{path.name}: record {lines}", "is not the one that the run ended with", _MEND)


def _seal(path: Path, lines: int, last: str) -> bytes:
    return _canonical({"run": path.stem, "lines": lines, "hash": last}) + b"\n"


def _sealed_lines(seal: bytes) -> int | None:
    """How many lines a seal speaks of; None where it is none."""
    try:
        lines = json.loads(seal)["lines"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return lines if isinstance(lines, int) else None


def _record(where: str, n: int, line: bytes, last: str) -> tuple[Record, str]:
    """The record of a line, and its hash."""
    try:
        body = json.loads(line)
        digest = body.pop("hash")
        whole = _canonical({**body, "hash": digest}) == line and _digest(_canonical(body)) == digest
        record = Record(body["n"], body["kind"], body["data"])
        at, previous = body["at"], body["prev"]
        whole = whole and isinstance(record.data, dict) and isinstance(record.kind, str) and isinstance(at, str)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput(where, "was altered or damaged", _MEND) from error
    if not whole:
        raise BadInput(where, "was altered or damaged", _MEND)
    if record.n != n or previous != last:
        raise BadInput(where, _misplaced(record.n, n), _MEND)
    if n == 1 and record.data.get("format", 1) not in READ:
        raise BadInput(where, "was written by a newer version", "read it with that version")
    return record, str(digest)


def _misplaced(found: object, wanted: int) -> str:
    """What is wrong where a record is sound in itself, and stands where another belongs."""
    if not isinstance(found, int) or found == wanted:
        return "was altered or damaged: it does not go on from the record before it, which is another run's or was rewritten"
    if found < wanted:
        return f"was altered: record {found} stands in its place, repeated or out of order"
    return f"was altered: record {found} stands in its place, those before it are missing or out of order"


def _is_torn(tail: bytes, n: int) -> bool:
    """Whether a last line without its end is what a killed writer, or a power cut (zeros), leaves of a record."""
    begun = tail.rstrip(b"\0")
    start = f'{{"n":{n},"kind":'.encode()
    if not (start.startswith(begun) or begun.startswith(start)):
        return False
    text = begun.decode("utf-8", "replace")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return True
    return end == len(text)  # more than a whole record is no beginning of one
