"""How much of what a mature poller made of the real dumps the platform files find: `python -m tests.snmp.platforms.score`.

With NAMEs (parts of a dump's name): every value that is missing and every reading that nobody expected. A value counts as
found if a reading of its kind, read from the same row or (second, only numbers) from another, says the same within 1 % or
one unit of the expected value's last digit. Every reading counts once for its value and once for its state.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from noc_agent.snmp import STANDARD_COLUMNS, RecordingFile, Reply
from noc_agent.snmp.platforms import Platform, Reading, bundled_platforms, load_platforms, platform_columns, readings

DUMPS = Path(__file__).parents[3] / "../shared/data/snmprec"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KINDS: Mapping[str, tuple[str, ...]] = {
    "cpu": ("cpu",),
    "memory": ("memory", "memory_part", "storage"),
    "temperature": ("temperature", "optics_temperature"),
    "voltage": ("voltage", "optics_voltage"),
    "current": ("current", "optics_bias"),
    "dbm": ("optics_rx", "optics_tx"),
    "fanspeed": ("fan",),
    "power": ("power", "power_supply"),
    "signal": ("signal",),
    "humidity": ("humidity",),
    "load": ("count", "cpu", "state"),
    "count": ("count", "stack", "redundancy", "state"),
}
PARTS = ("buffers", "cached", "shared")  # of memory: the poller sets their total to that of the whole


@dataclass(frozen=True)
class Wanted:
    """One value that the poller lists. `used` and `total` in bytes, for memory."""

    section: str  # processors, mempools, sensors
    kind: str
    name: str
    oids: tuple[str, ...]
    value: float
    step: float  # one unit of its last digit
    used: float | None = None
    total: float | None = None


@dataclass(frozen=True)
class Score:
    """Values of one dump: found in the row that the poller read, found in another, missing; and all readings."""

    name: str
    same: Mapping[Wanted, Reading]
    other: Mapping[Wanted, Reading]
    missing: tuple[Wanted, ...]
    readings: tuple[Reading, ...]

    def count(self, section: str) -> tuple[int, int]:
        """(found, wanted)."""
        found = sum(want.section == section for want in (*self.same, *self.other))
        return found, found + sum(want.section == section for want in self.missing)


def dumps() -> tuple[str, ...]:
    return tuple(sorted(path.name.removesuffix(".snmprec.gz") for path in DUMPS.glob("*.snmprec.gz")))


def expected(name: str) -> dict[str, list[dict[str, Any]]]:
    """What the poller made of a dump: tables as lists of rows. It leaves zeros out."""
    tables: dict[str, list[dict[str, Any]]] = json.loads(
        gzip.decompress((DUMPS / f"{name}.expected.json.gz").read_bytes())
    )
    return tables


def poll(name: str, platforms: tuple[Platform, ...]) -> Reply:
    """The dump as a poll of that device would have read it."""
    file = RecordingFile(DUMPS / f"{name}.snmprec.gz")
    system = file.reply(name, AT, ("1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.2")).columns
    descr = system.get("1.3.6.1.2.1.1.1", {}).get("0", b"")
    what = str(system.get("1.3.6.1.2.1.1.2", {}).get("0", ""))
    more = platform_columns(platforms, what, descr.decode("utf-8", "replace") if isinstance(descr, bytes) else "")
    return file.reply(name, AT, dict.fromkeys((*STANDARD_COLUMNS, *more)))


def score(name: str, platforms: tuple[Platform, ...]) -> Score:
    """The readings of a dump against what the poller lists."""
    rows = readings(poll(name, platforms), platforms)
    values, states = set(range(len(rows))), set(range(len(rows)))
    same: dict[Wanted, Reading] = {}
    other: dict[Wanted, Reading] = {}
    wanted = list(_wanted(expected(name)))
    for want in wanted:
        free = states if want.kind == "state" else values
        hit = next((n for n in sorted(free) if _cell(rows[n]) in want.oids and _says(rows[n], want)), None)
        if hit is None:
            hit = next((n for n in sorted(free) if _neighbor(rows[n], want) and _says(rows[n], want)), None)
        if hit is not None:
            free.discard(hit)
            same[want] = rows[hit]
    for want in wanted:
        if want not in same and want.kind != "state":
            hit = next((n for n in sorted(values) if _says(rows[n], want)), None)
            if hit is not None:
                values.discard(hit)
                other[want] = rows[hit]
    missing = tuple(want for want in wanted if want not in same and want not in other)
    return Score(name, same, other, missing, rows)


def _wanted(tables: Mapping[str, list[dict[str, Any]]]) -> Iterator[Wanted]:
    for row in tables.get("processors", ()):
        usage = row.get("processor_usage") or 0
        yield Wanted("processors", "cpu", row["processor_descr"], _oids(row["processor_oid"]), usage, 1)
    for row in tables.get("mempools", ()):
        oids = _oids(*(row.get(f"mempool_{part}_oid") for part in ("used", "free", "total", "perc")))
        total = row.get("mempool_total") or 0
        whole = total if total > 100 and row.get("mempool_class") not in PARTS else None
        used = (row.get("mempool_used") or 0) if total > 100 else None
        yield Wanted("mempools", "memory", row["mempool_descr"], oids, row.get("mempool_perc") or 0, 1, used, whole)
    for row in tables.get("sensors", ()):
        value = row.get("sensor_current") or 0
        yield Wanted("sensors", row["sensor_class"], row["sensor_descr"], _oids(row["sensor_oid"]), value, _step(value))


def _oids(*oids: str | None) -> tuple[str, ...]:
    return tuple(oid.lstrip(".") for oid in oids if oid)


def _step(value: float) -> float:
    digits = repr(value).partition(".")[2]
    return 10.0 ** -len(digits) if digits.isdigit() else 1.0


def _cell(row: Reading) -> str:
    return f"{row.source.rpartition(' ')[2]}.{row.index}"


def _neighbor(row: Reading, want: Wanted) -> bool:
    """Another column of the same row of the same table: a state beside its value, a value in a wider type."""
    column = row.source.rpartition(" ")[2]
    return any(oid.endswith(f".{row.index}") and oid.startswith(f"{column.rpartition('.')[0]}.") for oid in want.oids)


def _says(row: Reading, want: Wanted) -> bool:
    """Whether a reading is of this kind and says this value."""
    if want.kind == "state":
        return row.code == str(int(want.value))
    if row.kind not in KINDS[want.kind]:
        return False
    if want.used is not None and row.used is not None:
        whole = want.total is None or row.total is None or _close(row.total, want.total, 1)
        return whole and _close(row.used, want.used, 1)
    if row.value is None:
        return want.kind == "count" and _cell(row) in want.oids and row.code == str(int(want.value))
    value = row.value / 1000 if want.kind == "current" and row.unit == "mA" else row.value
    return _close(value, want.value, want.step)


def _close(value: float, wanted: float, step: float) -> bool:
    return abs(value - wanted) <= max(0.01 * abs(wanted), step) * 1.000001


def _percent(pairs: Iterable[tuple[int, int]]) -> str:
    found, wanted = (sum(column) for column in zip(*pairs, strict=True))
    return f"{found}/{wanted} = {100 * found / wanted:.1f} %" if wanted else "nothing wanted"


def main(words: list[str]) -> None:
    """Print the table; details for dumps whose name holds one of the words."""
    platforms, problems = load_platforms([bundled_platforms()])
    for problem in problems:
        print(problem)
    scores = [score(name, platforms) for name in dumps() if not words or any(word in name for word in words)]
    sections = ("processors", "mempools", "sensors")
    print(f"{'dump':24} {'cpu':>9} {'memory':>9} {'sensors':>9}  {'readings':>8}  other cell")
    for one in scores:
        cells = " ".join(f"{found:>4}/{wanted:<4}" for found, wanted in map(one.count, sections))
        print(f"{one.name:24} {cells}  {len(one.readings):>8}  {len(one.other)}")
    for section in sections:
        print(f"{section:11} {_percent([one.count(section) for one in scores])}")
    for one in scores if words else ():
        for want in one.missing:
            print(
                f"{one.name}: missing {want.kind} {want.name!r} = {want.value} used={want.used} total={want.total} {' '.join(want.oids)}"
            )
        for want, row in one.other.items():
            print(
                f"{one.name}: other   {want.kind} {want.name!r} = {want.value} {' '.join(want.oids)} by {row.name!r} {_cell(row)}"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
