"""What a site may not have: polls, logs, intent, tables, devices; each taken out of a copied case."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.recorded import Case, edit_file

NEIGHBOR_TABLES = (
    "1.0.8802.1.1.2",  # LLDP-MIB
    "1.3.111.2.802.1.1.13",  # LLDP-V2-MIB
    "1.3.6.1.4.1.9.9.23",  # CISCO-CDP-MIB
)
# A configuration's change as its device logs it, by make: FRR, IOS and NX-OS, Junos, EOS, VRP and Comware, SR OS.
AUDIT = re.compile(
    r"vty\[\d+\]|%(?:SYS|VSHD|PARSER|AAA|CONFIG|MGBL)\w*-\d-(?:VSHD_SYSLOG_)?(?:CONFIG|CFGLOG)\w*|\bUI_(?:CFG|CMDLINE|COMMIT|DBASE)\w*"
    r"|%%\d\d(?:SHELL|CFGMAN|CONFIGURATION)/\d/|\bcli_config_io\b"
)


def stamp(text: object) -> str:
    """A time of incident.yaml in the form of a poll's name."""
    return re.sub(r"[-:]", "", str(text))


def read(case: Case, name: str) -> dict[str, Any]:
    return yaml.safe_load((case.folder / name).read_text()) or {}


def write(case: Case, name: str, data: dict[str, Any]) -> None:
    (case.folder / name).write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def polls(case: Case) -> dict[str, list[Path]]:
    """The recorded polls by their time, in order."""
    found: dict[str, list[Path]] = {}
    for path in sorted((case.folder / "snmp").rglob("*.snmprec*"), key=lambda path: path.name):
        found.setdefault(path.name.partition(".")[0], []).append(path)
    return found


def drop_snmp(case: Case) -> None:
    """The site serves no SNMP: the folder stays, for a site without recordings would be polled live."""
    shutil.rmtree(case.folder / "snmp", ignore_errors=True)
    (case.folder / "snmp").mkdir()


def drop_baseline(case: Case) -> None:
    """No poll at or before `since`: nobody polled the site while it was healthy."""
    since = stamp(read(case, "incident.yaml")["since"])
    found = polls(case)
    for time in [time for time in found if time <= since]:
        if len(found) > 1:
            for path in found.pop(time):
                path.unlink()


def keep_polls(case: Case, count: int) -> None:
    """Only the last polls."""
    found = polls(case)
    for time in list(found)[: max(0, len(found) - count)]:
        for path in found[time]:
            path.unlink()


def drop_intent(case: Case) -> None:
    """Nobody wrote down what the site is meant to be."""
    site = read(case, "site.yaml")
    named = site.pop("topology", None)
    if named is not None:
        (case.folder / named).unlink(missing_ok=True)
        write(case, "site.yaml", site)


def drop_topology(case: Case) -> None:
    """No intent, and no device that tells of its neighbors."""
    drop_intent(case)
    drop_columns(case, NEIGHBOR_TABLES)


def drop_logs(case: Case) -> None:
    site = read(case, "site.yaml")
    if site.pop("logs", None) is not None:
        write(case, "site.yaml", site)
    shutil.rmtree(case.folder / "logs", ignore_errors=True)


def drop_audit(case: Case) -> None:
    """No device logs what its operators change."""
    drop_lines(case, lambda line: AUDIT.search(line) is not None)


def drop_lines(case: Case, unwanted: Callable[[str], bool]) -> None:
    case.edit(lambda text: "".join(line for line in text.splitlines(True) if not unwanted(line)), "*.log*")


def drop_columns(case: Case, prefixes: Iterable[str]) -> None:
    """No device serves these tables or columns."""
    unserved = tuple(f"{prefix.strip('.')}." for prefix in prefixes)
    for paths in polls(case).values():
        for path in paths:
            edit_file(path, lambda text: "".join(r for r in text.splitlines(True) if not r.startswith(unserved)))


def drop_device(case: Case, name: str) -> None:
    """The device is known, but neither polled nor heard. Raises ValueError where the truth lies on it."""
    for fault in read(case, "truth.yaml").get("faults") or []:
        if name in re.split(r"[/]|--", fault["resource"])[1:2] and not fault["resource"].startswith("link/"):
            raise ValueError(f"{case.folder.name}: {fault['fault']} is at {name}, which is to be dropped")
    site = read(case, "site.yaml")
    if name in site["devices"]:
        site["devices"][name].pop("address", None)
        write(case, "site.yaml", site)
    shutil.rmtree(case.folder / "snmp" / name, ignore_errors=True)
    host = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    drop_lines(case, lambda line: host.search(line[:100]) is not None)


SOURCES: dict[str, Callable[[Case], None]] = {
    "baseline": drop_baseline, "intent": drop_intent, "topology": drop_topology, "logs": drop_logs, "snmp": drop_snmp,
    "audit": drop_audit,
}  # fmt: skip
