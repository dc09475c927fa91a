"""A ring of four routers of another make than the recordings', as their agents would serve it: rows by poll, to be edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from noc_agent.evaluation.cases import CaseFolder
from noc_agent.evaluation.run import Settings, answer
from noc_agent.evidence import Json

SINCE = datetime(2026, 3, 2, 4, 10, tzinfo=UTC)
POLLS = (SINCE - timedelta(minutes=5), SINCE + timedelta(minutes=3), SINCE + timedelta(minutes=8))
IF, IFX, LLDP = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.0.8802.1.1.2.1"
OSPF, OSPF_IF, OSPF_NBR = "1.3.6.1.2.1.14", "1.3.6.1.2.1.14.7.1", "1.3.6.1.2.1.14.10.1"
ROUTE = "1.3.6.1.2.1.4.24.4.1"
HELLO, PACKETS = 10, {"In": (7, 8), "Out": (11, 12)}  # columns of unicast and multicast packets in ifXTable
Rows = dict[str, str]
NAMES = ("edge-a", "edge-b", "pop-c", "pop-d")


@dataclass
class Ring:
    """Devices 0 to 3; the line n joins device n (its port 1) to device n + 1 (its port 2). `units`: addresses are on units."""

    port: str = "ge-0/0/{}"
    units: bool = True
    descr: str = "Juniper Networks, Inc. mx204 internet router, kernel JUNOS 21.4R3"
    multicast: bool = True
    auth: int = 2
    polls: dict[str, list[Rows]] = field(default_factory=dict)
    logs: list[str] = field(default_factory=list)
    intent: bool = False
    lsdb: bool = True
    "Whether OSPF's databases are served."
    costs: dict[tuple[int, int], int] = field(default_factory=dict)
    "Costs other than 10 of (device, port), in the polls of the incident."
    withdrawn: set[int] = field(default_factory=set)
    "Devices that do not announce their LAN (port 3) in the polls of the incident."

    def __post_init__(self) -> None:
        for n, name in enumerate(NAMES):
            self.polls[name] = [self._rows(n, poll) for poll in range(len(POLLS))]

    def name(self, n: int) -> str:
        return self.port.format(n)

    def _rows(self, n: int, poll: int) -> Rows:
        seconds = int((POLLS[poll] - POLLS[0]).total_seconds()) + 900_000
        rows = {
            "1.3.6.1.2.1.1.1.0": f"4|{self.descr}", "1.3.6.1.2.1.1.3.0": f"67|{seconds * 100}",
            "1.3.6.1.2.1.1.5.0": f"4|{NAMES[n]}.example.net", f"{OSPF}.1.1.0": f"64|172.31.0.{n + 1}", f"{OSPF}.1.2.0": "2|1",
            f"{LLDP}.3.1.0": "2|4", f"{LLDP}.3.2.0": f"4x|02000000000{n}", f"{LLDP}.3.3.0": f"4|{NAMES[n]}",
        }  # fmt: skip
        for port, line, far in ((1, n, (n + 1) % 4), (2, (n - 1) % 4, (n - 1) % 4)):
            self._port(rows, port, seconds)
            own, other = (1, 2) if port == 1 else (2, 1)
            address, peer = f"172.20.{line}.{own}", f"172.20.{line}.{other}"
            rows |= self._ospf(port, address, peer, far)
            rows |= {
                f"{LLDP}.3.7.1.2.{port}": "2|5", f"{LLDP}.3.7.1.3.{port}": f"4|{self.name(port)}",
                f"{LLDP}.4.1.1.4.0.{port}.1": "2|4", f"{LLDP}.4.1.1.5.0.{port}.1": f"4x|02000000000{far}",
                f"{LLDP}.4.1.1.6.0.{port}.1": "2|5", f"{LLDP}.4.1.1.7.0.{port}.1": f"4|{self.name(3 - port)}",
                f"{LLDP}.4.1.1.9.0.{port}.1": f"4|{NAMES[far]}.example.net",
            }  # fmt: skip
        return rows | self._lan(n, seconds)

    def _lan(self, n: int, seconds: int) -> Rows:
        """Port 3 with a LAN on it, and routes to those of the others."""
        rows: Rows = {}
        self._port(rows, 3, seconds)
        index = 503 if self.units else 3
        rows |= {
            f"1.3.6.1.2.1.4.20.1.2.172.30.{n}.1": f"2|{index}",
            f"1.3.6.1.2.1.4.20.1.3.172.30.{n}.1": "64|255.255.255.0",
        }
        values = {3: "64|0.0.0.0", 4: "2|1", 5: "2|1", 9: f"2|{HELLO}", 10: "2|40", 12: "2|5", 20: f"2|{self.auth}"}
        rows |= {f"{OSPF_IF}.{column}.172.30.{n}.1.0": value for column, value in values.items()}
        for other in range(4):
            hop = "0.0.0.0" if other == n else self.address(*self.far(n, 1))
            row = f"172.30.{other}.0.255.255.255.0.0.{hop}"
            kind, protocol = ("2|3", "2|2") if other == n else ("2|4", "2|13")
            rows |= {f"{ROUTE}.5.{row}": f"2|{index}", f"{ROUTE}.6.{row}": kind, f"{ROUTE}.7.{row}": protocol}
        return rows

    def _lsa(self, n: int, poll: int) -> bytes:
        """The router-LSA of a device, as RFC 2328 A.4.2 lays it out."""
        links = b""
        for port in (1, 2):
            far, _ = self.far(n, port)
            cost = self.costs.get((n, port), 10) if poll else 10
            links += ip(f"172.31.0.{far + 1}") + ip(self.address(n, port)) + b"\x01\x00" + cost.to_bytes(2, "big")
            links += (
                ip(f"172.20.{n if port == 1 else (n - 1) % 4}.0")
                + b"\xff\xff\xff\xfc\x03\x00"
                + cost.to_bytes(2, "big")
            )
        if not (poll and n in self.withdrawn):
            links += ip(f"172.30.{n}.0") + b"\xff\xff\xff\x00\x03\x00\x00\x0a"
        own = ip(f"172.31.0.{n + 1}")
        sequence = (0x80000010 + (1 if poll else 0)).to_bytes(4, "big")
        age = (100).to_bytes(2, "big") if poll else (1000).to_bytes(2, "big")
        head = age + b"\x02\x01" + own + own + sequence + b"\x00\x00" + (24 + len(links)).to_bytes(2, "big")
        return head + b"\x00\x00" + (len(links) // 12).to_bytes(2, "big") + links

    def _publish(self) -> None:
        """Databases, and routes to LANs, as the costs and announcements make them."""
        for name, polls in self.polls.items():
            for poll, rows in enumerate(polls):
                for n in range(4):
                    router = f"172.31.0.{n + 1}"
                    if self.lsdb and f"{OSPF}.1.1.0" in rows:
                        rows[f"{OSPF}.4.1.8.0.0.0.0.1.{router}.{router}"] = f"4x|{self._lsa(n, poll).hex()}"
                    if poll and n in self.withdrawn and name != NAMES[n]:
                        for oid in [oid for oid in rows if oid.startswith(f"{ROUTE}.") and f".172.30.{n}.0." in oid]:
                            del rows[oid]

    def withdraw(self, n: int, *, row: bool = False) -> None:
        """The device no longer announces its LAN. `row`: its port keeps its row, as where a redistribution was removed."""
        self.withdrawn.add(n)
        for rows in [] if row else self.now(n):
            drop(rows, f"{OSPF_IF}.", f".172.30.{n}.1.0")

    def processes(self, n: int, *names: str, polls: tuple[int, ...] = (0, 1, 2)) -> None:
        for poll in polls:
            rows = self.polls[NAMES[n]][poll]
            rows |= {f"1.3.6.1.2.1.25.4.2.1.2.{index}": f"4|{name}" for index, name in enumerate(names, 100)}

    def _port(self, rows: Rows, port: int, seconds: int) -> None:
        layers = ((port, self.name(port), 6), *(((port + 500, f"{self.name(port)}.0", 53),) if self.units else ()))
        for index, name, kind in layers:
            rows |= {f"{IF}.1.{index}": f"2|{index}", f"{IF}.2.{index}": f"4|{name}", f"{IF}.3.{index}": f"2|{kind}",
                     f"{IF}.4.{index}": "2|1500", f"{IF}.7.{index}": "2|1", f"{IF}.8.{index}": "2|1",
                     f"{IFX}.1.{index}": f"4|{name}", f"{IFX}.15.{index}": "66|10000"}  # fmt: skip
        for unicast, multicast in PACKETS.values():
            rows[f"{IFX}.{unicast}.{port}"] = f"70|{seconds * 50}"
            rows[f"{IFX}.{multicast}.{port}"] = f"70|{seconds // HELLO if self.multicast else 0}"

    def _ospf(self, port: int, address: str, peer: str, far: int) -> Rows:
        index = port + 500 if self.units else port
        values = {3: "64|0.0.0.0", 4: "2|3", 5: "2|1", 9: f"2|{HELLO}", 10: "2|40", 12: "2|4", 20: f"2|{self.auth}"}
        return {
            f"1.3.6.1.2.1.4.20.1.2.{address}": f"2|{index}", f"1.3.6.1.2.1.4.20.1.3.{address}": "64|255.255.255.252",
            **{f"{OSPF_IF}.{column}.{address}.0": value for column, value in values.items()},
            f"{OSPF_NBR}.3.{peer}.0": f"64|172.31.0.{far + 1}", f"{OSPF_NBR}.6.{peer}.0": "2|8",
        }  # fmt: skip

    # What the tests edit: the polls of the incident.

    def address(self, n: int, port: int) -> str:
        return f"172.20.{n if port == 1 else (n - 1) % 4}.{port}"

    def far(self, n: int, port: int) -> tuple[int, int]:
        return ((n + 1) % 4, 2) if port == 1 else ((n - 1) % 4, 1)

    def now(self, n: int) -> list[Rows]:
        return self.polls[NAMES[n]][1:]

    def set(self, n: int, port: int, column: int, value: str) -> None:
        for rows in self.now(n):
            rows[f"{OSPF_IF}.{column}.{self.address(n, port)}.0"] = value

    def neighbor(self, n: int, port: int, state: int | None) -> None:
        """The state in which a device has the neighbor on its port; None: no row."""
        peer = self.address(*self.far(n, port))
        for rows in self.now(n):
            rows[f"{OSPF_NBR}.6.{peer}.0"] = f"2|{state}"
            if state is None:
                drop(rows, f"{OSPF_NBR}.", f".{peer}.0")

    def lose(self, n: int, port: int) -> None:
        self.neighbor(n, port, None)
        self.neighbor(*self.far(n, port), None)

    def off(self, n: int, port: int) -> None:
        for rows in self.now(n):
            drop(rows, f"{OSPF_IF}.", f".{self.address(n, port)}.0")

    def sent(self, n: int, port: int, unicast: int, multicast: int, *, arrived: bool = True) -> None:
        """What the port sends between the last two polls, and the far end receives."""
        for (device, number), way, share in (((n, port), "Out", 1), (self.far(n, port), "In", int(arrived))):
            old, new = self.now(device)
            for column, count in zip(PACKETS[way], (unicast, multicast), strict=True):
                key = f"{IFX}.{column}.{number}"
                new[key] = f"70|{int(old[key].partition('|')[2]) + count * share}"

    def no_lldp(self, n: int, port: int) -> None:
        for rows in self.now(n):
            drop(rows, f"{LLDP}.4.1.1.", f".0.{port}.1")

    def unserved(self, n: int, *trees: str) -> None:
        for rows in self.now(n):
            for tree in trees:
                drop(rows, f"{tree}.", "")

    def link(self, n: int, port: int) -> str:
        ends = sorted(
            (f"{NAMES[d]}/{self.name(p)}" for d, p in ((n, port), self.far(n, port))), key=lambda end: end.split("/", 1)
        )
        return "link/" + "--".join(ends)

    def interface(self, n: int, port: int) -> str:
        return f"interface/{NAMES[n]}/{self.name(port)}"

    def diagnose(self, folder: Path, *, baseline: bool = True) -> dict[str, Json]:
        """What the engine says of it."""
        return concluded(self.write(folder, baseline=baseline))

    def write(self, folder: Path, *, baseline: bool = True) -> Path:
        """As a case."""
        self._publish()
        (folder / "logs").mkdir(parents=True)
        (folder / "logs/all.log").write_text("".join(f"{line}\n" for line in self.logs))
        for device, polls in self.polls.items():
            (folder / "snmp" / device).mkdir(parents=True)
            for at, rows in list(zip(POLLS, polls, strict=True))[0 if baseline else 1 :]:
                text = "".join(f"{oid}|{value}\n" for oid, value in rows.items())
                (folder / "snmp" / device / f"{at:%Y%m%dT%H%M%SZ}.snmprec").write_text(text)
        devices = {name: {"address": f"192.0.2.{n + 1}", "role": "router"} for n, name in enumerate(NAMES)}
        site = {"name": "ring", "devices": devices, "recordings": "snmp/", "logs": ["logs/*.log"]}
        if self.intent:
            site["topology"] = "topology.yaml"
            ends = [{"a": f"{NAMES[n]}/{self.name(1)}", "b": f"{NAMES[(n + 1) % 4]}/{self.name(2)}"} for n in range(4)]
            (folder / "topology.yaml").write_text(yaml.safe_dump({"links": ends}))
        (folder / "site.yaml").write_text(yaml.safe_dump(site))
        incident = {"id": "RING-1", "title": "alarms", "since": f"{SINCE:%Y-%m-%dT%H:%M:%SZ}"}
        (folder / "incident.yaml").write_text(yaml.safe_dump(incident))
        return folder


def ip(text: str) -> bytes:
    return bytes(map(int, text.split(".")))


def drop(rows: Rows, start: str, end: str) -> None:
    for oid in [oid for oid in rows if oid.startswith(start) and oid.endswith(end)]:
        del rows[oid]


def concluded(folder: Path) -> dict[str, Json]:
    """The document of a case, made in this process by what `eval` runs."""
    found = answer(CaseFolder(folder.name, folder, ()), Settings(), {"HOME": str(folder)})
    assert found.document is not None, found.problem
    return dict(found.document)
