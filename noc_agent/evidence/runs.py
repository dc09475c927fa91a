"""Where the runs of a site are kept: one journal a run, one lock an incident."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from noc_agent.errors import BadInput, RunBusy
from noc_agent.site.state import private_folder

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_RUN = re.compile(r"[A-Za-z0-9._-]+")
CLOCKS_APART_S = 60.0  # how far the clocks of two hosts may differ, and a run be late


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
    def lock(self, incident: str, run: str, seconds: float = 0.0) -> Iterator[None]:
        """Hold the incident; the lock dies with its owner. Raises RunBusy, OSError where nothing can be written.

        Another host that shares the folder may not see the lock itself: for it stands until when the run may last,
        `seconds` from now.
        """
        private_folder(self._locks)
        path = self._locks / f"{_UNSAFE.sub('-', incident)[:100]}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RunBusy("diagnose", "a run of this incident is under way", _mend(path)) from error
            _check_other_host(path)
            until = time.time() + seconds + CLOCKS_APART_S
            owner = {"pid": os.getpid(), "run": run, "host": socket.gethostname(), "until": int(until)}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(owner).encode(), 0)
            try:
                yield
            finally:
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def list(self) -> tuple[RunInfo, ...]:
        """All runs, the newest first."""
        running = self._running()
        paths = sorted(self._runs.glob("*.jsonl"), key=lambda path: path.name, reverse=True)
        return tuple(_info(path, running) for path in paths)

    def paths(self) -> tuple[Path, ...]:
        """The journals of all runs, and those of which only the seal is left, the oldest first."""
        found = {path.with_suffix(".jsonl") for suffix in ("*.jsonl", "*.seal") for path in self._runs.glob(suffix)}
        return tuple(sorted(found))

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


def _check_other_host(path: Path) -> None:
    """A run on another host that did not say its end, and may still last. Raises RunBusy."""
    owner = _owner(path)
    host, until = owner.get("host"), owner.get("until")
    if not isinstance(until, int) or not isinstance(host, str) or host == socket.gethostname():
        return
    left = until - time.time()
    if left > 0:
        mend = f"wait for it, or remove {path.parent.name}/{path.name} if that host is gone; it counts for {left:.0f} s more"
        raise RunBusy("diagnose", "a run of this incident is under way on another host", mend)


def _mend(path: Path) -> str:
    owner = _owner(path)
    pid, host = owner.get("pid"), owner.get("host")
    if not isinstance(pid, int):
        return "wait for it to end"
    elsewhere = " on another host" if isinstance(host, str) and host != socket.gethostname() else ""
    return f"wait for process {pid}{elsewhere}"
