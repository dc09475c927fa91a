"""What a fault did to others: its causal path and its impact."""

from __future__ import annotations

from collections.abc import Iterable

from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.findings.views import end_of, link_of
from noc_agent.topology import Network
from noc_agent.topology.paths import cut_off

LONGEST_PATH = 6


def device_of(resource: str) -> str:
    """The device of a node, interface or service resource."""
    return resource.split("/")[1]


def devices_of(network: Network, resource: str) -> tuple[str, ...]:
    """The devices that a resource is about; two for a link, and for an interface the one at its far end as well."""
    if resource.startswith("link/"):
        link = link_of(network, resource)
        return (link.a.device, link.b.device) if link else ()
    if resource.startswith("interface/"):
        end = end_of(resource)
        other = network.other_end(end)
        return (end.device, other.device) if other else (end.device,)
    if resource.startswith("prefix/"):
        return ()
    return (device_of(resource),)


def sufferers(network: Network, hypothesis: Hypothesis) -> tuple[str, ...]:
    """Resources that suffer from the fault without being at fault: devices first by time, then who is cut off."""
    own = {hypothesis.resource}
    if not hypothesis.resource.startswith(("link/", "prefix/")):
        own.add(f"node/{device_of(hypothesis.resource)}")
    nodes: dict[str, None] = {}
    for finding in sorted(hypothesis.covered, key=lambda f: (f.at is None, f.at.timestamp() if f.at else 0.0)):
        peer = finding.facts.get("peer_device")
        for device in (*devices_of(network, finding.resource), *([str(peer)] if peer else [])):
            nodes.setdefault(f"node/{device}")
    gone = _gone(network, hypothesis)
    cut = sorted(cut_off(network.links, gone)) if gone else []
    for device in cut:
        nodes.setdefault(f"node/{device}")
    lost = gone | {f"node/{device}" for device in cut}
    services = [row.resource for row in network.site.intent.services if f"node/{row.device}" in lost]
    return tuple(name for name in (*nodes, *services) if name not in own)


def causal_path(network: Network, hypothesis: Hypothesis) -> tuple[str, ...]:
    """From the cause to those who suffer, the cause first."""
    path = [hypothesis.resource]
    if hypothesis.resource.startswith("interface/"):
        link = network.link_at.get(end_of(hypothesis.resource))
        path += [link.resource] if link else []
    path += [name for name in sufferers(network, hypothesis) if name not in path]
    return tuple(path[:LONGEST_PATH])


def impact(network: Network, hypotheses: Iterable[Hypothesis]) -> tuple[str, ...]:
    """Everybody who suffers from any of the faults, and is not one of them."""
    chosen = list(hypotheses)
    causes = {h.resource for h in chosen}
    return tuple(dict.fromkeys(name for h in chosen for name in sufferers(network, h) if name not in causes))


def _gone(network: Network, hypothesis: Hypothesis) -> set[str]:
    """What the fault takes out of the graph: only what carries traffic no more."""
    down = {f.resource for f in hypothesis.covered if f.kind in ("interface_admin_down", "interface_oper_down")}
    kills = bool(down) and hypothesis.resource.startswith(("link/", "interface/", "node/"))
    return {hypothesis.resource} if kills else set()
