"""What else tells of links: adjacencies and sessions between neighbors' addresses, and the addresses that a switch learnt.

These add to how a link is known, and show links where nothing else does: for the drawn topology only. A diagnosis goes by
`Network.links`, which devices hear or operators intend.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from noc_agent.site.model import End, Link
from noc_agent.snmp import BridgePort, read_fdb, read_table
from noc_agent.state import DeviceState
from noc_agent.topology.network import Network

WELL = {"ospf": ("full", "twoWay"), "bgp": ("established",)}


def all_links(network: Network) -> dict[Link, set[str]]:
    """Every link with how it is known: `intent`, `lldp`, `cdp`, `subnet`, and also `ospf`, `bgp`, `fdb`."""
    found = {link: set(known) for link, known in network.links.items()}
    taken = {end for link in found for end in link.ends}
    for kind, link in _told(network):
        if link in found:
            found[link].add(kind)
        elif not taken & set(link.ends):
            found[link] = {kind}
            taken |= set(link.ends)
    return found


def _told(network: Network) -> Iterator[tuple[str, Link]]:
    states = {name: history.latest for name, history in network.histories.items() if history.latest}
    for device, state in states.items():
        rows = [("ospf", row.ospfNbrIpAddr, row.ospfNbrState) for row in state.ospf_neighbors or ()]
        rows += [("bgp", row.bgpPeerRemoteAddr, row.bgpPeerState) for row in state.bgp_peers or ()]
        for kind, address, is_now in rows:
            near, far = state.interface_towards(address), network.names.interface_with_address(address)
            if is_now in WELL[kind] and near and far and far[0] != device:
                yield kind, Link.between(End(device, near), End(*far))
    for state in states.values():
        yield from (("fdb", link) for link in _learnt(network, state))


def _learnt(network: Network, state: DeviceState) -> Iterator[Link]:
    """Ports behind which one known address is and no other: an access port and who is at it."""
    names = port_names(state)
    behind: dict[str, set[str]] = defaultdict(set)
    for entry in read_fdb(state.reply) or ():
        if entry.port in names and entry.status == "learned":
            behind[names[entry.port]].add(entry.mac)
    for port, macs in behind.items():
        far = network.names.interface_with_mac(next(iter(macs))) if len(macs) == 1 else None
        if far and far[0] != state.device:
            yield Link.between(End(state.device, port), End(*far))


def port_names(state: DeviceState) -> Mapping[int, str]:
    """Bridge port → interface name."""
    rows = read_table(state.reply, BridgePort) or ()
    names = state.interface_names
    return {
        row.dot1dBasePort: names[row.dot1dBasePortIfIndex or 0] for row in rows if row.dot1dBasePortIfIndex in names
    }
