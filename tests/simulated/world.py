"""The state of a simulated network: devices, interfaces and lines as they are now, whatever the plan meant.

A fault changes a few of these fields; `settle` computes all the rest from them. Times are seconds since the epoch.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from tests.networks.plan import Neighbor, Node, Ospf, Plan, Port, Route, Wire
from tests.simulated.vendors import VENDORS, Vendor

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
    fdb: dict[bytes, str] = field(default_factory=dict)
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
    delivered: dict[int, float] = field(default_factory=dict)
    "The share of each flow that arrives."

    def line_of(self, wire: Wire) -> Line:
        return next(line for line in self.lines if line.wire is wire)


def build(plan: Plan, seed: int, now: float) -> World:
    """The network as planned, with everything up since long."""
    draw = random.Random(f"world/{plan.name}/{seed}")
    world = World(plan, seed, now)
    domain = draw.choice(("", "", f".{plan.name.split('-')[0]}.example.net"))
    for node in plan.nodes:
        world.devices[node.name] = _device(node, draw, now, domain)
    for wire in plan.wires:
        a, b = (world.devices[end.node].nics[end.port] for end in (wire.a, wire.b))
        line = Line(wire, a, b, rate=wire.rate)
        a.line, b.line, a.far, b.far = line, line, b, a
        world.lines.append(line)
    for device in world.devices.values():
        for nic in device.nics.values():
            if nic.port.address:
                world.by_address[str(nic.port.address.ip)] = nic
        if device.node.loopback:
            world.by_address[str(device.node.loopback.ip)] = device
    return world


def _mac(name: str) -> bytes:
    digest = hashlib.sha256(name.encode()).digest()
    return bytes((digest[0] & 0xFC, *digest[1:6]))


def _device(node: Node, draw: random.Random, now: float, domain: str) -> Device:
    vendor = VENDORS[node.platform]
    boot = now - draw.uniform(3, 300) * 86_400
    named = node.name + (
        domain if node.role not in ("host", "server", "probe") and vendor.platform in ("ios", "nxos", "junos") else ""
    )
    device = Device(node, vendor, _mac(node.name), boot, named, node.asn)
    device.agent_boot = boot + draw.uniform(20, 90)
    device.cpu, device.memory, device.disk = draw.uniform(3, 25), draw.uniform(0.25, 0.7), draw.uniform(0.15, 0.7)
    device.temperature, device.fan = draw.uniform(33, 48), draw.randint(3600, 6200)
    device.networks, device.static, device.gateway = node.networks, node.routes, node.gateway
    device.processes = set(vendor.processes) | _daemons(node)
    device.listening = {("udp", 161), ("tcp", 22)} | _ports(node)
    device.topology_changes = draw.randint(1, 40)
    device.last_topology_change = now - draw.uniform(2, 60) * 86_400
    device.totals = {key: float(draw.randint(0, 20)) for key in ("unreachables", "no_ports", "no_routes", "discards")}
    device.totals["polled"] = now - device.agent_boot
    for n, port in enumerate(node.ports):
        device.nics[port.name] = _nic(device, port, n, draw, now)
    for neighbor in node.neighbors:
        session = Session(neighbor, neighbor.asn, password=neighbor.password, max_prefix=neighbor.max_prefix)
        session.since = now - draw.uniform(2, 90) * 86_400
        session.transitions = draw.randint(1, 4)
        session.last_error = draw.choice(("0000", "0000", "0400", "0604", "0602"))
        session.updates = (draw.randint(3, 900), draw.randint(3, 900))
        device.sessions[neighbor.address] = session
    return device


def _nic(device: Device, port: Port, n: int, draw: random.Random, now: float) -> Nic:
    mac = device.mac[:4] + (int.from_bytes(device.mac[4:], "big") + n + 1 & 0xFFFF).to_bytes(2, "big")
    vendor = device.vendor
    nic = Nic(device, port, n, vendor.index(n), vendor.port(port.speed, n)[1], mac, port.mtu, port.ospf, port.speed)
    nic.changed = max(device.agent_boot, now - draw.uniform(1, 200) * 86_400)
    nic.light = draw.uniform(-6.5, -1.5)
    nic.counters = [float(int(draw.expovariate(1) * scale)) for scale in _START]
    return nic


_START = (4e12, 5e9, 4e6, 1e6, 0, 0, 4e12, 5e9, 4e6, 1e6, 0, 0, 0, 0)
_SERVICES = {
    "dns": ("named", ("udp", 53)), "dhcp": ("dhcpd", ("udp", 67)), "http": ("nginx", ("tcp", 80)),
    "dhcp-relay": ("dhcrelay", ("udp", 67)),
}  # fmt: skip


def _daemons(node: Node) -> set[str]:
    found = {_SERVICES[service][0] for service in node.services}
    if node.platform == "frr":
        found |= {"ospfd"} if any(port.ospf for port in node.ports) else set()
        found |= {"bgpd"} if node.asn else set()
    return found


def _ports(node: Node) -> set[tuple[str, int]]:
    found = {_SERVICES[service][1] for service in node.services}
    return found | ({("tcp", 179)} if node.asn else set())


def key_of(network: IPv4Network) -> tuple[int, int]:
    return int(network.network_address), network.prefixlen


def dotted(number: int) -> str:
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def router_id(device: Device) -> str:
    """The loopback's address, else the largest of an interface."""
    if device.node.loopback:
        return str(device.node.loopback.ip)
    own = [nic.port.address.ip for nic in device.nics.values() if nic.port.address]
    return str(max(own, default=IPv4Address("0.0.0.0")))
