"""A program in a node that wastes its means (`inside/hog.py`): how it begins and ends, and what it really takes."""

from __future__ import annotations

from tests.lab.daemons import services
from tests.lab.faults.model import Check
from tests.lab.faults.steps import Sh


def begin(node: str, words: str) -> tuple[Sh, ...]:
    """The shell notes who it is before it does anything: nobody who begins can be cut short without a trace."""
    return (Sh(node, f"{services.python('hog.py', words)} echo $! >/run/hog.pid"),)


def end(node: str) -> tuple[Sh, ...]:
    return (Sh(node, "kill -9 $(cat /run/hog.pid); rm /run/hog.pid"),)


def grows(node: str, count: str, least: int) -> Check:
    """While the program is there, what the script counts grows by more than so much in a second."""
    script = (
        f"[ -f /run/hog.pid ] || exit 0; a=$({count}); sleep 1; b=$({count}); [ $((b - a)) -gt {least} ] && echo more"
    )
    return Check(node, script, "more")
