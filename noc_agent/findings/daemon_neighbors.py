"""What neighbors say of a routing daemon: whose adjacencies and sessions with it they lost, and whose they still have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import cast

from noc_agent.findings.ospf_pairs import ADJACENT, OspfPair, Side, ospf_pairs
from noc_agent.state import DeviceState
from noc_agent.topology import Network


def neighbors_say(network: Network, device: str, protocol: str) -> tuple[int, int]:
    """(neighbors that had it and lost it while their port is up, neighbors that still have it)."""
    if protocol == "ospf":
        sides = [far for _, far in sides_of(network, device)]
        had = [side for side in sides if side.heard_earlier in ADJACENT and side.heard is not None and side.up]
        return sum(s.heard not in ADJACENT for s in had), sum(s.heard in ADJACENT for s in had)
    if protocol == "bgp":
        return bgp_neighbors_say(network, device)
    return _isis_neighbors_say(network, device)


def bgp_neighbors_say(network: Network, device: str) -> tuple[int, int]:
    """Of sessions that stood before; without a poll from before, of those that are enabled."""
    own = network.healthy(device)
    addresses = set(own.interface_by_address) if own else set()
    lost = held = 0
    for name, history in network.histories.items():
        if name == device or history.now is None or not history.answers:
            continue
        states = {row.bgpPeerRemoteAddr: row.bgpPeerState for row in history.now.bgp_peers or ()}
        for row in (history.earlier or history.now).bgp_peers or ():
            stood = row.bgpPeerState == "established" or (history.before is None and row.bgpPeerAdminStatus != "stop")
            if row.bgpPeerRemoteAddr in addresses and stood:
                lost += states.get(row.bgpPeerRemoteAddr) != "established"
                held += states.get(row.bgpPeerRemoteAddr) == "established"
    return lost, held


def _isis_neighbors_say(network: Network, device: str) -> tuple[int, int]:
    lost = held = 0
    for end in network.ends_of(device):
        far = network.other_end(end)
        history = network.histories.get(far.device) if far else None
        if far is None or history is None or history.earlier is None or history.now is None or not history.answers:
            continue
        had, has = (_isis_up(state, far.interface) for state in (history.earlier, history.now))
        lost, held = lost + (had and not has), held + (had and has)
    return lost, held


def _isis_up(state: DeviceState, port: str) -> bool:
    names = state.interface_names
    rows = state.isis_adjacencies or ()
    return any(row.isisISAdjState == "up" and names.get(row.ifIndex or 0, "").split(".")[0] == port for row in rows)


def sides_of(network: Network, device: str) -> list[tuple[Side, Side]]:
    """(own side, far side) of the device's OSPF pairs."""
    if "ospf_of_device" not in network.memo:
        found: dict[str, list[tuple[Side, Side]]] = defaultdict(list)
        for pair in ospf_pairs(network):
            found[pair.a.device].append((pair.a, pair.b))
            found[pair.b.device].append((pair.b, pair.a))
        network.memo["ospf_of_device"] = found
    return cast("Mapping[str, list[tuple[Side, Side]]]", network.memo["ospf_of_device"]).get(device, [])


def pairs_of(network: Network, device: str) -> list[OspfPair]:
    """The OSPF pairs in which the device is an end."""
    return [pair for pair in ospf_pairs(network) if device in (pair.a.device, pair.b.device)]
