"""At night, with nobody there: full and read-only disks, files without end, hosts that share a folder, files of the owner's."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from noc_agent.evidence import RunStore, check_run
from tests.agent.scripted_server import Raw, ScriptedServer
from tests.agent.test_killed import two_routers
from tests.recorded import noc_agent

INCIDENT = "INC-3168"
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own needs root")


def on_a_disk_of_its_own(state: Path, size: str, script: str) -> str:
    """Run a script whose state folder is a small tmpfs, in a mount namespace of its own; `run …` is the program."""
    program = f'run() {{ NOC_AGENT_STATE={state} {sys.executable} -m noc_agent "$@"; }}\n'
    state.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{program} mount -t tmpfs -o size={size} tmpfs {state} && {script}"],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@ROOT
@pytest.mark.long
def test_a_full_disk_costs_the_journal_and_once_there_is_room_the_run_goes_on(tmp_path: Path) -> None:
    site, state = two_routers(tmp_path / "site"), tmp_path / "state"
    told = on_a_disk_of_its_own(
        state, "40k",
        f"run diagnose {INCIDENT} --site {site} --json; echo code $?; run runs verify --site {site}; echo code $?; "
        f"mount -o remount,size=9m {state}; run runs resume {INCIDENT} --site {site} --json | grep verdict; "
        f"run runs verify --site {site}",
    )  # fmt: skip
    assert "the journal could not be written further: No space left on device" in told
    assert told.count('"verdict": "confirmed"') == 2
    assert told.count("code 0") == 2
    assert ": cut off, " in told
    assert ": sound, " in told.splitlines()[-1]


@ROOT
@pytest.mark.long
def test_a_read_only_disk_costs_the_journal_and_is_said_in_one_line(tmp_path: Path) -> None:
    site, state = two_routers(tmp_path / "site"), tmp_path / "state"
    told = on_a_disk_of_its_own(
        state, "9m",
        f"mount -o remount,ro {state}; run diagnose {INCIDENT} --site {site} --json; echo code $?; "
        f"run runs list --site {site}; run runs resume {INCIDENT} --site {site}; echo code $?",
    )  # fmt: skip
    assert told.count("no journal is kept: Read-only file system; set NOC_AGENT_STATE") == 1
    assert "code 0" in told
    assert "code 4" in told


def test_a_state_folder_that_is_none_costs_the_journal_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {**os.environ, "NOC_AGENT_STATE": str(tmp_path / "file/state")}
    done = noc_agent("diagnose", INCIDENT, "--site", str(two_routers(tmp_path / "site")), "--json", env=env)
    document = json.loads(done.stdout)
    assert (done.returncode, document["verdict"]) == (0, "confirmed")
    assert "Not a directory" in str(document["degraded"])


def test_all_that_is_written_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    site, report = two_routers(tmp_path / "site"), tmp_path / "report.html"
    env = {**os.environ, "NOC_AGENT_STATE": str(tmp_path / "deep/state")}
    words = ("diagnose", INCIDENT, "--site", str(site), "--output", str(report), "-q")
    done = noc_agent(*words, env=env, umask=0)
    assert done.returncode == 0, done.stderr
    made = [tmp_path / "deep", *(tmp_path / "deep").rglob("*"), report]
    assert len(made) >= 8
    for path in made:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_same_incident_on_another_host_is_one_line_and_exit_7(tmp_path: Path) -> None:
    site = two_routers(tmp_path / "site")
    env = {**os.environ, "NOC_AGENT_STATE": str(tmp_path / "state")}
    locks = tmp_path / "state/metro-lab/locks"
    locks.mkdir(parents=True)
    owner = {"pid": 1, "run": "x", "host": f"not-{socket.gethostname()}", "until": int(time.time()) + 300}
    (locks / f"{INCIDENT}.lock").write_text(json.dumps(owner))
    done = noc_agent("diagnose", INCIDENT, "--site", str(site), "--json", env=env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (7, "", 1)
    assert "another host" in done.stderr
    assert not (tmp_path / "state/metro-lab/runs").exists()


def test_two_runs_at_once_are_one_run_and_one_line(tmp_path: Path) -> None:
    site = two_routers(tmp_path / "site")
    env = {**os.environ, "NOC_AGENT_STATE": str(tmp_path / "state")}
    with ScriptedServer([Raw(stall=True)]) as server:
        words = [
            "diagnose",
            INCIDENT,
            "--site",
            str(site),
            "--engine",
            "model",
            "--endpoint",
            server.url,
            "--timeout",
            "60",
        ]
        first = subprocess.Popen([sys.executable, "-m", "noc_agent", *words], env=env, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not server.asked and time.monotonic() < until:
            time.sleep(0.05)
        for again in (words, ["runs", "resume", INCIDENT, "--site", str(site)]):
            done = noc_agent(*again, env=env)
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (7, "", 1), done.stderr
            assert f"wait for process {first.pid}" in done.stderr
        first.kill()
        first.wait()
    store = RunStore(tmp_path / "state/metro-lab")
    assert [check_run(path).status for path in store.paths()] == ["cut off"]


def test_files_that_never_end_and_files_elsewhere_do_not_hold_a_run_up(tmp_path: Path) -> None:
    """A pipe that nobody writes, a log that grows as it is read, an endless device, links out of the site."""
    site = two_routers(tmp_path / "site")
    secret = tmp_path / "elsewhere.log"
    secret.write_text("Nov 23 09:39:50 dist1 secret-of-another-folder\n")
    os.mkfifo(site / "logs/pipe.log")
    (site / "logs/zero.log").symlink_to("/dev/zero")
    (site / "logs/link.log").symlink_to(secret)
    (site / "logs/up.log").symlink_to("../../elsewhere.log")
    settings: dict[str, Any] = yaml.safe_load((site / "site.yaml").read_text())
    settings["logs"] = ["logs/*.log", "logs/../../site/logs/*.log"]
    (site / "site.yaml").write_text(yaml.safe_dump(settings))
    stop, grown = threading.Event(), 0

    def grow() -> None:
        nonlocal grown
        with (site / "logs/growing.log").open("a") as file:
            while not stop.is_set():
                grown += file.write("2026-11-23T09:39:50+00:00 dist1 bgpd[7]: it goes on and on and on\n" * 100)
                file.flush()
                time.sleep(0.01)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        begun = time.monotonic()
        done = noc_agent("diagnose", INCIDENT, "--site", str(site), "--json", "--timeout", "30")
        took = time.monotonic() - begun
    finally:
        stop.set()
        writer.join()
    document = json.loads(done.stdout)
    assert grown > 0
    assert (done.returncode, document["verdict"]) == (0, "confirmed"), done.stderr
    assert took < 60
    degraded = str(document["degraded"])
    assert "pipe.log is no regular file" in degraded
    assert "link.log leads out of its folder" in degraded
    assert "up.log leads out of its folder" in degraded
    assert "secret-of-another-folder" not in done.stdout


@pytest.mark.long
def test_an_endpoint_that_hangs_ends_with_the_runs_time(tmp_path: Path) -> None:
    site = two_routers(tmp_path / "site")
    with ScriptedServer([Raw(stall=True)]) as server:
        begun = time.monotonic()
        words = ("--engine", "model", "--endpoint", server.url, "--timeout", "25", "--json", "--site", str(site))
        done = noc_agent("diagnose", INCIDENT, *words)
        took = time.monotonic() - begun
        server.stopping.set()
        assert server.asked, "the engine left no time for a model: a slower machine than this test is for"
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (5, "confirmed"), done.stdout
    assert took < 25 + 10 + 10, "and the time to start"


def test_an_agent_that_never_answers_ends_with_the_runs_time(tmp_path: Path) -> None:
    """Sockets that take every datagram and say nothing."""
    silent = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for n, one in enumerate(silent):
        one.bind((f"127.9.2.{n + 1}", 0 if n == 0 else silent[0].getsockname()[1]))
    port = silent[0].getsockname()[1]
    devices = {f"r{n}": {"address": f"127.9.2.{n + 1}"} for n in range(3)}
    snmp = {"community": "public", "port": port, "timeout": 60, "retries": 5}
    (tmp_path / "site.yaml").write_text(yaml.safe_dump({"name": "silent", "snmp": snmp, "devices": devices}))
    begun = time.monotonic()
    done = noc_agent("diagnose", "r1 is unreachable", "--site", str(tmp_path), "--json", "--timeout", "8")
    took = time.monotonic() - begun
    for one in silent:
        one.close()
    assert done.returncode in (0, 3), done.stderr
    assert took < 8 + 10 + 10
