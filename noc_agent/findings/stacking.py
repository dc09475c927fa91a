"""Which port lies beneath an interface: addresses may stand on an interface of its own name, LLDP speaks on the port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from noc_agent.evidence import Finding
from noc_agent.findings.forwarding import connected
from noc_agent.findings.interfaces import VIRTUAL
from noc_agent.findings.route_tables import Prefix
from noc_agent.site.model import End
from noc_agent.topology import Network

TWO_ENDS = 30  # a subnet with a longer prefix has room for no third end


def beneath(network: Network, end: End) -> End:
    """The port that carries an interface of which the subnet alone is known (SR OS names both as it likes): that of the only
    link to who is at the other end of it, or of the one that it is named after; itself where that does not tell."""
    far = network.other_end(end)
    if far is not None and network.links[network.link_at[end]] != {"subnet"}:
        return end
    there = {far.device} if far else _over(network, end)
    ports = [port for port in network.ends_of(end.device) if there and _carries(network, port, there)]
    found = ports if len(ports) == 1 else [port for port in ports if end.interface.endswith(port.interface)]
    return found[0] if len(found) == 1 else _named_after(network, end)


def _named_after(network: Network, end: End) -> End:
    """The port that an interface over it is named after, as a unit of it or with a word before it; itself where none is."""
    state = network.healthy(end.device)
    rows = (state.interfaces or {}) if state else {}
    if end.interface not in rows or rows[end.interface].ifType not in VIRTUAL:
        return end
    name = end.interface
    ports = [
        port
        for port, row in rows.items()
        if row.ifType not in VIRTUAL and (name.startswith(f"{port}.") or name.endswith(f"-{port}"))
    ]
    return End(end.device, ports[0]) if len(ports) == 1 else end


def grounded(network: Network, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, those that run over such an interface with its port, that port's link and far end in their path."""
    for finding in findings:
        ends = (End.of(name) for name in finding.path if name.startswith("interface/"))
        more = {name for end in ends if (port := beneath(network, end)) != end for name in network.around(port)}
        yield replace(finding, path=finding.path | more) if more - finding.path else finding


def peer_over(network: Network, device: str, address: str) -> str | None:
    """The device that has this address as seen from `device`, also where the link to it is known of the port beneath alone."""
    if (known := network.peer_of(device, address)) is not None:
        return known
    state = network.healthy(device)
    name = state.interface_towards(address) if state else None
    far = network.other_end(beneath(network, End(device, name))) if name else None
    return far.device if far else None


def ported(network: Network, path: Iterable[str]) -> frozenset[str]:
    """A path by the ports that carry it: a link that a subnet alone shows between IP interfaces is the one of the ports beneath."""
    found = set(path)
    for end in [End.of(name) for name in found if name.startswith("interface/")]:
        if (port := beneath(network, end)) != end:
            found -= {name for name in network.around(end) if name.startswith("link/")}
            found |= network.around(port)
    return frozenset(found)


def _over(network: Network, end: End) -> set[str]:
    """Who may be at the other end of an interface that is no port: the only other device in its subnet, which may stand on its
    port itself; of a line whose far end no poll tells of, all of whom none tells."""
    state = network.healthy(end.device)
    row = (state.interfaces or {}).get(end.interface) if state else None
    if state is None or row is None or row.ifType not in VIRTUAL:
        return set()
    found: set[str] = set()
    line = False
    for address in state.addresses_of_interface.get(end.interface, ()):
        prefix = Prefix.of(f"{address.address}/{address.prefix_length}") if address.prefix_length is not None else None
        if prefix is not None:
            found |= connected(network).get((prefix.version, prefix.length), {}).get(prefix.network, set())
            line |= prefix.version == 4 and TWO_ENDS <= prefix.length < 32
    others = found - {end.device}
    if not others and line:
        return {far.device for port in network.ends_of(end.device) if (far := _unseen(network, port))}
    return others if len(others) == 1 else set()


def _unseen(network: Network, port: End) -> End | None:
    """The far end of a port, if no poll tells of its device."""
    far = network.other_end(port)
    return far if far is not None and network.healthy(far.device) is None else None


def _carries(network: Network, port: End, there: Collection[str]) -> bool:
    """Whether this is the port of a link to one of those devices that is known by more than a subnet."""
    other = network.other_end(port)
    return other is not None and other.device in there and network.links[network.link_at[port]] != {"subnet"}
