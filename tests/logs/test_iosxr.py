"""Saved buffers of a real IOS XR fabric, read in place: five resets by an operator, and one clock that is seven hours off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from noc_agent.agent.sources import site_source
from noc_agent.logs import LogEvent, LogStore
from noc_agent.site.load import load_site
from noc_agent.site.model import Incident
from noc_agent.topology import Network
from tests.recorded import noc_agent

PACIFIC = ZoneInfo("America/Los_Angeles")
SINCE, UNTIL = (datetime(2017, 8, 4, hour, minute, tzinfo=UTC) for hour, minute in ((17, 15), (17, 50)))
HEADING = re.compile(r"(?m)^Fri Aug  4 [\d:.]+ [A-Z]{3}\s*$\n?")
CLEARED = "User clear requested"  # how IOS XR words the NOTIFICATION 6/4 that it sends (RFC 4486)
SECONDS = timedelta(seconds=10)
Fabric = Callable[[bool], Path]


@pytest.fixture
def fabric(shared: Path, tmp_path: Path) -> Fabric:
    """The site of the buffers and of what CDP saw; without headings nothing says in what zone a buffer is."""
    source = shared / "data/iosxr_clos"

    def make(heading: bool) -> Path:
        (tmp_path / "logs").mkdir()
        for path in (source / "logs").glob("*.log"):
            text = path.read_text("utf-8", "surrogateescape")
            (tmp_path / "logs" / path.name).write_text(
                text if heading else HEADING.sub("", text), "utf-8", "surrogateescape"
            )
        seen = json.loads((source / "cdp_map.json").read_text())["devices"]
        links = {
            tuple(sorted((f"{device}/{port}", f"{row['target_device']}/{row['target_port']}")))
            for device, ports in seen.items() for port, row in ports.items()
        }  # fmt: skip
        devices = {end.partition("/")[0] for link in links for end in link} | {
            path.stem for path in (source / "logs").glob("*.log")
        }
        site = {
            "name": "clos", "timezone": "America/Los_Angeles", "devices": {name: {} for name in sorted(devices)},
            "topology": "topology.yaml", "logs": ["logs/*.log"],
        }  # fmt: skip
        (tmp_path / "site.yaml").write_text(yaml.safe_dump(site))
        (tmp_path / "topology.yaml").write_text(yaml.safe_dump({"links": [{"a": a, "b": b} for a, b in sorted(links)]}))
        return tmp_path / "site.yaml"

    return make


def network_of(path: Path) -> Network:
    incident = Incident(id="clear", title="BGP sessions were reset", since=SINCE, until=UNTIL)
    site = load_site(path, {})
    return Network(site, site_source(site, incident)[0], incident)


def labelled(shared: Path) -> Iterator[tuple[str, datetime]]:
    """(device, true time) of each reset that the owners of the fabric made."""
    for row in json.loads((shared / "data/iosxr_clos/incidents.json").read_text()):
        times = row["log_times"] if len(row["log_times"]) > 1 else row["log_times"] * len(row["root_devices"])
        for device, clock in zip(row["root_devices"], times, strict=True):
            yield device, datetime.fromisoformat(f"{row['date']}T{clock}").replace(tzinfo=PACIFIC)


def store_of(network: Network) -> LogStore:
    assert isinstance(network.logs, LogStore)
    return network.logs


@pytest.mark.parametrize("heading", [True, False])
def test_the_clock_of_one_leaf_is_known_by_its_heading_or_by_its_neighbors_alone(fabric: Fabric, heading: bool) -> None:
    store = store_of(network_of(fabric(heading)))
    found = store.clocks(SINCE, UNTIL)
    assert {device: one.seconds for device, one in found.items() if one.seconds} == (
        {} if heading else {"leaf4": 25_200}
    )
    assert found["leaf4"].samples >= 10
    assert set(found) >= {"leaf1", "leaf4", "leaf8", "spine1", "spine3", "dr01"}


@pytest.mark.parametrize("heading", [True, False])
def test_each_reset_is_found_at_its_device_and_time_and_those_that_follow_belong_to_it(
    shared: Path, fabric: Fabric, heading: bool
) -> None:
    network = network_of(fabric(heading))
    downs = [event for events in network.events.values() for event in events if event.kind == "bgp_session_down"]
    seen = list(labelled(shared))
    assert len(seen) == 8
    for device, at in seen:
        near = [event for event in downs if any(abs(when - at) < SECONDS for when in event.times)]
        own = [event for event in near if event.device == device and event.reason.startswith(CLEARED)]
        assert own, (device, at)
        assert min(event.first or at for event in own) - at < timedelta(seconds=1)
        assert {event.device for event in near if event.reason.startswith(CLEARED)} == {device}
        _follow(network, near, device, own)


def _follow(network: Network, near: list[LogEvent], root: str, own: list[LogEvent]) -> None:
    """Every other reset of that moment is of a session with the device, and each of its sessions to a device whose buffer
    is there has one."""
    others = [event for event in near if event.device != root]
    assert {network.peer_of(event.device, event.subject) for event in others} == {root}
    told = {event.device for event in others}
    assert told == {peer for event in own if (peer := network.peer_of(root, event.subject)) is not None}
    # leaf4 is one of those that a spine resets.
    assert ("leaf4" in told) == root.startswith("spine")
    assert len({(event.device, event.subject) for event in others}) == len(
        {event.subject for event in own if network.peer_of(root, event.subject) is not None}
    )


@pytest.mark.parametrize("heading", [True, False])
def test_no_line_is_lost_by_the_correction(fabric: Fabric, heading: bool) -> None:
    path = fabric(heading)
    rows = [row for file in (path.parent / "logs").glob("*.log") for row in file.read_bytes().split(b"\n")]
    lines = list(store_of(network_of(path)).lines())
    assert len(lines) == sum(bool(row.strip()) for row in rows)
    assert all(line.time is None or line.time.year == 2017 for line in lines)
    corrected = [line for line in lines if line.stamp is not None]
    assert {line.device for line in corrected} == (set() if heading else {"leaf4"})


def called(path: Path, *words: str) -> list[dict[str, Any]]:
    done = noc_agent("tools", "call", *words, "--site", str(path.parent), "--json")
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)["data"]
    return rows


def test_the_tools_tell_the_true_times_and_whose_clock_is_off(fabric: Fabric) -> None:
    path = fabric(False)
    rows = called(path, "log_events", "device=leaf4", "since=2017-08-04T17:29:00Z", "until=2017-08-04T17:30:00Z")
    assert {row["kind"] for row in rows} == {"bgp_session_down", "clock_offset"}
    downs = [row for row in rows if row["kind"] == "bgp_session_down"]
    assert len(downs) == 8
    assert all(row["time"].startswith("2017-08-04T17:29:44") for row in downs)
    (clock,) = [row for row in rows if row["kind"] == "clock_offset"]
    assert clock["to"] == "+25200 s"
    found = called(
        path,
        "log_search",
        "pattern=ADJCHANGE",
        "device=leaf4",
        "since=2017-08-04T17:29:44Z",
        "until=2017-08-04T17:29:45Z",
    )
    assert len(found) == 8


@pytest.mark.parametrize(
    "number", [5, *(pytest.param(number, marks=pytest.mark.long) for number in (1, 2, 3, 4))]
)  # each is a whole diagnosis
def test_a_diagnosis_without_any_snmp_names_who_was_cleared_and_when(shared: Path, fabric: Fabric, number: int) -> None:
    row = json.loads((shared / "data/iosxr_clos/incidents.json").read_text())[number - 1]
    times = [datetime.fromisoformat(f"{row['date']}T{clock}").replace(tzinfo=PACIFIC) for clock in row["log_times"]]
    window = (times[0] - timedelta(seconds=15), times[-1] + timedelta(seconds=60))
    path = fabric(False)
    words = [word for name, at in zip(("--since", "--until"), window, strict=True) for word in (name, at.isoformat())]
    done = noc_agent(
        "diagnose", "sessions were reset", "--site", str(path.parent), "--json", "--engine", "playbook", *words
    )
    document = json.loads(done.stdout)
    assert document["verdict"] == "confirmed"
    found = {cause["resource"]: datetime.fromisoformat(cause["since"]) for cause in document["root_causes"]}
    assert {cause["fault"] for cause in document["root_causes"]} == {"bgp_session_reset"}
    assert set(found) == {f"node/{device}" for device in row["root_devices"]}
    for device, at in zip(row["root_devices"], times, strict=True):
        assert timedelta(0) <= found[f"node/{device}"] - at < timedelta(seconds=1)
