"""Findings about VLANs that the two ends of a link do not agree on (IEEE 802.1Q, RFC 4363; CDP's own check of native VLANs).

Trunks that allow different VLANs are common and mostly meant: they count where they were alike before. A port's own VLAN that
differs from the far end's, or from intent, is wrong whatever was before; it is no cause where it was so in the healthy poll.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of
from noc_agent.site.model import End, Link
from noc_agent.snmp import PortVlans
from noc_agent.state import DeviceHistory
from noc_agent.topology import Network

MEMO = "port_vlans"


def find_vlans(network: Network) -> Iterator[Finding]:
    """Links whose ends differ in VLANs, and ports that are in other VLANs than intent says."""
    told: set[str] = set()
    for device in network.events:
        for event in events_of(network, device, ("vlan_mismatch",)):
            end = network.port(device, event.subject)
            link = network.link_at.get(end)
            if (link.resource if link else end.resource) not in told:
                told.add(link.resource if link else end.resource)
                words = f"{end.device} {end.interface} logs a native VLAN mismatch"
                words += f": {event.frm} here, {event.to} there" if event.frm and event.to else ""
                yield _finding(network, end, words, {"logged": True, "what": "native"}, event.first)
    for link in network.links:
        if link.resource not in told and (found := _differs(network, link)):
            what, one, other, fresh = found
            words = (
                f"{link.a.device} {link.a.interface} has {what} VLAN {one}, {link.b.device} {link.b.interface} {other}"
            )
            facts: dict[str, str | int | float | bool] = {"what": what}
            yield _finding(network, link.a, words, facts if fresh is None else facts | {"fresh": fresh})
    for row in network.site.intent.vlans:
        end = End(row.device, row.interface)
        link = network.link_at.get(end)
        if (link.resource if link else end.resource) in told:
            continue
        now, before = vlans_of(network, end, newest=True), vlans_of(network, end, newest=False)
        if now is None or not _unlike(now, row.vlans) or (before is not None and _unlike(before, row.vlans)):
            continue
        words = (
            f"{end.device} {end.interface} carries VLANs {_shown(now)}, intended are {', '.join(map(str, row.vlans))}"
        )
        yield _finding(
            network, end, words, {"what": "intended", "intended": True, **({} if before is None else {"fresh": True})}
        )


def vlans_of(network: Network, end: End, *, newest: bool) -> PortVlans | None:
    """A port's VLANs now, or when the network was well."""
    history = network.histories.get(end.device)
    if history is None:
        return None
    memo = cast("dict[tuple[str, bool], dict[str, PortVlans]]", network.memo.setdefault(MEMO, {}))
    if (end.device, newest) not in memo:
        memo[end.device, newest] = _port_vlans(history, newest=newest)
    return memo[end.device, newest].get(end.interface)


def _port_vlans(history: DeviceHistory, *, newest: bool) -> dict[str, PortVlans]:
    state = (history.now if history.answers else None) if newest else history.before
    return dict(state.port_vlans) if state is not None else {}


def _differs(network: Network, link: Link) -> tuple[str, object, object, bool | None] | None:
    """(what, of the first end, of the second, whether it came within the incident); None where they agree or do not tell."""
    one, other = (vlans_of(network, end, newest=True) for end in link.ends)
    if one is None or other is None:
        return None
    old = [vlans_of(network, end, newest=False) for end in link.ends]
    known = old[0] is not None and old[1] is not None
    was_native = known and old[0] is not None and old[1] is not None and old[0].pvid != old[1].pvid
    # Without a poll from before both must say that they send untagged frames: many a trunk has a native VLAN that it never uses.
    used = (one.untagged and other.untagged) if not known else one.untagged != () and other.untagged != ()
    if one.pvid and other.pvid and one.pvid != other.pvid and used:
        return None if was_native else ("native", one.pvid, other.pvid, True if known else None)
    if not known or one.tagged is None or other.tagged is None or set(one.tagged) == set(other.tagged):
        return None
    a, b = old
    if a is None or b is None or a.tagged is None or b.tagged is None or set(a.tagged) != set(b.tagged):
        return None
    return "tagged", _list(one.tagged), _list(other.tagged), True


def _list(vlans: tuple[int, ...]) -> str:
    return ", ".join(map(str, vlans[:12])) or "none"


def _unlike(port: PortVlans, wanted: tuple[int, ...]) -> bool:
    """Whether a VLAN that is wanted is not on the port, as far as it tells."""
    if port.untagged is None and port.tagged is None:
        return port.pvid is not None and len(wanted) == 1 and port.pvid != wanted[0]
    return not set(wanted) <= {*(port.untagged or ()), *(port.tagged or ())}


def _shown(port: PortVlans) -> str:
    found = sorted({*(port.untagged or ()), *(port.tagged or ()), *((port.pvid,) if port.pvid else ())})
    return ", ".join(map(str, found[:12])) or "none"


def _finding(
    network: Network, end: End, words: str, facts: dict[str, str | int | float | bool], at: datetime | None = None
) -> Finding:
    history = network.histories.get(end.device)
    link = network.link_at.get(end)
    return Finding(
        kind="vlan_differs",
        resource=link.resource if link else end.resource,
        summary=words,
        at=at or (history.shown_at if history else None),
        device=end.device,
        facts=facts | {"words": words},
        path=network.around(end) | {f"node/{device}" for device in ((link.a.device, link.b.device) if link else ())},
    )
