"""Faults of links and devices on small sites of other makes: found at the right place and kind, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.findings.small_site import AGE, DOT3, HOST_UPTIME, IF, IFX, UPTIME, Link, Rows, SmallSite, resource
from tests.recorded import pairs

A: Link = ("edge-7", "xe-0/1/0", "agg-2", "xe-2/0/3")
B: Link = ("agg-2", "xe-2/0/4", "core-1", "et-0/0/9")
C: Link = ("edge-7", "xe-0/1/1", "core-1", "et-0/0/8")
JUNOS = (A, B, C)
CAT: tuple[Link, ...] = (
    ("sw-a", "GigabitEthernet0/1", "sw-b", "GigabitEthernet0/24"),
    ("sw-b", "GigabitEthernet0/2", "sw-c", "GigabitEthernet0/24"),
    ("sw-a", "GigabitEthernet0/2", "sw-c", "GigabitEthernet0/23"),
)
Make = Callable[[SmallSite], None]
DOM, ENVMON, HR, ENTITY = (
    "1.3.6.1.4.1.2636.3.60.1.1.1.1",
    "1.3.6.1.4.1.9.9.13.1",
    "1.3.6.1.2.1.25",
    "1.3.6.1.2.1.99.1.1.1",
)
PING = "1.3.6.1.2.1.80.1"


def junos(**more: object) -> SmallSite:
    return SmallSite(JUNOS, "junos", speed=10_000, **more)  # type: ignore[arg-type]


def ios(**more: object) -> SmallSite:
    return SmallSite(CAT, "ios", **more)  # type: ignore[arg-type]


def bounce(site: SmallSite, link: Link, times: int, *, junos_words: bool, first: float = 10, each: float = 12) -> None:
    """Both ends log each change; each poll finds the ports up."""
    for n in range(times):
        for device, port in (link[:2], link[2:]):
            for after, word in ((0.0, "down"), (4.0, "up")):
                at = first + n * each + after
                if junos_words:
                    status = {"down": "SNMP_TRAP_LINK_DOWN", "up": "SNMP_TRAP_LINK_UP"}[word]
                    oper = {"down": "down(2)", "up": "up(1)"}[word]
                    text = (
                        f"mib2d[2100]: {status}: ifIndex 510, ifAdminStatus up(1), ifOperStatus {oper}, ifName {port}"
                    )
                    site.log(device, at, text)
                else:
                    site.log(device, at, f"%LINK-3-UPDOWN: Interface {port}, changed state to {word}")
                    site.log(
                        device,
                        at + 1,
                        f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to {word}",
                    )


def changed(site: SmallSite, link: Link, *at: int) -> None:
    """ifLastChange moves at both ends, at each of these moments."""
    for device, port in (link[:2], link[2:]):
        n = site.index(device, port)
        for moment in at:
            site.put(device, {f"{IF}.9.{n}": f"67|{(AGE + moment) * 100}"}, moment)


def damaged(site: SmallSite, link: Link, each: float = 30, base: int = 0) -> None:
    site.grow(link[2], f"{IF}.14", link[3], each, base)


def fcs(site: SmallSite, link: Link) -> None:
    damaged(site, link)
    site.grow(link[2], f"{DOT3}.3", link[3], 30)


def light(site: SmallSite, link: Link, level: float, *, errors: bool = False) -> None:
    """The receiver at the first end measures this from the incident on, 0.01 dBm a unit; alarm below -18, warning -16."""
    n = site.index(link[0], link[1])
    limits = {9: 300, 10: -1800, 11: 200, 12: -1600}
    site.put(link[0], {f"{DOM}.{c}.{n}": f"2|{v}" for c, v in limits.items()} | {f"{DOM}.5.{n}": "2|-420"}, -(10**6))
    site.put(link[0], {f"{DOM}.5.{n}": f"2|{round(level * 100)}"})
    if errors:
        site.grow(link[0], f"{IF}.14", link[1], 25)


def half(site: SmallSite, link: Link, *, known_before: bool = True) -> None:
    """One end falls to half duplex; it counts late collisions, and the other one cut-off frames."""
    ends = [(link[0], site.index(link[0], link[1])), (link[2], site.index(link[2], link[3]))]
    for device, n in ends:
        site.put(device, {f"{DOT3}.19.{n}": "2|3"}, -(10**6) if known_before else 0)
    site.put(ends[0][0], {f"{DOT3}.19.{ends[0][1]}": "2|2"})
    site.grow(link[0], f"{DOT3}.8", link[1], 3)
    site.grow(link[2], f"{DOT3}.3", link[3], 6)
    damaged(site, link, 6)


def swapped(site: SmallSite, one: Link, other: Link) -> None:
    """The far ends of two cables change places."""
    site.hear(one[0], one[1], other[2], other[3])
    site.hear(other[2], other[3], one[0], one[1])
    site.hear(other[0], other[1], one[2], one[3])
    site.hear(one[2], one[3], other[0], other[1])


def restart(site: SmallSite, device: str, at: int = 60, *, boot_line: bool = False) -> None:
    """Clock and counters begin anew; the ports that face it bounce."""

    def change(rows: Rows, now: int) -> None:
        for oid in list(rows):
            tag, _, value = rows[oid].partition("|")
            if tag == "70":
                rows[oid] = f"70|{int(value) % 1000 + (now - at) * 900_000}"
            if oid.startswith(f"{IF}.9."):
                rows[oid] = "67|3100"
        rows[UPTIME] = f"67|{(now - at) * 100}"

    site.edit(device, change, at)
    for port, far, far_port in site.ports(device):
        assert port
        site.put(far, {f"{IF}.9.{site.index(far, far_port)}": f"67|{(AGE + at + 30) * 100}"}, at)
    if boot_line:
        site.log(device, at + 40, "%SYS-5-RESTART: System restarted --")


def agent_restart(site: SmallSite, device: str) -> None:
    site.edit(device, lambda rows, now: rows.update({UPTIME: f"67|{(now - 50) * 100}"}), 50)


def used(device: str, before: int, now: int) -> Make:
    """A Cisco memory pool, in percent of 100 MB."""
    pool = "1.3.6.1.4.1.9.9.48.1.1.1"

    def make(site: SmallSite) -> None:
        for since, percent in ((-(10**6), before), (0, now)):
            cells = {
                f"{pool}.2.1": "4|Processor",
                f"{pool}.5.1": f"66|{percent * 10**6}",
                f"{pool}.6.1": f"66|{(100 - percent) * 10**6}",
            }
            site.put(device, cells, since)

    return make


def cpu(device: str, before: int, now: int) -> Make:
    def make(site: SmallSite) -> None:
        site.put(device, {"1.3.6.1.4.1.9.9.109.1.1.1.1.8.1": f"66|{before}"}, -(10**6))
        site.put(device, {"1.3.6.1.4.1.9.9.109.1.1.1.1.8.1": f"66|{now}"})

    return make


def disk(device: str, before: int, now: int, kind: int = 4) -> Make:
    def make(site: SmallSite) -> None:
        for since, percent in ((-(10**6), before), (0, now)):
            cells = {
                2: f"6|1.3.6.1.2.1.25.2.1.{kind}",
                3: "4|/var",
                4: "2|4096",
                5: "2|1000000",
                6: f"2|{percent * 10_000}",
            }
            site.put(device, {f"{HR}.2.3.1.{column}.31": value for column, value in cells.items()}, since)

    return make


def part(device: str, table: int, before: int, now: int) -> Make:
    """A fan (4) or a supply (5) of CISCO-ENVMON-MIB: 1 normal, 3 critical, 5 notPresent."""

    def make(site: SmallSite) -> None:
        for since, state in ((-(10**6), before), (0, now)):
            site.put(device, {f"{ENVMON}.{table}.1.2.7": "4|part 7", f"{ENVMON}.{table}.1.3.7": f"2|{state}"}, since)

    return make


def hot(device: str, before: int, now: int, limit: int = 65) -> Make:
    def make(site: SmallSite) -> None:
        for since, value in ((-(10**6), before), (0, now)):
            state = 3 if value > limit else 1
            cells = {2: "4|inlet", 3: f"66|{value}", 4: f"2|{limit}", 6: f"2|{state}"}
            site.put(device, {f"{ENVMON}.3.1.{column}.2": cell for column, cell in cells.items()}, since)

    return make


def probe(site: SmallSite, device: str, target: str, before: int, now: int) -> None:
    """A DISMAN ping of another device's address; its index is the owner's and the test's name."""
    row = "1.97.2." + ".".join(str(ord(c)) for c in f"t{site.devices.index(target)}")
    address = f"0a0000{site.devices.index(target) + 1:02x}"
    for since, rtt in ((-(10**6), before), (0, now)):
        cells = {f"{PING}.2.1.4.{row}": f"4x|{address}", f"{PING}.3.1.6.{row}": f"66|{rtt}"}
        cells |= {f"{PING}.3.1.7.{row}": "66|10", f"{PING}.3.1.8.{row}": "66|10"}
        site.put(device, cells, since)


def node(name: str) -> str:
    return f"node/{name}"


FAULTS: dict[str, tuple[Callable[[], SmallSite], Make, tuple[str, str]]] = {
    "flap-junos": (junos, lambda s: bounce(s, A, 4, junos_words=True), ("link_flap", resource(A))),
    "flap-ios": (ios, lambda s: bounce(s, CAT[1], 3, junos_words=False), ("link_flap", resource(CAT[1]))),
    "flap-unlogged": (junos, lambda s: changed(s, B, 100, 160), ("link_flap", resource(B))),
    "damaged": (junos, lambda s: damaged(s, A), ("link_packet_corruption", resource(A))),
    "damaged-fcs": (ios, lambda s: fcs(s, CAT[0]), ("link_packet_corruption", resource(CAT[0]))),
    "damaged-more": (ios, lambda s: damaged(s, CAT[2], 40, 90_000), ("link_packet_corruption", resource(CAT[2]))),
    "duplex": (lambda: ios(speed=100), lambda s: half(s, CAT[1]), ("duplex_mismatch", resource(CAT[1]))),
    "light-low": (junos, lambda s: light(s, A, -21.5, errors=True), ("optics_degraded", "interface/edge-7/xe-0/1/0")),
    "light-fell": (junos, lambda s: light(s, C, -12.9), ("optics_degraded", "interface/edge-7/xe-0/1/1")),
    "swapped": (junos, lambda s: swapped(s, A, B), ("miscabling", resource(A))),
    "restart": (junos, lambda s: restart(s, "agg-2"), ("node_restart", node("agg-2"))),
    "restart-logged": (ios, lambda s: restart(s, "sw-c", boot_line=True), ("node_restart", node("sw-c"))),
    "cpu": (ios, cpu("sw-b", 12, 99), ("cpu_exhaustion", node("sw-b"))),
    "memory": (ios, used("sw-a", 61, 98), ("memory_exhaustion", node("sw-a"))),
    "disk": (lambda: SmallSite(CAT, "linux"), disk("sw-c", 40, 100), ("disk_full", node("sw-c"))),
    "fan": (ios, part("sw-a", 4, 1, 3), ("environment_alarm", node("sw-a"))),
    "supply-pulled": (ios, part("sw-b", 5, 1, 5), ("environment_alarm", node("sw-b"))),
    "hot": (ios, hot("sw-c", 41, 72), ("environment_alarm", node("sw-c"))),
}  # fmt: skip


@pytest.mark.parametrize("intent", [True, pytest.param(False, marks=pytest.mark.long)], ids=["intent", "no-intent"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_at_its_place_and_alone(tmp_path: Path, name: str, intent: bool) -> None:
    site, make, expected = FAULTS[name]
    small = site()
    small.intent = intent
    make(small)
    document = small.diagnose(tmp_path)
    assert pairs(document) == {expected}, document["next_actions"]
    assert document["verdict"] == "confirmed", document["root_causes"][0]["explanation"]


WITHOUT = ("flap-junos", "flap-ios", "damaged", "light-low", "duplex", "restart-logged", "hot")


@pytest.mark.parametrize("name", WITHOUT)
def test_without_a_healthy_poll(tmp_path: Path, name: str) -> None:
    """What the log, a pair of later polls or the other end tells; not what only a poll from before would."""
    site, make, expected = FAULTS[name]
    small = site()
    small.polls = POLLS_LATER
    make(small)
    if name == "light-low":
        small.log("edge-7", 20, "xntpd[9]: kernel time sync enabled")
    document = small.diagnose(tmp_path)
    if name == "light-low":
        # The light may have been so for years; the frames that it damages now are what is proven.
        assert pairs(document) == {("link_packet_corruption", resource(A))}
    else:
        assert pairs(document) == {expected}, document["next_actions"]


POLLS_LATER = (90, 150, 210)


def chronic(site: SmallSite) -> None:
    damaged(site, A, 3, 3 * AGE)


def one_bounce(site: SmallSite) -> None:
    bounce(site, A, 1, junos_words=True)


def by_hand(site: SmallSite) -> None:
    """Somebody tries the port three times: shut, no shut."""
    for n in range(3):
        site.log(
            "sw-a", 10 + 20 * n, "%LINK-5-CHANGED: Interface GigabitEthernet0/1, changed state to administratively down"
        )
    bounce(site, CAT[0], 3, junos_words=False, first=11, each=20)


def renamed(site: SmallSite) -> None:
    """The far end gets other hardware and another name in the same place: no cable moved."""
    n = site.index("edge-7", "xe-0/1/0")
    site.put(
        "edge-7",
        {f"1.0.8802.1.1.2.1.4.1.1.5.0.{n}.1": "4x|02aa00000001", f"1.0.8802.1.1.2.1.4.1.1.9.0.{n}.1": "4|agg-2.lab"},
    )


def unheard(site: SmallSite, device: str, n: int) -> None:
    """The port hears nobody, and never did."""
    site.edit(device, lambda rows, _: drop_heard(rows, n), -(10**6))


def drop_heard(rows: Rows, n: int) -> None:
    for oid in [oid for oid in rows if ".4.1.1." in oid and f".0.{n}." in oid]:
        del rows[oid]


def spare_dark(site: SmallSite) -> None:
    """A shut port has no light."""
    light(site, C, -40.0)
    for device, port in (C[:2], C[2:]):
        n = site.index(device, port)
        site.put(device, {f"{IF}.7.{n}": "2|2", f"{IF}.8.{n}": "2|2"}, -(10**6))
        unheard(site, device, n)


def busy_host(site: SmallSite) -> None:
    for name in site.devices:
        cpu(name, 20, 97)(site)


BENIGN: dict[str, tuple[Callable[[], SmallSite], Make]] = {
    "nothing": (junos, lambda s: None),
    "errors as ever": (junos, chronic),
    "two errors": (ios, lambda s: damaged(s, CAT[0], 0.01)),
    "one bounce": (junos, one_bounce),
    "tried by hand": (ios, by_hand),
    "agent restarted": (junos, lambda s: agent_restart(s, "agg-2")),
    "cpu as ever": (ios, cpu("sw-a", 97, 99)),
    "cpu at work": (ios, cpu("sw-a", 20, 70)),
    "all busy": (ios, busy_host),
    "full by design": (ios, used("sw-b", 96, 97)),
    "image mounted": (lambda: SmallSite(CAT, "linux"), disk("sw-b", 100, 100)),
    "dead fan of old": (ios, part("sw-a", 4, 3, 3)),
    "empty bay": (ios, part("sw-a", 5, 5, 5)),
    "warm": (ios, hot("sw-c", 60, 64)),
    "light wavers": (junos, lambda s: light(s, A, -5.1)),
    "shut port is dark": (junos, spare_dark),
    "neighbor renamed": (junos, renamed),
    "full duplex": (lambda: ios(speed=100), lambda s: s.put("sw-a", {f"{DOT3}.19.{s.index('sw-a', 'GigabitEthernet0/1')}": "2|3"})),
}  # fmt: skip


@pytest.mark.parametrize("name", BENIGN)
def test_what_is_no_fault_stays_healthy(tmp_path: Path, name: str) -> None:
    site, make = BENIGN[name]
    small = site()
    make(small)
    document = small.diagnose(tmp_path)
    assert (document["verdict"], pairs(document)) == ("healthy", set()), document["next_actions"]


def test_one_poll_says_nothing_of_old_states(tmp_path: Path) -> None:
    """A fan that failed, light that is low, memory that is full: for how long nobody knows."""
    small = ios(polls=(60,))
    for make in (part("sw-a", 4, 3, 3), used("sw-b", 97, 97)):
        make(small)
    assert pairs(small.diagnose(tmp_path)) == set()


@pytest.mark.parametrize(("down_first", "expected"), [(True, "link_down"), (False, "link_flap")])
def test_a_link_that_stays_down_is_down_and_one_that_returns_flaps(
    tmp_path: Path, down_first: bool, expected: str
) -> None:
    small = ios()
    bounce(small, CAT[0], 1 if down_first else 4, junos_words=False)
    for device, port in (CAT[0][:2], CAT[0][2:]):
        small.down(device, port)
        small.log(device, 100, f"%LINK-3-UPDOWN: Interface {port}, changed state to down")
    assert pairs(small.diagnose(tmp_path)) == {(expected, resource(CAT[0]))}


def test_no_light_on_a_port_that_is_down_is_a_cut_line(tmp_path: Path) -> None:
    small = junos()
    light(small, A, -40.0)
    for device, port in (A[:2], A[2:]):
        small.down(device, port)
    assert pairs(small.diagnose(tmp_path)) == {("link_down", resource(A))}


def test_weak_light_that_still_arrives_is_the_cause_of_a_port_that_is_down(tmp_path: Path) -> None:
    small = junos()
    light(small, A, -26.0)
    for device, port in (A[:2], A[2:]):
        small.down(device, port)
    assert pairs(small.diagnose(tmp_path)) == {("optics_degraded", "interface/edge-7/xe-0/1/0")}


def test_frames_that_are_too_long_are_no_corruption(tmp_path: Path) -> None:
    small = ios()
    damaged(small, CAT[0])
    small.grow(CAT[0][2], f"{DOT3}.13", CAT[0][3], 30)
    small.put(CAT[0][0], {f"{IF}.4.{small.index(*CAT[0][:2])}": "2|9000"})
    assert pairs(small.diagnose(tmp_path)) == {("mtu_mismatch", resource(CAT[0]))}


def test_one_cable_in_another_port_of_the_same_device(tmp_path: Path) -> None:
    """sw-a's first cable is found in a spare port of sw-b; the port that it left is down."""
    small = ios()
    spare = {f"{IF}.2.600": "4|GigabitEthernet0/20", f"{IF}.3.600": "2|6", f"{IF}.7.600": "2|1", f"{IF}.8.600": "2|2"}
    small.put("sw-b", spare | {"1.3.6.1.2.1.31.1.1.1.1.600": "4|GigabitEthernet0/20"}, -(10**6))
    small.down("sw-b", "GigabitEthernet0/24")
    small.put("sw-b", {f"{IF}.8.600": "2|1"} | small.heard(600, "sw-a", "GigabitEthernet0/1"))
    small.hear("sw-a", "GigabitEthernet0/1", "sw-b", "GigabitEthernet0/20")
    assert pairs(small.diagnose(tmp_path)) == {("miscabling", resource(CAT[0]))}


def test_a_cable_that_was_wrong_before_is_no_cause(tmp_path: Path) -> None:
    small = junos()
    for (device, port), (far, far_port) in ((A[:2], B[2:]), (B[2:], A[:2])):
        small.put(device, small.heard(small.index(device, port), far, far_port), -(10**6))
    for port in ("xe-2/0/3", "xe-2/0/4"):
        unheard(small, "agg-2", small.index("agg-2", port))
    assert pairs(small.diagnose(tmp_path)) == set()


@pytest.mark.parametrize(
    ("changed", "others", "named"),
    [(AGE + 5, None, True), (AGE - 86_400, None, False), (0, None, False), (0, 0, True)],
    ids=["now", "yesterday", "before the agent's start", "none counted"],
)
def test_without_a_healthy_poll_a_port_itself_says_since_when_it_is_down(
    tmp_path: Path, changed: int, others: int | None, named: bool
) -> None:
    small = junos(polls=POLLS_LATER)
    for device, port in (A[:2], A[2:]):
        small.down(device, port, -(10**6))
        for name, _, _ in small.ports(device) if others is not None else ():
            small.put(device, {f"{IF}.9.{small.index(device, name)}": f"67|{others}"}, -(10**6))
        small.put(device, {f"{IF}.9.{small.index(device, port)}": f"67|{changed * 100}"}, -(10**6))
    document = small.diagnose(tmp_path)
    assert pairs(document) == ({("link_down", resource(A))} if named else set())
    assert named or any("was before the incident" in text for text in document["next_actions"])


def test_a_log_may_know_a_port_by_its_ifdescr(tmp_path: Path) -> None:
    """Many switches number their ports in ifName and describe them in ifDescr, and log either."""
    small = SmallSite((("sw-a", "1/1", "sw-b", "1/24"),))
    for device, port in (("sw-a", "1/1"), ("sw-b", "1/24")):
        small.put(device, {f"{IF}.2.{small.index(device, port)}": "4|Slot0-Copper"}, -(10**6))
        for n in range(4):
            for after, word in ((0, "down"), (4, "up")):
                small.log(
                    device, 10 + 12 * n + after, f"%LINK-3-UPDOWN: Interface Slot0-Copper, changed state to {word}"
                )
    assert pairs(small.diagnose(tmp_path)) == {("link_flap", "link/sw-a/1/1--sw-b/1/24")}


@pytest.mark.parametrize("fill", [disk, used])
@pytest.mark.parametrize(
    ("own", "others", "named"), [(100, (31, 40, 62), True), (100, (31, 40, 88), False), (100, (31, 40), False), (89, (3, 4, 6), False)]
)  # fmt: skip
def test_without_a_healthy_poll_siblings_tell_what_is_full_and_should_not_be(
    tmp_path: Path, fill: Callable[[str, int, int], Make], own: int, others: tuple[int, ...], named: bool
) -> None:
    """Four devices in a row; where one of them does not tell, the others are too few."""
    chain = (("sw-a", "p1", "sw-b", "p2"), ("sw-b", "p1", "sw-c", "p2"), ("sw-c", "p1", "sw-d", "p2"))
    small = SmallSite(chain, "linux" if fill is disk else "ios", polls=POLLS_LATER)
    for device, percent in zip(small.devices, (own, *others), strict=False):
        fill(device, percent, percent)(small)
    document = small.diagnose(tmp_path)
    kind = "disk_full" if fill is disk else "memory_exhaustion"
    assert pairs(document) == ({(kind, node("sw-a"))} if named else set())
    assert (document["verdict"] == "likely") == named


@pytest.mark.parametrize(
    ("subnets", "wrong"),
    [(("10.1.0", "10.2.0", "10.2.0", "10.1.0"), True), (("10.1.0", "10.2.0", "10.1.0", "10.2.0"), False), ((), False)],
    ids=["as-meant", "as-cabled", "none"],
)
def test_without_a_healthy_poll_addresses_tell_a_wrong_cable_from_an_old_plan(
    tmp_path: Path, subnets: tuple[str, ...], wrong: bool
) -> None:
    """A leads from edge-7 to agg-2 and B from agg-2 to core-1, by intent; the cables are found the other way round."""
    small = junos(polls=POLLS_LATER)
    swapped(small, A, B)
    ends = (A[:2], B[:2], B[2:], A[2:])
    for n, ((device, port), subnet) in enumerate(zip(ends, subnets, strict=False), 1):
        row = {f"1.3.6.1.2.1.4.20.1.2.{subnet}.{n}": f"2|{small.index(device, port)}"}
        small.put(device, row | {f"1.3.6.1.2.1.4.20.1.3.{subnet}.{n}": "64|255.255.255.0"})
    assert pairs(small.diagnose(tmp_path)) == ({("miscabling", resource(A))} if wrong else set())


def test_the_slow_link_is_the_one_that_slow_probes_share(tmp_path: Path) -> None:
    """edge-7 reaches both others over links of its own: only the way to agg-2 became slow."""
    small = junos()
    probe(small, "edge-7", "agg-2", 3, 64)
    probe(small, "edge-7", "core-1", 3, 3)
    assert pairs(small.diagnose(tmp_path)) == {("link_latency", resource(A))}


def test_probes_that_call_themselves_slow_tell_the_link_where_others_are_well(tmp_path: Path) -> None:
    small = junos()
    small.log("edge-7", -300, "SLA-4-STATE: target=core-1 state=OK prev=DOWN loss=0% rtt_avg=3.0ms")
    small.log("edge-7", 40, "SLA-4-STATE: target=agg-2 state=SLOW prev=OK loss=0% rtt_avg=64.2ms")
    document = small.diagnose(tmp_path)
    assert (pairs(document), document["verdict"]) == ({("link_latency", resource(A))}, "likely")


def test_a_source_to_which_everything_is_slow_may_measure_late_itself(tmp_path: Path) -> None:
    small = SmallSite((A, B), "junos", speed=10_000)  # edge-7 reaches both over its only link
    for target in ("agg-2", "core-1"):
        probe(small, "edge-7", target, 3, 64)
    document = small.diagnose(tmp_path)
    assert (pairs(document), document["verdict"]) == (set(), "inconclusive")
    probe(small, "agg-2", "edge-7", 3, 64)  # seen from the other side as well
    assert pairs(small.diagnose(tmp_path)) == {("link_latency", resource(A))}


@pytest.mark.parametrize(("times", "named"), [((64, 65, 66), True), ((31, 64, 97), False)])
def test_what_is_late_by_as_much_everywhere_waits_beyond_the_source(
    tmp_path: Path, times: tuple[int, ...], named: bool
) -> None:
    """edge-7 reaches three devices over its own link and the next; a busy source is late now more and now less."""
    far: list[Link] = [("core-1", f"et-0/0/{n}", f"pop-{n}", "ge-0/0/0") for n in range(3)]
    small = SmallSite((A, B, *far), "junos", speed=10_000)
    for n, took in enumerate(times):
        small.log("edge-7", 40 + n, f"SLA-4-STATE: target=pop-{n} state=SLOW prev=OK loss=0% rtt_avg={took}.2ms")
    document = small.diagnose(tmp_path)
    assert pairs(document) == ({("link_latency", resource(B))} if named else set())
    assert document["verdict"] == ("likely" if named else "inconclusive")


def test_a_slow_probe_alone_is_no_healthy_site(tmp_path: Path) -> None:
    small = junos()
    for device, port in (C[:2], C[2:]):
        small.down(device, port, -(10**6))  # all goes over agg-2, and one probe tells not where it waits
    small.log("edge-7", 40, "SLA-4-STATE: target=core-1 state=SLOW prev=OK loss=0% rtt_avg=64.2ms")
    document = small.diagnose(tmp_path)
    assert document["verdict"] == "inconclusive", document["root_causes"]
    small.log("edge-7", 90, "SLA-4-STATE: target=core-1 state=OK prev=SLOW loss=0% rtt_avg=3.1ms")
    assert small.diagnose(tmp_path)["verdict"] == "healthy"


@pytest.mark.parametrize(("back", "verdict"), [(False, "inconclusive"), (True, "healthy")])
def test_a_measurement_of_which_only_the_number_is_told_is_no_healthy_site(
    tmp_path: Path, back: bool, verdict: str
) -> None:
    small = ios()
    small.log("sw-a", 40, "%TRACK-6-STATE: 11 ip sla 11 reachability Up -> Down")
    if back:
        small.log("sw-a", 90, "%TRACK-6-STATE: 11 ip sla 11 reachability Down -> Up")
    document = small.diagnose(tmp_path)
    assert (document["verdict"], document["root_causes"]) == (verdict, [])
    assert back or any("ip sla 11" in text for text in document["next_actions"])


def slower(small: SmallSite, link: Link, mbps: int, *ends: int) -> None:
    """The ends agree on a lower speed from the incident on."""
    for end in ends or (0, 1):
        device, port = link[2 * end : 2 * end + 2]
        small.put(device, {f"{IFX}.15.{small.index(device, port)}": f"66|{mbps}"})


def test_a_link_that_runs_slower_than_what_it_carried_is_a_bottleneck(tmp_path: Path) -> None:
    small = junos()
    slower(small, A, 1)  # it carries 3.6 Mbit/s
    document = small.diagnose(tmp_path)
    assert (pairs(document), document["verdict"]) == ({("link_capacity_bottleneck", resource(A))}, "confirmed")


def test_a_link_that_runs_slower_and_still_carries_all_is_likely_one(tmp_path: Path) -> None:
    small = junos()
    slower(small, A, 100)
    document = small.diagnose(tmp_path)
    assert (pairs(document), document["verdict"]) == ({("link_capacity_bottleneck", resource(A))}, "likely")


def test_a_speed_that_one_end_alone_tells_is_none(tmp_path: Path) -> None:
    small = junos()
    slower(small, A, 100, 0)
    assert small.diagnose(tmp_path)["verdict"] == "healthy"


def test_a_bundle_that_lost_a_member_is_no_slow_link(tmp_path: Path) -> None:
    small = junos()
    slower(small, A, 100)
    for device, port in (A[:2], A[2:]):
        small.put(device, {f"{IF}.3.{small.index(device, port)}": "2|161"}, -(10**6))
    assert small.diagnose(tmp_path)["verdict"] == "healthy"


def test_interfaces_of_one_name_are_said_to_be_two(tmp_path: Path) -> None:
    small = junos()
    one, two = (small.index("edge-7", port) for port in (A[1], C[1]) if A[0] == C[0] == "edge-7")
    small.put("edge-7", {f"{IFX}.1.{two}": f"4|{A[1]}"}, -(10**6))
    words = f"2 interfaces are named {A[1]} (ifIndex {one}, {two})"
    assert any(words in text for text in small.diagnose(tmp_path)["next_actions"])


def test_a_round_trip_that_wavers_is_none(tmp_path: Path) -> None:
    small = junos()
    probe(small, "edge-7", "agg-2", 3, 7)
    assert pairs(small.diagnose(tmp_path)) == set()


def test_two_faults_are_both_named(tmp_path: Path) -> None:
    small = ios()
    damaged(small, CAT[0])
    part("sw-c", 4, 1, 3)(small)
    cpu("sw-b", 10, 99)(small)
    expected = {
        ("link_packet_corruption", resource(CAT[0])),
        ("environment_alarm", node("sw-c")),
        ("cpu_exhaustion", node("sw-b")),
    }
    assert pairs(small.diagnose(tmp_path)) == expected


def test_a_host_that_carries_others_lends_them_its_uptime(tmp_path: Path) -> None:
    """hrSystemUptime that started over on all at once, with counters that went on, is not each device's own."""
    small = SmallSite(CAT, "linux")
    for name in small.devices:
        small.edit(name, lambda rows, at: rows.update({HOST_UPTIME: f"67|{(AGE + at) * 100}"}), -(10**6))
        small.edit(name, lambda rows, at: rows.update({HOST_UPTIME: f"67|{(at - 40) * 100}"}), 60)
    assert pairs(small.diagnose(tmp_path)) == set()


def test_a_logged_alarm_that_its_sensor_denies_has_passed(tmp_path: Path) -> None:
    small = ios()
    part("sw-a", 4, 1, 1)(small)
    small.log("sw-a", 20, "%ENVMON-3-FAN_FAILED: Fan 7 had a rotation error reported.")
    assert pairs(small.diagnose(tmp_path)) == set()


@pytest.mark.parametrize(("celsius", "found"), [(88, {("environment_alarm", node("sw-a"))}), (42, set())])
def test_a_sensor_that_is_ok_denies_no_heat_that_it_measures(
    tmp_path: Path, celsius: int, found: set[tuple[str, str]]
) -> None:
    """`ok` of ENTITY-SENSOR-MIB says that the value can be read."""
    small, sensor = ios(), "1.3.6.1.2.1.99.1.1.1"
    cells = {f"{sensor}.{n}.30": f"2|{value}" for n, value in ((1, 8), (2, 9), (3, 0), (4, 41), (5, 1))}
    small.put("sw-a", cells, -(10**6))
    small.put("sw-a", {f"{sensor}.4.30": f"2|{celsius}"}, 0)
    small.log("sw-a", 20, "%ENVIRONMENTAL-1-ALERT: Temp: Inlet, Location: R0, State: Critical, Reading: 89 Celsius")
    assert pairs(small.diagnose(tmp_path)) == found


def test_a_logged_failure_counts_where_no_sensor_is_served(tmp_path: Path) -> None:
    small = ios()
    small.log("sw-a", 20, "%PLATFORM_ENV-1-FAN: Fan 1 is not functioning")
    assert pairs(small.diagnose(tmp_path)) == {("environment_alarm", node("sw-a"))}
