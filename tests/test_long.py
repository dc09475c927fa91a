"""Minutes long: every real dump as a site of its own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.recorded import noc_agent

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


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
