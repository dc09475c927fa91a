"""Routes that lead in a circle: two or more devices send packets for a destination to each other until their TTL ends.

Routers that compute from one database agree when it has settled (RFC 2328, 16), so a circle that stays has a route in it that
somebody set: a static one, a redistributed one, a new more specific one. A route that only moved along with the way to another
destination that is well follows the IGP: whatever moved that is the cause, and the circle its consequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import networkx

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_paths import paths_of
from noc_agent.findings.forwarding import connected, owners_of
from noc_agent.findings.route_tables import NOWHERE, Prefix, is_discard, table_of
from noc_agent.snmp import Route
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network
from noc_agent.topology.paths import living_graph

MOST_ROWS = 400_000  # routes of all devices that are searched for circles where no poll from before narrows it
COMPUTED = {"rip", "isIs", "ospf", "bgp", "eigrp"}  # inetCidrRouteProto: nobody set these by hand
SET = "netmgmt"  # a static route (RFC 4292), whatever else is known of its prefix
Hops = frozenset[str]


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
    facts: dict[str, str | int | float | bool] = {
        "prefix": str(prefix), "circle": ", ".join(circle), "moving": steps.moving, "follows": steps.follows(device, prefix),
    }  # fmt: skip
    if stands is not None:
        facts["stands"] = set(stands) == set(circle)
    if steps.changed(device, prefix) is not None:
        facts["changed"] = bool(steps.changed(device, prefix))
    firm = facts.get("stands", not steps.moving) is True and not facts["follows"]
    return Finding(
        kind="route_circle",
        resource=f"node/{device}",
        summary=f"packets for {prefix} go in a circle: {' → '.join((*circle, circle[0]))}",
        at=network.histories[device].shown_at,
        device=device,
        facts=facts,
        path=frozenset(f"node/{name}" for name in circle) | _lines(network, circle),
        significant=firm,
        starts=firm,
    )


def _lines(network: Network, circle: tuple[str, ...]) -> frozenset[str]:
    """The links and ports between neighbors of the circle: it fills them."""
    found: set[str] = set()
    for device, after in pairwise((*circle, circle[0])):
        for end in network.ends_of(device):
            far = network.other_end(end)
            if far is not None and far.device == after:
                found |= network.around(end)
    return frozenset(found)


def _guilty(network: Network, steps: Steps, prefix: Prefix, circle: tuple[str, ...]) -> tuple[str, ...]:
    """Whose route is wrong: the only one that changed, else the only one that was set rather than computed, else who sends away
    from the owner; else all of the circle."""
    changed = [device for device in circle if steps.changed(device, prefix)]
    if len(changed) == 1:
        return (changed[0],)
    if len(changed) > 1 and len(changed) == len(circle):
        return ()  # routes on the move, not one that is wrong
    put = [device for device in circle if not steps.follows(device, prefix)]
    if len(put) == 1:
        return (put[0],)
    own = sorted(owners_of(network, prefix))
    graph = living_graph(network.links, set())
    if not own or own[0] not in graph:
        return circle if not changed else tuple(changed)
    far = networkx.single_source_shortest_path_length(graph, own[0])
    away = [device for device, after in pairwise((*circle, circle[0])) if far.get(after, 0) > far.get(device, 0)]
    return tuple(away) if len(away) == 1 else circle


class Steps:
    """Next devices by the routing tables of the newest poll of the incident, and of the one before it."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._peers: dict[tuple[str, str], str | None] = {}
        self._owned: dict[Prefix, Mapping[str, int]] = {}
        self._moves: dict[str, Mapping[tuple[Hops, Hops], list[Prefix]]] = {}

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
                if new and row.prefix not in seen and row.next_hop not in NOWHERE:
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
        """The first circle on any of the ways from here."""
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
        history = self._network.histories.get(device)
        state = self._state(history, back) if history else None
        rows = table_of(state).best(prefix) if state is not None and state.routes is not None else []
        if state is None or any(is_discard(state, row) for row in rows) or self._delivers(device, prefix, rows):
            return []
        hops = sorted({row.next_hop for row in rows} - {*NOWHERE})
        return [peer for hop in hops if (peer := self._peer(device, hop)) is not None]

    def _delivers(self, device: str, prefix: Prefix, rows: list[Route]) -> bool:
        """Whether the device has the destination on a port of its own, and no longer route of it leads elsewhere."""
        own = self._owners(prefix).get(device)
        found = Prefix.of(rows[0].prefix) if rows else None
        return own is not None and (found is None or found.length <= own)

    def _owners(self, prefix: Prefix) -> Mapping[str, int]:
        """Device → length of its subnet that holds this destination; 128 where it has addresses inside."""
        if prefix not in self._owned:
            held = dict.fromkeys(owners_of(self._network, prefix), 128)
            for (version, length), subnets in connected(self._network).items():
                if version == prefix.version and length <= prefix.length:
                    held |= dict.fromkeys(subnets.get(prefix.cut(length), ()), length)
            self._owned[prefix] = held
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

    def follows(self, device: str, prefix: Prefix) -> bool:
        """Whether its route was computed rather than set: by its protocol, by BGP's own table, or as it moved with others."""
        history = self._network.histories[device]
        state, then = history.now, history.before
        rows = table_of(state).best(prefix) if state is not None else []
        if state is None or not rows:
            return False
        if then is not None and then.routes is not None:
            old = table_of(then).best(prefix)
            if {row.prefix for row in old} != {row.prefix for row in rows}:
                return False  # a more specific route than before is somebody's doing
            return (_computed(old) and _computed(rows)) or self._moved_along(device, old, rows)
        if any(row.proto == SET for row in rows):
            return False
        return _computed(rows) or any(text == rows[0].prefix for text, _ in paths_of(state) or ())

    def _moved_along(self, device: str, old: list[Route], new: list[Route]) -> bool:
        """Whether another destination, which is reached, went from the same next hops to the same."""
        others = self._moved(device).get((_hops(old), _hops(new)), [])
        return any(not self.circle(other, 0) for other in others[:8])

    def _moved(self, device: str) -> Mapping[tuple[Hops, Hops], list[Prefix]]:
        """(next hops before, next hops now) → destinations that went from those to these."""
        if device not in self._moves:
            history = self._network.histories[device]
            found: dict[tuple[Hops, Hops], list[Prefix]] = {}
            for row in history.now.routes or () if history.now else ():
                prefix = Prefix.of(row.prefix)
                old = table_of(history.before).exact(prefix) if prefix and history.before else None
                new = table_of(history.now).exact(prefix) if prefix and history.now else None
                if prefix and old and new and _hops(old) != _hops(new):
                    found.setdefault((_hops(old), _hops(new)), []).append(prefix)
            self._moves[device] = {key: list(dict.fromkeys(prefixes)) for key, prefixes in found.items()}
        return self._moves[device]

    @property
    def moving(self) -> bool:
        """Whether a port went down within the incident: then tables of different age disagree for a while."""
        return any(_went_down(history) for history in self._network.histories.values())


def leads(network: Network, source: str, address: str) -> bool:
    """Whether the newest routing tables lead from a device to whoever has this address, on every way they know."""
    prefix = Prefix.of(address)
    if prefix is None:
        return False
    steps, seen, open_ = Steps(network), {source}, [source]
    while open_:
        device = open_.pop()
        after = steps.after(device, prefix, 0)
        if not after and device not in owners_of(network, prefix):
            return False
        open_ += [name for name in after if name not in seen]
        seen.update(after)
    return True


def _hops(rows: list[Route]) -> Hops:
    return frozenset(row.next_hop for row in rows)


def _computed(rows: list[Route]) -> bool:
    return bool(rows) and all(row.proto in COMPUTED for row in rows)


def _went_down(history: DeviceHistory) -> bool:
    if history.earlier is None or history.now is None or not history.answers:
        return history.answers is False
    old = history.earlier.interfaces or {}
    return any(
        row.ifOperStatus != "up" and name in old and old[name].ifOperStatus == "up"
        for name, row in (history.now.interfaces or {}).items()
    )
