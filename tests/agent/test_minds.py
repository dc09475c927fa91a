"""Whatever a model says, the answer is at least the engine's; what a whole run costs; how the ladder is climbed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, cast

import pytest

from noc_agent.cli.common import bundled_site
from noc_agent.errors import ModelUnavailable
from noc_agent.evidence import Json
from noc_agent.models import ToolCall
from tests.agent.minds import LOOKS, Mind, Scripted, Thinker, as_the_engine_says, call, diagnosed, submit, thorough
from tests.lab.cases import unpack
from tests.recorded import pairs

CASES = Path(__file__).parents[2].parent / "shared/data/cases"
INCIDENT = "INC-3168"
SAMPLE = 8  # of so many cases of the lab one is taken
TRUE = ("interface_admin_down", "interface/dist1/eth3")


def rubbish(turn: int, task: str) -> ToolCall | str:
    return ToolCall("c", "submit_diagnosis", '{"verdict": "perhaps", "root_causes": [1, {"x": []}], "summary": 7}')


def inventor(turn: int, task: str) -> ToolCall | str:
    return submit("confirmed", f"link_down | link/mars{turn}/eth1--venus/eth2 | E{900 + turn} | I saw it")


def well(turn: int, task: str) -> ToolCall | str:
    return submit("healthy")


def parrot(turn: int, task: str) -> ToolCall | str:
    return call("log_events")


def talker(turn: int, task: str) -> ToolCall | str:
    return "Let me think about the weather."


def accuser(turn: int, task: str) -> ToolCall | str:
    """Blames each device in turn for what the evidence does not show."""
    return submit(
        "confirmed", "node_down | node/core1 | E1 | it must be dead", "cpu_exhaustion | node/core1 | E1 | busy"
    )


def lost(turn: int, task: str) -> ToolCall | str:
    return call("browser.search", query="why is my network down")


MINDS: dict[str, Mind] = {mind.__name__: mind for mind in (rubbish, inventor, well, parrot, talker, accuser, lost)}


def cases() -> list[tuple[Path, str]]:
    found = [(bundled_site(), INCIDENT)]
    if CASES.is_dir():
        found += [
            (case / "site.yaml", str(case / "incident.yaml")) for case in sorted(CASES.iterdir()) if case.is_dir()
        ]
    return found


@cache
def alone(number: int) -> dict[str, Json]:
    return diagnosed(*cases()[number], Scripted(()))


def causes(document: dict[str, Any]) -> tuple[object, set[tuple[str, str]]]:
    return document["verdict"], pairs(document)


def numbers() -> list[Any]:
    """All cases; the first two are quick enough for every run."""
    return [pytest.param(n, marks=[] if n < 2 else [pytest.mark.long]) for n in range(len(cases()))]


@pytest.mark.parametrize("name", MINDS)
@pytest.mark.parametrize("number", numbers())
def test_no_model_makes_the_engines_answer_worse(name: str, number: int) -> None:
    document = diagnosed(*cases()[number], Scripted([Thinker(MINDS[name])]))
    assert causes(document) == causes(alone(number))
    if name == "well" and alone(number)["verdict"] == "healthy":
        assert document["engine"] == "model"  # it agrees
        assert document["degraded"] == []
    else:
        assert document["engine"] == "playbook"
        assert document["degraded"], "nothing tells the reader what became of the model"


@pytest.mark.long
def test_a_whole_run_with_many_tools_stays_small() -> None:
    spent = []
    for number, case in enumerate(cases()):
        model = Thinker(thorough)
        document = diagnosed(*case, Scripted([model]))
        assert causes(document) == causes(alone(number))
        assert model.turn == LOOKS + 1
        spent.append(sum(model.prompts))
    assert median(spent) <= 20_000, spent
    assert max(spent) <= 40_000, spent
    print(f"prompt tokens of whole runs: median {median(spent):.0f}, most {max(spent)}")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_no_model_makes_it_worse_on_cases_of_the_lab(tmp_path: Path) -> None:
    """A sample of the training set, each mind on each of its cases."""
    for case in sorted(unpack("train", tmp_path).glob("c*"))[::SAMPLE]:
        where = (case / "site.yaml", str(case / "incident.yaml"))
        engine = causes(diagnosed(*where, Scripted(())))
        for name, mind in MINDS.items():
            assert causes(diagnosed(*where, Scripted([Thinker(mind)]))) == engine, (case.name, name)


def ladder(*models: Thinker | ModelUnavailable, **options: object) -> tuple[dict[str, Any], list[str]]:
    asking = Scripted(list(models))
    made = diagnosed(bundled_site(), INCIDENT, asking, cascade=("gpt-oss-20b", "gpt-oss-120b"), **options)
    return cast("dict[str, Any]", made), [f"{rung.model} {rung.effort}" for rung in asking.asked]


def agrees(turn: int, task: str) -> ToolCall | str:
    return as_the_engine_says(task)


GONE = ModelUnavailable("model", "connection refused", "start it")


def test_the_first_submission_that_stands_ends_the_ladder() -> None:
    document, asked = ladder(Thinker(agrees))
    assert asked == ["gpt-oss-20b medium"]
    assert (document["engine"], document["model"], document["degraded"]) == ("model", "gpt-oss-20b", [])


def test_a_model_that_is_gone_is_not_asked_at_more_effort() -> None:
    document, asked = ladder(GONE, Thinker(agrees))
    assert asked == ["gpt-oss-20b medium", "gpt-oss-120b medium"]
    assert (document["engine"], document["model"]) == ("model", "gpt-oss-120b")
    assert any("gpt-oss-20b" in text and "connection refused" in text for text in document["degraded"])


def test_all_gone_is_a_failure_and_the_engines_verdict() -> None:
    document, asked = ladder(GONE, GONE)
    assert asked == ["gpt-oss-20b medium", "gpt-oss-120b medium"]
    assert (document["engine"], causes(document)) == ("playbook", ("confirmed", {TRUE}))


def test_what_a_model_named_otherwise_stands_in_the_report_with_what_decides() -> None:
    wrong = lambda turn, task: submit("confirmed", "node_down | node/acc1 | E1 | dead")  # noqa: E731
    document, _ = ladder(Thinker(wrong))
    named = [row for row in document["ruled_out"] if (row["fault"], row["resource"]) == ("node_down", "node/acc1")]
    assert len(named) == 1
    assert named[0]["evidence"]


def test_a_model_that_sees_no_fault_is_told_of_and_overruled() -> None:
    document, _ = ladder(Thinker(well))
    assert causes(document) == ("confirmed", {TRUE})
    assert any("healthy" in text and "stands on E" in text for text in document["degraded"])
