"""Findings about the speed that the ends of a link agree on: lower than before.

A pair of a cable that broke, a transceiver of another kind or a setting makes a gigabit port run at a hundred megabit. What
crossed it is then lost, or takes another way where spanning tree or an IGP derives its costs from the speed (IEEE 802.1D, table
17-3; `auto-cost`): the link itself may be idle afterwards. A bundle is slower when a member left: the member's matter. The port
of a host may be slower because the host sleeps: it counts where the port carried more, or where both ends are polled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from noc_agent.evidence import Finding
from noc_agent.findings.interfaces import SATURATED, VIRTUAL
from noc_agent.site.model import End
from noc_agent.snmp import Interface
from noc_agent.state import DeviceHistory, rates
from noc_agent.state.rates import lifetime_utilisation
from noc_agent.topology import Network

BUNDLES = {"ieee8023adLag", "propMultiplexor"}


def find_slower(network: Network) -> Iterator[Finding]:
    """Ports that are up, as they were, at a lower speed than before."""
    for device, history in network.histories.items():
        for name in (history.now.interfaces or {}) if history.now and history.answers else ():
            end = End(device, name)
            speeds, far = _fell(history, name), network.other_end(end)
            if speeds is not None and (agrees := _agrees(network, far)) is not False:
                yield _finding(network, end, history, *speeds, both=agrees is True)


def _fell(history: DeviceHistory, name: str) -> tuple[int, int] | None:
    """The speed before and now of a port that runs slower; None where it does not, or that cannot be told."""
    old, new = (_port(state.interfaces, name) if state else None for state in (history.earlier, history.now))
    if old is None or new is None or not old.speed_bps or not new.speed_bps:
        return None
    return (old.speed_bps, new.speed_bps) if new.speed_bps < old.speed_bps else None


def _port(rows: Mapping[str, Interface] | None, name: str) -> Interface | None:
    """The port's row while it is up: the speed of one that is down is whatever its agent makes up."""
    row = (rows or {}).get(name)
    physical = row is not None and row.ifType not in VIRTUAL | BUNDLES
    return row if physical and row is not None and row.ifOperStatus == "up" else None


def _agrees(network: Network, far: End | None) -> bool | None:
    """Whether the far end became slower as well, for a line has one speed; None where it does not tell."""
    history = network.histories.get(far.device) if far else None
    if far is None or history is None or not history.answers:
        return None
    told = [_port(state.interfaces, far.interface) if state else None for state in (history.earlier, history.now)]
    if any(row is None or not row.speed_bps for row in told):
        return None
    return _fell(history, far.interface) is not None


def _finding(network: Network, end: End, history: DeviceHistory, was: int, now: int, *, both: bool) -> Finding:
    usual = _usual(history, end.interface, was)
    too_slow = usual is not None and usual >= SATURATED * now
    more = (
        {"too_slow": True} if too_slow else {}
    )  # that it carried less before says nothing of the hour of the incident
    carried = f", and carried {usual / 1e6:.0f} Mbit/s" if usual is not None else ""
    return Finding(
        kind="speed_fell",
        resource=end.resource,
        summary=f"{end.device} {end.interface} runs at {now / 1e6:g} Mbit/s, ran at {was / 1e6:g}{carried}",
        at=history.shown_at,
        device=end.device,
        facts={"speed_mbps": now / 1e6, "speed_mbps_before": was / 1e6, **more},
        path=network.around(end) | {f"node/{end.device}"},
        significant=too_slow or both,
        starts=too_slow or both,
    )


def _usual(history: DeviceHistory, name: str, speed: int) -> float | None:
    """Bits a second that it carried at its old speed: since its agent started, or between two polls, whichever is more."""
    states = [state for state in (history.before, *history.window) if state is not None]
    at_speed = [state for state in states if (row := _port(state.interfaces, name)) and row.speed_bps == speed]
    pairs = [pair for one, two in pairwise(at_speed) if (pair := rates(one, two, name))]
    found = [bps for pair in pairs for bps in (pair.in_bps, pair.out_bps) if bps is not None]
    share = lifetime_utilisation(at_speed[0], name) if at_speed else None
    return max([*found, *([share * speed] if share is not None else [])], default=None)
