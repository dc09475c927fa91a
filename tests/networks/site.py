"""`site.yaml` and `topology.yaml` of a plan, as contracts.md has them: what the product gets to see of it."""

from __future__ import annotations

from pathlib import Path

from tests.networks.plan import Node, Plan, Service

PORTS: dict[Service, tuple[str, int]] = {
    "dns": ("udp", 53),
    "dhcp": ("udp", 67),
    "dhcp-relay": ("udp", 67),
    "http": ("tcp", 80),
}


def write_site(plan: Plan, folder: Path, *, intent: bool, recorded: bool, links: bool = True) -> None:
    """Write both files. `intent`: routing and services as meant, beside the links; without `links` no topology at all."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"name: {plan.name}",
        'snmp: {version: 2c, community: "${SNMP_COMMUNITY:-public}", timeout: 2, retries: 1}',
    ]
    lines += ["devices:", *(f"  {node.name}: {{{_device(node)}}}" for node in plan.nodes)]
    if links or intent:
        lines.append("topology: topology.yaml")
        (folder / "topology.yaml").write_text(topology(plan, intent=intent))
    if recorded:
        lines.append("recordings: snmp/")
        (folder / "snmp").mkdir(exist_ok=True)
    lines.append("logs: [logs/*.log]")
    (folder / "site.yaml").write_text("\n".join(lines) + "\n")


def _device(node: Node) -> str:
    said = {"address": node.address, "role": node.role, "platform": node.platform}
    said["timezone"] = node.timezone if node.timezone != "UTC" else ""
    return ", ".join(f"{key}: {value}" for key, value in said.items() if value)


def topology(plan: Plan, *, intent: bool) -> str:
    """The text of `topology.yaml`."""
    lines = ["links:", *(f'  - {{a: "{wire.a}", b: "{wire.b}"}}' for wire in plan.wires)]
    if intent:
        parts = {"ospf": _ospf(plan), "bgp": _bgp(plan), "vlans": _vlans(plan), "services": _services(plan)}
        lines.append("intent:")
        for part, rows in parts.items():
            if rows:
                lines += [f"  {part}:", *(f"    - {{{row}}}" for row in rows)]
        if lines[-1] == "intent:":
            lines.pop()
    return "\n".join(lines) + "\n"


def _ospf(plan: Plan) -> list[str]:
    ports = {(node.name, port.name): port for node in plan.nodes for port in node.ports}
    rows = []
    for wire in plan.wires:
        one, other = (ports[end.node, end.port].ospf for end in (wire.a, wire.b))
        if one and other and not one.passive and not other.passive:
            rows.append(f'a: "{wire.a}", b: "{wire.b}", area: {one.area}')
    return rows


def _bgp(plan: Plan) -> list[str]:
    order = {node.name: n for n, node in enumerate(plan.nodes)}
    return [
        f"a: {node.name}, a_as: {node.asn}, b: {neighbor.node}, b_as: {neighbor.asn}"
        for node in plan.nodes
        for neighbor in node.neighbors
        if order[node.name] < order[neighbor.node]
    ]


def _vlans(plan: Plan) -> list[str]:
    return [
        f'device: {node.name}, interface: "{port.name}", vlans: [{", ".join(map(str, sorted({port.vlan, *port.tagged})))}]'
        for node in plan.nodes
        for port in node.ports
        if port.vlan > 1 or port.tagged
    ]


def _services(plan: Plan) -> list[str]:
    return [
        f"device: {node.name}, name: {service}, protocol: {PORTS[service][0]}, port: {PORTS[service][1]}"
        for node in plan.nodes
        for service in node.services
    ]
