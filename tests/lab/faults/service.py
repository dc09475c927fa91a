"""Faults of DNS, DHCP and HTTP."""

from __future__ import annotations

from tests.lab.daemons import services
from tests.lab.faults.model import Check, Drawn, Fault, kind, probed
from tests.lab.faults.policy import asked, client, served
from tests.lab.faults.steps import Sh, Start


def _stopped(drawn: Drawn, what: str, service: str, title: str) -> Fault:
    """A service's process is gone."""
    server = served(drawn, service)
    steps = (Sh(server.name, f"kill -9 $(cat /run/{service}.pid)"),), (Start(server.name, service),)
    check = Check(server.name, f"kill -0 $(cat /run/{service}.pid) 2>/dev/null || echo gone", "gone")
    also = ((what, f"node/{server.name}"),)
    return Fault(what, f"service/{server.name}/{service}", *steps, (check,), title, also)


@kind
def dns_service_down(drawn: Drawn) -> Fault:
    """The name server's process died."""
    return _stopped(drawn, "dns_service_down", "dns", "names do not resolve")


@kind
def http_service_down(drawn: Drawn) -> Fault:
    """The web server's process died."""
    return _stopped(drawn, "http_service_down", "http", "the web site is down")


@kind
def dhcp_service_down(drawn: Drawn) -> Fault:
    """The DHCP server's process died."""
    return _stopped(drawn, "dhcp_service_down", "dhcp", "new clients get no address")


@kind
def dhcp_relay_down(drawn: Drawn) -> Fault:
    """The DHCP relay's process died."""
    return _stopped(drawn, "dhcp_relay_down", "dhcp-relay", "new clients get no address")


@kind
def dns_record_error(drawn: Drawn) -> Fault:
    """A name's record points to a wrong address."""
    probed(drawn)
    server = served(drawn, "dns")
    user, address = client(drawn, server), services.address_of(server)
    wrong = f"10.{drawn.chance.randint(1, 250)}.{drawn.chance.randint(1, 250)}.{drawn.chance.randint(1, 250)}"
    name = f"www.{services.DOMAIN}"
    again = f"kill -9 $(cat /run/dns.pid); sleep 0.3; {services.start(drawn.plan, server)['dns']}"
    begin = f"cp /run/dns.conf /run/dns.kept; sed -i 's|^address=/{name}/.*|address=/{name}/{wrong}|' /run/dns.conf; {again}"
    check = Check(user.name, asked(f"dns {address} {name}"), f"answer {wrong}")
    steps = (Sh(server.name, begin),), (Sh(server.name, f"mv /run/dns.kept /run/dns.conf; {again}"),)
    also = (("dns_record_error", f"node/{server.name}"),)
    return Fault("dns_record_error", f"service/{server.name}/dns", *steps, (check,), f"{name} leads nowhere", also)


@kind
def dhcp_pool_exhausted(drawn: Drawn) -> Fault:
    """Every lease of a subnet is taken."""
    server = served(drawn, "dhcp")
    networks = services.served_networks(drawn.plan, server)
    places = [
        (node.name, port.name)
        for node in drawn.plan.nodes
        if node.gateway
        for port in node.ports
        if port.address and port.address.network in networks and node != server
    ]
    host, port = drawn.one(places, "client in a subnet with a pool")
    taken = services.program("dhcp_client.py", port)
    keep = f"for n in 1 2 3 4 5 6 7 8; do {taken} 1; sleep 4; done"
    begin = Sh(
        host,
        f"{taken} {services.POOL + 2} >/run/leases.txt; ({keep}) </dev/null >/dev/null 2>&1 & echo $! >/run/keep.pid",
    )
    # Whoever still asks would take the first leases of the server that begins anew.
    end = Sh(host, "kill $(cat /run/keep.pid)")
    again = f"kill -9 $(cat /run/dhcp.pid); sleep 0.3; rm -f /run/leases; {services.start(drawn.plan, server)['dhcp']}"
    check = Check(host, f"{taken} 1", "leases 0")
    also = (("dhcp_pool_exhausted", f"node/{server.name}"),)
    resource = f"service/{server.name}/dhcp"
    title = "new clients get no address"
    return Fault(
        "dhcp_pool_exhausted", resource, (begin,), (end, Sh(server.name, again)), (check,), title, also, within=30
    )
