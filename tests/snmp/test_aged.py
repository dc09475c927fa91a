"""The real dumps, aged: quiet where nothing happened, right where something did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.snmp.aged import HEALTHY, score
from tests.snmp.dumps import IF, IFX, IN_ERRORS, LATER, UPTIME, Dump

SURE = ("port down", "port shut", "input errors")
SURE_SHARE, OTHER_SHARE = 0.95, 0.80


@pytest.fixture
def dumps(shared: Path) -> Path:
    return shared / "data/snmprec"


def test_ageing_moves_clocks_and_traffic_and_nothing_else(dumps: Path) -> None:
    young = Dump.read(dumps / "junos_qfx5100.snmprec.gz")
    old = young.aged()
    assert (old.number(UPTIME) or 0) - (young.number(UPTIME) or 0) == LATER * 100
    moved = {oid for oid, row in old.rows.items() if row != young.rows[oid]}
    port = young.ports()[0]
    assert f"{IFX}.10.{port}" in moved
    assert not [oid for oid in moved if oid.startswith((f"{IF}.7.", f"{IF}.8.", f"{IF}.2."))]
    assert old.rows.keys() == young.rows.keys()
    assert all((old.number(o) or 0) >= (young.number(o) or 0) for o in moved if o.startswith(IN_ERRORS))


def test_one_make_is_right_throughout(dumps: Path) -> None:
    found, wrong = score([dumps / "routeros_crs317.snmprec.gz"])
    assert {*HEALTHY, *SURE, "cpu", "memory"} <= found.keys()
    assert wrong == []


@pytest.mark.long
@pytest.mark.timeout(900)  # thirty dumps, each diagnosed a dozen times
def test_thirty_makes_reach_the_goal(dumps: Path) -> None:
    found, wrong = score(sorted(dumps.glob("*.snmprec.gz")))
    shares = {fault: sum(results) / len(results) for fault, results in found.items()}
    assert all(shares[name] == 1 for name in HEALTHY), wrong
    assert all(shares[name] >= SURE_SHARE for name in SURE), wrong
    assert all(share >= OTHER_SHARE for share in shares.values()), wrong
