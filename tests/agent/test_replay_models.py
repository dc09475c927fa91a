"""A recorded run given to models again: what they ask is answered by what the run saw, and nothing else is looked at."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from noc_agent.cli.common import bundled_site
from noc_agent.evidence import Json
from tests.agent.scripted_server import Asked, Raw, ScriptedServer, say, submit
from tests.recorded import noc_agent, pairs

INCIDENT = "INC-3168"
TRUE = ("interface_admin_down", "interface/dist1/eth3")
RIGHT = [f"{TRUE[0]} | {TRUE[1]} | E3 | it was shut"]
WRONG = ["node_down | node/acc1 | E1 | it is dead"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one run in its journal, and since then without the polls and logs that the run looked at."""
    folder = Path(shutil.copytree(bundled_site().parent, tmp_path_factory.mktemp("recorded") / "site"))
    with (folder / "site.yaml").open("a") as file:
        file.write("\nstate: state\n")
    assert noc_agent("diagnose", INCIDENT, "--quiet", "--site", str(folder)).returncode == 0
    for part in ("snmp", "logs"):
        for path in (folder / part).rglob("*"):
            if path.is_file():
                path.unlink()
    return folder


@pytest.fixture
def site(recorded: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(recorded, tmp_path / "site"))


def replay(site: Path, server: ScriptedServer | None, *words: str) -> tuple[int, str, str]:
    endpoint = ["--endpoint", server.url] if server else []
    done = noc_agent("replay", INCIDENT, "--site", str(site), *endpoint, *words)
    return done.returncode, done.stdout, done.stderr


def heard(asked: Asked) -> list[str]:
    """What the model was answered, call by call."""
    return [message["content"] for message in asked.messages if message["role"] == "tool"]


def by_name(asked: Asked) -> dict[str, Json]:
    """The small one is wrong, the large one right."""
    return submit("confirmed", WRONG if asked.body["model"] == "gpt-oss-20b" else RIGHT)


def test_calls_are_answered_by_what_the_run_saw_and_by_its_polls(site: Path) -> None:
    before = {path: path.read_bytes() for path in (site / "state").rglob("*.jsonl")}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("interfaces", {"device": "dist1", "interface": "eth3"}),  # as the engine asked
        ("neighbors", {"device": "acc1", "protocol": "all"}),  # as nobody did
    ]
    with ScriptedServer([*(say(calls=[call]) for call in calls), submit("confirmed", RIGHT)]) as server:
        code, out, _ = replay(site, server, "--model", "gpt-oss-20b", "--json")
        known, fresh = heard(server.asked[-1])
    document = json.loads(out)
    assert code == 0
    assert list(document) == list(json.loads(next(iter(before.values())).splitlines()[-2])["data"]["document"])
    assert (document["engine"], document["model"], pairs(document)) == ("model", "gpt-oss-20b", {TRUE})
    assert '"ifAdminStatus":"down"' in known
    assert '"peer":"dist1"' in fresh
    assert {row["id"] for row in document["evidence"]} >= {text.split()[0] for text in (known, fresh)}
    assert {path: path.read_bytes() for path in (site / "state").rglob("*.jsonl")} == before, "a replay is no run"


def test_what_is_not_recorded_is_said_to_be_so(site: Path) -> None:
    calls = [
        ("log_search", {"pattern": "ospf"}),
        ("log_events", {"device": "acc1"}),
        ("interfaces", {"device": "mars"}),
    ]
    with ScriptedServer([*(say(calls=[call]) for call in calls), submit("confirmed", RIGHT)]) as server:
        _, out, _ = replay(site, server, "--model", "gpt-oss-20b", "--json")
        search, events, _ = heard(server.asked[-1])
    document = json.loads(out)
    assert search.startswith("log_search: not recorded")
    assert "only the events of the run's window are recorded" in events
    assert '"kind":"ospf_' in events
    assert "log_search" not in [row["tool"] for row in document["evidence"]], "a call that found no record saw nothing"
    assert "of the logs, only the events of the run's window are recorded" in document["degraded"]


def test_models_are_compared_with_the_run(site: Path) -> None:
    with ScriptedServer([by_name]) as server:
        words = ["--model", "gpt-oss-20b", "--model", "gpt-oss-120b"]
        code, out, _ = replay(site, server, *words)
        assert code == 0
        _, as_json, _ = replay(site, server, *words, "--json")
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.startswith("gpt-oss")}
    assert rows["gpt-oss-20b"][1:4] == ["engine", "confirmed", "yes"]
    assert rows["gpt-oss-120b"][1:4] == ["gpt-oss-120b", "confirmed", "yes"]
    assert rows["gpt-oss-120b"][4:7] == ["1", "100", "20"]
    made = json.loads(as_json)
    assert made["schema"] == "noc-agent/replay/1"
    assert list(made["models"]) == ["gpt-oss-20b", "gpt-oss-120b"]
    assert made["models"]["gpt-oss-120b"]["engine"] == "model"


@pytest.mark.long
def test_stated_power_gives_an_estimate_that_is_called_one(site: Path) -> None:
    with ScriptedServer([submit("confirmed", RIGHT)]) as server:
        with (site / "site.yaml").open("a") as file:
            file.write(f"\nmodel: {{endpoint: '{server.url}', watts: {{gpt-oss-20b: 36000}}}}\n")
        _, out, _ = replay(site, None, "--model", "gpt-oss-20b", "--json")
        usage = json.loads(out)["usage"]
        assert usage["energy_basis"] == "estimate"
        assert 0 < usage["energy_wh"] <= 10 * usage["wall_s"]
        _, out, _ = replay(site, None, "--model", "gpt-oss-120b", "--json")
        assert json.loads(out)["usage"]["energy_basis"] in {"none", "rapl"}, "nobody states what this one draws"


@pytest.mark.long
def test_where_to_ask_is_never_the_journals_to_say(tmp_path: Path) -> None:
    site = Path(shutil.copytree(bundled_site().parent, tmp_path / "site"))
    with ScriptedServer([submit("confirmed", RIGHT)]) as server:
        words = ["--site", str(site), "--engine", "model", "--endpoint", server.url]
        assert noc_agent("diagnose", INCIDENT, "--quiet", *words).returncode == 0
        asked = len(server.asked)
        code, out, line = replay(site, None, "--model", "gpt-oss-20b")
        assert len(server.asked) == asked
    assert (code, out) == (4, "")
    assert line.startswith("--endpoint: no model endpoint is known")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["--endpoint", "http://127.0.0.1:9/v1"], 2, "need --model"),
        (["--effort", "low"], 2, "need --model"),
        (["--model", "gpt-oss-20b", "--endpoint", "http://203.0.113.9/v1"], 6, "not on this site"),
    ],
)
def test_wrong_words_are_said_in_a_line(words: list[str], code: int, line: str, site: Path) -> None:
    done, out, told = replay(site, None, *words)
    assert (done, out) == (code, "")
    assert line in told


def test_a_model_that_cannot_serve_is_exit_5_and_the_engines_document(site: Path) -> None:
    with ScriptedServer([Raw(401, b"{}")]) as server:
        code, out, _ = replay(site, server, "--model", "gpt-oss-20b", "--json")
    document = json.loads(out)
    assert (code, document["engine"], pairs(document)) == (5, "playbook", {TRUE})
    assert any("refuses the API key" in text for text in document["degraded"])


@pytest.mark.long
def test_models_are_compared_over_cases(tmp_path: Path) -> None:
    case = Path(shutil.copytree(bundled_site().parent, tmp_path / "case"))
    incident = next(path for path in (case / "incidents").iterdir() if INCIDENT in path.read_text())
    shutil.copy(incident, case / "incident.yaml")
    (case / "truth.yaml").write_text(f"faults: [{{fault: {TRUE[0]}, resource: {TRUE[1]}}}]\n")
    with (case / "site.yaml").open("a") as file:
        file.write("\nmodel: {endpoint: 'http://127.0.0.1:9/v1', watts: 36000}\n")
    with ScriptedServer([by_name]) as server:
        words = [str(case), "--engine", "model", "--endpoint", server.url]
        words += ["--model", "gpt-oss-20b", "--model", "gpt-oss-120b"]
        found = json.loads(noc_agent("eval", "--json", *words).stdout)
        shown = noc_agent("eval", *words).stdout
    assert [row["model"] for row in found["cases"]] == ["gpt-oss-20b", "gpt-oss-120b"]
    small, large = found["models"]["gpt-oss-20b"], found["models"]["gpt-oss-120b"]
    assert (small["right"], small["by_model"], small["right_by_model"]) == (1, 0, 0)
    assert (large["right"], large["by_model"], large["right_by_model"]) == (1, 1, 1)
    assert (large["model_calls"], large["prompt_tokens"], large["completion_tokens"]) == (1, 100, 20)
    assert large["energy_basis"] == "estimate"
    assert large["energy_wh_per_right"] == large["energy_wh"] > 0
    assert found["totals"]["right"] == 2
    rows = {line.split()[0]: line for line in shown.splitlines() if line.startswith("gpt-oss")}
    assert "1 of 1" in rows["gpt-oss-120b"]
    assert "Wh (estimate)" in rows["gpt-oss-120b"]
