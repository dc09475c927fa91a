"""FRR: zebra, staticd, ospfd and bgpd, configured from the Plan, served over AgentX."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from tests.networks.plan import Neighbor, Node, Plan, Port


def wanted(node: Node) -> tuple[str, ...]:
    """The daemons that this router runs."""
    ospf = any(port.ospf for port in node.ports)
    return ("zebra", "staticd", *(["ospfd"] if ospf else []), *(["bgpd"] if node.asn else []))


def start(node: Node, daemon: str) -> str:
    more = {"zebra": "-s 90000000 -M snmp" if node.address else "-s 90000000", "staticd": ""}
    options = more.get(daemon, "-M snmp" if node.address else "")
    return f"/usr/lib/frr/{daemon} -d -A 127.0.0.1 -u frr -g frr {options}"


def write(plan: Plan, node: Node, folder: Path, *, audit: bool) -> None:
    """Write `/etc/frr` of a router, without its integrated file."""
    head = ["frr defaults traditional", f"hostname {node.name}", "log syslog informational"]
    head += ["log commands"] if audit else []
    # zebra takes the AgentX line in its own file only.
    agentx = ["agentx"] if node.address else []
    etc = folder / "etc/frr"
    files = {
        "zebra": [*_zebra(node), *agentx],
        "staticd": [_route(f"{route.prefix}", route.via) for route in node.routes],
        "ospfd": [*agentx, *_ospf(node)],
        "bgpd": [*agentx, *_bgp(plan, node)],
    }
    for daemon in wanted(node):
        (etc / f"{daemon}.conf").write_text("\n".join([*head, *files[daemon]]) + "\n")
    (etc / "vtysh.conf").write_text("no service integrated-vtysh-config\n")
    for path in (etc, folder / "run/frr", *etc.iterdir()):
        shutil.chown(path, "frr", "frr")


def _route(prefix: str, via: str) -> str:
    return f"ip route {prefix} {'blackhole' if via == 'discard' else via}"


def _zebra(node: Node) -> Iterator[str]:
    # FRR 8.4 loses ECMP routes after flaps where the kernel keeps next-hop objects.
    yield "no zebra nexthop kernel enable"
    yield "ip forwarding"
    for port in node.ports:
        if port.alias:
            yield f"interface {port.name}"
            yield f" description {port.alias}"


def loopback_area(node: Node) -> str:
    """The area that announces a router's loopback: the backbone where it has a port there."""
    areas = [port.ospf.area for port in node.ports if port.ospf and not port.ospf.passive]
    return "0.0.0.0" if "0.0.0.0" in areas or not areas else areas[0]


def ospf_lines(port: Port) -> list[str]:
    """What an OSPF port's interface block says."""
    ospf = port.ospf
    if ospf is None:
        return []
    lines = [
        f"ip ospf area {ospf.area}",
        f"ip ospf cost {ospf.cost}",
        f"ip ospf hello-interval {ospf.hello}",
        f"ip ospf dead-interval {ospf.dead}",
    ]
    if ospf.point_to_point and not ospf.passive:
        lines.append("ip ospf network point-to-point")
    if ospf.key:
        lines += ["ip ospf authentication message-digest", f"ip ospf message-digest-key 1 md5 {ospf.key}"]
    if ospf.passive:
        lines.append("ip ospf passive")
    return lines


def _ospf(node: Node) -> Iterator[str]:
    for port in node.ports:
        if port.ospf:
            yield f"interface {port.name}"
            yield from (f" {line}" for line in ospf_lines(port))
    if node.loopback:
        yield "interface lo"
        yield f" ip ospf area {loopback_area(node)}"
    yield "router ospf"
    yield f" ospf router-id {router_id(node)}"
    yield " timers throttle spf 50 200 1000"
    if node.default_route:
        yield " default-information originate always"


def router_id(node: Node) -> str:
    if node.loopback:
        return f"{node.loopback.ip}"
    return next((f"{port.address.ip}" for port in node.ports if port.address), "0.0.0.1")


def _bgp(plan: Plan, node: Node) -> Iterator[str]:
    yield f"router bgp {node.asn}"
    yield f" bgp router-id {router_id(node)}"
    yield " no bgp ebgp-requires-policy"
    yield " no bgp network import-check"
    yield " bgp bestpath as-path multipath-relax"
    for neighbor in node.neighbors:
        yield from (f" {line}" for line in _session(node, neighbor))
    yield " address-family ipv4 unicast"
    yield "  maximum-paths 8"
    yield from (f"  network {prefix}" for prefix in node.networks)
    for neighbor in node.neighbors:
        if neighbor.next_hop_self:
            yield f"  neighbor {neighbor.address} next-hop-self"
        if neighbor.max_prefix:
            yield f"  neighbor {neighbor.address} maximum-prefix {neighbor.max_prefix}"
    yield " exit-address-family"


def _session(node: Node, neighbor: Neighbor) -> Iterator[str]:
    yield f"neighbor {neighbor.address} remote-as {neighbor.asn}"
    yield f"neighbor {neighbor.address} timers {neighbor.keepalive} {neighbor.hold}"
    yield f"neighbor {neighbor.address} timers connect 5"
    if neighbor.description:
        yield f"neighbor {neighbor.address} description {neighbor.description}"
    if neighbor.password:
        yield f"neighbor {neighbor.address} password {neighbor.password}"
    if node.loopback and not direct(node, neighbor.address):
        yield f"neighbor {neighbor.address} update-source {node.loopback.ip}"
        if neighbor.asn != node.asn:
            yield f"neighbor {neighbor.address} ebgp-multihop 4"


def direct(node: Node, address: str) -> Port | None:
    """The port whose subnet holds that address."""
    wanted = ip_address(address)
    return next((port for port in node.ports if port.address and wanted in port.address.network), None)
