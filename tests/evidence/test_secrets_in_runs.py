"""Whole runs over a site full of secrets: none is printed, sent, kept or exported."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from noc_agent.agent.capture import unpack
from noc_agent.evidence import Json, read_journal
from tests.agent.scripted_server import ScriptedServer, say, submit
from tests.evidence.planted import LINES, PEMS
from tests.evidence.planted_site import INCIDENT, Planted, plant

OWN = {"SNMP_COMMUNITY": "kdtz8812-qq-Zw", "MODEL_KEY": "sesame-Open-4471-key"}
TEXTS = [
    *dict.fromkeys(text for _, text, _ in LINES if "\n" not in text),
    *(f"the agent said {secret} aloud" for secret in OWN.values()),
]
KEYS = [line for lines, _ in PEMS for line in lines]
SECRETS = {word for _, _, secret in LINES for word in secret.split() if len(word) >= 6}
SECRETS |= {row for _, rows in PEMS for row in rows} | set(OWN.values())


def file_name(text: str) -> str:
    return re.sub(r"[/\x00]", "-", text)[:180]


def leaks(planted: Planted) -> list[str]:
    """(where, secret) of all that was said, blanks left out too: a table folds long words."""
    found = []
    for where, text in planted.said.items():
        bare = re.sub(r"\s+", "", text)
        found += [f"{where[:80]}: {secret}" for secret in SECRETS if secret in text or secret in bare]
    return found


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    made = plant(tmp_path / "site", TEXTS, OWN, names=file_name, logged=KEYS)
    site = yaml.safe_load(made.site.read_text())
    site["model"] = {"endpoint": "http://127.0.0.1:9/v1", "api_key": "${MODEL_KEY}"}
    made.site.write_text(yaml.safe_dump(site))
    return made


def script() -> Iterator[dict[str, Json]]:
    """A model that looks at what is planted, and says secrets of its own."""
    texts = iter([text for _, text, _ in LINES][::5])
    yield say(reasoning=f"I know that {next(texts)}", calls=[("log_search", {"pattern": ".", "limit": 1000})])
    for tool in ("told", "failing", "raising", "refusing"):
        yield say(content=next(texts), reasoning=next(texts), calls=[(tool, {})])
    for number, (tool, arguments) in enumerate(
        (("device", {"device": "core1"}), ("interfaces", {"device": "h3"}), ("neighbors", {"device": "acc2"}))
    ):
        yield say(
            reasoning=next(texts), calls=[(tool, {**arguments, "why": next(texts)} if number == 2 else arguments)]
        )
    yield say(calls=[("log_search", {"pattern": "x", "device": next(texts)})])
    yield say(calls=[("read_evidence", {"id": "E1", "contains": next(texts)})])
    yield submit(
        "likely",
        [
            f"link_down | link/acc1/eth1--dist1/eth3 | E1 | {next(texts)}",
            f"node_down | {next(texts)} | E1 | {next(texts)}",
        ],
    )
    yield submit("likely", [f"interface_admin_down | interface/dist1/eth3 | E5,E12 | {next(texts)}"])


@pytest.mark.long
@pytest.mark.timeout(900)
def test_no_secret_leaves_a_run_by_any_door(planted: Planted, tmp_path: Path) -> None:
    with ScriptedServer(script()) as server:
        told = planted.run("diagnose", INCIDENT, "--json", "--engine", "model", "--endpoint", server.url)
        for number, asked in enumerate(server.asked):
            planted.said[f"request {number}"] = asked.raw.decode()
        sent = {asked.headers.get("Authorization") for asked in server.asked}
    assert sent == {f"Bearer {OWN['MODEL_KEY']}"}  # the one place where it belongs
    document = json.loads(told)
    run = document["run"]
    alert = json.dumps({"alerts": [{"labels": {"alertname": TEXTS[20]}, "annotations": {"summary": TEXTS[21], "description": TEXTS[22]},
                                    "startsAt": "2026-11-23T09:39:33Z", "fingerprint": "abc1"}]})  # fmt: skip
    planted.run("diagnose", "-", "--engine", "playbook", "--explain", stdin=alert, code=None)
    planted.run("diagnose", f"it is slow since {TEXTS[23]}", "--engine", "playbook", "--quiet", code=None)
    planted.run("runs", "list")
    planted.run("runs", "show", run)
    planted.run("runs", "show", run, "--json")
    for form in ("markdown", "html", "json"):
        planted.run("runs", "export", run, "--format", form)
    planted.run("runs", "export", "--case", run, str(tmp_path / "case"))
    planted.run("replay", run, "--json")
    shown: list[str] = []
    for device in ("core1", "dist2", "acc1", "sw1"):
        called = planted.run("tools", "call", "log_search", "pattern=.", "limit=1000", f"device={device}", "--json")
        shown += [row["message"] for row in json.loads(called)["data"]]
    for tool in ("log_events", "log_news", "told", "topology", "findings"):
        planted.run("tools", "call", tool, code=None)
    for tool, device in (("interfaces", "h3"), ("neighbors", "h3"), ("device", "core1"), ("health", "srv1")):
        planted.run("tools", "call", tool, f"device={device}", "--json", code=None)
    for tool in ("failing", "raising", "refusing"):
        planted.run("tools", "call", tool, code=None)
    for words in (("doctor",), ("doctor", "--json"), ("topology", "show"), ("topology", "show", "--json"), ("topology", "diff"),
                  ("topology", "show", "--format", "svg"), ("topology", "show", "--format", "graphml"), ("tools", "list", "--json"),
                  ("playbook", "list"), ("playbook", "check"), ("playbook", "run", "link_down", "--straight", "--json")):  # fmt: skip
        planted.run(*words, code=None)
    planted.keep(planted.folder / "state")
    planted.keep(tmp_path / "case")
    assert leaks(planted) == []
    # The test can fail: what was planted did come through, as placeholders.
    assert len(shown) >= len(TEXTS) + len(KEYS)
    assert sum("‹secret-" in message for message in shown) >= 350
    for where in (
        f"runs show {run}",
        f"runs export {run} --format html",
        "request 3",
        "doctor --json",
        "topology show --json",
    ):
        assert "‹secret-" in planted.said[where], where


def test_no_secret_leaves_a_run_without_a_model(planted: Planted) -> None:
    planted.run("diagnose", INCIDENT, "--engine", "playbook", "--explain", code=None)
    planted.keep(planted.folder / "state")
    assert leaks(planted) == []
    assert sum(text.count("‹secret-") for text in planted.said.values()) > 100


def test_a_secret_has_one_number_in_a_run_whoever_tells_it(planted: Planted) -> None:
    """An incident's words come into the journal before any device is looked at."""
    log, same, other = planted.folder / "logs/planted.log", "Zq7Told-twice", "Wv4Told-once"
    line = "<29>1 2026-11-23T09:39:50Z dist1 zebra 9 - -  %LINK-3-UPDOWN: Interface eth9, changed state to down, password {}\n"
    log.write_text(line.format(other) + line.format(same).replace("eth9", "eth8"))
    said = f"set password {same} since 2026-11-23T09:39:00Z"
    planted.run("diagnose", said, "--engine", "playbook", "--quiet", code=None)
    (journal,) = planted.folder.glob("state/**/*.jsonl")
    records: dict[str, Any] = {record.kind: record.data for record in read_journal(journal).records}
    (told,) = set(re.findall("‹secret-[0-9]+›", str(records["head"]["incident"])))
    events: Any = unpack(records["logs"]["events"])
    found = {
        event["subject"]: re.findall("‹secret-[0-9]+›", event["sample"])
        for event in events
        if event["subject"] in {"eth8", "eth9"}
    }
    assert found["eth8"] == [told]
    assert found["eth9"] != [told]
