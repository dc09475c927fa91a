"""Typed rows of the standard tables, from small recordings written by hand from the MIBs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.snmp import (
    STANDARD_COLUMNS,
    BgpPath,
    BgpPeer,
    BridgePort,
    EntitySensor,
    EtherLike,
    HostSystem,
    Interface,
    LldpLocalPort,
    LldpRemote,
    LldpRemoteAddress,
    OspfArea,
    OspfInterface,
    OspfLsdb,
    OspfNeighbor,
    PhysicalEntity,
    PingResult,
    Process,
    Processor,
    RecordingFile,
    Reply,
    Storage,
    StpGeneral,
    StpPort,
    System,
    VlanCurrent,
    counter_delta,
    read_addresses,
    read_arp,
    read_fdb,
    read_listeners,
    read_routes,
    read_table,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"


@pytest.fixture
def reply(tmp_path: Path) -> object:
    def make(*lines: str) -> Reply:
        path = tmp_path / "poll.snmprec"
        path.write_text("\n".join(lines) + "\n")
        return RecordingFile(path).reply("r1", AT, STANDARD_COLUMNS)

    return make


def one(reply: object, row: type, *lines: str) -> object:
    rows: tuple[object, ...] | None = read_table(reply(*lines), row)  # type: ignore[operator]
    assert rows is not None
    assert len(rows) == 1
    return rows[0]


def test_what_is_not_served_is_unknown_never_zero(reply: object) -> None:
    made = reply(f"{IF}.8.3|2|2")  # type: ignore[operator]
    assert read_table(made, OspfNeighbor) is None
    assert read_routes(made) is None
    assert read_addresses(made) is None
    assert read_listeners(made).udp is None
    (row,) = read_table(made, Interface) or ()
    assert (row.ifOperStatus, row.ifAdminStatus, row.ifMtu, row.speed_bps, row.in_octets) == (
        "down",
        None,
        None,
        None,
        None,
    )


def test_an_interface_joins_both_tables(reply: object) -> None:
    row = one(
        reply, Interface,
        f"{IF}.2.7|4|GigabitEthernet0/1", f"{IF}.3.7|2|6", f"{IF}.4.7|2|1500", f"{IF}.5.7|66|4294967295",
        f"{IF}.6.7|4x|aabbccddeeff", f"{IF}.7.7|2|1", f"{IF}.8.7|2|7", f"{IF}.10.7|65|5", f"{IFX}.1.7|4|Gi0/1",
        f"{IFX}.6.7|70|5000000000", f"{IFX}.15.7|66|10000", f"{IFX}.18.7|4|to core",
    )  # fmt: skip
    assert isinstance(row, Interface)
    assert (row.name, row.ifDescr, row.ifType) == ("Gi0/1", "GigabitEthernet0/1", "ethernetCsmacd")
    assert (row.ifPhysAddress, row.ifOperStatus, row.ifAlias) == ("aa:bb:cc:dd:ee:ff", "lowerLayerDown", "to core")
    assert (row.speed_bps, row.in_octets) == (10_000_000_000, 5_000_000_000)


@pytest.mark.parametrize(
    ("speed", "high", "expected"),
    [("4294967295", None, None), ("100000000", None, 100_000_000), ("0", None, None), ("4294967295", "40000", 40_000_000_000),
     ("10000000", "0", 10_000_000), (None, None, None)],
)  # fmt: skip
def test_speed_is_null_where_the_mib_says_that_it_cannot_tell(
    reply: object, speed: str | None, high: str | None, expected: int | None
) -> None:
    lines = [f"{IF}.8.1|2|1"]
    lines += [f"{IF}.5.1|66|{speed}"] if speed else []
    lines += [f"{IFX}.15.1|66|{high}"] if high else []
    row = one(reply, Interface, *lines)
    assert isinstance(row, Interface)
    assert row.speed_bps == expected


def test_names_keep_every_byte_but_control_characters(reply: object) -> None:
    row = one(reply, Interface, f"{IFX}.1.1|4x|65746820312f302c07206e", f"{IF}.8.1|2|1")
    assert isinstance(row, Interface)
    assert row.name == "eth 1/0,? n"


@pytest.mark.parametrize(
    ("before", "now", "bits", "expected"),
    [(5, 9, 32, 4), (2**32 - 6, 4, 32, 10), (2**32 - 6, 4, 64, None), (1000, 4, 32, None), (7, 7, 64, 0)],
)
def test_counters_wrap_or_start_over(before: int, now: int, bits: int, expected: int | None) -> None:
    assert counter_delta(before, now, bits) == expected


def test_lldp_ids_are_read_by_their_subtype(reply: object) -> None:
    remote = "1.0.8802.1.1.2.1.4.1.1"
    rows = read_table(
        reply(  # type: ignore[operator]
            f"{remote}.4.0.3.1|2|4", f"{remote}.5.0.3.1|4x|367894d8c336", f"{remote}.6.0.3.1|2|5", f"{remote}.7.0.3.1|4|eth2",
            f"{remote}.9.0.3.1|4|core1.example.net",
            f"{remote}.4.900.4.2|2|5", f"{remote}.5.900.4.2|4x|010a000001", f"{remote}.6.900.4.2|2|3",
            f"{remote}.7.900.4.2|4x|0800690203ff", f"{remote}.9.900.4.2|4|",
            "1.0.8802.1.1.2.1.3.7.1.2.3|2|5", "1.0.8802.1.1.2.1.3.7.1.3.3|4|ge-0/0/0",
            "1.0.8802.1.1.2.1.4.2.1.3.0.3.1.1.4.10.0.0.9|2|2",
        ),
        LldpRemote,
    )  # fmt: skip
    assert rows is not None
    first, second = rows
    assert (first.lldpRemLocalPortNum, first.lldpRemChassisId, first.lldpRemPortId) == (3, "36:78:94:d8:c3:36", "eth2")
    assert first.lldpRemSysName == "core1.example.net"
    assert (second.lldpRemLocalPortNum, second.lldpRemChassisId, second.lldpRemPortId) == (
        4,
        "10.0.0.1",
        "08:00:69:02:03:ff",
    )


def test_lldp_local_ports_and_management_addresses(reply: object) -> None:
    port = one(reply, LldpLocalPort, "1.0.8802.1.1.2.1.3.7.1.2.3|2|5", "1.0.8802.1.1.2.1.3.7.1.3.3|4|ge-0/0/0")
    assert isinstance(port, LldpLocalPort)
    assert (port.lldpLocPortNum, port.lldpLocPortId) == (3, "ge-0/0/0")
    address = one(reply, LldpRemoteAddress, "1.0.8802.1.1.2.1.4.2.1.3.0.3.1.1.4.10.0.0.9|2|2")
    assert isinstance(address, LldpRemoteAddress)
    assert (address.lldpRemLocalPortNum, address.address) == (3, "10.0.0.9")


def test_ospf_rows(reply: object) -> None:
    ospf = "1.3.6.1.2.1.14"
    neighbor = one(reply, OspfNeighbor, f"{ospf}.10.1.3.10.1.2.2.0|64|10.0.0.11", f"{ospf}.10.1.6.10.1.2.2.0|2|5")
    assert isinstance(neighbor, OspfNeighbor)
    assert (neighbor.ospfNbrIpAddr, neighbor.ospfNbrAddressLessIndex) == ("10.1.2.2", 0)
    assert (neighbor.ospfNbrRtrId, neighbor.ospfNbrState) == ("10.0.0.11", "exchangeStart")
    own = one(
        reply,
        OspfInterface,
        f"{ospf}.7.1.3.10.1.2.1.0|64|0.0.0.1",
        f"{ospf}.7.1.9.10.1.2.1.0|2|10",
        f"{ospf}.7.1.12.10.1.2.1.0|2|4",
    )
    assert isinstance(own, OspfInterface)
    assert (own.ospfIfIpAddress, own.ospfIfAreaId, own.ospfIfHelloInterval, own.ospfIfState) == (
        "10.1.2.1",
        "0.0.0.1",
        10,
        "pointToPoint",
    )
    lsa = one(reply, OspfLsdb, f"{ospf}.4.1.8.0.0.0.0.1.10.0.0.1.10.0.0.2|4x|0001")
    assert isinstance(lsa, OspfLsdb)
    assert (lsa.ospfLsdbAreaId, lsa.ospfLsdbType, lsa.ospfLsdbLsid, lsa.ospfLsdbRouterId) == (
        "0.0.0.0",
        1,
        "10.0.0.1",
        "10.0.0.2",
    )
    area = one(reply, OspfArea, f"{ospf}.2.1.4.0.0.0.2|65|63")
    assert isinstance(area, OspfArea)
    assert (area.ospfAreaId, area.ospfSpfRuns) == ("0.0.0.2", 63)


@pytest.mark.parametrize(("served", "meant"), [(65001, 65001), (-94905049, 4200062247), (23456, None)])
def test_as_numbers_of_four_octets(reply: object, served: int, meant: int | None) -> None:
    peer = one(reply, BgpPeer, f"1.3.6.1.2.1.15.3.1.9.10.0.0.2|2|{served}")
    assert isinstance(peer, BgpPeer)
    assert peer.bgpPeerRemoteAs == meant


def test_bgp_rows(reply: object) -> None:
    bgp = "1.3.6.1.2.1.15"
    peer = one(
        reply, BgpPeer, f"{bgp}.3.1.2.10.0.0.2|2|3", f"{bgp}.3.1.9.10.0.0.2|2|65001", f"{bgp}.3.1.14.10.0.0.2|4x|0202"
    )
    assert isinstance(peer, BgpPeer)
    assert (peer.bgpPeerRemoteAddr, peer.bgpPeerState, peer.bgpPeerRemoteAs, peer.bgpPeerLastError) == (
        "10.0.0.2",
        "active",
        65001,
        "0202",
    )
    path = one(
        reply, BgpPath, f"{bgp}.6.1.6.192.0.2.0.24.10.0.0.2|64|10.0.0.2", f"{bgp}.6.1.13.192.0.2.0.24.10.0.0.2|2|2"
    )
    assert isinstance(path, BgpPath)
    assert (path.prefix, path.bgp4PathAttrPeer, path.bgp4PathAttrBest) == ("192.0.2.0/24", "10.0.0.2", "true")


def test_addresses_of_both_ip_versions_and_both_tables(reply: object) -> None:
    v6 = ".".join(map(str, bytes.fromhex("20010db8000000000000000000000001")))
    made = reply(  # type: ignore[operator]
        "1.3.6.1.2.1.4.20.1.2.10.1.2.1|2|3", "1.3.6.1.2.1.4.20.1.3.10.1.2.1|64|255.255.255.252",
        f"1.3.6.1.2.1.4.34.1.3.2.16.{v6}|2|4", f"1.3.6.1.2.1.4.34.1.5.2.16.{v6}|6|1.3.6.1.2.1.4.32.1.5.4.2.16.{v6}.64",
    )  # fmt: skip
    assert [(a.ifIndex, a.address, a.prefix_length) for a in read_addresses(made) or ()] == [
        (3, "10.1.2.1", 30), (4, "2001:db8::1", 64),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ["1.3.6.1.2.1.4.24.7.1.7.1.4.10.9.0.0.16.2.0.0.1.4.10.1.2.2|2|3",
         "1.3.6.1.2.1.4.24.7.1.8.1.4.10.9.0.0.16.2.0.0.1.4.10.1.2.2|2|4",
         "1.3.6.1.2.1.4.24.7.1.9.1.4.10.9.0.0.16.2.0.0.1.4.10.1.2.2|2|13"],
        ["1.3.6.1.2.1.4.24.4.1.5.10.9.0.0.255.255.0.0.0.10.1.2.2|2|3", "1.3.6.1.2.1.4.24.4.1.6.10.9.0.0.255.255.0.0.0.10.1.2.2|2|4",
         "1.3.6.1.2.1.4.24.4.1.7.10.9.0.0.255.255.0.0.0.10.1.2.2|2|13"],
        ["1.3.6.1.2.1.4.21.1.2.10.9.0.0|2|3", "1.3.6.1.2.1.4.21.1.7.10.9.0.0|64|10.1.2.2", "1.3.6.1.2.1.4.21.1.8.10.9.0.0|2|4",
         "1.3.6.1.2.1.4.21.1.9.10.9.0.0|2|13", "1.3.6.1.2.1.4.21.1.11.10.9.0.0|64|255.255.0.0"],
    ],
)  # fmt: skip
def test_routes_are_the_same_in_each_of_the_three_tables(reply: object, lines: list[str]) -> None:
    (route,) = read_routes(reply(*lines)) or ()  # type: ignore[operator]
    assert (route.prefix, route.next_hop, route.ifIndex, route.type, route.proto) == (
        "10.9.0.0/16",
        "10.1.2.2",
        3,
        "remote",
        "ospf",
    )


def test_listeners_are_merged_over_old_and_new_tables(reply: object) -> None:
    made = reply(  # type: ignore[operator]
        "1.3.6.1.2.1.7.5.1.2.0.0.0.0.53|2|53", "1.3.6.1.2.1.7.7.1.8.1.4.10.0.0.1.67.0.0.0.0|66|4",
        "1.3.6.1.2.1.6.13.1.1.0.0.0.0.80.0.0.0.0.0|2|2", "1.3.6.1.2.1.6.13.1.1.10.0.0.1.80.10.0.0.2.4000|2|5",
        "1.3.6.1.2.1.6.20.1.4.2.16.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.443|66|9",
    )  # fmt: skip
    found = read_listeners(made)
    assert [(row.address, row.port) for row in found.udp or ()] == [("0.0.0.0", 53), ("10.0.0.1", 67)]
    assert [(row.address, row.port) for row in found.tcp or ()] == [("0.0.0.0", 80), ("::", 443)]


def test_arp_and_forwarding_tables(reply: object) -> None:
    made = reply(  # type: ignore[operator]
        "1.3.6.1.2.1.4.22.1.2.3.10.1.2.2|4x|020000000001",
        "1.3.6.1.2.1.17.7.1.2.2.1.2.10.2.0.0.0.0.1|2|4", "1.3.6.1.2.1.17.7.1.2.2.1.3.10.2.0.0.0.0.1|2|3",
    )  # fmt: skip
    assert [(e.ifIndex, e.address, e.mac) for e in read_arp(made) or ()] == [(3, "10.1.2.2", "02:00:00:00:00:01")]
    assert [(e.mac, e.vlan, e.port, e.status) for e in read_fdb(made) or ()] == [
        ("02:00:00:00:00:01", 10, 4, "learned")
    ]


def test_bridge_and_spanning_tree(reply: object) -> None:
    port = one(reply, BridgePort, "1.3.6.1.2.1.17.1.4.1.2.5|2|12")
    assert isinstance(port, BridgePort)
    assert (port.dot1dBasePort, port.dot1dBasePortIfIndex) == (5, 12)
    tree = one(reply, StpGeneral, "1.3.6.1.2.1.17.2.5.0|4x|8000020000000001", "1.3.6.1.2.1.17.2.4.0|65|3")
    assert isinstance(tree, StpGeneral)
    assert (tree.dot1dStpDesignatedRoot, tree.dot1dStpTopChanges) == ("8000020000000001", 3)
    state = one(reply, StpPort, "1.3.6.1.2.1.17.2.15.1.3.5|2|2")
    assert isinstance(state, StpPort)
    assert (state.dot1dStpPort, state.dot1dStpPortState) == (5, "blocking")
    vlan = one(reply, VlanCurrent, "1.3.6.1.2.1.17.7.1.4.2.1.4.0.10|4x|8140")
    assert isinstance(vlan, VlanCurrent)
    assert (vlan.dot1qVlanIndex, vlan.egress_ports) == (10, (1, 8, 10))


def test_hosts(reply: object) -> None:
    hr = "1.3.6.1.2.1.25"
    assert one(reply, Processor, f"{hr}.3.3.1.2.9|2|87") == Processor(9, 87)
    disk = one(
        reply, Storage, f"{hr}.2.3.1.2.4|6|1.3.6.1.2.1.25.2.1.4", f"{hr}.2.3.1.5.4|2|100", f"{hr}.2.3.1.6.4|2|99"
    )
    assert isinstance(disk, Storage)
    assert (disk.hrStorageType, disk.hrStorageSize, disk.hrStorageUsed) == ("hrStorageFixedDisk", 100, 99)
    process = one(reply, Process, f"{hr}.4.2.1.2.77|4|named", f"{hr}.4.2.1.7.77|2|1")
    assert isinstance(process, Process)
    assert (process.hrSWRunIndex, process.hrSWRunName, process.hrSWRunStatus) == (77, "named", "running")
    assert one(reply, HostSystem, f"{hr}.1.1.0|67|500") == HostSystem(500)
    assert one(reply, System, "1.3.6.1.2.1.1.3.0|67|4200", "1.3.6.1.2.1.1.5.0|4|r1") == System(
        sysUpTime=4200, sysName="r1"
    )


def test_entities_sensors_and_pings(reply: object) -> None:
    entity = one(reply, PhysicalEntity, "1.3.6.1.2.1.47.1.1.1.1.5.8|2|7", "1.3.6.1.2.1.47.1.1.1.1.7.8|4|Fan 1")
    assert isinstance(entity, PhysicalEntity)
    assert (entity.entPhysicalIndex, entity.entPhysicalClass, entity.entPhysicalName) == (8, "fan", "Fan 1")
    sensor = "1.3.6.1.2.1.99.1.1.1"
    milli = one(
        reply,
        EntitySensor,
        f"{sensor}.1.8|2|4",
        f"{sensor}.2.8|2|8",
        f"{sensor}.3.8|2|1",
        f"{sensor}.4.8|2|33041",
        f"{sensor}.5.8|2|1",
    )
    assert isinstance(milli, EntitySensor)
    assert milli.entPhySensorType == "voltsDC"
    assert milli.reading == pytest.approx(3.3041)
    ping = "1.3.6.1.2.1.80.1"
    index = "3.110.111.99.2.104.52"  # "noc", "h4", each with its length before it
    result = one(
        reply,
        PingResult,
        f"{ping}.2.1.4.{index}|4x|0a000004",
        f"{ping}.3.1.7.{index}|66|3",
        f"{ping}.3.1.8.{index}|66|10",
    )
    assert isinstance(result, PingResult)
    assert (result.pingCtlOwnerIndex, result.pingCtlTestName, result.pingCtlTargetAddress) == ("noc", "h4", "10.0.0.4")
    assert (result.pingResultsProbeResponses, result.pingResultsSentProbes) == (3, 10)


def test_duplex_and_frame_errors(reply: object) -> None:
    row = one(reply, EtherLike, "1.3.6.1.2.1.10.7.2.1.3.4|65|12", "1.3.6.1.2.1.10.7.2.1.19.4|2|2")
    assert isinstance(row, EtherLike)
    assert (row.dot3StatsFCSErrors, row.dot3StatsDuplexStatus) == (12, "halfDuplex")
