"""Faults of packet filters."""

from __future__ import annotations

from dataclasses import astuple

from tests.lab.daemons import services
from tests.lab.faults.model import Check, Drawn, Fault, kind, probed
from tests.lab.faults.steps import Sh
from tests.networks.plan import Node


def client(drawn: Drawn, server: Node) -> Node:
    """A node that uses the server from another subnet."""
    networks = {port.address.network for port in server.ports if port.address}
    places = [
        node
        for node in drawn.plan.nodes
        if node.gateway and not networks & {port.address.network for port in node.ports if port.address}
    ]
    found: Node = drawn.one(places, "client in another subnet")
    return found


def asked(words: str) -> str:
    """The command of a user's client."""
    return services.program("client.py", words)


def served(drawn: Drawn, service: str) -> Node:
    found: Node = drawn.one([node for node in drawn.plan.nodes if service in node.services], f"{service} server")
    return found


def _dropped(drawn: Drawn, what: str, match: str, server: Node, check: Check, title: str) -> Fault:
    probed(drawn)
    router, port = astuple(drawn.gateway(server))
    rules = (
        f'table ip acl {{ chain forward {{ type filter hook forward priority 5; oifname "{port}" {match} drop; }}; }}'
    )
    steps = (Sh(router, f"nft '{rules}'"),), (Sh(router, "nft delete table ip acl"),)
    # No MIB tells where on the way a filter sits: that the server is not reached on that port is all that is proven.
    also = ((what, f"node/{router}"), (what, f"node/{server.name}"))
    return Fault(what, f"interface/{router}/{port}", *steps, (check,), title, also)


@kind
def icmp_acl_block(drawn: Drawn) -> Fault:
    """A filter in front of a server drops ping."""
    server = served(drawn, "http")
    user, address = client(drawn, server), services.address_of(server)
    check = Check(user.name, f"ping -n -q -c 3 -i 0.2 -W 1 {address} 2>&1", "100% packet loss")
    return _dropped(drawn, "icmp_acl_block", "ip protocol icmp", server, check, f"{server.name} does not answer ping")


@kind
def http_acl_block(drawn: Drawn) -> Fault:
    """A filter in front of the web server drops its port."""
    server = served(drawn, "http")
    user, address = client(drawn, server), services.address_of(server)
    check = Check(user.name, asked(f"http {address}"), "page", absent=True)
    return _dropped(drawn, "http_acl_block", "tcp dport 80", server, check, "the web site is down")


@kind
def dns_port_blocked(drawn: Drawn) -> Fault:
    """A filter in front of the name server drops its port."""
    server = served(drawn, "dns")
    user, address = client(drawn, server), services.address_of(server)
    check = Check(user.name, asked(f"dns {address} www.{services.DOMAIN}"), "answer", absent=True)
    return _dropped(drawn, "dns_port_blocked", "udp dport 53", server, check, "names do not resolve")
