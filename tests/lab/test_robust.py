"""What goes wrong around a lab: one line says it, everything is cleaned, and the machine's own network is as before."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab.faults.model import injected
from tests.lab.lab import load
from tests.lab.requirements import missing as lacking
from tests.lab.standing import PREFIX, RUNNING, labs

WHY = lacking()
real = pytest.mark.skipif(bool(WHY), reason=WHY or "the lab can run")
LAB = [sys.executable, "-m", "tests.lab"]
INTERRUPTED = 130
HOST = (
    "ip -o link",
    "ip -o addr",
    "ip route show table all",
    "ip rule",
    "ip netns",
    "nft list ruleset",
    "cat /proc/self/mounts",
)


def host() -> dict[str, str]:
    """The machine's own network and mounts."""
    return {shown: subprocess.run(shown.split(), capture_output=True, text=True, check=True).stdout for shown in HOST}


@pytest.fixture(scope="module", autouse=True)
def untouched() -> Iterator[None]:
    """Whatever happens here: the machine's network is the same before and after."""
    before = {} if WHY else host()
    yield
    assert before == ({} if WHY else host())


def said(*words: str, around: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """What the lab's command line answers; `around` runs it elsewhere."""
    return subprocess.run([*around, *LAB, *words], capture_output=True, text=True, check=False)


def elsewhere(*mounts: str) -> tuple[str, ...]:
    """Run with these mounts, which nobody else sees."""
    return ("unshare", "-m", "sh", "-c", "".join(f"{mount} && " for mount in mounts) + 'exec "$@"', "sh")


def one_line(done: subprocess.CompletedProcess[str], text: str, code: int = 4) -> None:
    assert done.returncode == code, done.stderr
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["up", "ring:1:m"], "no plan"),
        (["up", "metro:1:xl"], "no plan"),
        (["fault", "x", "--lab", "none"], "no lab is up"),
    ],
)
@real
def test_bad_input_is_one_line(words: list[str], text: str) -> None:
    one_line(said(*words), text)


@real
def test_what_the_machine_lacks_is_one_line() -> None:
    one_line(said("up", "metro:3:s", around=("unshare", "-U")), "run it as root")
    one_line(said("up", "metro:3:s", around=elsewhere("mount --bind /dev/null /usr/bin/vtysh")), "install frr")


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", ["16k", "300k", "1m"])
@real
def test_a_full_disk_is_one_line_and_leaves_nothing(size: str) -> None:
    """Of a lab's start: its folder is on a small file system."""
    name = f"full{os.getpid()}"
    small = elsewhere(f"mount -t tmpfs -o size={size} tmpfs {RUNNING}")
    one_line(said("up", "metro:3:s", "--lab", name, around=small), "No space left on device")
    assert RUNNING / f"{PREFIX}{name}" not in labs()


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    """A lab's name."""
    name = f"robust{os.getpid()}"
    assert said("up", "metro:3:s", "--lab", name).returncode == 0
    yield name
    said("down", "--lab", name)
    assert RUNNING / f"{PREFIX}{name}" not in labs()


def well(name: str) -> None:
    assert said("status", "--lab", name).stdout.endswith("all as meant\n")


def interrupted(
    name: str, *words: str, when: Callable[[], bool], by: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """A Ctrl-C as soon as something is so, or another signal."""
    command = ["env", "--default-signal=INT", *LAB, *words, "--lab", name]  # a test run in the background ignores it
    begun = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not when() and begun.poll() is None:
        time.sleep(0.01)
    begun.send_signal(by)
    out, err = begun.communicate()
    return subprocess.CompletedProcess(begun.args, begun.returncode, out, err)


def broken(name: str) -> bool:
    return bool(injected(load(name)))


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["ospf_timer_mismatch", "node_restart"])
@real
def test_an_injection_cut_short_is_healed(lab: str, kind: str) -> None:
    one_line(interrupted(lab, "fault", kind, when=lambda: broken(lab)), "interrupted", INTERRUPTED)
    settled(lab)


@pytest.mark.long
@pytest.mark.timeout(300)
@real
def test_an_injection_that_was_killed_is_healed_later(lab: str) -> None:
    """A node was going down and up."""
    done = interrupted(lab, "fault", "node_restart", when=lambda: broken(lab), by=signal.SIGKILL)
    assert done.returncode == -signal.SIGKILL
    assert broken(lab)
    assert said("heal", "--lab", lab).stdout.startswith("node_restart ")
    settled(lab)


def settled(name: str) -> None:
    """Nothing is broken, and the network gets well."""
    done = said("heal", "--lab", name)
    assert (done.returncode, done.stdout) == (0, ""), "something stood to be healed"
    well(name)


@pytest.mark.long
@pytest.mark.timeout(300)
@real
def test_a_recording_cut_short_leaves_no_case_and_no_fault(lab: str, tmp_path: Path) -> None:
    words = ["record", f"{tmp_path / 'case'}", "--fault", "interface_admin_down"]
    one_line(interrupted(lab, *words, when=lambda: broken(lab)), "interrupted", INTERRUPTED)
    assert not (tmp_path / "case").exists()
    settled(lab)


@pytest.mark.long
@pytest.mark.timeout(300)
@real
def test_a_recording_on_a_full_disk_leaves_no_case_and_no_fault(lab: str, tmp_path: Path) -> None:
    small = elsewhere(f"mount -t tmpfs -o size=200k tmpfs {tmp_path}")
    done = said("record", f"{tmp_path / 'case'}", "--fault", "interface_admin_down", "--lab", lab, around=small)
    one_line(done, "No space left on device")
    settled(lab)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("state", ["kept", "gone"])
@real
def test_a_lab_is_cleaned_after_a_kill(state: str) -> None:
    """Its folder tells what stands, or where that is gone its processes do."""
    name = f"kill{os.getpid()}"
    folder = RUNNING / f"{PREFIX}{name}"
    started = subprocess.Popen([*LAB, "up", "metro:3:s", "--lab", name], stderr=subprocess.DEVNULL)
    while not list(folder.glob("nodes/*/run/ready")):
        time.sleep(0.05)
    started.kill()
    started.wait()
    if state == "gone":
        shutil.rmtree(folder)
    assert folder in labs()
    one_line(said("up", "metro:3:s", "--lab", name), "take it down first")
    one_line(said("status", "--lab", name), "stale")
    assert said("down", "--lab", name).returncode == 0
    assert folder not in labs()
