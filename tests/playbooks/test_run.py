"""A walk through a playbook: at a terminal step by step, in a pipe straight on; journaled, and replayed without the site."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from noc_agent.site.load import load_site
from tests.live import BUNDLED, live_site
from tests.recorded import noc_agent

PORT = "interface/dist1/eth3"


def typed(words: list[str], answers: list[str], prompt: str = "q: stop here ") -> str:
    """What a person at a terminal sees who gives these answers, one at each prompt."""
    outside, inside = pty.openpty()
    environ = {**os.environ, "TERM": "dumb", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "noc_agent", *words]
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=subprocess.PIPE, env=environ) as program:
        os.close(inside)
        seen, given = "", 0
        until = time.monotonic() + 100
        while time.monotonic() < until:
            if not select.select([outside], [], [], 1)[0]:
                continue
            try:
                seen += os.read(outside, 4096).decode("utf-8", "replace")
            except OSError:  # the program has ended
                break
            if seen.count(prompt) > given < len(answers):
                os.write(outside, f"{answers[given]}\n".encode())
                given += 1
        if time.monotonic() >= until:
            program.kill()
        program.wait(timeout=20)
        assert program.returncode == 0, seen
    os.close(outside)
    return seen.replace("\r", "")


def document(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_at_a_terminal_each_step_waits_and_the_walk_can_be_ended() -> None:
    seen = typed(["playbook", "run", "interface_admin_down", PORT, "--site", str(BUNDLED)], ["", "q"])
    assert seen.count("q: stop here") == 2
    assert seen.index("Administrative state of the port") < seen.index("State of the far end")
    assert "When it was shut" not in seen  # the third step was not wanted
    assert "proven" in seen
    assert "Way back" in seen
    assert "\x1b" not in seen
    (run,) = json.loads(noc_agent("runs", "list", "--site", str(BUNDLED), "--json").stdout)["runs"]
    assert (run["status"], run["verdict"]) == ("finished", "proven")
    replayed = noc_agent("replay", run["run"], "--site", str(BUNDLED), "--json")
    places = json.loads(replayed.stdout)["places"]
    assert [step["says"] for step in places[0]["steps"]] == ["supports", "supports", "not taken"]
    assert replayed.stderr == ""  # it was walked again with the same result


def test_in_a_pipe_it_goes_straight_on_and_is_replayed_without_the_site(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED, tmp_path / "site")
    site = str(tmp_path / "site")
    done = noc_agent("playbook", "run", "interface_admin_down", "--site", site, "--json")
    found = document(done)
    assert (done.returncode, found["verdict"]) == (0, "proven")
    shutil.rmtree(tmp_path / "site/snmp")
    (tmp_path / "site/snmp").mkdir()
    run = str(found["run"])
    again = noc_agent("replay", run, "--site", site, "--json")
    assert (document(again), again.stderr) == (found, "")
    shown = noc_agent("replay", run, "--site", site)
    assert "speaks for it" in shown.stdout
    assert document(noc_agent("runs", "export", run, "--format", "json", "--site", site)) == found
    for words in (("runs", "resume", run), ("runs", "export", run)):
        if words[1] == "resume":
            continue
        refused = noc_agent(*words, "--site", site)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (4, "", 1)


@pytest.mark.long
def test_on_a_live_site_devices_are_asked_and_the_walk_is_replayed(tmp_path: Path) -> None:
    live = live_site(tmp_path)
    with live.serving(0):
        noc_agent("snapshot", "--site", str(live.folder))
    with live.serving(2):
        done = noc_agent("playbook", "run", "interface_admin_down", "--site", str(live.folder), "--json")
    found = document(done)
    assert found["verdict"] == "proven"
    again = noc_agent("replay", str(found["run"]), "--site", str(live.folder), "--json")
    assert (document(again), again.stderr) == (found, "")


@pytest.mark.long
def test_a_place_that_there_is_not_is_named_and_a_silent_site_says_what_to_check(tmp_path: Path) -> None:
    done = noc_agent("playbook", "run", "interface_admin_down", "interface/dist1/eth99", "--site", str(BUNDLED))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    live = live_site(tmp_path)
    with live.serving(0, dead=True):
        silent = noc_agent("playbook", "run", "node_down", "--site", str(live.folder))
    assert silent.returncode == 3
    assert "no device answered: time-out (11)" in silent.stderr


def with_playbooks(folder: Path, changes: Sequence[tuple[str, str]]) -> Path:
    """The bundled site with playbooks of its own, `port_shut_N`, in each of which one line is changed."""
    shutil.copytree(BUNDLED, folder)
    text = (Path(__file__).parents[2] / "playbooks/interface_admin_down.yaml").read_text()
    (folder / "playbooks").mkdir()
    for n, (old, new) in enumerate(changes):
        assert old in text
        made = text.replace("fault: interface_admin_down", f"fault: port_shut_{n}").replace(old, new, 1)
        (folder / f"playbooks/port_shut_{n}.yaml").write_text(made)
    with (folder / "site.yaml").open("a") as file:
        file.write("playbooks: [playbooks/]\n")
    return folder


FAILING = (
    "1 // 0 == 1", "'a' + 1", "10 ** 10 ** 10", "'a' * 10 ** 9", "range(10 ** 9) | list", "'x' * 9999 * 9999 == ''",
    "'%999999999d' % 1 == ''", "'a'.ljust(10 ** 9) == ''", "'{:>999999999}'.format(1) == ''", "[0] * 999999999",
)  # fmt: skip


def test_conditions_that_fail_or_never_end_cost_their_playbooks_alone(tmp_path: Path) -> None:
    site = with_playbooks(tmp_path / "site", [("this.admin == 'down'", condition) for condition in FAILING])
    done = noc_agent("diagnose", "INC-3168", "--site", str(site), "--json", "--engine", "playbook")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["fault"] for row in found["root_causes"]] == ["interface_admin_down"]
    for n in range(len(FAILING)):
        named = [text for text in found["degraded"] if f"port_shut_{n}.yaml: prove[0].if" in text]
        assert len(named) == 1, (n, found["degraded"])
        assert "left out" in named[0]
    walked = noc_agent("playbook", "run", "port_shut_0", "--site", str(site))
    assert (walked.returncode, walked.stdout) == (4, "")
    assert "port_shut_0.yaml: prove[0].if" in walked.stderr


WRONG = (
    ("title:", "titel:", "title"),
    ("prove:\n", "proof:\n", "prove"),
    ("  - {finding: interface_admin_down}", "  - {finding: interface_gone}", "no such finding kind"),
    ("tool: interfaces", "tool: interfacs", "no such tool"),
    ("this.admin == 'down'", "this.admim == 'down'", "no such field: admim"),
    ("this.admin == 'down'", "thiss.admin == 'down'", "no such name here: thiss"),
    ("row.ifAdminStatus", "row.ifAdmenStatus", "no such field: ifAdmenStatus"),
    ('device: "{{ this.device }}"', 'device: "{{ that.device }}"', "never taken"),
    ('device: "{{ this.device }}"', 'devise: "{{ this.device }}"', "takes no such argument"),
    ("refute:\n", "refute: []\nx:\n", ""),
    ("    junos:\n", "    junus:\n", "next[1].junos"),
    ("this.admin == 'down'", "this.admin ==", "no expression"),
)


def test_what_is_wrong_with_playbooks_is_named_with_its_key(tmp_path: Path) -> None:
    site = with_playbooks(tmp_path / "site", [(old, new) for old, new, _ in WRONG])
    done = noc_agent("playbook", "check", "--site", str(site))
    assert (done.returncode, done.stdout) == (4, "")
    for n, (_, _, named) in enumerate(WRONG):
        assert re.search(rf"^port_shut_{n}\.yaml: .*{re.escape(named)}", done.stderr, re.M), (n, done.stderr)
    lines = done.stderr.splitlines()
    assert all(line.startswith("port_shut_") for line in lines)  # the bundled ones are sound


def test_next_actions_are_those_of_the_platform_at_the_place(tmp_path: Path) -> None:
    for platform, command in (
        ("ios", "`configure terminal`"),
        ("junos", "`delete interfaces eth3 disable`"),
        ("eos", "`no shutdown`"),
    ):
        folder = tmp_path / platform
        shutil.copytree(BUNDLED, folder)
        site = yaml.safe_load((folder / "site.yaml").read_text())
        site["devices"]["dist1"]["platform"] = platform
        (folder / "site.yaml").write_text(yaml.safe_dump(site))
        assert load_site(folder / "site.yaml", {}).devices["dist1"].platform == platform
        done = noc_agent("diagnose", "INC-3168", "--site", str(folder), "--json", "--engine", "playbook")
        actions = json.loads(done.stdout)["next_actions"]
        assert any(command in text for text in actions), actions
        assert not any("vtysh" in text for text in actions)
        if platform != "eos":
            starts = [text.partition(" ")[0] for text in actions[1:]]
            assert starts == ["Before,", "Change:", "After:", "Way"]
