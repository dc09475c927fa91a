"""Faults of packet filters: somebody's access list drops what it should let through."""

from __future__ import annotations

import random

from tests.simulated.checks import address_of, path_of
from tests.simulated.events import Event, port_fields
from tests.simulated.faults.place import Fault, Injection, pick
from tests.simulated.world import Check, Nic, World

PROTOCOLS = {"icmp": ("icmp", "1", "0"), "http": ("tcp", "6", "80"), "dns": ("udp", "17", "53")}
LISTS = ("110", "EDGE-IN", "PROTECT", "acl-user")


def _filter(fault: str, kind: str, world: World, draw: random.Random, until: float) -> Injection | None:
    """On a router between somebody who checks and what is checked; half of the lists log what they drop."""
    places = [
        (check, nic)
        for check, outcome in world.checks.items()
        if check.kind == kind and outcome.state == "ok"
        for nic in _routers_ports(world, check)
    ]
    chosen = pick(draw, places)
    if chosen is None:
        return None
    check, nic = chosen
    nic.acl |= {kind}
    router = nic.device
    also = [(fault, f"node/{router.name}"), (fault, f"node/{check.target}")]
    found = Injection(fault, nic.resource, also)
    if draw.random() < 0.5:
        moment, name = world.now + draw.uniform(1, 30), draw.choice(LISTS)
        while moment < until:
            fields = _fields(world, check, nic) | {"acl": name, "sport": str(draw.randint(32768, 60999))}
            found.events.append(Event(moment, router.name, "deny_icmp" if kind == "icmp" else "deny", fields))
            moment += draw.uniform(25, 90)
    return found


def _routers_ports(world: World, check: Check) -> list[Nic]:
    """The ports of polled routers that a check goes through, but not those of who checks."""
    ways = path_of(world, check)
    crossed = [nic for pair in ways[0] for nic in pair] if ways else []
    return [
        nic
        for nic in crossed
        if nic.device.node.is_router and nic.device.node.address and nic.device.name != check.prober
    ]


def _fields(world: World, check: Check, nic: Nic) -> dict[str, str]:
    protocol, number, port = PROTOCOLS[check.kind]
    return port_fields(nic) | {
        "proto": protocol, "proto_upper": protocol.upper(), "number": number, "dport": port,
        "src": address_of(world.devices[check.prober]), "dst": check.address,
    }  # fmt: skip


def icmp_acl_block(world: World, draw: random.Random, until: float) -> Injection | None:
    return _filter("icmp_acl_block", "icmp", world, draw, until)


def http_acl_block(world: World, draw: random.Random, until: float) -> Injection | None:
    return _filter("http_acl_block", "http", world, draw, until)


def dns_port_blocked(world: World, draw: random.Random, until: float) -> Injection | None:
    return _filter("dns_port_blocked", "dns", world, draw, until)


POLICY_FAULTS: dict[str, Fault] = {
    "icmp_acl_block": icmp_acl_block,
    "http_acl_block": http_acl_block,
    "dns_port_blocked": dns_port_blocked,
}
