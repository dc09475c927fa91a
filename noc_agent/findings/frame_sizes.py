"""Links that lose large frames and no small ones, though both ends state the same MTU: a tunnel or switch in between is narrower.

Two signs. By counters: what one end sent and the other did not receive, octets over packets, is the size of what was lost; by
chance the lost are as large as those that arrive. By OSPF: an adjacency that stays in Exchange or Loading passes small
packets, and its database descriptions and updates get lost (RFC 2328, 10.8 and 10.9).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from noc_agent.evidence import Finding
from noc_agent.site.model import End, Link
from noc_agent.snmp import Interface
from noc_agent.state import DeviceState, rates
from noc_agent.topology import Network

LARGE, FRAMING = 600.0, 40  # octets that a lost frame has at least; what a frame has besides its MTU
ARRIVING = 0.5  # those that arrive are at most this large, in shares of those that are lost
FEWEST, SHARE = 10, 0.1  # frames, and the share of the octets, that are lost
PAIRS = 2
HANGING = ("exchange", "loading")


@dataclass(frozen=True, slots=True)
class Lost:
    """What one direction of a link lost between two polls."""

    frames: int
    size: float


def find_large_lost(network: Network) -> Iterator[Finding]:
    """Links whose ends agree on the MTU while only large frames are lost."""
    for link in network.links:
        if not _same_mtu(network, link):
            continue
        lost = _lost_run(network, link)
        hangs = any(_hangs(network, end) for end in link.ends)
        if not lost and not hangs:
            continue
        if any(network.port_events(end, ("ospf_mtu_mismatch",)) for end in link.ends):
            continue  # they state the same to SNMP, and not to each other
        facts: dict[str, str | int | float | bool] = {"hangs": hangs}
        words = "its OSPF adjacency passes small packets and hangs in the exchange of databases"
        if lost:
            facts |= {
                "lost": sum(one.frames for one in lost),
                "size": round(max(one.size for one in lost)),
                **({"pairs": len(lost)} if len(lost) >= PAIRS else {}),
            }
            words = f"only frames of about {facts['size']} octets get lost"
        history = network.histories[link.a.device]
        yield Finding(
            kind="large_frames_lost",
            resource=link.resource,
            summary=f"{link.a.device} {link.a.interface} and {link.b.device} {link.b.interface} agree in MTU, yet {words}",
            at=history.shown_at,
            device=link.a.device,
            facts=facts,
            path=network.around(link.a) | {f"node/{end.device}" for end in link.ends},
        )


def _state(network: Network, end: End) -> DeviceState | None:
    history = network.histories.get(end.device)
    return history.now if history and history.answers else None


def _row(state: DeviceState | None, end: End) -> Interface | None:
    return (state.interfaces or {}).get(end.interface) if state else None


def _same_mtu(network: Network, link: Link) -> bool:
    """Whether both ends state one MTU, or each the one with which all was well: SR OS counts the frame's head with it."""
    rows = [row for end in link.ends if (row := _row(_state(network, end), end)) and row.ifOperStatus == "up"]
    if len(rows) < 2 or not all(row.ifMtu for row in rows):
        return False
    was = [_row(network.histories[end.device].before, end) for end in link.ends]
    return rows[0].ifMtu == rows[1].ifMtu or all(
        old is not None and old.ifMtu == row.ifMtu for old, row in zip(was, rows, strict=True)
    )


def _hangs(network: Network, end: End) -> bool:
    """Whether an adjacency that was full hangs in both of the last polls, or in the only one."""
    history = network.histories.get(end.device)
    if history is None or not history.answers or history.before is None:
        return False
    was = history.before.ospf_by_interface.get(end.interface, ())
    if not any(row.ospfNbrState == "full" for row in was):
        return False
    return all(
        any(row.ospfNbrState in HANGING for row in state.ospf_by_interface.get(end.interface, ()))
        for state in history.window[-PAIRS:]
    )


def _lost_run(network: Network, link: Link) -> list[Lost]:
    """What was lost in the last pairs of polls, if each of them shows it in the same direction."""
    histories = [network.histories[end.device] for end in link.ends]
    polls = [[s for s in (h.before, *h.window) if s is not None] for h in histories]
    if len(polls[0]) != len(polls[1]) or len(polls[0]) < PAIRS:
        return []
    for sender, receiver in ((0, 1), (1, 0)):
        found = [
            _lost(link.ends[sender], link.ends[receiver], one, other)
            for one, other in list(zip(pairwise(polls[sender]), pairwise(polls[receiver]), strict=True))[-PAIRS:]
        ]
        if all(found):
            return [one for one in found if one]
    return []


def _lost(
    sender: End, receiver: End, sent: tuple[DeviceState, DeviceState], got: tuple[DeviceState, DeviceState]
) -> Lost | None:
    out, inn = rates(*sent, sender.interface), rates(*got, receiver.interface)
    row = _row(sent[1], sender)
    if out is None or inn is None or row is None or not row.ifMtu:
        return None
    if None in (out.out_bps, out.out_packets_per_s, inn.in_bps, inn.in_packets_per_s) or inn.in_errors_per_s:
        return None
    octets_out, frames_out = (out.out_bps or 0) * out.seconds / 8, (out.out_packets_per_s or 0) * out.seconds
    octets_in, frames_in = (inn.in_bps or 0) * inn.seconds / 8, (inn.in_packets_per_s or 0) * inn.seconds
    frames, octets = frames_out - frames_in, octets_out - octets_in
    if frames < FEWEST or frames_in < FEWEST or octets < SHARE * octets_out:
        return None
    size, arriving = octets / frames, octets_in / frames_in
    fits = LARGE <= size <= row.ifMtu + FRAMING and arriving <= ARRIVING * size
    return Lost(round(frames), size) if fits and not out.out_discards_per_s else None
