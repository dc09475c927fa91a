"""SNMP recordings as a source: `<folder>/<device>/<YYYYMMDDTHHMMSSZ>.snmprec[.gz]`, one file a poll (contract, section 5).

A line is `OID|tag|value`; files may be unsorted and hold duplicates and values that their tag cannot carry. Values are
decoded only for the columns that are asked for. A recording that `noc_agent.snmp.recorder` wrote says more, each of which
may be absent: comments name columns that were not read to their end, `<poll>.unanswered` says why a device gave no answer
(or that it was not asked), `baseline` which poll was the last one from before the incident.
"""

from __future__ import annotations

import dataclasses
import re
import stat
import zlib
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.site.times import parse_time
from noc_agent.snmp.columns import columns_of
from noc_agent.snmp.source import EVERYTHING, Columns, Reply, Value
from noc_agent.snmp.tables.interfaces import System

_POLL = re.compile(r"(\d{8}T\d{6}Z)(\.snmprec(?:\.gz)?|\.unanswered)")
_OID = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10})*")
BASELINE, UNANSWERED, NOT_ASKED = "baseline", ".unanswered", "not asked"
PARTIAL, PROBLEM = "# partial: ", "# problem: "
LONGEST_NOTE = 200  # characters of a reason or a time
MOST_BYTES = 128_000_000  # some two million rows; a bomb takes three times as much memory
_LARGER = f"more than {MOST_BYTES // 1_000_000} MB: the part before was used"
SYSTEM_COLUMNS = columns_of(System)
STEP = 16_384  # small steps, so that a damaged file gives what stands before the damage
_MAGIC = b"\x1f\x8b"


def _integer(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError
        return value

    return read


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _oid(text: str) -> str:
    oid = text.strip().lstrip(".")
    if not _OID.fullmatch(oid):
        raise ValueError
    return oid


def _address(text: str) -> str:
    return str(IPv4Address(text.strip()))


def _hex_address(text: str) -> str:
    return str(IPv4Address(bytes.fromhex(text)))


_unsigned = _integer(0, 2**32 - 1)
DECODERS: dict[str, Callable[[str], Value]] = {
    "2": _integer(-(2**31), 2**31 - 1),
    "4": _octets,
    "4x": bytes.fromhex,
    "6": _oid,
    "64": _address,
    "64x": _hex_address,
    "65": _unsigned,
    "66": _unsigned,
    "67": _unsigned,
    "68": _octets,
    "68x": bytes.fromhex,
    "70": _integer(0, 2**64 - 1),
}
for _tag in ("2", "65", "66", "67", "70"):
    DECODERS[f"{_tag}x"] = lambda text, read=DECODERS[_tag]: read(str(int(text, 16)))  # type: ignore[misc]


class RecordingFile:
    """One recorded poll: its lines by OID. `skipped` counts lines that cannot be used."""

    def __init__(self, path: Path) -> None:
        text, problems = _read(path)
        self._torn = bool(problems)
        if self._torn:
            text = text[: text.rfind("\n") + 1]  # half a value is another value
        rows: dict[str, str] = {}
        self.skipped = 0
        lines = text.splitlines()
        self.problems = (*problems, *_noted(lines, PROBLEM))
        self.partial = frozenset(_noted(lines, PARTIAL))
        for line in lines:
            oid, bar, rest = line.partition("|")
            oid = oid.strip().lstrip(".")
            if not bar or not oid[:1].isdigit():
                self.skipped += bool(line.strip()) and not line.startswith("#")
            elif oid in rows:
                self.skipped += 1  # of two values the agent would have shown the first
            else:
                rows[oid] = rest
        self._rows = rows
        self._last = next(reversed(rows), "")
        self._oids = sorted(rows)  # as text: the instances of a column stand together, '/' follows '.'

    def column(self, oid: str) -> dict[str, Value]:
        """Instances of a column, or of a scalar under "0"; empty where it is not served."""
        start = bisect_left(self._oids, oid + ".")
        if start == len(self._oids) or self._oids[start][: len(oid) + 1] != oid + ".":
            return {}  # most columns that are asked for are not served
        end = bisect_left(self._oids, oid + "/", start)
        found: dict[str, Value] = {}
        for full in self._oids[start:end]:
            tag, _, text = self._rows[full].partition("|")
            decode = DECODERS.get(tag) if _OID.fullmatch(full) else None
            try:
                if decode is None:
                    raise ValueError
                found[full[len(oid) + 1 :]] = decode(text)
            except (ValueError, AddressValueError):
                self.skipped += tag != "5"  # NULL says that there is no value
        return found

    def reply(self, device: str, at: datetime, columns: Iterable[str]) -> Reply:
        asked = tuple(columns)
        served = {oid: cells for oid in asked if (cells := self.column(oid))}
        return Reply(device, at, served, f"snmp:{device}", self.skipped, self.problems, self._partial(asked, served))

    def _partial(self, asked: Iterable[str], served: Collection[str]) -> frozenset[str]:
        """Columns that were not read to their end; of a file that is torn also what may have stood behind its end."""
        if not self._torn:
            return self.partial
        lost = (oid for oid in asked if oid not in served or self._last.startswith(f"{oid}."))
        return self.partial.union((EVERYTHING,), lost)


def _noted(lines: Iterable[str], kind: str) -> tuple[str, ...]:
    return tuple(line[len(kind) :] for line in lines if line.startswith(kind))


def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a recording, and what of it could not be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInput(path.name, "is no regular file", "remove it from the recordings")
        with path.open("rb") as file:
            raw, problem = (_unpack if path.suffix == ".gz" else _plain)(file.read(MOST_BYTES + 1))
    except OSError as error:
        raise BadInput(path.name, f"cannot be read: {error.strerror}", "check who may read it") from error
    if problem and not raw:
        raise BadInput(
            f"{path.parent.name}/{path.name}",
            "is no gzip file or is damaged",
            "record the poll again, or remove the file",
        )
    problems = [f"{path.parent.name}/{path.name} {problem}"] if problem else []
    return raw.decode("utf-8", "surrogateescape"), tuple(problems)


def _plain(raw: bytes) -> tuple[bytes, str]:
    return raw[:MOST_BYTES], (f"is {_LARGER}" if len(raw) > MOST_BYTES else "")


def _unpack(packed: bytes) -> tuple[bytes, str]:
    """What of a gzip file, of one member or several, can be unpacked, and what is wrong with the rest."""
    if packed[:2] != _MAGIC:
        return b"", "is no gzip file"
    raw: list[bytes] = []
    rest, room = packed, MOST_BYTES
    while rest:
        unpacker = zlib.decompressobj(wbits=31)
        for start in range(0, len(rest), STEP):
            try:
                raw.append(unpacker.decompress(rest[start : start + STEP], room))
            except zlib.error:
                return b"".join(raw), "is damaged: the part before was used"
            room -= len(raw[-1])
            if room <= 0:
                return b"".join(raw), f"unpacks to {_LARGER}"
            if unpacker.eof:
                rest = unpacker.unused_data + rest[start + STEP :]
                break
        else:
            return b"".join(raw), "is cut off: the part before was used"
    return b"".join(raw), ""


class RecordedSnmp:
    """A folder of recordings as an SnmpSource. Each file is read once, when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadInput(
                f"recordings: {folder.name}", "there is no such folder", "correct `recordings:` in site.yaml"
            )
        self._paths: dict[tuple[str, datetime], Path] = {}
        self._files: dict[Path, RecordingFile] = {}
        self._reasons: dict[tuple[str, datetime], str] = {}
        root = folder.resolve()
        for path in sorted(folder.glob("*/*")):
            match = _POLL.fullmatch(path.name)
            if match and path.resolve().is_relative_to(root):
                try:
                    at = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                except ValueError:
                    continue
                if match[2] == UNANSWERED:
                    self._reasons[path.parent.name, at] = _note(path)
                else:
                    self._paths.setdefault((path.parent.name, at), path)
        self._times = tuple(sorted({at for _, at in (*self._paths, *self._reasons)}))
        self._answered: dict[str, list[datetime]] = {}
        for name, at in sorted(self._paths):
            self._answered.setdefault(name, []).append(at)
        self._split = _time_in(folder / BASELINE)

    def times(self) -> Sequence[datetime]:
        return self._times

    @property
    def split(self) -> datetime | None:
        return self._split

    def asked(self, device: str) -> Sequence[datetime]:
        """All polls: a device with no file for a poll did not answer it, unless a note says that nobody asked."""
        return tuple(at for at in self._times if self._reasons.get((device, at)) != NOT_ASKED)

    def reason(self, device: str, at: datetime) -> str:
        return "" if (device, at) in self._paths else self._reasons.get((device, at), "")

    def answered(self, device: str) -> Sequence[datetime]:
        return tuple(self._answered.get(device, ()))

    def fetch(self, device: str, at: datetime, columns: Columns) -> Reply:
        path = self._paths[device, at]
        if path not in self._files:
            self._files[path] = RecordingFile(path)
        file = self._files[path]
        probed = file.reply(device, at, SYSTEM_COLUMNS)
        rest = file.reply(device, at, (oid for oid in columns(probed) if oid not in SYSTEM_COLUMNS))
        return dataclasses.replace(
            rest, columns={**probed.columns, **rest.columns}, partial=probed.partial | rest.partial
        )

    def release(self) -> None:
        """Forget what was read."""
        self._files.clear()


def _note(path: Path) -> str:
    """The first line of a small file beside the polls; "" where it cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return ""
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST_NOTE).partition("\n")[0].strip()
    except OSError:
        return ""


def _time_in(path: Path) -> datetime | None:
    """The time that a file states. Raises BadInput for one that is none."""
    text = _note(path)
    return parse_time(text, f"{path.parent.name}/{path.name}") if text else None
