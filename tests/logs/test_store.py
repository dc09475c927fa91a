"""The window of a log folder: found fast, complete, in order, whatever the files are like."""

from __future__ import annotations

import gzip
import os
import random
import re
import tempfile
import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.errors import ToolError
from noc_agent.logs import LogStore
from noc_agent.logs.line import parse

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


class Inventory:
    """Two devices; r1 is also known by its address."""

    def device_of(self, host: str) -> str | None:
        return {"r1": "r1", "r1.example.net": "r1", "10.0.0.1": "r1", "r2": "r2"}.get(host.lower())

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return {3: "eth1"}.get(ifIndex) if device == "r1" else None

    def timezone_of(self, device: str) -> tzinfo:
        return UTC


def store(folder: Path, *patterns: str) -> LogStore:
    return LogStore(folder, [str(folder / pattern) for pattern in patterns or ("*.log*",)], Inventory(), START)


def stamp(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat()


def write(path: Path, seconds: list[float], host: str = "r1") -> None:
    path.write_text("".join(f"<29>1 {stamp(s)} {host} app - - - message at {s}\n" for s in seconds))


def test_the_window_of_a_big_file_is_what_a_scan_finds(tmp_path: Path) -> None:
    dice = random.Random(7)
    # In order but for the disorder of a few seconds that collectors make.
    seconds = [n * 0.4 + dice.uniform(-3, 3) for n in range(60_000)]
    write(tmp_path / "big.log", seconds)
    logs = store(tmp_path)
    for _ in range(5):
        low = dice.uniform(0, 24_000)
        since, until = START + timedelta(seconds=low), START + timedelta(seconds=low + 60)
        found = [line.message for line in logs.lines(since, until)]
        expected = {f"message at {s}" for s in seconds if low <= s <= low + 60}
        assert set(found) == expected
        times = [line.time for line in logs.lines(since, until)]
        assert times == sorted(times, key=lambda at: at or START)


def test_a_window_is_not_paid_by_the_size_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / "big.log", [n * 0.2 for n in range(300_000)])
    since = START + timedelta(seconds=30_000)
    begin = time.process_time()
    assert len(list(store(tmp_path).lines(since, since + timedelta(seconds=10)))) == 51
    window = time.process_time() - begin
    begin = time.process_time()
    assert (tmp_path / "big.log").read_bytes().count(b"\n") == 300_000
    (tmp_path / "big.log").read_text().splitlines()
    assert window < 10 * max(time.process_time() - begin, 0.02)


def test_an_unsorted_file_loses_nothing(tmp_path: Path) -> None:
    seconds = [float(n) for n in range(2000)]
    random.Random(3).shuffle(seconds)
    write(tmp_path / "a.log", seconds)
    since = START + timedelta(seconds=500)
    assert len(list(store(tmp_path).lines(since, since + timedelta(seconds=99)))) == 100


def test_files_are_merged_in_order_of_time_and_packed_ones_read(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [10, 30])
    write(tmp_path / "b.log", [20], "r2")
    (tmp_path / "a.log.1.gz").write_bytes(gzip.compress(f"<29>1 {stamp(5)} r1 app - - - message at 5\n".encode()))
    assert [line.message for line in store(tmp_path).lines()] == [f"message at {s}" for s in (5, 10, 20, 30)]


def test_lines_know_their_file_number_and_offset(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [1, 2, 3])
    last = list(store(tmp_path).lines(START + timedelta(seconds=3)))[-1]
    raw = (tmp_path / "a.log").read_bytes()
    assert (last.file, last.line) == ("a.log", 3)
    assert raw[last.offset :].startswith(b"<29>1 2026-11-23T00:00:03")


def test_a_line_without_a_host_belongs_to_the_device_its_file_is_named_after(tmp_path: Path) -> None:
    (tmp_path / "r2.log").write_text("Nov 23 2026 00:00:05.000 UTC: %SYS-5-CONFIG_I: Configured from console\n")
    (line,) = store(tmp_path).lines()
    assert (line.device, line.host) == ("r2", "r2")


def test_hosts_are_named_as_the_inventory_does_and_unknown_ones_as_logged(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"<29>1 {stamp(1)} R1.example.net x - - - a\n<29>1 {stamp(2)} stranger x - - - b\n")
    assert [line.device for line in store(tmp_path).lines()] == ["r1", "stranger"]


def test_what_is_no_log_is_skipped_with_a_word(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder / "a.log", [1])
    os.mkfifo(folder / "pipe.log")
    (folder / "bytes.log").write_bytes(bytes(range(256)) * 100)
    packed = gzip.compress(
        "".join(f"<29>1 {stamp(n)} r1 app - - - {os.urandom(9).hex()}\n" for n in range(3000)).encode()
    )
    (folder / "cut.log.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "outside.log").write_text(f"<29>1 {stamp(1)} r1 x - - - secret\n")
    (folder / "link.log").symlink_to(tmp_path / "outside.log")
    logs = store(folder)
    lines = list(logs.lines())
    assert len(lines) > 500
    assert not any("secret" in line.message for line in lines)
    assert len(logs.problems) == 3, logs.problems


def test_a_line_of_many_megabytes_costs_bounded_memory(tmp_path: Path) -> None:
    with (tmp_path / "a.log").open("w") as file:
        file.write(f"<29>1 {stamp(1)} r1 app - - - " + "x" * 30_000_000 + "\n")
        file.write(f"<29>1 {stamp(2)} r1 app - - - end\n")
    lines = list(store(tmp_path).lines())
    assert [len(line.message) < 70_000 for line in lines] == [True, True]


def test_events_are_counted_and_traps_name_their_interface(tmp_path: Path) -> None:
    down = "app - - - LINK-3-UPDOWN: Interface eth9, changed state to down"
    trap = f"{stamp(4)[:19]} TRAP from UDP: [10.0.0.1]:4->[10.0.0.9]:162: .1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.3\t.1.3.6.1.2.1.2.2.1.1.3 = INTEGER: 3\n"
    (tmp_path / "a.log").write_text("".join(f"<29>1 {stamp(n)} r1 {down}\n" for n in (1, 2, 3)))
    (tmp_path / "traps.log").write_text(trap)
    logs = store(tmp_path)
    first, second = logs.events()
    assert (first.kind, first.subject, first.count, first.first, first.last) == (
        "interface_down",
        "eth9",
        3,
        START + timedelta(seconds=1),
        START + timedelta(seconds=3),
    )
    assert (second.device, second.kind, second.subject) == ("r1", "interface_down", "eth1")
    assert logs.events(kind="interface_up") == ()
    assert [event.device for event in logs.events(device="r1")] == ["r1", "r1"]
    assert logs.last_heard()["r1"] == START + timedelta(seconds=3)
    assert logs.last_heard(traps=True)["r1"] == START + timedelta(seconds=4)


def test_search_takes_a_regular_expression_and_refuses_what_would_never_end(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [1, 2, 12])
    logs = store(tmp_path)
    assert [line.message for line in logs.search(r"at 1\d?$")] == ["message at 1", "message at 12"]
    assert len(logs.search("message", limit=2)) == 2
    for pattern in ("(", "(a+)+$", "x" * 600):
        with pytest.raises(ToolError):
            logs.search(pattern)


def test_an_empty_folder_has_no_lines(tmp_path: Path) -> None:
    logs = store(tmp_path)
    assert (list(logs.lines()), logs.events(), logs.files) == ([], (), ())


def test_rotated_files_of_any_kind_are_one_log(tmp_path: Path) -> None:
    write(tmp_path / "syslog.log", [300.0 + n for n in range(100)])
    write(tmp_path / "syslog.log.1", [200.0 + n for n in range(100)])
    for age in (2, 3):
        write(tmp_path / "old", [300.0 - 100 * age + n for n in range(100)])
        (tmp_path / f"syslog.log.{age}.gz").write_bytes(gzip.compress((tmp_path / "old").read_bytes()))
    logs = store(tmp_path)
    assert [line.message for line in logs.lines()] == [f"message at {float(s)}" for s in range(400)]
    since, until = START + timedelta(seconds=95), START + timedelta(seconds=305)
    assert len(list(logs.lines(since, until))) == 211
    assert [line.message for line in logs.search("at 1[09]9", since, until)] == ["message at 109.0", "message at 199.0"]


def test_a_rotation_between_two_questions_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [1, 2])
    logs = store(tmp_path)
    assert logs.last_heard()["r1"] == START + timedelta(seconds=2)
    assert len(list(logs.lines())) == 2
    (tmp_path / "a.log").rename(tmp_path / "a.log.1")
    write(tmp_path / "a.log", [3])
    assert [line.message for line in logs.lines()] == [f"message at {s}" for s in (1, 2, 3)]


def test_events_of_a_file_that_grows_are_counted_anew(tmp_path: Path) -> None:
    line = f"<29>1 {stamp(1)} r1 app - - - LINK-3-UPDOWN: Interface eth9, changed state to down\n"
    (tmp_path / "a.log").write_text(line)
    logs = store(tmp_path)
    assert [event.count for event in logs.events()] == [1]
    (tmp_path / "a.log").write_text(line * 3)
    assert [event.count for event in logs.events()] == [3]


def test_a_repeated_message_counts_as_often_as_it_came(tmp_path: Path) -> None:
    down = "LINK-3-UPDOWN: Interface eth9, changed state to down"
    rows = [
        f"Nov 23 00:00:01 r1 app: {down}",
        "Nov 23 00:00:02 r2 app: hello",
        "Nov 23 00:00:09 r1 last message repeated 4 times",
    ]
    (tmp_path / "a.log").write_text("\n".join(rows) + "\n")
    (event,) = store(tmp_path).events()
    assert (event.count, event.last) == (5, START + timedelta(seconds=9))


class Zones(Inventory):
    """r2 is in Tokyo."""

    def timezone_of(self, device: str) -> tzinfo:
        return timezone(timedelta(hours=9)) if device == "r2" else UTC


def test_a_stamp_without_a_zone_is_meant_in_the_zone_of_its_device(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("Nov 23 10:00:00 r1 app: one\nNov 23 19:00:00 r2 app: two\n")
    logs = LogStore(tmp_path, [str(tmp_path / "*.log")], Zones(), START)
    assert [line.time for line in logs.lines()] == [START + timedelta(hours=10)] * 2


def test_a_saved_buffer_is_meant_in_the_zone_of_its_heading(tmp_path: Path) -> None:
    buffer = "\r\nMon Nov 23 03:00:00.123 PST\r\nSyslog logging: enabled\r\n\r\nRP/0/RP0/CPU0:Nov 23 02:59:00.500 : bgp[1]: %A-B-5-C : hello \r\n"
    (tmp_path / "r1.log").write_text(buffer, newline="")
    (line,) = store(tmp_path).search("hello")
    assert (line.time, line.device) == (START + timedelta(hours=10, minutes=59, seconds=0.5), "r1")


@pytest.mark.parametrize(
    "name", ["r1.log", "r1.example.net.log.2.gz", "10.0.0.1.log", "r1-20261123.log", "r1/messages"]
)
def test_a_file_is_named_after_its_device_in_many_ways(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("Nov 23 00:00:05.000: %SYS-5-CONFIG_I: Configured from console\n")
    (line,) = store(tmp_path, name).lines()
    assert line.device == "r1"


def test_folders_are_read_and_a_file_found_twice_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder / "a.log", [1])
    (folder / "current").symlink_to(folder / "a.log")
    assert len(list(store(tmp_path, "logs", "logs/*.log").lines())) == 1


def test_lines_without_a_time_stand_with_the_one_before_them(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        f"<29>1 {stamp(10)} r1 app - - - one\n  Traceback\n<29>1 {stamp(20)} r1 app - - - two\n"
    )
    since, until = START + timedelta(seconds=5), START + timedelta(seconds=15)
    logs = store(tmp_path)
    assert [(line.message, line.time is None) for line in logs.lines(since, until)] == [
        ("one", False),
        ("Traceback", True),
    ]
    assert [line.message for line in logs.search("Trace", since, until)] == ["Traceback"]


def test_a_search_is_over_early_where_the_file_is_in_order(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [n * 1.0 for n in range(100_000)])
    begin = time.process_time()
    assert len(store(tmp_path).search("message", limit=10)) == 10
    few = time.process_time() - begin
    begin = time.process_time()
    assert sum(1 for _ in store(tmp_path).lines()) == 100_000
    assert few < (time.process_time() - begin) / 5


PATTERNS = st.sampled_from(
    [r"^at", r"\bdown\b", r"down$", r"a|^b", r"(?i)DOWN", r"x\s+y", r"[^a]b", r"(a)\1", r"(?<!a)b", r"(?=a)", r"a*", r"\^a", r"[$^]", r"a++b", r"(?m)^a", r"\Aat", r"é", r"b\Z", r"[\]$]a"]
)  # fmt: skip


@settings(derandomize=True, max_examples=300, deadline=None)
@given(PATTERNS, st.lists(st.text("ab xy$^é]dDown\t", max_size=12), max_size=6))
def test_the_quick_look_passes_whatever_the_pattern_matches(pattern: str, messages: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        rows = [f"<29>1 {stamp(n)} r1 app - - - at {text}" for n, text in enumerate(messages)]
        (Path(name) / "a.log").write_text("\n".join(rows), encoding="utf-8")
        logs = store(Path(name))
        expected = [line.offset for line in logs.lines() if re.search(pattern, line.message)]
        assert [line.offset for line in logs.search(pattern)] == expected


def test_the_message_of_every_form_is_found_where_it_stands(shared: Path) -> None:
    rows = [path.read_text(errors="replace") for path in sorted(shared.glob("data/napalm_logs/**/syslog.msg"))]
    rows += (shared / "data/iosxr_clos/logs/spine1.log").read_text().split("\n")
    assert len(rows) > 300
    for raw in rows:
        assert parse(raw, "a.log", 0, START).message in raw.replace("\n", " ") + raw


def test_no_line_of_the_saved_buffers_is_lost(shared: Path) -> None:
    folder = shared / "data/iosxr_clos/logs"
    logs = LogStore(folder, [str(folder / "*.log")], Inventory(), datetime(2017, 8, 4, tzinfo=UTC))
    stood = sum(bool(row.strip()) for path in folder.glob("*.log") for row in path.read_bytes().split(b"\n"))
    assert sum(1 for _ in logs.lines()) == stood
