"""A routing table by prefix length, so that the longest match is a few look-ups however long the table is."""

from __future__ import annotations

import ipaddress
import re
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from noc_agent.snmp import Route
from noc_agent.state import DeviceState

NULL = re.compile(r"(?i)(null|discard|dsc|blackhole|bit-?bucket)[\d./]*")
NOWHERE = ("", "0.0.0.0", "::")
_TABLES: weakref.WeakKeyDictionary[DeviceState, dict[bool, Table]] = weakref.WeakKeyDictionary()

_OWN: weakref.WeakKeyDictionary[DeviceState, frozenset[Prefix | None]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Prefix:
    """An IP prefix as numbers."""

    version: int
    network: int
    length: int

    @staticmethod
    def of(text: str) -> Prefix | None:
        return _parsed(text)

    def cut(self, length: int) -> int:
        """The network of `length` that this prefix begins with."""
        bits = 32 if self.version == 4 else 128
        return self.network >> (bits - length) << (bits - length) if length else 0

    def __str__(self) -> str:
        kind = ipaddress.IPv4Network if self.version == 4 else ipaddress.IPv6Network
        return str(kind((self.network, self.length)))


@lru_cache(maxsize=200_000)
def _parsed(text: str) -> Prefix | None:
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return Prefix(found.version, int(found.network_address), found.prefixlen)


def is_discard(state: DeviceState, route: Route) -> bool:
    """Whether the route drops what it matches: inetCidrRouteType reject or blackhole, no way out at all, or a null port."""
    if route.type in ("reject", "blackhole"):
        return True
    if route.next_hop not in NOWHERE:
        return False
    if route.ifIndex == 0:  # some agents call a null route local, as they call their own addresses
        return route.type != "local" or Prefix.of(route.prefix) not in own_prefixes(state)
    return NULL.fullmatch(state.interface_names.get(route.ifIndex, "")) is not None


def own_prefixes(state: DeviceState) -> frozenset[Prefix | None]:
    """The device's own addresses and the subnets that its ports stand in."""
    if state not in _OWN:
        rows = [(row.address, row.prefix_length) for row in state.addresses or ()]
        texts = [
            text for address, length in rows for text in (address, f"{address}/{length}" if length is not None else "")
        ]
        _OWN[state] = frozenset(Prefix.of(text) for text in texts if text)
    return _OWN[state]


class Table:
    """Routes by length and network; several of one prefix are its next hops."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._rows: dict[tuple[int, int], dict[int, list[Route]]] = {}
        for route in routes:
            prefix = Prefix.of(route.prefix)
            if prefix is not None:
                at = self._rows.setdefault((prefix.version, prefix.length), {})
                at.setdefault(prefix.network, []).append(route)

    def exact(self, prefix: Prefix) -> list[Route] | None:
        return self._rows.get((prefix.version, prefix.length), {}).get(prefix.network)

    def best(self, prefix: Prefix) -> list[Route]:
        """Routes of the longest prefix that holds this one."""
        for length in range(prefix.length, -1, -1):
            rows = self._rows.get((prefix.version, length))
            if rows and (found := rows.get(prefix.cut(length))):
                return found
        return []

    def covering(self, prefix: Prefix, shortest: int = 0) -> list[Route] | None:
        """Routes of the longest prefix that holds this one and is not it; none shorter than `shortest`."""
        for length in range(prefix.length - 1, shortest - 1, -1):
            rows = self._rows.get((prefix.version, length))
            if rows and (found := rows.get(prefix.cut(length))):
                return found
        return None

    def has_more_specific(self, prefix: Prefix) -> bool:
        return any(
            Prefix(version, network, length).cut(prefix.length) == prefix.network
            for (version, length), rows in self._rows.items()
            if version == prefix.version and length > prefix.length
            for network in rows
        )


def table_of(state: DeviceState) -> Table:
    """All routes of a state."""
    return _table(state, live=False)


def live_table(state: DeviceState) -> Table:
    """The routes of a state that lead somewhere."""
    return _table(state, live=True)


def _table(state: DeviceState, *, live: bool) -> Table:
    known = _TABLES.setdefault(state, {})
    if live not in known:
        rows = state.routes or ()
        known[live] = Table(row for row in rows if not (live and is_discard(state, row)))
    return known[live]
