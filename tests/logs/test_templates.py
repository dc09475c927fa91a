"""What is new: the unknown message surfaces first, routine does not."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from noc_agent.logs import LogStore
from noc_agent.logs.templates import MOST_TEMPLATES, Templates, masked
from tests.recorded import noc_agent

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Inventory:
    """Every host is a device of its name."""

    def device_of(self, host: str) -> str | None:
        return host if host.startswith("r") else None

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return None

    def timezone_of(self, device: str) -> tzinfo:
        return UTC


def row(second: float, message: str, host: str = "r1", severity: int = 6) -> str:
    return f"<{184 + severity}>1 {(START + timedelta(seconds=second)).isoformat()} {host} app - - - {message}\n"


def store(folder: Path, rows: list[str]) -> LogStore:
    (folder / "a.log").write_text("".join(rows))
    return LogStore(folder, [str(folder / "*.log")], Inventory(), START)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("fan 3 at 4200 rpm", "fan # at # rpm"),
        ("peer 10.0.0.1 via Gi0/1", "peer # via Gi#/#"),
        ("mac 00:1b:2c:aa:bb:cc moved", "mac # moved"),
        ("mac 001b.2caa.bbcc moved", "mac # moved"),
        ("neighbor fe80::21b:2cff:feaa:bbcc lost", "neighbor # lost"),
        ("cookie 0xDEADBEEF id 4f3a9b2c", "cookie # id #"),
        ("the feed was faced", "the feed was faced"),
    ],
)
def test_numbers_and_addresses_are_masked(message: str, expected: str) -> None:
    assert masked(message) == expected


def test_messages_that_differ_in_names_are_one_template_and_others_are_not() -> None:
    templates = Templates()
    numbers = [templates.add(f"user {name} logged in from 10.0.0.{n}") for n, name in enumerate(("ada", "bob", "eve"))]
    other = templates.add("fan tray removed from slot 3")
    assert len(set(numbers)) == 1
    assert other != numbers[0]
    assert templates.add("user ada logged in from 10.0.0.1", "sshd") not in {*numbers, other}
    assert templates.text(numbers[0]) == "user <*> logged in from #"


def test_a_flood_of_unlike_messages_costs_bounded_memory() -> None:
    templates, dice = Templates(), random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for _ in range(MOST_TEMPLATES + 500):
        words = ("".join(dice.choices(letters, k=6)) for _ in range(4))
        templates.add(" ".join(words))
    assert len(templates) == MOST_TEMPLATES
    assert templates.add("") < MOST_TEMPLATES


def test_what_the_time_before_did_not_have_comes_first_the_worst_before_all(tmp_path: Path) -> None:
    routine = [row(s, f"poll of 10.0.0.{s % 9} took {s % 50} ms") for s in range(-3600, 600, 2)]
    news = [row(30, "lamp turned mauve", "r7"), row(40, "lamp turned mauve", "r8"), row(50, "board 7 sings", "r9", 2)]
    found = store(tmp_path, routine + news).news(START, START + timedelta(minutes=10))
    assert [(told.template, told.count, told.before) for told in found] == [
        ("board # sings", 1, 0),
        ("lamp turned mauve", 2, 0),
    ]
    assert (found[0].severity, found[1].devices) == ("crit", ("r7", "r8"))
    assert (found[1].first, found[1].last) == (START + timedelta(seconds=30), START + timedelta(seconds=40))
    assert found[0].compared == 1800


def test_a_burst_of_a_known_message_is_told_after_what_is_new(tmp_path: Path) -> None:
    before = [row(s, "retry of the collector") for s in range(-3600, 0, 600)]
    burst = [row(s, "retry of the collector") for s in range(100, 160)]
    found = store(tmp_path, [*before, *burst, row(200, "lamp turned mauve")]).news(START, START + timedelta(minutes=10))
    assert [(told.template, told.count, told.before) for told in found] == [
        ("lamp turned mauve", 1, 0),
        ("retry of the collector", 60, 6),
    ]


def test_a_message_that_begins_with_the_window_is_not_taken_for_one_before(tmp_path: Path) -> None:
    rows = [row(n / 100, f"poll {n}") for n in range(-360_000, 6000, 50)]
    rows += [row(0.5 + n, "lamp turned mauve") for n in range(20)]
    found = store(tmp_path, sorted(rows, key=lambda line: line.split()[1])).news(START, START + timedelta(minutes=1))
    assert [told.template for told in found] == ["lamp turned mauve"]


def test_the_news_of_one_device_are_compared_with_its_own_past(tmp_path: Path) -> None:
    rows = [row(-60, "lamp turned mauve", "r1"), row(10, "lamp turned mauve", "r2"), row(10, "poll", "r1")]
    logs = store(tmp_path, rows)
    until = START + timedelta(minutes=1)
    assert [told.template for told in logs.news(START, until, "r2")] == ["lamp turned mauve"]
    assert [told.template for told in logs.news(START, until)] == ["poll"]
    assert [told.before for told in logs.news()] == [0, 0]


def test_the_tool_gives_the_news_of_a_window() -> None:
    words = ("since=2026-11-23T09:39:30Z", "until=2026-11-23T09:41:00Z", "limit=3")
    done = noc_agent("tools", "call", "log_news", *words, "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert len(data) == 3
    assert {"time", "devices", "template", "count", "before", "compared", "sample", "file", "line"} <= set(data[0])
    assert (data[0]["devices"], data[0]["app"], data[0]["severity"]) == (["dist1"], "ospfd", "err")
