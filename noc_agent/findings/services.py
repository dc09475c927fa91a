"""Findings about services: listeners that are gone, and what probes saw (DISMAN-PING-MIB, IP SLA and their like)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of, newest_last
from noc_agent.logs import LogEvent
from noc_agent.site.model import End, ServiceIntent
from noc_agent.snmp import Listener
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network
from noc_agent.topology.paths import best_route

# IANA service names of the ports that infrastructure services listen on; others are named by protocol and port.
WELL_KNOWN = {
    ("udp", 53): "dns", ("tcp", 53): "dns", ("tcp", 853): "dns-over-tls", ("udp", 67): "dhcp", ("tcp", 80): "http",
    ("tcp", 443): "https", ("udp", 123): "ntp", ("tcp", 22): "ssh", ("udp", 69): "tftp", ("tcp", 179): "bgp",
    ("udp", 1812): "radius", ("tcp", 49): "tacacs", ("tcp", 389): "ldap", ("udp", 514): "syslog",
}  # fmt: skip
PROBE_KINDS = ("probe_down", "probe_loss", "probe_slow", "probe_up")
PRIVILEGED = 1024  # ports above come and go with clients
ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")


def find_listeners_gone(network: Network) -> Iterator[Finding]:
    """Services that listened before, or are meant to, and have no listener now."""
    for device, history in network.histories.items():
        if history.now is None or not history.answers:
            continue
        gone: dict[str, tuple[str, int, bool | None]] = {}
        for protocol, port in _expected(network, device, history):
            now, before = listens(history.now, protocol, port), listens(history.earlier, protocol, port)
            if history.before is None and before is False:
                before = None  # it was gone when the incident was first polled; what was before is not known
            if now is False and before is not False:
                gone.setdefault(service_name(network, device, protocol, port), (protocol, port, before))
        for name, (protocol, port, before) in gone.items():
            yield Finding(
                kind="listener_gone",
                resource=f"service/{device}/{name}",
                summary=f"{device}: nobody listens on {protocol}/{port} ({name})" + (" any more" if before else ""),
                at=history.shown_at,
                device=device,
                facts={
                    "service": name,
                    "protocol": protocol,
                    "port": port,
                    **({} if before is None else {"listened_before": before}),
                },
                path=frozenset({f"service/{device}/{name}", f"node/{device}"}),
            )


def _expected(network: Network, device: str, history: DeviceHistory) -> list[tuple[str, int]]:
    intended = {(row.protocol, row.port) for row in network.site.intent.services if row.device == device}
    if history.earlier is None:
        return sorted(intended)
    rows = (*(history.earlier.listeners.udp or ()), *(history.earlier.listeners.tcp or ()))
    return sorted(intended | {(row.protocol, row.port) for row in rows if row.port < PRIVILEGED and not _local(row)})


def _local(row: Listener) -> bool:
    return row.address.startswith("127.") or row.address == "::1"


def listens(state: DeviceState | None, protocol: str, port: int) -> bool | None:
    """Whether anything but loopback listens there; None where that table is not served."""
    rows = (state.listeners.udp if protocol == "udp" else state.listeners.tcp) if state else None
    return None if rows is None else any(row.port == port and not _local(row) for row in rows)


def service_name(network: Network, device: str, protocol: str, port: int) -> str:
    """The service's name by intent, else by IANA."""
    named = (
        row.name
        for row in network.site.intent.services
        if (row.device, row.protocol, row.port) == (device, protocol, port)
    )
    known = WELL_KNOWN.get((protocol, port), f"{protocol}-{port}")
    same = {row.name for row in network.site.intent.services if row.device == device and row.port == port}
    return next(named, same.pop() if len(same) == 1 else known)


def newest_probes(network: Network) -> list[tuple[LogEvent, datetime | None]]:
    """The newest word of every probe within the incident, and when the probe was first heard in it."""
    newest: dict[tuple[str, str], LogEvent] = {}
    first: dict[tuple[str, str], datetime | None] = {}
    for device in network.events:
        for event in newest_last(events_of(network, device, PROBE_KINDS)):
            key = (device, event.subject)
            newest[key] = event
            first[key] = min(filter(None, (first.get(key), event.first)), default=None)
    return [(event, first[key]) for key, event in newest.items()]


def find_probes(network: Network) -> Iterator[Finding]:
    """Probes that lose packets or get no answer, by their newest word within the incident."""
    for event, first in newest_probes(network):
        if event.kind in ("probe_down", "probe_loss"):  # those that are slow: findings/latency.py
            yield _probe(network, event.device, event.subject, event.kind, first, event.reason)
    for device, history in network.histories.items():
        yield from _disman(network, device, history)


def _disman(network: Network, device: str, history: DeviceHistory) -> Iterator[Finding]:
    before = {row.instance: row for row in (history.earlier.pings or ())} if history.earlier else {}
    for row in (history.now.pings or ()) if history.now else ():
        old = before.get(row.instance)
        sent, got = row.pingResultsSentProbes, row.pingResultsProbeResponses
        if old is not None and old.pingResultsSentProbes and sent and sent >= old.pingResultsSentProbes:
            sent, got = sent - old.pingResultsSentProbes, (got or 0) - (old.pingResultsProbeResponses or 0)
        if sent and got is not None and 0 <= got < sent:
            kind = "probe_down" if got == 0 else "probe_loss"
            yield _probe(network, device, row.pingCtlTargetAddress or row.pingCtlTestName, kind, history.shown_at)


def _probe(network: Network, device: str, target: str, kind: str, at: datetime | None, said: str = "") -> Finding:
    words = "gets no answer from" if kind == "probe_down" else "loses packets to"
    return Finding(
        kind=kind,
        resource=f"node/{device}",
        summary=f"{device}: the probe {words} {target}",
        at=at,
        device=device,
        facts={"target": target},
        path=probe_path(network, device, target, said),
        starts=False,
    )


def probe_path(network: Network, device: str, target: str, said: str = "") -> frozenset[str]:
    """What a probe depends on: its own device and first hop always, the way to the target where the target is known."""
    path = {f"node/{device}"} | first_hop(network, device)
    service = aimed_at(network, target, said)
    aim = service.device if service else target
    if service:
        path.add(service.resource)
    if network.names.device_of(aim) or network.names.interface_with_address(aim):
        path |= network.path(device, aim)
        path.add(f"node/{network.names.device_of(aim)}")
        path |= _prefixes(network, path, aim, said)
    elif ADDRESS.fullmatch(aim):  # outside: as far as routes lead
        path |= network.path(device, aim)
    return frozenset(path)


def _prefixes(network: Network, path: Iterable[str], aim: str, said: str) -> set[str]:
    """The prefixes by which the devices on the way lead to the target: whoever draws one away, draws the probe away."""
    device = network.names.device_of(aim)
    told = [address for address in (aim, *ADDRESS.findall(said)) if _owner(network, address) in (device, aim)]
    address = told[0] if told else network.address_of(device) if device else None
    nodes = [name.removeprefix("node/") for name in path if name.startswith("node/")]
    routes = [best_route(network.routes_of(node), address) for node in nodes] if address else []
    return {f"prefix/{route.prefix}" for route in routes if route is not None and not route.prefix.endswith("/0")}


def _owner(network: Network, address: str) -> str:
    """The device whose address it is; nothing where nobody has it."""
    found = network.names.interface_with_address(address)
    return found[0] if found else ""


def aimed_at(network: Network, target: str, said: str = "") -> ServiceIntent | None:
    """The service that a probe asks: by its name (`dns`, or `host;DNS`), on the device that the probe names or whose address it
    tells; else on the only one that has it."""
    named_host, _, target = target.rpartition(";")
    told = network.names.device_of(named_host) if named_host else None
    served = {
        name: port for port, name in reversed(WELL_KNOWN.items())
    }  # of two protocols the first: DNS is asked by UDP
    hosts = [told] if told else [host for address in ADDRESS.findall(said) if (host := _owner(network, address))]
    named = [row for row in network.site.intent.services if row.name.lower() == target.lower()]
    if named:
        return next((row for row in named if row.device in hosts), named[0])
    if target.lower() not in served:
        return None
    protocol, port = served[target.lower()]
    serving = [name for name, row in network.histories.items() if listens(row.earlier or row.now, protocol, port)]
    # A probe that checks the answer tells the addresses in it as well: the asked one serves, or comes first.
    hosts = [host for host in hosts if host in serving] or hosts[:1] or serving
    if len(set(hosts)) != 1:
        return None
    return ServiceIntent(hosts[0], service_name(network, hosts[0], protocol, port), protocol, port)


def first_hop(network: Network, device: str) -> set[str]:
    """A host's only link and default gateway: whatever it probes goes through them."""
    ends = network.ends_of(device)
    found: set[str] = set()
    if len(ends) == 1:
        far = network.other_end(ends[0])
        found |= network.around(ends[0]) | ({f"node/{far.device}"} if far else set())
    for _, _, mask, route in network.routes_of(device):
        owner = network.names.interface_with_address(route.next_hop) if mask == 0 and route.next_hop else None
        if owner:
            found |= {f"node/{owner[0]}", End(*owner).resource}
    return found
