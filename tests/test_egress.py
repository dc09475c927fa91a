"""Nothing leaves the site: every command under strace, every address it reached for listed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from noc_agent.cli import app
from tests.agent.scripted_server import ScriptedServer, say, submit
from tests.egress import Traced, can_trace, isolated, traced
from tests.live import BUNDLED, live_site

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(can_trace()), reason=can_trace() or "-"),
]
INCIDENT = "INC-3168"
CASES = "the folder of cases"
RECORDED: tuple[tuple[str, ...], ...] = (
    ("diagnose", INCIDENT),
    ("diagnose", INCIDENT, "--engine", "playbook", "--endpoint", "http://192.0.2.7/v1"),
    ("diagnose", INCIDENT, "--dry-run", "--engine", "model", "--endpoint", "http://gpu.example:8000/v1"),
    ("diagnose", INCIDENT, "--engine", "model", "--endpoint", "http://192.0.2.7/v1"),
    ("diagnose", INCIDENT, "--engine", "model", "--endpoint", "http://[64:ff9b::7f00:1]/v1"),
    ("replay", INCIDENT),
    ("runs", "list"),
    ("runs", "show", INCIDENT),
    ("runs", "show", INCIDENT, "--sent"),
    ("runs", "verify"),
    ("runs", "resume", INCIDENT),
    ("runs", "export", INCIDENT, "--format", "html"),
    ("eval", CASES),
    ("tools", "list"),
    ("tools", "call", "interfaces", "device=dist1"),
    ("tools", "call", "log_search", "pattern=eth3"),
    ("playbook", "list"),
    ("playbook", "show", "link_down"),
    ("playbook", "check", "playbooks/link_down.yaml"),
    ("playbook", "run", "interface_admin_down"),
    ("topology", "show"),
    ("topology", "diff"),
    ("topology", "path", "acc1", "core1"),
    ("topology", "impact", "dist1"),
    ("doctor",),
)
LIVE: tuple[tuple[str, ...], ...] = (
    ("snapshot", "--healthy", "ok"),
    ("snapshot", "--list"),
    ("diagnose", "acc1 is unreachable", "--engine", "model", "--timeout", "60"),
    ("tools", "call", "interfaces", "device=dist1"),
    ("playbook", "run", "interface_admin_down"),
    ("topology", "discover"),
    ("topology", "diff"),
    ("doctor",),
)
# glibc asks a cache for names, and the kernel which of its own addresses it may use: neither leaves the machine.
LOCAL = {"/var/run/nscd/socket", "/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve"}


def leaves(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*before, name))
        else:
            yield (*before, name)


def test_every_command_of_the_program_is_traced_here() -> None:
    known = set(leaves(typer.main.get_command(app)))
    ran = {words[:n] for words in (*RECORDED, *LIVE) for n in (1, 2)}
    assert known - ran == set()


def test_a_recorded_site_reaches_for_no_address_at_all(tmp_path: Path) -> None:
    case = Path(shutil.copytree(BUNDLED, tmp_path / "cases/one"))
    shutil.copy(case / f"incidents/{INCIDENT}.yaml", case / "incident.yaml")
    (case / "truth.yaml").write_text("faults: []\n")
    seen: dict[tuple[str, ...], Traced] = {}
    for words in RECORDED:
        seen[words] = traced([str(case.parent) if word is CASES else word for word in words], tmp_path)
    assert {words: sorted(one.reached) for words, one in seen.items() if one.reached} == {}
    assert {path for one in seen.values() for path in one.local} <= LOCAL
    codes = {words: one.code for words, one in seen.items()}
    refused = {words for words in RECORDED if "model" in words and "--dry-run" not in words}
    assert {words for words, code in codes.items() if code == 6} == refused
    bad = {words: (one.code, one.stderr) for words, one in seen.items() if one.code not in (0, 3, 6)}
    assert bad == {}


def test_a_live_site_reaches_for_its_devices_and_its_endpoint_alone(tmp_path: Path) -> None:
    replies = [say(calls=[("interfaces", {"device": "dist1"})]), submit("inconclusive", [])]
    with ScriptedServer(replies) as server:
        live = live_site(tmp_path, model={"endpoint": server.url, "name": "gpt-oss-20b"})
        site = ("--site", str(tmp_path / "site.yaml"))
        devices = {(address, live.port) for address in live.addresses.values()}
        model = {("127.0.0.1", server.port)}
        seen: dict[tuple[str, ...], Traced] = {}
        with live.serving(0):
            for words in LIVE:
                seed = next(iter(live.addresses.values()))
                more = (seed, "--within", "127.9.0.0/16", "--output", str(tmp_path / "found"))
                seen[words] = traced((*words, *(more if "discover" in words else ()), *site), tmp_path)
        asked = len(server.asked)
    for words, one in seen.items():
        allowed = devices | (model if words[0] in ("diagnose", "doctor") else set())
        assert one.reached <= allowed, (words, one.reached - allowed)
        assert one.code in (0, 3), (words, one.stderr)
        assert one.local <= LOCAL
    assert seen[LIVE[0]].reached == devices
    assert seen[LIVE[1]].reached == set()
    assert model < seen[LIVE[2]].reached
    assert asked >= 1


@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")
class TestNames:
    """Where the only network is loopback, and the name server is the test's."""

    def test_only_the_endpoints_name_is_looked_up(self, tmp_path: Path) -> None:
        words = ["diagnose", INCIDENT, "--engine", "model", "--endpoint", "http://gpu.example:9/v1", "--json"]
        told = isolated(words, {"gpu.example": ["127.0.0.1"]}, tmp_path)
        assert told.code == 5, told  # nothing listens there
        assert told.names == {"gpu.example"}
        assert told.reached == {("127.0.0.1", 53), ("127.0.0.1", 9)}

    def test_a_name_that_moves_off_the_site_after_the_check_leads_nowhere(self, tmp_path: Path) -> None:
        """DNS rebinding: on site when the run begins, a public address when the connection is made."""
        words = ["diagnose", INCIDENT, "--engine", "model", "--endpoint", "http://gpu.example:8000/v1", "--json"]
        told = isolated(words, {"gpu.example": ["127.0.0.1", "203.0.113.7"]}, tmp_path)
        assert told.code == 6, told
        assert {address for address, _ in told.reached} == {"127.0.0.1"}
        assert told.stderr.count("\n") == 1

    def test_a_device_is_looked_up_and_nothing_that_logs_or_neighbors_name(self, tmp_path: Path) -> None:
        shutil.copytree(BUNDLED / "logs", tmp_path / "logs")
        site = {
            "name": "named", "logs": ["logs/*.log"], "state": str(tmp_path / "state"),
            "snmp": {"community": "public", "timeout": 0.3, "retries": 0, "port": 9161},
            "devices": {"dist1": {"address": "dist1.example"}, "acc1": {"address": "127.9.3.1"}},
        }  # fmt: skip
        (tmp_path / "site.yaml").write_text(yaml.safe_dump(site))
        told = isolated(["snapshot", "--site", str(tmp_path), "--json"], {"dist1.example": ["127.9.3.2"]}, tmp_path)
        assert told.names == {"dist1.example"}, told
        allowed = {("127.0.0.1", 53), ("127.9.3.1", 9161), ("127.9.3.2", 9161)}
        assert told.reached == allowed
