"""A journal tells of every change made to it, and survives the death of its writer."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.errors import BadInput, RunBusy
from noc_agent.evidence import Evidence, Journal, Observation, RunStore, read_journal

NOW = datetime(2026, 11, 23, 9, 22, 11, tzinfo=UTC)


def journal(path: Path, records: int = 3) -> Path:
    with_head = Journal.create(path, {"run": "r", "incident": {"id": "INC-1"}})
    for n in range(records):
        with_head.append("observation", {"id": f"E{n}", "text": "é \x00 \ud800"})
    with_head.close()
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    reading = read_journal(journal(tmp_path / "runs/a.jsonl"))
    assert [record.kind for record in reading.records] == ["head", "observation", "observation", "observation"]
    assert [record.n for record in reading.records] == [1, 2, 3, 4]
    assert not reading.torn


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = journal(tmp_path / "runs/a.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_every_change_of_a_byte_is_found(tmp_path: Path) -> None:
    path = journal(tmp_path / "a.jsonl", 2)
    whole = path.read_bytes()
    for place in range(len(whole) - 1):  # without its last newline the last record is torn, not altered
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadInput, match=r"a\.jsonl: record \d"):
            read_journal(path)


@pytest.mark.parametrize("change", ["swap", "drop", "repeat"])
def test_reordered_missing_and_repeated_records_are_found(tmp_path: Path, change: str) -> None:
    path = journal(tmp_path / "a.jsonl")
    rows = path.read_bytes().splitlines(keepends=True)
    changed = {
        "swap": [rows[0], rows[2], rows[1], rows[3]],
        "drop": [rows[0], rows[2], rows[3]],
        "repeat": [*rows, rows[-1]],
    }
    path.write_bytes(b"".join(changed[change]))
    with pytest.raises(BadInput, match="record"):
        read_journal(path)


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
