"""The network as planned, with everything up since long: where a simulation starts."""

from __future__ import annotations

import hashlib
import random
from ipaddress import IPv4Network

from tests.networks.plan import Node, Plan, Port
from tests.simulated.vendors import VENDORS
from tests.simulated.world import Device, Line, Nic, Session, World

_START = (4e12, 5e9, 4e6, 1e6, 0, 0, 4e12, 5e9, 4e6, 1e6, 0, 0, 0, 0)
_SERVICES = {
    "dns": ("named", ("udp", 53)), "dhcp": ("dhcpd", ("udp", 67)), "http": ("nginx", ("tcp", 80)),
    "dhcp-relay": ("dhcrelay", ("udp", 67)),
}  # fmt: skip


def build(plan: Plan, seed: int, now: float) -> World:
    """The network as planned, with everything up since long."""
    draw = random.Random(f"world/{plan.name}/{seed}")
    world = World(plan, seed, now)
    domain = draw.choice(("", "", f".{plan.name.split('-')[0]}.example.net"))
    for node in plan.nodes:
        world.devices[node.name] = _device(node, plan.management, draw, now, domain)
    far = random.Random(f"delay/{plan.name}/{seed}")
    for wire in plan.wires:
        a, b = (world.devices[end.node].nics[end.port] for end in (wire.a, wire.b))
        line = Line(wire, a, b, rate=wire.rate, delay=far.uniform(0.4, 9) if wire.circuit else 0.02)
        a.line, b.line, a.far, b.far = line, line, b, a
        world.lines.append(line)
    for device in world.devices.values():
        for nic in device.nics.values():
            if nic.address:
                world.by_address[str(nic.address.ip)] = nic
        if device.node.loopback:
            world.by_address[str(device.node.loopback.ip)] = device
    return world


def _mac(name: str) -> bytes:
    digest = hashlib.sha256(name.encode()).digest()
    return bytes((digest[0] & 0xFC, *digest[1:6]))


def _device(node: Node, management: IPv4Network, draw: random.Random, now: float, domain: str) -> Device:
    vendor = VENDORS[node.platform]
    boot = now - draw.uniform(3, 300) * 86_400
    named = node.name + (
        domain if node.role not in ("host", "server", "probe") and vendor.platform in ("ios", "nxos", "junos") else ""
    )
    device = Device(node, vendor, _mac(node.name), boot, named, node.asn, management)
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
    nic.light, nic.vlan, nic.tagged = draw.uniform(-6.5, -1.5), port.vlan, port.tagged
    nic.counters = [float(int(draw.expovariate(1) * scale)) for scale in _START]
    return nic


def _daemons(node: Node) -> set[str]:
    found = {_SERVICES[service][0] for service in node.services}
    if node.platform == "frr":
        found |= {"ospfd"} if any(port.ospf for port in node.ports) else set()
        found |= {"bgpd"} if node.asn else set()
    return found


def _ports(node: Node) -> set[tuple[str, int]]:
    found = {_SERVICES[service][1] for service in node.services}
    return found | ({("tcp", 179)} if node.asn else set())
