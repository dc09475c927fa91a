"""The history file: what is stored comes back, changes alone are kept, and a file that cannot be used says why."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from noc_agent.history.packing import pack_reply, well
from noc_agent.history.retention import outdated, reckoned
from noc_agent.history.store import FILE, HistoryUnavailable, Row, open_history
from noc_agent.site.model import HistorySettings
from noc_agent.snmp import Reply, Value

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
STATUS, OCTETS, NAME, ALIAS = (
    "1.3.6.1.2.1.2.2.1.8",
    "1.3.6.1.2.1.31.1.1.1.6",
    "1.3.6.1.2.1.31.1.1.1.1",
    "1.3.6.1.2.1.31.1.1.1.18",
)


def reply(at: datetime, octets: int, *, up: int = 1, alias: bool = True, device: str = "r1") -> Reply:
    columns: dict[str, dict[str, Value]] = {
        STATUS: {"1": up, "2": 1}, OCTETS: {"1": octets, "2": 2**63 + octets}, NAME: {"1": b"Gi0/1", "2": b"\xff\x00=x"},
        "1.3.6.1.2.1.1.2": {"0": "1.3.6.1.4.1.9.1"},
    }  # fmt: skip
    if alias:
        columns[ALIAS] = {"1": b"to the core, a line with some words in it", "2": b"x" * 200}
    return Reply(device, at, columns, f"snmp:{device}", 2, ("one table was cut off",), frozenset({ALIAS}))


def add(folder: Path, *replies: Reply, mark: str | None = None) -> None:
    with open_history(folder) as history:
        bases = {device: digests for device, (_, digests) in history.last_bases().items()} if history else {}
    with open_history(folder, write=True) as history:
        assert history is not None
        rows = [Row(one.device, "", 0.1, well(one), pack_reply(one, bases.get(one.device, {}))) for one in replies]
        history.add(replies[0].observed_at, 1.5, [*rows, Row("dead", "time-out", 2.0, 0, None)], mark)


def read(folder: Path, at: datetime, device: str = "r1") -> Reply:
    with open_history(folder) as history:
        assert history is not None
        (found,) = history.replies(at, [device])
    return found.unpack()


def test_replies_come_back_as_they_were(tmp_path: Path) -> None:
    polls = [
        reply(AT, 1), reply(AT + timedelta(minutes=5), 20, up=2), reply(AT + timedelta(minutes=10), 300, alias=False),
        reply(AT + timedelta(minutes=15), 4),
    ]  # fmt: skip
    for one in polls:
        add(tmp_path, one)
    assert [read(tmp_path, one.observed_at) for one in polls] == polls
    with open_history(tmp_path) as history:
        assert history is not None
        assert [(poll.at, poll.devices, poll.answered) for poll in history.polls()] == [
            (p.observed_at, 2, 1) for p in polls
        ]
        asked = history.asked(AT, AT)
        assert [(row.device, row.failure, row.well) for row in asked] == [("dead", "time-out", 0), ("r1", "", 2)]


def test_only_what_changed_is_kept(tmp_path: Path) -> None:
    first = pack_reply(reply(AT, 1), {})
    second = pack_reply(reply(AT, 2), first.digests)
    assert (first.whole, second.whole) == (True, False)
    assert len(second.cells) < len(first.cells) / 2
    assert pack_reply(reply(AT, 2, alias=False), first.digests).gone == (ALIAS,)


def test_forgotten_polls_leave_the_others_whole(tmp_path: Path) -> None:
    times = [AT + timedelta(minutes=5 * n) for n in range(4)]
    for n, at in enumerate(times):
        add(tmp_path, reply(at, n))
    with open_history(tmp_path, write=True) as history:
        assert history is not None
        history.forget(times[:3])
        assert [poll.at for poll in history.polls()] == times[3:]
    assert read(tmp_path, times[3]) == reply(times[3], 3)


def test_a_poll_is_marked_and_unmarked(tmp_path: Path) -> None:
    add(tmp_path, reply(AT, 1), mark="after the change window")
    with open_history(tmp_path, write=True) as history:
        assert history is not None
        assert history.polls()[0].mark == "after the change window"
        history.mark(AT, None)
        assert history.polls()[0].mark is None
        with pytest.raises(Exception, match="no poll of that time"):
            history.mark(AT + timedelta(seconds=1), "x")


def test_without_a_file_there_is_no_history(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        assert history is None


def test_a_damaged_file_is_named_and_never_a_traceback(tmp_path: Path) -> None:
    add(tmp_path, reply(AT, 1))
    whole = (tmp_path / FILE).read_bytes()
    refused = 0
    for place in (*range(0, 600, 40), *range(4096, len(whole), 30_011)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        (tmp_path / FILE).write_bytes(damaged)
        try:
            assert read(tmp_path, AT) == reply(AT, 1)
        except HistoryUnavailable as error:
            refused += 1
            assert str(error).startswith("history.duckdb: ")
    assert refused > 10
    for cut in (0, 100, 5000, len(whole) // 2):
        (tmp_path / FILE).write_bytes(whole[:cut])
        with (
            pytest.raises(HistoryUnavailable, match=r"history\.duckdb: is (damaged|no history)"),
            open_history(tmp_path),
        ):
            pass


def test_a_file_of_another_program_or_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / FILE) as other:
        other.execute("create table sales (n int)")
    with pytest.raises(HistoryUnavailable, match="is no history"), open_history(tmp_path):
        pass
    with duckdb.connect(tmp_path / FILE) as other:
        other.execute("create table meta (key varchar, value varchar)")
        other.execute("insert into meta values ('format', '99')")
    for write in (False, True):
        with pytest.raises(HistoryUnavailable, match="newer version; upgrade"), open_history(tmp_path, write=write):
            pass


def test_a_locked_file_is_waited_for_and_then_named(tmp_path: Path) -> None:
    add(tmp_path, reply(AT, 1))
    code = (
        f"import duckdb, sys; c = duckdb.connect({str(tmp_path / FILE)!r}); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(HistoryUnavailable, match="another process is writing it"), open_history(tmp_path, wait=0.3):
            pass
        assert holder.stdin is not None
        holder.stdin.close()
        with open_history(tmp_path, wait=5) as history:  # it lets go while we wait
            assert history is not None
            assert len(history.polls()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    add(tmp_path, reply(AT, 1))
    (tmp_path / FILE).chmod(0)
    with pytest.raises(HistoryUnavailable, match="cannot be opened"), open_history(tmp_path):
        pass


def test_old_polls_are_thinned_to_one_an_hour_then_one_a_day() -> None:
    times = [AT - timedelta(minutes=10 * n) for n in range(6 * 24 * 20)]  # twenty days, one in ten minutes
    gone = set(outdated(times, AT, HistorySettings(every=1, hourly=3, daily=10)))
    kept = sorted(set(times) - gone)
    ages = [(AT - at) / timedelta(days=1) for at in kept]
    assert sum(age <= 1 for age in ages) == 6 * 24 + 1
    assert 47 <= sum(1 < age <= 3 for age in ages) <= 49
    assert 6 <= sum(3 < age <= 10 for age in ages) <= 8
    assert max(ages) <= 10
    assert not outdated(kept, AT, HistorySettings(every=1, hourly=3, daily=10))


def test_a_clock_that_was_ahead_once_costs_no_history() -> None:
    times = [AT - timedelta(minutes=5 * n) for n in range(100)]
    ahead = AT + timedelta(days=3650)
    assert not outdated([*times, ahead], reckoned(ahead, times), HistorySettings(every=2, hourly=3, daily=10))
    assert reckoned(AT, times[1:]) == AT
    assert reckoned(AT, []) == AT
