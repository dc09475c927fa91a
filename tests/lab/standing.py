"""The labs that stand on this machine: found by their folders and processes, loaded, and cleaned."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

RUNNING = Path("/run")
PREFIX = "noc-agent-lab-"
OUTSIDE = ("tests.lab.relay", "tests.lab.traffic")
"The programs of a lab that run outside its nodes."


def words_of(pid: int) -> list[str]:
    """The command line of a process; nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def all_processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def words_of_lab(pid: int) -> list[str]:
    """The command line of a process if a lab began it: a node's shell or what holds it, the wires, the traffic. Whatever else
    has a lab's path on its command line, an editor or a diagnosis of its site, is somebody's own."""
    program, *words = words_of(pid) or [""]
    name = Path(program).name
    begun = "-c" in words if name in ("unshare", "sh") else name.startswith("python") and bool({*words} & {*OUTSIDE})
    return words if begun and pid != os.getpid() else []


def processes(folder: Path) -> list[int]:
    """The processes outside the nodes that belong to a lab, and the nodes' processes 1."""
    own, mark = f"{folder}", f"{folder}/"
    return [pid for pid in all_processes() if any(word == own or word.startswith(mark) for word in words_of_lab(pid))]


def clean(folder: Path) -> None:
    """End everything of a lab, in whatever state it is, and remove its folder."""
    deadline = time.monotonic() + 10
    while (pids := processes(folder)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


def labs() -> list[Path]:
    """The folders of all labs on this machine, and of stale ones whose folder is gone but whose processes live."""
    found = set(RUNNING.glob(f"{PREFIX}*"))
    mark = f"{RUNNING / PREFIX}"
    for pid in all_processes():
        found |= {RUNNING / word.split("/")[2] for word in words_of_lab(pid) if word.startswith(mark)}
    return sorted(found)


def process_of(program: str, word: str) -> int:
    """The process of that program, `sh` or `python`, that has this word on its command line; 0 where none is."""
    for pid in all_processes():
        words = words_of(pid)
        if words and Path(words[0]).name.startswith(program) and word in words[1:]:
            return pid
    return 0


def end_process(folder: Path, pid: int) -> None:
    """End one of the lab's own processes outside the nodes."""
    if pid in processes(folder):
        os.kill(pid, signal.SIGKILL)
