"""What cannot be used is named in one line, with its mend, and the contract's exit code."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.test_runs import copy_bundled
from tests.recorded import noc_agent


def refused(*words: str, code: int = 4, stdin: str | None = None) -> str:
    done = noc_agent(*words, stdin=stdin)
    assert done.returncode == code, (done.returncode, done.stderr, done.stdout[:300])
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_unknown_incident_names_those_that_there_are() -> None:
    assert "INC-3168" in refused("diagnose", "INC-0000")


def test_an_unknown_device_names_those_that_there_are() -> None:
    assert "dist1" in refused("tools", "call", "interfaces", "device=nowhere")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("id: X\n title: broken\n", "line 2"),
        ("title: no id\n", "id"),
        ("id: X\ntitle: t\nsinse: 2026-11-23T09:00:00Z\n", "since"),
        ("id: X\ntitle: t\nsince: yesterday\n", "since"),
        ("id: X\ntitle: t\nsince: 2026-11-23T10:00:00Z\nuntil: 2026-11-23T09:00:00Z\n", "until"),
        ("id: X\ntitle: t\ndevices: [nowhere]\n", "devices"),
        ("", "empty"),
        ("[" * 100_000, ""),
    ],
)
def test_a_broken_incident_file_is_named_with_line_or_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    said = refused("diagnose", str(path))
    assert "bad.yaml" in said
    assert named in said


def test_a_directory_a_binary_and_a_fifo_are_no_incidents(tmp_path: Path) -> None:
    refused("diagnose", str(tmp_path))
    binary = tmp_path / "x.yaml"
    binary.write_bytes(bytes(range(256)) * 10)
    refused("diagnose", str(binary))
    os.mkfifo(tmp_path / "pipe")
    refused("diagnose", str(tmp_path / "pipe"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("address: 10.255.0.11", "adress: 10.255.0.11", "address"),
        ("version: 2c", "version: 4", "version"),
        ("timeout: 2", "timeout: soon", "timeout"),
        ("recordings: snmp/", "recordings: nowhere/", "recordings"),
        ("topology: topology.yaml", "topology: nowhere.yaml", "nowhere.yaml"),
        ("${SNMP_COMMUNITY:-public}", "${NOT_SET_ANYWHERE}", "community"),
        ("name: metro-lab", "name: [a, b]", "name"),
    ],
)
def test_a_broken_site_names_file_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    site = copy_bundled(tmp_path)
    text = (site / "site.yaml").read_text()
    assert old in text
    (site / "site.yaml").write_text(text.replace(old, new, 1))
    said = refused("diagnose", "INC-3168", "--site", str(site))
    assert named in said
    assert ".yaml" in said


def test_a_topology_that_names_an_unknown_device_is_named(tmp_path: Path) -> None:
    site = copy_bundled(tmp_path)
    with (site / "topology.yaml").open("a") as file:
        file.write("")
    text = (
        (site / "topology.yaml")
        .read_text()
        .replace("a: core1/eth1, b: core2/eth1}", "a: core9/eth1, b: core2/eth1}", 1)
    )
    (site / "topology.yaml").write_text(text)
    assert "topology.yaml" in refused("diagnose", "INC-3168", "--site", str(site))


def test_a_truncated_recording_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    site = copy_bundled(tmp_path)
    path = sorted((site / "snmp/core2").iterdir())[1]
    path.write_bytes(path.read_bytes()[:6000])
    done = noc_agent("diagnose", "INC-3168", "--site", str(site), "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("poll", [0, 1, 2])
def test_a_recording_that_is_cut_off_is_told_and_what_it_does_not_tell_is_no_fault(tmp_path: Path, poll: int) -> None:
    site = copy_bundled(tmp_path)
    path = sorted((site / "snmp/dist1").iterdir())[poll]
    path.write_bytes(path.read_bytes()[:4000])
    document = json.loads(noc_agent("diagnose", "INC-3168", "--site", str(site), "--json").stdout)
    named = {(cause["fault"], cause["resource"]) for cause in document["root_causes"]}
    assert named <= {("interface_admin_down", "interface/dist1/eth3")}
    read = poll != 1  # the newest and the healthy one are compared
    assert [path.name in line for line in document["degraded"]] == [True] * read


def test_an_unreadable_recording_is_named(tmp_path: Path) -> None:
    site = copy_bundled(tmp_path)
    path = sorted((site / "snmp/core2").iterdir())[1]
    path.write_bytes(b"this is no gzip")
    said = refused("diagnose", "INC-3168", "--site", str(site))
    assert path.name in said


def test_bad_snmp_lines_are_skipped(tmp_path: Path) -> None:
    site = copy_bundled(tmp_path)
    path = sorted((site / "snmp/dist1").iterdir())[-1]
    text = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(b"no line\n1.3.x|2|1\n1.3.6.1.2.1.2.2.1.8.99|2|abc\n" + text))
    assert noc_agent("diagnose", "INC-3168", "--site", str(site)).returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ["diagnose"],
        ["diagnose", "INC-3168", "--timeout", "0"],
        ["diagnose", "INC-3168", "--engine", "magic"],
        ["diagnose", "INC-3168", "--max-tokens", "none"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_is_exit_2(words: list[str]) -> None:
    done = noc_agent(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_time_that_is_none_is_bad_input(option: str) -> None:
    assert option.removeprefix("--") in refused("diagnose", "INC-3168", option, "lunchtime")


def test_wrong_tool_arguments_are_named() -> None:
    assert "devise" in refused("tools", "call", "interfaces", "devise=dist1")
    refused("tools", "call", "no_such_tool")
    refused("tools", "call", "interfaces", "dist1")
    assert "since" in refused("tools", "call", "log_events", "since=lunchtime")
    refused("tools", "call", "log_search", "pattern=(")
    refused("diagnose", "")


def test_output_into_a_closed_pipe_ends_in_silence() -> None:
    program = f"{sys.executable} -m noc_agent diagnose INC-3168 --json | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_playbook_of_the_site_is_named_and_the_rest_runs(tmp_path: Path) -> None:
    site = copy_bundled(tmp_path)
    (site / "playbooks").mkdir()
    (site / "playbooks/mine.yaml").write_text("fault: my_fault\ntitel: x\n")
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + "playbooks: [playbooks/]\n")
    done = noc_agent("diagnose", "INC-3168", "--site", str(site), "--json")
    assert done.returncode == 0
    assert "mine.yaml" in done.stdout
    checked = noc_agent("playbook", "check", "--site", str(site))
    assert checked.returncode == 4
    assert "title" in checked.stderr
