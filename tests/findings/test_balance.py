"""Link counter balance: silent loss is found where it is, and nothing that agents, traffic or other faults do is taken for it."""

from __future__ import annotations

import gzip
import math
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from noc_agent.evidence import Finding
from noc_agent.findings.balance import find_imbalance
from noc_agent.findings.packet_pairs import PacketPairs, Pair
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from noc_agent.snmp import RecordedSnmp
from noc_agent.topology import Network
from tests.findings.traffic import EARLY, Rate, Story
from tests.mutate import Mutation, Rows, index_of
from tests.recorded import Case, pairs

TOPOLOGIES = {
    "chain": [(f"r{n}", f"r{n + 1}") for n in range(4)],
    "ring": [(f"r{n}", f"r{(n + 1) % 6}") for n in range(6)],
    "star": [("hub", f"leaf{n}") for n in range(5)],
    "mesh": [(f"r{n}", f"r{m}") for n in range(4) for m in range(n)],
    "leaf-spine": [(f"spine{n}", f"leaf{m}") for n in range(2) for m in range(4)],
}
CACHES = (0, 3, 3, 5, 15, 30, 60)  # seconds, as agents have them
Change = Callable[[Story], None]


def look(folder: Path) -> Network:
    site = load_site(folder / "site.yaml", {})
    assert site.recordings is not None
    incident = read_incident(str(folder / "incident.yaml"), site, lambda: b"", datetime.now(UTC), None, None)
    return Network(site, RecordedSnmp(site.recordings), incident)


def found(story: Story, folder: Path) -> list[Finding]:
    shutil.rmtree(folder, ignore_errors=True)
    return list(find_imbalance(look(story.record(folder))))


def stale(story: Story, caches: Iterable[float] = CACHES, walk: float = 0.0) -> None:
    """Each agent has a cache of its own, is asked at a moment of its own, and reads what it sent a while after what it received."""
    choice = list(caches)
    for agent in story.agents.values():
        agent.cache, agent.phase = story.dice.choice(choice), story.dice.uniform(0, 60)
        agent.late, agent.walk = story.dice.uniform(0, 3), walk * story.dice.random()


def fresh(story: Story) -> None:
    stale(story, (0, 3))


def narrow(story: Story) -> None:
    """32-bit counters that wrap between the polls."""
    fresh(story)
    for agent in story.agents.values():
        agent.wide = False
    for port in story.each_port():
        port.base = 2**32 - int(port.out.rate(0) * (EARLY + story.dice.uniform(1, 49)))


def wandering(story: Story) -> None:
    """Traffic that is never the same for long."""
    fresh(story)

    def wander(rate: Rate) -> Rate:
        start, period = story.dice.uniform(0, 6.3), story.dice.uniform(60, 900)
        return lambda at: rate(at) * (1 + 0.05 * math.sin(start + 6.28 * at / period))

    story.change_rates(wander)
    for port in story.each_port():
        port.out.burst = 0.1


def mid_walk(story: Story) -> None:
    """Tables that are refreshed between what was received and what was sent: no single GET."""
    stale(story, (3,), walk=2.0)


def restart(story: Story) -> None:
    stale(story)
    story.agents[story.dice.choice(list(story.agents))].restarts = (story.dice.uniform(1, 49),)


def shifted(story: Story, at: float, but: int = -1) -> None:
    def shift(rate: Rate) -> Rate:
        factor = story.dice.uniform(0.2, 5)
        return lambda moment: rate(moment) * (factor if moment >= at else 1)

    story.change_rates(shift, but)


def cut(story: Story) -> None:
    """A link goes down between the polls; traffic finds other ways."""
    stale(story)
    link, at = story.dice.randrange(len(story.links)), story.dice.uniform(1, 45)
    shifted(story, at, but=link)
    for port in story.links[link]:
        port.down = lambda moment: moment >= at
        port.out.rate = lambda moment, rate=port.out.rate: rate(moment) if moment < at else 0.0  # type: ignore[misc]


def shift(story: Story) -> None:
    """Traffic moves although nothing near changed its state."""
    stale(story)
    shifted(story, story.dice.uniform(1, 45))


def steady(packets_per_s: float) -> Rate:
    return lambda _: packets_per_s


def idle(story: Story) -> None:
    stale(story)
    story.change_rates(lambda _: steady(story.dice.uniform(0, 8)))


def slow(story: Story) -> None:
    """Few packets: what is missing is chance."""
    stale(story)
    story.change_rates(lambda _: steady(story.dice.uniform(5, 40)))


def bursty(story: Story) -> None:
    """Bursts that the two ends count at different times."""
    stale(story)
    for port in story.each_port():
        port.out.burst = 0.8


def one_way(story: Story) -> None:
    """Asymmetric routing: almost all traffic of a link goes one way."""
    stale(story)
    for there, _ in story.links:
        there.out.rate = steady(story.dice.uniform(0, 20))


def ramp(story: Story) -> None:
    stale(story)

    def grow(rate: Rate) -> Rate:
        slope = story.dice.uniform(-0.4, 1) / 60
        return lambda at: rate(at) * max(0.05, 1 + slope * (at + 60))

    story.change_rates(grow)


def repeated(story: Story) -> None:
    """Some agents answer a poll with the table of the one before."""
    stale(story)
    for agent in story.agents.values():
        agent.frozen = tuple(n for n in (1, 2) if story.dice.random() < 0.4)


HEALTHY: dict[str, Change] = {
    "steady": lambda _: None, "fresh": fresh, "stale": stale, "narrow": narrow, "wandering": wandering, "mid-walk": mid_walk,
    "stale-mid-walk": lambda story: stale(story, walk=2.0), "restart": restart, "cut": cut, "shift": shift, "idle": idle, "slow": slow, "bursty": bursty,
    "one-way": one_way, "ramp": ramp, "repeated": repeated,
}  # fmt: skip
HARD = (
    "mid-walk",
    "stale-mid-walk",
    "bursty",
)  # columns that are not read in one GET; bursts of a second: one in 200 links
POLLS = {"25s": (0, 25, 50), "60s": (0, 60, 120, 180), "300s": (0, 300, 600, 900)}


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("variant", HEALTHY)
def test_a_healthy_network_is_left_alone(tmp_path: Path, topology: str, variant: str) -> None:
    for seed in range(2):
        story = Story(TOPOLOGIES[topology], seed)
        HEALTHY[variant](story)
        assert found(story, tmp_path / "case") == [], seed


@pytest.mark.long
@pytest.mark.parametrize("polls", POLLS)
@pytest.mark.parametrize("variant", HEALTHY)
def test_many_healthy_networks_are_left_alone(tmp_path: Path, polls: str, variant: str) -> None:
    false = links = 0
    for seed in range(100, 115):
        for topology in TOPOLOGIES.values():
            story = Story(topology, seed, POLLS[polls])
            HEALTHY[variant](story)
            false, links = false + len(found(story, tmp_path / "case")), links + len(topology)
    print(f"{variant} {polls}: {false} of {links}")
    assert false <= (0.005 * links if variant in HARD else 0)


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("variant", [fresh, narrow])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.12])
def test_loss_each_way_is_found_on_its_link(tmp_path: Path, topology: str, variant: Change, share: float) -> None:
    for seed in range(3):
        story = Story(TOPOLOGIES[topology], seed, POLLS["25s"])
        for port in story.each_port():
            port.out.rate = steady(story.dice.uniform(4000, 30_000))
        variant(story)
        lossy = story.lose(story.dice.randrange(len(story.links)), share, since=1.0)
        (finding,) = found(story, tmp_path / "case")
        assert finding.resource == lossy
        assert finding.facts["loss"] == pytest.approx(1 - (1 - share) ** 2, abs=0.015 + share / 10)
        assert finding.facts["pairs"] == 2


@pytest.mark.parametrize(("share", "back"), [(0.12, 0.0), (0.0, 0.12), (0.05, 0.1)])
def test_the_direction_is_told_where_other_links_tell_the_skew(tmp_path: Path, share: float, back: float) -> None:
    story = Story(TOPOLOGIES["ring"], 7)
    story.agents["r3"].cache, story.agents["r3"].phase = 14, 3  # its windows are 28 s and 14 s long, not 25 s
    lossy = story.lose(2, share, back, since=-30)  # r2 to r3
    (finding,) = found(story, tmp_path / "case")
    assert finding.resource == lossy
    assert finding.facts["loss_from_a"] == pytest.approx(share, abs=0.02)
    assert finding.facts["loss_from_b"] == pytest.approx(back, abs=0.02)


def test_no_direction_is_told_where_nothing_tells_the_skew(tmp_path: Path) -> None:
    story = Story(TOPOLOGIES["chain"], 7)
    fresh(story)
    story.lose(1, 0.12, 0.0)
    (finding,) = found(story, tmp_path / "case")
    assert finding.facts["loss"] == pytest.approx(0.12, abs=0.02)
    assert "loss_from_a" not in finding.facts


def lossy_story(links: str = "ring", polls: str = "25s") -> Story:
    """A network in which the loss on link 0 is found, if nothing else is changed."""
    story = Story(TOPOLOGIES[links], 3, POLLS[polls])
    story.lose(0, 0.12)
    return story


def test_what_the_next_tests_change_would_be_found(tmp_path: Path) -> None:
    assert [finding.resource for finding in found(lossy_story(), tmp_path / "case")] == ["link/r0/eth1--r1/eth1"]
    assert len(found(lossy_story(polls="300s"), tmp_path / "case")) == 1


def one_pair(story: Story) -> None:
    story.polls = story.polls[:2]


def cached(story: Story) -> None:
    story.agents["r1"].frozen = (2,)


def restarted(story: Story) -> None:
    story.agents["r0"].restarts = (30.0,)


def one_pair_only(story: Story) -> None:
    for port in story.links[0]:
        port.out.loss = lambda at: 0.12 if at >= 25 else 0.0


def errors_tell(story: Story) -> None:
    for port in story.links[0]:
        port.errors = lambda at, rate=port.into.rate: int(0.12 * rate(at) * (at + EARLY))  # type: ignore[misc]


def saturated(story: Story) -> None:
    for port in story.links[0]:
        port.speed = max(1, int(port.out.rate(0) * 500 * 8 / 1e6))


def flapped(story: Story) -> None:
    story.links[0][0].down = lambda at: 20 < at < 30


def bounced(story: Story) -> None:
    story.links[0][1].bounces = (40.0,)


def resized(story: Story) -> None:
    story.links[0][0].mtu = lambda at: 9000 if at > 10 else 1500


def sub_interface(story: Story) -> None:
    story.links[0][1].type = 135


def half_a_lag(story: Story) -> None:
    story.links[0][1].type = 161


def neighbor_cut(story: Story) -> None:
    for port in story.links[1]:
        port.down = lambda at: at > 10


@pytest.mark.parametrize(
    "change",
    [
        one_pair, cached, restarted, one_pair_only, errors_tell, saturated, flapped, bounced, resized, sub_interface, half_a_lag, neighbor_cut, idle, one_way,
    ],
)  # fmt: skip
def test_what_is_no_proof_of_silent_loss(tmp_path: Path, change: Change) -> None:
    story = lossy_story()
    change(story)
    assert found(story, tmp_path / "case") == []


def test_one_side_alone_says_nothing(tmp_path: Path) -> None:
    folder = lossy_story().record(tmp_path / "case")
    shutil.rmtree(folder / "snmp/r1")
    assert list(find_imbalance(look(folder))) == []


def test_a_port_with_two_neighbors_cannot_be_balanced(tmp_path: Path) -> None:
    folder = lossy_story().record(tmp_path / "case")
    links = yaml.safe_load((folder / "topology.yaml").read_text())["links"]
    links.append({"a": "r0/eth1", "b": "somebody/eth1"})
    site = yaml.safe_load((folder / "site.yaml").read_text())
    site["devices"]["somebody"] = {"role": "host"}
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    (folder / "topology.yaml").write_text(yaml.safe_dump({"links": links}))
    assert list(find_imbalance(look(folder))) == []


@pytest.mark.parametrize("polls", ["25s", "300s"], ids=["by-all-they-ever-counted", "by-a-healthy-pair"])
def test_ends_that_count_different_things_always_did(tmp_path: Path, polls: str) -> None:
    story = Story(TOPOLOGIES["ring"], 3, POLLS[polls])
    for port in story.each_port():
        port.base = 0
    story.links[0][0].out.seen = 0.8  # its far end does not count what it switches in hardware
    assert found(story, tmp_path / "case") == []


def test_a_counter_that_never_counts_shows_no_loss(tmp_path: Path) -> None:
    folder = Story(TOPOLOGIES["ring"], 3).record(tmp_path / "case")
    never = re.compile(r"^(1\.3\.6\.1\.2\.1\.(?:31\.1\.1\.1\.7|2\.2\.1\.11)\.1\|\d+)\|\d+$", re.MULTILINE)
    for poll in (folder / "snmp/r1").iterdir():
        poll.write_text(never.sub(r"\1|0", poll.read_text()))
    assert list(find_imbalance(look(folder))) == []


def test_loss_that_stood_before_the_incident_is_not_news(tmp_path: Path) -> None:
    story = Story(TOPOLOGIES["ring"], 3, POLLS["300s"])
    story.lose(0, 0.12, since=-300)
    assert found(story, tmp_path / "case") == []
    story.lose(0, 0.12, since=305)
    assert len(found(story, tmp_path / "case")) == 1


def test_of_a_lag_and_its_lossy_member_the_member_is_meant(tmp_path: Path) -> None:
    story = Story([("r0", "r1"), ("r0", "r1"), ("r1", "r2"), ("r2", "r0")], 5)
    for port in story.links[1]:
        port.type = 161
    lag = story.lose(1, 0.06)
    assert [finding.resource for finding in found(story, tmp_path / "case")] == [lag]
    member = story.lose(0, 0.12)
    assert [finding.resource for finding in found(story, tmp_path / "case")] == [member]


def test_a_lag_of_many_members_does_not_repeat_what_its_lossy_member_tells(tmp_path: Path) -> None:
    story = Story([*[("r0", "r1")] * 6, ("r1", "r2"), ("r2", "r3"), ("r2", "r4")], 5)
    for port in story.each_port():
        port.out.rate = steady(10_000)
    for port in story.links[0]:
        port.type = 161
    lag = story.lose(0, 0.06)
    assert [finding.resource for finding in found(story, tmp_path / "case")] == [lag]
    member = story.lose(1, 0.3)
    assert [finding.resource for finding in found(story, tmp_path / "case")] == [member]


def measured(story: Story, folder: Path) -> tuple[Pair, ...]:
    """The pairs of the story's first link."""
    network = look(story.record(folder))
    return PacketPairs(network).of(next(link for link in network.links if link.resource == story.resource(0)))


def test_a_repeated_table_ends_no_pair(tmp_path: Path) -> None:
    story = Story(TOPOLOGIES["chain"], 3)
    story.agents["r1"].frozen = (1,)
    (pair,) = measured(story, tmp_path / "case")
    assert pair.seconds == 50
    assert pair.shortfall == pytest.approx(0, abs=0.001)


def test_a_handful_of_packets_says_nothing(tmp_path: Path) -> None:
    story = Story(TOPOLOGIES["chain"], 3)
    story.links[0][0].out.rate = steady(3)
    assert measured(story, tmp_path / "case") == ()


def test_two_lossy_links_are_both_found(tmp_path: Path) -> None:
    story = Story(TOPOLOGIES["ring"], 4)
    fresh(story)
    wanted = {story.lose(1, 0.12), story.lose(4, 0.05)}
    assert {finding.resource for finding in found(story, tmp_path / "case")} == wanted


def test_a_restart_long_before_does_not_hide_later_pairs(tmp_path: Path) -> None:
    story = Story(TOPOLOGIES["ring"], 4, (0, 60, 120, 180, 240))
    story.agents["r0"].restarts = (10.0,)
    wanted = story.lose(0, 0.12)
    assert [finding.resource for finding in found(story, tmp_path / "case")] == [wanted]


def test_the_whole_diagnosis_confirms_the_link_and_nothing_else(tmp_path: Path) -> None:
    story = lossy_story()
    document = Case(story.record(tmp_path / "case")).diagnose()
    assert pairs(document) == {("link_packet_loss", "link/r0/eth1--r1/eth1")}
    assert document["verdict"] == "confirmed"
    (cause,) = document["root_causes"]
    assert "2 pairs of polls" in cause["explanation"]
    assert "?" not in cause["explanation"] + " ".join(document["next_actions"])
    assert {"link_capacity_bottleneck", "path_mtu_blackhole"} <= {row["fault"] for row in document["ruled_out"]}


def test_without_error_counters_it_is_likely_at_most(tmp_path: Path) -> None:
    folder = lossy_story().record(tmp_path / "case")
    unread = tuple(f"1.3.6.1.2.1.2.2.1.{column}." for column in (13, 14, 19, 20))
    case = Case(folder).edit(
        lambda text: "".join(row for row in text.splitlines(True) if not row.startswith(unread)), "*.snmprec"
    )
    document = case.diagnose()
    assert pairs(document) == {("link_packet_loss", "link/r0/eth1--r1/eth1")}
    assert document["verdict"] == "likely"


def lose_at(mutation: Mutation, device: str, port: str, share: float) -> None:
    """On a recording: after the baseline the port receives so much less."""
    folder = mutation.case.folder / "snmp" / device
    column = "1.3.6.1.2.1.31.1.1.1.7"
    before = read_rows(sorted(folder.iterdir())[0])

    def edit(rows: Rows) -> None:
        for oid in (f"{column}.{index_of(rows, port)}", f"1.3.6.1.2.1.2.2.1.11.{index_of(rows, port)}"):
            tag, _, value = rows[oid].partition("|")
            old = int(before[oid].partition("|")[2])
            rows[oid] = f"{tag}|{old + round((int(value) - old) * (1 - share))}"

    mutation.change(device, edit)


def read_rows(path: Path) -> Rows:
    lines = gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape").splitlines()
    return {oid: rest for oid, _, rest in (line.partition("|") for line in lines)}


@pytest.mark.parametrize(
    ("one", "other", "resource"),
    [
        (("acc2", "eth2"), ("dist2", "eth4"), "link/acc2/eth2--dist2/eth4"), (("acc3", "eth1"), ("dist2", "eth5"), "link/acc3/eth1--dist2/eth5"),
        (("dist2", "eth6"), ("srv1", "eth1"), "link/dist2/eth6--srv1/eth1"), (("acc1", "eth3"), ("sw1", "eth1"), "link/acc1/eth3--sw1/eth1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shares", [(0.12, 0.12), (0.25, 0.0)], ids=["both-ways", "one-way"])
def test_loss_on_a_recorded_network_is_confirmed(
    case: Callable[[str], Case],
    one: tuple[str, str],
    other: tuple[str, str],
    resource: str,
    shares: tuple[float, float],
) -> None:
    mutation = Mutation(case("healthy"))
    lose_at(mutation, *one, shares[0])
    lose_at(mutation, *other, shares[1])
    document = mutation.case.diagnose()
    assert pairs(document) == {("link_packet_loss", resource)}, document["next_actions"]
    assert document["verdict"] == "confirmed"


def test_loss_is_named_beside_a_fault_elsewhere(case: Callable[[str], Case]) -> None:
    mutation = Mutation(case("bgp_wrong_as"))
    lose_at(mutation, "acc2", "eth2", 0.15)
    lose_at(mutation, "dist2", "eth4", 0.15)
    truth = {names[0] for names in mutation.case.truth}
    assert pairs(mutation.case.diagnose()) == truth | {("link_packet_loss", "link/acc2/eth2--dist2/eth4")}
