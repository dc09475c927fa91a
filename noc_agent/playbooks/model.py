"""What a playbook is: what is known of one fault, as data. The engine runs it, the model reads its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from noc_agent.playbooks.expressions import Expression, Text

PLACES = ("interface", "link", "node", "service", "prefix")


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence for the reader and the condition that makes it true, false or unknown."""

    that: str
    condition: Expression


@dataclass(frozen=True, slots=True)
class Pick:
    """Findings of these kinds, where the condition over their own facts holds."""

    kinds: tuple[str, ...]
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """A fault that looks alike, and where it would sit: `self`, `ends`, `link`, `nodes` or `node`."""

    fault: str
    at: str


@dataclass(frozen=True, slots=True)
class Step:
    """One look at the network by hand or by the engine: a tool call and what its rows say for and against."""

    id: str
    look: str
    tool: str
    arguments: Mapping[str, Text]
    supports: Expression | None = None
    refutes: Expression | None = None


ANY = "any"
PLATFORMS = ("frr", "ios", "junos")  # what a playbook that tells platforms apart has at least


@dataclass(frozen=True, slots=True)
class Action:
    """What to do next: sentences for every platform (`any`), or a platform's own in their place where it has some."""

    texts: Mapping[str, tuple[Text, ...]]

    def on(self, platform: str) -> tuple[Text, ...]:
        return self.texts.get(platform, self.texts.get(ANY, ()))


@dataclass(frozen=True, slots=True)
class Playbook:
    """One fault family's knowledge."""

    fault: str
    title: str
    family: str
    places: tuple[str, ...]  # the usual one first; a finding on one of the others stays there
    layer: int  # of the OSI model; breaks ties only, lower first
    about: str
    references: tuple[str, ...]
    suspects: tuple[Pick, ...]
    prove: tuple[Clause, ...]
    refute: tuple[Clause, ...]
    explains: tuple[Pick, ...]
    rivals: tuple[Rival, ...]
    steps: tuple[Step, ...]
    explanation: Text
    next_actions: tuple[Action, ...]
    file: Path = field(default=Path())

    @property
    def place(self) -> str:
        """What it sits on, in words: `link`, `interface or node`."""
        return " or ".join(self.places)
