"""CDP, newer LLDP tables, IS-IS, bundles, gateways and VLANs: from the MIBs by hand, and from dumps of real devices."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.snmp import (
    STANDARD_COLUMNS,
    AggPort,
    CdpNeighbor,
    Interface,
    PortVlans,
    RecordingFile,
    Reply,
    columns_of,
    management_addresses,
    read_fhrp,
    read_isis,
    read_lag_members,
    read_lldp_remotes,
    read_table,
    vlan_names,
    vlans_of_ports,
)
from noc_agent.snmp.tables.fhrp import HsrpGroup, Vrrp3Address, Vrrp3Oper, VrrpAddress, VrrpOper
from noc_agent.snmp.tables.isis import ISIS_COLUMNS
from noc_agent.snmp.tables.lag import lacp_state
from noc_agent.snmp.tables.lldp_neighbors import LLDP_COLUMNS
from noc_agent.snmp.tables.vlans import VLAN_ROWS
from noc_agent.state import DeviceState

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DUMPS = Path(__file__).parents[2].parent / "shared" / "data" / "snmprec"
IF, IFX, STACK = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.31.1.2.1.3"
CDP, BRIDGE, QBRIDGE = "1.3.6.1.4.1.9.9.23.1.2.1.1", "1.3.6.1.2.1.17", "1.3.6.1.2.1.17.7.1"
VTP, MEMBER = "1.3.6.1.4.1.9.9.46.1", "1.3.6.1.4.1.9.9.68.1"
HSRP, VRRP, VRRP3 = "1.3.6.1.4.1.9.9.106.1.2.1.1", "1.3.6.1.2.1.68.1", "1.3.6.1.2.1.207.1.1"
LAG = "1.2.840.10006.300.43.1.2.1.1"
Make = Callable[..., Reply]


@pytest.fixture
def reply(tmp_path: Path) -> Make:
    def make(*lines: str) -> Reply:
        path = tmp_path / "poll.snmprec"
        path.write_text("\n".join(lines) + "\n")
        return RecordingFile(path).reply("r1", AT, STANDARD_COLUMNS)

    return make


def dump(name: str) -> Reply:
    path = DUMPS / f"{name}.snmprec.gz"
    if not path.is_file():
        pytest.skip("the dumps of real devices are not here")
    return RecordingFile(path).reply(name, AT, STANDARD_COLUMNS)


def expected(name: str, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(gzip.decompress((DUMPS / f"{name}.expected.json.gz").read_bytes()))[table]
    return rows


def names_of(poll: Reply) -> dict[int, str]:
    return {row.ifIndex: row.name for row in read_table(poll, Interface) or ()}


# CDP and LLDP


def test_a_cdp_neighbor_is_called_by_its_name_with_and_without_serial_and_claims_addresses(reply: Make) -> None:
    (row,) = read_table(
        reply(
            f"{CDP}.3.7.2|2|1", f"{CDP}.4.7.2|4x|0a000009", f"{CDP}.6.7.2|4|sw9.example.net(FOC1234X0AB)", f"{CDP}.7.7.2|4|Gi0/1",
            f"{CDP}.11.7.2|2|20", f"{CDP}.12.7.2|2|2", f"{CDP}.19.7.2|2|20",
            f"{CDP}.20.7.2|4x|20010db8000000000000000000000009",
        ),
        CdpNeighbor,
    ) or ()  # fmt: skip
    assert (row.cdpCacheIfIndex, row.cdpCacheDevicePort, row.cdpCacheNativeVLAN) == (7, "Gi0/1", 20)
    assert row.names == ("sw9.example.net(FOC1234X0AB)", "sw9.example.net")
    assert row.addresses == ("2001:db8::9", "10.0.0.9")
    assert row.cdpCacheDuplex == "halfduplex"


@pytest.mark.parametrize("octets", ["00000000", "0a0000", "", "c0a80101ff"])
def test_what_is_no_address_in_cdp_is_none(reply: Make, octets: str) -> None:
    (row,) = read_table(reply(f"{CDP}.3.7.2|2|1", f"{CDP}.4.7.2|4x|{octets}"), CdpNeighbor) or ()
    assert row.addresses == ()


def test_a_device_id_of_six_octets_is_a_mac(reply: Make) -> None:
    (row,) = read_table(reply(f"{CDP}.6.7.2|4x|00a0c9140f1e"), CdpNeighbor) or ()
    assert row.names == ("00:a0:c9:14:0f:1e",)


def test_cdp_that_runs_and_hears_nobody_is_empty_and_not_served_is_unknown(reply: Make) -> None:
    assert DeviceState(reply("1.3.6.1.4.1.9.9.23.1.3.1.0|2|1")).cdp_neighbors == ()
    assert DeviceState(reply("1.3.6.1.4.1.9.9.23.1.3.1.0|2|2")).cdp_neighbors is None
    assert DeviceState(reply(f"{IF}.8.1|2|1")).cdp_neighbors is None


@pytest.mark.parametrize(
    ("base", "first", "addresses"),
    [("1.3.111.2.802.1.1.13.1.4.1.1", 5, "1.3.111.2.802.1.1.13.1.4.2.1.3"),
     ("1.3.6.1.4.1.6527.3.1.2.59.4.1.1", 4, "1.3.6.1.4.1.6527.3.1.2.59.4.2.1.3")],
)  # fmt: skip
def test_the_newer_lldp_tables_are_read_as_the_old_one(reply: Make, base: str, first: int, addresses: str) -> None:
    cells = ["2|4", "4x|00d0f6bca180", "2|5", "4|1/1/8", "4|to core", "4|sr9", "4|TiMOS"]
    made = reply(
        *(f"{base}.{first + n}.86.401.1.3|{cell}" for n, cell in enumerate(cells)),
        f"{addresses}.86.401.1.3.1.4.10.18.3.1|2|2",
    )
    (row,) = read_lldp_remotes(made) or ()
    assert (row.lldpRemLocalPortNum, row.lldpRemIndex, row.lldpRemSysName, row.lldpRemPortId) == (
        401,
        3,
        "sr9",
        "1/1/8",
    )
    assert row.lldpRemChassisId == "00:d0:f6:bc:a1:80"
    assert management_addresses(made) == {(401, 3): ("10.18.3.1",)}


def test_management_addresses_are_ip_addresses_or_nothing(reply: Make) -> None:
    v6 = ".".join(map(str, bytes.fromhex("20010db8000000000000000000000001")))
    base = "1.0.8802.1.1.2.1.4.2.1.3"
    made = reply(
        f"{base}.0.3.1.2.16.{v6}|2|2", f"{base}.0.3.1.1.4.10.0.0.9|2|2", f"{base}.0.3.1.1.10.0.0.8|2|2",
        f"{base}.0.4.1.1.4.0.0.0.0|2|2", f"{base}.0.5.1.6.6.0.36.168.225.208.128|2|2", f"{base}.0.6.1.1.4.10.0.0.999|2|2",
        f"{base}.0.7.1.1|2|2", f"{base}.0.8|2|2",
    )  # fmt: skip
    assert management_addresses(made) == {(3, 1): ("10.0.0.8", "10.0.0.9", "2001:db8::1")}


@pytest.mark.parametrize(("name", "count"), [("ios_2960x", 7), ("iosxe_c9500h-svl", 15), ("iosxr_ncs55a2", 5)])
def test_real_cdp_links_are_those_that_another_poller_found(name: str, count: int) -> None:
    poll = dump(name)
    ports = names_of(poll)
    links = {(row["ifName"], row["remote_hostname"], row["remote_port"]) for row in expected(name, "links")}
    rows = read_table(poll, CdpNeighbor) or ()
    assert len(rows) == count
    assert {(ports[row.cdpCacheIfIndex], row.names[-1], row.cdpCacheDevicePort) for row in rows} == links


def test_a_real_nokia_neighbor() -> None:
    (row,) = read_lldp_remotes(dump("timos_7705")) or ()
    (link,) = expected("timos_7705", "links")
    assert (row.lldpRemSysName, row.lldpRemPortId) == (link["remote_hostname"], link["remote_port"])
    assert names_of(dump("timos_7705"))[row.lldpRemLocalPortNum] == link["ifName"]
    assert management_addresses(dump("timos_7705")) == {(40108032, 1): ("10.18.3.1",)}


# IS-IS


def test_is_is_by_the_rfc_on_a_real_router() -> None:
    poll = dump("junos_mx5t-isis")
    ports = names_of(poll)
    rows = read_isis(poll) or ()
    assert [(ports[row.ifIndex or 0], row.isisISAdjNeighSysID, row.isisISAdjState, row.addresses) for row in rows] == [
        ("xe-0/0/0.0", "0100.9919.1255", "up", ("10.99.252.255",)),
        ("xe-0/0/1.0", "1099.2040.0051", "up", ("10.99.252.253",)),
    ]
    assert {(row.isisISAdjUsage, row.isisISAdjNeighSysType) for row in rows} == {("level2", "l2IntermediateSystem")}
    assert rows[0].isisISAdjNeighSNPAAddress == "70:61:7b:99:30:18"
    assert rows[0].isisISAdjHoldTimer == 24


@pytest.mark.parametrize(
    ("base", "circuits", "before"),
    [("1.3.6.1.2.1.138.1", "3.2.1.2", ""), ("1.3.6.1.4.1.9.10.118.1", "3.2.1.2", ""), ("1.3.6.1.3.37.1", "3.1.1.2", "1."),
     ("1.3.6.1.3.37.1", "3.2.1.2", "")],
)  # fmt: skip
def test_is_is_in_each_of_its_forms(reply: Make, base: str, circuits: str, before: str) -> None:
    row = f"{before}5.2"
    made = reply(
        f"{base}.{circuits}.{before}5|2|12", f"{base}.6.1.1.2.{row}|2|2", f"{base}.6.1.1.4.{row}|4x|020000000009",
        f"{base}.6.1.1.5.{row}|2|3", f"{base}.6.1.1.6.{row}|4x|192168001009", f"{base}.6.1.1.8.{row}|2|3",
        f"{base}.6.1.1.9.{row}|66|27", f"{base}.6.3.1.3.{row}.1|4x|0a000009",
    )  # fmt: skip
    (adjacency,) = read_isis(made) or ()
    assert (adjacency.ifIndex, adjacency.isisISAdjState, adjacency.isisISAdjNeighSysID) == (
        12,
        "initializing",
        "1921.6800.1009",
    )
    assert (adjacency.addresses, adjacency.isisISAdjUsage, adjacency.isisISAdjHoldTimer) == (
        ("10.0.0.9",),
        "level1and2",
        27,
    )


@pytest.mark.parametrize(("base", "table"), [("1.3.6.1.2.1.138.1", "1.6"), ("1.3.6.1.4.1.9.10.118.1", "1.7")])
def test_is_is_systems_have_their_host_names(reply: Make, base: str, table: str) -> None:
    made = reply(
        f"{base}.6.1.1.6.5.2|4x|192168001009",
        f"{base}.{table}.1.3.25.33.104.0.16.9.2|4|core9",
        f"{base}.{table}.1.3.1.2|4|odd",
    )
    assert [row.isisRouterHostName for row in read_isis(made) or ()] == ["core9"]


def test_is_is_without_adjacencies_is_empty_and_not_served_is_unknown(reply: Make) -> None:
    assert read_isis(reply("1.3.6.1.2.1.138.1.3.2.1.2.5|2|12")) == ()
    assert read_isis(reply(f"{IF}.8.1|2|1")) is None


# Bundles


def test_lacp_says_who_is_attached_and_who_only_selected(reply: Make) -> None:
    members = read_lag_members(
        reply(
            f"{LAG}.12.1|2|100", f"{LAG}.13.1|2|100", f"{LAG}.21.1|4x|bc", f"{LAG}.9.1|4x|020000000009",
            f"{LAG}.12.2|2|100", f"{LAG}.13.2|2|0", f"{LAG}.21.2|4x|a2", f"{LAG}.9.2|4x|000000000000",
            f"{LAG}.12.3|2|0", f"{LAG}.13.3|2|0", f"{LAG}.12.4|2|4", f"{LAG}.13.4|2|4",
        )
    )  # fmt: skip
    assert members is not None
    first, second = members
    assert (first.ifIndex, first.aggregate, first.attached, first.partner) == (1, 100, True, "02:00:00:00:00:09")
    assert first.state == ("lacpActivity", "aggregation", "synchronization", "collecting", "distributing")
    assert (second.ifIndex, second.aggregate, second.attached, second.partner) == (2, 100, False, None)
    assert second.state == ("lacpActivity", "aggregation", "defaulted")


def test_an_octet_of_the_lacpdu_is_read_as_the_bits_that_it_means() -> None:
    assert lacp_state(b"\x3d") == lacp_state(b"\xbc")
    assert lacp_state(b"\xa3") == ("lacpActivity", "aggregation", "defaulted", "expired")
    assert lacp_state(b"") is None


def test_lacp_goes_before_pagp_and_both_before_the_stack(reply: Make) -> None:
    rows = [(100, "Po1", 53), (200, "Vlan10", 53), (1, "Gi0/1", 6), (2, "Gi0/2", 6), (3, "Gi0/3", 6), (300, "ae0", 161)]
    lines = [f"{IFX}.1.{n}|4|{name}" for n, name, _ in rows] + [f"{IF}.3.{n}|2|{kind}" for n, _, kind in rows]
    lines += [f"{STACK}.{pair}|2|1" for pair in ("100.1", "100.2", "200.3", "0.100", "100.0", "300.3")]
    stack = read_lag_members(reply(*lines))
    assert stack is not None
    assert [(m.ifIndex, m.aggregate, m.known_by) for m in stack] == [
        (1, 100, "stack"),
        (2, 100, "stack"),
        (3, 300, "stack"),
    ]
    more = ["1.3.6.1.4.1.9.9.98.1.1.1.1.8.1|2|101", "1.3.6.1.4.1.9.9.98.1.1.1.1.8.2|2|101", f"{LAG}.13.2|2|102"]
    known = read_lag_members(reply(*lines, *more))
    assert known is not None
    assert [(m.ifIndex, m.aggregate, m.known_by) for m in known] == [
        (1, 101, "pagp"),
        (2, 102, "lacp"),
        (3, 300, "stack"),
    ]


def test_a_layer_that_is_not_in_service_binds_nothing(reply: Make) -> None:
    lines = [f"{IFX}.1.9|4|ae0", f"{IF}.3.9|2|161", f"{IFX}.1.1|4|xe-0", f"{IF}.3.1|2|6"]
    assert read_lag_members(reply(*lines, f"{STACK}.9.1|2|2")) == ()
    assert read_lag_members(reply(*lines)) is None


def test_real_bundles() -> None:
    poll = dump("nxos_lag-mib")
    ports = names_of(poll)
    raw = poll.columns[f"{LAG}.12"]
    members = read_lag_members(poll)
    assert members is not None
    assert {str(row.ifIndex): row.aggregate for row in members} == raw
    assert len(members) == 17
    assert {ports[row.aggregate] for row in members if ports[row.ifIndex] in ("Ethernet1/1", "Ethernet1/3")} == {
        "port-channel101"
    }
    assert read_table(poll, AggPort) is not None


@pytest.mark.parametrize(
    ("name", "pairs"),
    [("arista_eos_vrf", {("Ethernet1", "Port-Channel101"), ("Ethernet23", "Port-Channel1"), ("Ethernet24", "Port-Channel1")}),
     ("procurve", {("A1", "Trk1"), ("A2", "Trk1")}),
     ("ios_2960x", {("Gi1/0/52", "Po1"), ("Gi3/0/52", "Po1")}),
     ("iosxr_ncs55a2", {("TenGigE0/0/0/0", "Bundle-Ether1"), ("TenGigE0/0/0/1", "Bundle-Ether1")}),
     ("junos_mx5t-isis", set()), ("timos_7705", set())],
)  # fmt: skip
def test_real_bundles_by_their_stack(name: str, pairs: set[tuple[str, str]]) -> None:
    poll = dump(name)
    ports = names_of(poll)
    members = read_lag_members(poll)
    assert members is not None
    assert {(ports[row.ifIndex], ports[row.aggregate]) for row in members} == pairs


# Gateways


def test_hsrp_says_who_forwards_and_who_is_next(reply: Make) -> None:
    (group,) = read_fhrp(
        reply(
            f"{HSRP}.2.10.1|4|s3cret", f"{HSRP}.3.10.1|66|110", f"{HSRP}.11.10.1|64|10.10.10.1", f"{HSRP}.13.10.1|64|10.10.10.2",
            f"{HSRP}.14.10.1|64|10.10.10.3", f"{HSRP}.15.10.1|2|6",
        )
    ) or ()  # fmt: skip
    assert (group.protocol, group.ifIndex, group.group, group.state, group.priority) == ("hsrp", 10, 1, "active", 110)
    assert (group.addresses, group.forwarder, group.standby) == (("10.10.10.1",), "10.10.10.2", "10.10.10.3")


def test_passwords_of_gateways_are_in_no_list_of_columns() -> None:
    assert not {f"{HSRP}.2", f"{VRRP}.3.1.10"} & set(STANDARD_COLUMNS)
    assert f"{HSRP}.15" in STANDARD_COLUMNS


def test_vrrp_of_both_versions_is_one_group_for_each_ip_version(reply: Make) -> None:
    v6 = ".".join(map(str, bytes.fromhex("20010db8000000000000000000000001")))
    made = reply(
        f"{VRRP}.3.1.3.4.10|2|3", f"{VRRP}.3.1.5.4.10|2|120", f"{VRRP}.3.1.7.4.10|64|10.1.0.2", f"{VRRP}.4.1.2.4.10.10.1.0.1|2|1",
        f"{VRRP}.4.1.2.4.10.10.1|2|1", f"{VRRP}.4.1.2.4.11.10.1.0.9|2|1",
        f"{VRRP3}.1.1.6.4.10.1|2|2", f"{VRRP3}.1.1.7.4.10.1|66|100", f"{VRRP3}.2.1.2.4.10.1.4.10.1.0.1|2|1",
        f"{VRRP3}.1.1.6.4.10.2|2|3", f"{VRRP3}.1.1.3.4.10.2|4x|fe800000000000000000000000000002",
        f"{VRRP3}.2.1.2.4.10.2.16.{v6}|2|1", f"{VRRP3}.1.1.6.4.12.16|2|3",
    )  # fmt: skip
    four, six = read_fhrp(made) or ()
    assert (four.version, four.group, four.state, four.priority, four.addresses) == (
        4,
        10,
        "backup",
        100,
        ("10.1.0.1",),
    )
    assert (six.version, six.state, six.addresses, six.forwarder) == (6, "master", ("2001:db8::1",), "fe80::2")
    old = read_fhrp(
        reply(f"{VRRP}.3.1.3.4.10|2|3", f"{VRRP}.3.1.7.4.10|64|10.1.0.2", f"{VRRP}.4.1.2.4.10.10.1.0.1|2|1")
    )
    assert [(row.state, row.addresses, row.forwarder) for row in old or ()] == [("master", ("10.1.0.1",), "10.1.0.2")]


def test_real_hsrp_groups() -> None:
    poll = dump("ios_c3560")
    first, second = read_fhrp(poll) or ()
    assert (names_of(poll)[first.ifIndex], first.group, first.state) == ("Vl1", 0, "standby")
    assert (first.addresses, first.forwarder, first.standby) == (
        ("192.168.178.199",),
        "192.168.178.129",
        "192.168.178.113",
    )
    assert (second.state, second.forwarder) == ("initial", None)


# VLANs


def test_q_bridge_ports_by_what_is_in_force(reply: Make) -> None:
    made = reply(
        f"{BRIDGE}.1.4.1.2.1|2|11", f"{BRIDGE}.1.4.1.2.2|2|12", f"{BRIDGE}.1.4.1.2.3|2|13", f"{QBRIDGE}.4.5.1.1.1|66|10",
        f"{QBRIDGE}.4.2.1.4.0.10|4x|e0", f"{QBRIDGE}.4.2.1.5.0.10|4x|80", f"{QBRIDGE}.4.2.1.4.0.20|4x|40",
        f"{QBRIDGE}.4.2.1.5.0.20|4x|00", f"{QBRIDGE}.4.2.1.4.900.20|4x|60", f"{QBRIDGE}.4.2.1.5.900.20|4x|00",
        f"{QBRIDGE}.4.3.1.2.30|4x|ff", f"{QBRIDGE}.4.3.1.1.10|4|office",
    )  # fmt: skip
    assert vlans_of_ports(made) == {
        11: PortVlans(11, 10, (10,), ()),
        12: PortVlans(12, None, (), (10, 20)),
        13: PortVlans(13, None, (), (10, 20)),
    }
    assert vlan_names(made) == {10: "office", 20: "", 30: ""}


def test_what_a_bridge_does_not_serve_is_unknown(reply: Make) -> None:
    ports = [f"{BRIDGE}.1.4.1.2.1|2|11", f"{BRIDGE}.1.4.1.2.2|2|0"]
    assert vlans_of_ports(reply(*ports)) == {}
    assert vlans_of_ports(reply(*ports, f"{QBRIDGE}.4.5.1.1.1|66|10")) == {11: PortVlans(11, 10)}
    assert vlans_of_ports(reply(*ports, f"{QBRIDGE}.4.3.1.2.30|4x|80")) == {11: PortVlans(11, None, None, (30,))}


def test_port_lists_of_junos_are_numbers_and_a_bitmap_of_digits_stays_one(reply: Make) -> None:
    junos = [f"{BRIDGE}.1.4.1.2.{n}|2|{n - 4000}" for n in (4097, 4098, 4106)]
    junos += [f"{QBRIDGE}.4.3.1.2.23|4|4106,0,4097", f"{QBRIDGE}.4.3.1.2.24|4|4098", f"{QBRIDGE}.4.3.1.4.24|4|4098"]
    found = vlans_of_ports(reply(*junos))
    assert [(row.untagged, row.tagged) for row in found.values()] == [((), (23,)), ((24,), ()), ((), (23,))]
    plain = [f"{BRIDGE}.1.4.1.2.{n}|2|{n}" for n in range(1, 9)] + [f"{QBRIDGE}.4.3.1.2.30|4|8"]
    assert [port for port, row in vlans_of_ports(reply(*plain)).items() if row.tagged] == [3, 4, 5]


def test_cisco_trunks_carry_what_is_enabled_and_known(reply: Make) -> None:
    enabled = bytearray(128)
    for vlan in (1, 10, 20, 30):
        enabled[vlan // 8] |= 0x80 >> vlan % 8
    made = reply(
        f"{VTP}.6.1.1.4.101|4x|{enabled.hex()}", f"{VTP}.6.1.1.17.101|4x|40{'00' * 127}", f"{VTP}.6.1.1.5.101|2|10",
        f"{VTP}.6.1.1.14.101|2|1", f"{VTP}.6.1.1.5.102|2|1", f"{VTP}.6.1.1.14.102|2|2", f"{VTP}.6.1.1.14.103|2|2",
        f"{MEMBER}.2.2.1.2.102|2|20", f"{MEMBER}.5.1.1.1.102|2|110", f"{MEMBER}.2.2.1.2.104|2|20", f"{MEMBER}.5.1.1.1.104|2|4096",
        *(f"{VTP}.3.1.1.2.1.{vlan}|2|1" for vlan in (1, 10, 20, 1025)),
    )  # fmt: skip
    assert vlans_of_ports(made) == {
        101: PortVlans(101, 10, (10,), (1, 20, 1025), trunk=True),
        102: PortVlans(102, 20, (20,), (110,), trunk=False),
        104: PortVlans(104, 20, (20,), (), trunk=None),
    }


@pytest.mark.parametrize(
    "name", ["arista_eos_vrf", "comware_a5500", "dell-os10", "ios_2960x", "ios_c3560", "iosxe_c9500h-svl", "junos_qfx5100",
             "procurve", "voss_7432cq", "vrp_5720"],
)  # fmt: skip
def test_real_vlans_are_those_that_another_poller_found(name: str) -> None:
    assert set(vlan_names(dump(name))) == {row["vlan_vlan"] for row in expected(name, "vlans")}


@pytest.mark.parametrize(
    "name", ["arista_eos_vrf", "arubaos-cx_10.16", "boss_ers3510", "comware_a5500", "ios_2960x", "ios_c3560", "iosxe_c9500h-svl",
             "nxos_lag-mib", "procurve", "routeros_crs317"],
)  # fmt: skip
def test_real_ports_are_in_the_vlan_that_another_poller_found(name: str) -> None:
    """Huawei's are left out: there that poller takes bridge ports for ifIndexes, and dot1dBasePortIfIndex says otherwise."""
    found = vlans_of_ports(dump(name))
    stated = {
        row["ifIndex"]: int(row["ifVlan"])
        for row in expected(name, "ports")
        if row.get("ifVlan") not in (None, "", "0")
    }
    assert stated
    assert {port: found[port].pvid for port in stated} == stated


def test_real_trunks() -> None:
    found = vlans_of_ports(dump("ios_2960x"))
    stated = {row["ifIndex"] for row in expected("ios_2960x", "ports") if row.get("ifTrunk")}
    assert len(stated) == 6
    assert {port for port, row in found.items() if row.trunk} == stated


def test_real_junos_and_comware_ports() -> None:
    poll = dump("junos_qfx5100")
    ports = {name: row for name, row in DeviceState(poll).port_vlans.items() if row.untagged or row.tagged}
    assert ports["xe-0/0/0"].tagged == (23, 3856, 3884, 4002, 4004, 4005)
    assert (ports["ge-0/0/46"].pvid, ports["ge-0/0/46"].untagged, ports["ge-0/0/46"].tagged) == (3884, (3884,), ())
    comware = DeviceState(dump("comware_a5500")).port_vlans
    assert comware["GigabitEthernet1/0/3"].untagged == (10,)
    assert comware["GigabitEthernet1/0/1"].tagged == (10, 35, 41)


# Whatever is served

_MINE = [*LLDP_COLUMNS, *ISIS_COLUMNS, *columns_of(CdpNeighbor, AggPort, HsrpGroup, VrrpOper, VrrpAddress, Vrrp3Oper, Vrrp3Address, *VLAN_ROWS), f"{STACK}", f"{BRIDGE}.1.4.1.2",
         "1.0.8802.1.1.2.1.4.2.1.3", f"{QBRIDGE}.4.2.1.4", f"{QBRIDGE}.4.5.1.1"]  # fmt: skip
_ARCS = st.lists(st.integers(0, 300) | st.sampled_from([1, 2, 4, 16, 2**32 - 1]), min_size=1, max_size=24)
_VALUES = st.one_of(
    st.integers(0, 5),
    st.integers(-(2**31), 2**31),
    st.binary(max_size=20),
    st.sampled_from([b"1,2", b"9" * 5000, b"10", "1.3"]),
)


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_MINE), _ARCS, _VALUES), max_size=10))
def test_odd_rows_do_no_harm(cells: list[tuple[str, list[int], int | bytes | str]]) -> None:
    columns: dict[str, dict[str, int | bytes | str]] = {}
    for oid, arcs, value in cells:
        columns.setdefault(oid, {})[".".join(map(str, arcs))] = value
    poll = Reply("r1", AT, columns, "snmp:r1")
    state = DeviceState(poll)
    assert isinstance(vlans_of_ports(poll), dict)
    assert all(row.addresses is not None and row.names is not None for row in state.cdp_neighbors or ())
    for found in (state.lldp_remotes, state.isis_adjacencies, read_lag_members(poll), state.fhrp_groups):
        assert found is None or isinstance(found, tuple)
    assert isinstance(management_addresses(poll), dict)
    assert isinstance(vlan_names(poll), dict)
