"""Findings about MAC addresses that two devices on one segment have (IEEE 802): a cloned machine, a copied or forged address.

Two ports that say so are the proof; else one address, and few others, that a switch sees move between ports again and again.
Everything that moves is a loop, an address that moves once is a host that moved, and a gateway's virtual MAC moves by design.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Sequence

from noc_agent.evidence import Finding
from noc_agent.findings.addresses import shown
from noc_agent.findings.changes import events_of
from noc_agent.findings.heard import unseen
from noc_agent.findings.macs import bridge_ports, canonical, is_virtual, learnt_by_bridges, moving
from noc_agent.findings.measures import first_time
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.topology import Network


def find_mac_conflicts(network: Network) -> Iterator[Finding]:
    """MAC addresses that two devices on one segment have, or that move between two ports again and again."""
    yield from _same_hardware(network)
    for mac, found in moving(network).items():
        yield _moves(network, mac, found)


def _moves(network: Network, mac: str, found: Sequence[tuple[str, LogEvent]]) -> Finding:
    named = {network.port(device, word) for device, event in found for word in (event.frm, event.to) if word}
    old = {end for end, known in learnt_by_bridges(network, newest=False) if known == mac}
    far = [other for end in sorted(named) if end not in old and (other := network.other_end(end))]
    strange = [end for end in far if not _is_bridge(network, end.device)]
    device = strange[0].device if strange else found[0][0]
    ports = " and ".join(sorted(end.interface for end in named)) or "ports"
    path = {f"node/{device}", *(f"node/{name}" for name, _ in found)}.union(*(network.around(end) for end in named))
    return Finding(
        kind="mac_conflict",
        resource=f"node/{device}",
        summary=f"{found[0][0]}: {mac} moves between {ports} again and again",
        at=first_time([event for _, event in found], None),
        device=found[0][0],
        facts={
            "mac": mac, "logged": True, "moves": sum(event.count for _, event in found),
            **({"placed": True} if strange else {}),
            "where": ", ".join(f"{end.device} {end.interface}" for end in sorted(named)),
        },
        path=frozenset(path),
    )  # fmt: skip


def _is_bridge(network: Network, device: str) -> bool:
    """By its newest poll; where none tells, whatever leads to several ports may be one, and whoever logs that addresses move is.
    A host that LLDP hears under its MAC is known by two names of one port."""
    history = network.histories.get(device)
    if unseen(network, device):
        far = {network.other_end(end) for end in network.ends_of(device)}
        return len(far) > 1 or bool(events_of(network, device, ("mac_move",)))
    return bool(history and history.latest and bridge_ports(history.latest))


def _same_hardware(network: Network) -> Iterator[Finding]:
    """Ports of two devices in one subnet that have the same MAC, where one of them had another before."""
    owners: dict[str, list[tuple[End, str | None]]] = defaultdict(list)
    for device, history in network.histories.items():
        now = history.now if history.answers else None
        was = (history.before.interfaces if history.before else None) or {}
        for name, row in (now.interfaces or {}).items() if now else ():
            mac = canonical(row.ifPhysAddress or "")
            if mac and mac != "00:00:00:00:00:00" and not is_virtual(mac) and row.ifOperStatus == "up":
                old = was[name].ifPhysAddress if name in was else None
                owners[mac].append((End(device, name), canonical(old) if old else None))
    for mac, ends in owners.items():
        if len({end.device for end, _ in ends}) > 1 and (pair := _neighbors(network, ends)):
            yield from _hardware(network, mac, pair)


def _neighbors(network: Network, ends: Sequence[tuple[End, str | None]]) -> list[tuple[End, str | None]]:
    """Those of the ends that stand in a subnet with another device's."""
    subnets: dict[str, list[tuple[End, str | None]]] = defaultdict(list)
    for end, old in ends:
        state = network.histories[end.device].now
        for row in state.addresses_of_interface.get(end.interface, ()) if state else ():
            if row.prefix_length is not None and ":" not in row.address:
                subnets[_subnet(row.address, row.prefix_length)].append((end, old))
    return next((rows for rows in subnets.values() if len({end.device for end, _ in rows}) > 1), [])


def _subnet(address: str, length: int) -> str:
    return str(ipaddress.ip_interface(f"{address}/{length}").network)


def _hardware(network: Network, mac: str, pair: Sequence[tuple[End, str | None]]) -> Iterator[Finding]:
    changed = [end for end, old in pair if old is not None and old != mac]
    stood = [end for end, old in pair if old == mac]
    if len(stood) == len(pair):
        return  # so it was when the network was well
    end = changed[0] if changed else pair[-1][0]
    ends = [end for end, _ in pair]
    yield Finding(
        kind="mac_conflict",
        resource=f"node/{end.device}",
        summary=f"{' and '.join(f'{e.device} {e.interface}' for e in ends)} have the same MAC address {mac}",
        at=shown(network, end.device),
        device=end.device,
        facts={
            "mac": mac, "logged": False, "same": True,
            **({"placed": True} if changed else {}),
            "where": ", ".join(f"{e.device} {e.interface}" for e in ends),
        },
        path=frozenset({f"node/{e.device}" for e in ends}.union(*(network.around(e) for e in ends))),
    )  # fmt: skip
