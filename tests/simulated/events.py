"""What devices notice when the state changes: the difference of two states as events, each with who sees it and when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulated.world import Adjacency, Check, Device, Nic, Outcome, World, router_id

CPU_HIGH, MEMORY_LOW, DISK_FULL, HOT, DARK = 90, 0.93, 0.97, 70, -13.0


@dataclass(frozen=True, slots=True)
class Event:
    """`fields` are what a vendor's message about such an event may name."""

    time: float
    device: str
    kind: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class View:
    """What is compared."""

    ports: dict[Nic, tuple[bool, bool, bool, float]]
    adjacencies: dict[tuple[str, str, str], Adjacency]
    sessions: dict[tuple[str, str], tuple[str, str, int]]
    troubles: dict[tuple[Nic, Nic], str]
    bridges: dict[str, tuple[dict[str, str], tuple[int, bytes], str]]
    looped: set[str]
    health: dict[str, dict[str, bool]]
    processes: dict[str, set[str]]
    configured: dict[Nic, object]
    up: dict[str, bool]
    checks: dict[Check, Outcome]


def view(world: World) -> View:
    devices = world.devices.values()
    nics = [nic for device in devices for nic in device.nics.values()]
    return View(
        {nic: (nic.admin, nic.oper, nic.half_duplex, nic.light) for nic in nics},
        {
            (device.name, port, address): one
            for device in devices
            for port, found in device.adjacencies.items()
            for address, one in found.items()
        },
        {
            (device.name, address): (session.state, session.trouble, session.resets)
            for device in devices
            for address, session in device.sessions.items()
        },
        dict(world.troubles),
        {device.name: (dict(device.bridge), device.root, device.root_port) for device in devices if device.is_switch},
        {out.device.name for nic, segment in world.segments.items() if segment.looped for out in _bridges(world, nic)},
        {device.name: health(device) for device in devices},
        {device.name: set(device.processes) for device in devices},
        {nic: nic.ospf for nic in nics},
        {device.name: device.up for device in devices},
        dict(world.checks),
    )


def _bridges(world: World, nic: Nic) -> list[Nic]:
    """Interfaces of bridges with a spanning tree that is off, in the segment of this interface."""
    ways = world.segments[nic].ways.values()
    return [out for way in ways for pair in way for out in pair if out.device.is_switch]


def health(device: Device) -> dict[str, bool]:
    """Alarms by name, whether raised."""
    return {
        "cpu": device.cpu >= CPU_HIGH,
        "memory": device.memory >= MEMORY_LOW,
        "disk": device.disk >= DISK_FULL,
        "hot": device.temperature >= HOT,
        "fan": device.fan == 0,
        "power": not device.power,
        "clock": not device.synced,
    }


def differences(world: World, before: View, draw: random.Random, at: float, until: float) -> list[Event]:
    """Everything that devices that are up notice between two states; `at`: when the change was."""
    now = view(world)
    found = [
        *_ports(before, now, draw, at),
        *_ospf(world, before, now, draw, at),
        *_troubles(world, before, now, draw, at, until),
        *_bgp(world, before, now, draw, at, until),
        *_switching(world, before, now, draw, at, until),
        *_health(world, before, now, draw, at),
        *_boots(world, before, now, at),
        *_checks(world, before, now, draw, at),
    ]
    return [event for event in found if world.devices[event.device].up]


def port_fields(nic: Nic) -> dict[str, str]:
    return {
        "port": nic.name,
        "long": nic.descr if nic.device.vendor.platform == "ios" else nic.name,
        "index": str(nic.index),
    }


def moved_fields(one: Nic, other: Nic, mac: bytes) -> dict[str, str]:
    """An address that is heard behind two ports of a switch."""
    vlan = one.vlan if not one.tagged else min(one.tagged & other.tagged or one.tagged)
    return port_fields(one) | {
        "mac": mac.hex(":"), "port2": other.name, "long2": port_fields(other)["long"], "vlan": str(vlan),
    }  # fmt: skip


def _soon(draw: random.Random, least: float = 0.05, most: float = 1.5) -> float:
    return draw.uniform(least, most)


def _ports(before: View, now: View, draw: random.Random, at: float) -> Iterator[Event]:
    for nic, (admin, oper, half, light) in now.ports.items():
        was_admin, was_oper, was_half, was_light = before.ports[nic]
        name, fields = nic.device.name, port_fields(nic)
        if admin != was_admin:
            yield Event(at, name, "port_enabled" if admin else "port_disabled", fields)
        if oper != was_oper and (admin == was_admin or oper):
            yield Event(at + _soon(draw), name, "link_up" if oper else "link_down", fields)
        if half and not was_half and nic.far:
            yield Event(at + draw.uniform(5, 60), name, "duplex_mismatch", fields | _far_fields(nic, "half"))
            yield Event(
                at + draw.uniform(5, 60),
                nic.far.device.name,
                "duplex_mismatch",
                port_fields(nic.far) | _far_fields(nic.far, "full"),
            )
        if light <= DARK < was_light and oper:
            yield Event(at + draw.uniform(5, 50), name, "optic_low", fields | {"value": f"{light:.1f}"})


def _far_fields(nic: Nic, duplex: str) -> dict[str, str]:
    far = nic.far
    return {"far": far.device.sys_name if far else "", "far_port": far.descr if far else "", "duplex": duplex}


def _ospf(world: World, before: View, now: View, draw: random.Random, at: float) -> Iterator[Event]:
    for key in sorted(before.adjacencies.keys() | now.adjacencies.keys()):
        old, new = before.adjacencies.get(key), now.adjacencies.get(key)
        if old == new:
            continue
        device, nic = world.devices[key[0]], world.devices[key[0]].nics[key[1]]
        fields = _neighbor_fields(world, nic, key[2])
        if old and old.state == "full" and device.runs("ospf"):
            reason, wait = _why_down(before, nic, new, draw)
            yield Event(
                at + wait, key[0], "ospf_down", fields | {"reason": reason, "to": "DOWN" if new is None else "INIT"}
            )
        if new and new.state == "full":
            yield Event(at + draw.uniform(2, 45), key[0], "ospf_up", fields)


def _neighbor_fields(world: World, nic: Nic, address: str) -> dict[str, str]:
    far = world.by_address[address]
    known = router_id(far.device) if isinstance(far, Nic) else address
    own = str(nic.address.ip) if nic.address else ""
    area = nic.ospf.area if nic.ospf else "0.0.0.0"
    return port_fields(nic) | {"peer": address, "rid": known, "own": own, "area": area}


def _why_down(before: View, nic: Nic, new: Adjacency | None, draw: random.Random) -> tuple[str, float]:
    """The reason as the side that notices it knows it, and how long it takes it."""
    if not nic.oper:
        return "interface", _soon(draw)
    if nic.ospf != before.configured[nic] and (nic.ospf is None or nic.ospf.passive or before.configured[nic] is None):
        return "interface", _soon(draw)
    if new is not None and new.state == "init":
        return "one-way", draw.uniform(10, 40)
    dead = nic.ospf.dead if nic.ospf else 40
    return "dead", dead * draw.uniform(0.75, 1.0)


def _troubles(world: World, before: View, now: View, draw: random.Random, at: float, until: float) -> Iterator[Event]:
    """Refused hellos, once a minute at most, as most vendors limit them; databases that cannot be exchanged."""
    for (nic, sender), trouble in now.troubles.items():
        if before.troubles.get((nic, sender)) == trouble or not sender.address:
            continue
        fields = _neighbor_fields(world, nic, str(sender.address.ip)) | {"trouble": trouble}
        fields |= _parameters(nic, sender)
        moment = at + draw.uniform(1, 10)
        while moment < until:
            yield Event(moment, nic.device.name, f"ospf_{trouble}", fields)
            moment += draw.uniform(55, 75)
    for key, new in now.adjacencies.items():
        if new.trouble == "mtu" and before.adjacencies.get(key) != new:
            nic = world.devices[key[0]].nics[key[1]]
            far = world.by_address[key[2]]
            fields = _neighbor_fields(world, nic, key[2])
            fields |= {"mtu": str(nic.mtu), "far_mtu": str(far.mtu) if isinstance(far, Nic) else ""}
            moment = at + draw.uniform(40, 50)
            while moment < until:
                kind = "ospf_mtu" if isinstance(far, Nic) and nic.mtu < far.mtu else "ospf_stuck"
                yield Event(moment, key[0], kind, fields)
                moment += draw.uniform(100, 140)


def _parameters(nic: Nic, sender: Nic) -> dict[str, str]:
    mine, theirs = nic.ospf, sender.ospf
    if not mine or not theirs:
        return {}
    return {
        "area": mine.area, "far_area": theirs.area, "hello": str(mine.hello), "far_hello": str(theirs.hello),
        "dead": str(mine.dead), "far_dead": str(theirs.dead),
    }  # fmt: skip


def _bgp(world: World, before: View, now: View, draw: random.Random, at: float, until: float) -> Iterator[Event]:
    for (name, address), (state, trouble, cleared) in now.sessions.items():
        was, old_trouble, were = before.sessions[name, address]
        session, device = world.devices[name].sessions[address], world.devices[name]
        got = world.devices[session.neighbor.node].asn
        fields = {"as_got": str(got), "peer": address, "asn": str(session.remote_as), "own_as": str(device.asn), "far": session.neighbor.node,
                  "limit": str(session.max_prefix), "kind": "Internal" if session.remote_as == device.asn else "External"}  # fmt: skip
        if cleared != were:
            yield Event(at, name, "bgp_down", fields | {"reason": "peer-shut" if session.reset_by_peer else "cleared"})
            yield Event(at + draw.uniform(3, 12), name, "bgp_up", fields)
        elif was == "established" and state != was and device.runs("bgp"):
            wait = _soon(draw)
            if trouble in ("hold", "unreachable", "password"):
                wait = draw.uniform(0.67, 1.0) * session.neighbor.hold
            elif trouble in ("acl", "peer-hold"):  # one timer expires, and both ends know at once
                ends = "/".join(sorted((name, session.neighbor.node)))
                wait = random.Random(f"{ends}/{at}").uniform(0.67, 1.0) * session.neighbor.hold + draw.uniform(0, 0.1)
            # Only who ends a session sends a NOTIFICATION (RFC 4486): the peer receives it, whatever it was for.
            reason = "peer-shut" if trouble in ("peer-max-prefix", "peer-hold") else trouble
            yield Event(at + wait, name, "bgp_down", fields | {"reason": reason})
        elif state == "established" and was != state:
            yield Event(at + draw.uniform(5, 60), name, "bgp_up", fields)
        if trouble != old_trouble and trouble in ("as", "password", "max-prefix"):
            moment = at + draw.uniform(1, 15)
            while moment < until:
                yield Event(moment, name, f"bgp_{trouble.replace('-', '_')}", fields | {"trouble": trouble})
                moment += draw.uniform(60, 130) if trouble != "max-prefix" else until


def _switching(world: World, before: View, now: View, draw: random.Random, at: float, until: float) -> Iterator[Event]:
    for name, (ports, root, _) in now.bridges.items():
        old = before.bridges[name]
        if root != old[1]:
            fields = {"mac": root[1].hex(":"), "port": now.bridges[name][2] or "(none)"}
            yield Event(at + draw.uniform(2, 20), name, "stp_root", fields)
        changed = [port for port, state in ports.items() if old[0].get(port) != state and state == "forwarding"]
        for port in changed:
            yield Event(at + draw.uniform(1, 32), name, "stp_change", port_fields(world.devices[name].nics[port]))
    for name in sorted(now.looped - before.looped):
        nics = [nic for nic in world.devices[name].nics.values() if nic.oper][:2]
        moment = at + draw.uniform(1, 20)
        while moment < until and len(nics) > 1:
            mac = draw.choice(list(world.devices[name].fdb) or [world.devices[name].mac])
            yield Event(moment, name, "mac_flap", moved_fields(nics[0], nics[1], mac))
            yield Event(moment, name, "looped", port_fields(nics[0]) | {"mac": nics[0].mac.hex(":")})
            moment += draw.uniform(20, 60)


def _health(world: World, before: View, now: View, draw: random.Random, at: float) -> Iterator[Event]:
    for name, alarms in now.health.items():
        device = world.devices[name]
        said = {"cpu_load": f"{device.cpu:.0f}", "memory": f"{device.memory * 100:.0f}", "disk": f"{device.disk * 100:.0f}",
                "degrees": f"{device.temperature:.0f}"}  # fmt: skip
        for alarm, raised in alarms.items():
            if raised and not before.health[name][alarm]:
                yield Event(at + draw.uniform(1, 45), name, f"alarm_{alarm}", said)
        for process in sorted(before.processes[name] - now.processes[name]):
            yield Event(at + _soon(draw), name, "process_exit", {"process": process})
        for process in sorted(now.processes[name] - before.processes[name]):
            yield Event(at + _soon(draw), name, "process_start", {"process": process})


def _boots(world: World, before: View, now: View, at: float) -> Iterator[Event]:
    for name, up in now.up.items():
        if up and not before.up[name]:
            yield Event(at - 20, name, "boot", {})


def _checks(world: World, before: View, now: View, draw: random.Random, at: float) -> Iterator[Event]:
    """What the site's monitoring says of a check whose outcome is another: after the tries that its tool makes."""
    for number, (check, outcome) in enumerate(now.checks.items(), 1):
        old = before.checks.get(check, outcome)
        if outcome.state != old.state:
            yield Event(at + draw.uniform(15, 70), check.prober, f"{check.kind}_{outcome.state}", {
                "target": check.target, "address": check.address, "rtt": f"{outcome.rtt:.1f}",
                "loss": f"{outcome.loss * 100:.0f}", "answer": outcome.answer, "was": old.state.upper(), "entry": str(number),
            })  # fmt: skip
