"""Findings about interfaces: administrative and operational state, load."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of, newest_last, went_down_at
from noc_agent.findings.heard import heard_ports, unseen
from noc_agent.site.model import End
from noc_agent.snmp import Interface
from noc_agent.state import DeviceHistory, Rates, rates
from noc_agent.state.rates import lifetime_utilisation
from noc_agent.topology import Network

SATURATED = 0.9  # of the speed that the interface itself states
CHRONIC = 0.7  # mean load since start above which saturation is no news
DOWN = ("down", "lowerLayerDown", "notPresent")  # notPresent: its transceiver or module was pulled
VIRTUAL = {  # follow what they stand on; 142 is ipForward, a router's interface over a port
    "l2vlan", "l3ipvlan", "bridge", "propVirtual", "softwareLoopback", "tunnel", "mplsTunnel", "mpls", "142",
}  # fmt: skip


def find_down(network: Network) -> Iterator[Finding]:
    """Interfaces that were up when the network was well, or are meant to be, and are down now."""
    for device, history in network.histories.items():
        if not history.answers or history.now is None:
            continue
        for name, row in (history.now.interfaces or {}).items():
            end = End(device, name)
            old = (history.earlier.interfaces or {}).get(name) if history.earlier else None
            if row.ifAdminStatus == "down" and _was_enabled(network, end, old, history):
                yield _finding(network, end, "interface_admin_down", "is administratively down", history)
            elif row.ifAdminStatus != "down" and row.ifOperStatus in DOWN and _was_up(network, end, old, history):
                yield _finding(
                    network, end, "interface_oper_down", f"is operationally {row.ifOperStatus}", history, row
                )


def find_standing(network: Network) -> Iterator[Finding]:
    """Intended links that are down and were so before: no part of the incident, yet worth a word."""
    for device, history in network.histories.items():
        if history.now is None or not history.answers:
            continue
        for name, row in (history.now.interfaces or {}).items():
            end = End(device, name)
            if row.ifOperStatus == "up" or not _intended(network, end) or not _stood(network, end, history):
                continue
            yield Finding(
                kind="interface_oper_down",
                resource=end.resource,
                summary=f"{device} {name} is {row.ifOperStatus}, and was before the incident",
                device=device,
                significant=False,
                starts=False,
            )


def _stood(network: Network, end: End, history: DeviceHistory) -> bool:
    """Whether it was down before the incident: by the poll from then, without one by the port's own word."""
    first = history.before or history.window[0]
    old = (first.interfaces or {}).get(end.interface)
    if old is None or old.ifOperStatus == "up":
        return False
    return history.before is not None or changed_since(network, end, history) is False


def find_logged_down(network: Network) -> Iterator[Finding]:
    """Interfaces that a log says went down, on devices of which no poll of the incident can tell."""
    last: dict[End, str] = {}
    for device in network.site.devices:
        history = network.histories.get(device)
        if unseen(network, device) or (history is not None and history.now is not None):
            continue
        for event in newest_last(
            events_of(network, device, ("interface_down", "interface_admin_down", "interface_up"))
        ):
            last[network.port(device, event.subject)] = event.kind
    for end, port in heard_ports(network).items():
        if port.oper == "down":
            last[end] = "interface_admin_down" if port.admin == "down" else "interface_down"
    for end, kind in last.items():
        if kind != "interface_up" and end in network.link_at:
            known = "interface_oper_down" if kind == "interface_down" else kind
            yield _finding(network, end, known, "went down, by its log", None)


def _finding(
    network: Network, end: End, kind: str, words: str, history: DeviceHistory | None, row: Interface | None = None
) -> Finding:
    far = network.other_end(end)
    path = set(network.around(end)) | {f"node/{end.device}"}
    if far is not None:
        path.add(f"node/{far.device}")
    missed = matters(network, end, history) and not (row is not None and row.ifType in VIRTUAL)
    now = history.now if history else None
    return Finding(
        kind=kind,
        resource=end.resource,
        summary=f"{end.device} {end.interface} {words}" + (f" (to {far.device} {far.interface})" if far else ""),
        at=went_down_at(network, end, now.observed_at if now else None),
        device=end.device,
        facts={"linked": far is not None},
        path=frozenset(path),
        significant=missed,
        starts=missed,
    )


def _was_enabled(network: Network, end: End, old: Interface | None, history: DeviceHistory) -> bool:
    if history.before is not None:
        return old is not None and old.ifAdminStatus == "up"  # a new interface was never enabled
    if old is not None and old.ifAdminStatus == "up":
        return True
    logged = network.port_events(end, ("interface_admin_down",))
    return _is_missed(network, end, history, logged=bool(logged))


def _was_up(network: Network, end: End, old: Interface | None, history: DeviceHistory) -> bool:
    """Up before; without a poll from before, a port that intent says is used, or that its log saw go down."""
    if history.before is not None:
        return old is not None and old.ifOperStatus == "up"
    if old is not None and old.ifOperStatus == "up":
        return True
    logged = network.port_events(end, ("interface_down",))
    return _is_missed(network, end, history, logged=bool(logged))


def _is_missed(network: Network, end: End, history: DeviceHistory, *, logged: bool) -> bool:
    """Without a poll from before: whether the log saw it go, or it says so itself, or it is meant to be up and says nothing."""
    if logged:
        return True
    changed = changed_since(network, end, history)
    return _intended(network, end) if changed is None else changed


def changed_since(network: Network, end: End, history: DeviceHistory) -> bool | None:
    """Whether the port itself says that it changed within the incident (ifLastChange); None where its agent restarted since,
    or counts no changes: 0 is for one before the agent's start (RFC 2863), and what one serves that never notices any."""
    state, since = history.window[0], network.incident.since
    rows = state.interfaces or {}
    row = rows.get(end.interface)
    if row is None or since is None or state.uptime is None:
        return None
    if state.observed_at - timedelta(seconds=state.uptime) >= since:
        return None
    changed = state.last_change(row)
    if changed is None:
        notices = row.ifLastChange == 0 and any(other.ifLastChange for other in rows.values())
        return False if notices else None
    return changed >= since


def _intended(network: Network, end: End) -> bool:
    link = network.link_at.get(end)
    return link is not None and "intent" in network.links[link]


def matters(network: Network, end: End, history: DeviceHistory | None) -> bool:
    """Whether an engineer would miss this port: it has a known far end, an address, or a description.

    Of a site that is one device nobody can tell which ports lead where: any that was up is missed.
    """
    if end in network.link_at or len(network.polled) == 1:
        return True
    state = (history.earlier or history.now) if history else None
    row = (state.interfaces or {}).get(end.interface) if state else None
    return bool(state and (end.interface in state.addresses_of_interface or (row and row.ifAlias)))


def find_load(network: Network) -> Iterator[Finding]:
    """Saturated senders, by the rates within the incident."""
    for device, history in network.histories.items():
        states = [state for state in (history.before, *history.window) if state is not None]
        for name in (history.now.interfaces or {}) if history.now else ():
            pairs = [pair for one, two in pairwise(states) if (pair := rates(one, two, name))]
            if pairs:
                yield from _load(network, End(device, name), pairs, history)


def _load(network: Network, end: End, pairs: list[Rates], history: DeviceHistory) -> Iterator[Finding]:
    worst = max(pairs, key=lambda pair: pair.out_utilisation or 0)
    chronic = lifetime_utilisation(history.before, end.interface) if history.before else None
    if (worst.out_utilisation or 0) >= SATURATED and (chronic or 0) < CHRONIC:
        discards = max((pair.out_discards_per_s or 0 for pair in pairs), default=0)
        share = worst.out_utilisation or 0
        yield Finding(
            kind="saturated",
            resource=end.resource,
            summary=f"{end.device} {end.interface} sends at {share:.0%} of its speed and discards {discards:.0f}/s",
            at=history.shown_at,
            device=end.device,
            facts={
                "sender": f"{end.device} {end.interface}",
                "out_utilisation": round(share, 3),
                "out_discards_per_s": round(discards, 1),
            },
            path=network.around(end) | {f"node/{end.device}"},
            significant=discards >= 1,
        )
