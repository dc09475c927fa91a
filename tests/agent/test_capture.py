"""What a run asked of the logs, given back from its journal: the same answers, and never nothing in place of what is not there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from noc_agent.agent.capture import CapturedLogs, JournaledLogs, JournaledSnmp, logs_record
from noc_agent.errors import ToolError
from noc_agent.evidence import Json, Redactor
from noc_agent.topology import Network
from tests.models.program import world

Queries = list[Mapping[str, Json]]


@cache
def network() -> Network:
    return world()[1]


def journaled(queries: Queries) -> JournaledLogs:
    """The logs as a replay has them."""
    incident = network().incident
    window = network().logs.events(incident.since, incident.until)
    return JournaledLogs(logs_record(window, network().last_heard), queries)


def captured(queries: Queries) -> CapturedLogs:
    def keep(kind: str, payload: Mapping[str, Json]) -> None:
        assert kind == "log_query"
        queries.append(payload)

    return CapturedLogs(network().logs, Redactor(), keep, network().incident)


def test_the_window_is_no_query_and_what_lies_beyond_is_kept_once() -> None:
    queries: Queries = []
    logs, incident = captured(queries), network().incident
    logs.events(incident.since, incident.until)
    assert queries == []
    earlier = [logs.events(None, incident.since, device) for device in ("", "dist1", "dist1")]
    assert len(queries) == 2
    again = journaled(queries)
    assert [again.events(None, incident.since, device) for device in ("", "dist1", "dist1")] == earlier
    assert earlier[0] != again.events(incident.since, incident.until)


def test_a_part_of_the_window_is_answered_from_it() -> None:
    again, incident = journaled([]), network().incident
    whole = again.events(incident.since, incident.until)
    times = sorted(event.first for event in whole if event.first is not None)
    assert times[0] < times[-1]
    middle = times[0] + (times[-1] - times[0]) / 2
    early = again.events(incident.since, middle)
    assert early
    assert set(early) < set(whole)
    assert all(event.first is None or event.first <= middle for event in early)
    assert again.events(times[-1] + timedelta(days=1)) == ()


@pytest.mark.parametrize("ask", [lambda logs: logs.search("ospf"), lambda logs: logs.news()])
def test_lines_are_not_recorded_and_not_said_to_be_none(ask: Any) -> None:
    with pytest.raises(ToolError, match="not recorded"):
        ask(journaled([]))


def test_a_poll_that_the_run_did_not_take_is_not_recorded() -> None:
    at = network().snmp.times()[0]
    with pytest.raises(ToolError, match="not recorded"):
        JournaledSnmp({}, {}).fetch("dist1", at, lambda probed: ())
