"""Whether the journals of a site's runs are as they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.evidence.journal import Record, read_journal

SOUND, CUT_OFF, ALTERED = "sound", "cut off", "altered"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one journal came to. `problem` names file, line and what is wrong; `last_hash` stands for the whole."""

    run: str
    status: str  # sound, cut off, altered
    lines: int
    last_hash: str
    problem: str = ""


def check_run(path: Path) -> Checked:
    """Read a journal of the store against its chain, its seal and its name."""
    try:
        reading = read_journal(path)
        problem = _misnamed(path, reading.records)
        if problem:
            raise BadInput(f"{path.name}: record 1", problem, "give it its own name back")
        ends = [record.n for record in reading.records if record.kind == "end"]
        if ends and ends[0] != len(reading.records):
            raise BadInput(f"{path.name}: record {ends[0] + 1}", "comes after the end of its run", "restore the file")
    except BadInput as error:
        return Checked(path.stem, ALTERED, 0, "", str(error))
    lines, last = len(reading.records), reading.last_hash
    if ends:
        return Checked(path.stem, SOUND, lines, last)
    what = "is incomplete" if reading.torn else "never came"
    problem = (
        f"{path.name}: record {lines + 1}: {what}, the run did not end; go on with `noc-agent runs resume {path.stem}`"
    )
    return Checked(path.stem, CUT_OFF, lines, last, problem)


def _misnamed(path: Path, records: Sequence[Record]) -> str:
    """Where two journals changed their names, each tells the other's run."""
    run = records[0].data.get("run") if records else None
    return "" if run in (None, path.stem) else "is of another run than the file's name says: swapped or renamed"
