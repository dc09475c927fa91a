"""That a healthy case shows nothing wrong: every device answers, nothing went down, no session ended, no errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.lab.proof.model import ESTABLISHED, FULL, IN_ERRORS, OPER, UP, probed
from tests.lab.proof.recorded import BEFORE, LATE, Port, Recorded
from tests.lab.proof.service import stopped

DELAYING = (
    "link_latency", "link_capacity_bottleneck", "broadcast_storm", "stp_loop", "routing_loop", "cpu_exhaustion", "duplex_mismatch",
)  # fmt: skip
"Kinds that make packets wait, be it in a queue or for a processor."
ONE = 1
"Targets that may be late for a moment: the first packet of a new way waits for ARP."


def healthy(case: Recorded) -> str:
    wrong = list(failures(case))
    return "" if wrong else f"{len(case.polled)} devices answer, no port, session, listener or probe changed"


def failures(case: Recorded) -> Iterator[str]:
    """What speaks against a case's being healthy."""
    yield from changes(case)
    yield from (line for line in probed(case, "DOWN", "LOSS", "SLOW"))


def late(case: Recorded) -> str:
    """Why this is a recording of a busy machine: targets that the probe finds slow, though no fault delays a packet."""
    if any(fault["fault"] in DELAYING for fault in case.truth):
        return ""
    slow = {found[1] for line in probed(case, "SLOW") if (found := re.search(r"target=(\S+) ", line))}
    return f"the probe finds {len(slow)} targets slow for no injected reason" if len(slow) > ONE else ""


def changes(case: Recorded) -> Iterator[str]:
    """What the agents serve that was better before."""
    linked = {end for link in case.links for end in link}
    for device in case.polled:
        if not all(case.poll(device, at) for at in range(-4, 0)):
            yield f"{device} did not answer every poll"
            continue
        up = (case.number(device, "25.1.1", "0", at) or 0 for at in (BEFORE, LATE))
        if next(up) > next(up):
            yield f"{device} restarted"
        for end in (Port(device, name) for name in case.column(device, "31.1.1.1.1", LATE).values()):
            if end in linked and case.of(end, OPER, BEFORE) == UP != case.of(end, OPER, LATE):
                yield f"{device}/{end.name} went down"
            if end in linked and case.grown(end, IN_ERRORS, BEFORE) > 2:
                yield f"{device}/{end.name} counts errors"
        for index, state in case.column(device, "14.10.1.6", BEFORE).items():
            if state == f"{FULL}" != case.poll(device, LATE).get(f"1.3.6.1.2.1.14.10.1.6.{index}"):
                yield f"{device} lost OSPF neighbor {index}"
        now = case.peers(device, LATE)
        yield from (f"{device} lost BGP peer {peer}" for peer, state in case.peers(device, BEFORE).items() if state == ESTABLISHED != now.get(peer))  # fmt: skip
    yield from (f"nothing listens at {device}" for device in stopped(case))
