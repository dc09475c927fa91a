"""Clocks that went wrong: within the incident they are its cause, before it they are a word of advice, and seconds are nothing."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from noc_agent.state.clock import date_and_time, duration
from tests.recorded import Case, noc_agent, pairs

DATE = re.compile(r"(?m)^(1\.3\.6\.1\.2\.1\.25\.1\.2\.0)\|4x\|([0-9A-Fa-f]+)$")
CaseOf = Callable[[str], Case]


def encoded(at: datetime) -> str:
    at = at.astimezone(UTC)
    raw = at.year.to_bytes(2, "big") + bytes([at.month, at.day, at.hour, at.minute, at.second, 0]) + b"+\x00\x00"
    return raw.hex()


def set_clock(case: Case, device: str, ahead: float, since: datetime | None = None) -> int:
    """Let a device's clock be ahead in the polls after `since`; how many polls those are."""
    changed = 0
    for path in sorted((case.folder / "snmp" / device).glob("*.gz")):
        if since is not None and datetime.strptime(path.name[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) <= since:
            continue

        def wrong(found: re.Match[str]) -> str:
            told = date_and_time(bytes.fromhex(found[2]), UTC)
            assert told is not None
            return f"{found[1]}|4x|{encoded(told + timedelta(seconds=ahead))}"

        text, count = DATE.subn(wrong, gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape"))
        path.write_bytes(gzip.compress(text.encode("utf-8", "surrogateescape"), mtime=0))
        changed += count
    return changed


def began(case: Case) -> datetime:
    at = yaml.safe_load((case.folder / "incident.yaml").read_text())["since"]
    return at if isinstance(at, datetime) and at.tzinfo else datetime.fromisoformat(str(at)).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "words"), [(3600, "60 min ahead"), (-95, r"9\d s behind"), (200_000, "2 days ahead")]
)
def test_a_clock_that_went_wrong_within_the_incident_is_its_cause(case: CaseOf, ahead: int, words: str) -> None:
    healthy = case("healthy")
    assert set_clock(healthy, "core1", ahead, began(healthy))
    document = healthy.diagnose("--quiet")  # by the program, whose journal is replayed
    assert (document["verdict"], pairs(document)) == ("confirmed", {("clock_unsynchronized", "node/core1")})
    assert re.search(words, document["root_causes"][0]["explanation"])
    replayed = noc_agent("replay", document["run"], "--site", str(healthy.folder), "--json")
    assert json.loads(replayed.stdout)["root_causes"] == document["root_causes"]
    assert not replayed.stderr or "otherwise" not in replayed.stderr


def test_a_clock_that_was_wrong_before_is_a_word_of_advice(case: CaseOf) -> None:
    healthy = case("healthy")
    assert set_clock(healthy, "core1", 3600)
    document = healthy.diagnose()
    assert (document["verdict"], document["root_causes"]) == ("healthy", [])
    assert any("core1: its clock is 60 min ahead" in text for text in document["next_actions"]), document[
        "next_actions"
    ]


def test_seconds_make_no_site_ill(case: CaseOf) -> None:
    healthy = case("healthy")
    assert set_clock(healthy, "core1", 40, began(healthy))
    with (healthy.folder / "logs/syslog.log").open("a") as file:
        at = began(healthy) + timedelta(seconds=5)
        file.write(f"<189>1 {at.isoformat()} core1 ntpd 1 - - %NTP-5-PEERUNREACH: Peer 10.0.0.1 is unreachable\n")
    document = healthy.diagnose()
    assert (document["verdict"], document["root_causes"]) == ("healthy", [])
    assert not any("its clock is" in text for text in document["next_actions"])


LOST = "chronyd[7]: Can't synchronise: no selectable sources"


def lost_time(case: Case, *devices: str, at: float = 20) -> None:
    """No device tells its clock, and these say that they follow no server."""
    for path in (case.folder / "snmp").glob("*/*.gz"):
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape")
        path.write_bytes(gzip.compress(DATE.sub("", text).encode("utf-8", "surrogateescape"), mtime=0))
    with (case.folder / "logs/syslog.log").open("a") as file:
        for device in devices:
            file.write(f"<28>1 {(began(case) + timedelta(seconds=at)).isoformat()} {device} - - - - {LOST}\n")


def test_a_device_that_says_that_it_follows_no_server_is_likely_to_be_wrong(case: CaseOf) -> None:
    healthy = case("healthy")
    lost_time(healthy, "core1")
    document = healthy.diagnose()
    assert (document["verdict"], pairs(document)) == ("likely", {("clock_unsynchronized", "node/core1")})
    assert "is not known" in document["root_causes"][0]["explanation"]


def test_a_server_that_many_lost_is_no_clock(case: CaseOf) -> None:
    healthy = case("healthy")
    lost_time(healthy, "core1", "core2")
    assert healthy.diagnose()["root_causes"] == []


def test_a_server_that_was_lost_before_is_no_news(case: CaseOf) -> None:
    healthy = case("healthy")
    lost_time(healthy, "core1", at=-900)
    lost_time(healthy, "core1")
    assert healthy.diagnose()["root_causes"] == []


def test_a_clock_that_is_served_and_right_is_right_whatever_is_said(case: CaseOf) -> None:
    healthy = case("healthy")
    with (healthy.folder / "logs/syslog.log").open("a") as file:
        file.write(f"<28>1 {(began(healthy) + timedelta(seconds=20)).isoformat()} core1 - - - - {LOST}\n")
    assert healthy.diagnose()["verdict"] == "healthy"


def test_durations_are_worded_by_their_size() -> None:
    assert [duration(s) for s in (59.5, 600, 7200, 200_000)] == ["59.5 s", "10 min", "2 h", "2 days"]


def test_the_playbook_can_be_refuted(shared: Path) -> None:
    done = noc_agent(
        "playbook", "run", "clock_unsynchronized", "node/core1", "--site", str(shared / "data/cases/healthy"), "--json"
    )
    assert "nothing shows its clock to be off" in done.stdout, done.stderr
