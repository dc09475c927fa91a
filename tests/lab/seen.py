"""What the agents of a running lab serve, beside what they served when all was well: tests wait for it, not for the clock."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.lab.evidence import shown
from tests.lab.faults.model import Fault
from tests.lab.lab import Lab
from tests.lab.poll import poll, stamp, tune
from tests.lab.proof.healthy import changes
from tests.lab.proof.recorded import BEFORE, LATE, Recorded
from tests.lab.shell import LabError
from tests.networks.site import write_site

APART = 1.1
"Seconds between two polls, whose names are whole seconds."
PROBE = re.compile(r"SLA-\d-STATE: target=(\S+) state=(\S+)")


class Seen:
    """A case in the making: two polls of when all was well, and the two newest."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.folder, self.kept = lab, folder, set[str]()
        write_site(lab.plan, folder, intent=False, recorded=True)
        (folder / "logs").symlink_to(lab.logs.resolve())
        tune(lab)
        self.kept = self._polls()
        self.await_well()

    def await_shown(self, faults: Sequence[Fault], timeout: float = 60) -> None:
        """Wait until the agents serve what shows each of these faults."""
        self._await(lambda case: [f"{f.kind} {f.resource}" for f in faults if not shown(case, f.truth)], timeout)

    def await_well(self, timeout: float = 90) -> None:
        """Wait until nothing that they serve is wrong, and every neighbor is heard again."""
        self._await(lambda case: list(unwell(case)), timeout)

    def _await(self, lacking: Callable[[Recorded], list[str]], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while rows := lacking(self._now()):
            if time.monotonic() > deadline:
                raise LabError(f"not seen within {timeout:.0f} s: {'; '.join(rows[:4])}")

    def _now(self) -> Recorded:
        for path in (self.folder / "snmp").rglob("*.snmprec.gz"):
            if path.name.split(".")[0] not in self.kept:
                path.unlink()
        self._polls()
        return Recorded(self.folder)

    def _polls(self) -> set[str]:
        """Take two polls; their names."""
        found = set()
        for _ in range(2):
            found.add(stamp(poll(self.lab, self.folder / "snmp")))
            time.sleep(APART)
        return found


def unwell(case: Recorded) -> Iterator[str]:
    yield from changes(case)
    for device in case.polled:
        old, now = (case.heard(device, at) for at in (BEFORE, LATE))
        yield from (f"{device} does not hear {old[port]} on {port}" for port in old if old[port] != now.get(port))
    last = {found[1]: found[2] for line in case.lines if (found := PROBE.search(line))}
    yield from (f"the probe finds {target} {state}" for target, state in last.items() if state != "OK")
