"""Tables that agents answer from a cache: a live site's verdict says so where a service failed just before the poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.agent.content import load_content
from noc_agent.agent.session import Session
from noc_agent.diagnosis.coverage import cached
from noc_agent.diagnosis.engine import Engine
from noc_agent.evidence import Redactor
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from noc_agent.snmp import RecordedSnmp
from noc_agent.topology import Network
from tests.findings.test_services import SERVICES, lan, says


def network(folder: Path, at: float, words: str, *, live: bool) -> Network:
    """A site whose name server listens by the newest poll, 180 s into the incident, and failed at `at`."""
    site = lan(services=SERVICES)
    says(site, "dns", "DOWN", words, at=at)
    site.write(folder)
    loaded = load_site(folder / "site.yaml", {})
    source = RecordedSnmp(loaded.recordings) if loaded.recordings else None
    assert source is not None
    incident = read_incident(str(folder / "incident.yaml"), loaded, bytes, datetime.now(UTC), None, None)
    return Network(replace(loaded, recordings=None) if live else loaded, source, incident)


def test_a_service_that_failed_just_before_the_poll_may_be_listed_from_a_cache(tmp_path: Path) -> None:
    found = cached(network(tmp_path, 166, "query timeout via 198.51.100.5", live=True))
    assert len(found) == 1
    assert "14 s after dns failed" in found[0]
    assert found[0].endswith("ask again in 46 s")


@pytest.mark.parametrize(
    ("at", "words", "live"),
    [
        (166, "query timeout via 198.51.100.5", False),
        (60, "query timeout via 198.51.100.5", True),
        (166, "query www.example.net: NXDOMAIN", True),
    ],
)
def test_a_recorded_an_older_or_an_answered_failure_says_nothing_of_caches(
    tmp_path: Path, at: float, words: str, live: bool
) -> None:
    assert cached(network(tmp_path, at, words, live=live)) == ()


def test_the_verdict_tells_when_to_ask_again(tmp_path: Path) -> None:
    live = network(tmp_path, 166, "query timeout via 198.51.100.5", live=True)
    content = load_content(live.site)
    session = Session(live, content.toolbox, Redactor(), lambda kind, payload: None, datetime.now(UTC))
    engine = Engine(live, content.playbooks, session.observe)
    engine.look()
    assert any("ask again in 46 s" in text for text in engine.conclude().next_actions)
