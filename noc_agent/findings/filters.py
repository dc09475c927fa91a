"""Findings about filters: a probe of a service fails while the service is open, or only pings fail (RFC 1812, 5.3.9; RFC 792).

A filter that logs, or that answers "administratively prohibited", proves itself and its place. One that drops in silence shows
only in what does not get through: the kind is inferred, and the place is where an engineer looks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise

from noc_agent.evidence import Finding
from noc_agent.findings.adjacency import find_ospf
from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.bgp_origins import find_drawn, find_hijacks
from noc_agent.findings.circles import leads
from noc_agent.findings.filter_places import addresses_of, denies, failed, grew, placed
from noc_agent.findings.heard import unseen
from noc_agent.findings.probes import Probe, known_well, probes, still_listens
from noc_agent.findings.services import aimed_at, probe_path
from noc_agent.findings.stacking import peer_over
from noc_agent.snmp import IpStats, read_table
from noc_agent.topology import Network

LASTS = timedelta(minutes=4)  # routing is quicker (RFC 2328: 40 s), and monitoring asks within five minutes as a rule
STAYS = 0.5  # the share of its rate at which other traffic must go on for pings to be all that fails


def find_filtered(network: Network) -> Iterator[Finding]:
    """Services and pings that a filter keeps from probes."""
    groups: dict[tuple[str, str], list[Probe]] = {}
    for probe in probes(network):
        if (
            probe.state == "down"
            and not probe.wrong
            and not probe.refused
            and (probe.host or denies(network, probe))
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
    return failing == {found[0].speaks} or any(denies(network, probe) or probe.filtered for probe in found)


def _only_pings(network: Network, found: list[Probe]) -> bool:
    """Whether something else of this source gets to the same host: another probe that is well, or a filter tells of pings."""
    if any(probe.filtered for probe in found) or any(denies(network, probe) for probe in found):
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
        and not failed(network, probe.device, probe.target)
    }
    for target in known_well(network).get(found[0].device, set()):
        service = None if failed(network, found[0].device, target) else aimed_at(network, target)
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
        [grew(getattr(a, n), getattr(b, n)) for a, b in pairwise(stats)] for n in ("icmpInEchos", "tcpInSegs")
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
    every = addresses_of(network, device)
    wanted = every - {known.address if known else None} or every
    return source == device or any(leads(network, source, address) for address in sorted(wanted))


def _lasts(network: Network, probe: Probe) -> bool:
    """Whether it has failed for so long that whatever finds a new way found it, and it was asked again."""
    history = network.histories.get(probe.host or "")
    at = history.now.observed_at if history and history.answers and history.now else None
    return at is not None and probe.since is not None and at - probe.since >= LASTS


def _finding(network: Network, speaks: str, found: list[Probe]) -> Finding:
    paths: Iterable[frozenset[str]] = [probe_path(network, one.device, one.target, one.said) for one in found]
    path = frozenset().union(*paths)
    place = placed(network, found, path)
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
