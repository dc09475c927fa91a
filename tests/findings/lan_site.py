"""A small switched network made in a test: three bridges in a ring, a router, a server, a host, and a relay behind the router.

As `small_site.py`, with bridges (RFC 4188), addresses, ARP, routes and listeners, and with intended services and roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from noc_agent.evaluation.cases import CaseFolder
from tests.findings.small_site import AGE, IF, IFX, Link, Rows, SmallSite

AB: Link = ("sw-a", "Gi0/1", "sw-b", "Gi0/24")
BC: Link = ("sw-b", "Gi0/2", "sw-c", "Gi0/24")
AC: Link = ("sw-a", "Gi0/2", "sw-c", "Gi0/23")
LAN: tuple[Link, ...] = (
    AB, BC, AC, ("gw-1", "Gi1", "sw-a", "Gi0/9"), ("pc-9", "eth0", "sw-c", "Gi0/3"), ("pc-8", "eth0", "sw-b", "Gi0/4"),
    ("gw-1", "Gi2", "srv-5", "ens3"),
)  # fmt: skip
BRIDGES = ("sw-a", "sw-b", "sw-c")
ADDRESSES = {
    ("gw-1", "Gi1"): "192.0.2.1", ("pc-9", "eth0"): "192.0.2.9", ("pc-8", "eth0"): "192.0.2.8",
    ("gw-1", "Gi2"): "198.51.100.1", ("srv-5", "ens3"): "198.51.100.5",
}  # fmt: skip
GATEWAYS = {"pc-9": "192.0.2.1", "pc-8": "192.0.2.1", "srv-5": "198.51.100.1"}
LISTENS = {"srv-5": (("udp", 53), ("udp", 67), ("tcp", 80), ("tcp", 22)), "gw-1": (("udp", 67),)}
BRIDGE, STP, ROUTE, ARP, ROOT = (
    "1.3.6.1.2.1.17", "1.3.6.1.2.1.17.2", "1.3.6.1.2.1.4.24.7.1", "1.3.6.1.2.1.4.22.1.2", "80000200000000aa",
)  # fmt: skip
EVER = -(10**6)


@dataclass
class LanSite(SmallSite):
    """`services` and `vlans` as intended; roles tell hosts from routers where `roles` is set."""

    services: tuple[tuple[str, str, str, int], ...] = ()
    vlans: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    roles: bool = True
    own: dict[tuple[str, str], str] = field(default_factory=lambda: dict(ADDRESSES))

    def rows(self, device: str, at: int) -> Rows:
        edits, self.edits = self.edits, []
        rows = SmallSite.rows(self, device, at)
        self.edits = edits
        rows |= self._bridge(device) if device in BRIDGES else self._host(device)
        for n, (port, _, _) in enumerate(self.ports(device), 501):
            rows[f"{IF}.6.{n}"] = f"4x|{self.mac(device, port).replace(':', '')}"
        for name, since, change in self.edits:
            if name == device and at >= since:
                change(rows, at)
        return rows

    def mac(self, device: str, port: str) -> str:
        return f"02:01:00:{self.devices.index(device):02x}:00:{self.index(device, port) - 500:02x}"

    def _bridge(self, device: str) -> Rows:
        address = f"02000000{self.devices.index(device):04x}"
        if device == "sw-a":
            address = ROOT[4:]
        rows = {f"{BRIDGE}.1.1.0": f"4x|{address}", f"{STP}.1.0": "2|3", f"{STP}.5.0": f"4x|{ROOT}"}
        for n, (port, _, _) in enumerate(self.ports(device), 501):
            blocks = (device, port) == ("sw-c", "Gi0/24")
            rows |= {f"{BRIDGE}.1.4.1.2.{n - 500}": f"2|{n}", f"{STP}.15.1.3.{n - 500}": "2|2" if blocks else "2|5"}
            rows |= {f"{STP}.15.1.4.{n - 500}": "2|1"}
        return rows

    def _host(self, device: str) -> Rows:
        rows = {"1.3.6.1.2.1.4.1.0": "2|1" if device == "gw-1" else "2|2"}
        for (name, port), address in self.own.items():
            if name == device:
                n = self.index(device, port)
                rows |= {
                    f"1.3.6.1.2.1.4.20.1.2.{address}": f"2|{n}",
                    f"1.3.6.1.2.1.4.20.1.3.{address}": "64|255.255.255.0",
                }
        if device in GATEWAYS:
            rows |= default(GATEWAYS[device])
        for protocol, number in LISTENS.get(device, ()):
            rows |= listener(protocol, number)
        return rows | ({"1.3.6.1.2.1.7.5.1.2.0.0.0.0.161": "2|161"} if device in LISTENS else {})

    def arp(self, device: str, port: str, address: str, mac: str, since: int = EVER) -> None:
        cell = f"{ARP}.{self.index(device, port)}.{address}"
        self.put(device, {cell: f"4x|{mac.replace(':', '')}"}, since)

    def close(self, device: str, protocol: str, number: int) -> None:
        self.drop(device, *listener(protocol, number))

    def drop(self, device: str, *oids: str) -> None:
        """From the incident on these cells are not served."""

        def change(rows: Rows, _: int) -> None:
            for oid in oids:
                rows.pop(oid, None)

        self.edit(device, change)

    def flow(self, device: str, port: str, *, inward: float = 0, outward: float = 0, broadcasts: float = 0) -> None:
        """So many frames a second more from the incident on, at both ends of the line."""
        far, far_port = next((f, q) for name, f, q in self.ports(device) if name == port)
        self._more(device, port, inward, outward, broadcasts)
        self._more(far, far_port, outward, inward, 0)

    def _more(self, device: str, port: str, inward: float, outward: float, broadcasts: float) -> None:
        n = self.index(device, port)

        def change(rows: Rows, at: int) -> None:
            for column, each in ((7, inward), (11, outward), (9, broadcasts)):
                value = int(rows.get(f"{IFX}.{column}.{n}", "70|0").partition("|")[2])
                rows[f"{IFX}.{column}.{n}"] = f"70|{value + round(max(0, at) * each)}"

        self.edit(device, change, EVER)

    def quiet(self, per_s: float = 10) -> None:
        """Ports that carry ten frames a second, as a calm network does, or so many."""
        for device in self.devices:
            for n, _ in enumerate(self.ports(device), 501):
                self.edit(
                    device,
                    lambda rows, at, n=n: rows.update(
                        {f"{IFX}.{c}.{n}": f"70|{round((AGE + at) * per_s)}" for c in (7, 11)}
                    ),  # type: ignore[misc]
                    EVER,
                )

    def state(self, device: str, port: str, value: int, since: int = 0) -> None:
        """dot1dStpPortState: 2 blocking, 5 forwarding."""
        self.put(device, {f"{STP}.15.1.3.{self.index(device, port) - 500}": f"2|{value}"}, since)

    def write(self, folder: Path) -> CaseFolder:
        case = SmallSite.write(self, folder)
        site = yaml.safe_load((folder / "site.yaml").read_text())
        for name in site["devices"] if self.roles else ():
            site["devices"][name]["role"] = "switch" if name in BRIDGES else "edge" if name == "gw-1" else "host"
        (folder / "site.yaml").write_text(yaml.safe_dump(site))
        if self.intent:
            topology = yaml.safe_load((folder / "topology.yaml").read_text())
            topology["intent"] = {
                "services": [
                    dict(zip(("device", "name", "protocol", "port"), row, strict=True)) for row in self.services
                ],
                "vlans": [{"device": d, "interface": p, "vlans": list(v)} for d, p, v in self.vlans],
            }
            (folder / "topology.yaml").write_text(yaml.safe_dump(topology))
        return case


def default(gateway: str) -> Rows:
    row = f"1.4.0.0.0.0.0.2.0.0.1.4.{gateway}"
    return {f"{ROUTE}.7.{row}": "2|501", f"{ROUTE}.8.{row}": "2|4", f"{ROUTE}.9.{row}": "2|3"}


def listener(protocol: str, number: int) -> Mapping[str, str]:
    if protocol == "udp":
        return {f"1.3.6.1.2.1.7.5.1.2.0.0.0.0.{number}": f"2|{number}"}
    return {f"1.3.6.1.2.1.6.20.1.4.1.4.0.0.0.0.{number}": "66|1"}
