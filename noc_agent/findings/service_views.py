"""What playbooks see of services, bridges and hosts as `svc`. A key that the evidence does not tell is not there."""

from __future__ import annotations

from noc_agent.findings.bridging import bridge_of, moves, rings
from noc_agent.findings.floods import floods
from noc_agent.findings.service_daemons import dhcp_role
from noc_agent.topology import Network


def svc_view(network: Network, resource: str) -> dict[str, object]:
    """Of devices and services `dhcp_role` (server, relay); of devices also `stp`, `rings` (nothing blocks), `moves`, `floods`."""
    kind, _, rest = resource.partition("/")
    if kind not in ("node", "service"):
        return {}
    device = rest.partition("/")[0]
    role = dhcp_role(network, device)
    found: dict[str, object] = {"dhcp_role": role} if role else {}
    if kind == "service":
        return found
    history = network.histories.get(device)
    bridge = bridge_of(history.now) if history and history.answers else None
    if bridge is not None:
        found["rings"] = sum(
            any(end.device == device for link in ring.links for end in link.ends) for ring in rings(network)
        )
        if bridge.runs is not None:
            found["stp"] = bridge.runs
    return found | {"moves": len(moves(network, device)), "floods": len(floods(network, device))}
