"""A run exported as a case is diagnosed to the same verdict, and holds no secret. Real agents on loopback."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from noc_agent.evaluation.export_logs import AROUND
from noc_agent.snmp import RecordedSnmp, Reply, Value
from noc_agent.snmp.recorder import write_baseline, write_reply, write_unanswered
from noc_agent.snmp.smi import tag_of
from tests.live import BUNDLED, LiveSite, live_site
from tests.recorded import noc_agent

SAME = ("verdict", "root_causes", "ruled_out", "impact", "next_actions", "unexplained")
COMMUNITY, PASSWORD = "Winter-Community-77", "Tr0ub4dor-and-3"  # the first is the site's own; both made up
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def diagnosed(*words: str) -> dict[str, Any]:
    done = noc_agent("diagnose", *words, "--json", "--engine", "playbook")
    assert done.returncode in (0, 3), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def exported(run: str, folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    return noc_agent("runs", "export", "--case", run, str(folder), "--site", str(site))


def says(document: dict[str, Any]) -> dict[str, Any]:
    return {key: document[key] for key in SAME}


def all_text(folder: Path) -> str:
    packed = [gzip.decompress(path.read_bytes()) for path in folder.rglob("*.gz")]
    plain = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz"]
    return b"\n".join([*packed, *plain]).decode("utf-8", "replace")


def with_logs(live: LiveSite) -> None:
    """Lines of three days before, of now, and one that holds secrets."""
    now = datetime.now(UTC)
    rows = [
        f"{now - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ} core1 sshd[1]: an old line",
        f"{now:%Y-%m-%dT%H:%M:%SZ} core1 mgd[7]: set community {COMMUNITY}; enable password {PASSWORD}",
    ]
    (live.folder / "logs").mkdir()
    (live.folder / "logs/net.log").write_text("\n".join(rows) + "\n")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_live_run_makes_a_case_with_the_same_verdict_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    snmp = {"version": "2c", "community": COMMUNITY, "timeout": 0.4, "retries": 1}
    live = live_site(tmp_path / "site", logs=["logs/*.log"])
    site = yaml.safe_load((live.folder / "site.yaml").read_text())
    (live.folder / "site.yaml").write_text(yaml.safe_dump(site | {"snmp": {**snmp, "port": live.port}}))
    with_logs(live)
    with live.serving(0, community=COMMUNITY):
        assert noc_agent("snapshot", "--site", str(live.folder)).returncode == 0
    since = datetime.now(UTC).isoformat(timespec="seconds")
    # acc2's agent is gone and its host refuses: that it lives is known from the refusal alone.
    with live.serving(2, without=("acc2",), community=COMMUNITY):
        document = diagnosed("alarms on the site", "--since", since, "--site", str(live.folder))
    assert {row["fault"] for row in document["root_causes"]} == {"interface_admin_down", "management_unreachable"}
    folder = tmp_path / "case"
    done = exported(document["run"], folder, live.folder)
    assert done.returncode == 0, done.stderr
    assert "11 devices" in done.stdout
    assert "1 from before the incident" in done.stdout
    assert says(diagnosed(str(folder), "--site", str(folder))) == says(document)
    text = all_text(folder)
    assert COMMUNITY not in text
    assert PASSWORD not in text
    assert "an old line" not in text  # older than a day before the incident
    assert "‹secret-" in text
    assert yaml.safe_load((folder / "site.yaml").read_text())["snmp"]["community"] == "${SNMP_COMMUNITY:-public}"
    assert not (folder / "truth.yaml").exists()
    (folder / "truth.yaml").write_text(
        yaml.safe_dump({"faults": [{k: row[k] for k in ("fault", "resource")} for row in document["root_causes"]]})
    )
    scored = json.loads(noc_agent("eval", str(folder), "--json").stdout)
    assert scored["totals"]["root_cause_f1"] == 1.0


@pytest.mark.long
@pytest.mark.timeout(600)  # ten seconds between two polls, and five runs of the program
@pytest.mark.parametrize("name", ["link_cut", "dns_down", "node_down", "mtu_mismatch", "healthy", "bgp_wrong_as"])
def test_live_runs_of_recorded_incidents_make_cases_with_the_same_verdict(
    name: str, shared: Path, tmp_path: Path
) -> None:
    """An incident without a beginning, its polls served one after the other."""
    live = live_site(tmp_path, shared / "data/cases" / name)
    with live.serving(0):
        noc_agent("snapshot", "--site", str(live.folder))
        noc_agent("snapshot", "--site", str(live.folder))
    with live.serving(2):
        document = diagnosed("alarms on the site", "--site", str(live.folder))
    assert exported(document["run"], tmp_path / "case", live.folder).returncode == 0
    assert says(diagnosed(str(tmp_path / "case"), "--site", str(tmp_path / "case"))) == says(document)


def test_a_run_of_a_recorded_site_makes_the_same_case(tmp_path: Path) -> None:
    document = diagnosed("INC-3168", "--site", str(BUNDLED))
    folder = tmp_path / "case"
    assert exported(document["run"], folder, BUNDLED).returncode == 0
    assert says(diagnosed(str(folder), "--site", str(folder))) == says(document)
    again = exported(document["run"], folder, BUNDLED)
    assert (again.returncode, again.stdout) == (4, "")
    assert "not an empty folder" in again.stderr
    assert noc_agent("runs", "export", "--case", document["run"], "--site", str(BUNDLED)).returncode == 2
    assert noc_agent("runs", "export", document["run"], str(folder), "--site", str(BUNDLED)).returncode == 2
    under_a_file = exported(document["run"], folder / "site.yaml/below", BUNDLED)
    assert (under_a_file.returncode, under_a_file.stderr.count("\n")) == (4, 1)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    document = diagnosed("INC-3168", "--site", str(BUNDLED))
    tmp_path.chmod(0o500)
    done = exported(document["run"], tmp_path / "case", BUNDLED)
    assert (done.returncode, "cannot be written" in done.stderr) == (4, True)


def test_a_reply_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    columns: dict[str, dict[str, Value]] = {
        "1.3.6.1.2.1.1.1": {"0": b"two\nlines | and a bar"},
        "1.3.6.1.2.1.1.2": {"0": "1.3.6.1.4.1.8072"},
        "1.3.6.1.2.1.1.3": {"0": 4_000_000_000},
        "1.3.6.1.2.1.1.5": {"0": b""},
        "1.3.6.1.2.1.2.2.1.10": {"1": 4_294_967_295, "2": 7},
        "1.3.6.1.2.1.2.2.1.6": {"1": bytes.fromhex("02aa00000001")},
        "1.3.6.1.2.1.4.24.4.1.4": {"10.0.0.0.255.0.0.0.0.10.0.0.1": "10.0.0.1"},
        "1.3.6.1.2.1.99.1.1.1.4": {"3": -40},
        "1.3.6.1.2.1.31.1.1.1.6": {"1": 2**64 - 1},
    }
    partial = frozenset({"1.3.6.1.2.1.4.24.4.1.4"})
    reply = Reply("r1", AT, columns, "snmp:r1", 0, ("a table was cut off",), partial)
    write_reply(tmp_path, reply)
    write_unanswered(tmp_path, "r2", AT, "refused")
    write_unanswered(tmp_path, "r3", AT, "not asked")
    write_baseline(tmp_path, AT)
    source = RecordedSnmp(tmp_path)
    assert source.fetch("r1", AT, lambda probed: columns) == reply
    assert (source.times(), source.split) == ((AT,), AT)
    assert [source.asked(name) for name in ("r1", "r2", "r3")] == [(AT,), (AT,), ()]
    assert (source.answered("r2"), source.reason("r2", AT), source.reason("r1", AT)) == ((), "refused", "")


@pytest.mark.parametrize(
    ("column", "value", "tag"),
    [
        ("1.3.6.1.2.1.2.2.1.8", 1, "2"),
        ("1.3.6.1.2.1.2.2.1.10", 1, "65"),
        ("1.3.6.1.2.1.2.2.1.5", 1, "66"),
        ("1.3.6.1.2.1.1.3", 1, "67"),
        ("1.3.6.1.2.1.31.1.1.1.6", 1, "70"),
        ("1.3.6.1.2.1.1.5", b"r1", "4"),
        ("1.3.6.1.2.1.1.2", "1.3.6.1.4.1.9", "6"),
        ("1.3.6.1.2.1.1.2", "0.0", "6"),
        ("1.3.6.1.2.1.14.1.1", "10.0.0.1", "64"),
        ("1.3.6.1.2.1.14.1.1", "1.1.1.1", "64"),
        ("1.3.6.1.4.1.9.9.999.1", -1, "2"),
        ("1.3.6.1.4.1.9.9.999.1", 3_000_000_000, "66"),
        ("1.3.6.1.4.1.9.9.999.1", 2**40, "70"),
        ("1.3.6.1.2.1.2.2.1.10", 2**40, "70"),  # an agent that breaks its MIB
        ("1.3.6.1.4.1.9.9.999.2", "10.1.2.3", "64"),
    ],
)
def test_a_cell_has_the_tag_of_its_column(column: str, value: int | bytes | str, tag: str) -> None:
    assert tag_of(column, value) == tag


def test_tags_are_those_of_real_recordings(shared: Path) -> None:
    """Every cell of the recorded cases whose column the list knows has the tag that net-snmp gave it."""
    from noc_agent.snmp.smi import TAGS  # noqa: PLC0415

    seen, wrong = 0, set()
    for path in sorted((shared / "data/cases/link_cut/snmp").rglob("*.snmprec.gz")):
        for line in gzip.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines():
            oid, tag, _ = f"{line}||".split("|", 2)
            arcs = oid.split(".")
            column = next((c for n in range(len(arcs), 0, -1) if (c := ".".join(arcs[:n])) in TAGS), None)
            if column is not None:
                seen += 1
                wrong |= {(column, tag)} if TAGS[column] != tag.rstrip("x") else set()
    assert seen > 1000
    assert not wrong


def test_lines_of_a_day_around_the_incident_go_along(tmp_path: Path) -> None:
    """A file that says only by its folder whose lines it holds keeps that folder."""
    (tmp_path / "snmp").mkdir()
    (tmp_path / "logs/r1").mkdir(parents=True)
    since = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for name, moved in (("messages", -AROUND * 2), ("messages.1", timedelta(0))):
        stamp = f"{since + moved:%b %e %H:%M:%S}"
        (tmp_path / "logs/r1" / name).write_text(f"{stamp} %LINK-3-UPDOWN: Interface Gi0/1, changed state to down\n")
    site = {"name": "s", "devices": {"r1": {}}, "recordings": "snmp/", "logs": ["logs/r1/*"]}
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(site))
    document = diagnosed("alarms on it", "--since", since.isoformat(), "--site", str(tmp_path))
    done = exported(document["run"], tmp_path / "case", tmp_path)
    assert done.returncode == 0
    assert "no poll at all" in done.stderr
    assert [str(path.relative_to(tmp_path / "case")) for path in sorted((tmp_path / "case/logs").rglob("*.log"))] == [
        "logs/r1/messages.1.log"
    ]
    assert says(diagnosed(str(tmp_path / "case"), "--site", str(tmp_path / "case"))) == says(document)
