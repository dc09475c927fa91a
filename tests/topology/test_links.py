"""Links by CDP beside LLDP, neighbors as rows, ports of a switch, and what differs from intent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from noc_agent.topology import Network
from noc_agent.topology.claims import distinct_names, platform_of, safe_name, same_name, without_domain
from noc_agent.topology.drift import drift
from noc_agent.topology.neighbors import READERS
from tests.recorded import noc_agent
from tests.topology.network import Box, mac, network_of, open_network, record

VTP, MEMBER, HSRP = "1.3.6.1.4.1.9.9.46.1", "1.3.6.1.4.1.9.9.68.1", "1.3.6.1.4.1.9.9.106.1.2.1.1"
ISIS = "1.3.6.1.2.1.138.1"


def known(network: Network) -> dict[str, set[str]]:
    return {link.resource: how for link, how in network.links.items()}


def test_cdp_makes_links_with_the_names_of_the_inventory(tmp_path: Path) -> None:
    one, two = Box("sw1.example.net", 1, ("Gi1/0/1", "Gi1/0/2")), Box("sw2", 2, ("Gi1/0/1",))
    one.cdp(1, 1, "SW2(FOC1234X0AB)", "GigabitEthernet1/0/1", "10.0.0.2")
    one.cdp(2, 2, "ap-7.example.net", "GigabitEthernet0", "10.0.0.7")
    two.cdp(1, 9, "sw1.example.net", "GigabitEthernet1/0/1", "10.0.0.1")
    assert known(network_of(tmp_path, [one, two])) == {
        "link/sw1/Gi1/0/1--sw2/Gi1/0/1": {"cdp"},
        "link/ap-7.example.net/GigabitEthernet0--sw1/Gi1/0/2": {"cdp"},
    }


def test_cdp_and_lldp_of_one_neighbor_are_one_link(tmp_path: Path) -> None:
    one = Box("sw1", 1, ("Eth1/1",))
    one.lldp(1, 1, "swi001.example.net", "Eth1/1", chassis=mac(9))
    one.cdp(1, 1, "swi001", "Ethernet1/1", "10.0.0.9")
    assert known(network_of(tmp_path, [one])) == {"link/sw1/Eth1/1--swi001.example.net/Eth1/1": {"lldp", "cdp"}}


def test_where_lldp_hears_another_device_cdp_came_through_it(tmp_path: Path) -> None:
    one, far = Box("sw1", 1, ("p1",)), Box("far", 3, ("p1",))
    one.lldp(1, 1, "between", "p1", chassis=mac(2))
    one.cdp(1, 1, "far", "p1", "10.0.0.3")
    far.cdp(1, 1, "sw1", "p1", "10.0.0.1")
    assert known(network_of(tmp_path, [one, far])) == {"link/between/p1--sw1/p1": {"lldp"}}


def test_a_neighbor_is_known_by_the_address_that_it_claims(tmp_path: Path) -> None:
    one, two = Box("sw1", 1, ("p1",)), Box("sw2", 2, ("p1",))
    one.cdp(1, 1, "a name of its own", "p1", "127.0.10.201")  # the inventory's address of sw2
    assert known(network_of(tmp_path, [one, two])) == {"link/sw1/p1--sw2/p1": {"cdp"}}


def test_a_name_that_an_inventory_cannot_hold_is_known_as_it_was_written(tmp_path: Path) -> None:
    one = Box("sw1", 1, ("p1",))
    one.lldp(1, 1, "3002C OBM 4850GTS", "1/49", chassis=mac(2))
    assert known(network_of(tmp_path, [one], unpolled=["3002C-OBM-4850GTS"])) == {
        "link/3002C-OBM-4850GTS/1/49--sw1/p1": {"lldp"}
    }


# Neighbors as rows


def rows(network: Network, device: str, protocol: str) -> list[dict[str, object]]:
    state = network.histories[device].latest
    assert state is not None
    return [row for _, row in READERS[protocol](network, state)]


def test_cdp_neighbors_as_rows(tmp_path: Path) -> None:
    one, two = Box("sw1", 1, ("Gi1/0/1",)), Box("sw2", 2, ("Gi1/0/1",))
    one.cdp(1, 1, "sw2.example.net(FOC1)", "GigabitEthernet1/0/1", "10.0.0.2")
    (row,) = rows(network_of(tmp_path, [one, two], [("sw1/Gi1/0/1", "sw2/Gi1/0/1")]), "sw1", "cdp")
    expected = {"device": "sw1", "interface": "Gi1/0/1", "protocol": "cdp", "peer": "sw2", "peer_interface": "Gi1/0/1",
                "state": "present", "intended": True, "address": "10.0.0.2", "platform": "cisco WS-C2960X"}  # fmt: skip
    assert expected.items() <= row.items()


def test_is_is_neighbors_as_rows_on_the_port_below_their_unit(tmp_path: Path) -> None:
    one, two = Box("r1", 1, ("xe-0/0/0", "xe-0/0/0.0")), Box("r2", 2, ("xe-0/0/7",))
    one.lldp(1, 1, "r2", "xe-0/0/7", chassis=mac(2))
    one.cells |= {
        f"{ISIS}.3.2.1.2.5": 2, f"{ISIS}.6.1.1.2.5.1": 3, f"{ISIS}.6.1.1.6.5.1": bytes.fromhex("010000000002"),
        f"{ISIS}.6.1.1.8.5.1": 2, f"{ISIS}.6.1.1.2.5.2": 2, f"{ISIS}.6.1.1.6.5.2": bytes.fromhex("010000000009"),
        f"{ISIS}.6.3.1.3.5.1.1": bytes((127, 0, 10, 201)),
    }  # fmt: skip
    first, second = rows(network_of(tmp_path, [one, two]), "r1", "isis")
    expected = {"interface": "xe-0/0/0.0", "peer": "r2", "peer_interface": "xe-0/0/7", "state": "up", "intended": None,
                "system_id": "0100.0000.0002", "level": "level2"}  # fmt: skip
    assert expected.items() <= first.items()
    assert (second["state"], second["system_id"]) == ("initializing", "0100.0000.0009")


def tool(folder: Path, *words: str) -> dict[str, Any]:
    done = noc_agent("tools", "call", *words, "--site", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_neighbor_that_is_gone_is_none_and_one_whose_table_is_gone_is_unknown(tmp_path: Path) -> None:
    one = Box("sw1", 1, ("p1", "p2"), cells={"1.3.6.1.4.1.9.9.23.1.3.1.0": 1})
    one.cdp(1, 1, "sw2", "p1", "10.0.0.2")
    one.lldp(2, 1, "sw3", "p1", chassis=mac(3))
    record(one, tmp_path / "snmp", "20261123T090000Z")
    record(Box("sw1", 1, ("p1", "p2"), cells={"1.3.6.1.4.1.9.9.23.1.3.1.0": 1}), tmp_path / "snmp", "20261123T091000Z")
    open_network(tmp_path, ["sw1"], [])
    found = {(row["protocol"], row["peer"]): row for row in tool(tmp_path, "neighbors", "device=sw1")["data"]}
    assert (found["cdp", "sw2"]["state"], found["cdp", "sw2"]["state_before"]) == ("none", "present")
    assert (found["lldp", "sw3"]["state"], found["lldp", "sw3"]["state_before"]) == (None, "present")
    assert [row["protocol"] for row in tool(tmp_path, "neighbors", "device=sw1", "protocol=cdp")["data"]] == ["cdp"]


def test_switching_tells_vlans_bundles_and_gateways_without_a_bridge_mib(tmp_path: Path) -> None:
    def box(state: int) -> Box:
        made = Box("sw1", 1, ("Gi0/1", "Po1", "Vl10"))
        made.cells |= {
            "1.3.6.1.2.1.2.2.1.3.2": 161, "1.3.6.1.2.1.31.1.2.1.3.2.1": 1, f"{MEMBER}.2.2.1.2.1": 10,
            f"{HSRP}.3.3.1": (66, 110), f"{HSRP}.11.3.1": (64, "10.10.10.1"), f"{HSRP}.13.3.1": (64, "10.10.10.3"),
            f"{HSRP}.15.3.1": state,
        }  # fmt: skip
        return made

    record(box(6), tmp_path / "snmp", "20261123T090000Z")
    record(box(5), tmp_path / "snmp", "20261123T091000Z")
    open_network(tmp_path, ["sw1"], [])
    rows = {row["interface"]: row for row in tool(tmp_path, "switching", "device=sw1")["data"]}
    assert {"port": None, "pvid": 10, "untagged_vlans": [10], "tagged_vlans": None, "lag": "Po1"}.items() <= rows[
        "Gi0/1"
    ].items()
    (group,) = rows["Vl10"]["gateways"]
    assert (group["protocol"], group["state"], group["state_before"], group["forwarder"]) == (
        "hsrp",
        "standby",
        "active",
        "10.10.10.3",
    )


# Intent


def three(tmp_path: Path, links: list[tuple[str, str]], **more: Any) -> Network:
    """sw1 hears sw2 on p1; sw1's p2 and sw3's p1 hear nobody."""
    boxes = [Box(f"sw{n}", n, ("p1", "p2"), mac(n)) for n in (1, 2, 3)]
    boxes[0].lldp(1, 1, "sw2", "p1", chassis=mac(2))
    boxes[1].lldp(1, 1, "sw1", "p1", chassis=mac(1))
    boxes[0].cells["1.3.6.1.2.1.2.2.1.8.2"] = 2
    return network_of(tmp_path, boxes, links, **more)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([("sw1/p1", "sw2/p1")], []),
        ([("sw1/p1", "sw3/p1")], [("moved", "link/sw1/p1--sw3/p1", "link/sw1/p1--sw2/p1", "")]),
        ([("sw1/p1", "sw2/p1"), ("sw1/p2", "sw3/p1")], [("missing", "link/sw1/p2--sw3/p1", None, "sw1/p2 is down")]),
        (
            [("sw1/p1", "sw2/p1"), ("sw1/p9", "sw3/p1")],
            [("missing", "link/sw1/p9--sw3/p1", None, "sw1 has no interface p9")],
        ),
        (
            [("sw1/p2", "sw3/p1")],
            [("missing", "link/sw1/p2--sw3/p1", None, "sw1/p2 is down"), ("extra", "link/sw1/p1--sw2/p1", None, "")],
        ),
        (
            [("sw1/p1", "sw2/p1"), ("sw1/p2", "h1/e0")],
            [("unseen", "link/h1/e0--sw1/p2", None, "no LLDP or CDP from h1")],
        ),
    ],
)
def test_intent_against_what_is_heard(
    tmp_path: Path, links: list[tuple[str, str]], expected: list[tuple[str, ...]]
) -> None:
    network = three(tmp_path, links, unpolled=["h1"])
    found = drift(network)
    assert [
        (row.change, row.link.resource, row.found.resource if row.found else None, row.reason) for row in found
    ] == expected


def test_an_extra_link_to_somebody_unknown_says_so(tmp_path: Path) -> None:
    one = Box("sw1", 1, ("p1",), mac(1))
    one.lldp(1, 1, "rogue", "e0", chassis=mac(9))
    (row,) = drift(network_of(tmp_path, [one, Box("sw2", 2, ("p1",), mac(2))]))
    assert (row.change, row.link.resource, row.reason) == (
        "extra",
        "link/rogue/e0--sw1/p1",
        "the inventory does not know rogue",
    )


# The commands on the bundled, recorded site


def test_show_and_diff_of_a_recorded_site() -> None:
    shown = json.loads(noc_agent("topology", "show", "--json").stdout)
    assert shown["schema"] == "noc-agent/topology/1"
    first = shown["links"][0]
    assert first == {
        "link": "link/acc1/eth1--dist1/eth3", "a": {"device": "acc1", "interface": "eth1"}, "b": {"device": "dist1", "interface": "eth3"},
        "a_oper": "down", "b_oper": "down", "state": "down", "known_by": ["intent", "lldp"],
    }  # fmt: skip
    assert all(row["state"] != "down" for row in shown["links"][1:])
    assert "acc1/eth1" in noc_agent("topology", "show", "--format", "table").stdout
    differences = json.loads(noc_agent("topology", "diff", "--json").stdout)["differences"]
    missing = [row for row in differences if row["change"] == "missing"]
    assert [row["link"] for row in missing] == ["link/acc1/eth1--dist1/eth3"]
    assert "dist1/eth3 is shut down" in missing[0]["reason"]
    assert {row["change"] for row in differences} <= {"missing", "unseen"}
    assert "missing" in noc_agent("topology", "diff").stdout


def test_diff_without_intent_is_bad_input(tmp_path: Path) -> None:
    network_of(tmp_path, [Box("sw1", 1, ("p1",))])
    done = noc_agent("topology", "diff", "--site", str(tmp_path))
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "site.yaml: topology: no links are intended; write them, or run noc-agent topology discover\n"


# Names


@pytest.mark.parametrize(
    ("name", "short"),
    [("core1.example.net", "core1"), ("core1", "core1"), ("F241.01.18-C9500-4.cisco.com", "F241.01.18-C9500-4.cisco.com"),
     ("10.0.0.1", "10.0.0.1"), ("sw1.", "sw1."), ("", "")],
)  # fmt: skip
def test_a_domain_is_cut_off_and_nothing_else(name: str, short: str) -> None:
    assert without_domain(name) == short


def test_names_are_made_safe_and_distinct() -> None:
    assert safe_name("\x1b[31m a b/c\u202e\n<|x|>") == "a-b-c----x"
    assert safe_name(" /../ ") == ""
    assert len(safe_name("x" * 300)) == 64
    assert same_name("SW1.example.net", "sw1")
    assert not same_name("sw1.one.net", "sw1.two.net")
    assert distinct_names([("a", "a.x"), ("b",), ("A", "a.y"), ("c", "c", "c", "c"), ("c", "c", "c", "c"), ("",)]) == [
        "a.x", "b", "a.y", "c-1", "c-2", "device-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("descr", "oid", "word"),
    [("Cisco IOS XR Software (NCS-5500)", "", "iosxr"), ("Cisco IOS Software [Bengaluru], Catalyst L3 Switch Software (CAT9K_IOSXE)", "", "iosxe"),
     ("Cisco NX-OS(tm) n9000", "", "nxos"), ("Linux core1 6.1", "1.3.6.1.4.1.8072.3.2.10", "linux"), ("odd", "1.3.6.1.4.1.2636.1.1", "junos"),
     ("odd", "1.3.6.1.4.1.99999.1", ""), ("", "", "")],
)  # fmt: skip
def test_a_platform_in_a_word(descr: str, oid: str, word: str) -> None:
    assert platform_of(descr, oid) == word
