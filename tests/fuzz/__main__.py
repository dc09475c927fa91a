"""`python -m tests.fuzz N [SEED]`: N broken inputs, shared among all doors; exit 1 where one broke its reader."""

from __future__ import annotations

import sys

from tests.fuzz.doors import all_doors
from tests.fuzz.machine import MEGABYTES, fuzz


def main(inputs: int, seed: int) -> int:
    failed = False
    with all_doors() as found:
        for door in found:
            made = fuzz(door, inputs // len(found), seed)
            print(
                f"{made.door:18} {made.inputs:8} inputs, {made.refused} refused, slowest {made.slowest_s:.2f} s, +{made.grown_mb:.0f} MB, {len(made.broken)} broken",
                flush=True,
            )
            for what, data in made.broken[:3]:
                print(f"  {what}\n  {data[:300]!r}")
            failed = failed or bool(made.broken) or made.grown_mb > MEGABYTES
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
