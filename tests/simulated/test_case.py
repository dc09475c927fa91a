"""Simulated cases: the same from the same seed, each fault visible and only after it, and diagnosed by the product."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from noc_agent.site.load import load_site
from tests.recorded import Case
from tests.simulated.case import BASELINE, NoPlaceError, Run, simulate, write_case
from tests.simulated.faults import BENIGN, FAULTS
from tests.simulated.large import DRAWERS, draw
from tests.simulated.world import FCS, IN_ERRORS, IN_OCTETS, OUT_OCTETS, OUT_UCAST

COUNTED = {"link_packet_loss", "link_packet_corruption", "path_mtu_blackhole"}  # only counters tell
ROUTINE = {"cron", "login", "ntp_step", "config", "dhcp_lease"}
NOISE_FREE = {"description_change", "config_change"}  # nothing but a line in the log


def _simulated(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulated", *words]
    root = Path(__file__).parents[2]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=root, env=os.environ | environ, check=False, timeout=110
    )


@pytest.fixture(autouse=True, scope="module")
def forgotten() -> Iterator[None]:
    """Worlds are large: what the tests of this file share is let go at its end."""
    yield
    _healthy.cache_clear()
    _run.cache_clear()


@cache
def _healthy(kind: str, seed: int) -> Run:
    return simulate(draw(kind, seed, 20), seed, [])


@cache
def _run(fault: str, seed: int) -> tuple[Run, Run]:
    """A site with this fault, and the same without."""
    for kind in sorted(DRAWERS):
        try:
            return simulate(draw(kind, seed, 20), seed, [fault]), _healthy(kind, seed)
        except NoPlaceError:
            continue
    pytest.fail(f"no network of seed {seed} has a place for {fault}")


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", sorted(DRAWERS))
def test_a_seed_gives_the_same_case_in_every_process(kind: str, tmp_path: Path) -> None:
    for n, fault in enumerate(("1", "2")):
        done = _simulated("--kind", kind, "--seed", "6", "--fault", "link_down+cpu_exhaustion", "--out", str(tmp_path / fault),
                          PYTHONHASHSEED=str(n + 1))  # fmt: skip
        assert done.returncode == 0, done.stderr
    one, other = _tree(tmp_path / "1"), _tree(tmp_path / "2")
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - COUNTED))
def test_a_fault_shows_after_it_and_not_before(fault: str) -> None:
    with_it, without = _run(fault, 11)
    times = sorted({time for _, time in without.dumps})
    early, late = set(times[: BASELINE + 1]), set(times[BASELINE + 1 :])
    assert _changed(with_it, without, early) == []
    kinds = {(event.device, event.kind) for event in with_it.events} - {(e.device, e.kind) for e in without.events}
    assert {kind for _, kind in kinds} - ROUTINE or _moved(with_it, without, late)
    assert with_it.injections[0].fault == fault


def _changed(one: Run, other: Run, times: set[str]) -> list[tuple[str, str]]:
    """Devices and polls whose dumps differ; names alone, so that a failure can be read."""
    keys = {key for key in one.dumps.keys() | other.dumps.keys() if key[1] in times}
    return sorted(key for key in keys if one.dumps.get(key) != other.dumps.get(key))


MOVING = re.compile(r"\|(65|67|70)\||^1\.3\.6\.1\.2\.1\.(14\.4|15\.3\.1\.16)|^1\.3\.6\.1\.6\.3\.10")


def _moved(one: Run, other: Run, times: set[str]) -> bool:
    """Whether something differs that does not move by itself: no counter, no clock."""
    return any(_still(one.dumps.get(key)) != _still(other.dumps.get(key)) for key in _changed(one, other, times))


def _still(dump: bytes | None) -> list[str]:
    return [line for line in gzip.decompress(dump).decode().splitlines() if not MOVING.search(line)] if dump else []


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_dead_device_says_nothing_any_more(seed: int) -> None:
    run = simulate(draw("metro", seed, 20), seed, ["node_down"])
    dead = {device.name for device in run.world.devices.values() if not device.up and device.node.address}
    assert dead
    assert not [e for e in run.events if e.device in dead and e.time > run.times[BASELINE] + 100]


def test_lost_frames_are_missing_at_the_far_end_and_bad_ones_are_counted_there() -> None:
    lossy, _ = _run("link_packet_loss", 11)
    (line,) = [line for line in lossy.world.lines if line.loss]
    for sender, receiver in ((line.a, line.b), (line.b, line.a)):
        assert receiver.rates[IN_OCTETS] == pytest.approx(sender.rates[OUT_OCTETS] * (1 - line.loss[receiver]))
        assert receiver.rates[IN_ERRORS] < 0.02  # what creeps on some port of any site
    corrupt, _ = _run("link_packet_corruption", 11)
    (line,) = [line for line in corrupt.world.lines if line.corrupt]
    for receiver, share in line.corrupt.items():
        assert receiver.far is not None
        assert receiver.rates[IN_ERRORS] == pytest.approx(receiver.far.rates[OUT_UCAST] * share, rel=0.2, abs=0.5)
        assert receiver.rates[FCS] == receiver.rates[IN_ERRORS]


def test_a_routing_loop_delivers_nothing_of_what_it_catches() -> None:
    looped, healthy = _run("routing_loop", 11)
    assert min(healthy.world.delivered.values()) == pytest.approx(1)
    assert min(looped.world.delivered.values()) < 0.1


@pytest.mark.parametrize("change", sorted(set(BENIGN) - NOISE_FREE))
def test_a_benign_change_names_no_fault(change: str, tmp_path: Path) -> None:
    run, _ = _run(change, 3)
    write_case(run, tmp_path, 3)
    assert yaml.safe_load((tmp_path / "truth.yaml").read_text()) == {"faults": []}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_truth_is_about_things_of_the_site(fault: str, tmp_path: Path) -> None:
    run, _ = _run(fault, 11)
    write_case(run, tmp_path, 11)
    site = load_site(tmp_path / "site.yaml", {})
    (truth,) = Case(tmp_path).truth
    links = {
        f"link/{link.a.device}/{link.a.interface}--{link.b.device}/{link.b.interface}" for link in site.intent.links
    }
    for name, resource in truth:
        assert name in FAULTS
        kind, _, rest = resource.partition("/")
        if kind == "link" and name != "miscabling":
            assert resource in links
        elif kind in ("node", "interface", "service"):
            assert rest.split("/")[0] in site.devices


def test_two_faults_are_two_in_the_truth(tmp_path: Path) -> None:
    run = simulate(draw("metro", 2, 26), 2, ["disk_full", "link_flap"])
    write_case(run, tmp_path, 2)
    assert [names[0][0] for names in Case(tmp_path).truth] == ["disk_full", "link_flap"]


@pytest.mark.parametrize("kind", sorted(DRAWERS))
def test_a_healthy_site_is_diagnosed_without_a_false_alarm(kind: str, tmp_path: Path) -> None:
    write_case(simulate(draw(kind, 8, 18), 8, []), tmp_path, 8)
    document = Case(tmp_path).diagnose()
    assert document["root_causes"] == []
    assert document["evidence"]


def test_a_cut_is_seen_at_both_ends_and_logged_by_both(tmp_path: Path) -> None:
    run = simulate(draw("leafspine", 4, 20), 4, ["link_down"])
    (line,) = [line for line in run.world.lines if line.cut]
    for end in (line.a, line.b):
        assert not end.oper
        assert end.admin
        assert any(
            e.device == end.device.name and e.kind == "link_down" and e.fields["port"] == end.name for e in run.events
        )
    assert all(s.state != "established" for end in (line.a, line.b) for s in end.device.sessions.values() if s.trouble)


def test_bad_wishes_are_one_line() -> None:
    for words, word in (
        (("--fault", "gremlins"), "'gremlins' is no kind"),
        (("--devices", "3"), "out of range"),
        (("--graphml", "/nowhere.graphml"), "nowhere.graphml"),
    ):
        done = _simulated(*words, "--out", os.devnull + "/x")
        assert done.returncode == 4
        assert word in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_published_topology_can_be_simulated(shared: Path, tmp_path: Path) -> None:
    file = shared / "data/topologyzoo/graphml/Abilene.graphml"
    done = _simulated("--graphml", str(file), "--fault", "link_down", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    load_site(tmp_path / "site.yaml", {})


@pytest.mark.long
@pytest.mark.parametrize("kind", sorted(DRAWERS))
def test_a_thousand_devices_are_written_within_a_minute(kind: str, tmp_path: Path) -> None:
    began = time.process_time()
    run = simulate(draw(kind, 1, 1000), 1, ["link_down"])
    write_case(run, tmp_path, 1)
    assert time.process_time() - began < 60
    assert 900 < len(run.world.devices) < 1100


@pytest.mark.long
def test_five_thousand_devices_are_written_in_two_minutes_and_little_memory(tmp_path: Path) -> None:
    """In a process of its own; its memory is read by one that holds nothing itself."""
    words = ("--kind", "metro", "--seed", "7", "--devices", "5000", "--fault", "link_down", "--out", str(tmp_path))
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, cwd=root, check=True
    )
    cpu, peak = map(float, done.stdout.splitlines()[-1].split())
    assert cpu < 120
    assert peak < 700_000  # KB
    assert len(list((tmp_path / "snmp").iterdir())) > 4000


MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "tests.simulated", *sys.argv[1:]], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
