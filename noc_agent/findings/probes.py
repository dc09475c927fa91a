"""What probes say by their newest word: whom they ask for what, and how they fail: in silence, refused, answered wrongly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from noc_agent.findings.services import PROBE_KINDS, aimed_at, listens, newest_probes
from noc_agent.logs import LogEvent
from noc_agent.site.model import ServiceIntent
from noc_agent.topology import Network

MEMO = "probes"
# A service did answer, and what it said is wrong (RCODEs of RFC 1035, 4.1.1, and what probes write of records).
WRONG = re.compile(
    r"(?i)\b(nxdomain|servfail|formerr|notimp|no such (?:name|host|domain)|non-?existent domain|name or service not known"
    r"|no answer section|nodata|(?:wrong|unexpected|bad|stale|different) (?:answer|address|record|ip|data)"
    r"|answer (?:mismatch|differs)|expected \S+,? (?:but )?got"
    r"|(?:got|answers?|answered|returned|resolves? to) \S+,? expect(?:ed|s|ing))"
)
FILTERED = re.compile(r"(?i)\b(prohibited|packet filtered|admin(?:istratively)?[- ](?:prohibited|denied)|pkt filtered)")
REFUSED = re.compile(r"(?i)(refused|port unreachable|connection reset|\brst\b)")
SPEAKS = {"http": "http", "https": "http", "www": "http", "web": "http", "dns": "dns", "dhcp": "dhcp"}
PORTS = {53: "dns", 80: "http", 443: "http", 8080: "http", 67: "dhcp"}


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe and its newest word. `speaks`: dns, http, dhcp, another service's name, or icmp for one that only pings."""

    device: str
    target: str
    service: ServiceIntent | None
    host: str | None  # the device that it asks, where that is known
    speaks: str
    state: str  # down, loss, slow or up
    said: str
    since: datetime | None

    @property
    def answered(self) -> bool:
        """Whether it gets answers, be they late."""
        return self.state in ("up", "slow")

    @property
    def wrong(self) -> bool:
        return bool(WRONG.search(self.said))

    @property
    def filtered(self) -> bool:
        return bool(FILTERED.search(self.said))

    @property
    def refused(self) -> bool:
        return bool(REFUSED.search(self.said)) and not self.wrong


def probes(network: Network) -> tuple[Probe, ...]:
    """Every probe that the logs of the incident tell of. Read once."""
    if MEMO not in network.memo:
        network.memo[MEMO] = tuple(_probe(network, event, first) for event, first in newest_probes(network))
    return cast("tuple[Probe, ...]", network.memo[MEMO])


def _probe(network: Network, event: LogEvent, since: datetime | None) -> Probe:
    service = aimed_at(network, event.subject, event.reason)
    host = service.device if service else network.names.device_of(event.subject)
    word = event.subject.lower().rpartition(";")[2]
    speaks = SPEAKS.get(word) or (PORTS.get(service.port, service.name) if service else "icmp" if host else "")
    state = event.kind.removeprefix("probe_")
    return Probe(event.device, event.subject, service, host, speaks, state, event.reason, since)


def known_well(network: Network) -> Mapping[str, set[str]]:
    """Prober → targets that all of its logs tell of and that are not failing now: what else gets through."""
    if "known_well" not in network.memo:
        failing = {(probe.device, probe.target) for probe in probes(network) if not probe.answered}
        found: dict[str, set[str]] = {}
        for event in network.logs.events(None, network.incident.until) if failing else ():
            if event.kind in PROBE_KINDS and (event.device, event.subject) not in failing:
                found.setdefault(event.device, set()).add(event.subject)
        network.memo["known_well"] = found
    return cast("Mapping[str, set[str]]", network.memo["known_well"])


def still_listens(network: Network, service: ServiceIntent) -> bool | None:
    """Whether the service's port is open by the newest poll of its host."""
    history = network.histories.get(service.device)
    return listens(history.now, service.protocol, service.port) if history and history.answers else None
