"""The committed sets: every case shows what its kind needs, is diagnosed to the end, and raises no false alarm."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.lab.cases import SETS, archive, pack, unpack
from tests.lab.evidence import cases, rows
from tests.recorded import Case, noc_agent, shared_tool

pytestmark = pytest.mark.long
MOST = 15_000_000
"Octets that both archives may take together."


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A set by its name, unpacked once."""
    return cache(lambda name: unpack(name, tmp_path_factory.mktemp("recorded")))


def test_both_sets_are_small() -> None:
    assert sum(archive(name).stat().st_size for name in SETS) <= MOST


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SETS)
def test_every_case_shows_what_its_kind_needs(recorded: Callable[[str], Path], name: str) -> None:
    found = [row for case in cases(recorded(name)) for row in rows(case)]
    assert found
    assert [f"{row.case}: {row.why}" for row in found if not row.seen] == []


@pytest.mark.timeout(600)
def test_no_name_and_no_incident_tells_the_truth(recorded: Callable[[str], Path]) -> None:
    for name in SETS:
        for case in cases(recorded(name)):
            told = (case.folder / "incident.yaml").read_text()
            for fault in case.truth:
                assert fault["fault"] not in told + case.folder.name, case.folder


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SETS)
def test_every_case_is_diagnosed_without_a_false_alarm(
    recorded: Callable[[str], Path], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scores are printed; only what must never be fails."""
    done = noc_agent("eval", f"{recorded(name)}", "--json", "--quiet", timeout=600)
    totals: dict[str, Any] = json.loads(done.stdout)["totals"]
    with capsys.disabled():
        print(f"\n{name}: " + ", ".join(f"{key} {value}" for key, value in totals.items() if value is not None))
    assert totals["finished"] in (1, 1.0, totals["cases"])
    assert totals["false_alarms"] == 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SETS)
def test_every_document_keeps_the_contract(recorded: Callable[[str], Path], shared: Path, name: str) -> None:
    wrong: dict[str, list[str]] = {}
    for case in cases(recorded(name)):
        breaches = shared_tool(shared, "check_document").check_document(Case(case.folder).diagnose())
        wrong |= {case.folder.name: breaches} if breaches else {}
    assert wrong == {}


@pytest.mark.timeout(300)
def test_packing_is_the_same_to_the_octet(recorded: Callable[[str], Path], tmp_path: Path) -> None:
    source = recorded("train")
    few = tmp_path / "few"
    few.mkdir()
    for case in sorted(source.iterdir())[:2]:
        (few / case.name).symlink_to(case)
    for n in (1, 2):
        pack(few, tmp_path / f"{n}.tar.xz")
        os.utime(next((few / "c001").rglob("*.snmprec")))
    assert (tmp_path / "1.tar.xz").read_bytes() == (tmp_path / "2.tar.xz").read_bytes()
