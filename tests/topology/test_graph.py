"""The topology as a graph: what it holds, how it is drawn whatever devices say, ways and what a fault would cut off."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx
import pytest
import yaml

from noc_agent.site.load import load_site
from noc_agent.snmp import RecordedSnmp
from noc_agent.topology import Network
from noc_agent.topology.graph import build
from noc_agent.topology.impact import impact
from noc_agent.topology.inferred import all_links
from noc_agent.topology.ways import ways
from tests.live import BUNDLED, live_site
from tests.recorded import noc_agent
from tests.topology.network import Box, mac, network_of, open_network, record

OSPF_NBR, BASE, FDB, LAG = (
    "1.3.6.1.2.1.14.10.1",
    "1.3.6.1.2.1.17.1.4.1.2",
    "1.3.6.1.2.1.17.4.3.1",
    "1.2.840.10006.300.43.1.2.1.1",
)
Q_PVID, Q_EGRESS, Q_UNTAGGED = "1.3.6.1.2.1.17.7.1.4.5.1.1", "1.3.6.1.2.1.17.7.1.4.3.1.2", "1.3.6.1.2.1.17.7.1.4.3.1.4"
ROUTES = "1.3.6.1.2.1.4.24.4.1"
HOSTILE = '</svg><script>alert("1")</script>\x1b[31m\x00\u202e<|start|>&amp;'


@pytest.fixture(scope="module")
def bundled() -> Network:
    site = load_site(BUNDLED / "site.yaml", {})
    return Network(site, RecordedSnmp(BUNDLED / "snmp"))


def as_json(*words: str, site: Path = BUNDLED) -> dict[str, Any]:
    done = noc_agent("topology", *words, "--site", str(site), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def kinds(network: Network) -> Counter[str]:
    return Counter(data["kind"] for _, data in build(network).nodes(data=True))


def test_the_graph_holds_devices_links_domains_areas_sessions_prefixes_and_services() -> None:
    found = as_json("show")
    assert {row["name"] for row in found["devices"]} >= {"core1", "sw1", "isp1", "h1"}
    assert next(row["link"] for row in found["links"]) == "link/acc1/eth1--dist1/eth3"  # what is down stands first
    by_name = {row["link"]: row for row in found["links"]}
    assert set(by_name["link/core1/eth1--core2/eth1"]["known_by"]) >= {"intent", "lldp", "ospf"}
    assert "h2/eth1" in found["domains"][0]["of"]
    assert [row["name"] for row in found["areas"]] == ["0.0.0.0", "0.0.0.1", "0.0.0.2"]
    assert {row["of"][0] for row in found["sessions"]} == {"core2", "isp1", "isp2"}
    assert len(found["sessions"]) == 3  # one that both ends tell of is one
    prefixes = {row["name"]: row["of"] for row in found["prefixes"]}
    assert prefixes["10.1.6.0/30"] == ["acc1", "dist1"]
    assert "srv1/dns" in [row["name"] for row in found["services"]]


def test_bundles_and_vlans_are_told(tmp_path: Path) -> None:
    one, two = Box("sw1", 1, ("p1", "p2", "bond0")), Box("sw2", 2, ("p1", "p2"))
    one.cells |= {f"{LAG}.13.1": 3, f"{LAG}.13.2": 3, f"{LAG}.21.1": b"\x3d"}
    for box in (one, two):
        box.lldp(1, 1, "sw2" if box is one else "sw1", "p1", chassis=None)
        box.cells |= {f"{BASE}.1": 1, f"{BASE}.2": 2, f"{Q_PVID}.1": (66, 1), f"{Q_PVID}.2": (66, 20)}
        box.cells |= {f"{Q_EGRESS}.20": b"\xc0", f"{Q_UNTAGGED}.20": b"\x40"}  # VLAN 20: tagged on p1, untagged on p2
        box.cells |= {f"{Q_EGRESS}.1": b"\x80", f"{Q_UNTAGGED}.1": b"\x80"}
    graph = build(network_of(tmp_path, [one, two]))
    domains = {name: sorted(graph[name]) for name, data in graph.nodes(data=True) if data["kind"] == "domain"}
    assert domains == {
        "l2/1/sw1": ["interface/sw1/p1", "interface/sw2/p1"],
        "l2/20/sw1": ["interface/sw1/p1", "interface/sw1/p2", "interface/sw2/p1", "interface/sw2/p2"],
    }
    assert graph.nodes["interface/sw1/bond0"]["lag"] is True
    members = [other for _, other, edge in graph.edges("interface/sw1/bond0", data=True) if edge["kind"] == "member"]
    assert sorted(members) == ["interface/sw1/p1", "interface/sw1/p2"]


def test_a_switch_that_learnt_one_address_at_a_port_shows_a_link(tmp_path: Path) -> None:
    switch, host = Box("sw1", 1, ("p1", "p2")), Box("h1", 2, ("eth0",))
    alone, others = bytes((2, 0, 0, 0, 2, 1)), bytes((2, 0, 0, 0, 9, 9))
    switch.cells |= {f"{BASE}.1": 1, f"{BASE}.2": 2}
    for address, port in ((alone, 1), (others, 2)):
        index = ".".join(map(str, address))
        switch.cells |= {f"{FDB}.1.{index}": address, f"{FDB}.2.{index}": port, f"{FDB}.3.{index}": 3}
    network = network_of(tmp_path, [switch, host])
    assert {link.resource: known for link, known in all_links(network).items() if known == {"fdb"}} == {
        "link/h1/eth0--sw1/p1": {"fdb"}
    }
    assert not [known for known in network.links.values() if "fdb" in known]  # a diagnosis does not go by it


def hostile_site(folder: Path) -> Path:
    box = Box("r1", 1, ("eth1",))
    box.lldp(1, 1, HOSTILE, HOSTILE, chassis=None)
    network_of(folder, [box])
    return folder


@pytest.mark.parametrize("form", ["svg", "graphml"])
def test_what_devices_say_breaks_no_drawing(tmp_path: Path, form: str) -> None:
    site, target = hostile_site(tmp_path), tmp_path / f"t.{form}"
    done = noc_agent("topology", "show", "--site", str(site), "--format", form, "--output", str(target))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    text = target.read_text("utf-8")
    tags = {re.sub(r"\{.*\}", "", element.tag) for element in ElementTree.fromstring(text).iter()}
    assert "script" not in tags
    assert not re.search("[\x00-\x08\x1b\u202e]", text)
    assert "alert" in text  # it is shown, as text
    assert noc_agent("topology", "show", "--site", str(site)).returncode == 0


def test_graphml_is_read_by_others(tmp_path: Path) -> None:
    noc_agent(
        "topology", "show", "--site", str(BUNDLED), "--format", "graphml", "--output", str(tmp_path / "t.graphml")
    )
    graph = networkx.read_graphml(tmp_path / "t.graphml")
    assert graph.nodes["node/core1"]["role"] == "core"
    assert {edge["kind"] for _, _, edge in graph.edges(data=True)} >= {"has", "link", "carries", "runs", "session"}


def test_every_device_and_link_is_drawn(tmp_path: Path) -> None:
    noc_agent("topology", "show", "--site", str(BUNDLED), "--format", "svg", "--output", str(tmp_path / "t.svg"))
    root = ElementTree.parse(tmp_path / "t.svg").getroot()
    found, space = as_json("show"), "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}path")) == len(found["links"])
    boxes = [rect for group in root.findall(f"{space}g") for rect in group.findall(f"{space}rect")]
    assert len(boxes) == len(found["devices"])
    assert len({(box.get("x"), box.get("y")) for box in boxes}) == len(boxes)  # none hides another
    wide, high = (float(root.get(key) or 0) for key in ("width", "height"))
    assert all(0 <= float(box.get("x") or -1) <= wide and 0 <= float(box.get("y") or -1) <= high for box in boxes)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_tree_fits_a_dumb_terminal(columns: str) -> None:
    import os  # noqa: PLC0415

    environ = {**os.environ, "COLUMNS": columns, "TERM": "dumb", "NO_COLOR": "1"}
    done = noc_agent("topology", "show", "--site", str(BUNDLED), env=environ)
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "└── eth2 ── eth2 isp2  unknown" in done.stdout


def routed(name: str, host: int, own: tuple[str, ...], hops: tuple[tuple[str, int], ...]) -> Box:
    """A router with these addresses and a route to 10.9.0.0/16 over each next hop (by ifIndex)."""
    box = Box(name, host, ("e1", "e2", "e3"), own=own)
    for hop, port in hops:
        row = f"10.9.0.0.255.255.0.0.0.{hop}"
        box.cells |= {
            f"{ROUTES}.4.{row}": (64, hop),
            f"{ROUTES}.5.{row}": port,
            f"{ROUTES}.6.{row}": 4,
            f"{ROUTES}.7.{row}": 13,
        }
    return box


def test_ways_are_told_with_every_equal_one(bundled: Network, tmp_path: Path) -> None:
    boxes = [
        routed("r1", 1, ("10.1.0.1", "10.2.0.1"), (("10.1.0.2", 1), ("10.2.0.3", 2))),
        routed("r2", 2, ("10.1.0.2", "10.3.0.2"), (("10.3.0.4", 2),)),
        routed("r3", 3, ("10.2.0.3", "10.4.0.3"), (("10.4.0.4", 2),)),
        routed("r4", 4, ("10.3.0.4", "10.4.0.4", "10.9.0.1"), ()),
        routed("r5", 5, ("10.5.0.5",), (("0.0.0.0", 0),)),
    ]
    network = network_of(tmp_path, boxes)
    found = ways(network, all_links(network), "r1", "10.9.0.1")
    assert [[hop.device for hop in way.hops] for way in found] == [["r1", "r2", "r4"], ["r1", "r3", "r4"]]
    assert [(way.hops[0].out, way.ends, way.by) for way in found] == [
        ("e1", "reached", "routes"),
        ("e2", "reached", "routes"),
    ]
    assert [way.ends for way in ways(network, all_links(network), "r5", "10.9.0.1")] == ["discarded"]
    assert {way.by for way in ways(bundled, all_links(bundled), "h1", "isp2")} == {"links"}


def test_what_a_fault_would_cut_off_and_degrade(bundled: Network) -> None:
    graph, links = build(bundled), all_links(bundled)
    sw1 = impact(graph, links, ["node/sw1"])
    assert sw1.cut_off == ("node/h1", "node/h2", "node/sw2")
    assert "prefix/10.10.1.0/24" in sw1.prefixes_lost
    dist1 = impact(graph, links, ["node/dist1"])
    assert (dist1.cut_off, dist1.single) == ((), ("node/acc1", "node/acc2", "node/acc3"))
    assert "link/acc2/eth2--dist2/eth4" in dist1.sole
    uplink = impact(graph, links, ["link/dist2/eth6--srv1/eth1"])
    assert uplink.services_lost == ("service/srv1/dhcp", "service/srv1/dns", "service/srv1/http")
    assert impact(graph, links, ["interface/core1/eth4"]).sessions_lost == ("core1--isp1",)
    assert impact(graph, links, ["link/sw1/eth2--sw2/eth1"]).fewer == ("sw1--sw2: 1 of 2 links left",)


def test_paths_and_impact_from_the_command_line() -> None:
    assert as_json("impact", "link/sw2/eth1--sw1/eth2")["gone"] == ["link/sw1/eth2--sw2/eth1"]  # in either order
    done = noc_agent("topology", "path", "core1", "acc2", "--site", str(BUNDLED))
    assert (done.returncode, "core1 " in done.stdout, " → acc2" in done.stdout) == (0, True, True)
    for words in (("impact", "node/nowhere"), ("path", "core1", "nowhere")):
        wrong = noc_agent("topology", *words, "--site", str(BUNDLED))
        assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (4, "", 1)


def test_two_devices_of_one_name_are_told_and_neither_is_taken_for_the_other(tmp_path: Path) -> None:
    one, two, three = (
        Box("Switch", 1, ("p1",), mac(1)),
        Box("Switch", 2, ("p1",), mac(2)),
        Box("r3", 3, ("e1",), mac(3)),
    )
    three.lldp(1, 1, "Switch", "p1", chassis=mac(2))
    for name, box in (("a1", one), ("a2", two), ("r3", three)):
        record(box, tmp_path / "made")
        (tmp_path / "snmp").mkdir(exist_ok=True)
        (tmp_path / "made" / box.name).rename(tmp_path / "snmp" / name)
    open_network(tmp_path, ["a1", "a2", "r3"], [])
    found = noc_agent("topology", "show", "--site", str(tmp_path), "--json")
    assert found.returncode == 0
    assert "both call themselves switch" in found.stderr
    (link,) = json.loads(found.stdout)["links"]
    assert link["link"] == "link/a2/p1--r3/e1"  # by its chassis id
    checks = json.loads(noc_agent("doctor", "--site", str(tmp_path), "--json").stdout)["checks"]
    assert any("have one sysName: switch" in row["what"] for row in checks)


def test_a_device_that_hears_itself_is_told_as_a_loop(tmp_path: Path) -> None:
    one, two = Box("r1", 1, ("e1", "e2", "e3"), mac(1)), Box("r2", 2, ("e1",), mac(2))
    one.lldp(1, 1, "r1", "e2", chassis=mac(1))
    one.lldp(2, 2, "r1", "e1", chassis=mac(1))
    one.lldp(3, 3, "r2", "e1", chassis=mac(2))
    two.lldp(1, 1, "r1", "e3", chassis=mac(1))
    network_of(tmp_path, [one, two], [("r1/e3", "r2/e1")])
    found = as_json("diff", site=tmp_path)["differences"]
    assert [(row["change"], row["link"]) for row in found] == [("loop", "link/r1/e1--r1/e2")]
    assert len(as_json("show", site=tmp_path)["links"]) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("links: [{a: core1/eth1}]\n", "links[0].b"),
        ("links: [{a: core1/eth1, b: core2}]\n", "links[0].b"),
        ("links: [{a: core1/eth1, b: core1/eth1}]\n", "links[0].b"),
        ("links: [{a: core1/eth1, b: corr2/eth1}]\n", "did you mean core2?"),
        ("intent: {services: [{device: nowhere, name: dns, protocol: udp, port: 53}]}\n", "services[0].device"),
    ],
)
def test_a_link_that_is_none_is_named(tmp_path: Path, text: str, named: str) -> None:
    site = yaml.safe_load((BUNDLED / "site.yaml").read_text()) | {"recordings": str(BUNDLED / "snmp"), "logs": []}
    del site["incidents"]
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(site))
    (tmp_path / "topology.yaml").write_text(text)
    for words in (("topology", "show"), ("diagnose", "all is well")):
        done = noc_agent(*words, "--site", str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
        assert "topology.yaml" in done.stderr
        assert named in done.stderr


def test_an_empty_site_is_no_error_and_never_healthy(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("name: void\n")
    for words, code in (
        (("topology", "show"), 0), (("topology", "diff"), 4), (("topology", "path", "a", "b"), 4), (("doctor",), 0),
        (("topology", "impact", "a"), 4), (("diagnose", "is all well?"), 3), (("playbook", "run", "link_down"), 0),
    ):  # fmt: skip
        done = noc_agent(*words, "--site", str(tmp_path))
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), (words, done.stderr)


@pytest.mark.long
def test_a_site_where_nothing_answers_says_why_and_what_to_check(tmp_path: Path) -> None:
    live = live_site(tmp_path)
    with live.serving(0, dead=True):  # they hold their ports and stay silent
        shown = noc_agent("topology", "show", "--site", str(live.folder))
        document = noc_agent("diagnose", "is all well?", "--site", str(live.folder), "--json", "--engine", "playbook")
    assert shown.returncode == 3
    assert "no device answered: time-out (11); check the community" in shown.stderr
    assert document.returncode == 3
    found = json.loads(document.stdout)
    assert found["root_causes"] == []
    assert any("no device answered: time-out (11)" in text for text in found["next_actions"])
