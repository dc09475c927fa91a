"""Pairs of OSPF interfaces that face each other: what each end has configured, and in which state it hears the other.

OSPF runs on the interface that has the address, which may be a unit of a port or stand on it; links are known by ports.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from noc_agent.findings.stacking import beneath
from noc_agent.site.model import End, Link
from noc_agent.snmp import OspfInterface, OspfNeighbor
from noc_agent.state import DeviceState
from noc_agent.topology import Network

MEMO = "ospf_pairs"
ADJACENT = frozenset({"full", "twoWay"})  # twoWay is where two DROthers stay (RFC 2328, 10.4)
NOT_HEARD = frozenset({"none", "down"})
MOST_ON_LAN = 8  # routers of one subnet that are compared with each other
SETTLES = timedelta(seconds=120)  # three dead intervals of RFC 2328's default
PORT_EVENTS = ("interface_down", "interface_up", "line_protocol_down", "line_protocol_up")
LOCAL = ("127.", "169.254.", "fe80:", "::")
UNIT = re.compile(r"(.+)\.\d+")


@dataclass(frozen=True, slots=True)
class Side:
    """One end. `port` is the port as links name it, `name` the interface that OSPF runs on.

    `heard`: the state in which it has the other end as a neighbor, `none` where it has not, None where that is unknown.
    `off`: OSPF does not run on it though its table is served; None where that is unknown. `before` is of the healthy poll
    alone, `earlier` also of the incident's first.
    """

    port: End
    name: str
    row: OspfInterface | None
    earlier: OspfInterface | None
    off: bool | None
    heard: str | None
    heard_earlier: str | None
    heard_before: str | None
    up: bool | None

    @property
    def device(self) -> str:
        return self.port.device

    @property
    def active(self) -> bool:
        """Whether OSPF runs on it now."""
        return self.row is not None and self.row.ospfIfAdminStat != "disabled"


@dataclass(frozen=True, slots=True)
class OspfPair:
    """Two ends in one subnet, of which at least one runs OSPF or did. `link`: where one joins them directly."""

    a: Side
    b: Side
    link: Link | None

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.a, self.b

    @property
    def resource(self) -> str:
        return self.link.resource if self.link else self.a.port.resource

    @property
    def path(self) -> frozenset[str]:
        """What the adjacency depends on; its ports under both names."""
        ends = {f"interface/{side.device}/{side.name}" for side in self.sides}
        nodes = {f"node/{side.device}" for side in self.sides}
        return frozenset({self.resource, self.a.port.resource, self.b.port.resource} | ends | nodes)

    @property
    def adjacent(self) -> bool:
        """Whether both ends that tell are adjacent."""
        told = [side.heard for side in self.sides if side.heard is not None]
        return bool(told) and all(state in ADJACENT for state in told)

    @property
    def was_adjacent(self) -> bool:
        return any(side.heard_earlier in ADJACENT for side in self.sides)

    @property
    def stood(self) -> bool:
        """Whether the healthy poll of both ends shows them apart already."""
        return all(side.heard_before is not None and side.heard_before not in ADJACENT for side in self.sides)

    @property
    def ports_up(self) -> bool:
        return all(side.up for side in self.sides)


def ospf_pairs(network: Network) -> tuple[OspfPair, ...]:
    """Every pair of the network, each once."""
    if MEMO not in network.memo:
        network.memo[MEMO] = tuple(_Pairing(network).pairs())
    return cast("tuple[OspfPair, ...]", network.memo[MEMO])


def pairs_at(network: Network) -> Mapping[str, OspfPair]:
    """Link and interface resources → the pair that is there; the first where a port carries several."""
    memo = f"{MEMO} by resource"
    if memo not in network.memo:
        found: dict[str, OspfPair] = {}
        for pair in ospf_pairs(network):
            for resource in (pair.resource, *(side.port.resource for side in pair.sides)):
                found.setdefault(resource, pair)
        network.memo[memo] = found
    return cast("Mapping[str, OspfPair]", network.memo[memo])


def port_of(network: Network, device: str, name: str) -> End:
    """The port that links name for an interface: itself, else the one that it is a unit of, else a member of its bundle."""
    unit = UNIT.fullmatch(name)
    if unit and End(device, unit[1]) in network.link_at:
        return End(device, unit[1])
    if End(device, name) in network.link_at:
        return beneath(network, End(device, name))
    state = network.healthy(device)
    number = (state.interfaces or {})[name].ifIndex if state and name in (state.interfaces or {}) else None
    members = sorted(
        port for port, row in ((state.lag_members if state else None) or {}).items() if row.aggregate == number
    )
    linked = [End(device, port) for port in members if End(device, port) in network.link_at]
    return linked[0] if linked else beneath(network, End(device, name))


def interface_rows(state: DeviceState | None) -> Mapping[str, OspfInterface] | None:
    """OSPF's interfaces by name; None where their table is not served, empty where OSPF is and has none."""
    if state is None:
        return None
    rows = state.ospf_interfaces
    if rows is None:
        return {} if state.ospf is not None and state.whole("1.3.6.1.2.1.14.7") else None
    by_address, by_index = state.interface_by_address, state.interface_names
    named = ((by_index.get(row.ospfAddressLessIf) or by_address.get(row.ospfIfIpAddress), row) for row in rows)
    return {name: row for name, row in named if name}


class _Pairing:
    """Finds the pairs: by the links first, then by what shares a subnet through switches."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._rows: dict[int, Mapping[str, OspfInterface] | None] = {}
        self._on: dict[str, set[str]] = {}
        for device, history in network.histories.items():
            known = (self._table(state) or {} for state in (history.earlier, history.now))
            self._on[device] = {name for rows in known for name in rows}

    def _table(self, state: DeviceState | None) -> Mapping[str, OspfInterface] | None:
        if id(state) not in self._rows:
            self._rows[id(state)] = interface_rows(state)
        return self._rows[id(state)]

    def pairs(self) -> Iterator[OspfPair]:
        seen: set[frozenset[tuple[str, str]]] = set()
        for one, other, link in (*self._linked(), *self._in_subnets()):
            key = frozenset((one, other))
            if key not in seen and one[0] != other[0]:
                seen.add(key)
                first, second = sorted((one, other))
                yield OspfPair(self._side(*first, second), self._side(*second, first), link)

    def _linked(self) -> Iterator[tuple[tuple[str, str], tuple[str, str], Link]]:
        for device, names in self._on.items():
            for name in sorted(names):
                port = port_of(self._network, device, name)
                far = self._network.other_end(port)
                if far is None or far.device not in self._network.histories:
                    continue
                facing = self._facing(device, name, far)
                if facing is not None:
                    yield (device, name), (far.device, facing), self._network.link_at[port]

    def _facing(self, device: str, name: str, far: End) -> str | None:
        """The far device's interface in the same subnet; on an unnumbered link the one that stands on the far port."""
        own, other = self._network.healthy(device), self._network.healthy(far.device)
        if own is None or other is None:
            return None
        for row in own.addresses_of_interface.get(name, ()):
            found = other.interface_towards(row.address)
            if found is not None and (found == far.interface or port_of(self._network, far.device, found) == far):
                return found
        there = [n for n in self._on[far.device] if port_of(self._network, far.device, n) == far]
        return there[0] if len(there) == 1 and not own.addresses_of_interface.get(name) else None

    def _in_subnets(self) -> Iterator[tuple[tuple[str, str], tuple[str, str], None]]:
        groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for device, names in self._on.items():
            state = self._network.healthy(device)
            for name in sorted(names):
                for row in state.addresses_of_interface.get(name, ()) if state else ():
                    if row.prefix_length is not None and row.prefix_length < 32 and not row.address.startswith(LOCAL):
                        subnet = ipaddress.ip_interface(f"{row.address}/{row.prefix_length}").network
                        groups[str(subnet)].append((device, name))
        for members in groups.values():
            if len(members) <= MOST_ON_LAN:
                yield from ((one, other, None) for n, one in enumerate(members) for other in members[n + 1 :])

    def _side(self, device: str, name: str, other: tuple[str, str]) -> Side:
        history = self._network.histories[device]
        now = history.now if history.answers else None
        rows, earlier = self._table(now), self._table(history.earlier)
        port = (now.interfaces or {}).get(name) if now else None
        return Side(
            port=port_of(self._network, device, name),
            name=name,
            row=(rows or {}).get(name),
            earlier=(earlier or {}).get(name),
            off=None if rows is None else name not in rows or rows[name].ospfIfAdminStat == "disabled",
            heard=self._heard(now, name, other),
            heard_earlier=self._heard(history.earlier, name, other),
            heard_before=self._heard(history.before, name, other),
            up=None if port is None or port.ifOperStatus is None else port.ifOperStatus == "up",
        )

    def _heard(self, state: DeviceState | None, name: str, other: tuple[str, str]) -> str | None:
        if state is None or state.ospf_neighbors is None:
            return None
        rows = state.ospf_by_interface.get(name, ())
        mine = [row for row in rows if self._is(row, other[0])]
        found = mine or (rows if len(rows) == 1 else ())
        return (found[0].ospfNbrState or "none") if found else "none"

    def _is(self, row: OspfNeighbor, device: str) -> bool:
        known = self._network.names.device_of(row.ospfNbrIpAddr)
        return known == device or (known is None and self._network.names.device_of(row.ospfNbrRtrId or "") == device)


def settling(network: Network, side: Side) -> bool:
    """Whether the port, or its device, came up within the incident and so lately that an adjacency may still be forming."""
    history = network.histories.get(side.device)
    now = history.now if history else None
    if now is None:
        return False
    events = network.port_events(side.port, PORT_EVENTS)
    rows = now.interfaces or {}
    changes = [now.last_change(rows[name]) for name in {side.name, side.port.interface} if name in rows]
    started = now.observed_at - timedelta(seconds=now.uptime) if now.uptime is not None else None
    since = network.incident.since
    moments = [
        *(event.last for event in events),
        *(at for at in (*changes, started) if at and (since is None or at > since)),
    ]
    return any(at is not None and now.observed_at - at < SETTLES for at in moments)
