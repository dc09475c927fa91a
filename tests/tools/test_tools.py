"""The tools as automation calls them: rows with at least the contract's fields, statuses, exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.recorded import noc_agent


def call(*words: str, code: int = 0) -> dict[str, Any]:
    done = noc_agent("tools", "call", *words, "--json")
    assert done.returncode == code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert set(answer) == {"tool", "arguments", "status", "data", "source", "observed_at", "message"}
    return answer


def test_interfaces() -> None:
    answer = call("interfaces", "device=dist1")
    assert (answer["status"], answer["source"], answer["observed_at"]) == ("ok", "snmp:dist1", "2026-11-23T09:40:16Z")
    fields = {"device", "ifIndex", "ifName", "ifDescr", "ifAlias", "ifAdminStatus", "ifOperStatus", "speed_bps", "ifMtu", "in_bps", "out_bps",
              "in_errors_per_s", "out_discards_per_s"}  # fmt: skip
    assert all(fields <= set(row) for row in answer["data"])
    assert len(answer["data"]) == 7
    first = answer["data"][0]  # worst first
    assert (first["ifName"], first["ifAdminStatus"], first["ifOperStatus"]) == ("eth3", "down", "down")
    speeds = {row["ifName"]: row["speed_bps"] for row in answer["data"]}
    assert (speeds["mgmt0"], speeds["eth5"]) == (10_000_000_000, 10_000_000)
    assert 0 < {row["ifName"]: row["in_bps"] for row in answer["data"]}["eth1"] < 1e8


@pytest.mark.parametrize("name", ["dist1", "10.255.0.21", "DIST1"])
def test_a_device_is_accepted_by_name_sysname_or_address(name: str) -> None:
    (row,) = call("interfaces", f"device={name}", "interface=eth3")["data"]
    assert (row["device"], row["ifName"]) == ("dist1", "eth3")


def test_neighbors() -> None:
    rows = call("neighbors", "device=acc1")["data"]
    fields = {"device", "interface", "protocol", "peer", "peer_interface", "state", "intended"}
    assert all(fields <= set(row) for row in rows)
    found = {
        (row["protocol"], row["interface"], row["peer"], row["peer_interface"], row["state"], row["intended"])
        for row in rows
    }
    assert ("ospf", "eth2", "dist2", "eth3", "full", True) in found
    assert ("lldp", "eth3", "sw1", "eth1", "present", True) in found
    assert ("ospf", "eth1", "dist1", "eth3", "none", True) in found
    assert {row["protocol"] for row in call("neighbors", "device=core1", "protocol=bgp")["data"]} == {"bgp"}


def test_log_events_and_search() -> None:
    events = call("log_events", "device=acc1")["data"]
    fields = {"time", "device", "kind", "severity", "subject", "count", "first", "last", "sample"}
    assert all(fields <= set(row) for row in events)
    assert {"interface_down", "ospf_neighbor_down"} <= {row["kind"] for row in events}
    only = call("log_events", "kind=interface_admin_down")["data"]
    assert {(row["device"], row["subject"]) for row in only} == {("dist1", "eth3")}
    lines = call("log_search", "pattern=changed state to", "limit=1")["data"]
    (line,) = lines
    assert {"time", "host", "facility", "severity", "app", "mnemonic", "message", "file", "line", "offset"} <= set(line)
    assert (line["host"], line["mnemonic"], line["severity"], line["file"], line["line"]) == (
        "dist1",
        "UPDOWN",
        "notice",
        "syslog.log",
        10,
    )


def test_a_window_narrows_the_logs() -> None:
    assert (
        call("log_search", "pattern=.", "since=2026-11-23T09:39:45Z", "until=2026-11-23T09:39:50Z")["data"][0]["app"]
        == "dnsmasq-dhcp"
    )
    assert call("log_events", "since=2027-01-01T00:00:00Z")["status"] == "no_data"


def test_a_device_that_is_not_polled_has_no_data_and_a_failure_is_exit_3() -> None:
    assert call("interfaces", "device=h1")["status"] == "no_data"


@pytest.mark.parametrize("name", ["findings", "device", "routes", "switching", "services", "topology"])
def test_every_other_tool_answers(name: str) -> None:
    words = [] if name == "topology" else ["device=sw1" if name == "switching" else "device=srv1"]
    assert call(name, *words)["status"] in ("ok", "no_data")


def test_services_and_topology() -> None:
    rows = call("services", "device=srv1")["data"]
    assert {(row["service"], row["listening"]) for row in rows} >= {("dns", True), ("http", True), ("dhcp", True)}
    first = call("topology")["data"][0]
    assert (first["link"], first["a_oper"], first["b_oper"]) == ("link/acc1/eth1--dist1/eth3", "down", "down")
    assert first["known_by"] == ["intent", "lldp"]


def test_the_list_is_for_people_and_programs() -> None:
    listed = json.loads(noc_agent("tools", "list", "--json").stdout)
    assert listed["schema"] == "noc-agent/tools/1"
    assert {row["tool"] for row in listed["tools"]} >= {
        "interfaces",
        "neighbors",
        "log_events",
        "log_search",
        "changes",
    }
    assert "log_events" in noc_agent("tools", "list").stdout
