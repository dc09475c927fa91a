"""Which port lies beneath an interface: addresses may stand on an interface of its own name, LLDP speaks on the port."""

from __future__ import annotations

from noc_agent.findings.forwarding import connected
from noc_agent.findings.interfaces import VIRTUAL
from noc_agent.findings.route_tables import Prefix
from noc_agent.site.model import End
from noc_agent.topology import Network


def beneath(network: Network, end: End) -> End:
    """The port that carries an interface of which the subnet alone is known (SR OS names both as it likes): that of the only
    link between the two devices, or of the one that it is named after; itself where that does not tell."""
    far = network.other_end(end)
    if far is not None and network.links[network.link_at[end]] != {"subnet"}:
        return end
    there = far.device if far else _in_subnet(network, end)
    if there is None:
        return end
    ports = [port for port in network.ends_of(end.device) if _carries(network, port, there)]
    found = ports if len(ports) == 1 else [port for port in ports if end.interface.endswith(port.interface)]
    return found[0] if len(found) == 1 else end


def _in_subnet(network: Network, end: End) -> str | None:
    """The only other device in the subnet of an interface that is no port: the far end may stand on its port itself."""
    state = network.healthy(end.device)
    row = (state.interfaces or {}).get(end.interface) if state else None
    if state is None or row is None or row.ifType not in VIRTUAL:
        return None
    found: set[str] = set()
    for address in state.addresses_of_interface.get(end.interface, ()):
        prefix = Prefix.of(f"{address.address}/{address.prefix_length}") if address.prefix_length is not None else None
        if prefix is not None:
            found |= connected(network).get((prefix.version, prefix.length), {}).get(prefix.network, set())
    others = found - {end.device}
    return others.pop() if len(others) == 1 else None


def _carries(network: Network, port: End, far: str) -> bool:
    """Whether this is the port of a link to that device that is known by more than a subnet."""
    other = network.other_end(port)
    return other is not None and other.device == far and network.links[network.link_at[port]] != {"subnet"}
