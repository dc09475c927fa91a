"""Minutes long: killed at random moments; every real dump as a site of its own."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import noc_agent

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
COMMAND = [sys.executable, "-m", "noc_agent", "diagnose", "INC-3168", "--json"]


def same(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what may differ between two runs."""
    usage = {key: value for key, value in document["usage"].items() if key != "wall_s"}
    return {**document, "run": "", "usage": usage}


def test_a_run_killed_at_any_moment_resumes_to_the_same_verdict_and_replays() -> None:
    begin = time.monotonic()
    whole = json.loads(noc_agent("diagnose", "INC-3168", "--json").stdout)
    length = time.monotonic() - begin
    dice = random.Random(11)
    resumed = 0
    for _ in range(60):
        if resumed == 15:
            break
        run = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(length * dice.uniform(0.4, 1.0))
        run.kill()
        run.wait()
        rows = json.loads(noc_agent("runs", "list", "--json").stdout)["runs"]
        for name in [row["run"] for row in rows if row["status"] == "cut off"]:
            again = noc_agent("runs", "resume", name, "--json")
            assert again.returncode == 0, again.stderr
            assert same(json.loads(again.stdout)) == same(whole)
            assert noc_agent("replay", name, "--json").stdout == again.stdout
            resumed += 1
    assert resumed >= 5


def test_an_unchanged_real_device_has_no_root_cause(shared: Path, tmp_path: Path) -> None:
    dumps = sorted((shared / "data/snmprec").glob("*.snmprec.gz"))
    assert len(dumps) == 30
    for path in dumps:
        site = tmp_path / path.name.split(".")[0]
        (site / "snmp/device").mkdir(parents=True)
        for at in ("20261123T090000Z", "20261123T091000Z"):
            shutil.copy(path, site / f"snmp/device/{at}.snmprec.gz")
        (site / "site.yaml").write_text("name: one\ndevices: {device: {address: 192.0.2.1}}\nrecordings: snmp/\n")
        (site / "incident.yaml").write_text('id: I\ntitle: something\nsince: "2026-11-23T09:00:00Z"\n')
        done = noc_agent("diagnose", str(site), "--site", str(site), "--json", env={**os.environ})
        document = json.loads(done.stdout)
        assert document["root_causes"] == [], (path.name, document["root_causes"])
        assert document["verdict"] == "healthy", (path.name, document["next_actions"])
