"""What servers and relays serve: DNS and DHCP by dnsmasq, one process each, and HTTP."""

from __future__ import annotations

import sys
from ipaddress import IPv4Network
from pathlib import Path

from tests.networks.plan import Node, Plan, Port

INSIDE = Path(__file__).parents[1] / "inside"
DOMAIN = "lab.example"
SMALLEST = 64
"Addresses of a subnet that is worth a pool."
POOL = 40
"Leases that a pool holds."


def write(plan: Plan, node: Node, folder: Path) -> None:
    if "dns" in node.services:
        records = [f"address=/{each.name}.{DOMAIN}/{address}" for each in plan.nodes if (address := address_of(each))]
        lines = ["no-resolv", "no-hosts", "user=root", "pid-file=/run/dns.pid", "log-facility=daemon", *records]
        lines += [f"address=/www.{DOMAIN}/{address_of(http_server(plan) or node)}", "except-interface=mgmt0"]
        (folder / "run/dns.conf").write_text("\n".join(lines) + "\n")
    if "dhcp" in node.services:
        lines = ["port=0", "user=root", "pid-file=/run/dhcp.pid", "dhcp-leasefile=/run/leases", "no-ping"]
        lines += [f"dhcp-range={pool(net)},{net.netmask},1h" for net in served_networks(plan, node)]
        (folder / "run/dhcp.conf").write_text("\n".join(lines) + "\n")


def start(plan: Plan, node: Node) -> dict[str, str]:
    """The start command of each service of the node."""
    found = {}
    for service in node.services:
        if service == "dns":
            found["dns"] = "dnsmasq -C /run/dns.conf --bind-dynamic"
        elif service == "dhcp":
            found["dhcp"] = "dnsmasq -C /run/dhcp.conf"
        elif service == "http":
            found["http"] = python("httpd.py")
        elif server := dhcp_server(plan):
            relays = " ".join(
                f"--dhcp-relay={port.address.ip},{address_of(server)}" for port in user_ports(node) if port.address
            )
            found["dhcp-relay"] = f"dnsmasq --port=0 --user=root --pid-file=/run/dhcp-relay.pid -C /dev/null {relays}"
    return found


def program(script: str, words: str = "") -> str:
    """The command that runs a program of `inside/`, by the Python that this one runs by."""
    return f"{sys.executable} -S -E {INSIDE / script} {words}"


def python(script: str, words: str = "") -> str:
    """The command that starts a program of `inside/` in the background."""
    return f"setsid {program(script, words)} </dev/null >/dev/null 2>&1 &"


def module(name: str, words: str = "") -> str:
    """The command that starts a module of this checkout in the background."""
    root = INSIDE.parents[2]
    return f"PYTHONPATH={root} setsid {sys.executable} -S -m {name} {words} </dev/null >/dev/null 2>&1 &"


def address_of(node: Node) -> str:
    """A node's address in the data plane."""
    if node.loopback:
        return f"{node.loopback.ip}"
    return next((f"{port.address.ip}" for port in node.ports if port.address), "")


def http_server(plan: Plan) -> Node | None:
    return next((node for node in plan.nodes if "http" in node.services), None)


def dhcp_server(plan: Plan) -> Node | None:
    return next((node for node in plan.nodes if "dhcp" in node.services), None)


def dns_server(plan: Plan) -> Node | None:
    return next((node for node in plan.nodes if "dns" in node.services), None)


def user_ports(node: Node) -> list[Port]:
    """A relay's ports towards users: those that speak no routing."""
    return [port for port in node.ports if port.address and (port.ospf is None or port.ospf.passive)]


def served_networks(plan: Plan, server: Node) -> list[IPv4Network]:
    """The subnets that a DHCP server has pools for: those of the relays and its own."""
    relays = [node for node in plan.nodes if "dhcp-relay" in node.services]
    ports = [port for node in relays for port in user_ports(node)] + list(server.ports)
    networks = {port.address.network for port in ports if port.address}
    return sorted(network for network in networks if network.num_addresses >= SMALLEST)


def pool(network: IPv4Network) -> str:
    last = network.broadcast_address
    return f"{last - POOL - 10},{last - 11}"
