"""Platform files: what is wrong with one is said with file and key, and the rest loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from noc_agent.errors import BadInput
from noc_agent.snmp.platforms import bundled_platforms, fitting, load_platform, load_platforms, platform_columns

GOOD = """
platform: acme
devices:
  - {sysObjectID: 1.3.6.1.4.1.99999}
lookups: {slotName: 1.3.6.1.4.1.99999.3.1.2}
words: {health: {1: ok, 2: critical broken}}
tables:
  - table: ACME-MIB::acmeTable
    entry: 1.3.6.1.4.1.99999.1.1
    columns: {acmeName: 2, acmeTemp: 3, acmeState: 4, ifType: 1.3.6.1.2.1.2.2.1.3}
    readings:
      - kind: temperature
        name: ["{slotName:acmeName} {index.2}", "{acmeName}"]
        value: acmeTemp
        limits: {high_critical: 70, high_warning: acmeTemp}
        state: {column: acmeState, words: health}
"""


def written(folder: Path, text: str, name: str = "acme.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_says_which_columns_a_poll_must_read(tmp_path: Path) -> None:
    acme = load_platform(written(tmp_path, GOOD))
    entry = "1.3.6.1.4.1.99999.1.1"
    assert set(acme.columns) == {f"{entry}.2", f"{entry}.3", f"{entry}.4", "1.3.6.1.4.1.99999.3.1.2"}
    assert platform_columns([acme], "1.3.6.1.4.1.99999.5", "any") == acme.columns
    assert platform_columns([acme], "1.3.6.1.4.1.999991", "any") == ()
    assert platform_columns([acme], None, None) == ()


def test_devices_are_known_by_object_id_and_description(tmp_path: Path) -> None:
    both = GOOD.replace(
        "{sysObjectID: 1.3.6.1.4.1.99999}", '{sysObjectID: [1.3.6.1.4.1.1, .1.3.6.1.4.1.2], sysDescr: "(?i)acme"}'
    )
    acme = load_platform(written(tmp_path, both))
    assert acme.fit("1.3.6.1.4.1.2.7", "ACME OS 5") == 7  # by so many numbers of its object id
    assert acme.fit("1.3.6.1.4.1.2.7", "another") is None
    assert acme.fit("1.3.6.1.4.1.3", "ACME OS 5") is None


def test_the_closest_file_comes_first(tmp_path: Path) -> None:
    for name, device in (
        ("b", "{sysObjectID: 1.3.6.1.4.1.9}"),
        ("a", "{sysObjectID: 1.3.6.1.4.1.9.6.1}"),
        ("c", '{sysDescr: "SG"}'),
    ):
        text = GOOD.replace("{sysObjectID: 1.3.6.1.4.1.99999}", device).replace("platform: acme", f"platform: {name}")
        written(tmp_path, text, f"{name}.yaml")
    everyone = GOOD.replace("devices:\n  - {sysObjectID: 1.3.6.1.4.1.99999}\n", "").replace(
        "platform: acme", "platform: d"
    )
    written(tmp_path, everyone, "d.yaml")
    platforms, problems = load_platforms([tmp_path])
    assert problems == ()
    assert [one.name for one in fitting(platforms, "1.3.6.1.4.1.9.6.1.83", "SG350")] == ["a", "b", "c", "d"]
    assert [one.name for one in fitting(platforms, "1.3.6.1.4.1.9.1.1", "IOS")] == ["b", "d"]


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("kind: temperature", "kind: heat", "acme.yaml: tables[0].readings[0].kind", "is no kind of reading"),
        ("kind: temperature", "kind: temperature\n        units: K", "acme.yaml: tables[0].readings[0] line 13", "does not exist"),
        ("kind: temperature", "kind: temperature\n        unit: K", "acme.yaml: tables[0].readings[0].unit", "is no unit of temperature"),
        ("kind: temperature", "name2: x", "acme.yaml: tables[0].readings[0] line 12", "does not exist"),
        ("value: acmeTemp", "value: acmeTmp", "acme.yaml: tables[0].readings[0].value", "names no column"),
        ("value: acmeTemp", "value: {columns: acmeTemp}", "acme.yaml: tables[0].readings[0].value line 14", "does not exist"),
        ("value: acmeTemp", "value: {scale: 2}", "acme.yaml: tables[0].readings[0].value", "must name its column once"),
        ("value: acmeTemp", "value: acmeTemp\n        scale: much", "acme.yaml: tables[0].readings[0].scale", "must be a number"),
        ("value: acmeTemp", "value: acmeTemp\n        from: lumen", "acme.yaml: tables[0].readings[0].from", "becomes dBm"),
        ("value: acmeTemp", "value: acmeTemp\n        absent: [true]", "acme.yaml: tables[0].readings[0].absent", "list of them"),
        ("value: acmeTemp", "value: acmeTemp\n        extract: '(['", "acme.yaml: tables[0].readings[0].extract", "no regular expression"),
        ("{slotName:acmeName}", "{slot:acmeName}", "acme.yaml: tables[0].readings[0].name", "look-up that does not exist"),
        ("{slotName:acmeName}", "{slotName:acme}", "acme.yaml: tables[0].readings[0].name", "names no column of this table"),
        ("{slotName:acmeName}", "{slotName:acmeName", "acme.yaml: tables[0].readings[0].name", "brace"),
        ("{index.2}", "{index.0}", "acme.yaml: tables[0].readings[0].name", "counts an index from 0"),
        ("high_critical: 70", "high: 70", "acme.yaml: tables[0].readings[0].limits line 15", "does not exist"),
        ("words: health}", "words: helth}", "acme.yaml: tables[0].readings[0].state.words", "names no list of words"),
        ("1: ok, ", "1: fine, ", "acme.yaml: words.health.1", "does not begin with a state"),
        ("acmeTemp: 3", "acmeTemp: [3]", "acme.yaml: tables[0].columns.acmeTemp", "must be a text"),
        ("acmeTemp: 3", "acmeTemp: ten", "acme.yaml: tables[0].columns.acmeTemp", "is no OID"),
        ("entry: 1.3.6.1.4.1.99999.1.1", "entry: acmeEntry", "acme.yaml: tables[0].entry", "is no OID"),
        ("sysObjectID: 1.3.6.1.4.1.99999", "sysObjectID: acme", "acme.yaml: devices[0].sysObjectID", "is no OID"),
        ("{sysObjectID: 1.3.6.1.4.1.99999}", "{}", "acme.yaml: devices[0]", "names no device"),
        ("slotName: 1.3", "entity: 1.3", "acme.yaml: lookups.entity", "every file has"),
        ("platform: acme", "vendor: acme", "acme.yaml line 2", "does not exist"),
        ("platform: acme", "platform:", "acme.yaml: platform", "is missing or empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
    assert GOOD.count(old) >= 1
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(BadInput) as refused:
        load_platform(path)
    assert str(refused.value).startswith(where)
    assert what in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "platform: acme\n", "tables: []\nplatform: acme\n", "- a\n", "platform: [\n", "\x00"]
)
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"^acme\.yaml"):
        load_platform(written(tmp_path, text))


def test_a_broken_file_is_a_problem_and_the_rest_loads(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("kind: temperature", "kind: heat"), "bad.yaml")
    written(tmp_path, GOOD)
    platforms, problems = load_platforms([tmp_path, tmp_path / "none"])
    assert [one.name for one in platforms] == ["acme"]
    assert [problem.where for problem in problems] == ["bad.yaml: tables[0].readings[0].kind", "none"]


def test_a_sites_own_file_replaces_the_bundled_one_of_that_name(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("platform: acme", "platform: cisco"))
    platforms, problems = load_platforms([bundled_platforms(), tmp_path])
    assert problems == ()
    (cisco,) = [one for one in platforms if one.name == "cisco"]
    assert cisco.file == tmp_path / "acme.yaml"


def test_all_bundled_files_load() -> None:
    platforms, problems = load_platforms([bundled_platforms()])
    assert problems == ()
    assert len(platforms) == len(list(bundled_platforms().glob("*.yaml")))
    assert {"standard", "cisco", "juniper", "arista", "nokia", "huawei", "fortinet"} <= {one.name for one in platforms}
    for one in platforms:
        assert one.name == one.file.stem
        assert bool(one.devices) == (one.name != "standard")


def test_the_readme_explains_every_key_and_its_example_loads(tmp_path: Path) -> None:
    readme = (bundled_platforms() / "README.md").read_text()
    example = readme.split("```yaml\n")[1].split("```")[0]
    assert load_platform(written(tmp_path, example)).name == "acme"
    from noc_agent.snmp.platforms import KINDS  # noqa: PLC0415
    from noc_agent.snmp.platforms.names import BUILT_IN  # noqa: PLC0415
    from noc_agent.snmp.platforms.rules import RULE_KEYS  # noqa: PLC0415

    for word in (*RULE_KEYS, *KINDS, *BUILT_IN):
        assert f"`{word}`" in readme, word


def test_the_documentation_lists_every_bundled_file() -> None:
    documented = (Path(__file__).parents[3] / "docs/platforms.md").read_text()
    for path in bundled_platforms().glob("*.yaml"):
        assert f"`{path.stem}`" in documented


def test_importing_reads_no_file() -> None:
    code = "import sys; sys.addaudithook(lambda event, args: event == 'open' and str(args[0]).endswith('.yaml') and sys.exit(9)); import noc_agent.snmp.platforms"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
