"""What the platform files find on dumps of 30 real devices, against what a mature poller lists and the raw dumps."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from noc_agent.snmp import Interface, read_table
from noc_agent.snmp.platforms import KINDS, Platform, bundled_platforms, load_platforms, readings
from tests.snmp.platforms.score import DUMPS, Score, dumps, expected, poll, score

pytestmark = pytest.mark.skipif(not DUMPS.is_dir(), reason="the shared dumps are not beside this checkout")
ADMIN = {"1": "up", "2": "down", "3": "testing"}
OPER = {
    "1": "up", "2": "down", "3": "testing", "4": "unknown", "5": "dormant", "6": "notPresent", "7": "lowerLayerDown",
}  # fmt: skip
IF, IFX = "1.3.6.1.2.1.2.2.1.", "1.3.6.1.2.1.31.1.1.1."
SLOWEST_MS = 60.0  # of one device's readings, on a machine that does other things as well


@cache
def platforms() -> tuple[Platform, ...]:
    found, problems = load_platforms([bundled_platforms()])
    assert problems == ()
    return found


@cache
def scored(name: str) -> Score:
    return score(name, platforms())


def share(section: str, names: tuple[str, ...]) -> float:
    counts = [scored(name).count(section) for name in names]
    return sum(found for found, _ in counts) / sum(wanted for _, wanted in counts)


def test_processors_and_memory_of_at_least_nine_in_ten_are_found() -> None:
    assert share("processors", dumps()) >= 0.9
    assert share("mempools", dumps()) >= 0.9


def test_at_least_four_sensors_in_five_are_found() -> None:
    assert share("sensors", dumps()) >= 0.8


def test_cpu_and_memory_are_found_on_at_least_twenty_platforms() -> None:
    lists = {name: [scored(name).count(section) for section in ("processors", "mempools")] for name in dumps()}
    found = {
        name.partition("_")[0]
        for name, counts in lists.items()
        if any(wanted for _, wanted in counts) and all(hits >= 0.9 * wanted for hits, wanted in counts)
    }
    assert len(found) >= 20


@pytest.mark.parametrize("name", dumps())
def test_readings_say_what_they_are_and_no_cell_is_read_twice(name: str) -> None:
    rows = scored(name).readings
    assert len({(row.source, row.index, row.kind) for row in rows}) == len(rows)
    for row in rows:
        assert row.name
        assert row.name.isprintable()
        assert row.value is not None or row.state
        assert row.unit in KINDS[row.kind] or KINDS[row.kind] == ("",)
        if row.total is not None and row.used is not None:
            assert row.total > 0


@pytest.mark.parametrize("name", ["iosxr_ncs55a2", "iosxe_c9500h-svl", "junos_mx5t-isis", "procurve"])
def test_readings_of_a_device_take_milliseconds(name: str) -> None:
    reply = poll(name, platforms())
    taken = []
    for _ in range(5):
        start = time.process_time()
        readings(reply, platforms())
        taken.append(time.process_time() - start)
    assert min(taken) * 1000 < SLOWEST_MS


def test_limits_that_a_device_serves_are_read_in_the_unit_of_the_value() -> None:
    (rx,) = [
        row for row in scored("iosxr_ncs55a2").readings if row.kind == "optics_rx" and row.interface == "TenGigE0/0/0/0"
    ]
    assert rx.value == pytest.approx(-2.37171)
    limits = [rx.low_critical, rx.low_warning, rx.high_warning, rx.high_critical]
    assert limits == pytest.approx([-16.00326, -15.00312, 0.49992, 1.49988])


def test_optics_in_microwatts_become_dbm_with_their_limits_and_their_port() -> None:
    ports = {row.interface: row for row in scored("timos_7705").readings if row.kind == "optics_tx"}
    assert ports["1/3/8"].value == pytest.approx(-7.19, abs=0.01)
    assert ports["1/3/8"].low_critical == pytest.approx(-13.0, abs=0.01)


# Interfaces against the raw dump, parsed here by its lines alone.


def raw(name: str) -> Mapping[str, tuple[str, str]]:
    """OID → (tag, value) of a dump; of duplicates the first."""
    cells: dict[str, tuple[str, str]] = {}
    text = gzip.decompress((DUMPS / f"{name}.snmprec.gz").read_bytes()).decode("utf-8", "surrogateescape")
    for line in text.splitlines():
        parts = line.split("|", 2)
        if len(parts) == 3:
            cells.setdefault(parts[0].strip(), (parts[1], parts[2]))
    return cells


def spelled(cell: tuple[str, str] | None) -> str | None:
    """A text cell as the product shows it."""
    if cell is None:
        return None
    raw_text = bytes.fromhex(cell[1]) if cell[0].endswith("x") else cell[1].encode("utf-8", "surrogateescape")
    text = raw_text.decode("utf-8", "replace").rstrip("\0")
    return "".join("?" if ord(char) < 32 or 127 <= ord(char) < 160 else char for char in text)


def speed(cells: Mapping[str, tuple[str, str]], index: str) -> int | None:
    high, low = (int(cells[oid][1]) if oid in cells else 0 for oid in (f"{IFX}15.{index}", f"{IF}5.{index}"))
    return high * 1_000_000 if high else low if low not in (0, 4294967295) else None


def interfaces(name: str) -> dict[int, Interface]:
    return {row.ifIndex: row for row in read_table(poll(name, platforms()), Interface) or ()}


@pytest.mark.parametrize("name", dumps())
def test_every_interface_is_as_in_the_raw_dump(name: str) -> None:
    cells, rows = raw(name), interfaces(name)
    indexes = {oid.removeprefix(f"{IF}8.") for oid in cells if oid.startswith(f"{IF}8.")}
    assert {int(index) for index in indexes} <= set(rows)
    for index in indexes:
        row = rows[int(index)]
        assert row.ifOperStatus == OPER[cells[f"{IF}8.{index}"][1]]
        admin = cells.get(f"{IF}7.{index}")
        assert row.ifAdminStatus == (ADMIN[admin[1]] if admin else None)
        assert (row.ifName, row.ifDescr) == (
            spelled(cells.get(f"{IFX}1.{index}")),
            spelled(cells.get(f"{IF}2.{index}")),
        )
        assert row.speed_bps == speed(cells, index)


@pytest.mark.parametrize("name", dumps())
def test_interfaces_count_as_the_manifest_counts(name: str) -> None:
    (entry,) = [row for row in manifest() if row["name"] == name]
    rows = [row for row in interfaces(name).values() if row.ifOperStatus is not None]
    counts = [
        sum(row.ifOperStatus == "up" for row in rows),
        sum(row.ifOperStatus == "down" for row in rows),
        sum(row.ifAdminStatus == "up" and row.ifOperStatus == "down" for row in rows),
    ]
    assert counts == [entry["oper_up"], entry["oper_down"], entry["admin_up_oper_down"]]


@pytest.mark.parametrize("name", dumps())
def test_interfaces_agree_with_what_the_poller_made_of_them(name: str) -> None:
    rows = {ifIndex: row for ifIndex, row in interfaces(name).items() if row.ifOperStatus is not None}
    ports = [port for port in expected(name)["ports"] if port["ifIndex"] in rows]  # others are of tables of its own
    assert ports
    for port in ports:
        row = rows[port["ifIndex"]]
        assert row.ifOperStatus == port.get("ifOperStatus")
        assert row.ifAdminStatus == port.get("ifAdminStatus")


def manifest() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(Path(DUMPS / "manifest.json").read_text())
    return rows
