"""The state of a simulated network: devices, interfaces and lines as they are now, whatever the plan meant.

A fault changes a few of these fields; `settle` computes all the rest from them. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from tests.networks.plan import Neighbor, Node, Ospf, Plan, Port, Route, Wire
from tests.simulated.vendors import Vendor

# Counters of an interface, in the order of `Nic.counters` and `Nic.rates`.
(IN_OCTETS, IN_UCAST, IN_MCAST, IN_BCAST, IN_DISCARDS, IN_ERRORS, OUT_OCTETS, OUT_UCAST, OUT_MCAST, OUT_BCAST,
 OUT_DISCARDS, OUT_ERRORS, FCS, LATE, COUNTERS) = range(15)  # fmt: skip
FRAME = 640  # octets of a packet, on average


@dataclass(eq=False, slots=True)
class Nic:
    """One interface. `ospf`, `mtu`, `address` are what is configured now; `light` is received power in dBm."""

    device: Device
    port: Port
    number: int
    index: int
    descr: str
    mac: bytes
    mtu: int
    ospf: Ospf | None
    speed: int
    line: Line | None = None
    far: Nic | None = None
    admin: bool = True
    oper: bool = False
    changed: float = 0.0
    flaps: int = 0
    half_duplex: bool = False
    light: float = -3.0
    temperature: float = 34.0
    acl: frozenset[str] = frozenset()
    "What is dropped here: `ospf`, `icmp`, `http`, `dns`."
    addressed: bool = True
    "Whether it still has the address that the plan gives it."
    vlan: int = 1
    tagged: frozenset[int] = frozenset()
    counters: list[float] = field(default_factory=lambda: [0.0] * COUNTERS)
    rates: list[float] = field(default_factory=lambda: [0.0] * COUNTERS)
    extra: list[float] = field(default_factory=lambda: [0.0] * COUNTERS)
    "Rates that come from no flow: errors that creep, a storm."
    share: float = 1.0
    "Of the time that it is up: less than 1 while it flaps."

    @property
    def name(self) -> str:
        return self.port.name

    @property
    def address(self) -> IPv4Interface | None:
        return self.port.address if self.addressed else None

    @property
    def unit(self) -> int:
        """ifIndex of the row that has its address."""
        return (
            self.index + 1
            if self.device.vendor.platform == "junos"
            else self.number + 10
            if self.device.vendor.units
            else self.index
        )

    @property
    def resource(self) -> str:
        return f"interface/{self.device.name}/{self.name}"


@dataclass(eq=False, slots=True)
class Line:
    """A wire as it is now. `loss` is the share of frames lost from a to b and from b to a; `deaf` ends receive nothing."""

    wire: Wire
    a: Nic
    b: Nic
    cut: bool = False
    loss: dict[Nic, float] = field(default_factory=dict)
    "Silent loss of what this end receives."
    corrupt: dict[Nic, float] = field(default_factory=dict)
    "Share of what this end receives that fails its checksum."
    deaf: set[Nic] = field(default_factory=set)
    rate: int = 0
    blackhole: bool = False
    delay: float = 0.02
    "One way, in milliseconds."
    large_lost: bool = False
    "Whether it drops large frames, in silence."


@dataclass(frozen=True, slots=True)
class Adjacency:
    """An OSPF neighbor row. `trouble` says why it is not full, in a word that the vendors' messages know."""

    state: str
    trouble: str = ""


@dataclass(eq=False, slots=True)
class Session:
    """One end of a BGP session."""

    neighbor: Neighbor
    remote_as: int
    shut: bool = False
    state: str = "idle"
    trouble: str = ""
    since: float = 0.0
    transitions: int = 1
    last_error: str = "0000"
    resets: int = 0
    password: str = ""
    max_prefix: int = 0
    reset_by_peer: bool = False
    received: int = 0
    updates: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Hop:
    """A route of the table. `hops` are next hop and interface; none with `local` False is a discard."""

    prefix: tuple[int, int]
    hops: tuple[tuple[str, Nic], ...]
    proto: str
    metric: int = 0


@dataclass(eq=False, slots=True)
class Device:
    node: Node
    vendor: Vendor
    mac: bytes
    boot: float
    sys_name: str
    asn: int
    management: IPv4Network
    nics: dict[str, Nic] = field(default_factory=dict)
    spare_nics: tuple[Nic, ...] = ()
    up: bool = True
    answers: bool = True
    logs: bool = True
    agent_boot: float = 0.0
    cpu: float = 8.0
    memory: float = 0.45
    disk: float = 0.38
    clock: float = 0.0
    synced: bool = True
    temperature: float = 41.0
    fan: int = 4200
    power: bool = True
    processes: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    "Routing processes that do not run: `ospf`, `bgp`."
    listening: set[tuple[str, int]] = field(default_factory=set)
    wrong_record: str = ""
    "What the name of a server resolves to here, where that is not its address."
    monitor: str = ""
    "The tool by which it checks others."
    networks: tuple[IPv4Network, ...] = ()
    static: tuple[Route, ...] = ()
    gateway: str = ""
    stp: bool = True
    acl: frozenset[str] = frozenset()
    sessions: dict[str, Session] = field(default_factory=dict)
    adjacencies: dict[str, dict[str, Adjacency]] = field(default_factory=dict)
    "By interface, then by neighbor's address."
    lengths: tuple[int, ...] = ()
    "Prefix lengths of the table, longest first."
    rib: dict[tuple[int, int], Hop] = field(default_factory=dict)
    paths: dict[tuple[tuple[int, int], str], tuple[tuple[int, ...], str, bool]] = field(default_factory=dict)
    "BGP paths by prefix and peer: AS path, next hop, whether best."
    bridge: dict[str, str] = field(default_factory=dict)
    "State of bridge ports: forwarding, blocking, disabled."
    root: tuple[int, bytes] = (0, b"")
    root_port: str = ""
    root_cost: int = 0
    topology_changes: int = 3
    last_topology_change: float = 0.0
    fdb: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    "Port and VLAN in which an address was heard last."
    rates: dict[str, float] = field(default_factory=dict)
    "Counters of the IP, ICMP and UDP groups, a second."
    totals: dict[str, float] = field(default_factory=dict)
    no_ports: float = 0.0
    "Datagrams a second to a port on which nobody listens any more."

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def is_switch(self) -> bool:
        return self.node.role == "switch"

    def runs(self, protocol: str) -> bool:
        """Whether the routing process of `ospf` or `bgp` is up."""
        return self.up and protocol not in self.stopped


@dataclass(frozen=True, slots=True)
class Check:
    """What a device of the site's monitoring tries again and again: `icmp`, `http` or `dns`."""

    prober: str
    kind: str
    target: str
    address: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ok`, `down`, `loss`, `slow`, or `wrong` for an answer that is not the expected one; `rtt` in ms."""

    state: str
    rtt: float = 0.0
    loss: float = 0.0
    answer: str = ""


@dataclass(eq=False, slots=True)
class Segment:
    """Interfaces with addresses that share a layer 2; `looped` where it is no tree."""

    nics: list[Nic]
    looped: bool = False
    ways: dict[tuple[Nic, Nic], list[tuple[Nic, Nic]]] = field(default_factory=dict)
    "The interfaces out of and into which a frame goes from one to another."


@dataclass(slots=True)
class World:
    plan: Plan
    seed: int
    now: float
    devices: dict[str, Device] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    by_address: dict[str, Nic | Device] = field(default_factory=dict)
    flows: list[tuple[str, str, float]] = field(default_factory=list)
    "Source, target's address, bit/s."
    segments: dict[Nic, Segment] = field(default_factory=dict)
    troubles: dict[tuple[Nic, Nic], str] = field(default_factory=dict)
    "Why an OSPF interface does not accept what it hears of another."
    lsas: dict[tuple[str, str], bytes] = field(default_factory=dict)
    "Router LSAs by router and area, as they were last asked for in this state."
    floods: dict[tuple[str, str], tuple[Device, ...]] = field(default_factory=dict)
    "By router and area: whose advertisements it has."
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    "By device and table: its lines, where nothing but a change of state moves them."
    delivered: dict[int, float] = field(default_factory=dict)
    "The share of each flow that arrives."
    checks: dict[Check, Outcome] = field(default_factory=dict)
    usual: dict[Check, float] = field(default_factory=dict)
    "Round-trip times as they were when all was well."

    def forget(self) -> None:
        """Let go of what was made of a state that is about to change."""
        self.lsas, self.floods, self.texts = {}, {}, {}

    def text(self, device: Device, table: str, make: Callable[[Device], Iterable[str]]) -> str:
        """The lines of a table that only a change of state moves, made once in each state."""
        key = device.name, table
        if key not in self.texts:
            self.texts[key] = "\n".join(make(device))
        return self.texts[key]


def key_of(network: IPv4Network) -> tuple[int, int]:
    return int(network.network_address), network.prefixlen


def dotted(number: int) -> str:
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def router_id(device: Device) -> str:
    """The loopback's address, else the largest of an interface."""
    if device.node.loopback:
        return str(device.node.loopback.ip)
    own = [nic.address.ip for nic in device.nics.values() if nic.address]
    return str(max(own, default=IPv4Address("0.0.0.0")))
