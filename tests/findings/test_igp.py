"""What the IGP detectors read of LSAs and counters, and what they leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from noc_agent.evidence import Finding
from noc_agent.findings import sweep
from noc_agent.findings.daemons import daemon_name
from noc_agent.findings.line_counts import frames_arrive, sends_hellos
from noc_agent.findings.lsdb import POINT_TO_POINT, STUB, LsaLink, decode
from noc_agent.findings.ospf_pairs import ospf_pairs
from noc_agent.site.model import End
from noc_agent.snmp import Process
from tests.findings.test_balance import look
from tests.igp_site import NAMES, OSPF, OSPF_IF, OSPF_NBR, Ring

LSA = bytes.fromhex(
    "0005 02 01 ac1f0001 ac1f0001 80000004 1234 0030 0000 0002 ac1f0002 ac140001 01 00 000a ac140000 fffffffc 03 00 0014"
)


def findings(ring: Ring, folder: Path, *, baseline: bool = True) -> dict[tuple[str, str], Finding]:
    return {(f.kind, f.resource): f for f in sweep(look(ring.write(folder / "case", baseline=baseline)))}


def test_a_router_lsa_is_decoded_as_rfc_2328_lays_it_out() -> None:
    lsa = decode("0.0.0.0", LSA)
    assert lsa is not None
    assert (lsa.router, lsa.age, lsa.sequence) == ("172.31.0.1", 5, 4 - 2**31)
    assert lsa.links == (
        LsaLink(POINT_TO_POINT, "172.31.0.2", "172.20.0.1", 10),
        LsaLink(STUB, "172.20.0.0", "255.255.255.252", 20),
    )


def test_metrics_for_types_of_service_are_skipped() -> None:
    with_tos = bytearray(LSA[:20] + LSA[20:24] + LSA[24:36] + b"\x08\x00\x00\x63" + LSA[36:])
    with_tos[33], with_tos[18:20] = 1, len(with_tos).to_bytes(2, "big")
    lsa = decode("0.0.0.0", bytes(with_tos))
    assert lsa is not None
    assert [link.cost for link in lsa.links] == [10, 20]


@pytest.mark.parametrize("length", [0, 19, 23, 30, 47])
def test_octets_that_end_too_early_are_no_lsa(length: int) -> None:
    assert decode("0.0.0.0", LSA[:length]) is None


def test_another_type_of_lsa_is_no_router_lsa() -> None:
    assert decode("0.0.0.0", LSA[:3] + b"\x02" + LSA[4:]) is None


@pytest.mark.parametrize(
    ("name", "daemon"),
    [
        ("/usr/lib/frr/ospfd", "ospfd"),
        ("OSPF-1 Hello", "ospf"),
        ("Ospf", "ospf"),
        ("rpd", "rpd"),
        ("BGP Router", "bgp"),
    ],
)
def test_a_process_is_known_by_its_daemon(name: str, daemon: str) -> None:
    assert daemon_name(Process(1, name)) == daemon


def test_units_are_paired_by_their_ports(tmp_path: Path) -> None:
    pairs = ospf_pairs(look(Ring().write(tmp_path / "case")))
    assert {pair.resource for pair in pairs} == {Ring().link(n, 1) for n in range(4)}
    assert all(pair.adjacent and pair.ports_up for pair in pairs)


@pytest.mark.parametrize(
    ("multicast", "expected"), [(40, True), (30, True), (10, False), (0, False)], ids=["all", "hellos", "lldp", "none"]
)
def test_hellos_are_counted_among_multicast(tmp_path: Path, multicast: int, expected: bool) -> None:
    ring = Ring()
    ring.lose(0, 1)
    ring.sent(0, 1, 5000, multicast)
    network = look(ring.write(tmp_path / "case"))
    side = next(side for pair in ospf_pairs(network) for side in pair.sides if side.port == End(NAMES[0], ring.name(1)))
    assert sends_hellos(network, side) is expected


@pytest.mark.parametrize(
    ("packets", "expected"), [(5, False), (40, True), (5000, None)], ids=["few", "as many", "busy"]
)
def test_where_multicast_is_not_counted_only_a_quiet_line_tells(
    tmp_path: Path, packets: int, expected: bool | None
) -> None:
    ring = Ring(multicast=False)
    ring.lose(0, 1)
    ring.sent(0, 1, packets, 0)
    network = look(ring.write(tmp_path / "case"))
    side = next(side for pair in ospf_pairs(network) for side in pair.sides if side.port == End(NAMES[0], ring.name(1)))
    assert sends_hellos(network, side) is expected


def test_nothing_is_said_of_hellos_while_the_neighbor_is_there(tmp_path: Path) -> None:
    ring = Ring()
    ring.sent(0, 1, 0, 0)
    network = look(ring.write(tmp_path / "case"))
    assert all(sends_hellos(network, side) is None for pair in ospf_pairs(network) for side in pair.sides)


@pytest.mark.parametrize(("arrived", "expected"), [(True, True), (False, False)])
def test_frames_of_one_end_are_looked_for_at_the_other(tmp_path: Path, arrived: bool, expected: bool) -> None:
    ring = Ring()
    ring.sent(0, 1, 300, 40, arrived=arrived)
    network = look(ring.write(tmp_path / "case"))
    ends = [End(NAMES[n], ring.name(port)) for n, port in ((0, 1), ring.far(0, 1))]
    assert frames_arrive(network, ends[0], ends[1]) is expected


def test_a_table_that_is_not_served_is_not_a_neighbor_lost_nor_ospf_off(tmp_path: Path) -> None:
    ring = Ring()
    ring.unserved(1, OSPF)
    ring.lsdb = False
    ring.unserved(2, OSPF_IF)
    assert not {kind for kind, _ in findings(ring, tmp_path)} & {
        "ospf_off",
        "adjacency_silent",
        "table_gone",
        "one_way",
    }


def test_a_port_that_lost_its_address_is_not_taken_out_of_ospf(tmp_path: Path) -> None:
    ring = Ring()
    ring.off(0, 1)
    ring.lose(0, 1)
    for rows in ring.now(0):
        for column in (2, 3):
            del rows[f"1.3.6.1.2.1.4.20.1.{column}.{ring.address(0, 1)}"]
    assert ("ospf_off", ring.interface(0, 1)) not in findings(ring, tmp_path)


def test_a_port_that_just_came_up_is_forming_its_adjacency(tmp_path: Path) -> None:
    ring = Ring()
    ring.lose(0, 1)
    for rows in ring.now(0):
        up = int(rows["1.3.6.1.2.1.1.3.0"].partition("|")[2])
        rows["1.3.6.1.2.1.2.2.1.9.1"] = f"67|{up - 1000}"
    silent = [f for (kind, _), f in findings(ring, tmp_path).items() if kind == "adjacency_silent"]
    assert [f.significant for f in silent] == [False]


def test_a_line_that_carries_nothing_either_way_is_not_silence(tmp_path: Path) -> None:
    ring = Ring()
    ring.lose(0, 1)
    for end in ((0, 1), ring.far(0, 1)):
        ring.sent(*end, 100, 40, arrived=False)
    assert not {kind for kind, _ in findings(ring, tmp_path)} & {"adjacency_silent", "one_way"}


def test_init_at_both_ends_is_no_one_way_line(tmp_path: Path) -> None:
    ring = Ring()
    for end in ((0, 1), ring.far(0, 1)):
        ring.neighbor(*end, 3)
    assert "one_way" not in {kind for kind, _ in findings(ring, tmp_path)}


def test_a_cost_that_follows_the_speed_is_a_symptom(tmp_path: Path) -> None:
    ring = Ring()
    ring.costs[0, 1] = 40
    for rows in ring.now(0):
        rows["1.3.6.1.2.1.31.1.1.1.15.501"] = "66|2500"
    changed = findings(ring, tmp_path)["cost_changed", ring.link(0, 1)]
    assert (changed.significant, changed.starts) == (False, False)


def test_a_cost_stated_lately_that_no_other_link_has_stands_out_without_a_poll_from_before(tmp_path: Path) -> None:
    ring = Ring()
    ring.costs[2, 1] = 700
    found = findings(ring, tmp_path, baseline=False)
    assert found["cost_changed", ring.link(2, 1)].facts["owner"] == NAMES[2]


def test_an_unfinished_neighbor_row_of_another_router_on_the_line_is_not_the_far_end(tmp_path: Path) -> None:
    ring = Ring()
    for rows in ring.now(0):
        rows |= {f"{OSPF_NBR}.3.172.20.0.9.0": "64|172.31.9.9", f"{OSPF_NBR}.6.172.20.0.9.0": "2|3"}
    assert not {kind for kind, _ in findings(ring, tmp_path)} & {"one_way", "adjacency_silent"}
