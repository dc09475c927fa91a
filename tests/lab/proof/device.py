"""Proofs of faults of devices."""

from __future__ import annotations

from tests.lab.proof.model import DOWN, OPER, UP, check
from tests.lab.proof.recorded import BEFORE, LATE, Port, Recorded, device_of


def silent(case: Recorded, device: str) -> bool:
    return bool(case.poll(device, BEFORE)) and not case.poll(device, LATE)


def facing(case: Recorded, device: str) -> list[Port]:
    """The polled ports that face a device."""
    pairs = [(a, b) for a, b in case.links] + [(b, a) for a, b in case.links]
    return [far for near, far in pairs if near.device == device and far.device in case.polled]


@check("node_down")
def node_down(case: Recorded, resource: str) -> str:
    """No answer, and every port that faces the device is down."""
    device = device_of(resource)
    ports = [end for end in facing(case, device) if case.of(end, OPER, BEFORE) == UP and case.poll(end.device, LATE)]
    down = [end for end in ports if case.of(end, OPER, LATE) == DOWN]
    return f"does not answer, {len(down)} ports that face it are down" if silent(case, device) and down == ports else ""


@check("management_unreachable")
def management_unreachable(case: Recorded, resource: str) -> str:
    """No answer, yet the ports that face the device stay up."""
    device = device_of(resource)
    up = [end for end in facing(case, device) if case.of(end, OPER, LATE) == UP]
    return f"does not answer, {len(up)} ports that face it stay up" if silent(case, device) and up else ""


@check("node_restart")
def node_restart(case: Recorded, resource: str) -> str:
    """hrSystemUptime is less than before."""
    device = device_of(resource)
    old, now = (case.number(device, "25.1.1", "0", at) for at in (BEFORE, LATE))
    return f"hrSystemUptime {old} then {now}" if old is not None and now is not None and now < old else ""


@check("cpu_exhaustion")
def cpu_exhaustion(case: Recorded, resource: str) -> str:
    """hrProcessorLoad at 80 or more; before it was less."""
    loads = [max(map(int, case.column(device_of(resource), "25.3.3.1.2", at).values()), default=0) for at in (BEFORE, LATE)]  # fmt: skip
    # Processors are shared by all nodes here: a hog gets what is left, and far more than all of a node's own work.
    return f"hrProcessorLoad {loads[0]} then {loads[1]}" if loads[1] >= 80 > loads[0] else ""


def used(case: Recorded, device: str, index: str, at: int) -> float:
    size, held = (case.number(device, f"25.2.3.1.{column}", index, at) for column in (5, 6))
    return held / size if held is not None and size else 0.0


@check("memory_exhaustion")
def memory_exhaustion(case: Recorded, resource: str) -> str:
    """hrStorageUsed of RAM at 90 % or more; before it was less."""
    shares = [used(case, device_of(resource), "1", at) for at in (BEFORE, LATE)]
    return f"hrStorage of RAM {shares[0]:.0%} then {shares[1]:.0%}" if shares[1] >= 0.9 > shares[0] else ""


@check("disk_full")
def disk_full(case: Recorded, resource: str) -> str:
    """hrStorageUsed of a file system at 95 % or more; before it was less."""
    device = device_of(resource)
    for index, name in case.column(device, "25.2.3.1.3", LATE).items():
        shares = [used(case, device, index, at) for at in (BEFORE, LATE)]
        if name.startswith("/") and shares[1] >= 0.95 > shares[0]:
            return f"hrStorage of {name} {shares[0]:.0%} then {shares[1]:.0%}"
    return ""


@check("routing_daemon_down")
def routing_daemon_down(case: Recorded, resource: str) -> str:
    """hrSWRunName has no ospfd or bgpd any more; the device answers."""
    device = device_of(resource)
    gone = {"ospfd", "bgpd"} & case.programs(device, BEFORE) - case.programs(device, LATE)
    return f"hrSWRunName has no {', '.join(gone)} any more" if gone and case.poll(device, LATE) else ""
