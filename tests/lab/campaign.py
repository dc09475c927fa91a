"""Many recordings: the labs of a set one after the other, or some at a time; resumed where it was left."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

from tests.lab.converged import await_converged
from tests.lab.decks import Stand, Wanted, stands
from tests.lab.draw import drawn
from tests.lab.evidence import rows
from tests.lab.faults.model import Fault, NoPlace
from tests.lab.faults.steps import Power, Wires
from tests.lab.lab import Lab, up
from tests.lab.proof.recorded import Recorded
from tests.lab.record import Useless, record
from tests.lab.shell import LabError
from tests.lab.standing import PREFIX, RUNNING, clean

TRIES = 3
SETTLE, LONG_SETTLE = 6.0, 20.0
"Seconds for the network to be quiet after a heal; LLDP forgets a neighbor after 15."


class Campaign:
    """Records the cases that a folder lacks, some labs at a time, until all are there or the time is over."""

    def __init__(self, folder: Path, hours: float) -> None:
        self.folder = folder
        self.deadline = time.monotonic() + hours * 3600
        self.ended = threading.Event()
        self._begun: set[Path] = set()
        self._lock = threading.Lock()

    def run(self, names: list[str], labs: int) -> None:
        sets = [
            [(self.folder / name if len(names) > 1 else self.folder, stand) for stand in stands(name)] for name in names
        ]
        rows = [each for row in zip_longest(*sets) for each in row if each]
        try:
            with ThreadPoolExecutor(labs) as pool:
                try:
                    for _ in pool.map(lambda row: self.lab(*row), rows):
                        pass
                except BaseException:
                    # What goes on in a lab that is gone ends soon, and the pool waits for it.
                    self.ended.set()
                    self.clean()
                    raise
        finally:
            self.clean()

    def clean(self) -> None:
        for folder in list(self._begun):
            clean(folder)

    @property
    def over(self) -> bool:
        return self.ended.is_set() or time.monotonic() > self.deadline

    def say(self, text: str) -> None:
        with self._lock:
            (self.folder / "campaign.log").open("a").write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def lab(self, folder: Path, stand: Stand) -> None:
        """Record what one lab's share lacks; a lab in which something failed is not used again."""
        lab: Lab | None = None
        for wanted in stand.wanted:
            for attempt in range(TRIES):
                if self.over or (folder / wanted.name).exists():
                    break
                try:
                    lab = lab or self.start(stand, folder, wanted)
                    self.case(lab, folder / wanted.name, wanted, attempt)
                except (LabError, NoPlace, OSError, AssertionError) as why:
                    self.say(
                        f"{folder.name}/{wanted.name} {'+'.join(wanted.kinds)} in {stand.plan}: thrown away: {why}"
                    )
                    if not isinstance(why, Useless):
                        self.stop(lab)
                        lab = None
        self.stop(lab)

    def start(self, stand: Stand, folder: Path, wanted: Wanted) -> Lab:
        begun = time.monotonic()
        name = f"{os.getpid()}-{folder.name}-{wanted.name}"
        self._begun.add(RUNNING / f"{PREFIX}{name}")
        lab = up(drawn(stand.plan), audit=stand.audit, name=name)
        try:
            await_converged(lab)
        except BaseException:
            self.stop(lab)
            raise
        self.say(f"{stand.plan} up in {time.monotonic() - begun:.0f} s{', audit' if stand.audit else ''}")
        time.sleep(LONG_SETTLE)
        return lab

    def stop(self, lab: Lab | None) -> None:
        if lab:
            clean(lab.folder)
            self._begun.discard(lab.folder)

    def case(self, lab: Lab, target: Path, wanted: Wanted, attempt: int) -> None:
        """Record one case; only what was verified and undisturbed gets its name."""
        broken = wanted.choose(lab.plan, attempt)
        part = target.with_name(f".{target.name}")
        shutil.rmtree(part, ignore_errors=True)
        made = record(lab, part, broken, seed=wanted.seed, intent=wanted.intent, truth=not wanted.benign)
        what = " + ".join(f"{fault.kind} {fault.resource}" for fault in broken) or "quiet"
        if hidden := [row for row in rows(Recorded(part)) if not row.seen]:
            keep = part.with_name(f".no-{target.name}-{attempt}")
            shutil.rmtree(keep, ignore_errors=True)
            part.rename(keep)
            raise Useless(f"{what}: {hidden[0].why}")
        part.rename(target)
        self.say(
            f"{target.parent.name}/{target.name} {what}: {made.seconds:.0f} s, healed in {made.heal_seconds:.0f} s"
        )
        time.sleep(max(settle(fault) for fault in broken) if broken else 0.0)


def settle(fault: Fault) -> float:
    steps = (*fault.inject, *fault.heal)
    return LONG_SETTLE if any(isinstance(step, (Power, Wires)) for step in steps) else SETTLE


def described(names: list[str]) -> Iterator[str]:
    """What would be recorded, for people."""
    for name in names:
        for stand in stands(name):
            for wanted in stand.wanted:
                yield f"{name}/{wanted.name} {stand.plan} {'+'.join(wanted.kinds) or 'quiet'}"
