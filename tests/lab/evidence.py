"""An independent look at recorded cases: does the evidence that each kind needs, or its absence, stand in the files?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.proof import CHECKS
from tests.lab.proof.healthy import failures, healthy
from tests.lab.proof.recorded import BEFORE, Recorded

POLLS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of one fault of one case; an empty `seen` is a failure, and `why` says of what."""

    case: str
    fault: str
    resource: str
    seen: str
    why: str = ""


def rows(case: Recorded) -> Iterator[Row]:
    """One row a fault of the truth; one for a healthy case."""
    name = case.folder.name
    if why := broken(case):
        yield Row(name, "-", "-", "", why)
    elif not case.truth:
        yield Row(name, "healthy", "-", healthy(case), "; ".join(list(failures(case))[:2]))
    else:
        for fault in case.truth:
            yield Row(name, fault["fault"], fault["resource"], shown(case, fault), "its files do not show it")


def shown(case: Recorded, fault: dict) -> str:  # type: ignore[type-arg]
    """What shows a fault, under the first of its names that the files prove."""
    names = [fault, *fault.get("also", ())]
    seen = (CHECKS[each["fault"]](case, each["resource"]) for each in names if each["fault"] in CHECKS)
    return next(filter(None, seen), "")


def broken(case: Recorded) -> str:
    """What must be in no case, whatever its kind."""
    if len(case.times) != POLLS:
        return f"{len(case.times)} polls, not {POLLS}"
    mute = [device for device in case.polled if not case.poll(device, BEFORE)]
    return f"{', '.join(mute)} did not answer before the fault" if mute else ""


def cases(folder: Path) -> list[Recorded]:
    """The cases at and below a folder; those still being recorded have a dot before their name."""
    return [Recorded(path.parent) for path in sorted(folder.rglob("truth.yaml")) if not path.parent.name.startswith(".")]  # fmt: skip


def table(folder: Path) -> Iterator[str]:
    """What a person reads."""
    for case in cases(folder):
        for row in rows(case):
            yield f"{case.folder.parent.name}/{row.case:6} {row.fault:33} {row.resource:45} {row.seen or f'NOT SHOWN: {row.why}'}"
