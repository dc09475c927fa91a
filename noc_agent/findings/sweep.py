"""The sweep: every detector over the network, each finding once, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings import adjacency, agents, balance, interfaces, parameters, reachability, services
from noc_agent.topology import Network

MEMO = "findings"
Detector = Callable[[Network], Iterable[Finding]]

DETECTORS: tuple[Detector, ...] = (
    reachability.find_unreachable,
    interfaces.find_down,
    interfaces.find_standing,
    interfaces.find_logged_down,
    interfaces.find_load,
    balance.find_imbalance,
    parameters.find_mtu_mismatch,
    parameters.find_as_mismatch,
    adjacency.find_ospf,
    adjacency.find_isis,
    adjacency.find_lldp,
    adjacency.find_bgp,
    services.find_listeners_gone,
    services.find_probes,
    agents.find_partial,
)


def sweep(network: Network) -> tuple[Finding, ...]:
    """All findings of the incident: significant ones first, then by time, then by resource."""
    if MEMO not in network.memo:
        network.memo[MEMO] = tuple(sorted(_distinct(network), key=_order))
    return cast("tuple[Finding, ...]", network.memo[MEMO])


def _distinct(network: Network) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for detector in DETECTORS:
        for finding in detector(network):
            key = (finding.kind, finding.resource, finding.summary)
            if key not in seen:
                seen.add(key)
                yield finding


def _order(finding: Finding) -> tuple[bool, bool, str, str, str]:
    at = finding.at.isoformat() if finding.at else ""
    return not finding.significant, finding.at is None, at, finding.resource, finding.kind
