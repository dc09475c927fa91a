"""What a flooded segment does to others: their findings depend on whoever floods it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from noc_agent.evidence import Finding

FLOODING = ("stp_ring", "flood")
PROBES = ("probe_loss", "probe_down", "probe_slow")  # depend on all of their way; others on where they are
HURT = (
    *PROBES, "saturated", "cpu_high", "counter_imbalance", "mac_conflict", "address_conflict", "dhcp_unanswered", "agent_fault",
    "input_errors", "unreachable", "flapping", "neighbor_lost", "neighbor_stuck", "adjacency_silent", "one_way", "session_down",
)  # fmt: skip


def spread(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, those on a flooded segment with its culprit in their path."""
    found = tuple(findings)
    reach: dict[str, set[str]] = defaultdict(set)
    for finding in found:
        if finding.kind in FLOODING and finding.significant:
            for resource in finding.path:
                reach[resource].add(finding.resource)
    return tuple(_with_culprits(finding, reach) for finding in found) if reach else found


def _with_culprits(finding: Finding, reach: Mapping[str, set[str]]) -> Finding:
    if finding.kind not in HURT:
        return finding
    where = finding.path if finding.kind in PROBES else {finding.resource, f"node/{finding.device}"}
    culprits = {culprit for resource in where for culprit in reach.get(resource, ())}
    return replace(finding, path=finding.path | culprits) if culprits - finding.path else finding
