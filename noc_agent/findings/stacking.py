"""Which port lies beneath an interface: addresses may stand on an interface of its own name, LLDP speaks on the port."""

from __future__ import annotations

from noc_agent.site.model import End
from noc_agent.topology import Network


def beneath(network: Network, end: End) -> End:
    """The port that carries an interface of which the subnet alone is known (SR OS names both as it likes): that of the only
    link between the two devices, or of the one that it is named after; itself where that does not tell."""
    far = network.other_end(end)
    if far is None or network.links[network.link_at[end]] != {"subnet"}:
        return end
    ports = [port for port in network.ends_of(end.device) if _carries(network, port, far.device)]
    found = ports if len(ports) == 1 else [port for port in ports if end.interface.endswith(port.interface)]
    return found[0] if len(found) == 1 else end


def _carries(network: Network, port: End, far: str) -> bool:
    """Whether this is the port of a link to that device that is known by more than a subnet."""
    other = network.other_end(port)
    return other is not None and other.device == far and network.links[network.link_at[port]] != {"subnet"}
