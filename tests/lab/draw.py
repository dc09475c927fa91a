"""Plans and faults by what a person or a campaign names: KIND:SEED:SIZE, and a kind with the seed of its place."""

from __future__ import annotations

import random
from importlib import import_module

from tests.lab import benign, faults
from tests.lab.faults.model import Drawn, Fault
from tests.lab.shell import LabError
from tests.networks.plan import Plan

KINDS = ("metro", "leafspine", "campus")


def drawn(text: str) -> Plan:
    """The plan that `KIND:SEED:SIZE` names."""
    words = text.split(":")
    if len(words) != 3 or words[0] not in KINDS or not words[1].isdigit() or words[2] not in "sml":
        raise LabError(f"{text}: no plan; say KIND:SEED:SIZE, as metro:7:m (kinds: {', '.join(KINDS)}; sizes: s, m, l)")
    plan: Plan = import_module(f"tests.networks.{words[0]}").draw(int(words[1]), words[2])
    return plan


def choose(plan: Plan, name: str, seed: int, *, benign_too: bool = False) -> Fault:
    """Draw the place and strength of a kind."""
    catalogue = benign.CATALOGUE if benign_too else faults.CATALOGUE
    if name not in catalogue:
        raise LabError(f"{name}: no such kind; python -m tests.lab kinds lists them")
    return catalogue[name](Drawn(plan, random.Random(f"{name}/{seed}")))
