"""Where packets go now: routes that discard, routes that lead in a circle. What was so before the incident is no finding."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import cast

import networkx

from noc_agent.evidence import Finding
from noc_agent.findings.route_tables import Prefix, is_discard, live_table, table_of
from noc_agent.snmp import Route
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network
from noc_agent.topology.paths import living_graph

MOST_DISCARDS = 200  # new ones of a device that are judged: a longer list is a policy
MOST_ROWS = 400_000  # routes of all devices that are searched for circles where no poll from before narrows it
MEMO = "connected"


def find_discards(network: Network) -> Iterator[Finding]:
    """Routes that drop packets for somewhere that is, or was, reached."""
    for device, history in network.histories.items():
        if history.now is None or not history.answers:
            continue
        for route in _new_discards(history)[:MOST_DISCARDS]:
            yield from _judged(network, device, history, route)


def _new_discards(history: DeviceHistory) -> list[Route]:
    now, then = history.now, history.before
    if now is None:
        return []
    found = [row for row in now.routes or () if is_discard(now, row) and _is_unicast(row.prefix)]
    if not found or then is None or then.routes is None:
        return found
    stood = {row.prefix for row in then.routes if is_discard(then, row)}
    return [row for row in found if row.prefix not in stood]


def _is_unicast(prefix: str) -> bool:
    try:
        network = ipaddress.ip_network(prefix)
    except ValueError:
        return False
    return not (network.is_multicast or network.is_loopback or network.is_link_local or network.is_reserved)


def _judged(network: Network, device: str, history: DeviceHistory, route: Route) -> Iterator[Finding]:
    now, then = history.now, history.before
    prefix = Prefix.of(route.prefix)
    if now is None or prefix is None:
        return
    table = live_table(now)
    if table.exact(prefix) is not None:
        return
    aggregate = table.has_more_specific(prefix)
    old = live_table(then) if then is not None else None
    replaced = old is not None and old.exact(prefix) is not None
    covered = old is not None and old.covering(prefix, shortest=1) is not None
    owners = sorted(_owners(network, prefix) - {device})
    known = then is not None and then.routes is not None
    if aggregate and not replaced:
        return  # the null route of a summary: what is inside is more specific
    hurts = replaced or bool(owners) or (covered and known)
    followers = _followers(network, device, route.prefix) if hurts else []
    yield Finding(
        kind="discard_route",
        resource=f"node/{device}",
        summary=f"{device} drops everything for {route.prefix}"
        + (f", which {owners[0]} has" if owners else "")
        + (" (it was reached before)" if replaced or covered else ""),
        at=history.shown_at,
        device=device,
        facts={
            "prefix": route.prefix, "replaced": replaced, "covered": covered, "owner": owners[0] if owners else "",
            "followers": len(followers), "follower": followers[0] if followers else "",
            **({"new": True} if known else {}),
        },
        path=frozenset({f"node/{device}", f"prefix/{route.prefix}"}),
        significant=hurts,
        starts=hurts,
    )  # fmt: skip


def _followers(network: Network, device: str, prefix: str) -> list[str]:
    """Other devices that BGP leads to this one with that very prefix since the network was well: it is announced, too."""
    found = []
    for name, history in network.histories.items():
        if name == device or history.now is None or history.before is None or history.before.routes is None:
            continue
        was = {row.next_hop for row in history.before.routes if row.prefix == prefix}
        now = {row.next_hop for row in history.now.routes or () if row.prefix == prefix and row.proto == "bgp"} - was
        if now and (not was or any(network.peer_of(name, hop) == device for hop in now)):
            found.append(name)
    return sorted(found)


def connected(network: Network) -> Mapping[tuple[int, int], dict[int, set[str]]]:
    """Every subnet that a port stands in: (version, length) → network → devices. Read once."""
    if MEMO not in network.memo:
        found: dict[tuple[int, int], dict[int, set[str]]] = {}
        for device in network.histories:
            state = network.healthy(device)
            for row in state.addresses or () if state else ():
                prefix = Prefix.of(f"{row.address}/{row.prefix_length}") if row.prefix_length is not None else None
                if prefix is not None and not row.address.startswith(("127.", "::1", "fe80:")):
                    found.setdefault((prefix.version, prefix.length), {}).setdefault(prefix.network, set()).add(device)
        network.memo[MEMO] = found
    return cast("Mapping[tuple[int, int], dict[int, set[str]]]", network.memo[MEMO])


def _owners(network: Network, prefix: Prefix) -> set[str]:
    """Devices with a port in a subnet that is this prefix, or holds it, or with a host address inside."""
    found: set[str] = set()
    for (version, length), subnets in connected(network).items():
        if version != prefix.version:
            continue
        if length <= prefix.length:
            found |= subnets.get(prefix.cut(length), set())
        else:
            for number, devices in subnets.items():
                if Prefix(version, number, length).cut(prefix.length) == prefix.network:
                    found |= devices
    return found


def find_loops(network: Network) -> Iterator[Finding]:
    """Destinations for which the routing tables of some devices lead in a circle."""
    steps = Steps(network)
    told: set[tuple[str, frozenset[str]]] = set()
    for prefix in steps.suspects():
        circle = steps.circle(prefix, 0) or ()
        for device in _guilty(network, steps, prefix, circle) if circle else ():
            key = (device, frozenset(circle))
            if key not in told:
                told.add(key)
                yield _loop(network, steps, prefix, circle, device)


def _loop(network: Network, steps: Steps, prefix: Prefix, circle: tuple[str, ...], device: str) -> Finding:
    stands = steps.circle(prefix, 1)
    moving = steps.moving
    facts: dict[str, str | int | float | bool] = {"prefix": str(prefix), "circle": ", ".join(circle), "moving": moving}
    if stands is not None:
        facts["stands"] = set(stands) == set(circle)
    if steps.changed(device, prefix) is not None:
        facts["changed"] = bool(steps.changed(device, prefix))
    firm = facts.get("stands", not moving) is True
    return Finding(
        kind="route_circle",
        resource=f"node/{device}",
        summary=f"packets for {prefix} go in a circle: {' → '.join((*circle, circle[0]))}",
        at=network.histories[device].shown_at,
        device=device,
        facts=facts,
        path=frozenset(f"node/{name}" for name in circle),
        significant=firm,
        starts=firm,
    )


def _guilty(network: Network, steps: Steps, prefix: Prefix, circle: tuple[str, ...]) -> tuple[str, ...]:
    """Whose route is wrong: the only one that changed, else who sends away from the owner; else all of the circle."""
    changed = [device for device in circle if steps.changed(device, prefix)]
    if len(changed) == 1:
        return (changed[0],)
    if len(changed) > 1 and len(changed) == len(circle):
        return ()  # routes on the move, not one that is wrong
    own = sorted(_owners(network, prefix))
    graph = living_graph(network.links, set())
    if not own or own[0] not in graph:
        return circle if not changed else tuple(changed)
    far = networkx.single_source_shortest_path_length(graph, own[0])
    away = [
        device
        for device, after in zip(circle, (*circle[1:], circle[0]), strict=True)
        if far.get(after, 0) > far.get(device, 0)
    ]
    return tuple(away) if len(away) == 1 else circle


class Steps:
    """Next devices by the routing tables of the newest poll of the incident, and of the one before it."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._peers: dict[tuple[str, str], str | None] = {}
        self._owned: dict[Prefix, set[str]] = {}

    def suspects(self) -> Iterator[Prefix]:
        """Destinations whose route changed somewhere; without a poll to compare with, all."""
        histories = [h for h in self._network.histories.values() if h.answers and h.now and h.now.routes]
        whole = sum(len(h.now.routes or ()) for h in histories if h.now) <= MOST_ROWS
        seen: set[str] = set()
        for history in histories:
            now, then = history.now, history.before
            stood = (
                {(row.prefix, row.next_hop) for row in then.routes or ()} if then and then.routes is not None else None
            )
            for row in now.routes or () if now else ():
                new = (row.prefix, row.next_hop) not in stood if stood is not None else whole
                if new and row.prefix not in seen and row.next_hop not in ("", "0.0.0.0", "::"):
                    seen.add(row.prefix)
                    prefix = Prefix.of(row.prefix)
                    if prefix is not None:
                        yield prefix

    def circle(self, prefix: Prefix, back: int) -> tuple[str, ...] | None:
        """The devices of a circle for this destination, `back` polls before the newest; None where there is no such poll."""
        if back and not any(len(history.window) > back for history in self._network.histories.values()):
            return None
        done: set[str] = set()
        for start in self._holders(prefix, back):
            found = self._walk(start, prefix, back, done)
            if found:
                return found
        return ()

    def _walk(self, start: str, prefix: Prefix, back: int, done: set[str]) -> tuple[str, ...]:
        """The first circle on any of the ways from here. Equal-cost ways are all shorter than their origin's: none leads back."""
        way: list[str] = []
        open_: list[tuple[str, int]] = [(start, 0)]
        while open_:
            device, depth = open_.pop()
            del way[depth:]
            if device in way:
                return tuple(way[way.index(device) :])
            if device not in done:
                done.add(device)
                way.append(device)
                open_ += [(after, depth + 1) for after in self.after(device, prefix, back)]
        return ()

    def _holders(self, prefix: Prefix, back: int) -> Iterator[str]:
        for device, history in self._network.histories.items():
            state = self._state(history, back)
            if state is not None and state.routes is not None and table_of(state).exact(prefix) is not None:
                yield device

    def _state(self, history: DeviceHistory, back: int) -> DeviceState | None:
        return history.window[-1 - back] if history.answers and len(history.window) > back else None

    def after(self, device: str, prefix: Prefix, back: int) -> list[str]:
        """The next devices; none where it is delivered, dropped, or not known."""
        if device in self._owners(prefix):
            return []
        history = self._network.histories.get(device)
        state = self._state(history, back) if history else None
        rows = table_of(state).best(prefix) if state is not None and state.routes is not None else []
        if state is None or any(is_discard(state, row) for row in rows):
            return []
        hops = sorted({row.next_hop for row in rows} - {"", "0.0.0.0", "::"})
        return [peer for hop in hops if (peer := self._peer(device, hop)) is not None]

    def _owners(self, prefix: Prefix) -> set[str]:
        if prefix not in self._owned:
            self._owned[prefix] = _owners(self._network, prefix)
        return self._owned[prefix]

    def _peer(self, device: str, hop: str) -> str | None:
        if (device, hop) not in self._peers:
            peer = self._network.peer_of(device, hop)
            self._peers[device, hop] = peer if peer != device else None
        return self._peers[device, hop]

    def changed(self, device: str, prefix: Prefix) -> bool | None:
        """Whether its way to this destination is not what it was when the network was well."""
        history = self._network.histories[device]
        if history.before is None or history.before.routes is None or history.now is None:
            return None
        old, new = table_of(history.before).best(prefix), table_of(history.now).best(prefix)
        return {(r.prefix, r.next_hop) for r in old} != {(r.prefix, r.next_hop) for r in new}

    @property
    def moving(self) -> bool:
        """Whether a port went down within the incident: then tables of different age disagree for a while."""
        return any(_went_down(history) for history in self._network.histories.values())


def _went_down(history: DeviceHistory) -> bool:
    if history.earlier is None or history.now is None or not history.answers:
        return history.answers is False
    old = history.earlier.interfaces or {}
    return any(
        row.ifOperStatus != "up" and name in old and old[name].ifOperStatus == "up"
        for name, row in (history.now.interfaces or {}).items()
    )
