"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from noc_agent.site.load import load_site
from tests.recorded import noc_agent
from tests.topology.network import Box, mac, served

README = (Path(__file__).parents[1] / "README.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMAND = re.compile(r"^noc-agent (.+?)(?:\s+#.*|\s+\|.*)?$", re.MULTILINE)
COMMANDS = [command for block in SHELL if "discover" not in block for command in COMMAND.findall(block)]
LIVE = [command for block in SHELL if "discover" in block for command in COMMAND.findall(block)]


def plain(text: str) -> list[str]:
    """Lines without what differs between two runs."""
    text = re.sub(r"\d{8}T\d{6}Z-", "", re.sub(r"\d+\.\d+ s", "", text))
    return [line.rstrip() for line in text.strip().splitlines()]


def test_the_first_command_prints_what_the_readme_shows() -> None:
    block = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert block is not None
    assert plain(noc_agent("diagnose", "INC-3168").stdout) == plain(block[1])


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) >= 6
    assert len(LIVE) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_works(command: str) -> None:
    assert noc_agent("diagnose", "INC-3168", "--quiet").returncode == 0
    done = noc_agent(*shlex.split(command))
    assert done.returncode in (0, 3), done.stderr
    assert done.stdout


def test_the_way_from_one_address_to_a_site_works(tmp_path: Path) -> None:
    one, two = Box("acc1.example", 1, ("eth1", "eth2"), mac(1)), Box("core1.example", 2, ("eth1",), mac(2))
    one.lldp(1, 1, "core1.example", "eth1", chassis=mac(2), addresses=[two.address])
    two.lldp(1, 1, "acc1.example", "eth1", chassis=mac(1), addresses=[one.address])
    environ = {**os.environ, "SNMP_COMMUNITY": "public"}
    folder = tmp_path
    with served((one, two)) as port:
        for command in LIVE:
            words = shlex.split(command)
            if "discover" in words:
                words = [one.address if word == "10.20.0.1" else word for word in words] + ["--port", str(port)]
            done = noc_agent(*words, cwd=folder, env=environ)
            assert done.returncode in (0, 3), (command, done.stderr)
            assert done.stdout or "nothing is different" in done.stderr, command
            folder = tmp_path / "lyon-metro"  # as `cd` does after the first
    assert set(load_site(folder / "site.yaml", environ).devices) == {"acc1", "core1"}
