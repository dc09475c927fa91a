"""Where a filter is: what logs or answers that it drops, who edited a filter, else what the probes that fail have in common.

One that logs, or that answers "administratively prohibited", proves its place. One that drops in silence stands where an
engineer looks first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from noc_agent.findings.changes import events_of
from noc_agent.findings.heard import unseen
from noc_agent.findings.probes import PORTS, Probe, known_well, probes
from noc_agent.findings.services import ADDRESS, first_hop, probe_path
from noc_agent.logs import LogEvent
from noc_agent.snmp import IpStats, counter_delta, read_table
from noc_agent.topology import Network

_PORT = re.compile(r"[(/:](\d+)\)?$")
_EDITED = re.compile(r"(?i)\b(acl|access-list|access-group|nft|nftables|iptables|ip6tables|firewall|filter|policy)\b")
REJECTS = 3  # ICMP unreachables more than before: one is any host's daily business


@dataclass(frozen=True, slots=True)
class Place:
    """Where a filter is, and by what sign: log, reject, edit, probes or guess."""

    resource: str
    sign: str


def placed(network: Network, found: list[Probe], path: frozenset[str]) -> Place:
    """Where what these probes meet is, `path` being their ways together."""
    for probe in found:
        for device, _ in denies(network, probe):
            return Place(f"node/{device}", "log")
        owners = (network.names.interface_with_address(address) for address in ADDRESS.findall(probe.said))
        if probe.filtered and (owner := next((one for one in owners if one), None)):
            return Place(f"node/{owner[0]}", "reject")
    nodes = sorted(name.removeprefix("node/") for name in path if name.startswith("node/"))
    rejecting = [device for device in nodes if _rejects(network, device)]
    if len(rejecting) == 1 and any(probe.filtered for probe in found):
        return Place(f"node/{rejecting[0]}", "reject")
    edited = [device for device in nodes if _edited(network, device)]
    if len(edited) == 1:
        return Place(f"node/{edited[0]}", "edit")
    return _by_probes(network, found)


def _by_probes(network: Network, found: list[Probe]) -> Place:
    """At the host that is asked; at the source's end where other sources get an answer, or where it fails towards several."""
    well = [probe for probe in probes(network) if probe.answered and probe.host in {one.host for one in found}]
    sources = {probe.device for probe in found}
    elsewhere = [probe for probe in well if probe.speaks == found[0].speaks and probe.device not in sources]
    if len(sources) == 1 and len({probe.host for probe in found}) > 1 and (router := _shared(network, found)):
        return Place(f"node/{router}", "probes")
    if len(sources) == 1 and (elsewhere or len({probe.host for probe in found}) > 1):
        return Place(f"node/{_first_router(network, found[0].device)}", "probes")
    return Place(f"node/{found[0].host}", "probes" if len(sources) > 1 else "guess")


def _first_router(network: Network, source: str) -> str:
    """The source's gateway; where that is not known, what its only line leads to. A bridge has routes of its management alone."""
    ends = network.ends_of(source)
    far = network.other_end(ends[0]) if len(ends) == 1 else None
    near = far.device if far else source
    nodes = {name.removeprefix("node/") for name in first_hop(network, source) if name.startswith("node/")}
    beyond = nodes - {source, near}
    return beyond.pop() if len(beyond) == 1 else near


def _shared(network: Network, found: list[Probe]) -> str:
    """The only router a port of which all of these probes cross and none that is well does; of several the source's gateway."""
    source = found[0].device
    failing = [probe_path(network, one.device, one.target, one.said) for one in found]
    well = {target for target in known_well(network).get(source, set()) if not failed(network, source, target)}
    clear = frozenset().union(*(probe_path(network, source, target) for target in well))
    ends = {name.split("/")[1] for name in frozenset.intersection(*failing) - clear if name.startswith("interface/")}
    routers = {name for name in ends if network.routes_of(name)} - {source, *(one.host for one in found)}
    gateways = {name.removeprefix("node/") for name in first_hop(network, source) if name.startswith("node/")}
    found_at = routers & gateways if len(routers) > 1 else routers
    return found_at.pop() if len(found_at) == 1 else ""


def denies(network: Network, probe: Probe) -> list[tuple[str, LogEvent]]:
    """Denies of the incident that are about what this probe sends."""
    ends = _asked(network, probe), addresses_of(network, probe.device)
    return [
        (device, event)
        for device in network.events
        for event in events_of(network, device, ("acl_deny",))
        if event.subject and _about(event, probe.speaks) and _goes(event, ends)
    ]


def _asked(network: Network, probe: Probe) -> set[str]:
    """The addresses that a probe may mean: its host's; where no poll tells them, those that it says, and of pings to a host
    whose address nobody tells any that is no other device's."""
    known = addresses_of(network, probe.host) or {*ADDRESS.findall(probe.said)}
    if known or probe.speaks != "icmp" or not probe.host or not unseen(network, probe.host):
        return known
    denied = (event for device in network.events for event in events_of(network, device, ("acl_deny",)))
    return {event.subject for event in denied if network.names.device_of(event.subject) in (None, probe.host)}


def addresses_of(network: Network, device: str | None) -> set[str]:
    """The addresses of a device when it was well, as far as it tells them."""
    state = network.healthy(device) if device else None
    return set(state.interface_by_address) if state else set()


def _goes(event: LogEvent, ends: tuple[set[str], set[str]]) -> bool:
    """Whether the packet went to the host, or came from it back to the source."""
    to, source = event.subject.split("(")[0].split("/")[0], event.peer
    to = to.rsplit(":", 1)[0] if to.count(":") == 1 else to
    return to in ends[0] or (source in ends[0] and to in ends[1])


def _about(event: LogEvent, speaks: str) -> bool:
    """Whether a deny's protocol and port are those of the service."""
    match = _PORT.search(event.subject)
    port = int(match[1]) if match else int(event.to) if event.to.isdigit() else 0
    if speaks == "icmp":
        return "icmp" in event.frm.lower() or (not port and event.frm.lower() not in ("tcp", "udp"))
    return PORTS.get(port) == speaks or (not port and "icmp" not in event.frm.lower())


def _rejects(network: Network, device: str) -> bool:
    """Whether it sends more ICMP unreachables than for closed ports of its own."""
    history = network.histories.get(device)
    if history is None or history.earlier is None or history.now is None or not history.answers:
        return False
    old, new = (next(iter(read_table(state.reply, IpStats) or ()), None) for state in (history.earlier, history.now))
    if old is None or new is None:
        return False
    sent, closed = (grew(getattr(old, name), getattr(new, name)) for name in ("icmpOutDestUnreachs", "udpNoPorts"))
    return sent - closed >= REJECTS


def _edited(network: Network, device: str) -> bool:
    events = events_of(network, device, ("config_change",))
    return any(_EDITED.search(event.reason) or _EDITED.search(event.sample) for event in events)


def failed(network: Network, device: str, target: str) -> bool:
    """Whether a probe that is well now failed within the incident: what it asks was lost with the pings."""
    return any(event.subject == target for event in events_of(network, device, ("probe_down", "probe_loss")))


def grew(old: int | None, new: int | None) -> int:
    """How far a counter went on; 0 where it is not known."""
    return (counter_delta(old, new, 32) or 0) if old is not None and new is not None else 0
