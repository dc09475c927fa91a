"""Findings about IP addresses that two hosts have (RFC 5227).

Whoever notices logs it. Without a log two devices that have the address tell, or an ARP table (RFC 1213) in which its MAC
changes to and fro. One change is a new card, a new lease or a gateway's virtual address that moved; what answers
for many is proxy ARP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of
from noc_agent.findings.macs import canonical, edge_ports, is_virtual, moving
from noc_agent.findings.measures import first_time
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.snmp import read_arp
from noc_agent.state import DeviceState
from noc_agent.topology import Network

PROXY = 3  # addresses that one MAC answers for on a port: then it answers for others
ARP_COLUMNS = ("1.3.6.1.2.1.4.35.1.4", "1.3.6.1.2.1.4.22.1.2")
FLIP = 2  # MACs one after the other: a third is a return


@dataclass
class _Claim:
    """What is known of one contested IP address."""

    macs: set[str] = field(default_factory=set)
    old: set[str] = field(default_factory=set)
    events: list[tuple[str, LogEvent]] = field(default_factory=list)
    noticed: list[End] = field(default_factory=list)  # by whom it was logged
    seen_on: list[End] = field(default_factory=list)  # whose ARP table has it
    owners: list[End] = field(default_factory=list)
    flips: bool = False


def find_ip_conflicts(network: Network) -> Iterator[Finding]:
    """IP addresses that two hosts claim within the incident."""
    claims: dict[str, _Claim] = defaultdict(_Claim)
    for device in network.events:
        for event in events_of(network, device, ("duplicate_address",)):
            if is_virtual(canonical(event.peer)):
                continue  # two gateways that share an address hear each other: the group's business, or a loop
            claim = claims[event.subject]
            claim.events.append((device, event))
            claim.macs |= {mac for word in (event.peer, event.to, event.frm) if (mac := canonical(word))}
            if event.reason and (port := network.port(device, event.reason)) in _ports(network, device):
                claim.noticed.append(port)
    for address, ends in _owned_twice(network):
        claims[address].owners = sorted(ends, key=lambda end: not _came(network, end, address))
    _from_arp(network, claims)
    shared = moving(network)
    for address, claim in claims.items():
        if address and not _is_of_a_card(claim, shared):
            yield _ip_conflict(network, address, claim)


def _is_of_a_card(claim: _Claim, shared: Mapping[str, object]) -> bool:
    """Whether a MAC address that is itself in two places made it look so: addresses follow their hosts' cards."""
    return not claim.owners and bool(claim.macs & shared.keys()) and len(claim.macs - shared.keys()) <= 1


def _ports(network: Network, device: str) -> set[End]:
    history = network.histories.get(device)
    state = history.latest if history else None
    return {End(device, name) for name in (state.interfaces or {})} if state else set()


def _from_arp(network: Network, claims: dict[str, _Claim]) -> None:
    """What ARP tables say of contested addresses; one that changes to and fro is contested by that alone."""
    for address, end, macs in _flips(network):
        if not _is_benign(network, macs):
            claims[address].flips = True
            claims[address].macs |= {*macs}
            claims[address].seen_on.append(end)
    if not claims:
        return
    for address, old in _arp(network, newest=False).items():
        if address in claims:
            claims[address].old |= set(old)
    for address, new in _arp(network, newest=True).items():
        if address in claims:
            claims[address].macs |= set(new)
            claims[address].seen_on += [end for ends in new.values() for end in ends]


def _flips(network: Network) -> Iterator[tuple[str, End, set[str]]]:
    """Addresses of which a device learnt another MAC and then the first again, poll by poll."""
    for device, history in network.histories.items():
        states = [state for state in (history.before, *history.window) if state is not None]
        if len({_cells(state) for state in states}) < FLIP:
            continue  # nothing moved
        seen: dict[tuple[str, str], list[str]] = defaultdict(list)
        for state in states if len(states) > FLIP else ():
            for address, mac, name in _learnt(state):
                if mac not in seen[address, name][-1:]:
                    seen[address, name].append(mac)
        for (address, name), macs in seen.items():
            if len(macs) > FLIP:
                yield address, End(device, name), set(macs)


def _cells(state: DeviceState) -> int:
    """The ARP table as it was served, as one number: to see that nothing moved without reading it."""
    return hash(tuple(frozenset(state.reply.columns.get(column, {}).items()) for column in ARP_COLUMNS))


def _owned_twice(network: Network) -> Iterator[tuple[str, list[End]]]:
    """Addresses that two devices have on ports that are up, and only one of them had when the network was well."""
    owners: dict[str, list[End]] = defaultdict(list)
    for device, history in network.histories.items():
        now = history.now if history.answers else None
        for row in (now.addresses or ()) if now else ():
            name = now.interface_names.get(row.ifIndex, "") if now else ""
            port = (now.interfaces or {}).get(name) if now else None
            inner = row.address.startswith(("127.", "::1", "fe80:")) or row.prefix_length in (32, 128, None)
            if port is not None and port.ifOperStatus == "up" and not inner:
                owners[row.address].append(End(device, name))
    for address, ends in owners.items():
        if len({end.device for end in ends}) == 2 and any(_came(network, end, address) for end in ends):
            yield address, ends


def _came(network: Network, end: End, address: str) -> bool:
    """Whether the device did not have this address when it was well."""
    before = network.histories[end.device].before
    return before is not None and before.addresses is not None and address not in before.interface_by_address


def _is_benign(network: Network, macs: Iterable[str]) -> bool:
    """A gateway's virtual address, or two cards of one device."""
    owners = [network.names.interface_with_mac(mac) for mac in macs]
    devices = {owner[0] for owner in owners if owner}
    return any(is_virtual(mac) for mac in macs) or (None not in owners and len(devices) == 1)


def _arp(network: Network, *, newest: bool) -> dict[str, dict[str, list[End]]]:
    """IP address → MAC → ports on which it was learnt; without those that answer for others, and without own ones."""
    found: dict[str, dict[str, list[End]]] = {}
    for device, history in network.histories.items():
        state = (history.now if history.answers else None) if newest else history.earlier
        for address, mac, name in _learnt(state) if state else ():
            found.setdefault(address, {}).setdefault(mac, []).append(End(device, name))
    return found


def _learnt(state: DeviceState) -> Iterator[tuple[str, str, str]]:
    rows = [
        (row.address, canonical(row.mac), state.interface_names[row.ifIndex])
        for row in read_arp(state.reply) or ()
        if row.mac and row.ifIndex in state.interface_names and not row.address.startswith("fe80:")
    ]
    answers: dict[str, set[str]] = defaultdict(set)
    for address, mac, _ in rows:
        answers[mac].add(address)
    yield from (row for row in rows if row[1] not in ("", "00:00:00:00:00:00") and len(answers[row[1]]) < PROXY)


def host_of(network: Network, macs: Iterable[str]) -> str | None:
    """The host that has one of these MACs: its own port, the device behind the edge port, else that port."""
    for mac in sorted(macs):
        owner = network.names.interface_with_mac(mac)
        if owner:
            return End(*owner).resource
        for end in sorted(edge_ports(network).get(mac, ())):
            far = network.other_end(end)
            return far.resource if far else end.resource
    return None


def _ip_conflict(network: Network, address: str, claim: _Claim) -> Finding:
    device = claim.events[0][0] if claim.events else (claim.owners or claim.seen_on)[0].device
    owner = network.names.interface_with_address(address)
    own = {mac for mac in claim.macs if owner and network.names.interface_with_mac(mac) == owner}
    sides, towards = ([End(*owner)] if owner else []), _towards(network, device, address)
    newcomers = claim.macs - claim.old - own
    resource = claim.owners[0].resource if claim.owners else host_of(network, newcomers)
    # A newcomer that is nowhere to be found is looked for from where it was noticed, not at whom it disturbs.
    resource = resource or next(
        (end.resource for end in (*claim.noticed, *sides, *towards, *claim.seen_on)), f"node/{device}"
    )
    words = f"{address} is claimed by two hosts" + (f" ({', '.join(sorted(claim.macs)[:3])})" if claim.macs else "")
    ends = {*claim.noticed, *claim.seen_on, *sides, *towards, *claim.owners}
    path = {resource, f"node/{resource.split('/')[1]}", f"node/{device}"} | {f"node/{end.device}" for end in ends}
    facts: dict[str, str | int | float | bool] = {
        "address": address, "macs": ", ".join(sorted(claim.macs)[:3]), "seen_by": device,
        "logged": bool(claim.events), "twice": bool(claim.owners), "flips": claim.flips,
    }  # fmt: skip
    if claim.events or claim.owners:
        facts["direct"] = True
    return Finding(
        kind="address_conflict",
        resource=resource,
        summary=f"{device}: {words}",
        at=first_time([event for _, event in claim.events], shown(network, device)),
        device=device,
        facts=facts,
        path=frozenset(path.union(*(network.around(end) for end in ends))),
    )


def _towards(network: Network, device: str, address: str) -> list[End]:
    state = network.healthy(device)
    name = state.interface_towards(address) if state else None
    return [End(device, name)] if name else []


def shown(network: Network, device: str) -> datetime | None:
    history = network.histories.get(device)
    return history.shown_at if history else None
