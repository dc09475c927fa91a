"""What is no fault: changes that do no harm. Each gives an injection without a name."""

from __future__ import annotations

import random

from tests.simulated.events import Event, port_fields
from tests.simulated.faults.link import ospf_port
from tests.simulated.faults.place import Fault, Injection, inner, ospf_lines, pick, polled, routers
from tests.simulated.world import World


def config_change(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, routers(world))
    if device is None:
        return None
    return Injection("", "", events=[Event(world.now + 2, device.name, "config", {})])


def drain(world: World, draw: random.Random, _: float) -> Injection | None:
    """A link is emptied before work on it: the cost goes up at both ends, within what costs are used here."""
    line = pick(draw, ospf_lines(world))
    if line is None:
        return None
    events = []
    for nic in (line.a, line.b):
        assert nic.ospf
        ospf_port(nic, cost=nic.ospf.cost * 4)
        events.append(Event(world.now + draw.uniform(1, 40), nic.device.name, "config", {}))
    return Injection("", "", events=events)


def backup_job(world: World, draw: random.Random, _: float) -> Injection | None:
    """A few flows are many times as large as before, and everything carries them."""
    if not world.flows:
        return None
    chosen = set(draw.sample(range(len(world.flows)), min(len(world.flows), draw.randint(1, 3))))
    world.flows = [(s, t, rate * (1.8 if n in chosen else 1)) for n, (s, t, rate) in enumerate(world.flows)]
    return Injection("", "")


def agent_restart(world: World, draw: random.Random, _: float) -> Injection | None:
    """snmpd starts anew; the device does not."""
    device = pick(draw, [device for device in polled(world) if device.vendor.platform in ("frr", "linux")])
    if device is None:
        return None
    device.agent_boot = world.now
    for nic in device.nics.values():
        nic.changed = world.now
    return Injection("", "")


def spare_port(world: World, draw: random.Random, _: float) -> Injection | None:
    """A port that nothing is plugged into is shut."""
    nic = pick(
        draw, [nic for device in polled(world) for nic in device.nics.values() if nic.line is None and nic.admin]
    )
    if nic is None:
        return None
    nic.admin = False
    return Injection("", "", events=[Event(world.now + 1, nic.device.name, "config", {})])


def description_change(world: World, draw: random.Random, _: float) -> Injection | None:
    line = pick(draw, inner(world))
    if line is None:
        return None
    return Injection("", "", events=[Event(world.now + 1, line.a.device.name, "config", port_fields(line.a))])


BENIGN: dict[str, Fault] = {
    "config_change": config_change,
    "drain": drain,
    "backup_job": backup_job,
    "agent_restart": agent_restart,
    "spare_port": spare_port,
    "description_change": description_change,
}
