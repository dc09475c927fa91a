"""Commands on the machine and inside a node's namespaces."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class LabError(Exception):
    """Something of the lab did not work; the text is one line for who started it."""


def run(command: Sequence[str], *, given: str | None = None, timeout: float = 30, check: bool = True) -> str:
    """Run a command and return what it printed; `LabError` where it fails and `check` stands."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        if check:
            raise LabError(f"{' '.join(command)[:120]}: no end within {timeout:.0f} s") from None
        return ""
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        telling = next((line for line in said if "rror" in line), said[-1])
        raise LabError(f"{command[-1][:160]}: {telling.strip()}")
    return done.stdout


def inside(pid: int, script: str, *, timezone: str = "UTC", timeout: float = 30, check: bool = True) -> str:
    """Run a shell script in the namespaces of the process `pid`, in a clean environment."""
    environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "MIBS=", f"TZ={timezone}"]
    words = ["nsenter", "-t", str(pid), "-a", "--", *environment, "sh", "-c", script]
    return run(words, timeout=timeout, check=check)


def detach(
    command: Sequence[str], log: Path, *, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """Begin a program that outlives this one; what it says goes to `log`."""
    with log.open("wb") as said:
        subprocess.run(
            ["setsid", "--fork", *command],
            cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=True,
        )  # fmt: skip
