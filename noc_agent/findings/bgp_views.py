"""What playbook expressions see of BGP and of what ports hear. A key that the evidence does not tell is not there."""

from __future__ import annotations

from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.deaf_ports import answers, arrives
from noc_agent.site.model import End
from noc_agent.topology import Network


def heard_view(network: Network, end: End) -> dict[str, object]:
    """Between the last two polls of the incident: `hears`, whether anything arrived at the port; `answered`, whether unicast
    did."""
    told = {"hears": arrives(network, end), "answered": answers(network, end)}
    return {name: value for name, value in told.items() if value is not None}


def bgp_view(network: Network, resource: str) -> dict[str, object]:
    """Of a node: `established`, `stopped` (administratively), `ended` (within the incident); nothing where BGP is not served."""
    kind, _, device = resource.partition("/")
    history = network.histories.get(device) if kind == "node" else None
    rows = history.now.bgp_peers if history and history.answers and history.now else None
    if rows is None:
        return {}
    return {
        "established": sum(row.bgpPeerState == "established" for row in rows),
        "stopped": sum(row.bgpPeerAdminStatus == "stop" for row in rows),
        "ended": sum(session.is_down for session in sessions(network) if session.device == device),
    }
