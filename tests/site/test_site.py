"""Sites and incidents in every form of the contract; each mistake named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.errors import BadInput
from noc_agent.site.incident import read_incident
from noc_agent.site.load import find_site, load_site
from noc_agent.site.model import End, Incident, Link, Site
from noc_agent.site.times import parse_time, rfc3339
from noc_agent.site.yamlfile import parse_yaml

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SITE = """
name: lyon metro
snmp: {version: 2c, community: "${COMMUNITY:-public}", timeout: 2, retries: 1}
devices:
  core1: {address: 10.255.0.1, role: core, platform: frr}
  dist1: {address: 10.255.0.2, timezone: Europe/Paris, snmp: {version: 3, user: noc, auth_protocol: sha-256, auth_key: "${KEY}"}}
  h1:    {role: host}
  srv1:  {address: 10.255.0.3}
topology: topology.yaml
logs: [logs/*.log]
model: {endpoint: "http://127.0.0.1:8000/v1", use: always, allow: [100.64.0.0/10]}
"""
TOPOLOGY = """
links:
  - {a: dist1/ge-0/0/1, b: core1/eth3}
  - {a: h1/eth0, b: dist1/ge-0/0/2}
intent:
  ospf: [{a: core1/eth3, b: dist1/ge-0/0/1, area: 0.0.0.0}]
  bgp: [{a: core1, a_as: 65001, b: dist1, b_as: 65002}]
  vlans: [{device: dist1, interface: ge-0/0/2, vlans: [10, 20]}]
  services: [{device: srv1, name: dns, protocol: udp, port: 53}]
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Site]:
    def build(site: str = SITE, topology: str = TOPOLOGY, **environ: str) -> Site:
        (tmp_path / "site.yaml").write_text(site)
        (tmp_path / "topology.yaml").write_text(topology)
        return load_site(tmp_path / "site.yaml", {"HOME": str(tmp_path), "KEY": "k3y-secret", **environ})

    return build


def test_a_site_is_read_whole(make: Callable[..., Site]) -> None:
    site = make(COMMUNITY="c0mmunity")
    assert (site.name, list(site.devices)) == ("lyon metro", ["core1", "dist1", "h1", "srv1"])
    core, dist = site.devices["core1"].snmp, site.devices["dist1"].snmp
    assert (core.version, core.community, core.timeout, core.retries) == ("2c", "c0mmunity", 2.0, 1)
    assert (dist.version, dist.user, dist.auth_protocol, dist.auth_key, dist.timeout) == (
        "3",
        "noc",
        "SHA-256",
        "k3y-secret",
        2.0,
    )
    assert site.devices["h1"].address is None
    assert Link(End("core1", "eth3"), End("dist1", "ge-0/0/1")) in site.intent.links
    assert site.intent.services[0].resource == "service/srv1/dns"
    assert site.model is not None
    assert (site.model.use, site.model.allow) == ("always", ("100.64.0.0/10",))
    assert {"c0mmunity", "k3y-secret"} <= set(site.secrets)
    assert site.state.name == "lyon-metro"
    assert "k3y-secret" not in repr(site)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("devices:", "devizes:", "devices"), ("address: 10.255.0.1", "adress: 10.255.0.1", "address"), ('"${KEY}"', '"${UNSET_KEY}"', "UNSET_KEY"),
        ("timezone: Europe/Paris", "timezone: Europe/Lyon", "timezone"), ("version: 2c", "version: 5", "version"),
        ("retries: 1", "retries: -1", "retries"), ("retries: 1", "port: 70000", "port"), ("timeout: 2", "timeout: [2]", "timeout"),
        ("sha-256", "rot13", "auth_protocol"), ("user: noc,", "", "user"), ("use: always", "use: sometimes", "use"),
        ("logs: [logs/*.log]", "logs: logs/*.log", "logs"), ("h1:    {role: host}", "'h 1':    {role: host}", "line"),
        ("name: lyon metro", "", "name"), ("devices:\n", "devices: 5\nx:\n", ""), ("core1: {", "core1: {address: 1.2.3.4, ", "line 5"),
        ("endpoint:", "end_point:", "endpoint"), ("name: lyon metro", "name: !!python/object:os.system lyon", "line 2"),
        ("name: lyon metro", "name: &a lyon\nrole: *a", "alias"), ("timeout: 2", f"timeout: {'9' * 400}", "timeout"),
        ("logs: [logs/*.log]", f"logs: [{'a' * 300}]", "logs"), ("logs:", f"state: {'a' * 300}\nlogs:", "state"),
        ("logs:", f"playbooks: [{'a/' * 2500}]\nlogs:", "playbooks"), ("logs:", f"recordings: {'é' * 150}\nlogs:", "recordings"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_site_is_named(make: Callable[..., Site], old: str, new: str, named: str) -> None:
    assert old in SITE
    with pytest.raises(BadInput) as error:
        make(SITE.replace(old, new, 1))
    assert "site.yaml" in str(error.value)
    assert named in str(error.value)
    assert "k3y-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("a: dist1/ge-0/0/1, b", "a: dist9/ge-0/0/1, b", "links[0].a"), ("b: core1/eth3}\n", "}\n", "links[0].b"), ("h1/eth0", "h1", "links[1].a"),
        ("a_as: 65001", "a_as: lots", "a_as"), ("protocol: udp", "protocol: pigeon", "protocol"), ("port: 53", "port: 0", "port"),
        ("vlans: [10, 20]", "vlans: [5000]", "vlans"), ("links:", "linx:", "links"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_topology_is_named(make: Callable[..., Site], old: str, new: str, named: str) -> None:
    with pytest.raises(BadInput) as error:
        make(SITE, TOPOLOGY.replace(old, new, 1))
    assert "topology.yaml" in str(error.value)
    assert named in str(error.value)


def test_numbers_too_come_from_the_environment_and_the_default_stands_for_nothing(make: Callable[..., Site]) -> None:
    site = make(
        "name: x\nsnmp: {port: '${PORT}', timeout: '${WAIT:-1.5}', community: '${EMPTY:-fallback}'}\n"
        "devices: {d: {address: 192.0.2.1}}\n",
        PORT="1161",
        EMPTY="",
    )
    snmp = site.devices["d"].snmp
    assert (snmp.port, snmp.timeout, snmp.community) == (1161, 1.5, "fallback")
    assert site.secrets == ("fallback",)  # a port is none: it would be redacted wherever it stands


V3 = "version: 3, user: noc, auth_protocol: SHA, auth_key: authentic, priv_protocol: AES, priv_key: confidential"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("auth_key: authentic", "auth_key: short77", "d.snmp.auth_key"), ("priv_key: confidential", "priv_key: short77", "d.snmp.priv_key"),
        ("auth_protocol: SHA, auth_key: authentic, ", "", "d.snmp.auth_protocol"), (", auth_key: authentic", "", "d.snmp.auth_key"),
        (", priv_key: confidential", "", "d.snmp.priv_key"), (", auth_protocol: SHA", "", "d.snmp.auth_protocol"),
        (", priv_protocol: AES", "", "d.snmp.priv_protocol"), ("AES", "3DES", "d.snmp.priv_protocol"), ("SHA", "SHA-3", "d.snmp.auth_protocol"),
        (" user: noc,", "", "d.snmp.user"), ("version: 3", "version: 3, port: 0", "d.snmp.port"), ("version: 3", "version: 3, port: 65536", "d.snmp.port"),
        ("confidential", '"${NO_SUCH_KEY}"', "NO_SUCH_KEY"), ("version: 3", "version: 3, port: 161.5", "d.snmp.port"),
        ("version: 3", "version: 2c, retries: '1.5'", "d.snmp.retries"), ("version: 3", "version: 3, timeout: abc", "d.snmp.timeout"),
        ("version: 3", "version: 1, community: ''", "d.snmp.community"),
    ],
)  # fmt: skip
def test_a_mistake_in_snmp_settings_is_named(make: Callable[..., Site], old: str, new: str, named: str) -> None:
    assert old in V3
    with pytest.raises(BadInput) as error:
        make(f"name: x\ndevices: {{d: {{address: 192.0.2.1, snmp: {{{V3.replace(old, new, 1)}}}}}}}\n")
    assert str(error.value).startswith("site.yaml: ")
    assert named in str(error.value)
    assert not any(secret in str(error.value) for secret in ("authentic,", "short77", "confidential"))


def test_the_snmp_settings_that_are_right_are_taken(make: Callable[..., Site]) -> None:
    site = make(
        f"name: x\nsnmp: {{{V3}}}\ndevices: {{d: {{address: '2001:db8::1', snmp: {{port: 65535, priv_protocol: AES-256}}}}}}\n"
    )
    device = site.devices["d"]
    assert (device.address, device.snmp.port, device.snmp.priv_protocol) == ("2001:db8::1", 65535, "AES-256")
    assert device.snmp.auth_key == "authentic"


def test_the_site_is_found_in_the_contracts_order(tmp_path: Path) -> None:
    here, there, bundled = tmp_path / "here", tmp_path / "there", tmp_path / "bundled.yaml"
    for folder in (here, there):
        folder.mkdir()
        (folder / "site.yaml").write_text("name: x")
    environ = {"NOC_AGENT_SITE": str(there)}
    assert find_site(there, {}, here, bundled) == there / "site.yaml"
    assert find_site(None, environ, here, bundled) == here / "site.yaml"
    assert find_site(None, environ, tmp_path, bundled) == there / "site.yaml"
    assert find_site(None, {}, tmp_path, bundled) == bundled
    with pytest.raises(BadInput, match="--site"):
        find_site(tmp_path / "nowhere", {}, here, bundled)


def test_state_goes_where_the_site_then_the_environment_says(make: Callable[..., Site], tmp_path: Path) -> None:
    assert make(NOC_AGENT_STATE="/s").state == Path("/s/lyon-metro")
    assert make(XDG_STATE_HOME="/x").state == Path("/x/noc-agent/lyon-metro")
    assert make().state == tmp_path / ".local/state/noc-agent/lyon-metro"
    assert make(SITE + "state: mine\n", NOC_AGENT_STATE="/s").state == tmp_path / "mine"


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_yaml_or_bad_input(raw: bytes) -> None:
    try:
        parse_yaml(raw, "any.yaml")
    except BadInput as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "a: " * 50_000, "{" * 5000, "- " * 100_000, "&a [*a]", "x: &a [1]\ny: [*a,*a,*a]"]
)
def test_bombs_are_refused_in_time(text: str) -> None:
    with pytest.raises(BadInput):
        parse_yaml(text.encode(), "bomb.yaml")


def test_values_are_what_they_look_like() -> None:
    read = parse_yaml(
        b"a: 2026-11-23T09:00:00Z\nb: 0.0.0.0\nc: no\nd: 010\ne: 1:30\nf: true\ng: ~\nh: 5\ni: 1.5\n", "v.yaml"
    )
    assert dict(read) == {
        "a": "2026-11-23T09:00:00Z",
        "b": "0.0.0.0",
        "c": "no",
        "d": "010",
        "e": "1:30",
        "f": True,
        "g": None,
        "h": 5,
        "i": 1.5,
    }


def incident(
    site: Site, argument: str, stdin: bytes = b"", since: str | None = None, until: str | None = None
) -> Incident:
    return read_incident(argument, site, lambda: stdin, NOW, since, until)


def test_an_incident_comes_by_id_path_folder_and_standard_input(make: Callable[..., Site], tmp_path: Path) -> None:
    (tmp_path / "incidents").mkdir()
    site = make(SITE + "incidents: incidents/\n")
    text = 'id: INC-1\ntitle: "core1 sees nothing"\nsince: "2026-11-23T09:00:00+01:00"\ndevices: [core1]\n'
    (tmp_path / "incidents/night.yaml").write_text(text)
    (tmp_path / "incident.yaml").write_text(text.replace("INC-1", "INC-2"))
    expected = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    for found in (
        incident(site, "INC-1"), incident(site, "night"), incident(site, str(tmp_path / "incidents/night.yaml")),
        incident(site, "-", text.encode()), incident(site, "-", json.dumps({"id": "INC-1", "title": "t", "since": "2026-11-23T08:00:00Z", "devices": ["core1"]}).encode()),
    ):  # fmt: skip
        assert (found.id, found.since, found.devices) == ("INC-1", expected, ("core1",))
    assert incident(site, "INC-2").id == incident(site, str(tmp_path)).id == "INC-2"
    assert incident(site, "INC-1", since="2026-11-23T07:00:00Z").since == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_a_sentence_is_matched_to_devices_interfaces_services_and_times(make: Callable[..., Site]) -> None:
    found = incident(make(), "Core1 lost ge-0/0/1 on dist1, name resolution fails since 09:17")
    assert found.devices == ("core1", "dist1")
    assert found.interfaces == (End("dist1", "ge-0/0/1"),)
    assert found.services == ("dns",)
    assert found.since == datetime(2026, 11, 23, 9, 17, tzinfo=UTC)
    assert found.id.startswith("core1-lost")


@pytest.mark.parametrize(
    ("text", "devices"),
    [("rack ch10 and h10 are loud", ()), ("h1 is dead", ("h1",)), ("H1.lab.example is dead", ("h1",)), ("no answer from 10.255.0.1", ("core1",)),
     ("core12 and xcore1 differ", ()), ("core1, dist1: flapping", ("core1", "dist1"))],
)  # fmt: skip
def test_words_are_whole_words(make: Callable[..., Site], text: str, devices: tuple[str, ...]) -> None:
    assert incident(make(), text).devices == devices


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("trouble since 09:17", "2026-11-23T09:17:00"), ("trouble at 2026-11-22 23:05", "2026-11-22T23:05:00"), ("trouble since 11:30", "2026-11-22T11:30:00"),
        ("trouble since 2026-11-23T09:17:05+02:00 in core1", "2026-11-23T07:17:05"), ("trouble, 2 hours ago", "2026-11-23T08:00:00"), ("trouble in core1", None),
    ],
)  # fmt: skip
def test_times_in_words(make: Callable[..., Site], text: str, expected: str | None) -> None:
    since = incident(make(), text).since
    assert (since.astimezone(UTC).replace(tzinfo=None).isoformat() if since else None) == expected


def test_one_word_that_is_neither_id_nor_path_is_bad_input(make: Callable[..., Site]) -> None:
    with pytest.raises(BadInput):
        incident(make(), "dns-is-down")


def test_an_alert_is_an_incident_by_its_own_id(make: Callable[..., Site]) -> None:
    alert = {
        "version": "4", "groupKey": "{}:{alertname=x}", "status": "firing", "commonLabels": {"alertname": "LinkDown"},
        "alerts": [{"status": "firing", "fingerprint": "9f1c", "startsAt": "2026-11-23T09:05:00.123456789Z",
                    "labels": {"alertname": "LinkDown", "instance": "core1"}, "annotations": {"summary": "core1 eth3 is down"}}],
    }  # fmt: skip
    found = incident(make(), "-", json.dumps(alert).encode())
    assert (found.id, found.title, found.devices) == ("9f1c", "core1 eth3 is down", ("core1",))
    assert found.since == datetime(2026, 11, 23, 9, 5, 0, 123456, tzinfo=UTC)


def test_real_alerts_are_incidents_or_clear_bad_input(make: Callable[..., Site], shared: Path) -> None:
    site = make()
    read = 0
    paths = sorted((shared / "data/alerts").rglob("*.json"))
    assert len(paths) > 40
    for path in paths:
        try:
            found = incident(site, str(path))
            assert found.id.strip()
            assert found.title.strip()
            read += 1
        except BadInput as error:
            assert path.name in str(error)
    assert read >= 28


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026-11-23T09:00",
        "2026-11-23T09:00:00",
        "09:00",
        "20261123T090000Z",
        "2026-13-01T00:00:00Z",
        "now",
        "",
    ],
)
def test_a_time_is_rfc_3339_or_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="since"):
        parse_time(text, "since")


def test_times_keep_their_instant() -> None:
    for text in ("2026-11-23T09:00:00Z", "2026-11-23t10:00:00+01:00", "2026-11-23 04:00:00-05:00"):
        assert rfc3339(parse_time(text, "x")) == "2026-11-23T09:00:00Z"
    assert rfc3339(parse_time("2026-11-23T09:00:00.250Z", "x")) == "2026-11-23T09:00:00.250000Z"
