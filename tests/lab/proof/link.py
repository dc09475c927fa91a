"""Proofs of faults of cables, circuits and ports."""

from __future__ import annotations

from tests.lab.proof.model import (
    ADMIN,
    DOWN,
    IN,
    IN_ERRORS,
    IN_MANY,
    MTU,
    OPER,
    OUT,
    OUT_DISCARDS,
    UP,
    check,
    lost_bgp,
    lost_ospf,
    polled,
    probed,
    stays_up,
)
from tests.lab.proof.recorded import BEFORE, LATE, Port, Recorded, ends

DUPLEX, IN_OCTETS, OUT_OCTETS = "10.7.2.1.19", "31.1.1.1.6", "31.1.1.1.10"


@check("link_down")
def link_down(case: Recorded, resource: str) -> str:
    """ifOperStatus of both ends 2, ifAdminStatus 1; before it was 1."""
    seen = [(case.of(end, OPER, BEFORE), case.of(end, OPER, LATE), case.of(end, ADMIN, LATE)) for end in polled(case, resource)]  # fmt: skip
    return f"ifOperStatus 1 then 2 at {len(seen)} ends" if seen and all(each == (UP, DOWN, UP) for each in seen) else ""


@check("interface_admin_down")
def interface_admin_down(case: Recorded, resource: str) -> str:
    """ifAdminStatus 2; before it was 1."""
    (end,) = ends(resource)
    return "ifAdminStatus 1 then 2" if (case.of(end, ADMIN, BEFORE), case.of(end, ADMIN, LATE)) == (UP, DOWN) else ""


@check("link_flap")
def link_flap(case: Recorded, resource: str) -> str:
    """At least four log lines of one end tell of link changes."""
    # The words of each dialect differ; that the port is named in each change does not.
    lines = max(len(case.said(rf"\b{end.name}\b.*(?i:link|carrier|down|up)", end.device)) for end in polled(case, resource))  # fmt: skip
    return f"{lines} log lines of link changes at one end" if lines >= 4 else ""


def deaf(case: Recorded, end: Port) -> bool:
    """Whether an end that received before the fault receives nothing now."""
    packets = sum(case.grown(end, column) for column in (IN, IN_MANY))
    return sum(case.grown(end, column, -4, BEFORE) for column in (IN, IN_MANY)) > 0 and packets <= 3


@check("link_unidirectional", "circuit_blackhole")
def nothing_arrives(case: Recorded, resource: str) -> str:
    """Both ends up; the packets received at an end stand still (IF-MIB), or the session over it is gone."""
    near = polled(case, resource)
    silent = [end for end in near if deaf(case, end)]
    if silent and all(stays_up(case, end) for end in near):
        return f"up, and nothing received at {', '.join(end.device for end in silent)}"
    lost = [end for end in near if stays_up(case, end) and (lost_ospf(case, end) or lost_bgp(case, end))]
    return f"up, and no session at {lost[0].device}" if lost else ""


def lost_share(case: Recorded, resource: str) -> float:
    """What both directions of a link lose together between the incident's polls, by the packets that its ends count."""
    one, other = ends(resource)
    counts = [case.grown(*each) for each in ((one, OUT), (one, IN), (other, OUT), (other, IN))]
    if min(counts) < 30:
        return 0.0
    return 1 - (counts[3] / counts[0]) * (counts[1] / counts[2])


@check("link_packet_loss")
def link_packet_loss(case: Recorded, resource: str) -> str:
    """The packet counters of the two ends differ, or the probe's log tells of loss."""
    share = lost_share(case, resource)
    if share > 0.04:
        return f"the ends' counters differ by {share:.0%}"
    lines = probed(case, "LOSS", "DOWN")
    return f"{len(lines)} lines of a probe that loses packets" if lines else ""


@check("link_packet_corruption")
def link_packet_corruption(case: Recorded, resource: str) -> str:
    """ifInErrors of an end grows."""
    worst = max(case.grown(end, IN_ERRORS) for end in polled(case, resource))
    old = max(case.grown(end, IN_ERRORS, -4, BEFORE) for end in polled(case, resource))
    return f"ifInErrors +{worst}" if worst >= 5 and worst > 3 * old else ""


@check("duplex_mismatch")
def duplex_mismatch(case: Recorded, resource: str) -> str:
    """dot3StatsDuplexStatus half at one end, full at the other; before it was full at both."""
    states = {case.of(end, DUPLEX, LATE) for end in polled(case, resource)}
    old = {case.of(end, DUPLEX, BEFORE) for end in polled(case, resource)}
    return "dot3StatsDuplexStatus half at one end, full at the other" if states == {2, 3} and 2 not in old else ""


@check("link_capacity_bottleneck")
def link_capacity_bottleneck(case: Recorded, resource: str) -> str:
    """ifOutDiscards of an end grows, or the packet counters of the two ends differ."""
    dropped = max(case.grown(end, OUT_DISCARDS) for end in polled(case, resource))
    if dropped >= 10:
        return f"ifOutDiscards +{dropped}"
    share = lost_share(case, resource) if len(polled(case, resource)) == 2 else 0.0
    return f"the ends' counters differ by {share:.0%}" if share > 0.04 else ""


@check("link_latency")
def link_latency(case: Recorded, _: str) -> str:
    """The probe's log tells that a target answers slowly."""
    lines = probed(case, "SLOW")
    return f"{len(lines)} lines of a probe that finds it slow" if lines else ""


@check("path_mtu_blackhole")
def path_mtu_blackhole(case: Recorded, resource: str) -> str:
    """Both ends up; the packets received are much smaller than the packets sent (octets by packets)."""
    one, other = ends(resource)
    if any(case.of(end, OPER, LATE) != UP for end in polled(case, resource)):
        return ""
    for sender, receiver in ((one, other), (other, one)):
        sent, arrived = mean_size(case, sender, OUT_OCTETS, OUT), mean_size(case, receiver, IN_OCTETS, IN)
        if sent > 1.15 * arrived > 0:
            return f"packets of {sent:.0f} octets sent, of {arrived:.0f} received"
    return ""


def mean_size(case: Recorded, end: Port, octets: str, packets: str) -> float:
    """The mean octets of a packet between the incident's polls."""
    counted = case.grown(end, packets)
    return case.grown(end, octets) / counted if counted > 0 else 0.0


@check("mtu_mismatch")
def mtu_mismatch(case: Recorded, resource: str) -> str:
    """ifMtu differs between the ends, before it did not; ospfNbrState is no longer full."""
    near = polled(case, resource)
    now, old = ({case.of(end, MTU, at) for end in near} for at in (LATE, BEFORE))
    stuck = any(lost_ospf(case, end) for end in near)
    return f"ifMtu {sorted(filter(None, now))}, neighbor not full" if len(now) == 2 and len(old) == 1 and stuck else ""


@check("miscabling")
def miscabling(case: Recorded, resource: str) -> str:
    """lldpRemSysName and lldpRemPortId of a port are others than before."""
    for end in polled(case, resource):
        old, now = (case.heard(end.device, at).get(end.name, "") for at in (BEFORE, LATE))
        if old and now and old != now:
            return f"lldpRem of {end.device}/{end.name}: {old} then {now}"
    return ""
