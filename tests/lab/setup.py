"""What a node is made of when it begins: its files, its addresses, and the commands that start its daemons."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from tests.lab.daemons import frr, lldp, services, snmp, syslog
from tests.networks.plan import Node, Plan, Port

VOICES = ("ifmgr", "phylib", "networkd", "NetworkManager")
"The programs whose words link changes are logged in."
PROBED = 10
LINE = 50
"Of every nominal Mb/s a lab line carries one fiftieth: 1 Gb/s becomes 20 Mb/s, which two cores can fill."

QUEUE = 90_000
"Octets that wait in a port before it discards."
STARTED = "run/started"
"The file that a node has once all of it has begun."


def line_speed(speed: int) -> int:
    """Mb/s that a lab port really has for a nominal one."""
    return max(1, speed // LINE)


def voice(plan: Plan, node: Node) -> str:
    return random.Random(f"{plan.name}/{plan.seed}/{node.name}").choice(VOICES)


def spare_up(plan: Plan, node: Node, port: str) -> bool:
    """Whether a port that nothing is plugged into is left enabled."""
    return random.Random(f"{plan.seed}/{node.name}/{port}").random() < 0.5


def hardware(plan: Plan, node: Node, port: str) -> str:
    """A port's MAC address, locally administered: burnt in, so the same after a restart."""
    drawn = random.Random(f"mac/{plan.name}/{plan.seed}/{node.name}/{port}").randbytes(5)
    return "02:" + drawn.hex(":")


def collector(plan: Plan) -> str:
    """The management address of the NOC: the last one of the subnet."""
    return f"{plan.management.broadcast_address - 1}"


def write_node(plan: Plan, node: Node, folder: Path, *, audit: bool) -> None:
    """Write every configuration of a node into its private folders."""
    if node.is_router:
        frr.write(plan, node, folder, audit=audit)
    services.write(plan, node, folder)
    if node.address:
        snmp.write(node, folder, collector=collector(plan))
        lldp.write(node, folder)
        syslog.write(node, folder, collector=collector(plan))
    if probing(plan) == node:
        (folder / "run/probe.json").write_text(json.dumps(list(targets(plan, node))))
    (folder / "run/start.sh").write_text("\n".join(start_lines(plan, node)) + "\n")


def probing(plan: Plan) -> Node | None:
    """The node that measures: a probe, else a server that serves nothing."""
    probes = [node for node in plan.nodes if node.role == "probe"]
    idle = [node for node in plan.nodes if node.role == "server" and not node.services and node.address]
    return next(iter(probes + idle), None)


def targets(plan: Plan, own: Node) -> Iterator[dict[str, str]]:
    """What the probe measures."""
    rank = {"server": 0, "host": 1, "external": 2, "access": 3, "leaf": 3}
    others = [node for node in plan.nodes if node != own and node.role in rank and services.address_of(node)]
    for node in sorted(others, key=lambda each: rank[each.role])[:PROBED]:
        yield {"name": node.name, "kind": "icmp", "target": services.address_of(node)}
    if server := services.dns_server(plan):
        web = services.address_of(services.http_server(plan) or server)
        query = f"www.{services.DOMAIN}"
        yield {"name": "dns", "kind": "dns", "target": services.address_of(server), "query": query, "expect": web}
    if server := services.http_server(plan):
        yield {"name": "http", "kind": "http", "target": services.address_of(server)}


def starters(plan: Plan, node: Node) -> dict[str, str]:
    """The start command of each daemon of a node, in the order in which they begin."""
    found: dict[str, str] = {}
    if node.address:
        found["rsyslogd"] = syslog.start(node)
        found["snmpd"] = snmp.start(node)
        found["subagent"] = services.module("tests.lab.inside.agent")
        found["linkd"] = services.python("linkd.py", voice(plan, node))
        found["lldpd"] = lldp.start(node)
    if node.is_router:
        found |= {daemon: frr.start(node, daemon) for daemon in frr.wanted(node)}
    found |= services.start(plan, node)
    if probing(plan) == node:
        found["sla-probe"] = services.module("tests.lab.inside.sla_probe", "/run/probe.json 15")
    return found


def start_lines(plan: Plan, node: Node) -> Iterator[str]:
    """The script that makes a node, whose ports are there already, work."""
    yield "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0"
    yield "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
    if node.is_router:
        yield "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1"
    yield "ip -batch - <<'END' || exit 1"
    yield from _links(plan, node)
    yield "END"
    for port in node.ports:
        yield from line_rate(port)
    if node.address and node.is_router:
        yield "nft -f - <<'END' || exit 1"
        yield 'table ip management { chain forward { type filter hook forward priority 0; iifname "mgmt0" drop; oifname "mgmt0" drop; }; }'
        yield "END"
    yield from (f"{command}" for command in starters(plan, node).values())
    yield f": > /{STARTED}"


def line_rate(port: Port) -> Iterator[str]:
    """Commands that make a port as slow as it says; what does not fit is discarded, routing protocols last."""
    speed = line_speed(port.speed)
    burst = max(32_000, speed * 1_000_000 // 8 // 100)
    yield f"tc qdisc add dev {port.name} root handle 1: tbf rate {speed}mbit burst {burst} limit {burst + QUEUE}"
    yield f"tc qdisc add dev {port.name} parent 1:1 handle 10: pfifo_fast"


def _links(plan: Plan, node: Node) -> Iterator[str]:
    """`ip -batch` lines: bridge, addresses, links up, gateway."""
    bridged = node.role == "switch"
    if bridged:
        yield f"link add br0 type bridge stp_state 1 forward_delay 400 max_age 600 priority {node.stp_priority} mcast_snooping 0"
        yield "link set br0 up"
    if node.loopback:
        yield f"addr add {node.loopback} dev lo"
    if node.address:
        yield f"link set mgmt0 address {hardware(plan, node, 'mgmt0')}"
        yield f"addr add {node.address}/{plan.management.prefixlen} dev mgmt0"
        yield "link set mgmt0 up"
    for port in node.ports:
        yield f"link set {port.name} address {hardware(plan, node, port.name)}"
        if port.address:
            yield f"addr add {port.address} dev {port.name}"
        elif bridged:
            yield f"link set {port.name} master br0"
            if port.path_cost:
                yield f"link set {port.name} type bridge_slave cost {port.path_cost}"
        if plan.wire_at(node.name, port.name) or spare_up(plan, node, port.name):
            yield f"link set {port.name} up"
    if node.gateway:
        yield f"route add default via {node.gateway}"
