"""What a set of recordings holds, drawn from its name alone: which labs stand, what is broken in each, and where."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.lab import benign, faults
from tests.lab.draw import KINDS, choose, drawn
from tests.lab.faults.model import Fault, NoPlace
from tests.lab.sessions import touched
from tests.lab.shell import LabError
from tests.networks.plan import Plan


@dataclass(frozen=True, slots=True)
class Deck:
    """How much a set holds, and the labs it is recorded in. The pairs and what is healthy are among `cases`."""

    cases: int
    pairs: int
    healthy: int
    labs: tuple[str, ...]
    share: int = 5
    "Recordings a lab, at most."


COMMITTED = {
    "train": Deck(60, 8, 10, ("metro:101:s", "campus:102:m", "metro:103:m", "leafspine:104:s", "campus:105:s", "metro:106:s",
                              "campus:107:m", "metro:108:m", "leafspine:109:s", "metro:110:s", "campus:111:s", "campus:112:m",
                              "metro:113:m", "campus:114:s", "metro:115:s", "metro:116:m", "campus:117:m", "leafspine:118:s",
                              "metro:119:s", "campus:120:s")),
    "held-out": Deck(40, 6, 8, ("campus:201:m", "leafspine:202:m", "metro:203:m", "campus:204:m", "leafspine:205:m", "metro:206:m",
                                "campus:207:m", "metro:208:m", "leafspine:209:m", "campus:210:m", "metro:211:m", "campus:212:m",
                                "metro:213:m")),
}  # fmt: skip
FILLED = ("train",)
"Sets that get, after what is drawn, each kind that the draw left out."
FRESH, UNUSED = "fresh", 300
"A set named `fresh:SEED` is drawn anew for each SEED, from this one on: those below are the committed sets'."
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


def named(name: str) -> Deck:
    """A committed set, or a fresh one: labs of all kinds with seeds that no other set has."""
    if name in COMMITTED:
        return COMMITTED[name]
    sort, _, seed = name.partition(":")
    if sort != FRESH or not seed.isdigit() or int(seed) < UNUSED:
        raise LabError(f"{name}: no set; there are {', '.join(COMMITTED)} and {FRESH}:SEED, SEED from {UNUSED} on")
    labs = tuple(f"{KINDS[n % len(KINDS)]}:{int(seed) + n}:{'mmmsms'[n % 6]}" for n in range(9))
    return Deck(52, 10, 9, labs, share=8)


def deck(name: str) -> list[tuple[str, ...]]:
    """What a set's cases hold: its share of every kind, then the common ones, with pairs and healthy cases between."""
    held = named(name)
    pairs, healthy = held.pairs, held.healthy
    chance = random.Random(f"cases/{name}")
    common = list(COMMON)
    two = [(chance.choice(WIRED), chance.choice([kind for kind in ASIDE if "bgp" not in kind])) for _ in range(pairs)]
    none = [
        (),
        *((kind,) for kind in chance.sample(list(benign.CATALOGUE), min(healthy - 2, len(benign.CATALOGUE)))),
        (),
    ]
    chance.shuffle(common)
    mine = once(name)
    more = [*(kind for kind in common if kind not in mine), *common]
    one = [(kind,) for kind in (mine + more)[: held.cases - pairs - healthy]]
    # Spread evenly, so that a campaign cut short has some of each.
    placed = [(n / len(part), row) for part in (one, two, none) for n, row in enumerate(part)]
    rows = [row for _, row in sorted(placed, key=lambda each: each[0])]
    return [*rows, *(left_out(rows) if name in FILLED else ())]


def once(name: str) -> list[str]:
    """The kinds that a set holds first: the committed sets share them, a fresh one has them all, in an order of its own."""
    kinds = list(faults.CATALOGUE)
    random.Random("cases" if name in COMMITTED else f"once/{name}").shuffle(kinds)
    cut = len(kinds) * COMMITTED["train"].cases // sum(each.cases for each in COMMITTED.values())
    return {"train": kinds[:cut], "held-out": kinds[cut:]}.get(name, kinds)


def left_out(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The kinds, and what is no fault, that are in none of these."""
    held = {kind for row in rows for kind in row}
    return [(kind,) for kind in (*benign.CATALOGUE, *faults.CATALOGUE) if kind not in held]


def stands(name: str) -> list[Stand]:
    """The labs of a set and their recordings, by the set's name alone."""
    chance = random.Random(f"stands/{name}")
    left, found, number = deck(name), list[Stand](), 0
    for n, text in enumerate(named(name).labs):
        plan, wanted = drawn(text), list[Wanted]()
        for row in list(left):
            each = Wanted(f"c{number + 1:03d}", row, chance.randrange(10**6) * 10, intent=chance.random() < 0.5)
            if any({*row} & {*other.kinds} for other in wanted) or not placeable(each, plan):
                continue
            wanted.append(each)
            left.remove(row)
            number += 1
            if len(wanted) == named(name).share:
                break
        found.append(Stand(text, n % 2 == 1, tuple(wanted)))
    return [stand for stand in found if stand.wanted]


def placeable(wanted: Wanted, plan: Plan) -> bool:
    try:
        wanted.choose(plan)
    except NoPlace:
        return False
    return True
