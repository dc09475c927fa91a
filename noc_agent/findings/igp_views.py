"""What playbooks see of the IGP on a link, a port or a device, as `igp`. What is not known is not there."""

from __future__ import annotations

from noc_agent.findings.daemons import daemon_view
from noc_agent.findings.heard import unseen
from noc_agent.findings.heard_ospf import link_view
from noc_agent.findings.one_way import OneWay, one_ways
from noc_agent.findings.ospf_pairs import OspfPair, pairs_at
from noc_agent.findings.ospf_parameters import AREA, AUTHENTICATION, TIMERS, differs, refusals, shown
from noc_agent.findings.ospf_prefixes import prefix_view
from noc_agent.findings.ospf_silence import silence_view
from noc_agent.site.model import End
from noc_agent.topology import Network

DIFFERS = {"area_differs": AREA, "timers_differ": TIMERS, "authentication_differs": AUTHENTICATION}


def igp_view(network: Network, resource: str) -> dict[str, object]:
    """Of a link or port: its OSPF pair seen from the first end, or from the port; of a device: its daemons and neighbors."""
    kind, _, rest = resource.partition("/")
    if kind == "node":
        return _known(daemon_view(network, rest) | prefix_view(network, rest))
    if kind not in ("link", "interface"):
        return {}
    found = _one_way_view(network, resource)
    pair = pairs_at(network).get(resource)
    return _known(found | (_pair_view(network, pair, resource) if pair else link_view(network, resource)))


def _known(values: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def _pair_view(network: Network, pair: OspfPair, resource: str) -> dict[str, object]:
    own, far = ("b", "a") if resource == pair.b.port.resource else ("a", "b")
    said = silence_view(network, pair)
    values: dict[str, object] = {
        "adjacent": said["adjacent"], "silent": said["silent"], "authenticates": said["authenticates"],
        "sends": said[f"{own}_sends"], "far_sends": said[f"{far}_sends"],
        "lost_by": said[f"{own}_lost_by"], "far_lost_by": said[f"{far}_lost_by"],
        "ospf_denied": said[f"{own}_denied"],
        "off": said[f"{own}_off"], "far_off": said[f"{far}_off"],
        "frames_out": said[f"frames_from_{own}"], "frames_in": said[f"frames_from_{far}"],
    }  # fmt: skip
    for name, parameter in DIFFERS.items():
        values[name] = differs(network, pair, parameter)
        values[f"{parameter}_refused"] = bool(refusals(network, pair, parameter))
        values[f"a_{parameter}"], values[f"b_{parameter}"] = (shown(side.row, parameter) for side in pair.sides)
    return values


def _one_way_view(network: Network, resource: str) -> dict[str, object]:
    """`deaf`: whether the port, or an end of the link, hears nothing of the other; `nothing_arrives`, and `frames`, `lldp`."""
    found = _one_way_at(network, resource)
    if found is None:
        return {} if all(unseen(network, end.device) for end in _ends(network, resource)) else {"deaf": False}
    return {
        "deaf": not resource.startswith("interface/") or found.deaf.resource == resource,
        "deaf_device": found.deaf.device,
        "nothing_arrives": found.nothing_arrives,
        "frames": found.frames,
        "lldp": found.lldp,
    }


def _one_way_at(network: Network, resource: str) -> OneWay | None:
    known = one_ways(network)
    return next((known[end] for end in _ends(network, resource) if end in known), None)


def _ends(network: Network, resource: str) -> list[End]:
    if not resource.startswith("interface/"):
        return [end for link in network.links if link.resource == resource for end in link.ends]
    _, device, name = resource.split("/", 2)
    far = network.other_end(End(device, name))
    return [End(device, name), *([far] if far else [])]
