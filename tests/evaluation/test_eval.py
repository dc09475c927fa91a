"""`noc-agent eval` as an operator runs it, on the recorded cases."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import Case, noc_agent


@pytest.fixture
def cases(shared: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "cases"
    folder.mkdir()
    for name in ("healthy", "link_cut", "dns_down"):
        Case.copy(shared / "data/cases" / name, folder / name)
    return folder


def evaluated(*words: str) -> dict[str, Any]:
    done = noc_agent("eval", "--json", *words)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["schema"] == "noc-agent/eval/1"
    assert isinstance(found, dict)
    return found


@pytest.mark.long
def test_cases_are_scored_in_parallel_as_one_by_one(cases: Path) -> None:
    together, alone = evaluated(str(cases)), evaluated(str(cases), "--workers", "1")
    for row in (*together["cases"], *alone["cases"]):
        assert row.pop("wall_s") > 0
    assert together["cases"] == alone["cases"]
    assert [row["case"] for row in together["cases"]] == ["dns_down", "healthy", "link_cut"]
    assert (
        together["totals"]["root_cause_f1"] == together["totals"]["detection"] == together["totals"]["finished"] == 1.0
    )


def test_what_is_not_right_is_named_with_its_reason(cases: Path) -> None:
    (cases / "link_cut/truth.yaml").write_text("faults: [{fault: our_own_kind, resource: node/acc9}]\n")
    (cases / "dns_down/site.yaml").write_text("name: [\n")
    found = evaluated(str(cases))
    broken, _, wrong = found["cases"]
    assert broken["verdict"] is None
    assert "site.yaml" in broken["problem"]
    assert broken["root_cause"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert wrong["misses"][0].startswith("our_own_kind at node/acc9: no playbook of that kind")
    assert {"truth": "our_own_kind", "named": "link_down", "count": 1} in found["confusion"]
    assert {"verdict": "healthy", "cases": 1, "right": 1, "causes": 0, "causes_right": 0} in found["verdicts"]
    assert sum(row["causes"] - row["causes_right"] for row in found["verdicts"]) == 1
    shown = noc_agent("eval", str(cases))
    assert shown.returncode == 0
    assert "is no fault of this case" in " ".join(shown.stdout.split())
    assert "1 of 3 right" in shown.stdout
    by_case = {words[0]: words[1:3] for line in shown.stdout.splitlines() if len(words := line.split()) == 6}
    assert by_case["dns_down"] == ["none", "no"]
    assert by_case["healthy"] == ["healthy", "yes"]


def test_runs_are_scored_each_and_their_spread_told(cases: Path) -> None:
    found = evaluated(str(cases / "healthy"), "--runs", "2")
    assert [row["run"] for row in found["cases"]] == [1, 2]
    assert found["spread"]["detection"] == {"mean": 1.0, "deviation": 0.0, "least": 1.0, "most": 1.0}


def test_no_state_is_left_and_nothing_is_written_beside_the_case(cases: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    before = sorted(cases.rglob("*"))
    done = noc_agent("eval", str(cases / "healthy"), env={**os.environ, "NOC_AGENT_STATE": str(state)})
    assert done.returncode == 0
    assert sorted(cases.rglob("*")) == before
    assert not state.exists()


def test_an_endpoint_elsewhere_is_refused_before_a_case_is_diagnosed(cases: Path) -> None:
    done = noc_agent("eval", str(cases), "--engine", "model", "--endpoint", "http://203.0.113.9:8000/v1")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.count("\n") == 1
    many = noc_agent(
        "eval", str(cases), "--engine", "model", "--endpoint", "http://203.0.113.9:8000/v1", "--workers", "2"
    )
    assert (many.returncode, many.stdout, many.stderr) == (6, "", done.stderr)


def test_a_model_that_does_not_serve_ends_with_5_and_the_scores_all_the_same(cases: Path) -> None:
    done = noc_agent(
        "eval", str(cases / "healthy"), "--json", "--engine", "model", "--endpoint", "http://127.0.0.1:9/v1"
    )
    assert done.returncode == 5
    assert json.loads(done.stdout)["cases"][0]["verdict"] == "healthy"


def test_a_folder_without_cases_is_bad_input(tmp_path: Path) -> None:
    done = noc_agent("eval", str(tmp_path))
    assert (done.returncode, done.stdout) == (4, "")
    assert "holds no case" in done.stderr
