"""The program many times over, each run a process of its own that has its modules already: for tests that kill it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Done:
    """A run that ended. `code` is negative where a signal ended it."""

    code: int
    stdout: str
    stderr: str


class Program:
    """Started once; every `start` is a fork of it that runs one command line with an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        command = [sys.executable, "-m", "tests.forking"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, words: Sequence[str], env: Mapping[str, str]) -> int:
        """The pid of a run."""
        self._say({"words": list(words), "env": dict(env), "out": str(self._out), "err": str(self._err)})
        return int(self._heard())

    def wait(self, seconds: float) -> Done | None:
        """The run's end; None if it does not come in that time."""
        self._say({"wait": seconds})
        told = self._heard()
        return None if told is None else Done(told, self._out.read_text(), self._err.read_text())

    def run(self, words: Sequence[str], env: Mapping[str, str]) -> Done:
        self.start(words, env)
        done = self.wait(300)
        assert done is not None
        return done

    def _say(self, what: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    """Import what a run imports; then fork for every line of standard input."""
    import time  # noqa: PLC0415

    import jinja2.sandbox  # noqa: F401, PLC0415
    import openai  # noqa: F401, PLC0415

    import noc_agent.agent.runs  # noqa: PLC0415
    import noc_agent.models.wire  # noqa: PLC0415
    import noc_agent.report.terminal  # noqa: F401, PLC0415
    from noc_agent.cli import main as run  # noqa: PLC0415

    pid = 0
    for line in sys.stdin:
        task = json.loads(line)
        if "wait" not in task:
            pid = os.fork()
            if pid == 0:
                _become(task)
                run()
                os._exit(0)
            print(pid, flush=True)
            continue
        until, ended = time.monotonic() + task["wait"], (0, 0)
        while ended == (0, 0) and time.monotonic() < until:
            ended = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.004)
        print("null" if ended == (0, 0) else os.waitstatus_to_exitcode(ended[1]), flush=True)


def _become(task: Mapping[str, Any]) -> None:
    """The child: the command line, environment and files of a process of its own."""
    os.environ.clear()
    os.environ.update(task["env"])
    sys.argv = ["noc-agent", *task["words"]]
    for number, name in ((1, "out"), (2, "err")):
        descriptor = os.open(task[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


if __name__ == "__main__":
    main()
