"""Log folders as nobody wants them, by the program as a user runs it: one clear line or a count, bounded memory, no hang."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from noc_agent.agent.sources import site_source
from noc_agent.logs import LogStore
from noc_agent.site.load import load_site
from noc_agent.topology import Network
from tests.recorded import noc_agent

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MOST_MB = 250
MOST_S = 60.0  # of a loaded machine
CUT = "a.log has lines of more than 64 KiB: the beginnings of these were read"
DOWN = "%LINK-3-UPDOWN: Interface eth1, changed state to down"


def line(second: float, host: str = "r1", text: str = DOWN) -> bytes:
    return f"<187>1 {(START + timedelta(seconds=second)).isoformat()} {host} app - - - {text}\n".encode()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two devices with one good file."""
    folder = tmp_path / "site"
    (folder / "logs").mkdir(parents=True)
    described: dict[str, Any] = {
        "name": "bad-logs", "devices": {"r1": {}, "r2": {}}, "logs": ["logs/*.log*"], "topology": "topology.yaml",
        "incidents": "incidents",
    }  # fmt: skip
    (folder / "site.yaml").write_text(yaml.safe_dump(described))
    (folder / "topology.yaml").write_text(yaml.safe_dump({"links": [{"a": "r1/eth1", "b": "r2/eth1"}]}))
    (folder / "incidents").mkdir()
    incident = {
        "id": "INC-1", "title": "logs", "description": "", "severity": "minor",
        "since": START.isoformat(), "until": (START + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    (folder / "incidents/INC-1.yaml").write_text(yaml.safe_dump(incident))
    (folder / "logs/good.log").write_bytes(line(1) + line(2, "r2"))
    return folder


@dataclass(frozen=True)
class Ran:
    """What the program answered, and what it took."""

    code: int
    answer: dict[str, Any]
    errors: str
    peak_mb: float
    seconds: float

    @property
    def message(self) -> str:
        return str(self.answer.get("message", ""))


# A child's peak counts what its parent held when it was made: the program is started from a process that holds nothing.
MEASURED = """
import os, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def ran(site: Path, *words: str) -> Ran:
    """The program in a process of its own, its memory measured."""
    program = [sys.executable, "-m", "noc_agent", *words, "--site", str(site), "--json"]
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURED, str(site / "peak"), *program], capture_output=True, check=False
    )
    seconds = time.monotonic() - begin
    text, errors = (raw.decode("utf-8", "replace") for raw in (done.stdout, done.stderr))
    assert "Traceback" not in errors
    peak = int((site / "peak").read_text()) / 1024
    return Ran(done.returncode, json.loads(text) if text else {}, errors, peak, seconds)


def checked(site: Path) -> Ran:
    """Ask for the events, search a word, diagnose: all end well, and the good file's events are there."""
    events = ran(site, "tools", "call", "log_events")
    found = ran(site, "tools", "call", "log_search", "pattern=changed state", "limit=5")
    document = ran(site, "diagnose", "INC-1", "--engine", "playbook")
    for one in (events, found, document):
        assert one.code in (0, 3), one.errors
        assert one.peak_mb < MOST_MB
        assert one.seconds < MOST_S
    assert {row["device"] for row in events.answer["data"] if row["kind"] == "interface_down"} >= {"r1", "r2"}
    assert found.answer["status"] == "ok"
    assert document.answer["verdict"] in ("inconclusive", "likely")
    return events


Make = Callable[[Path], None]


def _binary(folder: Path) -> None:
    dice = random.Random(1)
    (folder / "a.log").write_bytes(bytes(dice.randrange(256) for _ in range(200_000)) + b"\n" + line(3))


def _nuls(folder: Path) -> None:
    (folder / "a.log").write_bytes(line(3) + b"\x00" * 5_000_000 + b"\n" + line(4).replace(b"eth1", b"et\x00h1"))


def _invalid(folder: Path) -> None:
    (folder / "a.log").write_bytes(line(3, text="\u2026").replace("\u2026".encode(), b"\xff\xfe\xc3(") + line(4))


def _long(folder: Path) -> None:
    with (folder / "a.log").open("wb") as file:
        file.write(line(3)[:-1])
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + line(4))


def _windows(folder: Path) -> None:
    (folder / "a.log").write_bytes((line(3) + line(4)).replace(b"\n", b"\r\n") + b"\r\n\r\n")


def _future(folder: Path) -> None:
    (folder / "a.log").write_bytes(
        line(3) + line(10 * 365 * 86_400) + b"<187>1 9999-12-31T23:59:59+00:00 r1 app - - - x\n" + line(4)
    )


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (_binary, 2),
        (_nuls, 3),
        (_invalid, 2),
        (_windows, 3),
        (_future, 4),
        pytest.param(_long, 2, marks=pytest.mark.long),
    ],
)
def test_what_stands_in_a_file_does_no_harm(site: Path, make: Make, count: int) -> None:
    make(site / "logs")
    events = checked(site)
    (first,) = [row for row in events.answer["data"] if row["device"] == "r1" and row["kind"] == "interface_down"]
    assert (first["subject"], first["count"]) == ("eth1", count)
    assert events.message == (CUT if make is _long else "")


def _endless(path: Path, mebibytes: int) -> None:
    """A line in a file packed at the rate of 1000: zeros, for there is nothing quicker to make."""
    packer = zlib.compressobj(1, wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(line(3)))
        for _ in range(mebibytes):
            file.write(packer.compress(bytes(2**20)))
        file.write(packer.compress(b"\n" + line(4)) + packer.flush())


def test_a_packed_line_without_end_costs_its_own_file_alone(site: Path) -> None:
    _endless(site / "logs/a.log.gz", 160)
    events = checked(site)
    assert events.message == "a.log.gz has a line of more than 128 MiB: the part before was read"


@pytest.mark.long
def test_timeout_holds_against_gigabytes_in_one_line(site: Path) -> None:
    """Packed and not, one and many, and where every line is sound: the document is out within --timeout + 10 s."""
    _endless(site / "logs/a0.log.gz", 2048)
    with (site / "logs/b0.log").open("wb") as file:
        file.write(line(3))
        file.truncate(2**31)
    with gzip.open(site / "logs/c0.log.gz", "wb", 1) as packed_file:
        for _ in range(500):
            packed_file.write((line(5) + line(6)) * 5000)
    for name in ("a", "b", "c"):
        for n in range(1, 10):
            packed = ".gz" if name != "b" else ""
            (site / f"logs/{name}{n}.log{packed}").hardlink_to(site / f"logs/{name}0.log{packed}")
    for seconds in ("5", "30"):
        done = ran(site, "diagnose", "INC-1", "--engine", "playbook", "--timeout", seconds)
        assert done.code in (0, 3), done.errors
        assert done.seconds < float(seconds) + 10
        assert done.peak_mb < MOST_MB
        assert "reading the logs took too long" in str(done.answer["degraded"])


def test_a_packed_file_that_is_cut_off_is_read_to_where_it_is_whole(site: Path) -> None:
    packed = gzip.compress(b"".join(line(n) for n in range(3, 20_000)), mtime=0)
    (site / "logs/a.log.gz").write_bytes(packed[: len(packed) // 2])
    events = checked(site)
    assert events.message == "a.log.gz is cut off or damaged: the part before was read"
    assert max(row["count"] for row in events.answer["data"]) > 1000


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Without the rights of root, that reads whatever it likes."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_named(site: Path) -> None:
    (site / "logs/a.log").write_bytes(line(3))
    (site / "logs/a.log").chmod(0)
    for path in (site, *site.parents):
        if path.owner() == Path(__file__).owner() and path != Path("/"):
            with contextlib.suppress(OSError):
                path.chmod(path.stat().st_mode | 0o755)
    loaded = load_site(site / "site.yaml", {})
    network = Network(loaded, site_source(loaded)[0])
    logs = network.logs
    assert isinstance(logs, LogStore)
    list(logs.lines())  # whatever is imported late is there now
    fresh = Network(loaded, site_source(loaded)[0]).logs
    with nobody():
        events = fresh.events()
        heard = fresh.last_heard()
    assert {event.device for event in events} == {"r1", "r2"}
    assert fresh.problems == ("a.log cannot be read: Permission denied",)
    assert heard["r1"] == START + timedelta(seconds=1)


def test_what_is_no_file_or_lies_elsewhere_is_skipped_with_a_word(site: Path) -> None:
    os.mkfifo(site / "logs/pipe.log")
    (site.parent / "secret.txt").write_bytes(line(3, text="a secret"))
    (site / "logs/link.log").symlink_to(site.parent / "secret.txt")
    (site / "logs/gone.log").symlink_to(site / "logs/nothing")
    (site / "logs/loop.log").symlink_to(site / "logs/loop.log")
    events = checked(site)
    assert "pipe.log is no regular file: skipped" in events.message
    assert "link.log leads out of its folder: skipped" in events.message
    assert "gone.log" in events.message
    assert "loop.log" in events.message
    found = ran(site, "tools", "call", "log_search", "pattern=secret")
    assert found.answer["data"] == []


def test_an_empty_folder_is_said_to_be_so(site: Path) -> None:
    (site / "logs/good.log").unlink()
    events = ran(site, "tools", "call", "log_events")
    assert (events.code, events.answer["status"], events.message) == (0, "no_data", "the site has no log files")
    assert ran(site, "diagnose", "INC-1", "--engine", "playbook").code == 3
    assert "no file matches" in noc_agent("doctor", "--site", str(site)).stdout


@pytest.mark.long
def test_thousands_of_files_are_one_log(site: Path) -> None:
    for n in range(3000):
        (site / f"logs/h{n}.log").write_bytes(line(n) + line(n + 0.5, "r2"))
    events = checked(site)
    assert sum(row["count"] for row in events.answer["data"]) == 2 * 3000 + 2


def test_more_files_than_may_be_open_at_a_time_lose_no_line(site: Path) -> None:
    for n in range(60):
        (site / f"logs/h{n}.log").write_bytes(b"".join(line(second + n / 100) for second in range(1200)))
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 1000));"
        "from noc_agent.__main__ import main; sys.exit(main())"
    )
    words = ["tools", "call", "log_events", "--site", str(site), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=100, check=False
    )
    answer = json.loads(done.stdout)
    assert (sum(row["count"] for row in answer["data"]), answer["message"]) == (60 * 1200 + 2, "")
