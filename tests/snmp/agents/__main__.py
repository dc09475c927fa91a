"""`python -m tests.snmp.agents RECORDING`: agents in a process of their own, until its standard input closes.

It prints their ports in one line. The user of version 3 is `noc`, SHA `authentication` and AES `confidential`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.snmp.agents import Manner, Rows, Served, User, agents

NOC = User("noc", "SHA", "authentication", "AES", "confidential")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recording", type=Path)
    parser.add_argument("--agents", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds from a request to its response")
    parser.add_argument("--dead-every", type=int, default=0, help="every n-th agent is dead")
    options = parser.parse_args()
    rows, every = Rows.of(options.recording), options.dead_every
    manners = [Manner(dead=bool(every) and n % every == every - 1, delay=options.delay) for n in range(options.agents)]
    with agents([Served(rows, manner, user=NOC) for manner in manners]) as places:
        print(*(port for _, port in places), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
