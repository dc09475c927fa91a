"""Findings about the daemons of services: DNS, DHCP, its relay, and HTTP; gone from the process table, or ended by the log.

A listener is the better witness (`findings/services.py`): a daemon whose port is still open has another name now, or was restarted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at, events_of, newest_last
from noc_agent.findings.daemons import daemon_name
from noc_agent.findings.heard import unseen
from noc_agent.findings.probes import Probe, probes, still_listens
from noc_agent.findings.services import listens, service_name
from noc_agent.snmp import IpStats, Process, read_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network

# Names that the daemons run under: BIND, Unbound, PowerDNS, Knot, NSD, CoreDNS; ISC, Kea, udhcpd, jdhcpd; the web servers.
DAEMONS = {
    "named": "dns", "unbound": "dns", "pdns_server": "dns", "pdns_recursor": "dns", "knotd": "dns", "kresd": "dns", "nsd": "dns",
    "coredns": "dns", "dnsdist": "dns", "dhcpd": "dhcp", "kea": "dhcp", "udhcpd": "dhcp", "jdhcpd": "dhcp",
    "dhcrelay": "dhcp-relay", "dhcrelay4": "dhcp-relay", "dhcp_relay": "dhcp-relay", "dhcpfwd": "dhcp-relay",
    "dhcprelay": "dhcp-relay",
    "nginx": "http", "apache2": "http", "httpd": "http", "lighttpd": "http", "caddy": "http", "haproxy": "http",
}  # fmt: skip
PORTS = {"dns": ("udp", 53), "dhcp": ("udp", 67), "dhcp-relay": ("udp", 67), "http": ("tcp", 80)}
MEMO = "dhcp_hosts"
EXITS, STARTS = ("process_exit", "crash"), ("process_started",)
_NAMED = re.compile(r"\b(" + "|".join(map(re.escape, (*DAEMONS, "dnsmasq", "kea-dhcp4"))) + r")(?:\.service)?\b")


def find_service_daemons(network: Network) -> Iterator[Finding]:
    """Service daemons that ran when the network was well, or ended by the log, and do not run now."""
    for device, history in network.histories.items():
        told: set[str] = set()
        now, old = (history.now if history.answers else None), history.earlier
        if now is not None and old is not None and now.processes is not None:
            gone = services_run(old).keys() - services_run(now).keys()
            for service in sorted(gone):
                if listens(now, *PORTS[service]) is not True and listens(old, *PORTS[service]) is not False:
                    told.add(service)
                    yield _gone(network, history, service, services_run(old)[service], logged=False)
        for service, name in _ended(network, device).items():
            open_now = listens(now, *PORTS[service]) if now is not None else None
            runs = now is not None and now.processes is not None and service in services_run(now)
            if service not in told and open_now is not True and not runs:
                felt = open_now is False or any(p.speaks == service and not p.answered for p in probes(network))
                felt = felt or unseen(network, device)  # nothing but its log could tell
                yield _gone(network, history, service, name, logged=True, matters=felt)


def services_run(state: DeviceState) -> dict[str, str]:
    """Services whose daemons run, each with a daemon's name."""
    found: dict[str, str] = {}
    for row in state.processes or ():
        name = daemon_name(row)
        for service in _services(row, name):
            found.setdefault(service, name)
    return found


def _services(row: Process, name: str) -> tuple[str, ...]:
    if name == "dnsmasq":
        return _dnsmasq(row.hrSWRunParameters or "")
    if name == "dhcp" and "relay" in (row.hrSWRunName or "").lower():
        return ("dhcp-relay",)
    return (DAEMONS[name],) if name in DAEMONS else ()


def _dnsmasq(words: str) -> tuple[str, ...]:
    """dnsmasq serves DNS unless its port is 0, DHCP where it has a range, and relays where it is told to; else nobody knows."""
    found = []
    if "dhcp-relay" in words:
        found.append("dhcp-relay")
    if "dhcp-range" in words:
        found.append("dhcp")
    if words and not re.search(r"(?:--port[= ]0|-p ?0)\b", words) and "dhcp-relay" not in words and not found:
        found.append("dns")
    return tuple(found)


def _ended(network: Network, device: str) -> dict[str, str]:
    """Services whose daemon ended by the log and did not start again after; a start may be unlogged."""
    last: dict[str, tuple[str, str]] = {}
    for event in newest_last(events_of(network, device, (*EXITS, *STARTS))):
        match = _NAMED.search(event.subject) or _NAMED.search(event.sample)
        if match:
            name = match[1]
            service = "dhcp" if name == "kea-dhcp4" else DAEMONS.get(name, "")
            if service:
                last[service] = (event.kind, name)
    return {service: name for service, (kind, name) in last.items() if kind in EXITS}


def _gone(
    network: Network, history: DeviceHistory, service: str, name: str, *, logged: bool, matters: bool = True
) -> Finding:
    device = history.device
    named = service_name(network, device, *PORTS[service]) if service != "dhcp-relay" else service
    words = "ended, by the log" if logged else "does not run any more"
    return Finding(
        kind="daemon_gone",
        resource=f"service/{device}/{named}",
        summary=f"{device}: the {service} daemon {name} {words}",
        at=changed_at(network, device, EXITS, (name,)) or history.shown_at,
        device=device,
        facts={"process": name, "service": service, "port": PORTS[service][1], "logged": logged},
        path=frozenset({f"service/{device}/{named}", f"node/{device}"}),
        significant=matters,
        starts=matters,
    )


def find_closed(network: Network) -> Iterator[Finding]:
    """Services that a probe asks in vain and for which nobody listens on their host, where no poll from before tells, or none
    at all and the host refuses."""
    told: set[str] = set()
    for probe in probes(network):
        service, host = probe.service, probe.host
        if probe.state != "down" or service is None or host is None or service.resource in told:
            continue
        history = network.histories.get(host)
        intended = service in network.site.intent.services
        if intended and probe.refused and unseen(network, host):
            told.add(service.resource)
            yield _closed(probe, None)
            continue
        known = history is not None and history.before is not None
        if history is not None and not known and not intended and still_listens(network, service) is False:
            told.add(service.resource)
            yield _closed(probe, history)


def _closed(probe: Probe, history: DeviceHistory | None) -> Finding:
    """By the host's newest poll; without one by the host's own refusal, as the probe heard it."""
    service = probe.service
    assert service is not None
    how = "" if history else f": it refuses {probe.device}'s probe"
    return Finding(
        kind="listener_gone",
        resource=service.resource,
        summary=f"{service.device}: nobody listens on {service.protocol}/{service.port} ({service.name}){how}",
        at=probe.since or (history.shown_at if history else None),
        device=service.device,
        facts={
            "service": service.name, "protocol": service.protocol, "port": service.port, "asked": True,
            **({"listened_before": False} if history else {"refused": True}),
        },
        path=frozenset({service.resource, f"node/{service.device}"}),
    )  # fmt: skip


def dhcp_role(network: Network, device: str) -> str | None:
    """`server` or `relay`: by intent, by its daemons, else by whether it forwards while another device serves; None unknown."""
    for row in network.site.intent.services:
        if row.device == device and (row.protocol, row.port) == PORTS["dhcp"]:
            return "relay" if "relay" in row.name.lower() else "server"
    history = network.histories.get(device)
    states = [state for state in (history.earlier, history.now) if state] if history else []
    if not any(listens(state, *PORTS["dhcp"]) for state in states) and not any(state.processes for state in states):
        return None
    runs = {service for state in states for service in services_run(state)}
    if "dhcp-relay" in runs or "dhcp" in runs:
        return "relay" if "dhcp-relay" in runs else "server"
    forwards = _forwards(states[-1]) if states else None
    if forwards is False:
        return "server"
    return "relay" if forwards and _hosts_that_serve(network) - {device} else None


def _hosts_that_serve(network: Network) -> frozenset[str]:
    """Hosts that listen for DHCP and do not forward. Found once."""
    if MEMO not in network.memo:
        network.memo[MEMO] = frozenset(
            name
            for name, history in network.histories.items()
            if listens(history.earlier or history.now, *PORTS["dhcp"])
            and history.latest is not None
            and _forwards(history.latest) is False
        )
    return cast("frozenset[str]", network.memo[MEMO])


def _forwards(state: DeviceState) -> bool | None:
    if state.ospf_neighbors or state.bgp_peers:
        return True
    stats = next(iter(read_table(state.reply, IpStats) or ()), None)
    return None if stats is None or stats.ipForwarding is None else stats.ipForwarding == "forwarding"
