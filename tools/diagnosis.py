"""What code found by itself."""

from __future__ import annotations

from noc_agent.evidence import Finding
from noc_agent.findings import sweep
from noc_agent.findings.kinds import KINDS
from noc_agent.toolbox import DeviceName, ToolResult, tool
from noc_agent.topology import Network


@tool
def findings(network: Network, device: DeviceName = "") -> ToolResult:
    """What is wrong or changed on a device (or the whole site): now against before, the other end, and intent."""
    name = network.device(device).name if device else ""
    history = network.histories.get(name)
    rows = [
        {
            "kind": finding.kind,
            "resource": finding.resource,
            "summary": finding.summary,
            "at": finding.at,
            "significant": finding.significant,
            "facts": dict(finding.facts),
        }
        for finding in sorted(sweep(network), key=_gravity)
        if not name or finding.device == name
    ]
    state = history.latest if history else None
    return ToolResult(
        rows,
        status="ok" if rows or (history and history.answers) else "no_data",
        message="" if rows else _well(network, name),
        source=f"snmp:{name}" if history else "site",
        observed_at=state.observed_at if state else None,
    )


def _gravity(finding: Finding) -> tuple[bool, int]:
    """What must be explained first, then as the vocabulary ranks the kinds."""
    kinds = list(KINDS)
    return not finding.significant, kinds.index(finding.kind) if finding.kind in kinds else len(kinds)


def _well(network: Network, name: str) -> str:
    history = network.histories.get(name)
    if history is None:
        return "nothing is wrong or changed"
    if not history.answers:
        return "it does not answer, and did not before: unknown"
    now = history.now
    ports = (now.interfaces or {}).values() if now else ()
    up = sum(row.ifOperStatus == "up" for row in ports)
    return f"nothing is wrong or changed: {up} of {len(ports)} interfaces up"
