"""Where a fault may sit, and what an injected one is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.simulated.checks import path_of
from tests.simulated.events import Event
from tests.simulated.world import OUT_OCTETS, Check, Device, Line, Nic, Session, World

Thing = TypeVar("Thing")


@dataclass(slots=True)
class Injection:
    """A fault that is in. `also`: names that are as right; `later`: what happens so many seconds after it."""

    fault: str
    resource: str
    also: list[tuple[str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    later: list[tuple[float, Callable[[World], None]]] = field(default_factory=list)


Fault = Callable[[World, random.Random, float], Injection | None]


def link(fault: str, line: Line, **more: object) -> Injection:
    return Injection(fault, line.wire.resource, **more)  # type: ignore[arg-type]


def node(fault: str, device: Device, **more: object) -> Injection:
    return Injection(fault, f"node/{device.name}", **more)  # type: ignore[arg-type]


def polled(world: World) -> list[Device]:
    return [device for device in world.devices.values() if device.node.address and device.answers and device.up]


def routers(world: World) -> list[Device]:
    return [device for device in polled(world) if device.node.is_router]


def inner(world: World) -> list[Line]:
    """Lines whose ends are both up and polled."""
    ends = set(polled(world))
    return [line for line in world.lines if line.a.oper and line.a.device in ends and line.b.device in ends]


def routed(world: World) -> list[Line]:
    """Inner lines between routers."""
    return [line for line in inner(world) if line.a.device.node.is_router and line.b.device.node.is_router]


def ospf_lines(world: World) -> list[Line]:
    """Inner lines over which an adjacency is full."""
    return [line for line in routed(world) if _full(line.a) and _full(line.b)]


def _full(nic: Nic) -> bool:
    return any(one.state == "full" for one in nic.device.adjacencies.get(nic.name, {}).values())


def busy(lines: list[Line]) -> list[Line]:
    """The busier half of lines that carry something."""
    used = [line for line in lines if load(line) > 2000]
    return sorted(used, key=load, reverse=True)[: max(1, (len(used) + 1) // 2)] if used else []


def load(line: Line) -> float:
    """Octets a second, both ways."""
    return line.a.rates[OUT_OCTETS] + line.b.rates[OUT_OCTETS]


def crossings(world: World) -> dict[Line, set[Check]]:
    """Lines that pings go over when all is well, and which pings."""
    found: dict[Line, set[Check]] = {}
    for check, outcome in world.checks.items():
        if check.kind == "icmp" and outcome.state == "ok":
            for way in path_of(world, check) or ():
                for out, _ in way:
                    if out.line:
                        found.setdefault(out.line, set()).add(check)
    return found


def an_end(line: Line, draw: random.Random) -> tuple[Nic, Nic]:
    """One of the ends, and the other."""
    return (line.a, line.b) if draw.random() < 0.5 else (line.b, line.a)


def sessions(world: World, *, outside: bool = False) -> list[tuple[Device, str, Session]]:
    """Established sessions of polled routers; `outside`: those with another AS only."""
    return [
        (device, address, session)
        for device in routers(world)
        for address, session in device.sessions.items()
        if session.state == "established" and (not outside or session.remote_as != device.asn)
    ]


def pick(draw: random.Random, things: list[Thing]) -> Thing | None:
    return draw.choice(things) if things else None
