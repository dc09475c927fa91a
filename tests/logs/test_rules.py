"""Files of rules are read quickly, and mean and say the same by whatever parser of YAML."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import noc_agent.logs
from noc_agent.errors import BadInput
from noc_agent.logs.rules import Reader, read_rules
from noc_agent.site import yamlfile

FOLDER = Path(noc_agent.logs.__file__).parent / "vocabulary"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_both_parsers_read_the_same(path: Path) -> None:
    text = path.read_text()
    assert yamlfile._built(text, path.name, yamlfile._QUICK) == yamlfile._built(text, path.name, yamlfile._Loader)
    assert Reader(checked=False).rules(path) == read_rules(path)
    assert [rule.place for rule in Reader(checked=False).rules(path)] == [rule.place for rule in read_rules(path)]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("platform: x\nevents:\n  - {near: a, match: '(', kind: b}\n", "events[0].match"),
        ("platform: x\nevents:\n  - {near: a, match: b, kind: c, wen: d}\n", "line 3"),
        ("platform: x\nevents:\n\t- near: a\n", "line 3"),
        ("platform: x\nevents: [a\nb: c]: d\n", "line 3"),
        ("platform: x\nevents:\n  - {near: a, match: '(?P<who>b)', kind: c}\n", "events[0].match"),
    ],
)
def test_a_sites_own_file_is_checked_at_once(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"own\.yaml") as caught:
        read_rules(tmp_path / "own.yaml")
    assert where in str(caught.value)


def test_to_read_the_rules_costs_little() -> None:
    text = (FOLDER / "cisco_ios.yaml").read_text()
    begin = time.process_time()
    yamlfile._built(text, "x", yamlfile._Loader)
    plain = time.process_time() - begin
    begin = time.process_time()
    yamlfile._built(text, "x", yamlfile._QUICK)
    assert yamlfile._QUICK is yamlfile._Loader or time.process_time() - begin < plain / 2
