"""Findings about hosts that send to a wrong gateway: a default route (RFC 1122, 3.3.1) to an address that no router has.

Only hosts are looked at: a router's default moves with its protocols. Compared with before, with the routers of the subnet and
with the host's siblings there. A default by way of a gateway's virtual address (VRRP, HSRP) is right.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.snmp import IpStats, read_arp, read_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network

NOWHERE = ("", "0.0.0.0", "::")
HOSTS = ("host", "server", "probe", "client", "workstation", "endpoint")
MEMO = "gateways"


def find_gateways(network: Network) -> Iterator[Finding]:
    """Hosts whose default route leads to an address that is no router's, and did not when the network was well."""
    for device, history in network.histories.items():
        now = history.now if history.answers else None
        if now is None or now.routes is None or not is_host(network, device, now):
            continue
        hops, old = defaults(now) or (), defaults(history.earlier)
        if history.before is None and old == hops:
            old = None  # what was before is not known
        wrong = [hop for hop in hops if not _is_router(network, device, hop) and hop not in (old or ())]
        left = set(old) - set(hops) if old is not None else set()
        if wrong and (left or (old is None and len(wrong) == len(hops))):
            yield from _wrong(network, history, now, wrong[0], tuple(sorted(left)))
        elif left and not wrong and not hops:
            yield from _gone(network, history, now, tuple(sorted(left)))


def is_host(network: Network, device: str, state: DeviceState) -> bool:
    """Whether it ends traffic: by its role, else because it says that it does not forward and speaks no routing protocol."""
    role = (network.site.devices[device].role or "").lower()
    if any(word in role for word in HOSTS):
        return True
    stats = next(iter(read_table(state.reply, IpStats) or ()), None)
    speaks = bool(state.ospf_neighbors or state.bgp_peers or state.isis_adjacencies)
    return stats is not None and stats.ipForwarding == "notForwarding" and not speaks


def defaults(state: DeviceState | None) -> tuple[str, ...] | None:
    """Next hops of the default route; None where routes are not served."""
    if state is None or state.routes is None:
        return None
    rows = (row for row in state.routes if row.prefix in ("0.0.0.0/0", "::/0"))
    return tuple(sorted({row.next_hop for row in rows if row.next_hop not in NOWHERE}))


def _is_router(network: Network, device: str, hop: str) -> bool:
    """Whether a router has this address, as its own or as a virtual one."""
    owner = network.names.interface_with_address(hop)
    if owner is not None:
        state = network.histories[owner[0]].latest
        return owner[0] != device and state is not None and not is_host(network, owner[0], state)
    return hop in _virtual(network)


def _virtual(network: Network) -> frozenset[str]:
    if MEMO not in network.memo:
        states = [history.latest for history in network.histories.values() if history.latest]
        network.memo[MEMO] = frozenset(
            address for state in states for group in state.fhrp_groups or () for address in group.addresses
        )
    return cast("frozenset[str]", network.memo[MEMO])


def _subnet(state: DeviceState, hop: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The own subnet that an address is in."""
    name = state.interface_towards(hop)
    for row in state.addresses_of_interface.get(name, ()) if name else ():
        found = ipaddress.ip_interface(f"{row.address}/{row.prefix_length or 32}").network
        if ipaddress.ip_address(hop) in found:
            return found
    return None


def _right(network: Network, device: str, state: DeviceState, hop: str, old: tuple[str, ...]) -> list[str]:
    """Gateways that are right: what it used before, else the routers in the subnet of what it uses or stands in."""
    if old:
        return [one for one in old if _is_router(network, device, one)]
    subnets = (
        [_subnet(state, hop)] if _subnet(state, hop) else [_subnet(state, own) for own in state.interface_by_address]
    )
    found = {str(subnet) for subnet in subnets if subnet is not None}
    return sorted(address for subnet in found for address in _routers(network).get(subnet, ()))


def _routers(network: Network) -> Mapping[str, set[str]]:
    """Subnet → addresses that routers have in it."""
    if "subnet_routers" not in network.memo:
        found: dict[str, set[str]] = defaultdict(set)
        for device, history in network.histories.items():
            state = history.latest
            if state is None or is_host(network, device, state):
                continue
            for row in state.addresses or ():
                if row.prefix_length is not None and row.address != network.site.devices[device].address:
                    found[str(ipaddress.ip_interface(f"{row.address}/{row.prefix_length}").network)].add(row.address)
        network.memo["subnet_routers"] = dict(found)
    return cast("Mapping[str, set[str]]", network.memo["subnet_routers"])


def _wrong(
    network: Network, history: DeviceHistory, now: DeviceState, hop: str, old: tuple[str, ...]
) -> Iterator[Finding]:
    right = _right(network, history.device, now, hop, old)
    if not right:
        return  # no router of that subnet is known: an unknown gateway is no wrong one
    facts: dict[str, str | int | float | bool] = {"gateway": hop, "right": right[0], "gone": False}
    if old:
        facts["changed"] = True
    facts["answers"] = any(
        row.address == hop and row.mac not in (None, "", "00:00:00:00:00:00") for row in read_arp(now.reply) or ()
    )
    words = f"sends to the gateway {hop}, which no router of its subnet has; {right[0]} is one"
    yield _finding(network, history, words + (", and its gateway before" if old else ""), facts)


def _gone(network: Network, history: DeviceHistory, now: DeviceState, old: tuple[str, ...]) -> Iterator[Finding]:
    port = now.interface_towards(old[0])
    row = (now.interfaces or {}).get(port) if port else None
    if row is None or row.ifOperStatus != "up":
        return  # the route went with its port
    facts: dict[str, str | int | float | bool] = {"gateway": "none", "right": old[0], "gone": True, "changed": True}
    yield _finding(network, history, f"has no default route any more; it was {old[0]}", facts)


def _finding(
    network: Network, history: DeviceHistory, words: str, facts: dict[str, str | int | float | bool]
) -> Finding:
    return Finding(
        kind="gateway_wrong",
        resource=f"node/{history.device}",
        summary=f"{history.device} {words}",
        at=history.shown_at,
        device=history.device,
        facts=facts,
        path=frozenset({f"node/{history.device}"}),
    )
