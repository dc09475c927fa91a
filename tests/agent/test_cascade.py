"""The ladder of models at servers of their own: whoever is gone, busy or slow leaves the rest to the next one, and says so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from noc_agent.agent.options import Options
from noc_agent.agent.pipeline import Outcome
from noc_agent.agent.request import make_request
from noc_agent.agent.runs import start
from noc_agent.cli.common import bundled_site
from noc_agent.errors import BadInput, EndpointRefused
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from tests.agent.scripted_server import Raw, Reply, ScriptedServer, error, say, submit
from tests.recorded import pairs

INCIDENT = "INC-3168"
TRUE = ("interface_admin_down", "interface/dist1/eth3")
RIGHT = submit("confirmed", [f"{TRUE[0]} | {TRUE[1]} | E3 | it was shut"])
LOOK = say(calls=[("interfaces", {"device": "dist1"})])
SMALL, LARGE = "gpt-oss-20b", "gpt-oss-120b"


def site_with(folder: Path, model: str) -> Path:
    """The bundled site with a model as `site.yaml` words it."""
    target = Path(shutil.copytree(bundled_site().parent, folder / "site"))
    with (target / "site.yaml").open("a") as file:
        file.write(f"\nmodel: {model}\n")
    return target / "site.yaml"


def rungs(small: ScriptedServer, large: ScriptedServer) -> str:
    """Each model at a server of its own, with a key of its own."""
    return (
        f"{{endpoint: '{small.url}', api_key: for-the-small-one, cascade: [{SMALL}, "
        f"{{name: {LARGE}, endpoint: '{large.url}', api_key: for-the-large-one}}]}}"
    )


def run(site_file: Path, **given: Any) -> tuple[dict[str, Any], Outcome]:
    site = load_site(site_file, os.environ)
    incident = read_incident(INCIDENT, site, bytes, datetime.now(UTC), None, None)
    options = Options.of(site, **{"engine": "model", "timeout": 120.0, **given})
    outcome = start(make_request(site, incident, options), lambda text: None, lambda run: None)
    return cast("dict[str, Any]", outcome.document), outcome


def asked(server: ScriptedServer) -> list[str]:
    return [one.body["model"] for one in server.asked]


@pytest.mark.parametrize(
    ("replies", "line", "seconds"),
    [
        pytest.param([Raw(hang_up=True)], "it breaks off the connection, 4 times in a row", 120.0, id="dying"),
        pytest.param([error(404, "model 'gpt-oss-20b' not found")], "knows no such model", 120.0, id="not loaded"),
        pytest.param([error(503, "Loading model")], "503, 4 times in a row", 120.0, id="loading for ever"),
        pytest.param([error(429, "busy", [("Retry-After", "7200")])], "429, and no time is left", 120.0, id="busy"),
        pytest.param([Raw(stall=True)], "did not answer in the time that was left", 12.0, id="slow"),
        pytest.param([LOOK, Raw(401, b"{}")], "refuses the API key", 120.0, id="shut in mid-run"),
    ],
)
def test_what_the_small_one_cannot_the_large_one_does(
    replies: Sequence[Reply], line: str, seconds: float, tmp_path: Path
) -> None:
    with ScriptedServer(replies) as small, ScriptedServer([LOOK, RIGHT]) as large:
        document, outcome = run(site_with(tmp_path, rungs(small, large)), timeout=seconds)
        keys = [{one.headers["Authorization"] for one in server.asked} for server in (small, large)]
        assert set(asked(small)) == {SMALL}
        assert set(asked(large)) == {LARGE}
    assert (document["engine"], document["model"], pairs(document)) == ("model", LARGE, {TRUE})
    assert outcome.model_failure is None
    assert len(document["degraded"]) == 1
    assert document["degraded"][0].startswith(f"{SMALL} at medium effort: ")
    assert line in document["degraded"][0]
    assert keys == [{"Bearer for-the-small-one"}, {"Bearer for-the-large-one"}]


def test_a_server_that_is_not_there_costs_no_request(tmp_path: Path) -> None:
    with ScriptedServer([RIGHT]) as small, ScriptedServer([RIGHT]) as large:
        small.stop_listening()
        document, _ = run(site_with(tmp_path, rungs(small, large)))
    assert (document["model"], document["usage"]["model_calls"]) == (LARGE, 1)
    assert "it accepts no connection" in document["degraded"][0]


def test_all_gone_is_the_engines_verdict_and_each_is_said(tmp_path: Path) -> None:
    with ScriptedServer([error(429, "busy", [("Retry-After", "7200")])]) as small, ScriptedServer([Raw(401)]) as large:
        document, outcome = run(site_with(tmp_path, rungs(small, large)))
    assert (document["engine"], document["model"], pairs(document)) == ("playbook", None, {TRUE})
    assert outcome.model_failure is not None
    first, second = document["degraded"]
    assert first.startswith(f"{SMALL} at medium effort: ") and "429" in first
    assert second.startswith(f"{LARGE} at medium effort: ") and "401" in second


def test_more_effort_comes_before_the_larger_model(tmp_path: Path) -> None:
    """Where the engine is not sure: a model that never submits is asked at high effort, then the next one."""
    with ScriptedServer([say("It is the weather.")]) as small, ScriptedServer([RIGHT]) as large:
        site = site_with(tmp_path, rungs(small, large))
        for log in (site.parent / "logs").iterdir():
            log.write_text("")
        for polls in (site.parent / "snmp").iterdir():
            if polls.name in {"dist1", "acc1"}:
                shutil.rmtree(polls)
        document, _ = run(site)
        efforts = list(dict.fromkeys(one.body["reasoning_effort"] for one in small.asked))
        assert efforts == ["medium", "high"]
        assert asked(large)
    said = [text for text in document["degraded"] if text.startswith(SMALL)]
    assert [text.partition(":")[0] for text in said] == [f"{SMALL} at medium effort", f"{SMALL} at high effort"]


def test_one_server_off_the_site_ends_the_run_before_a_packet_to_any(tmp_path: Path) -> None:
    with ScriptedServer([RIGHT]) as small:
        site = site_with(
            tmp_path, f"{{endpoint: '{small.url}', cascade: [{SMALL}, {{name: x, endpoint: 'http://203.0.113.9/v1'}}]}}"
        )
        with pytest.raises(EndpointRefused):
            run(site)
        assert small.asked == []


def test_an_endpoint_on_the_command_line_is_where_all_are_asked(tmp_path: Path) -> None:
    with ScriptedServer([RIGHT]) as small, ScriptedServer([RIGHT]) as large, ScriptedServer([RIGHT]) as given:
        document, _ = run(site_with(tmp_path, rungs(small, large)), endpoint=given.url)
        assert (asked(small), asked(large), asked(given)) == ([], [], [SMALL])
    assert document["model"] == SMALL


def test_a_model_on_the_command_line_is_asked_at_its_own_server(tmp_path: Path) -> None:
    with ScriptedServer([RIGHT]) as small, ScriptedServer([RIGHT]) as large:
        document, _ = run(site_with(tmp_path, rungs(small, large)), model=LARGE)
        assert (asked(small), asked(large)) == ([], [LARGE])
    assert document["degraded"] == []


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ("{endpoint: 'http://127.0.0.1:1/v1', cascade: gpt-oss-20b}", "model.cascade"),
        ("{endpoint: 'http://127.0.0.1:1/v1', cascade: [7]}", "model.cascade[0]"),
        ("{endpoint: 'http://127.0.0.1:1/v1', cascade: [{name: x}]}", "model.cascade[0].endpoint"),
        (
            "{endpoint: 'http://127.0.0.1:1/v1', cascade: [{name: x, endpoint: y, effort: low}]}",
            "model.cascade[0] line",
        ),
        ("{endpoint: 'http://127.0.0.1:1/v1', watts: none}", "model.watts"),
        ("{endpoint: 'http://127.0.0.1:1/v1', watts: 0}", "model.watts"),
        ("{endpoint: 'http://127.0.0.1:1/v1', watts: {gpt-oss-20b: -3}}", "model.watts.gpt-oss-20b"),
    ],
)
def test_what_is_worded_wrongly_is_named_with_its_key(model: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_site(site_with(tmp_path, model), os.environ)
    assert where in str(caught.value)
