"""`python -m tests.mutate CASES OUT`: changed copies of recorded cases."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.evaluation import find_cases
from tests.mutate.clocks import shift, shift_device
from tests.mutate.inventions import INVENTIONS, invent
from tests.mutate.names import rename
from tests.mutate.sources import SOURCES, drop_columns, drop_device, keep_polls
from tests.recorded import Case

Change = Callable[[Case, random.Random], object]


def main() -> int:
    options = _parser().parse_args()
    try:
        found = find_cases([options.cases])
        if options.out.exists():
            raise ValueError(f"{options.out}: is there already")
    except (BadInput, ValueError) as error:
        print(f"tests.mutate: {error}", file=sys.stderr)
        return 4
    steps = changes(options)
    left_out = []
    for one in found:
        case = Case.copy(one.folder, options.out / one.name)
        draw = random.Random(f"mutate/{options.seed}/{one.name}")
        try:
            for step in steps:
                step(case, draw)
        except ValueError as error:
            left_out.append(str(error))
            shutil.rmtree(case.folder)
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    print(f"{options.out}: {len(found) - len(left_out)} cases")
    return 0 if len(left_out) < len(found) else 4


def changes(options: argparse.Namespace) -> list[Change]:
    """What the command line asks for: faults first, and names last, for the words of the others are the old names."""
    steps: list[Change] = [partial(_invent, kind) for kind in options.invent]
    steps += [_alone(drop_device, name) for name in options.device]
    steps += [_alone(SOURCES[name]) for name in options.drop]
    if options.column:
        steps.append(_alone(drop_columns, options.column))
    if options.polls:
        steps.append(_alone(keep_polls, options.polls))
    steps += [_alone(shift_device, *clock) if clock[0] else _alone(shift, clock[1]) for clock in options.shift]
    if options.rename:
        steps.append(rename)
    return steps


def _invent(kind: str, case: Case, draw: random.Random) -> None:
    invent(case, kind, draw)


def _alone(change: Callable[..., object], *words: object) -> Change:
    """A change that draws nothing."""
    return lambda case, _: change(case, *words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.mutate", description=__doc__)
    add = parser.add_argument
    add("cases", type=Path, help="a case, or a folder of some")
    add("out", type=Path, help="a new folder for the changed copies")
    add("--drop", action="append", default=[], choices=sorted(SOURCES), help="a source that the site does not have")
    add("--column", action="append", default=[], help="an OID beneath which no device serves anything")
    add("--device", action="append", default=[], help="a device that is known, yet neither polled nor heard")
    add("--polls", type=int, help="keep only so many polls, the last ones")
    add("--rename", action="store_true", help="other names for devices and interfaces")
    add("--shift", action="append", default=[], type=_clock, metavar="[DEVICE=]SECONDS",
        help="the whole case at another time, or a device whose clock is off since ever")  # fmt: skip
    add("--invent", action="append", default=[], choices=sorted(INVENTIONS), help="a fault in a healthy case")
    add("--seed", type=int, default=1, help="draws names and places")
    return parser


def _clock(word: str) -> tuple[str, int]:
    device, _, seconds = word.rpartition("=")
    return device, int(seconds)


if __name__ == "__main__":
    sys.exit(main())
