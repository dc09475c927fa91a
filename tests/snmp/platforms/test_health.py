"""The tool `health`: what a device measures of itself, worst first, and what changed since it was well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import noc_agent

ENVMON, SENSOR, CPU = "1.3.6.1.4.1.9.9.13.1", "1.3.6.1.4.1.9.9.91.1.1.1.1", "1.3.6.1.4.1.9.9.109.1.1.1.1"
SYSTEM = (
    "1.3.6.1.2.1.1.1.0|4|Cisco IOS Software",
    "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1",
    "1.3.6.1.2.1.1.3.0|67|900000",
)
PORT = (
    "1.3.6.1.2.1.2.2.1.2.7|4|GigabitEthernet0/7", "1.3.6.1.2.1.31.1.1.1.1.7|4|Gi0/7", "1.3.6.1.2.1.2.2.1.8.7|2|2",
    "1.3.6.1.2.1.47.1.1.1.1.7.70|4|Gi0/7 Receive Power", f"{SENSOR}.1.70|2|14", f"{SENSOR}.2.70|2|9", f"{SENSOR}.3.70|2|1",
    *(f"1.3.6.1.4.1.9.9.91.1.2.1.1.{column}.70.1|2|{value}" for column, value in ((2, 20), (3, 2), (4, -200))),
)  # fmt: skip


def poll(site: Path, at: str, fan: int, cpu: int, light: int, admin: int, *more: str) -> None:
    """One poll of r1: a fan, its CPU, the light that a port receives and whether that port is shut."""
    lines = [
        *SYSTEM, *PORT, f"{ENVMON}.4.1.2.1|4|Fan 1", f"{ENVMON}.4.1.3.1|2|{fan}", f"{ENVMON}.4.1.2.2|4|Fan 2", f"{ENVMON}.4.1.3.2|2|1",
        f"{CPU}.8.1|66|{cpu}", f"{SENSOR}.4.70|2|{light}", f"1.3.6.1.2.1.2.2.1.7.7|2|{admin}", *more,
    ]  # fmt: skip
    folder = site / "snmp/r1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{at}.snmprec").write_text("\n".join(lines) + "\n")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(
        "name: small\nrecordings: snmp\ndevices:\n  r1: {address: 192.0.2.1}\n  carrier: {role: external}\n"
    )
    return tmp_path


def health(site: Path, device: str = "r1", code: int = 0) -> dict[str, Any]:
    done = noc_agent("tools", "call", "health", f"device={device}", "--site", str(site), "--json")
    assert done.returncode == code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_worst_comes_first_and_what_changed_is_said(site: Path) -> None:
    poll(site, "20261123T090000Z", 1, 20, -50, 1, f"{ENVMON}.5.1.2.1|4|PS 1", f"{ENVMON}.5.1.3.1|2|1")
    poll(site, "20261123T091000Z", 3, 97, -270, 1)
    answer = health(site)
    assert (answer["status"], answer["source"], answer["observed_at"]) == ("ok", "snmp:r1", "2026-11-23T09:10:00Z")
    rows = answer["data"]
    assert [(row["kind"], row["name"], row["state"]) for row in rows] == [
        ("fan", "Fan 1", "critical"), ("optics_rx", "Gi0/7 Receive Power", "critical"), ("cpu", "CPU 1", ""),
        ("fan", "Fan 2", "ok"), ("power_supply", "PS 1", "unknown"),
    ]  # fmt: skip
    assert [row["changed"] for row in rows] == [
        "normal → critical", "ok → critical", "20.0 → 97.0 %", "", "no longer served",
    ]  # fmt: skip
    assert (rows[1]["value"], rows[1]["value_before"], rows[1]["low_critical"], rows[1]["interface"]) == (
        -27,
        -5,
        -20,
        "Gi0/7",
    )


def test_no_light_on_a_port_that_is_shut_is_no_fault(site: Path) -> None:
    poll(site, "20261123T090000Z", 1, 20, -400, 2)
    rows = {row["kind"]: row for row in health(site)["data"]}
    assert (rows["optics_rx"]["value"], rows["optics_rx"]["state"]) == (-40, "")
    assert {row["changed"] for row in rows.values()} == {""}  # there is nothing to compare with


def test_a_device_that_did_not_answer_or_is_not_polled(site: Path) -> None:
    poll(site, "20261123T090000Z", 1, 20, -50, 1)
    (site / "snmp/r2").mkdir()
    (site / "snmp/r2/20261123T091000Z.snmprec").write_text(f"{SYSTEM[0]}\n")
    assert health(site, code=3)["message"].startswith("it did not answer the newest poll")
    carrier = health(site, "carrier")
    assert (carrier["status"], carrier["message"]) == ("no_data", "no address: known, but not polled")


def test_a_device_that_serves_nothing_of_it_says_which_files_were_tried(site: Path) -> None:
    folder = site / "snmp/r1"
    folder.mkdir(parents=True)
    (folder / "20261123T090000Z.snmprec").write_text("\n".join(SYSTEM) + "\n")
    answer = health(site)
    assert (answer["status"], answer["data"]) == ("no_data", [])
    assert "cisco, standard" in answer["message"]


def test_a_sites_own_file_is_used(site: Path) -> None:
    poll(site, "20261123T090000Z", 1, 20, -50, 1, "1.3.6.1.4.1.99999.1.0|2|55")
    (site / "platforms").mkdir()
    (site / "platforms/acme.yaml").write_text(
        "platform: acme\ntables:\n  - table: ACME-MIB::acme\n    columns: {acmeTemp: 1.3.6.1.4.1.99999.1}\n"
        "    readings: [{kind: temperature, name: Acme, value: acmeTemp}]\n"
    )
    with (site / "site.yaml").open("a") as file:
        file.write("platforms: [platforms]\n")
    assert ("Acme", 55.0) in {(row["name"], row["value"]) for row in health(site)["data"]}


def test_a_recorded_linux_router() -> None:
    done = noc_agent("tools", "call", "health", "device=dist1", "--json")
    rows = json.loads(done.stdout)["data"]
    assert {"cpu", "memory", "storage"} <= {row["kind"] for row in rows}
    assert [row["kind"] for row in rows[:2]] == ["cpu", "memory"]
    assert all(0 <= row["value"] <= 100 for row in rows if row["unit"] == "%")
