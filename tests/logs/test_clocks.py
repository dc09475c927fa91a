"""Clocks that are off: found by what both ends log, by a collector's stamp, by the lines around; and never by chance."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest

from noc_agent.logs import LogStore
from noc_agent.logs.clocks import COLLECTOR, NEIGHBORS, Offset, Said, agreed, deviations, offsets
from noc_agent.logs.event import Meaning

DAY = 86_400.0
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
Link = tuple[str, str]


def flaps(
    dice: random.Random, link: Link, times: Iterable[float], wrong: dict[str, float], jitter: float = 0.3
) -> Iterator[Said]:
    """Down and, some time later, up: as both ends of a link log it, each by its own clock."""
    for down in times:
        for up, at in ((False, down), (True, down + dice.uniform(5, 600))):
            for device in link:
                yield Said(device, link, device, up, at + wrong.get(device, 0.0) + dice.uniform(0, jitter))


def ring(n: int) -> list[Link]:
    return [(f"r{k}", f"r{(k + 1) % n}") for k in range(n)]


def network(dice: random.Random, wrong: dict[str, float], n: int = 6, each: int = 3) -> list[Said]:
    said = [one for link in ring(n) for one in flaps(dice, link, [dice.uniform(0, DAY) for _ in range(each)], wrong)]
    dice.shuffle(said)
    return said


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("off", [25_200.0, -3600.0, 19_800.0, 61.0, -5.0, 0.0])
def test_a_clock_that_is_off_is_found_among_those_that_are_right(seed: int, off: float) -> None:
    dice = random.Random(seed)
    found = offsets(network(dice, {"r2": off}))
    assert set(found) == {f"r{k}" for k in range(6)}
    assert found["r2"].seconds == pytest.approx(off, abs=0.5)
    assert {device for device, one in found.items() if one.seconds} == ({"r2"} if off else set())
    assert all(one.how == NEIGHBORS and one.samples >= 3 for one in found.values())


def test_a_clock_is_known_through_others_that_are_off_too() -> None:
    wrong = {"r1": 7200.0, "r2": -400.0}
    found = offsets(network(random.Random(5), wrong, n=7))
    assert {device: round(one.seconds, -1) for device, one in found.items() if one.seconds} == wrong


@pytest.mark.parametrize("seed", range(20))
def test_chance_makes_no_clock_wrong(seed: int) -> None:
    """Ends that log each its own: nothing is common but the hours, and many pairs agree by chance."""
    dice = random.Random(seed)
    said = [
        Said(device, link, device, up, dice.uniform(0, 7200))
        for link in ring(6) for device in link for up in (False, True) for _ in range(dice.choice([2, 10, 60]))
    ]  # fmt: skip
    assert {one.seconds for one in offsets(said).values()} <= {0.0}


@pytest.mark.parametrize("seed", range(10))
def test_the_hold_time_of_the_far_end_is_no_offset(seed: int) -> None:
    """One end sees the carrier go, the other waits for its dead interval; both come up together."""
    dice = random.Random(seed)
    said = []
    for link in ring(5):
        for down in (dice.uniform(0, DAY) for _ in range(6)):
            late = dice.uniform(30, 40)
            said += [Said(link[0], link, link[0], False, down), Said(link[1], link, link[1], False, down + late)]
            said += [Said(device, link, device, True, down + 300 + dice.uniform(0, 0.2)) for device in link]
    assert {one.seconds for one in offsets(said).values()} <= {0.0}


def test_a_link_that_flaps_like_a_clock_tells_nothing() -> None:
    dice = random.Random(1)
    said = [
        Said(device, link, device, up, 60.0 * n + 20 * up + (3600 if device == "r2" else 0) + dice.uniform(0, 0.2))
        for link in ring(5) for n in range(200) for up in (False, True) for device in link
    ]  # fmt: skip
    assert {one.seconds for one in offsets(said).values()} <= {0.0}


def test_of_two_clocks_that_differ_neither_is_called_wrong() -> None:
    said = list(flaps(random.Random(2), ("a", "b"), [100.0, 5000.0, 60_000.0], {"b": 3600.0}))
    assert offsets(said) == {}
    # A collector's stamp tells which one is right.
    known = offsets(
        [Said(("a", "collector"), one.tie, one.end, one.up, one.at) if one.clock == "a" else one for one in said],
        {("a", "collector"): 0.0},
    )
    assert known["b"].seconds == pytest.approx(3600, abs=0.5)


def test_one_reset_of_many_sessions_is_one_moment() -> None:
    """Forty sessions cleared at once, and forty others an hour later, are no forty proofs of an hour's offset."""
    ties = [f"s{n}" for n in range(40)]
    said = [Said("a", tie, 1, False, 1000.0) for tie in ties]
    said += [Said("b", tie, 2, False, 4600.0) for tie in ties]
    said += [Said("c", tie, 3, False, 1000.0) for tie in ties]
    assert offsets(said) == {}


@pytest.mark.parametrize("share", [0.5, 0.2, 0.8])
def test_a_clock_that_was_set_right_in_between_is_uncertain(share: float) -> None:
    dice = random.Random(3)
    said: list[Said] = []
    for link in ring(6):
        for down in (dice.uniform(0, DAY) for _ in range(20)):
            said += flaps(dice, link, [down], {"r2": 7200.0 if down < DAY * share else 0.0})
    found = offsets(said)
    assert "r2" not in found
    assert {one.seconds for one in found.values()} == {0.0}


def test_both_ends_of_a_tie_are_needed_not_one_peer_that_two_name() -> None:
    """Two routers that log the loss of the same third one speak of it, not of each other."""
    dice = random.Random(4)
    said: list[Said] = []
    for at in (dice.uniform(0, DAY) for _ in range(10)):
        said += [Said("a", "subnet", 9, up, at + 60 * up) for up in (False, True)]
        said += [Said("b", "subnet", 9, up, at + 60 * up + 5000) for up in (False, True)]
        said += [Said("c", "subnet", 9, up, at + 60 * up) for up in (False, True)]
    assert offsets(said) == {}


def test_the_reckoning_is_cheap_where_everything_flaps() -> None:
    dice = random.Random(6)
    said = network(dice, {"r3": 3600.0}, n=40, each=120)
    begin = time.process_time()
    found = offsets(said)
    assert time.process_time() - begin < 10
    assert found["r3"].seconds == pytest.approx(3600, abs=1)
    assert sum(one.seconds != 0 for one in found.values()) == 1


def test_what_a_collector_stamps_tells_the_offset_where_most_lines_agree() -> None:
    assert agreed([3600.2, 3600.3, 3599.9, 3600.2], COLLECTOR) == Offset(3600.2, 4, 0.05, COLLECTOR)
    assert agreed([0.1, 0.3, 1.2], COLLECTOR) == Offset(0.0, 3, 0.2, COLLECTOR)
    assert agreed([10.0, 500.0, 9000.0], COLLECTOR) is None
    assert agreed([10.0], COLLECTOR) is None


def test_lines_far_off_those_around_them_are_found_by_their_place() -> None:
    times = [float(n) for n in range(100)]
    assert deviations(times) == {}
    times[40] += 7200
    times[60] -= 7200
    assert {place: round(ahead, -2) for place, ahead in deviations(times).items()} == {40: 7200, 60: -7200}


# The same by files.


class Ring:
    """r0 … r5 in a ring; ethL of rN leads to its left neighbor, ethR to its right one."""

    zones: tuple[tzinfo, ...] = ()
    kinds = ("interface_down", "interface_up")

    def __init__(self, zones: dict[str, tzinfo] | None = None) -> None:
        self._zone_of = zones or {}
        self.zones = tuple(self._zone_of.values())

    def device_of(self, host: str) -> str | None:
        return host if host in {f"r{k}" for k in range(6)} else None

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return None

    def timezone_of(self, device: str) -> tzinfo:
        return self._zone_of.get(device, UTC)

    def ties(self, device: str, said: Meaning) -> Iterable[tuple[Hashable, Hashable, bool]]:
        if said.subject not in ("ethL", "ethR") or not device:
            return
        k = int(device[1:])
        yield (k if said.subject == "ethR" else (k - 1) % 6), device, said.kind.endswith("_up")


def said_lines(seed: int, wrong: dict[str, float]) -> list[tuple[float, str, float, str]]:
    """(true time, device, its own stamp, message) of a day in the ring, in order of true time."""
    dice = random.Random(seed)
    rows = []
    for k in range(6):
        for down in (dice.uniform(0, DAY) for _ in range(4)):
            for at, state in ((down, "down"), (down + dice.uniform(5, 600), "up")):
                for device, port in ((f"r{k}", "ethR"), (f"r{(k + 1) % 6}", "ethL")):
                    heard = at + dice.uniform(0, 0.3)
                    rows.append(
                        (
                            heard,
                            device,
                            heard + wrong.get(device, 0.0),
                            f"%LINK-3-UPDOWN: Interface {port}, changed state to {state}",
                        )
                    )
        rows += [
            (at, f"r{k}", at + wrong.get(f"r{k}", 0.0), "%SYS-6-LOGOUT: somebody")
            for at in (dice.uniform(0, DAY) for _ in range(60))
        ]
    return sorted(rows)


def bsd(second: float) -> str:
    at = START + timedelta(seconds=second)
    return f"{at:%b} {at.day:2d} {at:%H:%M:%S}"


def logs(folder: Path, names: Ring | None = None) -> LogStore:
    names = names or Ring()
    return LogStore(folder, [str(folder / "*.log*")], names, START + timedelta(hours=12), ties=names)


def own_files(folder: Path, rows: list[tuple[float, str, float, str]]) -> None:
    for device in {row[1] for row in rows}:
        text = "".join(f"{bsd(stamp)}: {message}\n" for _, name, stamp, message in rows if name == device)
        (folder / f"{device}.log").write_text(text)


@pytest.mark.parametrize("off", [25_200, -7200, 0])
def test_lines_of_a_device_that_is_off_stand_at_their_true_time(tmp_path: Path, off: int) -> None:
    rows = said_lines(1, {"r2": off})
    own_files(tmp_path, rows)
    store = logs(tmp_path)
    found = list(store.lines())
    assert len(found) == len(rows)
    for line, (true, *_) in zip(sorted(found, key=lambda line: line.time or START), rows, strict=True):
        assert line.time is not None
        assert abs((line.time - START).total_seconds() - true) < 2
        assert (line.stamp is not None) == (line.device == "r2" and off != 0)
    assert store.clocks()["r2"].seconds == off
    for low in range(0, 24, 4):
        since, until = (START + timedelta(hours=hour) for hour in (low, low + 4))
        inside = sum(low * 3600 + 1 < true < (low + 4) * 3600 - 1 for true, *_ in rows)
        assert abs(len(list(logs(tmp_path).lines(since, until))) - inside) <= 1
    assert [event.device for event in store.events(kind="clock_offset")] == (["r2"] if off else [])


def test_the_window_of_a_big_file_of_a_device_that_is_off_is_found_where_its_stamps_are(tmp_path: Path) -> None:
    rows = said_lines(2, {"r2": 25_200})
    rows += [(n * 1.0, "r2", n + 25_200.0, f"%SYS-6-LOGOUT: number {n}") for n in range(80_000)]
    own_files(tmp_path, sorted(rows))
    store = logs(tmp_path)
    since, until = START + timedelta(seconds=40_000), START + timedelta(seconds=40_060)
    found = store.search("number", since, until, limit=1000)
    assert {line.message.split()[-1] for line in found} == {str(n) for n in range(40_000, 40_061)}
    newest = max(int(true) for true, device, *_ in rows if device == "r2")
    assert store.last_heard()["r2"] == START + timedelta(seconds=newest)


def test_a_shared_file_in_order_of_arrival_tells_who_is_off(tmp_path: Path) -> None:
    rows = said_lines(3, {"r2": -18_000})
    (tmp_path / "all.log").write_text(
        "".join(f"{bsd(stamp)} {device} app: {message}\n" for _, device, stamp, message in rows)
    )
    store = logs(tmp_path)
    for line, (true, device, *_) in zip(store.lines(), rows, strict=True):
        assert line.time is not None
        assert abs((line.time - START).total_seconds() - true) < 120
        assert line.device == device or abs((line.time - START).total_seconds() - true) < 2
    assert store.clocks()["r2"].seconds == pytest.approx(-18_000, abs=30)
    assert {device for device, one in store.clocks().items() if one.seconds} == {"r2"}


def test_a_shared_file_in_order_costs_no_comparison_and_changes_nothing(tmp_path: Path) -> None:
    rows = said_lines(4, {})
    (tmp_path / "all.log").write_text(
        "".join(f"{bsd(stamp)} {device} app: {message}\n" for _, device, stamp, message in rows)
    )
    store = logs(tmp_path)
    assert [line.stamp for line in store.lines() if line.stamp] == []
    assert store.clocks() == {}


def test_a_collectors_stamp_stays_and_tells_the_offset(tmp_path: Path) -> None:
    rows = said_lines(5, {"r2": 3600})
    text = "".join(
        f"{(START + timedelta(seconds=true)).isoformat()} {device} {bsd(stamp)}: {message}\n"
        for true, device, stamp, message in rows
    )
    (tmp_path / "all.log").write_text(text)
    store = logs(tmp_path)
    for line, (true, *_) in zip(store.lines(), rows, strict=True):
        assert line.time is not None
        assert abs((line.time - START).total_seconds() - true) < 2
    found = store.clocks()
    assert found["r2"].seconds == pytest.approx(3600, abs=1)
    assert found["r2"].how == COLLECTOR
    assert {device for device, one in found.items() if one.seconds} == {"r2"}


def test_a_device_of_another_zone_in_a_shared_file_is_found_in_the_window(tmp_path: Path) -> None:
    tokyo = timezone(timedelta(hours=9))
    rows = said_lines(6, {"r2": 9 * 3600})
    (tmp_path / "all.log").write_text(
        "".join(f"{bsd(stamp)} {device} app: {message}\n" for _, device, stamp, message in rows)
    )
    since, until = START + timedelta(hours=6), START + timedelta(hours=8)
    found = list(logs(tmp_path, Ring({"r2": tokyo})).lines(since, until))
    assert [line.device for line in found] == [device for true, device, *_ in rows if 6 * 3600 <= int(true) <= 8 * 3600]
    assert "r2" in {line.device for line in found}


def test_stamps_with_and_without_a_zone_in_one_file_are_all_right(tmp_path: Path) -> None:
    """Every device in Paris: some say so in each stamp, others leave it to the site."""
    paris = timezone(timedelta(hours=1))
    rows = said_lines(7, {f"r{n}": 3600 for n in range(10)})
    text = ""
    for true, device, stamp, message in rows:
        full = (START + timedelta(seconds=true)).astimezone(paris).isoformat()
        text += f"{full if device in ('r1', 'r3') else bsd(stamp)} {device} app: {message}\n"
    (tmp_path / "all.log").write_text(text)
    devices = {device for _, device, *_ in rows}
    store = logs(tmp_path, Ring(dict.fromkeys(devices, paris)))
    for line, (true, *_) in zip(store.lines(), rows, strict=True):
        assert line.time is not None
        assert abs((line.time - START).total_seconds() - true) < 2
    assert {device: one.seconds for device, one in store.clocks().items() if one.seconds} == {}


def test_a_device_s_own_stamp_beside_a_collector_s_is_meant_in_the_device_s_zone(tmp_path: Path) -> None:
    """The collector states its zone, the device none: its clock is right, wherever it stands."""
    tokyo = timezone(timedelta(hours=9))
    text = ""
    for n in range(12):
        at = (START + timedelta(minutes=5 * n)).astimezone(tokyo)
        text += f"{at.isoformat()} r2 {n}: {at - timedelta(seconds=0.1):%b %e %H:%M:%S}.900: %SYS-5-CONFIG_I: Configured from console\n"
    (tmp_path / "all.log").write_text(text)
    known = logs(tmp_path, Ring({"r2": tokyo})).clocks()
    assert all(abs(one.seconds) < 2 for one in known.values()), known
    assert logs(tmp_path, Ring()).clocks()["r2"].seconds == pytest.approx(
        9 * 3600, abs=2
    )  # where nobody states its zone


def test_a_trap_is_stamped_by_its_collector_whatever_the_zone_of_its_device(tmp_path: Path) -> None:
    paris = timezone(timedelta(hours=1))
    at = START + timedelta(minutes=30)
    trap = (
        f"{at:%Y-%m-%d %H:%M:%S} r1 [UDP: [10.0.0.31]:45185->[10.0.0.1]:162]: .1.3.6.1.2.1.1.3.0 = Timeticks: (1) 0:00:00.01\t"
        ".1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.3\t.1.3.6.1.2.1.2.2.1.1.3 = INTEGER: 3\n"
    )
    (tmp_path / "traps.log").write_text(trap)
    (line,) = logs(tmp_path, Ring({"r1": paris})).lines()
    assert line.trap
    assert line.time == at


# Years.


def test_years_rise_with_the_order_of_a_file_towards_its_date(tmp_path: Path) -> None:
    begin, rows = datetime(2024, 2, 10, tzinfo=UTC), []
    for week in range(145):
        at = begin + timedelta(weeks=week)
        rows.append((at, f"{at:%b} {at.day:2d} {at:%H:%M:%S} r1 app: week {week}\n"))
    path = tmp_path / "a.log"
    path.write_text("".join(text for _, text in rows))
    os.utime(path, (rows[-1][0].timestamp() + 60,) * 2)
    store = LogStore(tmp_path, [str(path)], Ring(), rows[-1][0])
    assert [line.time for line in store.lines()] == [at for at, _ in rows]
    since = rows[-1][0] - timedelta(days=10)
    assert [line.message for line in store.lines(since)] == ["week 143", "week 144"]


def test_a_file_that_was_last_written_long_ago_holds_nothing_younger(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("Dec 30 10:00:00 r1 app: old year\nJan  2 10:00:00 r1 app: new year\n")
    written = datetime(2026, 1, 2, 10, 0, 5, tzinfo=UTC)
    os.utime(path, (written.timestamp(),) * 2)
    store = LogStore(tmp_path, [str(path)], Ring(), START)
    assert [line.time and line.time.year for line in store.lines()] == [2025, 2026]


LOST = "chronyd[7]: Can't synchronise: no selectable sources"


def one_line_off(off: float, message: str) -> str:
    """A shared file in order of arrival, a line a minute; r2's only one is stamped so much ahead."""
    rows = [f"{bsd(60 * n)} r{n % 2} app: routine\n" for n in range(30)]
    return "".join([*rows[:15], f"{bsd(60 * 14 + 30 + off)} r2 {message}\n", *rows[15:]])


@pytest.mark.parametrize("off", [2400.0, -800.0, 10_000.0])
def test_one_line_tells_where_its_device_says_that_it_lost_its_time(tmp_path: Path, off: float) -> None:
    (tmp_path / "all.log").write_text(one_line_off(off, LOST))
    since, until = START + timedelta(minutes=10), START + timedelta(minutes=20)
    store = logs(tmp_path)
    assert {event.kind for event in store.events(since, until, "r2")} == {"ntp_unsynchronized", "clock_offset"}
    assert store.clocks(since, until)["r2"].seconds == pytest.approx(off, abs=60)


@pytest.mark.parametrize(("off", "message"), [(2400.0, "app: anything else"), (3600.0, LOST), (20.0, LOST)])
def test_one_line_that_says_something_else_or_is_off_by_a_zone_tells_nothing(
    tmp_path: Path, off: float, message: str
) -> None:
    (tmp_path / "all.log").write_text(one_line_off(off, message))
    assert logs(tmp_path).clocks(START, START + timedelta(hours=1)) == {}


def test_one_line_that_a_collector_stamped_too_tells(tmp_path: Path) -> None:
    at, own = START + timedelta(minutes=5), bsd(300 + 2519)
    lines = [f"{at.isoformat()} r2 {own}: %NTP-4-PEERUNREACH: Peer 10.7.0.7 is unreachable\n"]
    (tmp_path / "all.log").write_text("".join(lines))
    found = logs(tmp_path).clocks(START, START + timedelta(hours=1))
    assert found["r2"].seconds == pytest.approx(2519, abs=1)


@pytest.mark.parametrize("date", [0, 315_532_800, 499_162_500], ids=["tar", "zip", "npm"])
def test_a_file_from_an_archive_without_dates_has_the_year_of_the_incident(tmp_path: Path, date: int) -> None:
    path = tmp_path / "a.log"
    path.write_text("Feb  9 10:00:00 r1 app: before\nFeb 10 10:00:00 r1 app: that day\n")
    os.utime(path, (date, date))
    store = LogStore(tmp_path, [str(path)], Ring(), START)
    assert {line.time and line.time.year for line in store.lines()} == {START.year}
