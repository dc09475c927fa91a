"""`python -m tests.simulated`: write a recorded case of a simulated site."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.networks.graphml import draw_graphml
from tests.networks.plan import Plan
from tests.simulated.case import NoPlaceError, simulate, write_case
from tests.simulated.faults import BENIGN, FAULTS
from tests.simulated.large import DRAWERS, draw

MOST_DEVICES = 6000


def main() -> int:
    options = _options()
    if options.list:
        print("\n".join([*FAULTS, *(f"{name}  (no fault)" for name in BENIGN)]))
        return 0
    try:
        faults = _faults(options.fault)
        plan = _plan(options)
        began = time.monotonic()
        run = simulate(plan, options.seed, faults, noise=not options.quiet)
        write_case(run, options.out, options.seed, intent=not options.no_intent)
    except (NoPlaceError, ValueError, OSError) as error:
        print(f"tests.simulated: {error}", file=sys.stderr)
        return 4
    print(f"{options.out}: {len(plan.nodes)} nodes, {len(run.dumps)} polls of devices, {len(run.events)} events, "
          f"{time.monotonic() - began:.1f} s")  # fmt: skip
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.simulated", description=__doc__)
    parser.add_argument("--kind", default="metro", choices=sorted(DRAWERS))
    parser.add_argument("--graphml", type=Path, help="a topology to use in place of a drawn one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=int, default=30)
    parser.add_argument("--fault", action="append", default=[], help="a kind, two joined by +, or `healthy`")
    parser.add_argument("--out", type=Path, default=Path("case"))
    parser.add_argument("--quiet", action="store_true", help="without what is wrong since long")
    parser.add_argument("--no-intent", action="store_true")
    parser.add_argument("--list", action="store_true", help="the kinds that can be injected")
    return parser.parse_args()


def _faults(words: list[str]) -> list[str]:
    names = [name for word in words for name in word.split("+") if name != "healthy"]
    for name in names:
        if name not in FAULTS | BENIGN:
            raise ValueError(f"--fault: {name!r} is no kind that is simulated; see --list")
    return names


def _plan(options: argparse.Namespace) -> Plan:
    if not 5 <= options.devices <= MOST_DEVICES:
        raise ValueError(f"--devices: {options.devices} is out of range; 5 to {MOST_DEVICES}")
    if options.graphml:
        return draw_graphml(options.graphml, options.seed)
    return draw(options.kind, options.seed, options.devices)


if __name__ == "__main__":
    sys.exit(main())
