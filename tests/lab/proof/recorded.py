"""A case's files read anew, with no code of the program: tables of the MIBs by device and poll, and the log lines."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Any

import yaml

BEFORE, EARLY, LATE = -3, -2, -1
"Which poll: the last of the history, the first and the last of the incident."
MIB = "1.3.6.1.2.1."
LLDP = "1.0.8802.1.1.2.1."


@dataclass(frozen=True, slots=True)
class Port:
    device: str
    name: str


class Recorded:
    """One case. What was not served is an empty table, never a zero."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[str, str], dict[str, str]] = {}

    @cached_property
    def truth(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (yaml.safe_load((self.folder / "truth.yaml").read_text()) or {})["faults"]
        return found

    @cached_property
    def devices(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = yaml.safe_load((self.folder / "site.yaml").read_text())["devices"]
        return found

    @cached_property
    def links(self) -> list[tuple[Port, Port]]:
        rows = yaml.safe_load((self.folder / "topology.yaml").read_text())["links"]
        return [(port(row["a"]), port(row["b"])) for row in rows]

    @cached_property
    def polled(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "snmp").iterdir())

    @cached_property
    def times(self) -> list[str]:
        return sorted({path.name.split(".")[0] for path in (self.folder / "snmp").rglob("*.snmprec*")})

    @cached_property
    def lines(self) -> list[str]:
        """The log lines from the incident's time on; the logs begin with the first poll."""
        return [line for path in sorted((self.folder / "logs").glob("*.log")) for line in path.read_text(errors="replace").splitlines()]  # fmt: skip

    def said(self, pattern: str, device: str = "") -> list[str]:
        return [line for line in self.lines if re.search(pattern, line) and f" {device}" in line]

    def poll(self, device: str, at: int) -> Mapping[str, str]:
        """A device's values at a poll by OID; nothing where it did not answer."""
        if len(self.times) < 4:
            return {}
        key = device, self.times[at]
        if key not in self._read:
            self._read[key] = dict(self._lines(*key))
        return self._read[key]

    def _lines(self, device: str, time: str) -> Iterator[tuple[str, str]]:
        path = self.folder / "snmp" / device / f"{time}.snmprec"
        packed = path.with_name(f"{path.name}.gz")
        text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else path.read_text() if path.exists() else ""  # fmt: skip
        for line in text.splitlines():
            oid, tag, value = line.split("|", 2)
            yield oid, bytes.fromhex(value).decode("latin-1") if tag == "4x" else value

    def column(self, device: str, column: str, at: int) -> dict[str, str]:
        """A table's column by index."""
        head = (column if column.startswith("1.0.") else MIB + column) + "."
        return {oid[len(head) :]: value for oid, value in self.poll(device, at).items() if oid.startswith(head)}

    def number(self, device: str, column: str, index: str, at: int) -> int | None:
        text = self.poll(device, at).get(f"{MIB}{column}.{index}")
        return int(text) if text is not None and text.lstrip("-").isdigit() else None

    def index(self, where: Port, at: int) -> str:
        """The ifIndex of a port: by ifName, else ifDescr."""
        for column in ("31.1.1.1.1", "2.2.1.2"):
            for index, name in self.column(where.device, column, at).items():
                if name == where.name:
                    return index
        return ""

    def of(self, where: Port, column: str, at: int) -> int | None:
        """A number of an interface's row."""
        return self.number(where.device, column, self.index(where, at), at)

    def grown(self, where: Port, column: str, begun: int = EARLY, ended: int = LATE) -> int:
        first, last = self.of(where, column, begun), self.of(where, column, ended)
        return last - first if first is not None and last is not None else 0

    def address(self, where: Port, at: int = BEFORE) -> str:
        """The port's IPv4 interface, as `10.0.0.1/31`."""
        index = self.index(where, at)
        for address, number in self.column(where.device, "4.20.1.2", at).items():
            if number == index:
                mask = self.poll(where.device, at).get(f"{MIB}4.20.1.3.{address}", "255.255.255.255")
                return str(ip_interface(f"{address}/{mask}"))
        return ""

    def neighbors(self, where: Port, at: int) -> list[int]:
        """The states of a port's OSPF neighbors, ospfNbrState by ospfNbrIpAddr."""
        own = self.address(where)
        if not own:
            return []
        network = ip_interface(own).network
        rows = self.column(where.device, "14.10.1.6", at).items()
        return [int(state) for index, state in rows if ip_address(".".join(index.split(".")[:4])) in network]

    def peers(self, device: str, at: int) -> dict[str, int]:
        """bgpPeerState by address."""
        return {address: int(state) for address, state in self.column(device, "15.3.1.2", at).items()}

    def routes(self, device: str, at: int) -> set[str]:
        """The prefixes of inetCidrRouteTable."""
        found = set()
        for index in self.column(device, "4.24.7.1.8", at):
            parts = index.split(".")
            if parts[:2] == ["1", "4"]:
                found.add(f"{'.'.join(parts[2:6])}/{parts[6]}")
        return found

    def programs(self, device: str, at: int) -> set[str]:
        return set(self.column(device, "25.4.2.1.2", at).values())

    def listens(self, device: str, protocol: str, number: int, at: int) -> bool:
        """Whether a port is open: in the tables of listeners, old or new."""
        if protocol == "tcp":
            states = self.column(device, "6.13.1.1", at).items()
            old = [index for index, state in states if state == "2" and index.split(".")[4] == f"{number}"]
            return bool(old) or any(index.endswith(f".{number}") for index in self.column(device, "6.20.1.4", at))
        new = any(f".{number}." in f"{index}." for index in self.column(device, "7.7.1.8", at))
        return new or any(index.endswith(f".{number}") for index in self.column(device, "7.5.1.1", at))

    def heard(self, device: str, at: int) -> dict[str, str]:
        """By local port the neighbor that LLDP tells."""
        names = self.column(device, LLDP + "3.7.1.3", at)
        ids = self.column(device, LLDP + "4.1.1.7", at)
        found = {}
        for index, name in self.column(device, LLDP + "4.1.1.9", at).items():
            local = index.split(".")[1]
            found[names.get(local, local)] = f"{name}/{ids.get(index, '')}"
        return found


def port(text: str) -> Port:
    device, _, name = text.partition("/")
    return Port(device, name)


def ends(resource: str) -> list[Port]:
    """The ports that a resource names."""
    place = resource.partition("/")[2]
    return [port(part) for part in place.split("--")]


def device_of(resource: str) -> str:
    return resource.split("/")[1]
