"""A network on loopback is found from one address, and becomes a site that loads and can be diagnosed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from noc_agent.site.load import load_site
from noc_agent.site.model import SnmpSettings
from noc_agent.topology.crawl import Limits
from noc_agent.topology.discovery import Discovered, default_within, discover_network
from tests.recorded import noc_agent
from tests.topology.network import Box, mac, served

EVIL = "evil\x1b[31m box/7 ${SNMP_COMMUNITY}\u202e"


def boxes() -> tuple[Box, Box, Box]:
    """sw1 – sw2 – r3 – sw1, with a telephone, a dead switch, a neighbor elsewhere and one that lies about its name."""
    sw1 = Box("sw1.example.net", 1, ("eth1", "eth2", "eth3", "eth4"), mac(1))
    sw2 = Box("sw2.example.net", 2, ("eth1", "eth2", "eth3", "eth4"), mac(2), "Arista Networks EOS version 4.31")
    r3 = Box("r3.example.net", 3, ("Gi0/1", "Gi0/2"), None, "Cisco IOS Software, C2960X Software")
    sw1.lldp(1, 1, "sw2.example.net", "eth1", chassis=mac(2), addresses=["169.254.1.2", sw2.address])
    sw1.cdp(2, 1, "r3.example.net(FOC1234X0AB)", "GigabitEthernet0/1", r3.address)
    sw1.lldp(3, 2, "", "port 1", chassis=mac(77))
    sw1.lldp(4, 3, EVIL, '0/1: {x} # "&a ${HOME}', chassis=mac(78), addresses=["8.8.8.8", "224.0.0.9", "fe80::1"])
    sw2.lldp(1, 1, "sw1.example.net", "eth1", chassis=mac(1), addresses=[sw1.address])
    sw2.lldp(2, 2, "r3.example.net", "Gi0/2", chassis=None, addresses=[r3.address])
    sw2.lldp(3, 3, "dead4", "eth9", chassis=mac(4), addresses=["127.0.10.99"])
    r3.cdp(1, 1, "sw1.example.net", "eth2", sw1.address)
    r3.cdp(2, 2, "core-two", "eth2", "127.0.10.12")
    return sw1, sw2, r3


@pytest.fixture
def port() -> Iterator[int]:
    found = boxes()
    with served(found, also={"127.0.10.12": found[1]}) as port:
        yield port


def run(port: int, seeds: tuple[str, ...] = ("127.0.10.1",), **limits: Any) -> Discovered:
    settings = SnmpSettings(port=port, timeout=0.3, retries=0)
    inside = default_within(seeds)
    return discover_network(seeds, settings, Limits(inside, **{"seconds": 30.0, **limits}))


def test_every_device_is_found_once_and_every_link(port: int) -> None:
    found = run(port)
    devices = {device.name: device for device in found.devices}
    assert {name: device.address for name, device in devices.items()} == {
        "sw1": "127.0.10.1", "sw2": "127.0.10.2", "r3": "127.0.10.3", "dead4": None, "02:00:00:00:00:4d": None,
        "evil--31m-box-7---SNMP_COMMUNITY": None,
    }  # fmt: skip
    assert devices["sw2"].also == ("127.0.10.12",)
    assert [devices[name].platform for name in ("sw1", "sw2", "r3")] == ["frr", "eos", "ios"]
    assert {link.resource: known for link, known in found.links.items()} == {
        "link/sw1/eth1--sw2/eth1": {"lldp"},
        "link/r3/Gi0/1--sw1/eth2": {"cdp"},
        "link/r3/Gi0/2--sw2/eth2": {"lldp"},
        "link/dead4/eth9--sw2/eth3": {"lldp"},
        "link/02:00:00:00:00:4d/port 1--sw1/eth3": {"lldp"},
        'link/evil--31m-box-7---SNMP_COMMUNITY/0/1: {x} # "&a ${HOME}--sw1/eth4': {"lldp"},
    }


def test_whoever_does_not_answer_is_known_with_the_reason(port: int) -> None:
    found = run(port)
    reasons = {device.name: device.reason for device in found.devices if device.address is None}
    assert reasons == {
        "dead4": "refused at 127.0.10.99",
        "02:00:00:00:00:4d": "it claims no address",
        "evil--31m-box-7---SNMP_COMMUNITY": "8.8.8.8 is not among the addresses that may be asked",
    }
    assert found.asked == 5  # three devices, the other address of one, and the dead one
    assert found.problems == ()


def test_two_runs_find_the_same(port: int) -> None:
    first, second = run(port), run(port)
    assert (first.devices, first.links) == (second.devices, second.links)


def test_two_seeds_of_one_device_are_one_device(port: int) -> None:
    found = run(port, ("127.0.10.12", "127.0.10.2"))
    assert sum(device.name == "sw2" for device in found.devices) == 1
    assert {device.name for device in found.devices if device.address} == {"sw1", "sw2", "r3"}


@pytest.mark.parametrize(
    ("limits", "polled"),
    [({"max_depth": 0}, {"sw1"}), ({"max_devices": 1}, {"sw1"}), ({"max_devices": 2}, {"sw1", "sw2"})],
)
def test_limits_end_it_and_say_so(port: int, limits: dict[str, Any], polled: set[str]) -> None:
    found = run(port, **limits)
    assert {device.name for device in found.devices if device.address} == polled
    if "max_devices" in limits:
        assert len(found.devices) == limits["max_devices"]
        assert any("limit of" in problem for problem in found.problems)
    else:
        assert {device.reason for device in found.devices if device.name in ("sw2", "r3")} == {
            "it was not asked: a limit is reached"
        }


def test_only_addresses_within_are_asked(port: int) -> None:
    settings = SnmpSettings(port=port, timeout=0.3, retries=0)
    inside = default_within(["127.0.10.1"])[:4]  # private ranges only
    found = discover_network(["127.0.10.1"], settings, Limits(inside, seconds=30))
    assert {device.name for device in found.devices if device.address} == {"sw1"}
    assert found.asked == 1


def test_a_seed_that_does_not_answer_is_a_problem_with_its_reason() -> None:
    found = run(1, ("127.0.10.1",))
    assert found.devices == ()
    assert found.problems == ("127.0.10.1 did not answer: refused",)


def test_a_network_of_a_hundred_in_a_ring_is_walked_level_by_level() -> None:
    ring = [Box(f"n{n}", n + 1, ("left", "right"), mac(n)) for n in range(100)]
    for n, box in enumerate(ring):
        before, after = ring[n - 1], ring[(n + 1) % 100]
        box.lldp(1, 1, before.name, "right", chassis=before.chassis, addresses=[before.address])
        box.lldp(2, 2, after.name, "left", chassis=after.chassis, addresses=[after.address])
    with served(ring) as port:
        whole, part = run(port, max_depth=64), run(port, max_depth=5)
    assert (whole.answered, len(whole.links), whole.asked) == (100, 100, 100)
    assert part.answered == 11


def test_names_that_several_have_are_told_apart() -> None:
    hub = Box("hub", 1, tuple(f"p{n}" for n in range(1, 7)), mac(1))
    switches = [Box("switch", 20 + n, ("up",), mac(20 + n)) for n in range(2)]
    for n, box in enumerate(switches, 1):
        hub.lldp(n, n, box.name, "up", chassis=box.chassis, addresses=[box.address])
    for n, name in enumerate(("cam", "cam", "a.one.net", "a.two.net"), 3):
        hub.lldp(n, n, name, "e0", chassis=mac(50 + n))
    with served([hub, *switches]) as port:
        found = run(port)
    assert {device.name for device in found.devices} == {
        "hub", "switch-127.0.10.20", "switch-127.0.10.21", "02:00:00:00:00:35", "02:00:00:00:00:36", "a.one.net", "a.two.net",
    }  # fmt: skip
    ends = {link.b.device if link.a.device == "hub" else link.a.device: link for link in found.links}
    assert ends["02:00:00:00:00:35"].resource == "link/02:00:00:00:00:35/e0--hub/p3"
    assert ends["a.two.net"].resource == "link/a.two.net/e0--hub/p6"


# The command


def discover(port: int, folder: Path, *more: str, **env: str) -> tuple[int, str, str]:
    words = ["topology", "discover", "127.0.10.1", "--port", str(port), "--output", str(folder), *more]
    done = noc_agent(*words, env={**os.environ, **env})
    return done.returncode, done.stdout, done.stderr


def test_the_files_load_as_a_site_and_hold_no_secret(tmp_path: Path) -> None:
    found = boxes()
    with served(found, also={"127.0.10.12": found[1]}, community="s3cr3t-word") as port:
        code, out, err = discover(port, tmp_path / "lyon metro", SNMP_COMMUNITY="s3cr3t-word")
        assert (code, err) == (0, "")
        assert "3 devices answered" in out
        assert "\x1b" not in out
        assert "\u202e" not in out
        texts = {path.name: path.read_text() for path in (tmp_path / "lyon metro").iterdir()}
        assert set(texts) == {"site.yaml", "topology.yaml"}
        assert "s3cr3t-word" not in out + "".join(texts.values())
        site = load_site(tmp_path / "lyon metro/site.yaml", {"SNMP_COMMUNITY": "s3cr3t-word", "HOME": str(tmp_path)})
        assert (site.name, site.devices["sw1"].snmp.community, site.devices["sw1"].snmp.port) == (
            "lyon-metro",
            "s3cr3t-word",
            port,
        )
        assert {name for name, device in site.devices.items() if device.address} == {"sw1", "sw2", "r3"}
        assert len(site.intent.links) == 6
        assert '0/1: {x} # "&a ${HOME}' in {end.interface for link in site.intent.links for end in link.ends}
        assert yaml.safe_load(texts["topology.yaml"])["links"][0].keys() == {"a", "b"}
        assert "#   dead4: refused at 127.0.10.99" in texts["site.yaml"]
        again = noc_agent(
            "topology",
            "diff",
            "--site",
            str(tmp_path / "lyon metro"),
            "--json",
            env={**os.environ, "SNMP_COMMUNITY": "s3cr3t-word"},
        )
        assert json.loads(again.stdout)["differences"] == []


@pytest.mark.long
def test_the_site_can_be_diagnosed_at_once(port: int, tmp_path: Path) -> None:
    assert discover(port, tmp_path)[0] == 0
    done = noc_agent("diagnose", "something is slow on sw1", "--site", str(tmp_path), "--engine", "playbook", "--json")
    assert done.returncode in (0, 3), done.stderr
    document = json.loads(done.stdout)
    assert document["site"] == tmp_path.name
    assert document["root_causes"] == []


def test_what_is_there_is_not_overwritten(port: int, tmp_path: Path) -> None:
    (tmp_path / "topology.yaml").write_text("mine")
    code, out, err = discover(port, tmp_path)
    assert (code, out) == (4, "")
    assert err == "--output: topology.yaml: is there already; name another folder, or overwrite it with --force\n"
    assert [path.name for path in tmp_path.iterdir()] == ["topology.yaml"]
    assert discover(port, tmp_path, "--force")[0] == 0
    assert (tmp_path / "topology.yaml").read_text() != "mine"


def test_json_is_the_discovery(port: int, tmp_path: Path) -> None:
    code, out, err = discover(port, tmp_path, "--json")
    document = json.loads(out)
    assert (code, err, document["schema"]) == (0, "", "noc-agent/topology-discover/1")
    assert document["files"] == ["site.yaml", "topology.yaml"]
    assert (document["answered"], len(document["devices"]), len(document["links"])) == (3, 6, 6)
    assert {
        "name": "sw1",
        "address": "127.0.10.1",
        "platform": "frr",
        "chassis": "02:00:00:00:00:01",
        "also": [],
        "reason": None,
    } in document["devices"]


def test_settings_may_come_from_a_site(port: int, tmp_path: Path) -> None:
    site = tmp_path / "old/site.yaml"
    site.parent.mkdir()
    site.write_text(
        f"name: old\nsnmp: {{port: {port}, timeout: 0.3, retries: 0}}\ndevices: {{any: {{address: 127.0.10.1}}}}\n"
    )
    done = noc_agent("topology", "discover", "127.0.10.1", "--site", str(site), "--output", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load((tmp_path / "new/site.yaml").read_text())["snmp"] == {
        "version": "2c", "community": "${SNMP_COMMUNITY:-public}", "port": port, "timeout": 0.3, "retries": 0,
    }  # fmt: skip


def test_a_version_3_site_names_its_keys_and_does_not_write_them(tmp_path: Path) -> None:
    from noc_agent.report.topology import site_yaml  # noqa: PLC0415 - only this test needs it

    settings = SnmpSettings(
        version="3",
        user="noc",
        auth_protocol="SHA",
        auth_key="auth-secret",
        priv_protocol="AES",
        priv_key="priv-secret",
    )
    text = site_yaml(Discovered((), {}, 0, 0.0, ()), "x", settings)
    assert yaml.safe_load(text)["snmp"] == {
        "version": "3", "user": "noc", "auth_protocol": "SHA", "priv_protocol": "AES", "auth_key": "${SNMP_AUTH_KEY}",
        "priv_key": "${SNMP_PRIV_KEY}",
    }  # fmt: skip


def test_nobody_answers_is_exit_3_and_nothing_is_written(tmp_path: Path) -> None:
    code, out, err = discover(1, tmp_path / "new")
    assert (code, out, err) == (3, "", "127.0.10.1 did not answer: refused\n")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [(["no-such-host.invalid"], "topology discover: a seed is no address and does not resolve; give an IP address"),
     (["127.0.10.1", "--within", "10.0.0.0/40"], "--within: is no address range; write a CIDR, as 10.20.0.0/16")],
)  # fmt: skip
def test_bad_input_is_one_line(tmp_path: Path, words: list[str], line: str) -> None:
    done = noc_agent("topology", "discover", *words, "--output", str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (4, "", f"{line}\n")
