"""The doctor on recorded and live sites: what does not answer, what is not served, whose clock is wrong, and the mend."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from noc_agent.doctor.devices import MENDS
from noc_agent.evidence import Redactor
from noc_agent.state.clock import date_and_time
from tests.live import BUNDLED, live_site
from tests.recorded import noc_agent
from tests.snmp.agents import Served, User, agents
from tests.snmp.agents.rows import Value


def examined(folder: Path, *words: str) -> dict[str, Any]:
    done = noc_agent("doctor", "--json", "--site", str(folder), *words)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (3 if found["failed"] else 0)
    return found


def edited(source: Path, target: Path, change: Callable[[str, str], str]) -> Path:
    """A copy of a recorded site, the text of each poll changed by device."""
    shutil.copytree(source, target)
    for path in (target / "snmp").glob("*/*.gz"):
        text = change(path.parent.name, gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape"))
        path.write_bytes(gzip.compress(text.encode("utf-8", "surrogateescape")))
    return target


def without(text: str, *trees: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith(tuple(f"{oid}." for oid in trees)))


def checks(found: Mapping[str, Any], subject: str) -> list[dict[str, str]]:
    return [row for row in found["checks"] if row["subject"] == subject]


def test_the_bundled_site_is_well() -> None:
    found = examined(BUNDLED)
    assert (found["schema"], found["failed"]) == ("noc-agent/doctor/1", False)
    assert {row["device"] for row in found["devices"]} >= {"core1", "sw1", "h3"}
    assert all(row["answers"] and not row["missing"] and row["clock_skew_s"] == 0 for row in found["devices"])
    words = noc_agent("doctor").stdout
    assert "all 11 answer and serve what the playbooks need" in words
    assert max(map(len, words.splitlines())) <= 100


def test_a_table_that_neighbors_prove_and_the_device_does_not_serve_is_missed_with_its_mend(tmp_path: Path) -> None:
    ospf, lldp = "1.3.6.1.2.1.14", "1.0.8802.1.1.2"
    site = edited(
        BUNDLED, tmp_path / "site", lambda device, text: without(text, ospf, lldp) if device == "core2" else text
    )
    (core2,) = [row for row in examined(site)["devices"] if row["device"] == "core2"]
    gaps = {gap["group"]: gap for gap in core2["missing"]}
    assert set(gaps) == {"OSPF-MIB", "LLDP-MIB"}
    assert gaps["OSPF-MIB"]["mend"].startswith("add `view` for 1.3.6.1.2.1.14")
    assert "ospfd started with `-M snmp`" in gaps["OSPF-MIB"]["mend"]
    assert "link_down" in gaps["OSPF-MIB"]["playbooks"]
    assert "has it as a neighbor" in gaps["LLDP-MIB"]["because"] or "intended" in gaps["LLDP-MIB"]["because"]


def test_a_view_that_shows_the_system_group_only_is_named(tmp_path: Path) -> None:
    site = edited(
        BUNDLED, tmp_path / "site",
        lambda device, text: re.sub(r"(?m)^(?!1\.3\.6\.1\.2\.1\.1\.).*\n", "", text) if device == "acc1" else text,
    )  # fmt: skip
    (acc1,) = [row for row in examined(site)["devices"] if row["device"] == "acc1"]
    assert acc1["answers"] is True
    assert {"IF-MIB ifTable", "IF-MIB ifXTable"} <= {gap["group"] for gap in acc1["missing"]}


def test_what_a_slow_agent_did_not_say_is_not_missing_from_its_view(tmp_path: Path) -> None:
    live = live_site(tmp_path)
    with live.serving(0, silent_after=3):
        found = examined(tmp_path)
    core1 = next(row for row in found["devices"] if row["device"] == "core1")
    assert core1["answers"] is True
    assert core1["missing"] == []
    assert {"IF-MIB ifTable", "IF-MIB ifXTable"} <= set(core1["unread"])
    assert any("answered in part" in row["what"] for row in checks(found, "core1"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, ""),
        (90, r"[789]\d(\.\d)? s ahead of"),  # what is served stands still while a loaded machine starts the program
        (-9000, "2 h behind"),
        (-400_000, "4 days behind"),
    ],
)
def test_a_wrong_clock_is_told(tmp_path: Path, seconds: int, words: str) -> None:
    live = live_site(tmp_path)
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    raw = at.year.to_bytes(2, "big") + bytes([at.month, at.day, at.hour, at.minute, at.second, 0]) + b"+\x00\x00"
    rows: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": b"x", "1.3.6.1.2.1.1.3.0": (0x43, 5000), "1.3.6.1.2.1.25.1.2.0": raw}
    with agents([Served(rows, address=live.addresses["core1"], port=live.port)]):
        told = [row["what"] for row in checks(examined(tmp_path), "core1") if row["area"] == "clock"]
    assert len(told) == (1 if words else 0)
    if words:
        assert re.fullmatch(rf"its clock is {words} the poller's", told[0]), told


def test_a_zone_of_the_device_is_used_where_its_clock_tells_none() -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    raw = bytes([7, 234, 11, 27, 13, 0, 0, 0])
    assert date_and_time(raw, ZoneInfo("Europe/Paris")) == datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    assert date_and_time(bytes([7, 234, 11, 27, 13, 0, 0, 0]) + b"-\x05\x00", UTC) == datetime(
        2026, 11, 27, 18, 0, tzinfo=UTC
    )
    assert date_and_time(bytes([7, 234, 13, 45, 13, 0, 0, 0]), UTC) is None
    assert date_and_time(b"", UTC) is None


def test_each_reason_for_silence_has_its_mend(tmp_path: Path) -> None:
    user = User("noc", "SHA", "first-secret", "AES", "privacy-key")
    live = live_site(
        tmp_path,
        snmp={"version": "3", "user": "noc", "auth_protocol": "SHA", "auth_key": "first-secret", "priv_protocol": "AES",
              "priv_key": "privacy-key", "port": 0, "timeout": 0.4, "retries": 0},
    )  # fmt: skip
    assert live.port
    site = (tmp_path / "site.yaml").read_text().replace("port: 0", f"port: {live.port}")
    (tmp_path / "site.yaml").write_text(site)
    first = sorted((BUNDLED / "snmp/core1").iterdir())[0]
    others = {
        "core1": Served(first, user=user, address=live.addresses["core1"], port=live.port),
        "core2": Served(first, user=User("other", "SHA", "first-secret"), address=live.addresses["core2"], port=live.port),
        "dist1": Served(first, user=User("noc", "SHA", "another-key", "AES", "privacy-key"), address=live.addresses["dist1"], port=live.port),
    }  # fmt: skip
    with agents(list(others.values())):
        found = {row["device"]: row for row in examined(tmp_path)["devices"]}
    assert found["core1"]["answers"] is True
    reasons = {name: found[name]["reason"] for name in ("core2", "dist1", "acc1")}
    assert reasons == {"core2": "unknown user", "dist1": "authentication", "acc1": "refused"}
    assert "create the user" in found["core2"]["mend"]
    assert "auth_key" in found["dist1"]["mend"]
    assert "start its SNMP agent" in found["acc1"]["mend"]


def test_no_history_no_logs_and_a_model_off_site_are_told_with_their_mends(tmp_path: Path) -> None:
    live_site(tmp_path, model={"endpoint": "http://8.8.8.8:8000/v1", "name": "gpt-oss-20b"})
    found = examined(tmp_path)
    assert "noc-agent snapshot" in checks(found, "polls")[0]["mend"]
    assert "add `logs:" in checks(found, "logs")[0]["mend"]
    (model,) = [row for row in found["checks"] if row["area"] == "model"]
    assert (model["status"], "not on this site" in model["what"]) == ("failed", True)


def test_no_mend_is_taken_for_a_secret() -> None:
    assert {Redactor().clean(words) for words in MENDS.values()} == set(MENDS.values())


def test_a_clock_that_its_neighbors_logs_contradict_is_told_with_its_mend(tmp_path: Path) -> None:
    start = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    (tmp_path / "site.yaml").write_text(
        "name: ring\ndevices: {r1: {}, r2: {}, r3: {}}\ntopology: topology.yaml\nlogs: [logs/*.log]\n"
    )
    links = [("r1", "eth1", "r2", "eth1"), ("r2", "eth2", "r3", "eth1"), ("r3", "eth2", "r1", "eth2")]
    rows = "".join(f"  - {{a: {a}/{one}, b: {b}/{two}}}\n" for a, one, b, two in links)
    (tmp_path / "topology.yaml").write_text(f"links:\n{rows}")
    (tmp_path / "logs").mkdir()
    for device, ahead in (("r1", 0), ("r2", 0), ("r3", -5400)):
        said = []
        for n, (a, one, b, two) in enumerate(links):
            for second, state in (
                (n * 700, "down"),
                (n * 700 + 31, "up"),
                (n * 900 + 9000, "down"),
                (n * 900 + 9077, "up"),
            ):
                port = one if device == a else two if device == b else ""
                at = start + timedelta(seconds=second + ahead)
                said += (
                    [f"{at.isoformat()} {device} app: %LINK-3-UPDOWN: Interface {port}, changed state to {state}\n"]
                    if port
                    else []
                )
        (tmp_path / f"logs/{device}.log").write_text("".join(said))
    found = examined(tmp_path)
    assert {row["device"]: row["ahead_s"] for row in found["clocks"]} == {"r1": 0, "r2": 0, "r3": -5400}
    (told,) = checks(found, "r3")
    assert told["what"] == "its clock is 90 min behind by what its neighbors log of the same events (8 agree)"
    assert "ntp" in told["mend"]
    assert "-5400 s" in noc_agent("doctor", "--site", str(tmp_path)).stdout
