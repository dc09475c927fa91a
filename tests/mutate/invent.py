"""Faults invented by editing the rows of a healthy recording, as the MIBs say that they show; with the truth that follows."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from pathlib import Path

import yaml

from tests.mutate.sources import drop_lines, read, stamp
from tests.recorded import Case, edit_file

IF_ADMIN, IF_OPER, IF_MTU, IF_NAME = (
    "1.3.6.1.2.1.2.2.1.7",
    "1.3.6.1.2.1.2.2.1.8",
    "1.3.6.1.2.1.2.2.1.4",
    "1.3.6.1.2.1.31.1.1.1.1",
)
IF_SPEED, IF_HIGH_SPEED, HC_OUT, OUT_DISCARDS = (
    "1.3.6.1.2.1.2.2.1.5",
    "1.3.6.1.2.1.31.1.1.1.15",
    "1.3.6.1.2.1.31.1.1.1.10",
    "1.3.6.1.2.1.2.2.1.19",
)
LLDP_REMOTE, LLDP_ADDRESS = "1.0.8802.1.1.2.1.4.1.1", "1.0.8802.1.1.2.1.4.2.1"
OSPF_NEIGHBOR, BGP_PEER, UPTIME = "1.3.6.1.2.1.14.10.1", "1.3.6.1.2.1.15.3.1", "1.3.6.1.2.1.1.3.0"
ADDRESS_IF, ADDRESS_MASK = "1.3.6.1.2.1.4.20.1.2", "1.3.6.1.2.1.4.20.1.3"
Rows = dict[str, str]


class Mutation:
    """Changes the polls of a copied case that come after its baseline."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.links: list[tuple[tuple[str, str], tuple[str, str]]] = []
        for link in yaml.safe_load((case.folder / "topology.yaml").read_text())["links"]:
            a, b = (tuple(link[key].split("/", 1)) for key in ("a", "b"))
            self.links.append(((a[0], a[1]), (b[0], b[1])))

    def polls(self, device: str) -> list[Path]:
        """A device's polls after `since`."""
        since = stamp(read(self.case, "incident.yaml")["since"])
        folder = self.case.folder / "snmp" / device
        return sorted(path for path in folder.glob("*") if path.name.partition(".")[0] > since)

    def change(self, device: str, edit: Callable[[Rows], None]) -> None:
        """Edit the rows (OID to `tag|value`) of every later poll of a device."""
        for path in self.polls(device):
            edit_file(path, lambda text: _edited(text, edit))

    def far(self, device: str, port: str) -> tuple[str, str] | None:
        for a, b in self.links:
            if (device, port) in (a, b):
                return b if a == (device, port) else a
        return None

    def port_down(self, device: str, port: str, *, shut: bool = False) -> None:
        """One end of a link goes down: its state, its LLDP and OSPF neighbors."""

        def edit(rows: Rows) -> None:
            n = index_of(rows, port)
            rows[f"{IF_OPER}.{n}"] = "2|2"
            if shut:
                rows[f"{IF_ADMIN}.{n}"] = "2|2"
            lost = neighbors_on(rows, n)
            drop(rows, lambda oid: oid.startswith(f"{OSPF_NEIGHBOR}.") and neighbor(oid) in lost)
            drop(rows, lambda oid: re.match(rf"{re.escape(LLDP_REMOTE)}\.\d+\.\d+\.{n}\.", oid) is not None)

        self.change(device, edit)

    def link_down(self, device: str, port: str) -> None:
        for end in ((device, port), self.far(device, port)):
            if end is not None:
                self.port_down(*end)

    def shut(self, device: str, port: str) -> None:
        self.port_down(device, port, shut=True)
        far = self.far(device, port)
        if far is not None:
            self.port_down(*far)

    def silent(self, device: str) -> None:
        """Nothing is heard of the device any more."""
        for path in self.polls(device):
            path.unlink()
        since = str(read(self.case, "incident.yaml")["since"])
        drop_lines(self.case, lambda row: f" {device} " in row and _time(row) > since)

    def node_down(self, device: str) -> None:
        self.silent(device)
        for a, b in self.links:
            for own, other in ((a, b), (b, a)):
                if own[0] == device:
                    self.port_down(*other)

    def mtu(self, device: str, port: str, value: int) -> None:
        def edit(rows: Rows) -> None:
            n = index_of(rows, port)
            rows[f"{IF_MTU}.{n}"] = f"2|{value}"

        self.change(device, edit)
        for end, state in (((device, port), 5), (self.far(device, port), 6)):
            if end is not None:
                self._ospf_state(*end, state)

    def _ospf_state(self, device: str, port: str, state: int) -> None:
        def edit(rows: Rows) -> None:
            for address in neighbors_on(rows, index_of(rows, port)):
                rows[f"{OSPF_NEIGHBOR}.6.{address}.0"] = f"2|{state}"

        self.change(device, edit)

    def wrong_as(self, device: str, peer: str, number: int) -> None:
        def edit(rows: Rows) -> None:
            rows[f"{BGP_PEER}.9.{peer}"] = f"2|{number}"
            rows[f"{BGP_PEER}.2.{peer}"] = "2|1"
            rows[f"{BGP_PEER}.14.{peer}"] = "4x|0202"

        self.change(device, edit)

    def saturate(self, device: str, port: str) -> None:
        """The port sends at its own speed from the first poll on, and discards."""
        seconds = [0.0]

        def edit(rows: Rows) -> None:
            n = index_of(rows, port)
            rows[f"{IF_HIGH_SPEED}.{n}"], rows[f"{IF_SPEED}.{n}"] = "66|100", "66|100000000"
            up = int(rows[UPTIME].partition("|")[2]) / 100
            seconds[0] = seconds[0] or up - 20
            sent = int((up - seconds[0]) * 100e6 * 0.98 / 8)
            for oid, more in ((f"{HC_OUT}.{n}", sent), (f"{OUT_DISCARDS}.{n}", int(up - seconds[0]) * 400)):
                tag, _, value = rows[oid].partition("|")
                rows[oid] = f"{tag}|{int(value) + more}"

        self.change(device, edit)


def _edited(text: str, edit: Callable[[Rows], None]) -> str:
    rows = {oid: rest for oid, _, rest in (line.partition("|") for line in text.splitlines())}
    edit(rows)
    return "".join(f"{oid}|{rest}\n" for oid, rest in rows.items())


def _time(row: str) -> str:
    found = re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", row)
    return found[0] if found else ""


def index_of(rows: Rows, port: str) -> str:
    return next(n for n, rest in cells(rows, IF_NAME).items() if rest == f"4|{port}")


def neighbors_on(rows: Rows, n: str) -> set[str]:
    """The addresses of the OSPF neighbors in the subnets of port `n`, however long their prefixes are."""
    own = [a for a, rest in cells(rows, ADDRESS_IF).items() if rest == f"2|{n}"]
    masks = cells(rows, ADDRESS_MASK)
    subnets = [ip_interface(f"{a}/{masks[a].partition('|')[2]}").network for a in own if a in masks]
    found = {neighbor(oid) for oid in rows if oid.startswith(f"{OSPF_NEIGHBOR}.6.")}
    return {address for address in found if any(ip_address(address) in subnet for subnet in subnets)}


def neighbor(oid: str) -> str:
    """The address in the index of an ospfNbrTable row; the last part is its port, 0 where ports have addresses."""
    return ".".join(oid.split(".")[-5:-1])


def cells(rows: Rows, column: str) -> Rows:
    return {oid[len(column) + 1 :]: rest for oid, rest in rows.items() if oid.startswith(column + ".")}


def drop(rows: Rows, unwanted: Callable[[str], bool]) -> None:
    for oid in [oid for oid in rows if unwanted(oid)]:
        del rows[oid]
