"""Many recordings: which labs stand, what is broken in each, drawn from a set's name; resumed where it was left."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tests.lab import benign, faults
from tests.lab.converged import await_converged
from tests.lab.draw import choose, drawn
from tests.lab.evidence import rows
from tests.lab.faults.model import Fault, NoPlace
from tests.lab.faults.steps import Power, Wires
from tests.lab.lab import Lab, up
from tests.lab.proof.recorded import Recorded
from tests.lab.record import record
from tests.lab.sessions import touched
from tests.lab.shell import LabError
from tests.lab.standing import PREFIX, RUNNING, clean
from tests.networks.plan import Plan

LABS: dict[str, tuple[int, tuple[str, ...]]] = {
    "train": (60, ("metro:101:s", "campus:102:m", "metro:103:m", "leafspine:104:s", "campus:105:s", "metro:106:s",
                   "campus:107:m", "metro:108:m", "leafspine:109:s", "metro:110:s", "campus:111:s", "campus:112:m", "metro:113:m",
                   "campus:114:s", "metro:115:s", "metro:116:m", "campus:117:m", "leafspine:118:s", "metro:119:s", "campus:120:s")),
    "held-out": (40, ("campus:201:m", "leafspine:202:m", "metro:203:m", "campus:204:m", "leafspine:205:m", "metro:206:m",
                      "campus:207:m", "metro:208:m", "leafspine:209:m", "campus:210:m", "metro:211:m", "campus:212:m", "metro:213:m")),
}  # fmt: skip
"For each set how many cases are drawn, and the labs they are recorded in."
FILLED = ("train",)
"Sets that get, after what is drawn, each kind that the draw left out."
COMMON = (
    "link_down", "interface_admin_down", "access_port_shut", "link_flap", "link_packet_loss", "link_packet_corruption", "node_down",
    "node_restart", "management_unreachable", "routing_daemon_down", "ospf_area_mismatch", "ospf_timer_mismatch",
    "ospf_authentication_mismatch", "mtu_mismatch", "bgp_asn_misconfig", "bgp_session_shutdown", "dns_service_down", "http_service_down",
)  # fmt: skip
"Kinds that occur more often than the others."
WIRED = (
    "link_down", "interface_admin_down", "link_flap", "link_packet_corruption", "duplex_mismatch", "ospf_area_mismatch",
    "ospf_authentication_mismatch", "mtu_mismatch", "bgp_session_shutdown", "bgp_asn_misconfig", "bgp_missing_route_advertisement",
)  # fmt: skip
ASIDE = (
    "access_port_shut", "dns_service_down", "http_service_down", "dhcp_service_down", "dns_record_error", "disk_full",
    "memory_exhaustion", "cpu_exhaustion", "management_unreachable", "host_incorrect_gateway", "bgp_session_shutdown",
)  # fmt: skip
"A pair has one fault of the network and one that is independent of it."
PAIRS, HEALTHY = {"train": 8, "held-out": 6}, {"train": 10, "held-out": 8}
TRIES = 3
SETTLE, LONG_SETTLE = 6.0, 20.0
"Seconds for the network to be quiet after a heal; LLDP forgets a neighbor after 15."


class Useless(LabError):
    """A recording that is no case: disturbed, or without the evidence. The lab itself is well."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One recording. `kinds` names what is broken, or the one benign thing; none is a quiet network."""

    name: str
    kinds: tuple[str, ...]
    seed: int
    intent: bool

    @property
    def benign(self) -> bool:
        return all(kind in benign.CATALOGUE for kind in self.kinds)

    def choose(self, plan: Plan, attempt: int = 0) -> list[Fault]:
        """Draw the places; those of a pair have no node in common."""
        for n in range(20):
            seed = self.seed + 1000 * attempt + 50 * n
            found = [choose(plan, kind, seed + k, benign_too=self.benign) for k, kind in enumerate(self.kinds)]
            if len(found) < 2 or not touched(found[0]) & touched(found[1]):
                return found
        raise NoPlace("this network has no two independent places")


@dataclass(frozen=True, slots=True)
class Stand:
    """One lab and what is recorded in it, one after the other."""

    plan: str
    audit: bool
    wanted: tuple[Wanted, ...]


def deck(name: str) -> list[tuple[str, ...]]:
    """What a set's cases hold: every kind once over both sets, then the common ones, with pairs and healthy cases between."""
    count, _ = LABS[name]
    pairs, healthy = PAIRS[name], HEALTHY[name]
    chance = random.Random("cases")
    once, common = list(faults.CATALOGUE), list(COMMON)
    chance.shuffle(once)
    cut = len(once) * LABS["train"][0] // sum(each for each, _ in LABS.values())
    mine = once[:cut] if name == "train" else once[cut:]
    chance = random.Random(f"cases/{name}")
    two = [(chance.choice(WIRED), chance.choice([kind for kind in ASIDE if "bgp" not in kind])) for _ in range(pairs)]
    none = [
        (),
        *((kind,) for kind in chance.sample(list(benign.CATALOGUE), min(healthy - 2, len(benign.CATALOGUE)))),
        (),
    ]
    chance.shuffle(common)
    more = [*(kind for kind in common if kind not in mine), *common]
    one = [(kind,) for kind in (mine + more)[: count - pairs - healthy]]
    # Spread evenly, so that a campaign cut short has some of each.
    placed = [(n / len(part), row) for part in (one, two, none) for n, row in enumerate(part)]
    rows = [row for _, row in sorted(placed, key=lambda each: each[0])]
    return [*rows, *(left_out(rows) if name in FILLED else ())]


def left_out(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The kinds, and what is no fault, that are in none of these."""
    held = {kind for row in rows for kind in row}
    return [(kind,) for kind in (*benign.CATALOGUE, *faults.CATALOGUE) if kind not in held]


def stands(name: str) -> list[Stand]:
    """The labs of a set and their recordings, by the set's name alone."""
    chance = random.Random(f"stands/{name}")
    left, found, number = deck(name), list[Stand](), 0
    for n, text in enumerate(LABS[name][1]):
        plan, wanted = drawn(text), list[Wanted]()
        for row in list(left):
            each = Wanted(f"c{number + 1:03d}", row, chance.randrange(10**6) * 10, intent=chance.random() < 0.5)
            if any({*row} & {*other.kinds} for other in wanted) or not placeable(each, plan):
                continue
            wanted.append(each)
            left.remove(row)
            number += 1
            if len(wanted) == 5:
                break
        found.append(Stand(text, n % 2 == 1, tuple(wanted)))
    return [stand for stand in found if stand.wanted]


def placeable(wanted: Wanted, plan: Plan) -> bool:
    try:
        wanted.choose(plan)
    except NoPlace:
        return False
    return True


class Campaign:
    """Records the cases that a folder lacks, some labs at a time, until all are there or the time is over."""

    def __init__(self, folder: Path, hours: float) -> None:
        self.folder = folder
        self.deadline = time.monotonic() + hours * 3600
        self.ended = threading.Event()
        self._begun: set[Path] = set()
        self._lock = threading.Lock()

    def run(self, names: list[str], labs: int) -> None:
        sets = [
            [(self.folder / name if len(names) > 1 else self.folder, stand) for stand in stands(name)] for name in names
        ]
        rows = [each for row in zip_longest(*sets) for each in row if each]
        try:
            with ThreadPoolExecutor(labs) as pool:
                try:
                    for _ in pool.map(lambda row: self.lab(*row), rows):
                        pass
                except BaseException:
                    # What goes on in a lab that is gone ends soon, and the pool waits for it.
                    self.ended.set()
                    self.clean()
                    raise
        finally:
            self.clean()

    def clean(self) -> None:
        for folder in list(self._begun):
            clean(folder)

    @property
    def over(self) -> bool:
        return self.ended.is_set() or time.monotonic() > self.deadline

    def say(self, text: str) -> None:
        with self._lock:
            (self.folder / "campaign.log").open("a").write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def lab(self, folder: Path, stand: Stand) -> None:
        """Record what one lab's share lacks; a lab in which something failed is not used again."""
        lab: Lab | None = None
        for wanted in stand.wanted:
            for attempt in range(TRIES):
                if self.over or (folder / wanted.name).exists():
                    break
                try:
                    lab = lab or self.start(stand, folder, wanted)
                    self.case(lab, folder / wanted.name, wanted, attempt)
                except (LabError, NoPlace, OSError, AssertionError) as why:
                    self.say(
                        f"{folder.name}/{wanted.name} {'+'.join(wanted.kinds)} in {stand.plan}: thrown away: {why}"
                    )
                    if not isinstance(why, Useless):
                        self.stop(lab)
                        lab = None
        self.stop(lab)

    def start(self, stand: Stand, folder: Path, wanted: Wanted) -> Lab:
        begun = time.monotonic()
        name = f"{os.getpid()}-{folder.name}-{wanted.name}"
        self._begun.add(RUNNING / f"{PREFIX}{name}")
        lab = up(drawn(stand.plan), audit=stand.audit, name=name)
        try:
            await_converged(lab)
        except BaseException:
            self.stop(lab)
            raise
        self.say(f"{stand.plan} up in {time.monotonic() - begun:.0f} s{', audit' if stand.audit else ''}")
        time.sleep(LONG_SETTLE)
        return lab

    def stop(self, lab: Lab | None) -> None:
        if lab:
            clean(lab.folder)
            self._begun.discard(lab.folder)

    def case(self, lab: Lab, target: Path, wanted: Wanted, attempt: int) -> None:
        """Record one case; only what was verified and undisturbed gets its name."""
        broken = wanted.choose(lab.plan, attempt)
        part = target.with_name(f".{target.name}")
        shutil.rmtree(part, ignore_errors=True)
        made = record(lab, part, broken, seed=wanted.seed, intent=wanted.intent, truth=not wanted.benign)
        what = " + ".join(f"{fault.kind} {fault.resource}" for fault in broken) or "quiet"
        if made.disturbed:
            raise Useless(f"disturbed, {len(made.disturbed)} sessions changed, as {made.disturbed[0]}")
        if hidden := [row for row in rows(Recorded(part)) if not row.seen]:
            keep = part.with_name(f".no-{target.name}-{attempt}")
            shutil.rmtree(keep, ignore_errors=True)
            part.rename(keep)
            raise Useless(f"{what}: {hidden[0].why}")
        part.rename(target)
        self.say(
            f"{target.parent.name}/{target.name} {what}: {made.seconds:.0f} s, healed in {made.heal_seconds:.0f} s"
        )
        time.sleep(max(settle(fault) for fault in broken) if broken else 0.0)


def settle(fault: Fault) -> float:
    steps = (*fault.inject, *fault.heal)
    return LONG_SETTLE if any(isinstance(step, (Power, Wires)) for step in steps) else SETTLE


def described(names: list[str]) -> Iterator[str]:
    """What would be recorded, for people."""
    for name in names:
        for stand in stands(name):
            for wanted in stand.wanted:
                yield f"{name}/{wanted.name} {stand.plan} {'+'.join(wanted.kinds) or 'quiet'}"
