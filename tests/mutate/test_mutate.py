"""Changed copies of recorded cases: what is taken is gone, what is renamed or moved still fits together, and scores the same."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.mutate.clocks import moved, shift, shift_device
from tests.mutate.invent import neighbors_on
from tests.mutate.inventions import INVENTIONS, invent
from tests.mutate.names import rename
from tests.mutate.sources import AUDIT, NEIGHBOR_TABLES, SOURCES, drop_columns, drop_device, keep_polls, polls, read
from tests.recorded import Case, file_text, names_truth

Make = Callable[[str], Case]
ROOT = Path(__file__).parents[2]


def served(case: Case, prefix: str) -> bool:
    return any(f"\n{prefix}." in file_text(path) for paths in polls(case).values() for path in paths)


def test_what_is_dropped_is_gone(case: Make) -> None:
    recorded = case("link_cut")
    assert any(served(recorded, prefix) for prefix in NEIGHBOR_TABLES)
    SOURCES["baseline"](recorded)
    since = read(recorded, "incident.yaml")["since"].replace("-", "").replace(":", "")
    assert polls(recorded)
    assert min(polls(recorded)) > since
    SOURCES["topology"](recorded)
    assert "topology" not in read(recorded, "site.yaml")
    assert not any(served(recorded, prefix) for prefix in NEIGHBOR_TABLES)
    assert served(recorded, "1.3.6.1.2.1.2.2.1.8")
    drop_columns(recorded, ["1.3.6.1.2.1.2.2.1.8"])
    assert not served(recorded, "1.3.6.1.2.1.2.2.1.8")
    assert served(recorded, "1.3.6.1.2.1.2.2.1.7")
    keep_polls(recorded, 1)
    assert len(polls(recorded)) == 1
    SOURCES["snmp"](recorded)
    assert read(recorded, "site.yaml")["recordings"]
    assert list((recorded.folder / "snmp").iterdir()) == []
    SOURCES["logs"](recorded)
    assert not (recorded.folder / "logs").exists()


def test_audit_lines_of_every_make_are_dropped_and_no_others(case: Make) -> None:
    recorded = case("if_admin_down")
    log = recorded.folder / "logs/syslog.log"
    kept = ["%LINK-3-UPDOWN: Interface Gi0/1, changed state to down", "%%01OSPF/3/NBR_CHG_DOWN(l)[3]: Neighbor event",
            "%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.1", "rpd[1]: RPD_OSPF_NBRDOWN: OSPF neighbor"]  # fmt: skip
    said = ["%SYS-5-CONFIG_I: Configured from console by jo", "%PARSER-5-CFGLOG_LOGGEDCMD: User:jo logged command:shutdown",
            "mgd[1]: UI_COMMIT: User 'jo' requested 'commit' operation", "%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty",
            "%%01SHELL/5/CMDRECORD(s)[180]: Recorded command information."]  # fmt: skip
    with log.open("a") as file:
        file.write("".join(f"<189>1 2026-11-23T09:17:40+00:00 core1 - - - - {text}\n" for text in (*kept, *said)))
    assert "vty[" in log.read_text()
    SOURCES["audit"](recorded)
    rest = log.read_text()
    assert not [line for line in rest.splitlines() if AUDIT.search(line)]
    assert [text for text in kept if text not in rest] == []
    assert [text for text in said if text in rest] == []


def test_other_names_stand_everywhere_and_change_no_answer(case: Make) -> None:
    recorded = case("link_cut")
    names = rename(recorded, random.Random(3))
    assert {"core1", "dist1", "eth1", "eth2"} <= names.keys()
    left = [
        (name, path.name)
        for path in recorded.folder.rglob("*")
        for name in names
        if path.name.partition(".")[0] == name
    ]
    assert left == []
    for path in recorded.folder.rglob("*.*"):
        words = file_text(path) if path.is_file() else ""
        assert "core1/" not in words, path
        assert "4|eth1\n" not in words, path
    assert names_truth(recorded.diagnose(), recorded.truth)


@pytest.mark.parametrize(
    ("stamp", "later"),
    [
        ("2026-12-31T23:59:50", "2027-01-01T00:00:20"),
        ("2026-12-31 23:59:50", "2027-01-01 00:00:20"),
        ("Feb 28 23:59:50", "Mar  1 00:00:20"),
        ("Nov  9 2026 10:00:00", "Nov  9 2026 10:00:30"),
    ],
)
def test_stamps_move_in_their_own_form(stamp: str, later: str) -> None:
    assert moved(stamp, 30, 2026) == later
    assert moved(later, -30, 2027 if later.startswith("2027") else 2026) == stamp


def test_the_same_incident_a_month_later_has_the_same_answer(case: Make) -> None:
    recorded = case("node_down")
    before = list(polls(recorded))
    shift(recorded, 31 * 86_400)
    assert len(polls(recorded)) == len(before)
    assert min(polls(recorded)) > max(before)
    assert "2026-11-23" not in (recorded.folder / "logs/syslog.log").read_text()
    assert names_truth(recorded.diagnose(), recorded.truth)


def test_a_clock_that_is_off_since_ever_is_no_fault_of_the_incident(case: Make) -> None:
    recorded = case("link_cut")
    shift_device(recorded, "core1", -900)
    document = recorded.diagnose()
    assert names_truth(document, recorded.truth), document["root_causes"]


def test_a_device_is_dropped_only_where_the_truth_is_elsewhere(case: Make) -> None:
    recorded = case("link_cut")
    drop_device(recorded, "acc3")
    assert "address" not in read(recorded, "site.yaml")["devices"]["acc3"]
    assert not (recorded.folder / "snmp/acc3").exists()
    down = case("node_down")
    device = down.truth[0][0][1].partition("/")[2]
    with pytest.raises(ValueError, match="which is to be dropped"):
        drop_device(down, device)


@pytest.mark.parametrize("kind", INVENTIONS)
def test_an_invented_fault_has_its_truth_and_is_found(case: Make, kind: str) -> None:
    recorded = case("healthy")
    fault, resource = invent(recorded, kind, random.Random(5))
    assert yaml.safe_load((recorded.folder / "truth.yaml").read_text()) == {
        "faults": [{"fault": fault, "resource": resource}]
    }
    found = recorded.diagnose()
    assert kind == fault
    assert names_truth(found, recorded.truth), (resource, found["root_causes"])
    with pytest.raises(ValueError, match="a fault is there already"):
        invent(recorded, kind, random.Random(5))


@pytest.mark.parametrize(
    ("mask", "own"), [("255.255.255.254", "10.1.0.1"), ("255.255.255.252", "10.1.0.1 10.1.0.2"), ("255.255.255.0", "10.1.0.1 10.1.0.2 10.1.0.5")]
)  # fmt: skip
def test_the_neighbors_on_a_port_are_those_of_its_subnet_and_of_no_other(mask: str, own: str) -> None:
    rows = {"1.3.6.1.2.1.4.20.1.2.10.1.0.0": "2|3", "1.3.6.1.2.1.4.20.1.3.10.1.0.0": f"64|{mask}"}
    rows |= {f"1.3.6.1.2.1.14.10.1.6.{far}.0": "2|8" for far in ("10.1.0.1", "10.1.0.2", "10.1.0.5", "10.2.0.1")}
    assert neighbors_on(rows, "3") == {*own.split()}
    assert neighbors_on(rows, "4") == set()


def test_the_command_writes_changed_copies_and_says_what_it_left_out(shared: Path, tmp_path: Path) -> None:
    source, out = shared / "data/cases", tmp_path / "out"
    words = [
        sys.executable,
        "-m",
        "tests.mutate",
        str(source),
        str(out),
        "--invent",
        "link_down",
        "--drop",
        "logs",
        "--rename",
    ]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in out.iterdir()] == ["healthy"]
    assert done.stderr.count("a fault is there already") == 7
    assert "core1" not in (out / "healthy/topology.yaml").read_text()
    again = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, timeout=100)
    assert again.returncode == 4
    assert "is there already" in again.stderr
