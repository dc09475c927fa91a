"""The corpus of secrets goes, whole and in parts; the corpus of what is innocent stays."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from noc_agent.evidence import Json, Redactor
from noc_agent.evidence.redaction import highest
from noc_agent.toolbox import bundled
from tests.evidence.innocent import LINES as INNOCENT
from tests.evidence.innocent import TOKENS
from tests.evidence.planted import LINES, PEMS

HEAD = "<29>1 2026-11-23T09:39:37Z core1 app 71 - - "


def left_of(secret: str, text: str) -> list[str]:
    """The words of a secret that still stand in a text."""
    return [word for word in secret.split() if word in text]


def test_the_corpora_are_as_large_as_is_claimed() -> None:
    assert len({secret for _, _, secret in LINES}) >= 350
    assert len({platform for platform, _, _ in LINES}) >= 14
    assert len({value for _, value in TOKENS}) >= 600


@pytest.mark.parametrize("head", ["", HEAD, '{"message": "'])
def test_no_planted_secret_survives(head: str) -> None:
    leaks = [text for _, text, secret in LINES if left_of(secret, Redactor().clean(head + text))]
    assert not leaks


def test_none_survives_as_the_value_of_a_json_text() -> None:
    leaks = []
    for _, text, secret in LINES:
        if "\\" not in text:
            cleaned = Redactor().clean(json.dumps({"time": "09:39", "message": text}))
            leaks += [text] if left_of(secret, cleaned) else []
    assert not leaks


def test_cleaning_twice_changes_nothing_more() -> None:
    for _, text, _ in LINES:
        cleaned = Redactor().clean(text)
        assert Redactor().clean(cleaned) == cleaned


def test_innocent_lines_stay() -> None:
    assert [line for line in INNOCENT if Redactor().clean(line) != line] == []


def test_innocent_values_stay() -> None:
    gone = [form.format(value) for form, value in TOKENS if value not in Redactor().clean(form.format(value))]
    assert len(gone) <= len(TOKENS) // 100, gone
    assert gone == []  # better than asked for, and meant to stay so


@pytest.mark.parametrize("head", ["", HEAD])
@pytest.mark.parametrize("number", range(len(PEMS)))
def test_a_private_key_over_many_lines_goes_whole(number: int, head: str) -> None:
    lines, body = PEMS[number]
    redactor = Redactor()
    shown = []
    for line in lines:
        shown.append(redactor.clean(head + line))
        shown.append(redactor.clean(f"{HEAD}Interface GigabitEthernet0/1, changed state to down"))
        shown.append(redactor.clean("core1"))
    assert not [row for row in body if any(row in text for text in shown)]
    assert shown.count(f"{HEAD}Interface GigabitEthernet0/1, changed state to down") == len(lines)
    assert shown.count("core1") == len(lines)
    assert redactor.clean("interface Ethernet1/12") == "interface Ethernet1/12"


def test_a_private_key_in_one_text_goes_whole() -> None:
    for lines, body in PEMS:
        for glue in ("\n", "\\n", "\r\n"):
            assert not [row for row in body if row in Redactor().clean(glue.join(lines))]


def test_after_a_key_that_never_ends_interfaces_are_still_named() -> None:
    redactor = Redactor()
    redactor.clean("-----BEGIN RSA PRIVATE KEY-----")
    for text in ("Ethernet1/12", "line protocol on TenGigE0/0/0/1", "neighbor 192.0.2.1 Down", "eth1", "acc1/eth3"):
        assert redactor.clean(text) == text


def test_the_sites_own_secrets_go_in_every_spelling() -> None:
    redactor = Redactor(['s3cr"t/comm&nity'])
    spelled = ('s3cr"t/comm&nity', "s3cr%22t%2Fcomm%26nity", 's3cr\\"t/comm&nity', "7333637222742f636f6d6d266e697479")
    assert {redactor.clean(f"x {text} y") for text in spelled} == {"x ‹secret-1› y"}


@pytest.mark.parametrize("inside", ["\u200b", "\x1b[1m", "\x00", "\u202e", "\xad"])
def test_what_is_invisible_hides_no_secret(inside: str) -> None:
    assert "Hunter2Secret" not in Redactor().clean(f"pass{inside}word Hunter2Secret")
    own = Redactor(["Hunter2Secret"]).clean(f"seen Hunter2{inside}Secret")
    assert own == "seen ‹secret-1›"


def test_one_key_has_one_placeholder_on_both_ends_and_two_keys_have_two() -> None:
    redactor = Redactor(["Kdtz8812qq"])
    texts = [
        "neighbor 192.0.2.1 password Zorro-7781",
        "peer 192.0.2.2 password simple Zorro-7781",
        "ip ospf authentication-key Other-99",
    ]
    a, b, c = (redactor.clean(text).split()[-1] for text in texts)
    assert a == b != c
    assert redactor.clean("community: Kdtz8812qq") == "community: ‹secret-1›"


def test_placeholders_of_a_resumed_run_are_never_those_of_another_key() -> None:
    first = Redactor(["Kdtz8812qq"])
    journal = [first.clean("password Alpha-771"), first.clean("password Beta-772"), first.clean("Kdtz8812qq")]
    again = Redactor(["Kdtz8812qq"], after=highest(journal))
    assert again.clean("password Gamma-773") not in journal
    assert again.clean("Kdtz8812qq") == journal[2]


def test_a_placeholder_tells_nothing_of_the_secret() -> None:
    """It depends on what was seen before, not on the secret: a word that is tried gets the next number."""
    shown = {Redactor().clean(f"password {word}") for word in ("Alpha-771", "Beta-772", "x")}
    assert len({text for text in shown if "secret" in text}) == 1


@pytest.mark.parametrize(
    "filler",
    [
        "password ",
        "A1b/",
        "://a:",
        "key=",
        "snmp community ",
        "token[",
        "-----BEGIN PRIVATE KEY-----",
        "is set to ",
        "-----END -----BEGIN PRIVATE KEY-----",
    ],
)
def test_time_is_linear_in_a_long_line(filler: str) -> None:
    def seconds(characters: int) -> float:
        began = time.process_time()
        Redactor().clean(filler * (characters // len(filler)))
        return time.process_time() - began

    assert seconds(120_000) < max(10 * seconds(30_000), 1.5)


@pytest.mark.parametrize("path", sorted(bundled("playbooks").glob("*.yaml")), ids=lambda path: path.stem)
def test_words_of_our_own_playbooks_stay(path: Path) -> None:
    """They say `password KEY` and `community …`: what stands for a secret is none."""
    lines = path.read_text().splitlines()
    assert [line for line in lines if Redactor().clean(line) != line] == []


@pytest.mark.parametrize("secret", ["{SSHA}Hunter2Secret", "{cipher}Hunter2Secret", "${1$Hunter2Secret", "KEYHunter2"])
def test_what_only_begins_like_a_stand_in_is_a_secret(secret: str) -> None:
    assert "Hunter2" not in Redactor().clean(f"password: {secret}")


@pytest.mark.parametrize(
    "text", ["password KEY", "community …", "password ****", "password: ${DB_PASSWORD}", "password <removed>"]
)
def test_what_stands_for_a_secret_stays(text: str) -> None:
    assert Redactor().clean(text) == text


def test_the_end_of_a_key_that_began_elsewhere_is_none_the_less_one() -> None:
    """A search shows the lines of one device, or those that fit a pattern: the rows are not a whole key any more."""
    body, end = PEMS[0][1][0], "rQ23PBSkMzyRf2dt"
    rows: list[Json] = [
        {
            "time": "2026-11-23T09:39:37Z",
            "host": "core1",
            "app": "daemon",
            "mnemonic": "",
            "message": text,
            "file": "a.log",
        }
        for text in (body, end)
    ]
    assert end not in str(Redactor().clean_json(rows))
    assert Redactor().clean(end) == end  # alone nothing tells that it is one
