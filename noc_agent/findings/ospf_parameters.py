"""Findings about what two OSPF neighbors must agree on (RFC 2328, 8.2 and 10.5): area, hello and dead interval, authentication.

An agent may not tell the truth of authentication: some state `none` whatever is configured. So two different types are
evidence where one of them changed, or where the device that states `none` is not one of those.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at, events_of
from noc_agent.findings.ospf_pairs import OspfPair, Side, ospf_pairs, pairs_at, port_of
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.snmp import OspfInterface
from noc_agent.topology import Network

AREA, TIMERS, AUTHENTICATION = "area", "timers", "authentication"
COLUMNS = {
    AREA: ("ospfIfAreaId",),
    TIMERS: ("ospfIfHelloInterval", "ospfIfRtrDeadInterval"),
    AUTHENTICATION: ("ospfIfAuthType",),
}
EVENTS = {
    AREA: "ospf_area_mismatch",
    TIMERS: "ospf_timer_mismatch",
    AUTHENTICATION: "ospf_authentication_failure",
}
WORDS = {
    AREA: "OSPF areas differ over the link",
    TIMERS: "OSPF hello or dead intervals differ over the link",
    AUTHENTICATION: "OSPF authentication differs over the link",
}
REFUSED = {
    AREA: "OSPF packets of another area are refused",
    TIMERS: "OSPF hellos with other intervals are refused",
    AUTHENTICATION: "OSPF packets fail authentication",
}
LOST = ("ospf_neighbor_down", "ospf_neighbor_change")
NONE = 0  # ospfIfAuthType none


def find_ospf_mismatches(network: Network) -> Iterator[Finding]:
    """Pairs of OSPF interfaces that differ where they must agree, and cannot be neighbors for it."""
    for pair in ospf_pairs(network):
        if any(side.up is False for side in pair.sides):
            continue
        for parameter in COLUMNS:
            changed = [side for side in pair.sides if _changed(side, parameter)]
            logged = bool(refusals(network, pair, parameter))
            if not _matters(network, pair, parameter, changed=bool(changed), logged=logged):
                continue
            yield _finding(network, pair, parameter, changed)


def _matters(network: Network, pair: OspfPair, parameter: str, *, changed: bool, logged: bool) -> bool:
    """Whether the two ends differ in it, that is new, and it can be why they are no neighbors."""
    differ = differs(network, pair, parameter)
    if differ:
        return changed or not (pair.stood or pair.adjacent)
    return differ is None and logged and not pair.adjacent and not pair.stood


def differs(network: Network, pair: OspfPair, parameter: str) -> bool | None:
    """Whether the ends differ in it now; None where it is not served at both, or an agent may not tell it truly."""
    if not (pair.a.active and pair.b.active):
        return None
    one, other = (_values(side.row, parameter) for side in pair.sides)
    if None in one or None in other:
        return None
    if parameter == AUTHENTICATION:
        return _types_differ(network, pair, one != other)
    return one != other


def _types_differ(network: Network, pair: OspfPair, differ: bool) -> bool | None:
    """Equal types say nothing of keys. Of different ones, `none` counts where it is new or its agent is known to tell."""
    if not differ:
        return None
    if any(_changed(side, AUTHENTICATION) for side in pair.sides):
        return True
    return all(tells_types(network, side) for side in pair.sides) or None


def tells_types(network: Network, side: Side) -> bool:
    """Whether the agent tells the type of authentication: one that shows another than `none` anywhere, or is no Linux router."""
    history = network.histories.get(side.device)
    now = history.now if history else None
    rows = (now.ospf_interfaces or ()) if now else ()
    if any(row.ospfIfAuthType for row in rows):
        return True
    descr = ((now.system.sysDescr if now and now.system else None) or "linux").lower()
    return "linux" not in descr and "frr" not in descr and "bsd" not in descr


def _values(row: OspfInterface | None, parameter: str) -> tuple[str | int | None, ...]:
    return tuple(getattr(row, name) if row else None for name in COLUMNS[parameter])


def _changed(side: Side, parameter: str) -> bool:
    old, new = _values(side.earlier, parameter), _values(side.row, parameter)
    return None not in old and None not in new and old != new


def refusals(network: Network, pair: OspfPair, parameter: str) -> list[LogEvent]:
    """Log events of either end that refuse the other's packets for this."""
    found = []
    for side, far in ((pair.a, pair.b), (pair.b, pair.a)):
        for event in events_of(network, side.device, (EVENTS[parameter],)):
            port = _port_of_event(network, event)
            if port == side.port or (port is None and network.names.device_of(event.peer) == far.device):
                found.append(event)
    return found


def _port_of_event(network: Network, event: LogEvent) -> End | None:
    """The port that a refusal is about: named, or meant by an own address, as traps give it, or by the peer's."""
    owner = network.names.interface_with_address(event.subject)
    if owner is not None and owner[0] == event.device:
        return port_of(network, *owner)
    if event.subject and owner is None and not event.subject[0].isdigit():
        named = network.port(event.device, event.subject)
        return port_of(network, named.device, named.interface)
    far = network.names.interface_with_address(event.peer)
    return network.other_end(port_of(network, *far)) if far else None


def find_logged_mismatches(network: Network) -> Iterator[Finding]:
    """Refused packets that a log tells of, on links of which no poll tells whether the two ends agree."""
    seen: set[tuple[str, str]] = set()
    for device in network.site.devices:
        for parameter, kind in EVENTS.items():
            for event in events_of(network, device, (kind,)):
                port = _port_of_event(network, event)
                link = network.link_at.get(port) if port else None
                resource = link.resource if link else (port.resource if port else "")
                if not resource or resource in pairs_at(network) or (resource, parameter) in seen:
                    continue
                seen.add((resource, parameter))
                ends = {end.resource for end in link.ends} if link else set()
                nodes = {f"node/{end.device}" for end in link.ends} if link else {f"node/{device}"}
                yield Finding(
                    kind="parameter_mismatch",
                    resource=resource,
                    summary=f"{REFUSED[parameter]}, as {device} logs ({event.count} times)",
                    at=event.first,
                    device=device,
                    facts={"parameter": parameter, "changed": False, "logged": True, "changed_on": ""},
                    path=frozenset({resource} | ends | nodes),
                )


def _finding(network: Network, pair: OspfPair, parameter: str, changed: list[Side]) -> Finding:
    refused = refusals(network, pair, parameter)
    values = {side.device: shown(side.row, parameter) for side in pair.sides}
    summary = f"{WORDS[parameter]}: " + " against ".join(
        f"{side.device} {side.port.interface} {values[side.device]}" for side in pair.sides
    )
    if refused and not differs(network, pair, parameter):
        one, other = (f"{side.device} {side.port.interface}" for side in pair.sides)
        summary = f"{REFUSED[parameter]} between {one} and {other}"
    return Finding(
        kind="parameter_mismatch",
        resource=_place(pair, changed),
        summary=summary,
        at=_since(network, pair, refused),
        device=(changed or list(pair.sides))[0].device,
        facts={
            "parameter": parameter,
            "a_value": values[pair.a.device],
            "b_value": values[pair.b.device],
            "a_device": pair.a.device,
            "b_device": pair.b.device,
            "changed": bool(changed),
            "changed_on": changed[0].device if len(changed) == 1 else "",
            "logged": bool(refused),
        },
        path=pair.path,
    )


def shown(row: OspfInterface | None, parameter: str) -> str:
    """The values as an engineer writes them."""
    values = _values(row, parameter)
    if parameter == TIMERS:
        return f"hello {values[0] or '?'} s, dead {values[1] or '?'} s"
    if parameter == AUTHENTICATION:
        return {0: "none", 1: "simple password", 2: "cryptographic"}.get(values[0] or 0, str(values[0]))  # type: ignore[arg-type]
    return f"area {values[0] or '?'}"


def _place(pair: OspfPair, changed: list[Side]) -> str:
    """The link; where the two meet through switches, the port of the one that changed."""
    return pair.resource if pair.link or not changed else changed[0].port.resource


def _since(network: Network, pair: OspfPair, refused: list[LogEvent]) -> datetime | None:
    """When it began to hurt: the first lost neighbor or refusal in a log, else the first poll that shows it."""
    lost = [changed_at(network, side.device, LOST, (side.name, side.port.interface)) for side in pair.sides]
    logged = [at for at in (*lost, *(event.first for event in refused)) if at is not None]
    shown_at = [history.shown_at for side in pair.sides if (history := network.histories.get(side.device))]
    return min(logged or [at for at in shown_at if at is not None], default=None)
