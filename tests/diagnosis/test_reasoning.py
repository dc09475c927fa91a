"""`diagnose --explain` on the bundled incident: every step stands there, and the run replays with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.recorded import noc_agent


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "NOC_AGENT_STATE": str(tmp_path)}


def test_every_hypothesis_says_what_it_explains_and_what_rules_it_out(environ: dict[str, str]) -> None:
    done = noc_agent("diagnose", "INC-3168", "--json", "--explain", env=environ)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    numbers = {row["id"]: row for row in document["reasoning"]["findings"]}
    rows = document["reasoning"]["hypotheses"]
    chosen = [(row["fault"], row["resource"]) for row in rows if row["status"] == "chosen"]
    assert chosen == [(cause["fault"], cause["resource"]) for cause in document["root_causes"]]
    explained = {number for row in rows if row["status"] == "chosen" for number in row["explains"]}
    assert {number for number, row in numbers.items() if row["must_be_explained"]} <= explained
    out = [row for row in rows if row["status"] == "ruled out"]
    assert out
    for row in out:
        assert row["refuted_by"]
        assert set(row["raised_by"]) <= set(row["explains"]) <= set(numbers)
    assert noc_agent("replay", document["run"], "--json", env=environ).stdout == done.stdout


def test_the_terminal_shows_it_and_without_the_option_nothing_of_it(environ: dict[str, str]) -> None:
    shown = noc_agent("diagnose", "INC-3168", "--explain", env=environ).stdout
    plain = noc_agent("diagnose", "INC-3168", env=environ).stdout
    assert "ruled out: the other end is administratively down" in shown
    assert "would refute it: the other end is administratively down: yes" in shown
    assert "Hypotheses" not in plain
    assert max(map(len, shown.splitlines())) <= 100
