"""The checks by kind, and what several of them look at."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface

from tests.lab.proof.recorded import BEFORE, LATE, Port, Recorded, ends

Check = Callable[[Recorded, str], str]
CHECKS: dict[str, Check] = {}
ADMIN, OPER, MTU, IN_ERRORS, OUT_DISCARDS = "2.2.1.7", "2.2.1.8", "2.2.1.4", "2.2.1.14", "2.2.1.19"
IN, OUT, IN_MANY = "31.1.1.1.7", "31.1.1.1.11", "31.1.1.1.8"
FULL, ESTABLISHED = 8, 6
UP, DOWN = 1, 2


def check(*kinds: str) -> Callable[[Check], Check]:
    """Enter a function as the check of these kinds."""

    def enter(made: Check) -> Check:
        CHECKS.update(dict.fromkeys(kinds, made))
        return made

    return enter


def polled(case: Recorded, resource: str) -> list[Port]:
    return [each for each in ends(resource) if each.device in case.polled]


def stays_up(case: Recorded, where: Port) -> bool:
    return case.of(where, OPER, BEFORE) == case.of(where, OPER, LATE) == UP


def lost_ospf(case: Recorded, end: Port) -> bool:
    return FULL in case.neighbors(end, BEFORE) and FULL not in case.neighbors(end, LATE)


def lost_bgp(case: Recorded, end: Port) -> bool:
    """Whether a BGP session with the other end of the port's /31 or /30 is gone."""
    own = case.address(end)
    before, now = case.peers(end.device, BEFORE), case.peers(end.device, LATE)
    near = [peer for peer in before if own and ip_address(peer) in ip_interface(own).network]
    return any(before[peer] == ESTABLISHED and now.get(peer) != ESTABLISHED for peer in near)


def probed(case: Recorded, *states: str) -> list[str]:
    return case.said(f"SLA-4-STATE: .*state=(?:{'|'.join(states)}) ")
