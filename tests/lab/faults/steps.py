"""What is done to a lab, by a person at a keyboard, a technician at a cable, or a user: the steps of a fault and its healing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.lab import lab as running
from tests.lab import setup, standing
from tests.lab.lab import Lab
from tests.lab.shell import LabError


@dataclass(frozen=True, slots=True)
class Sh:
    """A shell script in a node."""

    node: str
    script: str

    def do(self, lab: Lab) -> None:
        lab.sh(self.node, self.script)


@dataclass(frozen=True, slots=True)
class Vty:
    """Configuration lines for a router's daemons, as an operator types them."""

    node: str
    lines: tuple[str, ...]

    def do(self, lab: Lab) -> None:
        said = lab.vtysh(self.node, "configure terminal", *self.lines)
        if "%" in said or "Unknown" in said:
            raise LabError(f"{self.node}: {said.strip().splitlines()[-1]}")


@dataclass(frozen=True, slots=True)
class Wires:
    """A request to the wires."""

    request: str
    words: tuple[tuple[str, Any], ...]

    def do(self, lab: Lab) -> None:
        lab.wires(self.request, **dict(self.words))


@dataclass(frozen=True, slots=True)
class Power:
    """A node goes off or on."""

    node: str
    on: bool

    def do(self, lab: Lab) -> None:
        if not self.on:
            running.stop_node(lab, self.node)
        elif not running.works(lab, self.node):
            running.start_node(lab, self.node)


@dataclass(frozen=True, slots=True)
class Start:
    """A node's daemon begins as it did when the node began."""

    node: str
    daemon: str

    def do(self, lab: Lab) -> None:
        lab.sh(self.node, setup.starters(lab.plan, lab.plan.node(self.node))[self.daemon])


@dataclass(frozen=True, slots=True)
class Flood:
    """Traffic of this rate in kbit/s from a node to an address; zero ends it."""

    node: str
    target: str
    rate: int

    def do(self, lab: Lab) -> None:
        name = f"flood-{self.node}"
        for pid in standing.processes(lab.folder):
            if f"{lab.folder}/{name}.json" in standing.words_of(pid):
                standing.end_process(lab.folder, pid)
        if self.rate:
            flow = {"pid": lab.nodes[self.node].pid, "target": self.target, "rate": self.rate}
            running.generator(lab, name, {"flows": [flow], "sinks": [], "size": 1400})


Step = Sh | Vty | Wires | Power | Start | Flood
