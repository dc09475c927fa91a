"""A fault as data: what is done, how its being there is seen in the network itself, and what heals it."""

from __future__ import annotations

import contextlib
import pickle
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.lab import setup
from tests.lab.faults.steps import Sh, Step, Wires
from tests.lab.lab import Lab
from tests.lab.shell import LabError
from tests.networks.plan import End, Node, Plan, Wire


class NoPlace(Exception):
    """This network has no place for the kind; the text says what it lacks."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something seen in the network itself: what a script in a node prints, or the wires show."""

    node: str
    script: str
    pattern: str
    absent: bool = False

    def holds(self, lab: Lab) -> bool:
        if self.node == WIRES:
            said = f"{lab.wires('show')}"
        elif self.node == POWER:
            said = "on" if lab.nodes[self.script].alive else "off"
        else:
            said = lab.sh(self.node, self.script, check=False, timeout=20)
        return bool(re.search(self.pattern, said)) != self.absent


FRESH = 60.0
"Seconds after which a node or session is no longer new: what has just begun looks as if it had been restarted."
WIRES, POWER = "<wires>", "<power>"
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one place. `also` are names that are as right; `title` is what users would report."""

    kind: str
    resource: str
    inject: tuple[Step, ...]
    heal: tuple[Step, ...]
    present: tuple[Check, ...]
    title: str
    also: tuple[Name, ...] = ()
    within: float = 15
    "Seconds until it must be seen."
    restore: float = 40
    "Seconds until it must be gone once healed."

    @property
    def truth(self) -> dict[str, Any]:
        """As `truth.yaml` has it."""
        names = [{"fault": kind, "resource": resource} for kind, resource in ((self.kind, self.resource), *self.also)]
        return {**names[0], "also": names[1:]}

    def be(self, lab: Lab) -> float:
        """Inject, and wait until it is really there; the seconds that took. It must not be there before.

        What cannot be seen, or is interrupted, is healed again.
        """
        deadline = time.monotonic() + FRESH
        while all(check.holds(lab) for check in self.present):
            if time.monotonic() > deadline:
                raise LabError(f"{self.kind} on {self.resource}: is there before it is injected; heal the lab first")
            time.sleep(2)
        begun = time.monotonic()
        # Noted before it is done: what a kill leaves half done is healed too.
        note(lab, [*injected(lab), self])
        try:
            for step in self.inject:
                step.do(lab)
            await_checks(lab, self, self.present, self.within, here=True)
        except BaseException:
            self.end(lab)
            raise
        return time.monotonic() - begun

    def end(self, lab: Lab) -> float:
        """Heal, and wait until it is really gone. A step may find nothing to heal, after an injection cut short."""
        begun = time.monotonic()
        for step in self.heal:
            with contextlib.suppress(LabError):
                step.do(lab)
        await_checks(lab, self, self.present, self.restore, here=False)
        note(lab, [fault for fault in injected(lab) if fault != self])
        return time.monotonic() - begun


def injected(lab: Lab) -> list[Fault]:
    """The faults that were injected and not healed."""
    path = lab.folder / "faults.pickle"
    found: list[Fault] = pickle.loads(path.read_bytes()) if path.exists() else []
    return found


def note(lab: Lab, faults: list[Fault]) -> None:
    """Keep what stands in the lab's folder, for a later command to heal."""
    (lab.folder / "faults.pickle").write_bytes(pickle.dumps(faults))


def await_checks(lab: Lab, fault: Fault, checks: tuple[Check, ...], timeout: float, *, here: bool) -> None:
    """Wait until all checks hold, or with `here` false until none does."""
    deadline = time.monotonic() + timeout
    while True:
        seen = [check.holds(lab) for check in checks]
        if all(seen) if here else not any(seen):
            return
        if time.monotonic() > deadline:
            first = checks[seen.index(not here)]
            word = "not there" if here else "still there"
            raise LabError(
                f"{fault.kind} on {fault.resource}: {word} after {timeout:.0f} s ({first.node}: {first.script[:80]})"
            )
        time.sleep(0.5)


Draw = Callable[["Drawn"], Fault]
CATALOGUE: dict[str, Draw] = {}


def kind(draw: Draw) -> Draw:
    """Enter a kind's function into the catalogue, under its own name."""
    CATALOGUE[draw.__name__] = draw
    return draw


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan and the chance that a place is drawn with."""

    plan: Plan
    chance: random.Random

    def one(self, places: list[Any], what: str) -> Any:
        """One of these places."""
        if not places:
            raise NoPlace(f"this network has no {what}")
        return self.chance.choice(places)

    def polled(self, name: str) -> bool:
        return bool(self.plan.node(name).address)

    def wires(self, *, routed: bool = False, ospf: bool = False, circuit: bool = False) -> list[Wire]:
        """Wires with at least one polled router's end each; between routers, with OSPF, across a carrier."""
        found = []
        for wire in self.plan.wires:
            ends = [self.plan.node(end.node) for end in (wire.a, wire.b)]
            if not all(node.address for node in ends) and not (circuit and any(node.address for node in ends)):
                continue
            if routed and not all(node.is_router for node in ends):
                continue
            if ospf and not self.ospf_on(wire):
                continue
            if circuit and not wire.circuit:
                continue
            found.append(wire)
        return found

    def ospf_on(self, wire: Wire) -> bool:
        ports = [self.plan.node(end.node).port(end.port) for end in (wire.a, wire.b)]
        return all(port.ospf and not port.ospf.passive for port in ports)

    def wire(self, **wanted: bool) -> Wire:
        found: Wire = self.one(self.wires(**wanted), f"wire that is {' and '.join(wanted) or 'polled'}")
        return found

    def end(self, wire: Wire) -> End:
        """One of a wire's ends whose node is polled."""
        found: End = self.one([end for end in (wire.a, wire.b) if self.polled(end.node)], "polled end")
        return found

    def routers(self) -> list[Node]:
        return [node for node in self.plan.polled() if node.is_router]

    def gateway(self, host: Node) -> End:
        """The port of the router in front of a host."""
        places = [
            End(node.name, port.name)
            for node in self.routers()
            for port in node.ports
            if port.address and f"{port.address.ip}" == host.gateway
        ]
        found: End = self.one(places, f"router in front of {host.name}")
        return found

    def address(self, end: End) -> str:
        """The IPv4 address of a port."""
        address = self.plan.node(end.node).port(end.port).address
        if address is None:
            raise NoPlace(f"{end} has no address")
        return f"{address.ip}"


def probed(drawn: Drawn) -> None:
    """What only a probe sees has a place only where there is one."""
    drawn.one([each for each in [setup.probing(drawn.plan)] if each], "probe")


def far_end(wire: Wire, end: End) -> End:
    return wire.b if end == wire.a else wire.a


def patch(request: str, **words: Any) -> Wires:
    return Wires(request, tuple(words.items()))


def admin(node: str, port: str, *, up: bool) -> Sh:
    return Sh(node, f"ip link set {port} {'up' if up else 'down'}")


def carrier(end: End, value: str) -> Check:
    return Check(end.node, f"cat /sys/class/net/{end.port}/carrier", rf"^{value}\b")


def bad(text: str) -> Check:
    """The wires know of this condition."""
    return Check(WIRES, "", text)
