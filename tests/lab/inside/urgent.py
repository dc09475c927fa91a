"""A process that goes before the machine's other work: a cable is not late, nor a measurement wrong, because a processor is busy."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NICE = -10


def urgent() -> None:
    """Where the kernel groups processes by session (sched(7)) it is the group's niceness that counts."""
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(f"{NICE}")
