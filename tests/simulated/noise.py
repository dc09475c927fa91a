"""What is wrong in every real site since long, and is no cause of anything new."""

from __future__ import annotations

import random

from tests.simulated.world import FCS, IN_ERRORS, Device, Nic, World

PORTS = 0.001
SILENT, WRONG_CLOCKS, DEAD_HOSTS, STICKY = 0.004, 0.01, 0.01, 0.01
SMALL = 60  # devices: up to there one silent device or a session long down is in a site of six
IN_SMALL = 1 / 6


def long_wrong(world: World, draw: random.Random) -> None:
    """Put it in."""
    devices = [device for device in world.devices.values() if device.node.address]
    nics = [nic for device in devices for nic in device.nics.values() if nic.line]
    _errors(nics, draw)
    _clocks(devices, draw)
    for device in devices:
        for nic in device.nics.values():
            if nic.line is None:
                nic.admin = draw.random() < 0.5
    for device in world.devices.values():
        if not device.node.address and device.node.role == "host" and draw.random() < DEAD_HOSTS:
            device.up = False
    apart = random.Random(f"noise/{world.plan.name}/{world.seed}")
    _sticky(devices, apart)
    if len(devices) > SMALL:
        _sessions(devices, draw)
        _silent(draw.sample(devices, max(1, round(SILENT * len(devices)))))
    elif apart.random() < IN_SMALL:
        _sessions(devices, apart)
    elif apart.random() < IN_SMALL:
        _silent(apart.sample([device for device in devices if device.node.role in ("server", "switch")], 1))


def _silent(devices: list[Device]) -> None:
    """They never answer; their logs arrive."""
    for device in devices:
        device.answers = False


def _sticky(devices: list[Device], draw: random.Random) -> None:
    """Alarms that everybody is used to: a supply that was never plugged in, a disk that is nearly full."""
    for device in devices:
        if draw.random() < STICKY:
            device.power = False
        if draw.random() < STICKY:
            device.disk = draw.uniform(0.9, 0.96)


def _errors(nics: list[Nic], draw: random.Random) -> None:
    """A port in a thousand, and at least one in two sites, has old errors or such that grow slowly."""
    count = round(PORTS * len(nics)) or draw.randint(0, 1)
    for nic in draw.sample(nics, count):
        nic.counters[IN_ERRORS] = nic.counters[FCS] = float(draw.randint(20, 900_000))
        if draw.random() < 0.4:
            nic.extra[IN_ERRORS] = nic.extra[FCS] = draw.uniform(0.0005, 0.01)


def _clocks(devices: list[Device], draw: random.Random) -> None:
    for device in devices:
        if draw.random() < WRONG_CLOCKS:
            device.clock, device.synced = draw.choice((-1, 1)) * draw.uniform(20, 900), False


def _sessions(devices: list[Device], draw: random.Random) -> None:
    """Peerings that somebody shut long ago, where others carry the same."""
    able = [device for device in devices if len(device.sessions) > 3]
    for device in draw.sample(able, min(len(able), max(1, len(devices) // 500))):
        address = draw.choice(sorted(device.sessions))
        device.sessions[address].shut = True
        device.sessions[address].since = device.agent_boot
