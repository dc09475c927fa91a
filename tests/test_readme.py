"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.recorded import noc_agent

README = (Path(__file__).parents[1] / "README.md").read_text()
SHELL = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
COMMANDS = re.findall(r"^noc-agent (.+?)(?:\s+#.*|\s+\|.*)?$", SHELL, re.MULTILINE)


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


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_works(command: str) -> None:
    assert noc_agent("diagnose", "INC-3168", "--quiet").returncode == 0
    done = noc_agent(*shlex.split(command))
    assert done.returncode in (0, 3), done.stderr
    assert done.stdout
