"""What both ends log: which link or session an event is of, so that the clocks of its ends can be compared."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from noc_agent.logs.vocabulary import Meaning

if TYPE_CHECKING:
    from noc_agent.topology.network import Network

PORTS = ("interface", "line_protocol")
PROTOCOLS = ("ospf", "isis", "bgp", "bfd", "ldp", "eigrp", "pim", "rsvp")
# Whether it came up. What an operator shut down its other end sees as down.
KINDS = {f"{name}_{way}": (name, way == "up") for name in PORTS for way in ("down", "up")}
KINDS |= {f"{name}_neighbor_{way}": (name, way == "up") for name in PROTOCOLS for way in ("down", "up")}
KINDS |= {
    "bgp_session_down": ("bgp", False),
    "bgp_session_up": ("bgp", True),
    "interface_admin_down": ("interface", False),
}
MOST_BESIDE = 64  # neighbors of a device with whom it may share a subnet that nobody has told of
TOGETHER = timedelta(seconds=5)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Tie = tuple[Hashable, Hashable, bool]


class NetworkTies:
    """The ties of one network (noc_agent.logs.skew.Ties)."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[tuple[str, Meaning], tuple[Tie, ...]] = {}

    @property
    def kinds(self) -> Collection[str]:
        return KINDS

    @property
    def zones(self) -> Collection[tzinfo]:
        site = self._network.site
        return {ZoneInfo(name) for device in site.devices.values() if (name := device.timezone or site.timezone)}

    def ties(self, device: str, said: Meaning) -> Iterable[Tie]:
        """(what both ends share, which end this one speaks of, whether it came up)."""
        known = KINDS.get(said.kind)
        if known is None:
            return ()
        key = device, Meaning(said.kind, said.subject, said.peer)
        if key not in self._known:
            family, up = known
            self._known[key] = tuple((tie, end, up) for tie, end in self._of(device, family, said))
        return self._known[key]

    def _of(self, device: str, family: str, said: Meaning) -> Iterator[tuple[Hashable, Hashable]]:
        if (link := self._link(device, said.subject)) is not None:
            yield (family, link), device
        if family in PORTS:
            return
        peer = said.peer or said.subject
        other = self._network.names.device_of(peer)
        if other is not None and other != device:
            yield (family, frozenset((device, other))), device
        yield from self._subnets(device, family, peer)

    def _link(self, device: str, name: str) -> str | None:
        """The known link at the port that an event names."""
        if device not in self._network.site.devices or not name:
            return None
        link = self._network.link_at.get(self._network.port(device, name))
        return link.resource if link else None

    def _subnets(self, device: str, family: str, peer: str) -> Iterator[tuple[Hashable, Hashable]]:
        """Where nobody tells whose an address is: two neighbors that log the two addresses of one small subnet log the
        two ends of one session (RFC 3021, RFC 6164)."""
        address = _address(peer)
        if address is None or len(beside := self.beside.get(device, ())) > MOST_BESIDE:
            return
        for neighbor in beside:
            for subnet in _subnets(address):
                yield (family, subnet, frozenset((device, neighbor))), int(address)

    @cached_property
    def beside(self) -> dict[str, set[str]]:
        """Who is linked to whom, or meant to have a session with."""
        site, found = self._network.site, defaultdict[str, set[str]](set)
        pairs = [(link.a.device, link.b.device) for link in self._network.links]
        pairs += [(row.a, row.b) for row in site.intent.bgp]
        pairs += [(row.a.device, row.b.device) for row in site.intent.ospf]
        for one, two in pairs:
            if one != two:
                found[one].add(two)
                found[two].add(one)
        return found


def _address(text: str) -> Address | None:
    """An address that may be one end's of a small subnet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return None if address.is_link_local else address


def _subnets(address: Address) -> Iterator[tuple[int, int, int]]:
    """The subnets of two routers in which the address may be: (version, free bits, prefix)."""
    yield address.version, 1, int(address) >> 1
    if int(address) & 3 in (1, 2):  # the others are the subnet itself and its broadcast
        yield address.version, 2, int(address) >> 2


@dataclass(frozen=True, slots=True)
class _Logged:
    """What a device logs of the session with one address: when it came up (True) or went down."""

    device: str
    address: Address
    times: set[tuple[bool, datetime]] = field(default_factory=set)

    def meets(self, other: _Logged) -> bool:
        """Whether the other end logs the same: each time, and both ways."""
        met = [
            (up, any(up == way and abs(at - when) <= TOGETHER for way, when in other.times)) for up, at in self.times
        ]
        return all(same for _, same in met) and len({up for up, _ in met}) == 2


def session_peers(network: Network, ties: NetworkTies) -> dict[tuple[str, str], str]:
    """(device, address of its peer) → the peer, for addresses that nobody serves: by who logs the other end's address of
    the same small subnet, and is linked to the device, or always logs the same at the same time."""
    logged: dict[tuple[str, Address], _Logged] = {}
    for device, events in network.events.items():
        for event in events:
            family, up = KINDS.get(event.kind, ("", False))
            between = event.kind.endswith("_neighbor_change")  # below full it neither came nor went, yet names its peer
            address = _address(event.peer or event.subject) if family in PROTOCOLS or between else None
            if address is not None and device in network.site.devices:
                row = logged.setdefault((device, address), _Logged(device, address))
                row.times.update((up, at) for at in event.times if not between)
    by_subnet: dict[tuple[int, int, int], list[_Logged]] = defaultdict(list)
    for row in logged.values():
        for subnet in _subnets(row.address):
            by_subnet[subnet].append(row)
    found = {
        (row.device, str(row.address)): peer
        for row in logged.values()
        for peer in [_peer(row, [by_subnet[subnet] for subnet in _subnets(row.address)], ties)]
        if peer is not None
    }
    if network.snmp.times():
        return found
    told = {address for device, address in logged if _named(network, device, address)}
    unknown = {(row.device, str(row.address)) for row in logged.values() if row.address not in told}
    return found | _strangers(network, ties, unknown - found.keys())


def _named(network: Network, device: str, address: Address) -> bool:
    """Whether words beside an address say whose it is, or several devices know it: it is none of one line's."""
    others = {name for name, events in network.events.items() for event in events if event.subject == str(address)}
    words = {event.peer for event in network.events[device] if event.subject == str(address)}
    return len(others) > 1 or any(network.names.device_of(word) for word in words if word)


def _strangers(network: Network, ties: NetworkTies, unknown: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Where no poll tells anything: a session that nobody else logs is with the one neighbor that is not managed, and logs
    nothing here; only where the device has one such neighbor and one such session, and no port of its own that fell: with
    that a neighbor may have died whose last words are lost."""
    unmanaged = {name for name, device in network.site.devices.items() if not device.address and network.polled}
    found = {}
    fell = {f"{name}_down" for name in (*PORTS, "interface_admin")}
    open_ = {device for device, _ in unknown}
    for device in {device for device, _ in unknown}:
        near = ties.beside.get(device, set())
        if near & open_ or any(event.kind in fell for event in network.events[device]):
            continue  # the two may be each other's
        addresses = [address for owner, address in unknown if owner == device]
        beside = (near & unmanaged) - network.events.keys()
        if len(addresses) == len(beside) == 1:
            found[device, addresses[0]] = beside.copy().pop()
    return found


def _peer(row: _Logged, subnets: Iterable[list[_Logged]], ties: NetworkTies) -> str | None:
    for rows in subnets:  # the smallest first
        others = [other for other in rows if other.device != row.device and other.address != row.address]
        beside = [other for other in others if other.device in ties.beside.get(row.device, ())]
        found = {other.device for other in beside or [other for other in others if row.meets(other)]}
        if len(found) == 1:
            return found.pop()
    return None
