"""A live site from the command line: snapshots, and diagnoses that compare with them. Real agents on loopback."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from noc_agent.history import open_history
from tests.live import BUNDLED, LiveSite, live_site
from tests.recorded import noc_agent, pairs
from tests.snmp.agents import Manner, Served, agents
from tests.snmp.agents.rows import Value
from tests.snmp.agents.serve import Server

CAUSE = ("interface_admin_down", "interface/dist1/eth3")


@pytest.fixture
def live(tmp_path: Path) -> LiveSite:
    return live_site(tmp_path)


def run(live: LiveSite, *words: str) -> subprocess.CompletedProcess[str]:
    return noc_agent(*words, "--site", str(live.folder))


def as_json(live: LiveSite, *words: str) -> dict[str, Any]:
    done = run(live, *words, "--json")
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.long
def test_a_diagnosis_compares_what_devices_say_now_with_the_snapshot_before(live: LiveSite) -> None:
    with live.serving(0):
        taken = as_json(live, "snapshot")
        assert (taken["schema"], taken["devices"], taken["answered"]) == ("noc-agent/snapshot/1", 11, 11)
        assert taken["unanswered"] == []
    with live.serving(2):
        document = as_json(live, "diagnose", "alarms on the site", "--engine", "playbook")
        assert pairs(document) == {CAUSE}
        assert document["verdict"] == "confirmed"
        assert document["degraded"] == []
        # Nothing of the site is needed to replay it: the devices are gone, the history too.
    history = next(Path(os.environ["NOC_AGENT_STATE"]).glob("*/history.duckdb"))
    history.unlink()
    replayed = noc_agent("replay", document["run"], "--site", str(live.folder), "--json")
    again = json.loads(replayed.stdout)
    again["usage"]["wall_s"] = document["usage"]["wall_s"]
    assert again == document


def test_a_healthy_live_site_is_healthy(live: LiveSite) -> None:
    with live.serving(0):
        run(live, "snapshot")
        document = as_json(live, "diagnose", "is all well?", "--engine", "playbook")
    assert (document["verdict"], document["root_causes"]) == ("healthy", [])


@pytest.mark.long
def test_a_marked_poll_is_what_is_compared_with(live: LiveSite) -> None:
    with live.serving(0):
        marked = as_json(live, "snapshot", "--healthy", "after the change window")["at"]
    with live.serving(2):
        run(live, "snapshot")
        begun = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        document = as_json(live, "diagnose", "alarms on the site", "--since", begun, "--engine", "playbook")
        assert pairs(document) == {CAUSE}
        listed = as_json(live, "snapshot", "--list")["polls"]
        assert [row["healthy"] for row in listed] == ["after the change window", None]
    assert run(live, "snapshot", "--unmark", marked).returncode == 0
    assert run(live, "snapshot", "--unmark", "2020-01-01T00:00:00Z").returncode == 4


def test_a_mark_without_words_is_a_mark_and_a_time_without_words_none(live: LiveSite) -> None:
    assert run(live, "snapshot", "--mark", "2026-01-01T00:00:00Z").returncode == 4
    assert not list(Path(os.environ["NOC_AGENT_STATE"]).glob("*/history.duckdb"))
    with live.serving(0):
        run(live, "snapshot", "--healthy", "")
        done = run(live, "snapshot", "--mark", "")
        assert (done.returncode, done.stdout) == (4, "")
    assert [row["healthy"] for row in as_json(live, "snapshot", "--list")["polls"]] == ["healthy"]


def test_a_history_in_the_current_folder_is_nobodys(live: LiveSite, tmp_path: Path) -> None:
    with live.serving(0):
        run(live, "snapshot")
    found = next(Path(os.environ["NOC_AGENT_STATE"]).glob("*/history.duckdb"))
    shutil.copy(found, tmp_path / "history.duckdb")
    bare = {key: value for key, value in os.environ.items() if key not in ("HOME", "NOC_AGENT_STATE", "XDG_STATE_HOME")}
    done = noc_agent("snapshot", "--list", "--site", str(live.folder), cwd=tmp_path, env=bare)
    assert (done.returncode, done.stdout) == (4, "")


@pytest.mark.long
def test_a_history_that_goes_while_devices_are_asked_is_not_begun_with_half_a_reply(live: LiveSite) -> None:
    with live.serving(0):
        run(live, "snapshot")
    path = next(Path(os.environ["NOC_AGENT_STATE"]).glob("*/history.duckdb"))
    command = [sys.executable, "-m", "noc_agent", "snapshot", "--site", str(live.folder)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, live.serving(0, without=("core1",)):
        silent.bind((live.addresses["core1"], live.port))
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as taken:
            silent.recv(1000)
            path.unlink()
            out, words = taken.communicate(timeout=60)
        assert (taken.returncode, out, words.count("\n")) == (4, "", 1)
        assert "was replaced while devices were asked" in words
        assert run(live, "snapshot").returncode == 0
        assert as_json(live, "tools", "call", "changes", "device=dist1")["data"] == []


@pytest.mark.long
def test_a_clock_that_was_ahead_moves_no_later_poll(live: LiveSite) -> None:
    with live.serving(0):
        run(live, "snapshot")
        with duckdb.connect(next(Path(os.environ["NOC_AGENT_STATE"]).glob("*/history.duckdb"))) as history:
            for table in ("poll", "answer"):
                history.execute(f"update {table} set polled_at = polled_at + 86400")
        taken = datetime.fromisoformat(as_json(live, "snapshot")["at"])
        assert abs((datetime.now(UTC) - taken).total_seconds()) < 60
        checks = as_json(live, "doctor")["checks"]
    (polls,) = [row for row in checks if row["area"] == "history"]
    assert (polls["status"], "1 poll of the future" in polls["what"]) == ("warning", True)
    with live.serving(2):
        assert pairs(as_json(live, "diagnose", "alarms on the site", "--engine", "playbook")) == {CAUSE}


@pytest.mark.long
def test_what_is_well_now_does_not_make_last_week_healthy(live: LiveSite) -> None:
    now = datetime.now(UTC)
    since, until = ((now - timedelta(days=days)).isoformat(timespec="seconds") for days in (7, 6))
    with live.serving(0):
        document = as_json(
            live, "diagnose", "was all well?", "--since", since, "--until", until, "--engine", "playbook"
        )
    assert document["verdict"] == "inconclusive"
    assert any("no poll from the time of the incident" in words for words in document["next_actions"])


def test_changes_are_told_worst_first(live: LiveSite) -> None:
    with live.serving(0):
        run(live, "snapshot")
    with live.serving(2):
        answer = as_json(live, "tools", "call", "changes")
    first = answer["data"][0]
    assert (first["subject"], first["attribute"], first["before"], first["now"]) == (
        "interface/acc1/eth1", "ifOperStatus", "up", "down",
    )  # fmt: skip
    assert [row["says"] for row in answer["data"]] == sorted(
        (row["says"] for row in answer["data"]), key=["lost", "worse", "changed", "better or new"].index
    )
    assert any((row["subject"], row["now"]) == ("interface/dist1/eth3", "down") for row in answer["data"])


def test_a_device_that_does_not_answer_is_unknown_with_its_reason(live: LiveSite) -> None:
    with live.serving(0, without=("acc3",)):
        taken = as_json(live, "snapshot")
        assert taken["unanswered"] == [{"device": "acc3", "reason": "refused"}]
        answer = as_json(live, "tools", "call", "interfaces", "device=acc3")
        assert (answer["status"], "refused" in answer["message"]) == ("error", True)


@pytest.mark.long
def test_a_table_that_was_not_read_to_its_end_is_unknown_not_empty(live: LiveSite) -> None:
    """The listeners of srv1 are not answered for: its DNS is not known to be down, and the site not to be well."""
    with live.serving(0):
        run(live, "snapshot")
    with live.serving(0, silent_behind="1.3.6.1.2.1.7.7.1.8"):
        document = as_json(live, "diagnose", "is all well?", "--engine", "playbook")
        assert (document["verdict"], document["root_causes"]) == ("inconclusive", [])
        assert any("answered in part" in text for text in document["next_actions"])
        rows = as_json(live, "tools", "call", "changes")["data"]
        assert not [row for row in rows if row["attribute"] == "listener"]
        services = as_json(live, "tools", "call", "services", "device=srv1")
        assert {row["listening"] for row in services["data"] if row["protocol"] == "udp"} == {None}
        assert "udpEndpointTable" in services["message"]


@pytest.mark.long
def test_an_interrupted_diagnosis_ends_at_once_and_can_be_resumed(live: LiveSite) -> None:
    command = [sys.executable, "-m", "noc_agent", "diagnose", "alarms on the site", "--site", str(live.folder)]
    with live.serving(2, delay=0.3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
            time.sleep(3)
            asked.send_signal(signal.SIGINT)
            began = time.monotonic()
            _, words = asked.communicate(timeout=30)
            assert time.monotonic() - began < 5
        assert asked.returncode == 130
        assert words.startswith("noc-agent runs resume ")
    with live.serving(2):
        resumed = noc_agent(*words.split()[1:], "--site", str(live.folder), "--json")
        assert json.loads(resumed.stdout)["verdict"] in ("confirmed", "likely")


def test_a_call_on_one_device_asks_that_one_only(live: LiveSite) -> None:
    with live.serving(0):
        run(live, "snapshot")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, live.serving(0, without=("core1",)):
        other.bind((live.addresses["core1"], live.port))
        other.settimeout(0.1)
        assert as_json(live, "tools", "call", "interfaces", "device=dist1")["status"] == "ok"
        rows = as_json(live, "tools", "call", "neighbors", "device=dist1", "protocol=ospf")["data"]
        assert "core1" in {row["peer"] for row in rows}  # known from the history
        assert as_json(live, "tools", "call", "log_events")["status"] == "no_data"
        with pytest.raises(TimeoutError):
            other.recv(100)


def test_a_call_by_sysName_asks_that_device_only_and_by_any_other_name_ends_in_time(tmp_path: Path) -> None:
    live = live_site(tmp_path)
    text = (tmp_path / "site.yaml").read_text()
    (tmp_path / "site.yaml").write_text(text.replace("dist1:", "agg-7:"))
    (tmp_path / "topology.yaml").write_text("links: []\n")
    core1 = Served(next((BUNDLED / "snmp/core1").iterdir()), Manner(delay=0.39)).responder()
    place = (core1, Manner(delay=0.39), live.addresses["core1"], live.port)
    with live.serving(0, without=("core1",)), Server([place]):
        answer = as_json(live, "tools", "call", "interfaces", "device=dist1")
        assert (answer["status"], answer["data"][0]["device"]) == ("ok", "agg-7")
        assert core1.requests <= 2  # for its name; the rest of the site is not polled
        began = time.monotonic()
        assert run(live, "tools", "call", "interfaces", "device=nobody").returncode == 4
        assert time.monotonic() - began < 0.4 * 2 + 3 + 4


def test_a_call_on_a_silent_device_ends_in_time(live: LiveSite) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((live.addresses["core1"], live.port))
        began = time.monotonic()
        answer = as_json(live, "tools", "call", "interfaces", "device=core1")
        assert (answer["status"], "time-out" in answer["message"]) == ("error", True)
        assert time.monotonic() - began < 0.4 * 2 + 3 + 4  # and what starting Python twice takes on a busy machine


@pytest.mark.long
@pytest.mark.parametrize("damage", ["damaged", "newer", "locked"])
def test_a_history_that_cannot_be_used_costs_the_history_only(live: LiveSite, damage: str) -> None:
    with live.serving(0):
        run(live, "snapshot")
    path = next(Path(os.environ["NOC_AGENT_STATE"]).glob("*/history.duckdb"))
    holder = None
    if damage == "damaged":
        path.write_bytes(b"\x00" * 100 + path.read_bytes()[100:])
    elif damage == "newer":
        with duckdb.connect(path) as history:
            history.execute("update meta set value = '99'")
    else:
        code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()"
        holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert holder.stdout is not None
        holder.stdout.readline()
    try:
        with live.serving(2):
            document = as_json(live, "diagnose", "alarms on the site", "--engine", "playbook")
        assert document["verdict"] in ("confirmed", "likely", "inconclusive")
        assert [words.startswith("history not used: history.duckdb: ") for words in document["degraded"]] == [True]
        if damage != "locked":
            done = run(live, "snapshot")
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    finally:
        if holder is not None:
            holder.communicate()


def test_two_snapshots_at_a_time_are_one_too_many(live: LiveSite) -> None:
    with live.serving(0, delay=0.05):
        ends: list[int] = []
        threads = [threading.Thread(target=lambda: ends.append(run(live, "snapshot").returncode)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ends) in ([0, 7], [0, 0])
    assert 0 in ends


def test_a_recorded_site_has_nothing_to_poll() -> None:
    done = noc_agent("snapshot")
    assert (done.returncode, done.stdout) == (4, "")
    assert "a recorded site has nothing to poll" in done.stderr


def test_without_any_answer_a_snapshot_says_so(live: LiveSite) -> None:
    done = run(live, "snapshot")
    assert done.returncode == 3
    assert "no answer, refused" in done.stdout


def test_secrets_in_descriptions_do_not_reach_the_history(tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    shutil.copytree(BUNDLED, recorded)
    for path in (recorded / "snmp/dist1").iterdir():
        text = gzip.decompress(path.read_bytes()).decode()
        assert "to acc1 eth1" in text
        path.write_bytes(gzip.compress(text.replace("to acc1 eth1", "old password Zorro-7781 ").encode()))
    live = live_site(tmp_path, recorded)
    with live.serving(0):
        run(live, "snapshot")
    with open_history(next(Path(os.environ["NOC_AGENT_STATE"]).glob("*"))) as history:
        assert history is not None
        (stored,) = history.replies(history.polls()[0].at, ["dist1"])
    aliases = [str(value) for value in stored.unpack().columns["1.3.6.1.2.1.31.1.1.1.18"].values()]
    assert any("old password" in text and "secret-1" in text for text in aliases)
    assert not any("Zorro" in text for text in aliases)


def test_a_site_adds_what_it_knows_of_a_vendor(tmp_path: Path) -> None:
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms/acme.yaml").write_text(
        "platform: acme\ndevices:\n  - {sysObjectID: 1.3.6.1.4.1.99999}\ntables:\n  - table: ACME-MIB::acmeSystem\n"
        "    entry: 1.3.6.1.4.1.99999.2\n    columns: {acmeCpu: 1}\n    readings: [{kind: cpu, name: CPU, value: acmeCpu}]\n"
    )
    live = live_site(tmp_path, platforms=["platforms/"])
    rows: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Acme", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.99999.7", "1.3.6.1.2.1.1.3.0": (0x43, 1000),
        "1.3.6.1.4.1.99999.2.1.0": 97,
    }  # fmt: skip
    with agents([Served(rows, address=live.addresses["core1"], port=live.port)]):
        (cpu,) = as_json(live, "tools", "call", "health", "device=core1")["data"]
        assert (cpu["kind"], cpu["value"], cpu["source"].split()[0]) == ("cpu", 97, "acme.yaml")
    (tmp_path / "platforms/broken.yaml").write_text("platform: broken\ntabels: []\n")
    checked = [row for row in as_json(live, "doctor")["checks"] if row["area"] == "content"]
    assert [(row["status"], "broken.yaml" in row["subject"]) for row in checked] == [("failed", True)]
