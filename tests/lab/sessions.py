"""The routers' sessions and since when each stands: what changed meanwhile, and what of it no fault explains."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.lab.daemons.frr import direct
from tests.lab.faults.model import Fault
from tests.lab.faults.steps import Wires
from tests.lab.lab import Lab
from tests.networks.plan import Node, Plan

CLOSE = 4.0
"Seconds by which two readings of one session's age may differ."
SWITCHED = ("stp_loop", "broadcast_storm")
"Kinds that overload a whole subnet: no session is unrelated to them."
ELSEWHERE = (
    "dns_service_down", "http_service_down", "dhcp_service_down", "dhcp_relay_down", "dns_record_error", "dhcp_pool_exhausted",
    "icmp_acl_block", "http_acl_block", "dns_port_blocked", "host_incorrect_gateway", "disk_full", "static_blackhole",
)  # fmt: skip
"Kinds that touch no routing session at all."


@dataclass(frozen=True, order=True, slots=True)
class Session:
    """A session as one of its ends has it. `direct`: over a link, not between loopbacks."""

    protocol: str
    near: str
    far: str
    address: str
    direct: bool


Births = Mapping[Session, float]


def births(lab: Lab) -> dict[Session, float]:
    """Every session that stands, and when it began, by this machine's clock."""
    found: dict[Session, float] = {}
    owners = owner(lab.plan)
    for node in lab.plan.nodes:
        if node.is_router and lab.nodes[node.name].alive:
            found |= _ospf(lab, node, owners)
            found |= _bgp(lab, node, owners)
    return found


def owner(plan: Plan) -> dict[str, str]:
    """Which node has an address."""
    found = {f"{port.address.ip}": node.name for node in plan.nodes for port in node.ports if port.address}
    return found | {f"{node.loopback.ip}": node.name for node in plan.nodes if node.loopback}


def _ospf(lab: Lab, node: Node, owners: Mapping[str, str]) -> dict[Session, float]:
    if not any(port.ospf for port in node.ports):
        return {}
    rows = lab.json(node.name, "show ip ospf neighbor").get("neighbors", {})
    now = time.time()
    return {
        Session("ospf", node.name, owners.get(row["ifaceAddress"], ""), row["ifaceAddress"], True): now - row["upTimeInMsec"] / 1000
        for each in rows.values()
        for row in each
        if row.get("nbrState", "").startswith("Full")
    }  # fmt: skip


def _bgp(lab: Lab, node: Node, owners: Mapping[str, str]) -> dict[Session, float]:
    if not node.neighbors:
        return {}
    rows = lab.json(node.name, "show bgp ipv4 unicast summary").get("peers", {})
    now = time.time()
    return {
        Session("bgp", node.name, owners.get(address, ""), address, direct(node, address) is not None): now - row["peerUptimeMsec"] / 1000
        for address, row in rows.items()
        if row.get("state") == "Established"
    }  # fmt: skip


def changed(before: Births, after: Births) -> list[Session]:
    """The sessions that are gone or began anew."""
    return sorted(each for each, born in before.items() if abs(after.get(each, 0.0) - born) > CLOSE)


def unexplained(sessions: Iterable[Session], faults: Iterable[Fault]) -> list[Session]:
    """Those of them that none of these faults can have ended."""
    faults = list(faults)
    kinds = {fault.kind for fault in faults}
    if kinds & {*SWITCHED}:
        return []
    if kinds <= {*ELSEWHERE}:
        return list(sessions)
    near = {node for fault in faults for node in touched(fault)}
    # A session between loopbacks goes a way that any fault may be on.
    return [each for each in sessions if each.direct and not near & {each.near, each.far}]


def touched(fault: Fault) -> set[str]:
    """The nodes that a fault names or acts on."""
    found = {step.node for step in fault.inject if not isinstance(step, Wires)}
    for resource in (fault.resource, *(where for _, where in fault.also)):
        sort, _, place = resource.partition("/")
        if sort != "prefix":
            found |= {end.split("/")[0] for end in place.split("--")}
    return found
