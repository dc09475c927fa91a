"""Findings about OSPF neighbors that vanished from both ends of a line that is up: nobody is heard, and nothing says why.

Passive, switched off, keys that differ and a filter both ways all look alike in the neighbor tables. What tells them apart:
OSPF's own interface row at each end, whether an end still sends hellos, whether an end dropped its neighbor at once or
only by the inactivity timer (RFC 2328, 10.2), whether authentication is in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at, events_of, newest_last
from noc_agent.findings.line_counts import frames_arrive, sends_hellos
from noc_agent.findings.ospf_pairs import ADJACENT, NOT_HEARD, OspfPair, Side, ospf_pairs, settling
from noc_agent.findings.ospf_parameters import COLUMNS, differs, refusals, tells_types
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.state import DeviceState
from noc_agent.topology import Network

LOST = ("ospf_neighbor_down", "ospf_neighbor_change")
EDITED = ("config_change", "config_session", "config_saved")
SIBLINGS = 3  # other pairs of the site that are adjacent: then one that is not stands out
DROPPED = re.compile(
    r"(?i)kill|interface (?:\S+ )?(?:down|detached|deleted)|down or detached|admin|passive|disabled|cleared"
)
OSPF_PACKET = re.compile(r"(?i)\bospf|\b224\.0\.0\.[56]\b|\bproto(?:col)?[ =:]*89\b")
TIMED_OUT = re.compile(r"(?i)inactiv|dead.?time|hold.?time|expired|timed? ?out|no hello")


def find_ospf_off(network: Network) -> Iterator[Finding]:
    """Ports towards an OSPF neighbor on which OSPF does not run any more, though port and address are as they were."""
    for pair in ospf_pairs(network):
        for side, far in ((pair.a, pair.b), (pair.b, pair.a)):
            if _is_off(network, pair, side, far):
                yield _off(network, pair, side, far)


def _is_off(network: Network, pair: OspfPair, side: Side, far: Side) -> bool:
    state = _now(network, side)
    if state is None or not side.off or not side.up or not far.up or _runs_nowhere(state):
        return False
    if not state.addresses_of_interface.get(side.name) and state.addresses is not None and side.earlier is not None:
        numbered = not side.earlier.ospfAddressLessIf
        if numbered:
            return False  # it lost its address, and OSPF with it
    if _before(network, side) is not None:
        return side.earlier is not None and side.earlier.ospfIfAdminStat != "disabled" and pair.was_adjacent
    return far.active and (pair.was_adjacent or _expected(network, pair))


def _runs_nowhere(state: DeviceState) -> bool:
    """Whether OSPF is off as a whole: then this port is no case of its own."""
    return not any(row.ospfIfAdminStat != "disabled" for row in state.ospf_interfaces or ())


def _off(network: Network, pair: OspfPair, side: Side, far: Side) -> Finding:
    return Finding(
        kind="ospf_off",
        resource=side.port.resource,
        summary=f"{side.device} {side.name}: OSPF does not run on it"
        f"{' any more' if side.earlier else ''}, though it faces {far.device} {far.name} and is up",
        at=_since(network, pair),
        device=side.device,
        facts={"peer_device": far.device, "peer_port": far.port.interface, "was_on": side.earlier is not None},
        path=pair.path,
    )


def find_ospf_silence(network: Network) -> Iterator[Finding]:
    """Pairs of active OSPF interfaces on a line that is up, of which neither end hears the other, and that agree in all."""
    for pair in ospf_pairs(network):
        if not is_silent(network, pair):
            continue
        forming = any(settling(network, side) for side in pair.sides)
        side, far, points = _suspect(network, pair)
        yield Finding(
            kind="adjacency_silent",
            resource=side.port.resource,
            summary=f"{side.device} {side.name} and {far.device} {far.name} run OSPF and are up, yet neither hears the other",
            at=_since(network, pair),
            device=side.device,
            facts={"peer_device": far.device, "peer_port": far.port.interface, "points_to": points},
            path=pair.path,
            significant=not forming,
            starts=not forming,
        )


def is_silent(network: Network, pair: OspfPair) -> bool:
    """Whether this is such a pair, and was none before."""
    if pair.link is None or not pair.ports_up or pair.stood or not all(side.active for side in pair.sides):
        return False
    if not all(side.heard in NOT_HEARD for side in pair.sides):
        return False
    if any(differs(network, pair, parameter) or refusals(network, pair, parameter) for parameter in COLUMNS):
        return False
    # Where a direction carries nothing at all, the line is at fault and no protocol on it.
    ways = ((pair.a.port, pair.b.port), (pair.b.port, pair.a.port))
    return not any(frames_arrive(network, sender, receiver) is False for sender, receiver in ways)


def _suspect(network: Network, pair: OspfPair) -> tuple[Side, Side, str]:
    """The end that the signs point to, the other end, and what they point to: `filter`, `port`, `authentication` or
    `either`."""
    ways = ((pair.a, pair.b), (pair.b, pair.a))
    for side, far in ways:
        if denied(network, side, far):
            return side, far, "filter"
    sends = {side.device: sends_hellos(network, side) for side in pair.sides}
    for side, far in ways:
        if sends[side.device] is False and sends[far.device] is not False:
            return side, far, "port"
    dropped = [(side, far) for side, far in ways if how_lost(network, side, far) == "dropped"]
    if len(dropped) == 1 and sends[dropped[0][0].device] is not True:
        return (*dropped[0], "port")
    edited = [(side, far) for side, far in ways if events_of(network, side.device, EDITED)]
    first = edited[0] if len(edited) == 1 else ways[0]
    keyed = all(sends.values()) or in_use(network, pair)
    return (*first, "authentication" if keyed and False not in sends.values() else "either")


def in_use(network: Network, pair: OspfPair) -> bool | None:
    """Whether both ends authenticate; None where their agents do not tell."""
    types = [side.row.ospfIfAuthType if side.row else None for side in pair.sides]
    if all(types):
        return True
    none = None not in types and not any(types) and all(tells_types(network, side) for side in pair.sides)
    return False if none else None


def how_lost(network: Network, side: Side, far: Side) -> str | None:
    """`dropped` where a log says that the end gave its neighbor up at once, `timed out` where its timer ran out."""
    for event in reversed(newest_last(_losses(network, side, far))):
        words = f"{event.reason} {event.sample}"
        if TIMED_OUT.search(words):
            return "timed out"
        if DROPPED.search(event.reason):
            return "dropped"
    return None


def denied(network: Network, side: Side, far: Side) -> bool:
    """Whether a filter of this end logged OSPF packets of the other that it dropped."""
    for event in events_of(network, side.device, ("acl_deny",)):
        about = network.names.device_of(event.peer) == far.device or side.port.interface in event.sample
        if about and OSPF_PACKET.search(f"{event.frm} {event.subject} {event.sample}"):
            return True
    return False


def _losses(network: Network, side: Side, far: Side) -> list[LogEvent]:
    found = []
    for event in events_of(network, side.device, LOST):
        known = {network.names.device_of(word) for word in (event.peer, event.subject) if word}
        if network.port(side.device, event.subject) in (side.port, End(side.device, side.name)) or far.device in known:
            found.append(event)
    return found


def _expected(network: Network, pair: OspfPair) -> bool:
    """Without a poll from before: whether the two should be neighbors, by intent, a log, or as all others are."""
    ends = {side.port for side in pair.sides}
    if any({intent.a, intent.b} == ends for intent in network.site.intent.ospf):
        return True
    if any(_losses(network, side, far) for side, far in ((pair.a, pair.b), (pair.b, pair.a))):
        return True
    apart, together = _tally(network)
    return pair.link is not None and together >= SIBLINGS and apart == 1


def _tally(network: Network) -> tuple[int, int]:
    """(linked pairs that are not adjacent, linked pairs that are)."""
    if "ospf_tally" not in network.memo:
        adjacent = [pair.adjacent for pair in ospf_pairs(network) if pair.link is not None]
        network.memo["ospf_tally"] = adjacent.count(False), adjacent.count(True)
    return cast("tuple[int, int]", network.memo["ospf_tally"])


def _now(network: Network, side: Side) -> DeviceState | None:
    history = network.histories.get(side.device)
    return history.now if history and history.answers else None


def _before(network: Network, side: Side) -> DeviceState | None:
    history = network.histories.get(side.device)
    return history.before if history else None


def _since(network: Network, pair: OspfPair) -> datetime | None:
    lost = [
        changed_at(network, side.device, LOST, (side.name, side.port.interface, far.name))
        for side, far in ((pair.a, pair.b), (pair.b, pair.a))
    ]
    shown = [history.shown_at for side in pair.sides if (history := network.histories.get(side.device))]
    logged = [at for at in lost if at is not None]
    return min(logged or [at for at in shown if at is not None], default=None)


def silence_view(network: Network, pair: OspfPair) -> dict[str, object]:
    """For playbooks: what each end sends, how it lost the other, whether frames still pass, whether keys are in use."""
    ways = {"a": (pair.a, pair.b), "b": (pair.b, pair.a)}
    values: dict[str, object] = {"silent": is_silent(network, pair), "authenticates": in_use(network, pair)}
    for key, (side, far) in ways.items():
        values[f"{key}_sends"] = sends_hellos(network, side)
        values[f"{key}_lost_by"] = how_lost(network, side, far)
        values[f"{key}_off"] = side.off
        values[f"{key}_denied"] = denied(network, side, far)
        values[f"frames_from_{key}"] = frames_arrive(network, side.port, far.port) if pair.link else None
    values["adjacent"] = pair.adjacent if any(side.heard for side in pair.sides) else None
    values["heard_again"] = any(side.heard in ADJACENT for side in pair.sides)
    return values
