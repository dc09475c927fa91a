"""BGP sessions that somebody cleared, by what nothing else leaves over: the code that says so is often overwritten.

After a clear both ends connect at once, and bgpPeerLastError then holds a collision (RFC 4271, 6.8) in place of 6/4. A session
that is back before a hold timer could have run out, while no port of its ends came and went and other sessions of both stood,
ended by nothing that happens by itself.
"""

from __future__ import annotations

from noc_agent.findings.bgp_ends import Session
from noc_agent.findings.flaps import bounces
from noc_agent.snmp import BgpPeer
from noc_agent.state import DeviceState
from noc_agent.state.rates import elapsed
from noc_agent.topology import Network

# Of the hold time so much is left at least where a session is up: keepalives come every third of it (RFC 4271, 10).
HEARD = 2 / 3


def cleared(network: Network, session: Session) -> bool:
    """Whether only a clear, by either end, is left to explain that a session went and came back."""
    if not session.bounced or session.code or not _too_quick(network, session):
        return False
    ends = [end for end in (session.device, session.far) if end and end in network.histories]
    return not any(port.device in ends for port in bounces(network)) and all(_goes_on(network, end) for end in ends)


def _too_quick(network: Network, session: Session) -> bool:
    """Whether it was up again before a hold timer that ran when it was last seen up could expire."""
    history, old, new = network.histories[session.device], session.old, session.new
    if history.now is None or old is None or new is None or old.bgpPeerFsmEstablishedTransitions is None:
        return False
    seen = next((s for s in reversed((history.before, *history.window)) if s and _is_in(s, session.address, old)), None)
    passed, age, hold = elapsed(seen, history.now) if seen else None, new.bgpPeerFsmEstablishedTime, old.bgpPeerHoldTime
    return passed is not None and age is not None and hold is not None and passed - age < HEARD * hold


def _is_in(state: DeviceState, address: str, old: BgpPeer) -> bool:
    """Whether the poll still shows the session as it was before it went."""
    rows = (row for row in state.bgp_peers or () if row.bgpPeerRemoteAddr == address)
    count = old.bgpPeerFsmEstablishedTransitions
    return any(row.bgpPeerState == "established" and row.bgpPeerFsmEstablishedTransitions == count for row in rows)


def _goes_on(network: Network, device: str) -> bool:
    """Whether its BGP runs on: of several sessions one is older than the incident. Of one alone nobody can tell."""
    history, since = network.histories[device], network.incident.since
    if not history.answers or history.now is None or since is None:
        return False
    peers = history.now.bgp_peers or ()
    ages = [row.bgpPeerFsmEstablishedTime or 0 for row in peers if row.bgpPeerState == "established"]
    return len(ages) == 1 or max(ages, default=0) > (history.now.observed_at - since).total_seconds()
