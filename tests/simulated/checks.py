"""What a site's monitoring sees: pings, pages and names that some devices try again and again, and what comes of each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import prod

from tests.simulated.forwarding import Way, walk
from tests.simulated.layer2 import hears
from tests.simulated.world import Check, Device, Nic, Outcome, World

SERVICES = {"http": ("tcp", 80), "dns": ("udp", 53)}
TOOLS = ("sla-probe", "nagios")
MEASURING_ROUTERS = ("ios", "junos")  # by IP SLA and by RPM
TARGETS = 6
LOSSY, DEAD = 0.03, 0.6  # shares of packets


def choose_checks(world: World) -> Iterator[Check]:
    """Who checks what: the probes, else a server, and two edge routers whose make can; nobody checks itself."""
    draw = random.Random(f"checks/{world.plan.name}/{world.seed}")
    devices = list(world.devices.values())
    able = [device for device in devices if device.node.address and device.up and device.answers]
    servers = [device for device in able if device.node.role == "server"]
    probers = [device for device in able if device.node.role == "probe"][:2] or servers[-1:]
    edges = [device for device in able if device.node.role in ("access", "leaf", "router")]
    probers += [device for device in edges if device.vendor.platform in MEASURING_ROUTERS][:2]
    outside = [device for device in devices if device.node.role == "external"][:2]
    targets = [*[server for server in servers if server.node.services][:4], *outside]
    targets += draw.sample(servers, min(len(servers), TARGETS - len(targets))) if len(targets) < TARGETS else []
    for prober in probers:
        prober.monitor = draw.choice(TOOLS) if prober.vendor.platform == "linux" else prober.vendor.platform
        for target in dict.fromkeys(targets):
            if target is not prober:
                yield from _of(prober, target)


def _of(prober: Device, target: Device) -> Iterator[Check]:
    address = address_of(target)
    for kind in ("icmp", *(kind for kind in SERVICES if kind in target.node.services)):
        yield Check(prober.name, kind, target.name, address)


def address_of(device: Device) -> str:
    """The one that others know it by."""
    if device.node.loopback:
        return str(device.node.loopback.ip)
    return next(str(nic.address.ip) for nic in device.nics.values() if nic.address)


def settle_checks(world: World) -> None:
    world.checks = {check: _outcome(world, check) for check in world.checks}


def path_of(world: World, check: Check) -> tuple[Way, Way] | None:
    """There and back; nothing where one of the two does not get there."""
    prober, target = world.devices[check.prober], world.devices[check.target]
    there, end, _ = walk(world, prober, check.address, 0)
    back, home, _ = walk(world, target, address_of(prober), 0)
    return (there, back) if end == home == "delivered" and prober.up and target.up else None


def _outcome(world: World, check: Check) -> Outcome:
    target = world.devices[check.target]
    ways = path_of(world, check)
    if ways is None or _filtered(check, target, ways[0]):
        return Outcome("down", loss=1.0)
    if check.kind in SERVICES and SERVICES[check.kind] not in target.listening:
        return Outcome("down", loss=1.0)
    pairs = [pair for way in ways for pair in way]
    lines = [out.line for out, _ in pairs if out.line]
    loss = 1 - prod(hears(entry) for _, entry in pairs)
    if loss > DEAD or (check.kind == "http" and any(line.large_lost for line in lines)):
        return Outcome("down", loss=1.0)
    rtt = 0.3 + sum(line.delay for line in lines)
    if check.kind == "dns" and target.wrong_record:
        return Outcome("wrong", rtt, answer=target.wrong_record)
    if check.kind == "icmp" and loss > LOSSY:
        return Outcome("loss", rtt, loss)
    return Outcome("slow" if rtt > 2 * world.usual.get(check, rtt) + 10 else "ok", rtt)


def _filtered(check: Check, target: Device, way: Way) -> bool:
    ends: set[Nic] = {nic for pair in way for nic in pair}
    return check.kind in target.acl or any(check.kind in nic.acl for nic in ends)
