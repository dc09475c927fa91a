"""What reaches the program as octets: each broken one is read or refused with the error that says so."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from noc_agent.snmp import STANDARD_COLUMNS, RecordingFile
from tests.fuzz.machine import MEGABYTES, fuzz, mutated
from tests.fuzz.octets import AT, octet_doors
from tests.live import BUNDLED

INPUTS = int(os.environ.get("FUZZ", "1000"))  # of each kind


@pytest.mark.parametrize("place", range(8))
def test_octets(place: int, tmp_path: Path) -> None:
    """Every input is read or refused; something must be too broken for a door that refuses at all."""
    door = octet_doors(tmp_path)[place]
    made = fuzz(door, INPUTS, place)
    assert made.broken == (), door.name
    assert made.grown_mb < MEGABYTES
    assert made.refused < INPUTS
    assert made.refused or not door.refusals


def test_no_door_is_left_out(tmp_path: Path) -> None:
    assert len(octet_doors(tmp_path)) == 8


BREAK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from noc_agent.history import HistoryUnavailable, open_history
try:
    with open_history(Path(sys.argv[1])) as history:
        for poll in history.polls():
            [reply.unpack() for reply in history.replies(poll.at, ["h3"])]
except (HistoryUnavailable, ValueError) as error:
    print(type(error).__name__)
"""


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_history_that_was_damaged_is_named_and_kills_nothing(tmp_path: Path) -> None:
    """The database is a library's in C++: each file is opened in a process of its own."""
    from noc_agent.history.packing import pack_reply  # noqa: PLC0415
    from noc_agent.history.store import FILE, Row, open_history  # noqa: PLC0415

    reply = RecordingFile(sorted((BUNDLED / "snmp/h3").iterdir())[0]).reply("h3", AT, STANDARD_COLUMNS)
    with open_history(tmp_path, write=True) as history:
        assert history is not None
        history.add(AT, 1.0, [Row("h3", "", 1.0, 3, pack_reply(reply, {}))], None)
    whole, dice, ended = (tmp_path / FILE).read_bytes(), random.Random(9), dict[int, int]()
    for n in range(max(20, INPUTS // 2000)):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / FILE).write_bytes(next(mutated(dice, [whole])))
        done = subprocess.run(
            [sys.executable, "-c", BREAK, str(folder)], capture_output=True, text=True, timeout=60, check=False
        )
        ended[done.returncode] = ended.get(done.returncode, 0) + 1
        assert done.returncode == 0, (n, done.stderr[-1500:])
        shutil.rmtree(folder)
