"""Where the runs of a site are kept: one journal a run, one lock an incident."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from noc_agent.errors import BadInput, RunBusy

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_RUN = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One line of `runs list`."""

    run: str
    incident: str
    status: str  # running, cut off, finished
    verdict: str | None


class RunStore:
    """The runs in a site's state folder."""

    def __init__(self, state: Path) -> None:
        self._runs, self._locks = state / "runs", state / "locks"

    def run_id(self, incident: str, now: datetime) -> str:
        """A new run's id: `YYYYMMDDTHHMMSSZ-<incident id>`; where it is taken, the next second that is not."""
        safe, at = _UNSAFE.sub("-", incident)[:100], now.astimezone(UTC)
        while self.journal_path(name := f"{at:%Y%m%dT%H%M%SZ}-{safe}").exists():
            at += timedelta(seconds=1)
        return name

    def journal_path(self, run: str) -> Path:
        return self._runs / f"{run}.jsonl"

    @contextmanager
    def lock(self, incident: str, run: str) -> Iterator[None]:
        """Hold the incident; the lock dies with its owner. Raises RunBusy, OSError where nothing can be written."""
        self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._locks / f"{_UNSAFE.sub('-', incident)[:100]}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RunBusy("diagnose", "a run of this incident is under way", _mend(path)) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "run": run}).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def list(self) -> tuple[RunInfo, ...]:
        """All runs, the newest first."""
        running = self._running()
        paths = sorted(self._runs.glob("*.jsonl"), key=lambda path: path.name, reverse=True)
        return tuple(_info(path, running) for path in paths)

    def _running(self) -> set[str]:
        held = set()
        for path in self._locks.glob("*.lock"):
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    held.add(str(_owner(path).get("run")))
        return held

    def find(self, run: str) -> Path:
        """The journal of a run: its id, a unique beginning of it, or an incident's id for its latest run."""
        if not _RUN.fullmatch(run):
            raise BadInput("run", "no such run", "see `noc-agent runs list`")
        if self.journal_path(run).is_file():
            return self.journal_path(run)
        names = sorted(path.stem for path in self._runs.glob("*.jsonl"))
        started = [name for name in names if name.startswith(run)]
        of_incident = [name for name in names if name.split("-", 1)[-1] == run]
        if len(started) == 1 or of_incident:
            return self.journal_path(of_incident[-1] if of_incident else started[0])
        what = "several runs begin so" if started else "no such run"
        raise BadInput("run", what, "see `noc-agent runs list`")


def _info(path: Path, running: set[str]) -> RunInfo:
    """From the first and last record only; the chain is checked where a run is used."""
    run = path.stem
    incident, verdict, ended = run.split("-", 1)[-1], None, False
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
            file.seek(max(0, path.stat().st_size - 4096))
            last = json.loads(file.read().rstrip(b"\n").rsplit(b"\n", 1)[-1])
        incident = str(head["data"]["incident"]["id"])
        ended = last["kind"] == "end"
        verdict = str(last["data"]["verdict"]) if ended else None
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a broken journal is listed as cut off; `runs show` names what is wrong with it
    return RunInfo(run, incident, "finished" if ended else "running" if run in running else "cut off", verdict)


def _owner(path: Path) -> dict[str, object]:
    try:
        owner = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _mend(path: Path) -> str:
    pid = _owner(path).get("pid")
    return f"wait for process {pid}" if isinstance(pid, int) else "wait for it to end"
