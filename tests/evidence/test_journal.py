"""A journal tells of every change made to it, and survives the death of its writer."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noc_agent.errors import BadInput, RunBusy
from noc_agent.evidence import Evidence, Journal, Observation, RunStore, check_run, read_journal

NOW = datetime(2026, 11, 23, 9, 22, 11, tzinfo=UTC)


def journal(path: Path, records: int = 3, *, sealed: bool = False) -> Path:
    with_head = Journal.create(path, {"run": "r", "incident": {"id": "INC-1"}})
    for n in range(records):
        with_head.append("observation", {"id": f"E{n}", "text": "é \x00 \ud800"})
    if sealed:
        with_head.seal()
    with_head.close()
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    reading = read_journal(journal(tmp_path / "runs/a.jsonl"))
    assert [record.kind for record in reading.records] == ["head", "observation", "observation", "observation"]
    assert [record.n for record in reading.records] == [1, 2, 3, 4]
    assert not reading.torn


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        journal(tmp_path / "state/site/runs/a.jsonl", sealed=True)
        with RunStore(tmp_path / "state/site").lock("INC-1", "run-1"):
            pass
    finally:
        os.umask(before)
    found = list((tmp_path / "state").rglob("*"))
    assert len(found) == 6
    for one in (tmp_path / "state", *found):
        assert stat.S_IMODE(one.stat().st_mode) == (0o700 if one.is_dir() else 0o600), one


@pytest.mark.parametrize("flip", [0x01, 0x0A, 0x20, 0x80])  # 0x0A: the last newline becomes a zero
def test_every_change_of_a_byte_is_found(tmp_path: Path, flip: int) -> None:
    path = journal(tmp_path / "a.jsonl", 2, sealed=True)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        line = whole[:place].count(b"\n") + 1
        with pytest.raises(BadInput, match=rf"a\.jsonl: record {line}: "):
            read_journal(path)


def test_every_change_of_a_byte_of_the_seal_is_found(tmp_path: Path) -> None:
    path = journal(tmp_path / "a.jsonl", 2, sealed=True)
    seal = path.with_suffix(".seal")
    whole = seal.read_bytes()
    for place in range(len(whole)):
        seal.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadInput, match=r"a\.seal|a\.jsonl: record"):
            read_journal(path)


def test_without_a_seal_every_change_but_of_the_last_newline_is_found(tmp_path: Path) -> None:
    path = journal(tmp_path / "a.jsonl", 1)
    whole = path.read_bytes()
    for place in range(len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadInput, match=r"a\.jsonl: record \d"):
            read_journal(path)
    path.write_bytes(whole[:-1] + b"\x0b")  # no kill and no power cut leaves that
    with pytest.raises(BadInput, match="record 2"):
        read_journal(path)
    path.write_bytes(whole[:-1] + b"\0")  # a power cut may
    assert read_journal(path).torn


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ([0, 2, 1, 3], "record 2: was altered: record 3 stands in its place"),
        ([0, 2, 3], "record 2: was altered: record 3 stands in its place"),
        ([1, 2, 3], "record 1: was altered: record 2 stands in its place"),
        ([0, 1, 2, 3, 3], "record 5: was altered: record 4 stands in its place, repeated"),
        ([0, 1, 2], "record 4: is missing: the run ended with record 4"),
        ([0], "record 2: is missing: the run ended with record 4"),
        ([], "record 1: is missing: the run ended with record 4"),
    ],
)
def test_lines_out_of_order_missing_and_repeated_are_named(tmp_path: Path, change: list[int], named: str) -> None:
    path = journal(tmp_path / "a.jsonl", sealed=True)
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(rows[place] for place in change))
    with pytest.raises(BadInput, match=named):
        read_journal(path)


def test_a_line_of_another_run_is_named(tmp_path: Path) -> None:
    path, other = journal(tmp_path / "a.jsonl"), tmp_path / "b.jsonl"
    time.sleep(1.1)  # a stamp of its own
    rows, strange = path.read_bytes().splitlines(True), journal(other).read_bytes().splitlines(True)
    path.write_bytes(b"".join([rows[0], strange[1], *rows[2:]]))
    with pytest.raises(BadInput, match=r"record 2: .* does not go on from the record before it"):
        read_journal(path)


def test_a_run_that_was_cut_short_any_number_of_bytes_is_named_or_torn(tmp_path: Path) -> None:
    path = journal(tmp_path / "a.jsonl", 2, sealed=True)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(BadInput, match=f"record {whole[:size].count(10) + 1}: is missing"):
            read_journal(path)
    path.with_suffix(".seal").unlink()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        reading = read_journal(path)
        assert len(reading.records) == whole[:size].count(b"\n")
        assert reading.torn == (whole[:size][-1:] not in (b"", b"\n"))


def test_zeros_that_a_power_cut_leaves_are_torn_off(tmp_path: Path) -> None:
    path = journal(tmp_path / "a.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-30] + bytes(4096))
    assert read_journal(path).torn
    path.write_bytes(whole + bytes(100))
    assert (len(read_journal(path).records), read_journal(path).torn) == (4, True)


def test_runs_that_were_swapped_are_named_and_the_rest_is_sound(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    names = ("20261123T092211Z-A", "20261123T092212Z-B", "20261123T092213Z-C")
    for name in names:
        made = Journal.create(store.journal_path(name), {"run": name})
        made.append("end", {"verdict": "healthy"})
        made.seal()
        made.close()
    assert [check_run(path).status for path in store.paths()] == ["sound"] * 3
    first, second = store.journal_path(names[0]), store.journal_path(names[1])
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b), second.write_bytes(a)
    assert [check_run(path).status for path in store.paths()] == ["altered", "altered", "sound"]
    for path in (first, second):
        path.with_suffix(".seal").unlink()
        assert "record 1: is of another run" in check_run(path).problem
    first.unlink()
    store.journal_path(names[2]).unlink()
    assert [(one.run, one.status) for one in map(check_run, store.paths())] == [
        (names[1], "altered"), (names[2], "altered"),
    ]  # fmt: skip


def test_what_comes_after_the_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    made = Journal.create(path, {"run": "a"})
    for kind in ("end", "observation"):
        made.append(kind, {})
    made.close()
    assert "record 3: comes after the end" in check_run(path).problem


def test_a_record_that_does_not_fit_on_the_disk_leaves_none_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    program = (
        "import resource, sys\nfrom pathlib import Path\nfrom noc_agent.evidence import Journal\n"
        "j = Journal.create(Path(sys.argv[1]), {})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2800, 2800))\n"
        "try:\n    [j.append('x', {'text': 'y' * 300}) for _ in range(20)]\nexcept OSError as e:\n    print(e.errno)\n"
        "j.append('end', {})\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "27", done.stderr
    reading = read_journal(path)
    assert not reading.torn
    assert reading.records[-1].kind == "end"  # a shorter one still fitted


def test_a_head_that_does_not_fit_leaves_no_journal(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    program = (
        "import resource, sys\nfrom pathlib import Path\nfrom noc_agent.evidence import Journal\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    Journal.create(Path(sys.argv[1]), {'x': 'y' * 300})\nexcept OSError as e:\n    print(e.errno)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "27", done.stderr
    assert not path.exists()


def test_a_torn_last_line_is_cut_off_and_the_run_goes_on(tmp_path: Path) -> None:
    path = journal(tmp_path / "a.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    reading = read_journal(path)
    assert (len(reading.records), reading.torn) == (3, True)
    again = Journal.resume(path)
    again.append("end", {"verdict": "healthy"})
    again.close()
    assert [record.kind for record in read_journal(path).records] == ["head", "observation", "observation", "end"]


def test_a_writer_that_is_killed_loses_no_finished_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    program = (
        "import sys\nfrom pathlib import Path\nfrom noc_agent.evidence import Journal\n"
        "j = Journal.create(Path(sys.argv[1]), {})\nn = 0\n"
        "while True:\n    n += 1\n    j.append('x', {'n': n})\n    print(n, flush=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(50)]
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read()
    writer.stdout.close()
    writer.wait()
    finished = int((rest.split() or said)[-1])
    assert len(read_journal(path).records) - 1 >= finished >= 50


def test_a_newer_format_is_said_to_be_one(tmp_path: Path) -> None:
    Journal.create(tmp_path / "a.jsonl", {"format": 99}).close()
    with pytest.raises(BadInput, match="newer"):
        read_journal(tmp_path / "a.jsonl")


def test_run_ids_are_safe_and_never_taken_twice(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    first = store.run_id("INC/20 41é", NOW)
    assert first == "20261123T092211Z-INC-20-41-"
    journal(store.journal_path(first))
    assert store.run_id("INC/20 41é", NOW) == "20261123T092212Z-INC-20-41-"


def test_the_lock_of_an_incident_dies_with_its_owner(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom noc_agent.evidence import RunStore\n"
        "with RunStore(Path(sys.argv[1])).lock('INC-1', 'run-1'):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "held\n"
    store = RunStore(tmp_path)
    with pytest.raises(RunBusy, match=str(owner.pid)), store.lock("INC-1", "run-2"):
        pass
    with store.lock("INC-2", "run-3"):
        pass
    owner.kill()
    owner.stdout.close()
    owner.wait()
    time.sleep(0.05)
    with store.lock("INC-1", "run-4"):
        pass


OTHER = {"pid": 1, "run": "20261123T092211Z-INC-1", "host": "another.example"}


def test_a_run_on_another_host_counts_until_it_must_have_ended(tmp_path: Path) -> None:
    """NFS without locks: the other host's lock is a file, and no more."""
    store = RunStore(tmp_path)
    with store.lock("INC-1", "run-0", 600):
        pass
    path = tmp_path / "locks/INC-1.lock"
    assert path.read_bytes() == b""  # whoever ended says so
    path.write_text(json.dumps({**OTHER, "until": int(time.time()) + 300}))
    with pytest.raises(RunBusy, match=r"under way on another host; .* remove locks/INC-1\.lock") as busy:
        store.lock("INC-1", "run-1").__enter__()
    assert busy.value.exit_code == 7
    assert json.loads(path.read_text())["host"] == OTHER["host"]  # and is left as it was
    ended: tuple[object, ...] = (
        {**OTHER, "until": int(time.time()) - 1},
        {**OTHER, "until": "?"},
        {**OTHER, "host": 3},
        [],
        "x",
    )
    for over in ended:
        path.write_text(json.dumps(over))
        with store.lock("INC-1", "run-2"):
            pass


def test_a_lock_is_never_followed_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "locks/INC-1.lock").symlink_to(precious)
    with pytest.raises(OSError), RunStore(tmp_path).lock("INC-1", "run-1"):
        pass
    assert precious.read_text() == "kept"


def test_a_clock_that_jumps_back_neither_breaks_a_journal_nor_takes_a_run_id_twice(tmp_path: Path) -> None:
    """The times of a journal are what the clock said; its order is its chain's."""
    store = RunStore(tmp_path)
    later = store.run_id("INC-1", NOW + timedelta(days=3))
    journal(store.journal_path(later))
    earlier = store.run_id("INC-1", NOW)
    journal(store.journal_path(earlier))
    assert (earlier, later) == ("20261123T092211Z-INC-1", "20261126T092211Z-INC-1")
    assert [row.run for row in store.list()] == [later, earlier]
    assert store.run_id("INC-1", NOW) == "20261123T092212Z-INC-1"


def test_runs_are_listed_with_their_state(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    done = Journal.create(store.journal_path("20261123T092211Z-INC-1"), {"incident": {"id": "INC-1"}})
    done.append("end", {"verdict": "confirmed"})
    done.close()
    journal(store.journal_path("20261123T092212Z-INC-2"))
    journal(store.journal_path("20261123T092213Z-INC-3"))
    store.journal_path("20261123T092214Z-INC-4").write_bytes(b"rubbish\n")
    with store.lock("INC-3", "20261123T092213Z-INC-3"):
        rows = {row.run.split("-", 1)[1]: (row.status, row.verdict) for row in store.list()}
    assert rows == {
        "INC-4": ("cut off", None), "INC-3": ("running", None), "INC-2": ("cut off", None), "INC-1": ("finished", "confirmed"),
    }  # fmt: skip


def test_a_run_is_found_by_id_beginning_or_incident(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for run in ("20261123T092211Z-INC-1", "20261123T092311Z-INC-1", "20261124T092211Z-INC-2"):
        journal(store.journal_path(run))
    assert store.find("20261123T092211Z-INC-1").stem == "20261123T092211Z-INC-1"
    assert store.find("20261124").stem == "20261124T092211Z-INC-2"
    assert store.find("INC-1").stem == "20261123T092311Z-INC-1"
    for name in ("2026", "nothing", "../../etc/passwd", ""):
        with pytest.raises(BadInput):
            store.find(name)


def test_observations_are_numbered_and_survive_json() -> None:
    evidence = Evidence()
    first = evidence.add(
        tool="t", arguments={"a": 1}, status="ok", data=[{"x": None}], source="s", observed_at=NOW, summary="é"
    )
    assert first.id == "E1"
    assert "E1" in evidence
    assert "E2" not in evidence
    assert Observation.from_json(json.loads(json.dumps(first.to_json()))) == first
