"""What a port sent and received between the last two polls: does it still send hellos, do frames still arrive.

A router that speaks OSPF on a line sends a hello each interval (RFC 2328, 9.5): fewer packets than that, of whatever kind,
and it is silent. How many arrive at the far end tells a dead direction from a filter behind a living one.
"""

from __future__ import annotations

from dataclasses import dataclass

from noc_agent.findings.ospf_pairs import ADJACENT, Side
from noc_agent.site.model import End
from noc_agent.snmp import Interface, counter_delta
from noc_agent.state import DeviceState
from noc_agent.state.rates import elapsed
from noc_agent.topology import Network

DEFAULT_HELLO = 10  # seconds
FEWEST = 3  # hellos that should have been sent: with fewer the count says nothing
LLDP_EVERY = 30  # seconds (802.1AB, msgTxInterval)
HARDLY, MOSTLY, QUIET = 0.4, 0.75, 3.0  # shares of the hellos that should have been sent
SENT = 3  # frames that should have arrived
LOST, ARRIVED = 0.1, 0.5  # shares of the frames that were sent


@dataclass(frozen=True, slots=True)
class Count:
    """Packets of all kinds between two polls; `multicast_out` where the agent counts it."""

    seconds: float
    sent: int
    received: int
    multicast_out: int | None
    alive: bool
    "Whether the table moved at all: an agent may have given a cached one."


def count(network: Network, port: End) -> Count | None:
    """What the port counted between the last two polls of the incident; None where that cannot be told."""
    history = network.histories.get(port.device)
    if history is None or not history.answers or len(history.window) < 2:
        return None
    before, now = history.window[-2:]
    old, new = (state.interfaces or {} for state in (before, now))
    seconds = elapsed(before, now)
    if port.interface not in old or port.interface not in new or not seconds:
        return None
    sent, received = (_moved(old[port.interface], new[port.interface], way) for way in ("Out", "In"))
    if sent is None or received is None:
        return None
    return Count(seconds, sent, received, _multicast(old[port.interface], new[port.interface]), _alive(before, now))


def _moved(old: Interface, new: Interface, way: str) -> int | None:
    """Packets of all kinds one way. Some agents count everything as unicast, and serve zeros for the rest."""
    unicast = (old.out_packets, new.out_packets) if way == "Out" else (old.in_packets, new.in_packets)
    wide = getattr(new, f"ifHC{way}UcastPkts") is not None
    total = _delta(*unicast, 64 if wide else 32)
    others = (
        _delta(getattr(old, f"ifHC{way}{kind}Pkts"), getattr(new, f"ifHC{way}{kind}Pkts"), 64)
        for kind in ("Multicast", "Broadcast")
    )
    return None if total is None else total + sum(other or 0 for other in others)


def _multicast(old: Interface, new: Interface) -> int | None:
    """None where the agent does not count it: a router that speaks a routing protocol has sent some."""
    return _delta(old.ifHCOutMulticastPkts, new.ifHCOutMulticastPkts, 64) if new.ifHCOutMulticastPkts else None


def _delta(old: int | None, new: int | None, bits: int) -> int | None:
    return None if old is None or new is None else counter_delta(old, new, bits)


def _alive(before: DeviceState, now: DeviceState) -> bool:
    rows = now.interfaces or {}
    return any(
        row.in_packets is not None and name in rows and rows[name].in_packets != row.in_packets
        for name, row in (before.interfaces or {}).items()
    )


def sends_hellos(network: Network, side: Side) -> bool | None:
    """Whether the end still sends hellos, by what its port sent while it had no neighbor; None where that cannot be told."""
    history = network.histories.get(side.device)
    if history is None or len(history.window) < 2:
        return None
    heard = history.window[-2].ospf_by_interface.get(side.name, ())
    counted = count(network, side.port)
    if counted is None or not counted.alive or any(row.ospfNbrState in ADJACENT for row in heard):
        return None
    row = side.row or side.earlier
    due = counted.seconds / ((row.ospfIfHelloInterval if row else None) or DEFAULT_HELLO)
    other = counted.seconds / LLDP_EVERY
    if due < FEWEST:
        return None
    sent = counted.sent if counted.multicast_out is None else min(counted.sent, counted.multicast_out)
    if sent < HARDLY * due + other and sent < MOSTLY * due:
        return False
    if counted.multicast_out is not None:
        return sent >= MOSTLY * due or None
    return MOSTLY * due <= counted.sent <= QUIET * due + other or None


def frames_arrive(network: Network, sender: End, receiver: End) -> bool | None:
    """Whether what one end of a line sends reaches the other; None where too little was sent or it cannot be told."""
    out, into = count(network, sender), count(network, receiver)
    if out is None or into is None or not into.alive or out.sent < SENT:
        return None
    due = out.sent * into.seconds / out.seconds
    if into.received <= LOST * due:
        return False
    return into.received >= ARRIVED * due or None
