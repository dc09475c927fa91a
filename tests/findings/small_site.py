"""Small sites of any make, made in a test: devices that hear each other and count traffic, polled before and after a fault.

Rows are edited as the MIBs say that devices show a fault; `diagnose` is the engine on a recorded case, in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import yaml

from noc_agent.evaluation.cases import CaseFolder
from noc_agent.evaluation.run import Settings, answer

IF, IFX, LLDP, DOT3 = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.0.8802.1.1.2.1", "1.3.6.1.2.1.10.7.2.1"
UPTIME, HOST_UPTIME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.25.1.1.0"
SINCE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POLLS = (-60, 120, 180)  # seconds from the incident's beginning
AGE = 9_000_000  # seconds that every device is up
Rows = dict[str, str]
Link = tuple[str, str, str, str]  # device, port, device, port
MAKES = {
    "junos": ("Juniper Networks, Inc. mx204, kernel JUNOS 21.4R3", "1.3.6.1.4.1.2636.1.1.1.2.150"),
    "ios": ("Cisco IOS Software, C3560 Software, Version 12.2(55)SE12", "1.3.6.1.4.1.9.1.634"),
    "linux": ("Linux router 6.1.0 x86_64", "1.3.6.1.4.1.8072.3.2.10"),
}


@dataclass
class SmallSite:
    """`links` in pairs of device and port; a device's make says what it is."""

    links: Sequence[Link]
    make: str = "ios"
    intent: bool = True
    polls: Sequence[int] = POLLS
    speed: int = 1000  # Mbit/s
    since: bool = True
    edits: list[tuple[str, int, Callable[[Rows, int], None]]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    silent: dict[str, int] = field(default_factory=dict)  # device → the first poll (seconds) that it does not answer

    @property
    def devices(self) -> list[str]:
        return sorted({name for a, _, b, _ in self.links for name in (a, b)})

    def ports(self, device: str) -> list[tuple[str, str, str]]:
        """(own port, far device, far port) in order of ifIndex."""
        both = [(a, p, b, q) for a, p, b, q in self.links] + [(b, q, a, p) for a, p, b, q in self.links]
        return sorted((p, b, q) for a, p, b, q in both if a == device)

    def index(self, device: str, port: str) -> int:
        return next(n for n, (name, _, _) in enumerate(self.ports(device), 501) if name == port)

    def edit(self, device: str, change: Callable[[Rows, int], None], since: int = 0) -> None:
        """Change the rows of every poll from `since` on (seconds); `change` is told the poll's time."""
        self.edits.append((device, since, change))

    def put(self, device: str, cells: Rows, since: int = 0) -> None:
        self.edit(device, lambda rows, _: rows.update(cells), since)

    def grow(self, device: str, column: str, port: str, each: float, base: int = 0) -> None:
        """Let a counter of 32 bits run from `base`, by so many a second from the incident's beginning on."""
        n = self.index(device, port)
        self.edit(
            device, lambda rows, at: rows.update({f"{column}.{n}": f"65|{base + round(max(0, at) * each)}"}), -(10**6)
        )

    def log(self, device: str, at: float, text: str) -> None:
        stamp = (SINCE + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.logs.append(f"<189>1 {stamp} {device} - - - - {text}")

    def rows(self, device: str, at: int) -> Rows:
        descr, what = MAKES[self.make]
        rows = {
            "1.3.6.1.2.1.1.1.0": f"4|{descr}",
            "1.3.6.1.2.1.1.2.0": f"6|{what}",
            "1.3.6.1.2.1.1.5.0": f"4|{device}.example.net",
        }
        rows |= {UPTIME: f"67|{(AGE + at) * 100}"}
        chassis = f"02000000{self.devices.index(device):04x}"
        rows |= {f"{LLDP}.3.1.0": "2|4", f"{LLDP}.3.2.0": f"4x|{chassis}", f"{LLDP}.3.3.0": f"4|{device}"}
        for n, (port, far, far_port) in enumerate(self.ports(device), 501):
            rows |= self._port(n, port, at) | self.heard(n, far, far_port)
        for name, since, change in self.edits:
            if name == device and at >= since:
                change(rows, at)
        return rows

    def _port(self, n: int, port: str, at: int) -> Rows:
        packets = (AGE + at) * (900 + n)
        cells = {
            2: f"4|{port}",
            3: "2|6",
            4: "2|1500",
            7: "2|1",
            8: "2|1",
            9: "67|4100",
            13: "65|0",
            14: "65|0",
            19: "65|0",
            20: "65|0",
        }
        rows = {f"{IF}.{column}.{n}": value for column, value in cells.items()}
        more = {1: f"4|{port}", 15: f"66|{self.speed}", 17: "2|1"}
        more |= {6: f"70|{packets * 500}", 7: f"70|{packets}", 10: f"70|{packets * 500}", 11: f"70|{packets}"}
        return rows | {f"{IFX}.{column}.{n}": value for column, value in more.items()}

    def heard(self, n: int, far: str, far_port: str) -> Rows:
        row = f"0.{n}.1"
        chassis = f"02000000{self.devices.index(far):04x}"
        return {
            f"{LLDP}.4.1.1.4.{row}": "2|4",
            f"{LLDP}.4.1.1.5.{row}": f"4x|{chassis}",
            f"{LLDP}.4.1.1.6.{row}": "2|5",
            f"{LLDP}.4.1.1.7.{row}": f"4|{far_port}",
            f"{LLDP}.4.1.1.9.{row}": f"4|{far}",
        }

    def hear(self, device: str, port: str, far: str, far_port: str) -> None:
        """From the incident on the port hears another neighbor."""
        self.put(device, self.heard(self.index(device, port), far, far_port))

    def down(self, device: str, port: str, since: int = 0, *, admin: bool = False) -> None:
        n = self.index(device, port)

        def change(rows: Rows, at: int) -> None:
            rows |= {f"{IF}.8.{n}": "2|2", f"{IF}.9.{n}": f"67|{(AGE + 5) * 100}"} | (
                {f"{IF}.7.{n}": "2|2"} if admin else {}
            )
            for oid in [oid for oid in rows if oid.startswith(f"{LLDP}.4.") and f".0.{n}." in oid]:
                del rows[oid]

        self.edit(device, change, since)

    def write(self, folder: Path) -> CaseFolder:
        for device in self.devices:
            for at in self.polls:
                if at < self.silent.get(device, 10**9):
                    path = folder / "snmp" / device / f"{SINCE + timedelta(seconds=at):%Y%m%dT%H%M%SZ}.snmprec"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text("".join(f"{oid}|{value}\n" for oid, value in self.rows(device, at).items()))
        site: dict[str, Any] = {"name": "small", "recordings": "snmp/", "logs": ["*.log"]}
        site["devices"] = {name: {"address": f"10.0.0.{n}"} for n, name in enumerate(self.devices, 1)}
        if self.intent:
            site["topology"] = "topology.yaml"
            links = [{"a": f"{a}/{p}", "b": f"{b}/{q}"} for a, p, b, q in self.links]
            (folder / "topology.yaml").write_text(yaml.safe_dump({"links": links}))
        incident = {"id": "INC-1", "title": "users complain"} | ({"since": SINCE.isoformat()} if self.since else {})
        (folder / "site.yaml").write_text(yaml.safe_dump(site))
        (folder / "incident.yaml").write_text(yaml.safe_dump(incident))
        (folder / "all.log").write_text(
            "".join(f"{line}\n" for line in sorted(self.logs, key=lambda line: line.split()[1]))
        )
        return CaseFolder("small", folder, ())

    def diagnose(self, folder: Path) -> dict[str, Any]:
        """The document of the engine alone."""
        found = answer(self.write(folder), Settings(), {})
        assert found.document is not None, found.problem
        return cast("dict[str, Any]", found.document)


def resource(link: Link) -> str:
    ends = sorted([(link[0], link[1]), (link[2], link[3])])
    return "link/" + "--".join(f"{device}/{port}" for device, port in ends)
