"""A run that is killed at any moment goes on: the same verdict, nothing looked at twice, nothing lost that was done."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from noc_agent.evidence import check_run, read_journal
from tests.agent.scripted_server import Asked, Raw, ScriptedServer, say, submit
from tests.live import BUNDLED
from tests.recorded import noc_agent

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]
KILLS = int(os.environ.get("KILLS", "100"))
REPLAYED = 10  # of the resumed runs; a replay is a test of its own elsewhere
KEPT = ("dist1", "acc1")


def two_routers(folder: Path) -> Path:
    """The bundled site cut down to the two routers of the fault: most of a run's time is then its own."""
    shutil.copytree(BUNDLED, folder)
    site = yaml.safe_load((folder / "site.yaml").read_text())
    site["devices"] = {name: site["devices"][name] for name in KEPT}
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    (folder / "topology.yaml").write_text("links: [{a: dist1/eth3, b: acc1/eth1}]\n")
    for path in (folder / "snmp").iterdir():
        if path.name not in KEPT:
            shutil.rmtree(path)
    return folder


def same(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what may differ between two runs."""
    usage = {key: value for key, value in document["usage"].items() if key != "wall_s"}
    return {**document, "run": "", "usage": usage}


def journal_of(state: Path) -> Path | None:
    return next(iter(state.rglob("*.jsonl")), None)


def killed_at(words: list[str], state: Path, size: int) -> Path | None:
    """The journal of a run that was killed once so many bytes of it were written; None where it ended before."""
    env = {**os.environ, "NOC_AGENT_STATE": str(state)}
    run = subprocess.Popen(
        [sys.executable, "-m", "noc_agent", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
    )
    path = None
    while run.poll() is None:
        path = path or journal_of(state)
        if path is not None and path.stat().st_size >= size:
            run.kill()
            break
        time.sleep(0.0005)
    code = run.wait()
    return path if code == -9 else None


def kill_and_resume(words: list[str], site: Path, folder: Path, size: int, *, replay: bool) -> dict[str, Any] | None:
    """The document of a run that was killed and went on, its journal checked."""
    path = killed_at(words, folder, size)
    if path is None:
        return None
    before = path.read_bytes()[: read_journal(path).size]
    env = {**os.environ, "NOC_AGENT_STATE": str(folder)}
    again = noc_agent("runs", "resume", path.stem, "--site", str(site), "--json", env=env)
    assert again.returncode == 0, again.stderr
    assert path.read_bytes().startswith(before), "a finished step was lost or changed"
    reading = read_journal(path)
    seen = [str(record.data["id"]) for record in reading.records if record.kind == "observation"]
    assert len(seen) == len(set(seen)), "an observation was made twice"
    assert (check_run(path).status, reading.sealed) == ("sound", True)
    if replay:
        told = noc_agent("replay", path.stem, "--site", str(site), "--json", env=env)
        assert (told.stdout, told.stderr) == (again.stdout, "")
    document: dict[str, Any] = json.loads(again.stdout)
    return document


def killed_many_times(words: list[str], tmp_path: Path, seed: int, after: Callable[[], None]) -> None:
    site = two_routers(tmp_path / "site")
    words = [*words, "--site", str(site), "--json"]
    env = {**os.environ, "NOC_AGENT_STATE": str(tmp_path / "whole")}
    done = noc_agent(*words, env=env)
    assert done.returncode == 0, done.stderr
    whole, journal = same(json.loads(done.stdout)), journal_of(tmp_path / "whole")
    after()
    assert journal is not None
    size, dice, killed = journal.stat().st_size, random.Random(seed), 0
    for n in range(3 * KILLS):
        if killed == KILLS:
            break
        folder = tmp_path / f"state{n}"
        replay = killed < REPLAYED
        document = kill_and_resume(words, site, folder, dice.randrange(1, size - 200), replay=replay)
        if document is not None:
            assert same(document) == whole
            killed += 1
        after()
        shutil.rmtree(folder)
    assert killed == KILLS


def test_the_engines_run_killed_at_random_points(tmp_path: Path) -> None:
    killed_many_times(["diagnose", "INC-3168", "--engine", "playbook"], tmp_path, 11, lambda: None)


def test_a_models_run_killed_at_random_points(tmp_path: Path) -> None:
    """What was answered is not asked again: at most the request that was under way."""

    def answer(asked: Asked) -> dict[str, Any] | Raw:
        turn = sum(message["role"] == "tool" for message in asked.messages)
        calls = [("interfaces", {"device": "dist1", "interface": "eth3"}), ("log_search", {"pattern": "eth3"})]
        if turn < len(calls):
            return say(reasoning="I look.", calls=[calls[turn]], tokens=(900, 30))
        return submit("confirmed", ["interface_admin_down | interface/dist1/eth3 | E1 | shut"], tokens=(900, 40))

    with ScriptedServer([answer]) as server:
        counts: list[int] = []

        def after() -> None:
            counts.append(len(server.asked))
            server.asked.clear()

        words = ["diagnose", "INC-3168", "--engine", "model", "--endpoint", server.url]
        killed_many_times(words, tmp_path, 12, after)
    assert max(counts) <= counts[0] + 1
