"""One file as the site knows it: traps of several lines are one, and the newest line of each device is found from the end."""

from __future__ import annotations

import gzip
import random
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from noc_agent.logs import LogStore

START = datetime(2026, 11, 23, tzinfo=UTC)
HEADING = "2026-11-23 00:00:{:02d} r1.example.net [UDP: [10.0.0.1]:45185->[10.0.0.9]:162]:\n"
VARBINDS = (
    ".1.3.6.1.2.1.1.3.0 = Timeticks: (137884) 0:22:58.84\t.1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.3\t"
    ".1.3.6.1.2.1.2.2.1.1.3 = INTEGER: 3\n"
)
VERSION1 = (
    "2026-11-23 00:00:07 10.0.0.2(via UDP: [10.0.0.2]:40000->[10.0.0.9]:162) TRAP, SNMP v1, community public\n"
    "\t.1.3.6.1.4.1.8072 Link Up Trap (0) Uptime: 0:01:00.00\n"
    "\t.1.3.6.1.2.1.2.2.1.1.4 = INTEGER: 4\n"
)


class Inventory:
    """r1, r2 … by name, and the first two by address."""

    def device_of(self, host: str) -> str | None:
        return {"10.0.0.1": "r1", "10.0.0.2": "r2"}.get(host, host if host[:1] == "r" and host[1:].isdigit() else None)

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return f"eth{ifIndex}"

    def timezone_of(self, device: str) -> tzinfo:
        return UTC


def store(folder: Path) -> LogStore:
    return LogStore(folder, [str(folder / "*.log*")], Inventory(), START)


def test_traps_as_snmptrapd_writes_them_by_default_are_one_event_each(tmp_path: Path) -> None:
    plain = "<29>1 2026-11-23T00:00:09+00:00 r3 app - - - LINK-3-UPDOWN: Interface eth9, changed state to down\n"
    (tmp_path / "traps.log").write_text(HEADING.format(1) + VARBINDS + plain + VERSION1 + HEADING.format(5) + VARBINDS)
    logs = store(tmp_path)
    rows = {(event.device, event.kind, event.subject, event.count) for event in logs.events()}
    assert rows == {
        ("r1", "interface_down", "eth3", 2), ("r2", "interface_up", "eth4", 1), ("r3", "interface_down", "eth9", 1),
    }  # fmt: skip
    found = logs.search("137884")
    assert [(line.time, line.line) for line in found] == [
        (START + timedelta(seconds=n), row) for n, row in ((1, 1), (5, 7))
    ]
    assert logs.last_heard(traps=True) == {"r1": START + timedelta(seconds=5), "r2": START + timedelta(seconds=7)}


def test_a_trap_that_a_block_ends_in_is_whole(tmp_path: Path) -> None:
    text = "".join(HEADING.format(n % 60) + VARBINDS for n in range(4000))
    (tmp_path / "traps.log").write_text(text)
    (event,) = store(tmp_path).events()
    assert (event.device, event.subject, event.count) == ("r1", "eth3", 4000)


def test_a_heading_without_more_and_lines_after_it_lose_nothing(tmp_path: Path) -> None:
    plain = "2026-11-23T00:00:09+00:00 r3 app: hello\n"
    (tmp_path / "traps.log").write_text(HEADING.format(1) + plain + HEADING.format(2))
    lines = list(store(tmp_path).lines())
    assert [(line.device, line.time) for line in lines] == [
        ("r1", START + timedelta(seconds=1)), ("r1", START + timedelta(seconds=2)), ("r3", START + timedelta(seconds=9)),
    ]  # fmt: skip


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_the_newest_line_of_each_device_is_what_reading_all_finds(tmp_path: Path, ordered: bool, packed: bool) -> None:
    dice = random.Random(ordered + 2 * packed)
    seconds = sorted(dice.uniform(0, 80_000) for _ in range(6000))
    if not ordered:
        dice.shuffle(seconds)
    rows, newest = [], dict[str, datetime]()
    for second in seconds:
        host = f"r{min(dice.randrange(1, 40), dice.randrange(1, 40))}"
        at = (START + timedelta(seconds=second)).replace(microsecond=0)
        newest[host] = max(newest.get(host, at), at)
        form = dice.randrange(3)
        text = f"said by r{dice.randrange(1, 40)} to r{dice.randrange(1, 40)} of {dice.random()}"
        rows.append(
            f"<29>1 {at.isoformat()} {host} app - - - {text}" if form == 0
            else f"{at:%b} {at.day:2d} {at:%H:%M:%S} {host} app[{dice.randrange(99)}]: {text}" if form == 1
            else f"{at.isoformat()} {host} {text}"
        )  # fmt: skip
    data = ("\n".join(rows) + "\n").encode()
    (tmp_path / f"a.log{'.gz' if packed else ''}").write_bytes(gzip.compress(data) if packed else data)
    assert store(tmp_path).last_heard() == newest


def test_who_was_heard_last_costs_a_part_of_reading_all(tmp_path: Path) -> None:
    rows = (
        f"<29>1 {(START + timedelta(seconds=n / 4)).isoformat()} r{n % 50} app - - - number {n}\n"
        for n in range(150_000)
    )
    (tmp_path / "a.log").write_text("".join(rows))
    begin = time.process_time()
    heard = store(tmp_path).last_heard()
    quick = time.process_time() - begin
    begin = time.process_time()
    assert sum(1 for _ in store(tmp_path).lines()) == 150_000
    assert quick < (time.process_time() - begin) / 3
    assert heard["r49"] == START + timedelta(seconds=149_999 / 4)
