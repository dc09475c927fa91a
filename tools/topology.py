"""How the site hangs together."""

from __future__ import annotations

from noc_agent.findings.views import interface_view
from noc_agent.toolbox import DeviceName, ToolResult, tool
from noc_agent.topology import Network


@tool
def topology(network: Network, device: DeviceName = "") -> ToolResult:
    """Links of the site or of one device with the state of both ends, broken ones first, and how each link is known."""
    name = network.device(device).name if device else ""
    rows: list[dict[str, object]] = []
    for link, known_by in network.links.items():
        if name and name not in (link.a.device, link.b.device):
            continue
        a, b = interface_view(network, link.a), interface_view(network, link.b)
        rows.append(
            {
                "link": link.resource,
                "a_admin": a.get("admin"),
                "a_oper": a.get("oper"),
                "b_admin": b.get("admin"),
                "b_oper": b.get("oper"),
                "ospf": a.get("ospf") or b.get("ospf"),
                "known_by": sorted(known_by),
            }
        )
    rows.sort(key=lambda row: ("down" not in (row["a_oper"], row["b_oper"]), str(row["link"])))
    newest = max((history.now.observed_at for history in network.histories.values() if history.now), default=None)
    return ToolResult(rows, source="topology", observed_at=newest)
