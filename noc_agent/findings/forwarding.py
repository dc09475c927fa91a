"""Routes that discard what they match, and whose subnets they hit. What was so before the incident is no finding."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.bgp_paths import paths_of
from noc_agent.findings.route_tables import NOWHERE, Prefix, is_discard, live_table
from noc_agent.snmp import Route
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network

MOST_DISCARDS = 200  # new ones of a device that are judged: a longer list is a policy
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
    owners = sorted(owners_of(network, prefix) - {device})
    known = then is not None and then.routes is not None
    if aggregate and not replaced:
        return  # the null route of a summary: what is inside is more specific
    hurts = replaced or (bool(owners) and (known or not _unsettled(network, device))) or (covered and known)
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


def _unsettled(network: Network, device: str) -> bool:
    """Whether the device lost a BGP session: routes inside its summaries may be gone with it, and the null routes stay."""
    return any(session.is_down and device in (session.device, session.far) for session in sessions(network))


def _followers(network: Network, device: str, prefix: str) -> list[str]:
    """Other devices that BGP leads to this one with that very prefix since the network was well: it is announced, too."""
    found = []
    for name, history in network.histories.items():
        if name == device or history.now is None or history.before is None or history.before.routes is None:
            continue
        was = {row.next_hop for row in history.before.routes if row.prefix == prefix}
        rows = [row for row in history.now.routes or () if row.prefix == prefix and row.next_hop not in NOWHERE]
        here = {row.next_hop for row in rows if row.proto == "bgp" or _is_best(history.now, prefix)}
        now = here if here < was else here - was  # of equal ways those that are left lead there as well
        if now and (not was or any(network.peer_of(name, hop) == device for hop in now)):
            found.append(name)
    return sorted(found)


def _is_best(state: DeviceState, prefix: str) -> bool:
    """Whether BGP itself says that it uses a path to this prefix: not every agent tells whose route one is."""
    return any(
        path.best and path.peer not in NOWHERE and path.prefix == prefix for path in (paths_of(state) or {}).values()
    )


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


def owners_of(network: Network, prefix: Prefix) -> set[str]:
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
