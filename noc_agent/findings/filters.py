"""Findings about filters: a probe of a service fails while the service is open, or only pings fail (RFC 1812, 5.3.9; RFC 792).

A filter that logs, or that answers "administratively prohibited", proves itself and its place. One that drops in silence shows
only in what does not get through: the kind is inferred, and the place is where an engineer looks first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from noc_agent.evidence import Finding
from noc_agent.findings.adjacency import find_ospf
from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.bgp_origins import find_drawn, find_hijacks
from noc_agent.findings.changes import events_of
from noc_agent.findings.circles import leads
from noc_agent.findings.heard import unseen
from noc_agent.findings.probes import PORTS, Probe, known_well, probes, still_listens
from noc_agent.findings.services import ADDRESS, aimed_at, first_hop, probe_path
from noc_agent.findings.stacking import peer_over
from noc_agent.logs import LogEvent
from noc_agent.snmp import IpStats, counter_delta, read_table
from noc_agent.topology import Network

_PORT = re.compile(r"[(/:](\d+)\)?$")
_EDITED = re.compile(r"(?i)\b(acl|access-list|access-group|nft|nftables|iptables|ip6tables|firewall|filter|policy)\b")
REJECTS = 3  # ICMP unreachables more than before: one is any host's daily business
LASTS = timedelta(minutes=4)  # routing is quicker (RFC 2328: 40 s), and monitoring asks within five minutes as a rule
STAYS = 0.5  # the share of its rate at which other traffic must go on for pings to be all that fails


@dataclass(frozen=True, slots=True)
class Place:
    """Where a filter is, and by what sign: log, reject, edit, probes or guess."""

    resource: str
    sign: str


def find_filtered(network: Network) -> Iterator[Finding]:
    """Services and pings that a filter keeps from probes."""
    groups: dict[tuple[str, str], list[Probe]] = {}
    for probe in probes(network):
        if (
            probe.state == "down"
            and not probe.wrong
            and not probe.refused
            and (probe.host or _denies(network, probe))
            and probe.host != probe.device
        ):
            # Pings that fail from one source have one cause; a service has one host.
            about = probe.device if probe.speaks == "icmp" else probe.host or probe.target
            groups.setdefault((probe.speaks, about), []).append(probe)
    for (speaks, _), found in groups.items():
        if speaks in ("dns", "http") and _service_open(network, found):
            yield _finding(network, speaks, found)
        elif speaks == "icmp" and _only_pings(network, found):
            yield _finding(network, "icmp", found)


def _service_open(network: Network, found: list[Probe]) -> bool:
    """Whether the service is open by its host, and nothing else fails from where it is asked: else the way itself is broken."""
    service = found[0].service
    if service is None and found[0].host is None:
        return True  # a filter logs that it drops what asks for it
    if service is None or (still_listens(network, service) is not True and not unseen(network, service.device)):
        return False  # a port that is closed refuses; where no poll tells, silence alone points to a filter
    sources = {probe.device for probe in found}
    failing = {probe.speaks for probe in probes(network) if probe.device in sources and not probe.answered}
    return failing == {found[0].speaks} or any(_denies(network, probe) or probe.filtered for probe in found)


def _only_pings(network: Network, found: list[Probe]) -> bool:
    """Whether something else of this source gets to the same host: another probe that is well, or a filter tells of pings."""
    if any(probe.filtered for probe in found) or any(_denies(network, probe) for probe in found):
        return True
    if any(find_hijacks(network)) or any(find_drawn(network)):
        return False  # answers may be drawn away to where no table of ours leads
    failing = {probe.target for probe in probes(network) if probe.device == found[0].device and not probe.answered}
    if {probe.target for probe in found} != failing:
        return False  # services fail as well
    others = {
        probe.host
        for probe in probes(network)
        if probe.device == found[0].device
        and probe.speaks != "icmp"
        and probe.answered
        and not _failed(network, probe.device, probe.target)
    }
    for target in known_well(network).get(found[0].device, set()):
        service = None if _failed(network, found[0].device, target) else aimed_at(network, target)
        others |= {service.device} if service else set()
    if others & {probe.host for probe in found}:
        return True
    return all(_echoes_stop(network, probe) or _reached(network, probe) for probe in found)


def _reached(network: Network, probe: Probe) -> bool:
    """Whether the host lives and the way to it stands: it answers polls and routes lead there and back, or it holds a BGP
    session with a router to which they lead. Where routing lost a neighbor nobody knows: of several ways of one cost agents
    tell one, and another may be the one that broke."""
    if any(find_ospf(network)) or any(session.is_down for session in sessions(network)):
        return False
    history = network.histories.get(probe.host or "")
    if history is not None and history.answers is not None:
        return bool(history.answers) and _led(network, probe)
    speakers = spoken_to(network, probe.host or "")
    return any(_leads(network, probe.device, device) for device in speakers)


def spoken_to(network: Network, host: str) -> Iterator[str]:
    """The routers that hold a BGP session with a device that nobody polls."""
    for device, history in network.histories.items():
        for row in (history.now.bgp_peers or ()) if history.answers and history.now else ():
            if row.bgpPeerState == "established" and peer_over(network, device, row.bgpPeerRemoteAddr) == host:
                yield device


def _echoes_stop(network: Network, probe: Probe) -> bool:
    """Whether the host gets no echo requests any more, yet as many TCP segments as ever, and all routes lead to it and back."""
    history = network.histories.get(probe.host or "")
    if history is None or not history.answers or len(history.window) < 2:
        return False
    states = [state for state in (history.before, *history.window) if state is not None]
    stats = [next(iter(read_table(state.reply, IpStats) or ()), None) for state in states]
    if len(stats) < 3 or None in stats[-3:]:
        return False
    echoes, segments = (
        [_grew(getattr(a, n), getattr(b, n)) for a, b in pairwise(stats)] for n in ("icmpInEchos", "tcpInSegs")
    )
    seconds = [(b.observed_at - a.observed_at).total_seconds() for a, b in pairwise(states)]
    stays = segments[-1] > 0 and segments[-1] / seconds[-1] >= STAYS * segments[0] / seconds[0]
    return echoes[0] > 0 and echoes[-1] == 0 and stays and _led(network, probe)


def _led(network: Network, probe: Probe) -> bool:
    """Whether the newest routing tables lead from the prober to its target, and back."""
    host = probe.host or ""
    return _leads(network, probe.device, host) and _leads(network, host, probe.device)


def _leads(network: Network, source: str, device: str) -> bool:
    """Not to the address that it is polled at if it has others: a management network is another way."""
    known = network.site.devices.get(device)
    every = _addresses(network, device)
    wanted = every - {known.address if known else None} or every
    return source == device or any(leads(network, source, address) for address in sorted(wanted))


def _lasts(network: Network, probe: Probe) -> bool:
    """Whether it has failed for so long that whatever finds a new way found it, and it was asked again."""
    history = network.histories.get(probe.host or "")
    at = history.now.observed_at if history and history.answers and history.now else None
    return at is not None and probe.since is not None and at - probe.since >= LASTS


def _failed(network: Network, device: str, target: str) -> bool:
    """Whether a probe that is well now failed within the incident: what it asks was lost with the pings."""
    return any(event.subject == target for event in events_of(network, device, ("probe_down", "probe_loss")))


def _denies(network: Network, probe: Probe) -> list[tuple[str, LogEvent]]:
    """Denies of the incident that are about what this probe sends."""
    ends = _asked(network, probe), _addresses(network, probe.device)
    return [
        (device, event)
        for device in network.events
        for event in events_of(network, device, ("acl_deny",))
        if event.subject and _about(event, probe.speaks) and _goes(event, ends)
    ]


def _asked(network: Network, probe: Probe) -> set[str]:
    """The addresses that a probe may mean: its host's; where no poll tells them, those that it says, and of pings to a host
    whose address nobody tells any that is no other device's."""
    known = _addresses(network, probe.host) or {*ADDRESS.findall(probe.said)}
    if known or probe.speaks != "icmp" or not probe.host or not unseen(network, probe.host):
        return known
    denied = (event for device in network.events for event in events_of(network, device, ("acl_deny",)))
    return {event.subject for event in denied if network.names.device_of(event.subject) in (None, probe.host)}


def _addresses(network: Network, device: str | None) -> set[str]:
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


def _place(network: Network, found: list[Probe], path: frozenset[str]) -> Place:
    for probe in found:
        for device, _ in _denies(network, probe):
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
    well = {target for target in known_well(network).get(source, set()) if not _failed(network, source, target)}
    clear = frozenset().union(*(probe_path(network, source, target) for target in well))
    ends = {name.split("/")[1] for name in frozenset.intersection(*failing) - clear if name.startswith("interface/")}
    routers = {name for name in ends if network.routes_of(name)} - {source, *(one.host for one in found)}
    gateways = {name.removeprefix("node/") for name in first_hop(network, source) if name.startswith("node/")}
    found_at = routers & gateways if len(routers) > 1 else routers
    return found_at.pop() if len(found_at) == 1 else ""


def _rejects(network: Network, device: str) -> bool:
    """Whether it sends more ICMP unreachables than for closed ports of its own."""
    history = network.histories.get(device)
    if history is None or history.earlier is None or history.now is None or not history.answers:
        return False
    old, new = (next(iter(read_table(state.reply, IpStats) or ()), None) for state in (history.earlier, history.now))
    if old is None or new is None:
        return False
    sent, closed = (_grew(getattr(old, name), getattr(new, name)) for name in ("icmpOutDestUnreachs", "udpNoPorts"))
    return sent - closed >= REJECTS


def _grew(old: int | None, new: int | None) -> int:
    return (counter_delta(old, new, 32) or 0) if old is not None and new is not None else 0


def _edited(network: Network, device: str) -> bool:
    events = events_of(network, device, ("config_change",))
    return any(_EDITED.search(event.reason) or _EDITED.search(event.sample) for event in events)


def _finding(network: Network, speaks: str, found: list[Probe]) -> Finding:
    paths: Iterable[frozenset[str]] = [probe_path(network, one.device, one.target, one.said) for one in found]
    path = frozenset().union(*paths)
    place = _place(network, found, path)
    denied = place.sign in ("log", "reject")
    sources = ", ".join(sorted({probe.device for probe in found}))
    targets = ", ".join(sorted({probe.target for probe in found})[:4])
    facts: dict[str, str | int | float | bool] = {
        "filtered": speaks, "target": targets, "sources": sources, "host": found[0].host or "", "place_by": place.sign,
    }  # fmt: skip
    if denied:
        facts["denied"] = True
    if speaks != "icmp" and all(_lasts(network, one) and _led(network, one) for one in found):
        facts["way_stands"] = True
    listens = found[0].service is not None and still_listens(network, found[0].service)
    if speaks != "icmp":
        facts |= {"listens": True} if listens else {}
        facts["service"] = found[0].service.name if found[0].service else ""
    words = "only pings fail" if speaks == "icmp" else f"{found[0].host} still listens for {speaks}"
    if speaks != "icmp" and not listens:
        words = f"{found[0].host} does not refuse it and nothing else fails"
    return Finding(
        kind="probe_down",
        resource=place.resource,
        summary=f"{sources}: no answer from {targets}, yet {words}: something drops it on the way",
        at=min((probe.since for probe in found if probe.since), default=None),
        device=place.resource.split("/")[1],
        facts=facts,
        path=path | {place.resource},
    )
