"""What the logs alone tell of devices that no poll tells of: which these are, and the state of their ports.

Whatever the logs do not say is unknown: a port that nothing was logged of may be up or down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from noc_agent.logs import LogEvent
from noc_agent.site.model import End, Link
from noc_agent.topology import Network

MEMO = "heard_ports"
ADMIN_DOWN = "interface_admin_down"
DOWN = (ADMIN_DOWN, "interface_down", "line_protocol_down", "interface_error_disabled")
UP = ("interface_up", "line_protocol_up")
TRAP_LATE = timedelta(seconds=15)  # an agent that looks at its ports now and then sends its trap that much later
INDEX = "ifIndex "  # how a trap names its port where no poll tells its name
Moment = tuple[datetime, str]  # when, and the kind of the event


@dataclass(frozen=True, slots=True)
class HeardPort:
    """A port by its device's log. `admin`: None where the log does not tell; `was_up`: its first word is that it fell."""

    oper: str
    admin: str | None
    was_up: bool
    at: datetime | None


def unseen(network: Network, device: str) -> bool:
    """Whether no poll, of the incident or from before it, tells of the device."""
    history = network.histories.get(device)
    return history is None or history.latest is None


def by_logs_alone(network: Network) -> bool:
    """Whether no poll tells of any device of the site: only then does what nobody logs say anything."""
    return all(unseen(network, device) for device in network.site.devices)


def speaks(network: Network, device: str) -> bool:
    """Whether anything of the device is in the logs of the incident."""
    return bool(network.events.get(device))


def links_between(network: Network, one: str, other: str) -> list[Link]:
    """The known links that join two devices."""
    ends = (network.link_at[end] for end in network.ends_of(one))
    return [link for link in dict.fromkeys(ends) if other in (link.a.device, link.b.device)]


def end_at(link: Link, device: str) -> End:
    """The link's end at this device."""
    return link.a if link.a.device == device else link.b


def heard_ports(network: Network) -> Mapping[End, HeardPort]:
    """Ports of which the logs tell, on devices that no poll tells of. Read once."""
    if MEMO not in network.memo:
        found = {}
        for device in network.events:
            if device in network.site.devices and unseen(network, device):
                for end, moments in _moments(network, device).items():
                    found[end] = _state(sorted(moments))
        network.memo[MEMO] = found
    return cast("Mapping[End, HeardPort]", network.memo[MEMO])


def port_view(network: Network, end: End) -> dict[str, object]:
    """For playbooks: `oper` and `admin` as the log leaves them, and `admin_before` of a port that was up."""
    port = heard_ports(network).get(end)
    if port is None:
        return {}
    view: dict[str, object] = {"oper": port.oper}
    if port.admin is not None:
        view["admin"] = port.admin
    return view | ({"admin_before": "up"} if port.was_up else {})


def _state(moments: list[Moment]) -> HeardPort:
    state = HeardPort("up", None, moments[0][1] in DOWN, moments[0][0])
    for at, kind in moments:
        if kind in UP:
            state = replace(state, oper="up", admin="up")
        else:
            fell = state.oper == "up"
            admin = "down" if kind == ADMIN_DOWN else (None if fell else state.admin)
            state = HeardPort("down", admin, state.was_up, at if fell else state.at)
    return state


def _moments(network: Network, device: str) -> Mapping[End, list[Moment]]:
    """Each port's events; a trap's port is the one that the device's log says changed the same way at that time, else the one
    whose other end did by its own."""
    named, numbered = _told(network, device)
    known = _numbers(named, numbered)
    other_ends: dict[End, list[Moment]] = {}
    for end in network.ends_of(device) if {number for _, number in numbered} - known.keys() else ():
        if end not in named and (far := network.other_end(end)):
            other_ends[end] = _told(network, far.device)[0].get(far, [])
    known |= _numbers(other_ends, [row for row in numbered if row[1] not in known])
    for moment, number in numbered:
        if number in known:
            named[known[number]].append(moment)
    return named


def _told(network: Network, device: str) -> tuple[dict[End, list[Moment]], list[tuple[Moment, str]]]:
    """What a device says of its ports: of those it names, and of those of which a trap tells the number alone."""
    named: dict[End, list[Moment]] = defaultdict(list)
    numbered: list[tuple[Moment, str]] = []
    for event in network.events.get(device, ()):
        if event.kind not in (*DOWN, *UP):
            continue
        for at in event.times:
            if event.subject.startswith(INDEX):
                numbered.append(((at, event.kind), event.subject))
            else:
                named[network.port(device, event.subject)].append((at, event.kind))
    return named, numbered


def _numbers(named: Mapping[End, list[Moment]], numbered: list[tuple[Moment, str]]) -> dict[str, End]:
    """ifIndex → port, where at all times of its traps one port alone did the same."""
    found: dict[str, set[End]] = {}
    for (at, kind), number in numbered:
        same = {
            end
            for end, moments in named.items()
            if any((kind in UP) == (other in UP) and abs(at - when) <= TRAP_LATE for when, other in moments)
        }
        found[number] = found[number] & same if number in found else same
    return {number: next(iter(ends)) for number, ends in found.items() if len(ends) == 1}


def in_time(events: tuple[LogEvent, ...], kinds: tuple[str, ...]) -> Iterator[tuple[datetime, LogEvent]]:
    """Each moment of these events with its event, in order of time."""
    yield from sorted(
        ((at, event) for event in events if event.kind in kinds for at in event.times), key=lambda row: row[0]
    )
