"""Findings about prefixes that BGP carried and does not any more, though the sessions stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.bgp_paths import paths_of
from noc_agent.findings.forwarding import connected
from noc_agent.findings.parameters import bgp_peer
from noc_agent.findings.route_tables import NOWHERE, Prefix, Table, live_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network

ESTABLISHED = "established"
SHOWN = 6  # prefixes that a summary names
SIBLINGS, MOST_UNKNOWN = 3, 0.2  # other user subnets that must be known, and the share that may be unknown


@dataclass(frozen=True, slots=True)
class Lost:
    """A prefix that `device` heard from `peer` before and hears no more, though the session stands."""

    device: str
    prefix: str
    peer: str
    far: str | None
    entirely: bool  # no other peer announces it here
    from_origin: bool  # the peer's own AS originated it


def find_withdrawn(network: Network) -> Iterator[Finding]:
    """Prefixes that somebody announced, and does not any more, with all sessions on their way up."""
    lost: dict[str, list[Lost]] = defaultdict(list)
    for device, history in network.histories.items():
        for row in _lost_of(network, device, history):
            lost[row.prefix].append(row)
    found: dict[str, list[Lost]] = defaultdict(list)
    for rows in lost.values():
        for culprit, row in _roots(network, rows):
            found[culprit].append(row)
        yield from _of_strangers(network, rows)
    for culprit, rows in found.items():
        yield _withdrawn(network, culprit, rows)


def _lost_of(network: Network, device: str, history: DeviceHistory) -> Iterator[Lost]:
    before, now = history.earlier, history.now
    if before is None or now is None or not history.answers or now.bgp_peers is None:
        return
    ended = {s.address for s in sessions(network) if s.device == device}
    stands = {row.bgpPeerRemoteAddr for row in now.bgp_peers if row.bgpPeerState == ESTABLISHED} - ended
    old, new = paths_of(before), paths_of(now)
    if new is None and old is not None and before.bgp_peers and stands:
        new = {} if _still_served(now) else None
    if old is None or new is None:
        yield from _lost_routes(network, device, before, now, stands)
        return
    left = {prefix for prefix, _ in new}
    for (prefix, peer), path in old.items():
        if (prefix, peer) not in new and peer in stands:
            row = bgp_peer(before, peer)
            own = path.origin is not None and row is not None and path.origin == row.bgpPeerRemoteAs
            yield Lost(device, prefix, peer, network.peer_of(device, peer), prefix not in left, own)


def _still_served(now: DeviceState) -> bool:
    """Whether the agent tells of BGP at all: then a table without rows is empty rather than absent."""
    return now.bgp_local is not None and bool(now.bgp_peers) and not now.reply.partial


def _lost_routes(
    network: Network, device: str, before: DeviceState, now: DeviceState, stands: set[str]
) -> Iterator[Lost]:
    """By the routing tables, where no table of paths is served: routes of BGP that are gone altogether."""
    if before.routes is None or now.routes is None:
        return
    table = live_table(now)
    for row in before.routes:
        prefix = Prefix.of(row.prefix)
        from_peer = row.next_hop in stands
        if (
            prefix is None
            or not from_peer
            or table.exact(prefix) is not None
            or row.proto not in ("bgp", "local", "other")
        ):
            continue
        yield Lost(device, row.prefix, row.next_hop, network.peer_of(device, row.next_hop), True, False)


def _roots(network: Network, rows: list[Lost]) -> Iterator[tuple[str, Lost]]:
    """Who stopped announcing: the one whose peers lost it while he lost it from nobody."""
    losers = {row.device for row in rows}
    ended = {s.device for s in sessions(network) if s.is_down}
    roots = [row for row in rows if row.far is not None and row.far not in losers | ended]
    roots = [row for row in roots if not _lost_below(network, row.far or "", row.prefix)]
    own = [row for row in roots if row.from_origin]
    # Who passes a prefix on loses it with its origin; what another way still reaches may have been withdrawn for that way.
    for row in own or [row for row in roots if row.entirely]:
        yield row.far or "", row


def _of_strangers(network: Network, rows: list[Lost]) -> Iterator[Finding]:
    """What a peer withdrew of which only the address is known: it must be explained, and names no device at fault."""
    for row in rows:
        if row.far is None and (row.entirely or row.from_origin):
            yield Finding(
                kind="prefix_withdrawn",
                resource=f"node/{row.device}",
                summary=f"{row.device}: {row.prefix} is no longer announced by {row.peer}, though the session stands",
                at=network.histories[row.device].shown_at,
                device=row.device,
                facts={"prefix": row.prefix, "peer": row.peer, "protocol": "bgp"},
                path=frozenset({f"node/{row.device}"}),
                starts=False,
            )
            return


def _lost_below(network: Network, device: str, text: str) -> bool:
    """Whether the announcer lost its own way to the prefix: a port that is down, a route that others gave it."""
    history, prefix = network.histories.get(device), Prefix.of(text)
    if history is None:
        return False
    if not history.answers:
        return True
    before, now = history.earlier, history.now
    if before is None or now is None or before.routes is None or now.routes is None or prefix is None:
        return False
    old, new = live_table(before).exact(prefix), live_table(now).exact(prefix)
    if not old or new:
        return False
    ports = now.interfaces or {}
    names = [before.interface_names.get(route.ifIndex) for route in old]
    down = any(name in ports and ports[name].ifOperStatus != "up" for name in names if name)
    return down or any(route.next_hop not in NOWHERE for route in old)


def _withdrawn(network: Network, culprit: str, rows: list[Lost]) -> Finding:
    prefixes = sorted({row.prefix for row in rows})
    seen_by = sorted({row.device for row in rows})
    more = f" and {len(prefixes) - SHOWN} more" if len(prefixes) > SHOWN else ""
    history = network.histories[seen_by[0]]
    return Finding(
        kind="prefix_withdrawn",
        resource=f"node/{culprit}",
        summary=f"{culprit} no longer announces {', '.join(prefixes[:SHOWN])}{more} to {', '.join(seen_by)}, "
        "though the sessions stand",
        at=history.shown_at,
        device=culprit if culprit in network.histories else seen_by[0],
        facts={
            "prefix": prefixes[0], "prefixes": ", ".join(prefixes[:SHOWN]), "count": len(prefixes), "seen_by": ", ".join(seen_by),
            "entirely": any(row.entirely for row in rows), "changed": True, "protocol": "bgp", "observer": seen_by[0],
        },
        path=frozenset({f"node/{culprit}"}),
    )  # fmt: skip


def find_unannounced(network: Network) -> Iterator[Finding]:
    """Without a poll from before: user subnets of a BGP router that nobody else knows, while those of its siblings are known."""
    if network.polls[0] is not None:
        return
    subnets = dict(_user_subnets(network))
    tables = _tables(network)
    known = {prefix: _is_known(tables, prefix, device) for prefix, device in subnets.items()}
    unknown = [prefix for prefix, value in known.items() if value is False]
    others = [prefix for prefix, value in known.items() if value]
    if len({subnets[p] for p in others}) < SIBLINGS or len(unknown) > MOST_UNKNOWN * len(known):
        return
    for prefix in unknown:
        device = subnets[prefix]
        yield Finding(
            kind="prefix_withdrawn",
            resource=f"node/{device}",
            summary=f"nobody else knows {prefix}, a subnet of {device}, while the others' subnets are known everywhere",
            at=network.histories[device].shown_at,
            device=device,
            facts={
                "prefix": str(prefix), "prefixes": str(prefix), "count": 1, "seen_by": "", "entirely": True, "protocol": "bgp",
                "observer": device,
            },
            path=frozenset({f"node/{device}"}),
        )  # fmt: skip


def _user_subnets(network: Network) -> Iterator[tuple[Prefix, str]]:
    """Subnets of one BGP router alone, with room for hosts, on a port that is up."""
    for (version, length), rows in connected(network).items():
        if length > (29 if version == 4 else 64):
            continue
        for number, devices in rows.items():
            device = next(iter(devices))
            state = network.histories[device].now
            if (
                len(devices) != 1
                or state is None
                or not network.histories[device].answers
                or state.ospf_neighbors
                or state.isis_adjacencies
            ):
                continue
            speaks = any(row.bgpPeerState == ESTABLISHED for row in state.bgp_peers or ())
            if speaks and _is_up(state, Prefix(version, number, length)):
                yield Prefix(version, number, length), device


def _is_up(state: DeviceState, prefix: Prefix) -> bool:
    for row in state.addresses or ():
        own = Prefix.of(f"{row.address}/{row.prefix_length}") if row.prefix_length is not None else None
        if own == prefix:
            port = (state.interfaces or {}).get(state.interface_names.get(row.ifIndex, ""))
            return port is not None and port.ifOperStatus == "up" and port.ifType != "softwareLoopback"
    return False


def _tables(network: Network) -> list[tuple[str, Table]]:
    """The tables of all that speak BGP."""
    states = [(name, h.now) for name, h in network.histories.items() if h.answers and h.now]
    return [(name, live_table(s)) for name, s in states if s.routes is not None and s.bgp_peers]


def _is_known(tables: list[tuple[str, Table]], prefix: Prefix, owner: str) -> bool | None:
    """Whether any other device has a route to it that is no default; None where no other serves routes."""
    others = [table for device, table in tables if device != owner]
    return any(table.exact(prefix) or table.covering(prefix, shortest=1) for table in others) if others else None
