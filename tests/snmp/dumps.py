"""The real dumps of shared/data as one-device sites: read in place, aged by some minutes, written as recorded cases."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from noc_agent.evaluation.cases import CaseFolder, Fault

IF, IFX, UPTIME = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.1.3.0"
HOST_UPTIME, ENGINE_TIME = "1.3.6.1.2.1.25.1.1.0", "1.3.6.1.6.3.10.2.1.3.0"
IN_ERRORS = f"{IF}.14"
GROWING = (f"{IF}.10", f"{IF}.11", f"{IF}.16", f"{IF}.17", *(f"{IFX}.{n}" for n in range(6, 14)))  # while a port is up
BEGIN, LATER = (
    datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    600,
)  # when the dump is taken for read; seconds to the second poll
PHYSICAL = {"6", "62", "69", "117"}  # ifType of Ethernet ports
DEVICE = "box"


@dataclass
class Dump:
    """A device's answer: OID → (tag, value as the file spells it). Tags of hex lose their `x` when a value is set."""

    name: str
    rows: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Dump:
        dump = cls(path.name.partition(".snmprec")[0])
        for line in gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape").splitlines():
            oid, _, rest = line.partition("|")
            tag, bar, value = rest.partition("|")
            if bar:
                dump.rows[oid.strip()] = (tag, value)
        return dump

    def copy(self) -> Dump:
        return Dump(self.name, dict(self.rows))

    def number(self, oid: str) -> int | None:
        tag, value = self.rows.get(oid, ("", ""))
        try:
            return (
                int(value, 16 if tag.endswith("x") else 10)
                if tag.rstrip("x") in {"2", "65", "66", "67", "70"}
                else None
            )
        except ValueError:
            return None

    def put(self, oid: str, value: int) -> None:
        """Set a number, over the wrap of its type."""
        tag = self.rows[oid][0].rstrip("x")
        self.rows[oid] = (tag, str(value % 2 ** (64 if tag == "70" else 32) if tag != "2" else value))

    def grow(self, oid: str, more: int) -> None:
        old = self.number(oid)
        if old is not None:
            self.put(oid, old + more)

    def column(self, oid: str) -> Iterator[str]:
        """Indexes of a column's rows."""
        return (name[len(oid) + 1 :] for name in list(self.rows) if name.startswith(f"{oid}."))

    def ports(self) -> list[str]:
        """ifIndex of Ethernet ports that are up."""
        return [
            n
            for n in self.column(f"{IF}.8")
            if self.number(f"{IF}.8.{n}") == 1
            and self.number(f"{IF}.7.{n}") == 1
            and self.rows.get(f"{IF}.3.{n}", ("", ""))[1] in PHYSICAL
        ]

    def aged(self, seconds: int = LATER) -> Dump:
        """The same device later: clocks and traffic have gone on; a port that always had errors has some more."""
        dump = self.copy()
        for oid, each in ((UPTIME, 100), (HOST_UPTIME, 100), (ENGINE_TIME, 1)):
            dump.grow(oid, seconds * each)
        up = self.number(UPTIME)
        for n in self.column(f"{IF}.8"):
            if self.number(f"{IF}.8.{n}") == 1:
                packets = seconds * (7 + int(n) % 89)
                for oid in GROWING:
                    dump.grow(f"{oid}.{n}", packets * (600 if oid.endswith((".10", ".16", ".6")) else 1))
                errors = self.number(f"{IN_ERRORS}.{n}")
                if errors and up:
                    dump.grow(f"{IN_ERRORS}.{n}", round(errors / (up / 100) * seconds))
        return dump

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{oid}|{tag}|{value}\n" for oid, (tag, value) in self.rows.items())
        path.write_bytes(gzip.compress(text.encode("utf-8", "surrogateescape"), compresslevel=1, mtime=0))


def write_case(folder: Path, name: str, polls: Mapping[int, Dump], truth: tuple[Fault, ...]) -> CaseFolder:
    """A case of these polls (seconds after BEGIN → what was read); the incident begins at BEGIN."""
    place = folder / name
    for seconds, dump in polls.items():
        dump.write(place / "snmp" / DEVICE / f"{BEGIN + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}.snmprec.gz")
    files = {
        "site.yaml": {"name": name, "devices": {DEVICE: {"address": "192.0.2.1"}}, "recordings": "snmp/"},
        "incident.yaml": {"id": "INC-1", "title": "users complain", "since": BEGIN.isoformat()},
        "truth.yaml": {"faults": [{"fault": f.pair.fault, "resource": f.pair.resource} for f in truth]},
    }
    for file, data in files.items():
        (place / file).write_text(yaml.safe_dump(data), "utf-8")
    return CaseFolder(name, place, truth)
