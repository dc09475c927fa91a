"""The lab works, breaks, heals and is recorded: real daemons in namespaces, diagnosed live by the program."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from tests.lab import benign, faults
from tests.lab.converged import await_converged, missing
from tests.lab.draw import KINDS, drawn
from tests.lab.faults.model import CATALOGUE, Drawn, Fault, NoPlace
from tests.lab.lab import ROOT, Lab, up
from tests.lab.poll import records
from tests.lab.record import record, write_live_site
from tests.lab.requirements import missing as lacking
from tests.lab.seen import Seen
from tests.lab.standing import clean, labs
from tests.networks.plan import Plan
from tests.recorded import Case, names_truth

WHY = lacking()
real = pytest.mark.skipif(bool(WHY), reason=WHY or "the lab can run")
SIX = (
    "interface_admin_down",
    "link_down",
    "ospf_area_mismatch",
    "bgp_asn_misconfig",
    "routing_daemon_down",
    "dns_service_down",
)


@cache
def network(kind: str, seed: int) -> Plan:
    return drawn(f"{kind}:{seed}:m")


def chance(plan: Plan, seed: int) -> Drawn:
    return Drawn(plan, random.Random(seed))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_finds_a_place_or_says_what_the_network_lacks(name: str) -> None:
    lacks = {}
    for kind, draw in {**faults.CATALOGUE, **benign.CATALOGUE}.items():
        for seed in range(5):
            plan = network(name, seed)
            try:
                fault = draw(chance(plan, seed))
            except NoPlace as why:
                lacks[kind] = str(why)
                continue
            assert fault.inject
            assert fault.present
            assert fault == draw(chance(plan, seed)), f"{kind} is not drawn by its seed alone"
            for check in fault.present:
                assert check.node.startswith("<") or check.node == "noc" or plan.node(check.node)
    assert len({*CATALOGUE} - {*lacks}) >= 30, lacks


def test_forty_kinds_of_the_contract_are_there() -> None:
    kinds = set()
    for name, draw in CATALOGUE.items():
        for plan in (network(kind, seed) for kind in KINDS for seed in range(4)):
            try:
                kinds.add(draw(chance(plan, 1)).kind)
                break
            except NoPlace:
                continue
        else:
            pytest.fail(f"{name} finds a place in none of the networks")
    assert len(kinds) >= 40


def test_the_documentation_names_what_the_lab_cannot_produce() -> None:
    text = (ROOT / "docs/lab-cases.md").read_text()
    produced, rest = text.split("## What the lab cannot produce")
    kinds = {path.stem for path in (ROOT / "playbooks").glob("*.yaml")}
    can, cannot = (
        re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\|([^|]*)\|", part, re.M))) for part in (produced, rest)
    )
    assert {*can} - {"healthy"} | {*cannot} == kinds
    assert not {*can} & {*cannot}


def test_what_the_walker_prints_becomes_snmprec() -> None:
    printed = (
        '.1.3.6.1.2.1.1.1.0 = Hex-STRING: 4C 69 6E 75 78 \n.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072\n'
        '.1.3.6.1.2.1.1.3.0 = 1234\n.1.3.6.1.2.1.2.2.1.6.2 = Hex-STRING: 00 0C \n29 01 02 03 \n'
        '.1.3.6.1.2.1.2.2.1.10.2 = Counter32: 77\n.1.3.6.1.2.1.4.1.0 = ""\n.1.3 = No Such Object available\n'
    )  # fmt: skip
    assert list(records(printed)) == [
        "1.3.6.1.2.1.1.1.0|4|Linux",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072",
        "1.3.6.1.2.1.1.3.0|67|1234",
        "1.3.6.1.2.1.2.2.1.6.2|4x|000c29010203",
        "1.3.6.1.2.1.2.2.1.10.2|65|77",
        "1.3.6.1.2.1.4.1.0|4|",
    ]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    name = f"test{os.getpid()}"
    made = up(drawn("metro:6:m"), name=name)
    try:
        await_converged(made)
        yield made
    finally:
        clean(made.folder)
        assert made.folder not in labs()


def live(lab: Lab, folder: Path, *words: str) -> dict[str, Any]:
    """Run the program in the management network of the lab."""
    assert lab.noc is not None
    command = ["nsenter", "-t", str(lab.noc.pid), "-n", "--", sys.executable, "-m", "noc_agent", *words]
    done = subprocess.run(
        [*command, "--site", f"{folder}", "--json"], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    return cast("dict[str, Any]", json.loads(done.stdout))


def truth(broken: list[Fault]) -> list[list[tuple[str, str]]]:
    return [[(fault.kind, fault.resource), *fault.also] for fault in broken]


def well(document: dict[str, Any]) -> None:
    assert document["verdict"] == "healthy", {key: document[key] for key in ("root_causes", "next_actions", "degraded")}


def diagnosed(lab: Lab, folder: Path, since: str = "") -> dict[str, Any]:
    return live(
        lab, folder, "diagnose", "alarms on the site", "--engine", "playbook", *(["--since", since] if since else [])
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@real
def test_a_live_round(lab: Lab, tmp_path: Path) -> None:
    """Healthy, six faults, two at once, healed, healthy: each is really there, and the program names it live."""
    write_live_site(lab, tmp_path, intent=True)
    seen = Seen(lab, tmp_path / "seen")
    live(lab, tmp_path, "snapshot", "--healthy", "the lab has just converged")
    well(diagnosed(lab, tmp_path))
    rounds = [[name] for name in SIX] + [["interface_admin_down", "dns_service_down"]]
    wrong = []
    for n, names in enumerate(rounds):
        broken = [CATALOGUE[name](chance(lab.plan, 10 + n)) for name in names]
        since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for fault in broken:
            fault.be(lab)
        try:
            seen.await_shown(broken)
            document = diagnosed(lab, tmp_path, since)
        finally:
            for fault in broken:
                fault.end(lab)
            await_converged(lab)
        if not names_truth(document, truth(broken)):
            wrong.append((names, truth(broken), document["verdict"], document["root_causes"]))
        seen.await_well()
        live(lab, tmp_path, "snapshot", "--healthy", "healed")
    assert not wrong
    assert not [row for node in lab.plan.nodes if node.is_router for row in missing(lab, node)]
    well(diagnosed(lab, tmp_path))


@pytest.mark.long
@pytest.mark.timeout(300)
@real
def test_a_recording_is_a_case_and_a_healthy_one_is_healthy(lab: Lab, tmp_path: Path) -> None:
    made = record(lab, tmp_path / "healthy", [], seed=3, intent=True)
    assert made.seconds <= 75
    polls = {path.name: len(list(path.iterdir())) for path in (made.folder / "snmp").iterdir()}
    assert polls == {node.name: 4 for node in lab.plan.polled()}
    document = Case(made.folder).diagnose()
    assert document["verdict"] == "healthy", document["root_causes"]
