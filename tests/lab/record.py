"""A fault recorded as contracts.md has a case: two polls of history, the fault, two polls of it, the logs, the truth."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.lab.converged import await_converged
from tests.lab.faults.model import Fault, injected
from tests.lab.lab import Lab, require_room
from tests.lab.poll import poll, tune
from tests.lab.proof.healthy import late
from tests.lab.proof.recorded import Recorded
from tests.lab.sessions import births, changed, unexplained
from tests.lab.shell import LabError
from tests.networks.site import write_site

HISTORY, SETTLE, APART = 8.0, 13.0, 22.0
"Seconds between the polls before, from the injection to the first poll after, and between those."
LOGS = ("syslog.log", "traps.log")
VAGUE = "Monitoring raised alarms for this site. Users may be affected. Find out what is wrong."
TOLD = 0.6
"The share of incidents whose reporter knew what hurts."


class Useless(LabError):
    """A recording that is no case: the machine was too busy, or the files do not show the fault. The lab itself is well."""


@dataclass(frozen=True, slots=True)
class Recording:
    folder: Path
    seconds: float
    "From the first poll to the last."
    heal_seconds: float


def record(
    lab: Lab, folder: Path, faults: Sequence[Fault], *, seed: int, intent: bool, truth: bool = True
) -> Recording:
    """Record these faults, or none, into `folder`. With `truth` false what is done is benign: the case is healthy.

    Raises Useless where something happened that no fault explains: then a busy machine was recorded, and no network.
    """
    begun = time.monotonic()
    chance = random.Random(f"record/{seed}")
    folder.mkdir(parents=True, exist_ok=True)
    write_site(lab.plan, folder, intent=intent, recorded=True)
    require_room(lab)
    if injected(lab):
        raise LabError("something is broken on purpose: mend it first (python -m tests.lab heal)")
    tune(lab)
    marks = {name: size(lab.logs / name) for name in LOGS}
    before = births(lab)
    poll(lab, folder / "snmp")
    time.sleep(HISTORY)
    since = poll(lab, folder / "snmp")
    try:
        _inject(lab, faults)
        poll(lab, folder / "snmp")
        time.sleep(APART)
        until = poll(lab, folder / "snmp")
        seconds = time.monotonic() - begun
        lost = unexplained(changed(before, births(lab)), faults if truth else ())
        for name, mark in marks.items():
            copy_from(lab.logs / name, mark, folder / "logs" / name)
    finally:
        heal_seconds = _heal(lab, faults)
    write_incident(folder / "incident.yaml", faults, chance, since, until)
    write_truth(folder / "truth.yaml", faults if truth else ())
    if lost:
        raise Useless(f"disturbed, {len(lost)} sessions changed, as {lost[0]}")
    if why := late(Recorded(folder)):
        raise Useless(f"disturbed, {why}")
    return Recording(folder, seconds, heal_seconds)


def _inject(lab: Lab, faults: Sequence[Fault]) -> None:
    begun = time.monotonic()
    for fault in faults:
        fault.be(lab)
    time.sleep(max(4.0, SETTLE - (time.monotonic() - begun)))


def _heal(lab: Lab, faults: Sequence[Fault]) -> float:
    """Heal those of these faults that stand."""
    begun = time.monotonic()
    standing = injected(lab)
    for fault in reversed(faults):
        if fault in standing:
            fault.end(lab)
    await_converged(lab)
    return time.monotonic() - begun


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def copy_from(source: Path, mark: int, target: Path) -> None:
    """Copy what a log got since it was `mark` octets long."""
    target.parent.mkdir(exist_ok=True)
    with source.open("rb") as read, target.open("wb") as write:
        read.seek(mark)
        shutil.copyfileobj(read, write)


def write_incident(
    path: Path, faults: Sequence[Fault], chance: random.Random, since: datetime, until: datetime
) -> None:
    """What the NOC was told: what hurts, of one of the faults, or only that there are alarms."""
    told = bool(faults) and chance.random() < TOLD
    title = chance.choice(faults).title if told else "Alarms on the site"
    number = chance.randint(1000, 9999)
    opened = datetime.now(UTC)
    lines = [
        f"id: INC-{number}",
        f"title: {json.dumps(title)}",
        f"description: {json.dumps(f'{title}.' if told else VAGUE)}",
        "severity: major",
        f'opened_at: "{opened:%Y-%m-%dT%H:%M:%SZ}"',
        f'since: "{since:%Y-%m-%dT%H:%M:%SZ}"',
        f'until: "{until:%Y-%m-%dT%H:%M:%SZ}"',
    ]
    path.write_text("\n".join(lines) + "\n")


def write_truth(path: Path, faults: Sequence[Fault]) -> None:
    lines = ["faults:"] if faults else ["faults: []"]
    for fault in faults:
        lines.append(f"  - fault: {fault.kind}")
        lines.append(f"    resource: {fault.resource}")
        if fault.also:
            lines.append("    also:")
            lines += [f"      - {{fault: {kind}, resource: {resource}}}" for kind, resource in fault.also]
    path.write_text("\n".join(lines) + "\n")


def write_live_site(lab: Lab, folder: Path, *, intent: bool) -> None:
    """A site.yaml that polls the running lab and reads its collector's logs."""
    write_site(lab.plan, folder, intent=intent, recorded=False)
    path = folder / "site.yaml"
    path.write_text(path.read_text().replace("logs: [logs/*.log]", f"logs: ['{lab.logs.resolve()}/*.log']"))
