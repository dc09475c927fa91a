"""Platform files: YAML of one vendor each, of the bundled folder and of a site's own. README.md here explains the form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.site.yamlfile import Section, parse_yaml, read_bytes, read_yaml
from noc_agent.snmp.platforms.model import Device, Platform, Rule
from noc_agent.snmp.platforms.names import BUILT_IN
from noc_agent.snmp.platforms.rules import RuleReader, regex

BODY = re.compile(rb"^(lookups|words|tables):", re.MULTILINE)
OID = re.compile(r"\d+(?:\.\d+){3,}")


def bundled_platforms() -> Path:
    """The folder of the files that come with the package."""
    return Path(__file__).parent


def load_platforms(folders: Sequence[Path]) -> tuple[tuple[Platform, ...], tuple[BadInput, ...]]:
    """The platforms of all folders, and the files that could not be used. Of two with one name the later folder's counts."""
    found: dict[str, Platform] = {}
    problems: list[BadInput] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(BadInput(folder.name, "no such folder of platforms", "correct `platforms:` in site.yaml"))
        for path in _files(folder):
            try:
                platform = load_platform(path)
                found[platform.name] = platform
            except BadInput as error:
                problems.append(error)
    return tuple(found.values()), tuple(problems)


def load_heads(folders: Sequence[Path]) -> tuple[tuple[Platform, ...], tuple[BadInput, ...]]:
    """The same without lookups and tables: which devices each file is about, in a tenth of the time."""
    found: dict[str, Platform] = {}
    problems: list[BadInput] = []
    for path in (path for folder in folders for path in _files(folder)):
        try:
            head = _head(path)
            found[head.name] = head
        except BadInput as error:
            problems.append(error)
    return tuple(found.values()), tuple(problems)


def _files(folder: Path) -> list[Path]:
    return sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


def _head(path: Path) -> Platform:
    """What stands before the tables; the whole file where its devices do not."""
    raw = read_bytes(path)
    cut = BODY.search(raw)
    whole = cut is None or b"\ndevices:" in raw[cut.start() :]
    top = parse_yaml(raw if whole or cut is None else raw[: cut.start()], path.name)
    return Platform(top.needed("platform"), path, tuple(_device(row) for row in top.sections("devices")), (), {}, ())


def load_platform(path: Path) -> Platform:
    """One file. Raises BadInput that names file and key."""
    top = read_yaml(path)
    top.only(("platform", "about", "devices", "lookups", "words", "tables"))
    lookups = {name: oid_of(top.section("lookups"), name) for name in top.section("lookups")}
    for name in lookups:
        if name in BUILT_IN:
            raise BadInput(top.section("lookups").at(name), "is a look-up that every file has", "give it another name")
    rules = [rule for table in top.sections("tables") for rule in _table(table, lookups, top.section("words"))]
    if not rules:
        raise BadInput(top.at("tables"), "is missing or empty", "add a table with its readings")
    columns = dict.fromkeys(oid for rule in rules for oid in rule.columns)
    devices = tuple(_device(row) for row in top.sections("devices"))
    return Platform(top.needed("platform"), path, devices, tuple(rules), lookups, tuple(columns))


def oid_of(part: Section, key: str) -> str:
    """An OID written out, without a leading dot."""
    oid = part.needed(key).lstrip(".")
    if not OID.fullmatch(oid):
        raise BadInput(part.at(key), "is no OID", "numbers with dots, as 1.3.6.1.4.1.9.9.13.1.3.1.3")
    return oid


def _device(part: Section) -> Device:
    part.only(("sysObjectID", "sysDescr"))
    if not part:
        raise BadInput(part.at(), "names no device", "give sysObjectID, sysDescr or both")
    oids = part.get("sysObjectID")
    many = (
        part.texts("sysObjectID") if isinstance(oids, list) else [part.text("sysObjectID")] if oids is not None else []
    )
    for oid in many:
        if not OID.fullmatch(oid.lstrip(".")):
            raise BadInput(part.at("sysObjectID"), "is no OID", "numbers with dots, as 1.3.6.1.4.1.9")
    pattern = regex(part, "sysDescr") if "sysDescr" in part else None
    return Device(tuple(oid.lstrip(".") for oid in many), pattern)


def _table(part: Section, lookups: dict[str, str], words: Section) -> list[Rule]:
    part.only(("table", "entry", "columns", "readings"))
    part.needed("table")
    entry = oid_of(part, "entry") if "entry" in part else ""
    columns = {name: _column(part.section("columns"), name, entry) for name in part.section("columns")}
    if not columns:
        raise BadInput(part.at("columns"), "is missing or empty", "name the columns that are used, as {sysName: 5}")
    return [RuleReader(row, columns, lookups, words).read() for row in part.sections("readings")]


def _column(part: Section, name: str, entry: str) -> str:
    """The OID of a column: a number below the table's entry, or written out."""
    value = part[name]
    if isinstance(value, int) and not isinstance(value, bool) and entry:
        return f"{entry}.{value}"
    if not name.isidentifier() or name == "index":
        raise BadInput(part.at(name), "is no name for a column", "letters, digits and _, as the MIB spells it")
    return oid_of(part, name)
