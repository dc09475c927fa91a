"""Simulated polls look as real ones do: against the lab's recordings, and against dumps of the makes that are simulated."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.cases import unpack
from tests.simulated.case import BASELINE, simulate
from tests.simulated.dress import dress
from tests.simulated.dumps import Dump, broken, merged, parse, read_dump
from tests.simulated.large import DRAWERS, draw

pytestmark = pytest.mark.timeout(400)  # the recordings are unpacked once
KINDS = ("router", "switch", "host")
NOT_WALKED = {"1.3.6.1.6.3.10.2.1.3.0", "1.3.6.1.4.1.2021.4.5.0", "1.3.6.1.4.1.2021.4.6.0", "1.3.6.1.4.1.2021.11.11.0"}
"snmpEngineTime and net-snmp's own: the lab walks neither, real ones below and `shared/data/cases` have them."
REAL = {
    "ios": ("ios_2960x", "ios_c3560", "iosxe_c1100tgx", "iosxe_c9500h-svl"), "nxos": ("nxos_lag-mib",), "eos": ("arista_eos_vrf",),
    "junos": ("junos_mx5t-isis", "junos_qfx5100"), "vrp": ("vrp_5720", "vrp_s5328c-ei"), "sros": ("timos_7705",),
    "linux": ("linux_powermon", "cumulus_cumulus"),
}  # fmt: skip
ODD = {
    ("sros", ("bgpPeerEntry", 19)),  # that one sends bgpPeerKeepAlive as Gauge32, which RFC 4273 has as INTEGER
    ("linux", ("ipAddressEntry", 3)),  # that recording holds its IPv6 addresses alone
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Dump]]:
    """The last poll before the incident of each device of the training set, by what the device is."""
    found = defaultdict(list)
    for case in sorted(unpack("train", tmp_path_factory.mktemp("lab")).iterdir())[::6]:
        devices = yaml.safe_load((case / "site.yaml").read_text())["devices"]
        for folder in (case / "snmp").iterdir():
            said = devices[folder.name]
            kind = "router" if said.get("platform") == "frr" else "switch" if said["role"] == "switch" else "host"
            found[kind].append(read_dump(sorted(folder.iterdir())[1]))
    return found


@pytest.fixture(scope="module")
def simulated() -> dict[str, dict[str, list[Dump]]]:
    """Baselines of sites of every make, by platform and by what the device is."""
    found: dict[str, dict[str, list[Dump]]] = defaultdict(lambda: defaultdict(list))
    for kind, seed in _sites():
        run = simulate(draw(kind, seed, 20), seed, [], noise=False)
        baseline = sorted({time for _, time in run.dumps})[BASELINE]
        for device in run.world.devices.values():
            what = "switch" if device.is_switch else "router" if device.node.is_router else "host"
            dump = run.dumps.get((device.name, baseline))
            if dump:
                found[device.vendor.platform][what].append(parse(gzip.decompress(dump).decode().splitlines()))
    return found


def _sites() -> Iterator[tuple[str, int]]:
    """Few that have every make as a router, and Linux as a switch too."""
    wanted = {(platform, "core") for platform in ("ios", "nxos", "junos", "eos", "vrp", "sros", "frr")}
    wanted |= {(platform, "switch") for platform in ("ios", "eos", "vrp", "linux")}
    for seed in range(60):
        for kind in sorted(DRAWERS):
            nodes = dress(draw(kind, seed, 20), seed).nodes
            has = {
                (node.platform, "switch" if node.role == "switch" else "core") for node in nodes if node.address
            } & wanted
            if has:
                wanted -= has
                yield kind, seed
    assert wanted == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_simulated_linux_box_serves_the_tables_of_the_labs(
    kind: str, lab: dict[str, list[Dump]], simulated: dict[str, dict[str, list[Dump]]]
) -> None:
    real, made = merged(lab[kind]), merged(simulated["frr" if kind == "router" else "linux"][kind])
    assert made.tables == real.tables
    assert (
        made.scalars.items() - real.scalars.items() - {(oid, made.scalars.get(oid, "")) for oid in NOT_WALKED} == set()
    )
    for column, types in made.types.items():
        assert types <= real.types[column], column
        assert made.forms(column) <= real.forms(column), column


@pytest.mark.parametrize("kind", KINDS)
def test_the_relations_that_simulated_tables_keep_hold_in_the_lab(kind: str, lab: dict[str, list[Dump]]) -> None:
    assert [problem for dump in lab[kind] for problem in broken(dump)] == []


def test_simulated_tables_keep_the_relations(simulated: dict[str, dict[str, list[Dump]]]) -> None:
    for platform, kinds in simulated.items():
        for dumps in kinds.values():
            assert [f"{platform}: {problem}" for dump in dumps for problem in broken(dump)] == []


def test_a_relation_that_is_broken_is_found(simulated: dict[str, dict[str, list[Dump]]]) -> None:
    def damaged(number: int, table: str, index: str, value: str) -> list[str]:
        dump = merged([simulated["frr"]["router"][0]])
        dump.cells[table, number][index] = value
        return broken(dump)

    assert any("ifXEntry" in line for line in damaged(1, "ifXEntry", "77", "ghost0"))
    assert any("ipAddrEntry names" in line for line in damaged(2, "ipAddrEntry", "127.0.0.1", "78"))
    assert any("no subnet" in line for line in damaged(2, "ipNetToMediaEntry", "2.192.0.2.9", "020000000001"))
    assert any("OSPF interface" in line for line in damaged(1, "ospfNbrEntry", "192.0.2.9.0", "192.0.2.9"))
    assert any("lldpRemEntry" in line for line in damaged(5, "lldpRemEntry", "0.99.1", "020000000001"))


@pytest.mark.parametrize("platform", sorted(REAL))
def test_columns_look_as_those_of_a_real_device_of_the_make(
    platform: str, simulated: dict[str, dict[str, list[Dump]]], shared: Path
) -> None:
    real = merged(read_dump(shared / f"data/snmprec/{name}.snmprec.gz") for name in REAL[platform])
    made = merged(dump for dumps in simulated[platform].values() for dump in dumps)
    both = [column for column in made.types if column in real.types and (platform, column) not in ODD]
    assert len(both) > 20
    for column in both:
        assert made.types[column] <= real.types[column], column
        assert made.forms(column) <= real.forms(column), column
