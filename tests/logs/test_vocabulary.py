"""What lines mean: every platform's words, alone and beside all others; and files of words that are wrong."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import noc_agent.logs
from noc_agent.errors import BadInput
from noc_agent.logs.line import LogLine, parse
from noc_agent.logs.rules import LONGEST, NONE, read_rules
from noc_agent.logs.traps import TRAP_OID
from noc_agent.logs.vocabulary import Meaning, Vocabulary, load_vocabulary, meaning, rules, trap_meaning
from noc_agent.site.yamlfile import read_yaml
from tests.logs.lines import Said, platforms, said, silent

NEAR = datetime(2026, 11, 27, 12, tzinfo=UTC)
FOLDER = Path(noc_agent.logs.__file__).parent / "vocabulary"
STAMP = "<189>Nov 27 11:58:01 r9 "


@cache
def words(platform: str) -> Vocabulary:
    """The words of one platform alone."""
    return Vocabulary(read_rules(FOLDER / f"{platform}.yaml"))


def read(text: str) -> LogLine:
    whole = text if text[:1] == "<" and text[1:2].isdigit() else STAMP + text
    return parse(whole, "a.log", 0, NEAR)


def flat(found: Meaning | None) -> tuple[str, ...]:
    return (found.kind, found.subject, found.peer, found.frm, found.to) if found else ()


@pytest.mark.parametrize("line", [line for platform in platforms() for line in said(platform)], ids=str)
def test_a_line_means_the_same_by_its_platform_alone_and_by_all(line: Said) -> None:
    alone, by_all = words(line.platform).meaning(read(line.text)), meaning(read(line.text))
    assert flat(alone)[: len(line.parts)] == line.parts
    assert by_all == alone


@pytest.mark.parametrize("platform", platforms())
def test_every_rule_is_shown_by_a_line_in_each_of_its_kinds(platform: str) -> None:
    path = FOLDER / f"{platform}.yaml"
    singles = [Vocabulary([rule]) for rule in read_rules(path)]
    shown: list[set[str]] = [set() for _ in singles]
    for line in said(platform):
        found = ((n, rule.meaning(read(line.text))) for n, rule in enumerate(singles))
        n, first = next((n, meant) for n, meant in found if meant is not None)
        shown[n].add(first.kind)
    missing = {}
    for n, row in enumerate(read_yaml(path).sections("events")):
        kinds = {row.text("kind"), *(entry[2] for entry in row.get_of("when", list, [], "a list"))} - {NONE}
        if kinds - shown[n]:
            missing[f"rule {n + 1}, near {row['near']}"] = sorted(kinds - shown[n])
    assert missing == {}


@pytest.mark.parametrize("text", silent())
def test_what_looks_like_an_event_and_is_none_is_none(text: str) -> None:
    assert meaning(read(text)) is None


@pytest.mark.parametrize("platform", platforms())
def test_leaving_full_is_down_and_below_full_a_change_on_every_platform(platform: str) -> None:
    # Where a line tells the old state, it decides; where it does not, Down is down.
    for line in said(platform):
        kind, *_ = line.parts
        if kind.startswith("ospf_neighbor_") and (found := meaning(read(line.text))):
            assert kind == ospf_kind(found.frm.lower(), found.to.lower()), line.text


def ospf_kind(frm: str, to: str) -> str:
    """By the words of RFC 2328's states, and of those who say otherwise that a neighbor is gone or full."""
    if to in ("full", "established", "7", "8"):
        return "ospf_neighbor_up"
    if frm in ("full", "7") or (not frm and to in ("down", "deleted", "teardown", "1", "")):
        return "ospf_neighbor_down"
    return "ospf_neighbor_change"


def test_every_kind_is_explained() -> None:
    text = (Path(__file__).parents[2] / "docs/events.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z][a-z0-9_]+)`", text.partition("## Kinds")[2]))
    for family in re.findall(r"((?:`[a-z]+_`, )+`[a-z]+_`) with ((?:`[a-z_]+`(?:, )?)+)", text):
        told |= {f"{name}{rest}" for name in names(family[0]) for rest in (*names(family[1]), "neighbor_change")}
    bundled = {rule.kind for rule in rules()} | {kind for path in FOLDER.glob("*.yaml") for kind in kinds_of(path)}
    assert sorted(bundled - told - {NONE}) == []


def names(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", text)


def kinds_of(path: Path) -> set[str]:
    rows = read_yaml(path).sections("events")
    return {entry[2] for row in rows for entry in row.get_of("when", list, [], "a list")}


@pytest.mark.parametrize(
    ("oid", "varbinds", "said"),
    [
        # ospfIfConfigError with ospfConfigErrorType areaMismatch (RFC 4750)
        (
            "1.3.6.1.2.1.14.16.2.4",
            {
                "1.3.6.1.2.1.14.7.1.1.10.7.0.1.0": "10.7.0.1",
                "1.3.6.1.2.1.14.16.1.4.0": "10.7.0.2",
                "1.3.6.1.2.1.14.16.1.2.0": "2",
            },
            Meaning("ospf_area_mismatch", "10.7.0.1", "10.7.0.2"),
        ),
        # bgpBackwardTransNotification with bgpPeerLastError 4/0 and bgpPeerState idle (RFC 4273)
        (
            "1.3.6.1.2.1.15.0.2",
            {"1.3.6.1.2.1.15.3.1.14.10.7.7.8": "0400", "1.3.6.1.2.1.15.3.1.2.10.7.7.8": "1"},
            Meaning("bgp_session_down", "10.7.7.8", "10.7.7.8", to="idle", reason="4/0 Hold Timer Expired"),
        ),
        # isisAdjacencyChange with isisAdjState up (RFC 4444)
        (
            "1.3.6.1.2.1.138.0.17",
            {"1.3.6.1.2.1.138.1.10.1.2.0": "7", "1.3.6.1.2.1.138.1.10.1.12.0": "3"},
            Meaning("isis_neighbor_up", "ifIndex 7", to="up"),
        ),
        ("1.3.6.1.2.1.10.166.4.0.4", {}, Meaning("ldp_neighbor_down")),
        # ospfNbrStateChange tells the new state alone (RFC 4750): Down is down, Full is up, all else a change.
        *(
            (
                "1.3.6.1.2.1.14.16.2.2",
                {
                    "1.3.6.1.2.1.14.10.1.1.10.7.7.2.0": "10.7.7.2",
                    "1.3.6.1.2.1.14.10.1.3.10.7.7.2.0": "10.7.7.7",
                    "1.3.6.1.2.1.14.10.1.6.10.7.7.2.0": number,
                },
                Meaning(kind, "10.7.7.7", "10.7.7.2", to=state),
            )
            for number, state, kind in (
                ("1", "Down", "ospf_neighbor_down"),
                ("3", "Init", "ospf_neighbor_change"),
                ("8", "Full", "ospf_neighbor_up"),
            )
        ),
        ("1.3.6.1.4.1.99999.0.1", {}, None),
    ],
)
def test_a_standard_trap_is_read_by_its_mib(oid: str, varbinds: dict[str, str], said: Meaning | None) -> None:
    assert trap_meaning({TRAP_OID: oid, **varbinds}) == said


def test_every_file_is_known_and_tried() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(platforms())


@pytest.mark.parametrize(
    "text",
    [
        "%PARSER-5-CFGLOG_LOGGEDCMD: User:ada  logged command:username bob password hunter2",
        "%PARSER-5-CFGLOG_LOGGEDCMD: User:ada  logged command:snmp-server community hunter2 RO",
        "%ASA-5-111010: User 'ada', running 'CLI' from IP 10.7.0.9, executed 'username bob password hunter2'",
        '%%01SHELL/5/CMDRECORD(l)[7]:Recorded command information. (Task=VT0, Ip=10.7.0.9, VpnName=, User=ada, Command="local-user bob password cipher hunter2")',
        "%%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=10.7.0.9-User=ada; Command is snmp-agent community read hunter2",
        "zebra[7]: [M7Q4P-46WDR] vty[37]@(config)# password hunter2",
        "bgpd[7]: [M7Q4P-46WDR] vty[37]@(config-router)# neighbor 10.7.7.8 password hunter2",
        "ospfd[7]: [M7Q4P-46WDR] vty[37]@(config-if)# ip ospf authentication-key hunter2",
        "mgd[7]: UI_CFG_AUDIT_SET: User 'ada' set: [snmp community hunter2 authorization] <unconfigured> -> \"read-only\"",
        "TMNX: 1234 Base USER-MAJOR-cli_config_io-2011 [ada]:  User from 10.7.0.9: A:r9>config>router>bgp# authentication-key hunter2",
        'date=2026-11-27 time=11:58:01 devname="r9" logid="0100044547" type="event" subtype="system" logdesc="Object attribute configured" user="ada" ui="ssh(10.7.0.9)" cfgpath="system.admin" cfgattr="password[hunter2]" msg="Edit system.admin"',
    ],
)
def test_a_command_that_may_hold_a_secret_is_not_in_the_event(text: str) -> None:
    found = meaning(read(text))
    assert found is not None
    assert found.kind == "config_change"
    assert "hunter2" not in repr(found)


def test_of_a_harmless_command_the_first_words_are_kept() -> None:
    found = meaning(read("zebra[7]: [M7Q4P-46WDR] vty[37]@(config-if)# no ip ospf cost 70"))
    assert found is not None
    assert found.reason == "no ip ospf"


def test_no_rule_takes_long_on_a_line_made_to_be_slow() -> None:
    # Each rule's own words, then much of what its expressions repeat: it must give up in time.
    slow = []
    for rule in rules():
        if rule.match is None:
            continue
        rule.match.search("", 0, 0)  # compiles it
        for filler in (" a", " 1.1.1.1", "a:", "x=1,", " (", "-> "):
            text = f"{' '.join(rule.near)} " + filler * (2000 // len(filler))
            start = time.process_time()
            rule.match.search(text, 0, LONGEST)
            if time.process_time() - start > 0.25:
                slow.append((rule.place, filler))
    assert slow == []


def test_a_site_adds_words_of_its_own_which_come_first(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "platform: Own\nevents:\n  - near: [wobbled]\n    match: 'port (?P<subject>\\S+) wobbled'\n    kind: port_wobble\n"
        "  - near: [UPDOWN]\n    match: 'Interface (?P<subject>Gi7/9)'\n    kind: none\n"
    )
    words, problems = load_vocabulary([tmp_path])
    assert problems == ()
    found = words.meaning(read("port p7 wobbled"))
    assert found is not None
    assert (found.kind, found.subject) == ("port_wobble", "p7")
    assert words.meaning(read("%LINK-3-UPDOWN: Interface Gi7/9, changed state to down")) is None
    kept = words.meaning(read("%LINK-3-UPDOWN: Interface Gi7/8, changed state to down"))
    assert kept is not None
    assert kept.kind == "interface_down"


def test_a_file_that_is_wrong_leaves_the_others_in_use(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("platform: Own\nevents: []\n")
    words, problems = load_vocabulary([tmp_path, tmp_path / "absent"])
    assert [problem.where for problem in problems] == ["bad.yaml: events", "absent"]
    assert words.meaning(read("%LINK-3-UPDOWN: Interface Gi7/8, changed state to down")) is not None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("near: a\n    match: '(unclosed'\n    kind: x", "regular expression"),
        ("near: a\n    match: '(?P<who>a)'\n    kind: x", "no part of an event"),
        ("near: '!!'\n    match: a\n    kind: x", "no word"),
        ("near: a\n    kind: x", "where the parts are"),
        ("near: a\n    match: a\n    kind: Interface-Down", "no name of a kind"),
        ("near: a\n    match: a\n    kind: x\n    when: [[to, up]]", "part, value and kind"),
        ("near: a\n    match: a\n    kind: x\n    macth: b", "does not exist"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, rule: str, said: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"platform: Own\nevents:\n  - {rule}\n")
    with pytest.raises(BadInput) as error:
        read_rules(path)
    assert said in str(error.value)
    assert str(error.value).startswith("own.yaml")
