"""What a drawn network is: nodes, ports, wires, and who should speak what with whom.

One `Plan` is the truth that everything else is made from: the daemons' configurations of the lab, the tables of the
simulator, and the `site.yaml` and `topology.yaml` that the product gets to see. A plan says how the network is meant to be;
faults are applied to the running lab or to the simulated state, never to the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface, IPv4Network
from typing import Literal

Role = Literal[
    "core",
    "distribution",
    "access",
    "spine",
    "leaf",
    "router",
    "firewall",
    "switch",
    "server",
    "probe",
    "host",
    "external",
]
Service = Literal["dns", "dhcp", "http", "dhcp-relay"]


@dataclass(frozen=True, slots=True)
class Ospf:
    """OSPF on a port. Times in seconds; `key` is an MD5 secret, empty for none."""

    area: str = "0.0.0.0"
    cost: int = 10
    hello: int = 10
    dead: int = 40
    passive: bool = False
    point_to_point: bool = True
    key: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """One interface. A port without an address on a switch is a bridge port; on any other node it is spare."""

    name: str
    address: IPv4Interface | None = None
    alias: str = ""
    mtu: int = 1500
    speed: int = 1000
    "Mb/s: what the simulator's ifHighSpeed says; veth says 10,000 whatever is meant."
    ospf: Ospf | None = None
    path_cost: int = 0
    "Spanning-tree path cost of a bridge port; 0 leaves the default."
    vlan: int = 1
    "Of a bridge port: the VLAN of frames without a tag."
    tagged: frozenset[int] = frozenset()
    "Of a bridge port: the VLANs whose frames have one; only simulated sites have them, the lab's kernel knows no VLAN."


@dataclass(frozen=True, slots=True)
class Neighbor:
    """One BGP session as its own end configures it."""

    address: str
    node: str
    asn: int
    hold: int = 9
    keepalive: int = 3
    password: str = ""
    max_prefix: int = 0
    next_hop_self: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    prefix: IPv4Network
    via: str
    "A next hop's address, or `discard` for a lawful null route."


@dataclass(frozen=True, slots=True)
class Node:
    """One device. `address` is its management address, `""` where the site knows but does not poll it."""

    name: str
    role: Role
    address: str = ""
    platform: str = ""
    "As `site.yaml` names it; the simulator draws vendors, the lab is always `frr` (routers) or nothing."
    ports: tuple[Port, ...] = ()
    loopback: IPv4Interface | None = None
    asn: int = 0
    neighbors: tuple[Neighbor, ...] = ()
    networks: tuple[IPv4Network, ...] = ()
    "Prefixes that it originates in BGP."
    stubs: tuple[IPv4Network, ...] = ()
    "Prefixes behind it that OSPF announces (its passive ports)."
    routes: tuple[Route, ...] = ()
    gateway: str = ""
    "A host's or server's default gateway."
    default_route: bool = False
    "Announces 0.0.0.0/0 into OSPF (`default-information originate always`): the way out to other people's networks."
    services: tuple[Service, ...] = ()
    stp_priority: int = 32768
    dialect: str = "rfc5424"
    "How its syslog lines are stamped: `rfc5424`, `rfc3164`, `iso`; the simulator adds the vendors' own."
    timezone: str = "UTC"

    def port(self, name: str) -> Port:
        """The port of that name; KeyError without."""
        for port in self.ports:
            if port.name == name:
                return port
        raise KeyError(f"{self.name}/{name}")

    @property
    def is_router(self) -> bool:
        return self.asn > 0 or any(port.ospf for port in self.ports)


@dataclass(frozen=True, order=True, slots=True)
class End:
    node: str
    port: str

    def __str__(self) -> str:
        return f"{self.node}/{self.port}"


@dataclass(frozen=True, slots=True)
class Wire:
    """A link between two ports. A `circuit` crosses a carrier: it may lose, delay or throttle while both ends stay up."""

    a: End
    b: End
    circuit: bool = False
    rate: int = 0
    "Mb/s that it carries each way; 0 is as much as the ports do."

    @property
    def resource(self) -> str:
        """As contracts.md names a link: its ends ordered by device, then by interface."""
        first, second = sorted((self.a, self.b))
        return f"link/{first}--{second}"

    def far(self, node: str) -> End:
        return self.b if self.a.node == node else self.a


@dataclass(frozen=True, slots=True)
class Flow:
    """Traffic that goes on all the time, so that counters move: from one node to another's address, kbit/s."""

    source: str
    target: str
    rate: int = 200


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    kind: Literal["metro", "leafspine", "campus", "graphml"]
    seed: int
    size: str
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    flows: tuple[Flow, ...] = ()
    management: IPv4Network = field(default_factory=lambda: IPv4Network("10.255.0.0/24"))
    stub_areas: frozenset[str] = frozenset()
    "OSPF areas whose routers get a default route and nothing else from outside; only the simulated large sites have them."

    def node(self, name: str) -> Node:
        """The node of that name; KeyError without."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def wire_at(self, node: str, port: str) -> Wire | None:
        end = End(node, port)
        return next((wire for wire in self.wires if end in (wire.a, wire.b)), None)

    def polled(self) -> Iterator[Node]:
        """The devices that the site polls, in order."""
        return (node for node in self.nodes if node.address)

    def with_node(self, node: Node) -> Plan:
        return replace(self, nodes=tuple(node if each.name == node.name else each for each in self.nodes))
