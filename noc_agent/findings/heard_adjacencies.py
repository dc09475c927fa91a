"""Findings about OSPF adjacencies of which no poll tells: lost, refused, stuck, silent, swapped, dead lines, routers that all
others lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of, newest_last
from noc_agent.findings.heard import DOWN, end_at, heard_ports, speaks, unseen
from noc_agent.findings.heard_ospf import (
    DROPPED,
    ONE_WAY,
    STUCK,
    Loss,
    alone,
    carries_nothing,
    loss_path,
    losses,
    refused_at,
    refused_on,
    silent_pairs,
    swapped,
)
from noc_agent.findings.ospf_parameters import EVENTS, REFUSED
from noc_agent.topology import Network

GONE = ("restart", "process_exit", "crash")
_KEYS = re.compile(r"(?i)authentication|message-digest|\bkey\b|key-chain|\bmd5\b|hmac")


def find_lost(network: Network) -> Iterator[Finding]:
    """Each neighbor that was lost, at the port that lost it."""
    for end, loss in losses(network).items():
        yield Finding(
            kind="neighbor_lost",
            resource=end.resource,
            summary=f"{end.device}: OSPF neighbor {loss.far.device} on {end.interface} was lost, by its log"
            + (f" ({loss.how})" if loss.how else ""),
            at=loss.at,
            device=end.device,
            facts={"protocol": "ospf", "peer_device": loss.far.device, "state": "none", "logged": True},
            path=loss_path(network, loss),
        )


def find_refused(network: Network) -> Iterator[Finding]:
    """Refusals that name no port: by the addresses of both ends, as traps have them, or on the link of the one neighbor that
    the device lost."""
    for parameter, kind in EVENTS.items():
        for device in network.site.devices:
            for event in events_of(network, device, (kind,)):
                link = refused_on(network, device, event)
                loss = losses(network).get(end_at(link, device)) if link else None
                if link is not None and loss is not None and network.port(device, event.subject) not in link.ends:
                    yield Finding(
                        kind="parameter_mismatch",
                        resource=link.resource,
                        summary=f"{REFUSED[parameter]}, as {device} logs ({event.count} times)",
                        at=event.first,
                        device=device,
                        facts={"parameter": parameter, "changed": False, "logged": True, "changed_on": ""},
                        path=loss_path(network, loss),
                    )


def find_stuck(network: Network) -> Iterator[Finding]:
    """Links on which an adjacency begins again and again, and never gets through its exchange (RFC 2328, 10.6)."""
    for end, loss in losses(network).items():
        if loss.how == STUCK and not refused_at(network, loss.link):
            yield Finding(
                kind="parameter_mismatch",
                resource=loss.link.resource,
                summary=f"{end.device} {end.interface}: the OSPF adjacency with {loss.far.device} stays in ExStart or Exchange, "
                "where one end refuses the other's larger packets",
                at=loss.at,
                device=end.device,
                facts={"parameter": "mtu", "changed": False, "hangs": True},
                path=loss_path(network, loss),
            )


def find_silent(network: Network) -> Iterator[Finding]:
    """Links on which neither end hears the other any more, and nothing says why."""
    for pair in silent_pairs(network):
        if ONE_WAY in {loss.how for loss in pair} or carries_nothing(network, pair[0].link) or pair in swapped(network):
            continue
        loss, points, told = _suspect(network, pair)
        other = pair[1] if loss is pair[0] else pair[0]
        yield Finding(
            kind="adjacency_silent",
            resource=loss.end.resource,
            summary=f"{loss.end.device} {loss.end.interface} and {other.end.device} {other.end.interface} lost each other "
            "as OSPF neighbors, though neither port went down by the logs",
            at=min(one.at for one in pair),
            device=loss.end.device,
            facts={
                "peer_device": other.end.device, "peer_port": other.end.interface, "points_to": points, "logged": True,
            },
            path=loss_path(network, loss),
            starts=told,
        )  # fmt: skip


def _suspect(network: Network, pair: tuple[Loss, Loss]) -> tuple[Loss, str, bool]:
    """The end that the logs point to, what they point to, and whether they point anywhere: intervals, keys, filters and
    wrong cables part two neighbors all alike."""
    dropped = [loss for loss in pair if loss.how == DROPPED]
    if len(dropped) == 1:
        return dropped[0], "port", True
    edits = {loss.end.device: events_of(network, loss.end.device, ("config_change",)) for loss in pair}
    edited = [loss for loss in pair if edits[loss.end.device]]
    if len(edited) == 1:
        keyed = any(_KEYS.search(event.sample) for event in edits[edited[0].end.device])
        return edited[0], "authentication" if keyed else "either", True
    return min(pair, key=lambda loss: loss.at), "either", False


def find_swapped(network: Network) -> Iterator[Finding]:
    """Two links of one router on which all ends lost each other in the same moment."""
    pairs = swapped(network)
    if pairs:
        links = [pair[0].link for pair in pairs]
        words = " and ".join(link.resource.removeprefix("link/") for link in links)
        yield Finding(
            kind="miscabled",
            resource=links[0].resource,
            summary=f"{words}: on both, all ends lost each other as OSPF neighbors in the same moment, and no port went down by "
            "the logs",
            at=min(loss.at for pair in pairs for loss in pair),
            device=pairs[0][0].end.device,
            facts={"words": f"{words} fell silent together", "intended": True, "logged": True},
            path=frozenset().union(*(loss_path(network, loss) for pair in pairs for loss in pair)),
        )


def find_dead_lines(network: Network) -> Iterator[Finding]:
    """Links on which two protocols died of their timers at both ends, while no port went down by the logs."""
    for pair in silent_pairs(network):
        loss = pair[0]
        if pair in swapped(network) or ONE_WAY in {one.how for one in pair}:
            continue
        if carries_nothing(network, loss.link):
            yield Finding(
                kind="nothing_arrives",
                resource=loss.link.resource,
                summary=f"{loss.link.resource.removeprefix('link/')}: OSPF and BGP died of their timers at both ends, and no "
                "port went down by the logs",
                at=min(one.at for one in pair),
                device=loss.end.device,
                facts={"far_seen": True, "logged": True},
                path=loss_path(network, loss),
            )


def find_ports_left_out(network: Network) -> Iterator[Finding]:
    """Routers that say of one of their addresses that OSPF does not run there any more (ospfIfStateChange, RFC 4750), while no
    port of theirs went down and nobody lost them: the prefix there is announced no more."""
    lost = {loss.far.device for loss in losses(network).values()} | {end.device for end in losses(network)}
    fell = {end.device for end in heard_ports(network)}
    for device in network.events:
        events = newest_last(events_of(network, device, ("ospf_interface_down", "ospf_interface_change")))
        if len(events) != 1 or events[0].kind != "ospf_interface_down" or device in lost | fell:
            continue
        if not unseen(network, device) or events_of(network, device, (*GONE, *DOWN)):
            continue
        yield Finding(
            kind="prefix_gone",
            resource=f"node/{device}",
            summary=f"{device}: OSPF does not run any more on its port with {events[0].subject}, and no port of it went down by "
            "the logs: what is behind that port is announced no more",
            at=events[0].first,
            device=device,
            facts={
                "prefix": f"the prefix of {events[0].subject}", "protocol": "ospf", "logged": True, "direct": True,
                "interface": f"the port with {events[0].subject}",
            },
            path=frozenset({f"node/{device}"}),
        )  # fmt: skip


def find_alone(network: Network) -> Iterator[Finding]:
    """Devices that all of their OSPF neighbors lost at once, while no port went down."""
    for device, rows in alone(network).items():
        yield Finding(
            kind="all_neighbors_lost",
            resource=f"node/{device}",
            summary=f"{device}: all {len(rows)} OSPF neighbors lost it, and no port towards it went down by the logs",
            at=min(loss.at for loss in rows),
            device=rows[0].end.device,
            facts={
                "protocol": "ospf", "neighbors_lost": len(rows), "logged": True, "speaks": speaks(network, device),
            },
            path=frozenset({f"node/{device}"}),
        )  # fmt: skip
