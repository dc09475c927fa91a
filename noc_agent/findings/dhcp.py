"""Findings about DHCP and DNS that only logs tell: an empty pool (RFC 2131), wrong zones and answers (RFC 1034)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of
from noc_agent.findings.measures import first_time
from noc_agent.findings.probes import Probe, probes, still_listens
from noc_agent.findings.services import probe_path, service_name
from noc_agent.logs import LogEvent
from noc_agent.site.model import ServiceIntent
from noc_agent.topology import Network

_NEARLY = re.compile(r"(?i)high utili[sz]ation|over ")  # a threshold, not the end
_BROKEN = re.compile(r"(?i)not loaded|loading .*failed|expired")  # the zone itself, not the way to its primary
_FAILED = re.compile(r"(?i)servfail")  # the server, or one that it asks, failed; no record is wrong
REPEATED = 2  # one request without an answer is any client's daily business
_OFFERING = "offering"


def find_exhausted(network: Network) -> Iterator[Finding]:
    """DHCP servers that had no address to give within the incident."""
    for device in network.events:
        events = events_of(network, device, ("dhcp_pool_exhausted",))
        if not events:
            continue
        nearly = all(_NEARLY.search(event.reason) for event in events)
        name = service_name(network, device, "udp", 67)
        subjects = sorted({event.subject for event in events if event.subject})
        yield Finding(
            kind="pool_exhausted",
            resource=f"service/{device}/{name}",
            summary=f"{device}: {'a DHCP pool is nearly used up' if nearly else 'no address is left to give'}"
            + (f" ({', '.join(subjects[:3])})" if subjects else ""),
            at=first_time(events, None),
            device=device,
            facts={"pool": ", ".join(subjects[:3]), "times": sum(event.count for event in events), "logged": True},
            path=frozenset({f"service/{device}/{name}", f"node/{device}"}),
            significant=not nearly,
            starts=not nearly,
        )


def find_unanswered(network: Network) -> Iterator[Finding]:
    """DHCP clients that got no answer: a sign of a server, relay or way that is down, no cause of its own."""
    servers = {row.resource for row in network.site.intent.services if (row.protocol, row.port) == ("udp", 67)}
    nodes = {f"node/{resource.split('/')[1]}" for resource in servers}
    for device in network.events:
        events = [e for e in events_of(network, device, ("dhcp_no_answer",)) if _OFFERING not in e.sample]
        if events:
            times = sum(event.count for event in events)
            ends = {resource for end in network.ends_of(device) for resource in network.around(end)}
            yield Finding(
                kind="dhcp_unanswered",
                resource=f"node/{device}",
                summary=f"{device} got no answer to its DHCP requests",
                at=first_time(events, None),
                device=device,
                facts={"logged": True, "times": times},
                path=frozenset({f"node/{device}"} | ends | servers | nodes),
                significant=times >= REPEATED,
                starts=False,
            )


def find_wrong_records(network: Network) -> Iterator[Finding]:
    """Name servers that answer wrongly while they listen, and those that could not load a zone."""
    for device in network.events:
        events = [e for e in events_of(network, device, ("dns_zone_failed",)) if _BROKEN.search(e.reason)]
        if events:
            yield _zone(network, device, events)
    wrong: dict[ServiceIntent, list[Probe]] = defaultdict(list)
    for probe in probes(network):
        if probe.state != "up" and probe.wrong and probe.service is not None and probe.speaks == "dns":
            wrong[probe.service].append(probe)
    for service, found in wrong.items():
        if still_listens(network, service) is not False:
            yield _answer(network, service, found)


def _zone(network: Network, device: str, events: list[LogEvent]) -> Finding:
    name = service_name(network, device, "udp", 53)
    zones = ", ".join(sorted({event.subject for event in events})[:3])
    return Finding(
        kind="dns_wrong",
        resource=f"service/{device}/{name}",
        summary=f"{device}: zone {zones} could not be loaded",
        at=first_time(events, None),
        device=device,
        facts={"zone": zones, "said": events[0].reason[:120], "logged": True},
        path=frozenset({f"service/{device}/{name}", f"node/{device}"}),
    )


def _answer(network: Network, service: ServiceIntent, found: list[Probe]) -> Finding:
    paths = (probe_path(network, probe.device, probe.target, probe.said) for probe in found)
    facts: dict[str, str | int | float | bool] = {"said": found[0].said[:120], "answered": True}
    if not all(_FAILED.search(probe.said) for probe in found):
        facts["record"] = True
    if (open_now := still_listens(network, service)) is not None:
        facts["listens"] = open_now
    return Finding(
        kind="dns_wrong",
        resource=service.resource,
        summary=f"{service.device} answers {', '.join(sorted({p.device for p in found}))} wrongly: {found[0].said[:80]}",
        at=min((probe.since for probe in found if probe.since), default=None),
        device=service.device,
        facts=facts,
        path=frozenset({service.resource, f"node/{service.device}"}).union(*paths),
    )
