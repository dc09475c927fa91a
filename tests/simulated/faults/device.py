"""Faults of devices as such."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from tests.simulated.events import Event
from tests.simulated.faults.place import Fault, Injection, node, pick, polled, routers
from tests.simulated.world import COUNTERS, Device, World

HOSTS = ("frr", "linux", "eos", "junos")
ENVIRONMENT = ("ios", "nxos", "eos", "junos", "vrp")  # whose agents serve it here


def _down(device: Device) -> None:
    device.up = False


def node_down(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if device.node.role not in ("server", "probe")])
    if device is None:
        return None
    _down(device)
    return node("node_down", device)


def node_restart(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if device.node.role not in ("server", "probe")])
    if device is None:
        return None
    _down(device)
    found = node("node_restart", device)
    found.later.append((draw.uniform(55, 95), lambda world: _start(device, world.now)))
    return found


def _start(device: Device, now: float) -> None:
    device.up, device.boot, device.agent_boot = True, now - 30, now - 12
    device.totals = dict.fromkeys(device.totals, 0.0)
    for nic in device.nics.values():
        nic.counters = [0.0] * COUNTERS
        nic.changed = now
    for session in device.sessions.values():
        session.transitions, session.last_error = 0, "0000"


def management_unreachable(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, routers(world))
    if device is None:
        return None
    device.answers, device.logs = False, False
    return node("management_unreachable", device)


def cpu_exhaustion(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, polled(world))
    if device is None:
        return None
    device.cpu = draw.uniform(96, 100)
    return node("cpu_exhaustion", device)


def memory_exhaustion(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, polled(world))
    if device is None:
        return None
    device.memory = draw.uniform(0.96, 0.99)
    return node("memory_exhaustion", device)


def disk_full(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if device.vendor.platform in HOSTS])
    if device is None:
        return None
    device.disk = draw.uniform(0.985, 1.0)
    return node("disk_full", device)


def environment_alarm(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if device.vendor.platform in ENVIRONMENT])
    if device is None:
        return None
    what = draw.choice(("fan", "power", "heat") if device.vendor.platform != "vrp" else ("fan", "heat"))
    if what == "fan":
        device.fan, device.temperature = 0, device.temperature + draw.uniform(5, 12)
    elif what == "power":
        device.power = False
    else:
        device.temperature = draw.uniform(76, 92)
    return node("environment_alarm", device)


def routing_daemon_down(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in routers(world) if device.vendor.platform in ("frr", "eos")])
    if device is None:
        return None
    protocols = [
        p for p, used in (("ospf", any(nic.ospf for nic in device.nics.values())), ("bgp", device.asn > 0)) if used
    ]
    protocol = draw.choice(protocols)
    device.stopped.add(protocol)
    names = {"frr": {"ospf": "ospfd", "bgp": "bgpd"}, "eos": {"ospf": "Ospf", "bgp": "Bgp"}}
    device.processes.discard(names[device.vendor.platform][protocol])
    device.listening.discard(("tcp", 179) if protocol == "bgp" else ("", 0))
    return node("routing_daemon_down", device)


def clock_unsynchronized(world: World, draw: random.Random, _: float) -> Injection | None:
    device = pick(draw, [device for device in polled(world) if device.vendor.platform != "sros"])
    if device is None:
        return None
    device.synced = False
    if draw.random() < 0.4:  # its servers are gone and it runs free
        device.clock += draw.choice((-1, 1)) * draw.uniform(0.4, 3)
        return node("clock_unsynchronized", device)
    was = device.clock
    device.clock += draw.choice((-1, 1)) * draw.uniform(300, 5000)
    clocks = {word: _clock(world.now + clock) for word, clock in (("was_clock", was), ("is_clock", device.clock))}
    fields = clocks | {"offset": f"{was - device.clock:.6f}"}
    return node("clock_unsynchronized", device, events=[Event(world.now, device.name, "clock_set", fields)])


def _clock(moment: float) -> str:
    """As IOS words a time."""
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S UTC %a %b %d %Y}"


DEVICE_FAULTS: dict[str, Fault] = {
    "node_down": node_down,
    "node_restart": node_restart,
    "management_unreachable": management_unreachable,
    "cpu_exhaustion": cpu_exhaustion,
    "memory_exhaustion": memory_exhaustion,
    "disk_full": disk_full,
    "environment_alarm": environment_alarm,
    "routing_daemon_down": routing_daemon_down,
    "clock_unsynchronized": clock_unsynchronized,
}
