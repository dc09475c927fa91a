"""The journal of a run: append-only JSON lines, each with the hash of the one before, so that any change is found."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.evidence.observation import Json
from noc_agent.site.times import rfc3339

FORMAT = 1
START = "0" * 64


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a journal."""

    n: int
    kind: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class JournalReading:
    """The valid records. `torn`: the last line was cut off by a kill."""

    records: tuple[Record, ...]
    torn: bool
    last_hash: str
    size: int  # bytes of the valid part


class Journal:
    """Appends records; each is on disk's way when `append` returns, and on disk after `sync`."""

    def __init__(self, descriptor: int, n: int, last_hash: str) -> None:
        self._descriptor, self._n, self._last = descriptor, n, last_hash

    @classmethod
    def create(cls, path: Path, head: Mapping[str, Json]) -> Journal:
        """A new journal whose first record is `head`. Raises OSError; FileExistsError where there is one already."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        journal = cls(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), 0, START)
        journal.append("head", {"format": FORMAT, **head})
        journal.sync()
        return journal

    @classmethod
    def resume(cls, path: Path) -> Journal:
        """Go on with a journal; a torn last line is cut off. Raises BadInput where it was altered."""
        reading = read_journal(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.ftruncate(descriptor, reading.size)
        return cls(descriptor, len(reading.records), reading.last_hash)

    def append(self, kind: str, data: Mapping[str, Json]) -> None:
        """Add a record. Raises OSError where it cannot be written."""
        body = {"n": self._n + 1, "kind": kind, "at": rfc3339(datetime.now(UTC)), "data": data, "prev": self._last}
        digest = _digest(_canonical(body))
        line = _canonical({**body, "hash": digest}) + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]
        self._n, self._last = self._n + 1, digest

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self) -> None:
        try:
            self.sync()
        finally:
            os.close(self._descriptor)


def _canonical(body: Mapping[str, object]) -> bytes:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def read_journal(path: Path) -> JournalReading:
    """Every valid record, the chain checked. Raises BadInput naming file and record where it was altered."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(path.name, f"cannot be read: {error.strerror}", "see `noc-agent runs list`") from error
    lines = raw.split(b"\n")
    tail = lines.pop()
    records: list[Record] = []
    last, size = START, 0
    for n, line in enumerate(lines, 1):
        records.append(_record(path, n, line, last))
        last = str(json.loads(line)["hash"])
        size += len(line) + 1
    return JournalReading(tuple(records), bool(tail), last, size)


def _record(path: Path, n: int, line: bytes, last: str) -> Record:
    where = f"{path.name}: record {n}"
    try:
        body = json.loads(line)
        digest = body.pop("hash")
        sound = _canonical({**body, "hash": digest}) == line and _digest(_canonical(body)) == digest
        sound = sound and body["prev"] == last and body["n"] == n
        record = Record(body["n"], body["kind"], body["data"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(where, "was altered or damaged", "restore the file; nothing of it is used") from error
    if not sound:
        raise BadInput(where, "was altered or damaged", "restore the file; nothing of it is used")
    if n == 1 and record.data.get("format", FORMAT) != FORMAT:
        raise BadInput(where, "was written by a newer version", "read it with that version")
    return record
