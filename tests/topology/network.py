"""Small networks on loopback: recordings of devices that hear each other by LLDP and CDP, served by simulated agents."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from noc_agent.site.load import load_site
from noc_agent.snmp import RecordedSnmp
from noc_agent.topology import Network
from tests.snmp.agents import Served, agents
from tests.snmp.agents.rows import Value

IF, IFX, LLDP = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.0.8802.1.1.2.1"
CDP, IP = "1.3.6.1.4.1.9.9.23.1.2.1.1", "1.3.6.1.2.1.4.20.1"
NETWORK = "127.0.10"


@dataclass
class Box:
    """A device to be simulated. `own`: addresses it has besides the one at which it is served."""

    name: str
    host: int
    ports: tuple[str, ...]
    chassis: bytes | None = None
    descr: str = "FRRouting on Linux"
    own: tuple[str, ...] = ()
    cells: dict[str, Value] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.host}"

    def lldp(
        self, port: int, index: int, name: str, port_id: str, *, chassis: bytes | None, addresses: Sequence[str] = ()
    ) -> None:
        """Let it hear a neighbor by LLDP on its port (from 1)."""
        row = f"0.{port}.{index}"
        self.cells |= {
            f"{LLDP}.4.1.1.6.{row}": 5,
            f"{LLDP}.4.1.1.7.{row}": port_id.encode(),
            f"{LLDP}.4.1.1.9.{row}": name.encode(),
        }
        if chassis is not None:
            self.cells |= {f"{LLDP}.4.1.1.4.{row}": 4, f"{LLDP}.4.1.1.5.{row}": chassis}
        for address in addresses:
            octets = ip_address(address).packed
            family = 1 if len(octets) == 4 else 2
            self.cells[f"{LLDP}.4.2.1.3.{row}.{family}.{len(octets)}.{'.'.join(map(str, octets))}"] = 2

    def cdp(self, port: int, index: int, device_id: str, port_id: str, address: str) -> None:
        """Let it hear a neighbor by CDP on its port (from 1)."""
        self.cells |= {
            f"{CDP}.3.{port}.{index}": 1, f"{CDP}.4.{port}.{index}": ip_address(address).packed,
            f"{CDP}.6.{port}.{index}": device_id.encode(), f"{CDP}.7.{port}.{index}": port_id.encode(),
            f"{CDP}.8.{port}.{index}": b"cisco WS-C2960X",
        }  # fmt: skip

    def rows(self) -> Mapping[str, Value]:
        made: dict[str, Value] = {
            "1.3.6.1.2.1.1.1.0": self.descr.encode(), "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
            "1.3.6.1.2.1.1.3.0": (67, 123400), "1.3.6.1.2.1.1.5.0": self.name.encode(),
        }  # fmt: skip
        if self.chassis is not None:
            made |= {f"{LLDP}.3.1.0": 4, f"{LLDP}.3.2.0": self.chassis, f"{LLDP}.3.3.0": self.name.encode()}
        for n, port in enumerate(self.ports, 1):
            made |= {f"{IF}.2.{n}": port.encode(), f"{IF}.3.{n}": 6, f"{IF}.6.{n}": bytes((2, 0, 0, 0, self.host, n))}
            made |= {f"{IF}.7.{n}": 1, f"{IF}.8.{n}": 1, f"{IFX}.1.{n}": port.encode()}
        for address in (self.address, *self.own):
            made |= {f"{IP}.2.{address}": 1, f"{IP}.3.{address}": (64, "255.255.255.0")}
        return {**made, **self.cells}


def mac(n: int) -> bytes:
    return bytes((2, 0, 0, 0, 0, n))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(boxes: Sequence[Box], *, also: Mapping[str, Box] | None = None, community: str = "public") -> Iterator[int]:
    """Serve each box at its address, and those of `also` at other addresses, all on the one port that is given back."""
    port = free_port()
    places = [(box, box.address) for box in boxes] + [(box, address) for address, box in (also or {}).items()]
    with agents([Served(box.rows(), address=address, port=port, community=community) for box, address in places]):
        yield port


def record(box: Box, folder: Path, at: str = "20261123T090000Z") -> None:
    """Write a poll of the box as a recording."""
    target = folder / box.name.partition(".")[0] / f"{at}.snmprec"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{oid}|{_cell(value)}\n" for oid, value in box.rows().items()))


def _cell(value: Value) -> str:
    if isinstance(value, tuple):
        return f"{value[0]}|{value[1]!s}"
    return f"2|{value}" if isinstance(value, int) else f"4x|{value.hex()}" if isinstance(value, bytes) else f"6|{value}"


def network_of(
    folder: Path, boxes: Sequence[Box], links: Sequence[tuple[str, str]] = (), unpolled: Sequence[str] = ()
) -> Network:
    """A recorded site of one poll, with these intended links."""
    for box in boxes:
        record(box, folder / "snmp")
    return open_network(folder, [box.name.partition(".")[0] for box in boxes], links, unpolled)


def open_network(
    folder: Path, polled: Sequence[str], links: Sequence[tuple[str, str]], unpolled: Sequence[str] = ()
) -> Network:
    """The recorded site in a folder that has its polls."""
    devices = [f"  {name}: {{address: {NETWORK}.{200 + n}}}\n" for n, name in enumerate(polled)]
    devices += [f"  {name}: {{}}\n" for name in unpolled]
    (folder / "site.yaml").write_text(
        f"name: x\nrecordings: snmp\ntopology: topology.yaml\ndevices:\n{''.join(devices)}"
    )
    rows = "".join(f"  - {{a: {a}, b: {b}}}\n" for a, b in links)
    (folder / "topology.yaml").write_text(f"links:\n{rows}" if rows else "links: []\n")
    site = load_site(folder / "site.yaml", {"HOME": str(folder)})
    return Network(site, RecordedSnmp(folder / "snmp"))
