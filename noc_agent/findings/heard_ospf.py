"""OSPF neighbors that were lost, by the logs of devices that no poll tells of: on which link, and how (RFC 2328, 10.2, 10.5).

An end whose inactivity timer ran out heard nothing; one that saw itself no more in the other's hellos (1-WayReceived) still
hears it; one that gave its neighbor up at once did so itself. Which link it is tells the port that is named; else the peer's
address, if both ends log the two addresses of one small subnet and one link alone joins them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from noc_agent.findings.bgp_ends import sessions
from noc_agent.findings.changes import events_of
from noc_agent.findings.daemons import ROUTING
from noc_agent.findings.heard import by_logs_alone, end_at, heard_ports, in_time, links_between, unseen
from noc_agent.logs import LogEvent
from noc_agent.site.model import End, Link
from noc_agent.topology import Network

MEMO = "heard_ospf"
LOST, CAME = "ospf_neighbor_down", "ospf_neighbor_up"
KINDS = (LOST, CAME, "ospf_neighbor_change")
REFUSED = (
    "ospf_area_mismatch", "ospf_timer_mismatch", "ospf_mtu_mismatch", "ospf_authentication_failure",
    "ospf_duplicate_router_id",
)  # fmt: skip
TIMED_OUT, ONE_WAY, DROPPED, STUCK = "timed out", "one way", "dropped", "stuck"
BEGINS = ("exstart", "exchange")  # where an adjacency begins again that does not get on
AGAIN = 3  # times
_HOW = (
    (re.compile(r"(?i)inactiv|dead.?time|hold.?time|expired|timed? ?out|no hello"), TIMED_OUT),
    (re.compile(r"(?i)1-?way|one-?way"), ONE_WAY),
    (re.compile(r"(?i)kill|detached|admin|passive|disabled|cleared|interface (?:\S+ )?(?:down|deleted)"), DROPPED),
)
TOGETHER = timedelta(minutes=4)  # the longest dead interval and hold time in use, and then some
AT_ONCE = timedelta(seconds=10)  # dead timers of lines that fell silent together run out within a hello interval
FEW = 2  # neighbors that a device must have lost for the loss of all to be its own


@dataclass(frozen=True, slots=True)
class Loss:
    """A neighbor that `end` lost and has not again. `how`: timed out, one way, dropped, stuck, or empty where nothing
    says."""

    end: End
    far: End
    link: Link
    at: datetime
    how: str


def losses(network: Network) -> Mapping[End, Loss]:
    """End → the neighbor it lost, on links of which no poll tells. Read once."""
    if MEMO not in network.memo:
        found: dict[End, Loss] = {}
        for device, events in network.events.items():
            if device in network.site.devices and unseen(network, device):
                _read(network, device, events, found)
        network.memo[MEMO] = found
    return cast("Mapping[End, Loss]", network.memo[MEMO])


def _read(network: Network, device: str, events: tuple[LogEvent, ...], found: dict[End, Loss]) -> None:
    links = {event: _link(network, device, event) for event in events if event.kind in KINDS}
    # The router id that stands in one line with an address or port stands for that link in others.
    routers = {event.subject: link for event, link in links.items() if link is not None}
    for at, event in in_time(events, KINDS):
        link = links[event] or routers.get(event.subject)
        if link is None or not all(unseen(network, end.device) for end in link.ends):
            continue
        end = end_at(link, device)
        far = link.b if end == link.a else link.a
        if event.kind == CAME:
            found.pop(end, None)
        elif event.kind == LOST or end in found or _is_stuck(event):
            old, how = found.get(end), _how(event)
            found[end] = Loss(end, far, link, min(at, old.at) if old else at, how or (old.how if old else ""))
        elif event.to.lower().startswith("init"):
            found[end] = Loss(end, far, link, at, ONE_WAY)


def _is_stuck(event: LogEvent) -> bool:
    return event.to.lower().replace("-", "").startswith(BEGINS) and event.count >= AGAIN


def _how(event: LogEvent) -> str:
    if _is_stuck(event):
        return STUCK
    if event.to.lower().startswith("init"):
        return ONE_WAY
    return next((how for words, how in _HOW if words.search(event.reason)), "")


def _link(network: Network, device: str, event: LogEvent) -> Link | None:
    """The link that an event is about."""
    named = network.link_at.get(network.port(device, event.subject)) if event.subject else None
    if named is not None:
        return named
    for word in (event.peer, event.subject):
        peer = network.peer_of(device, word) if word else None
        if peer is not None and peer != device:
            return _one_of(network, links_between(network, device, peer))
    return None


def _one_of(network: Network, joined: list[Link]) -> Link | None:
    """Of several links between two devices the one that was edited at an end of it, if there is one such."""
    if len(joined) > 1:
        joined = [link for link in joined if any(_edited(network, end) for end in link.ends)]
    return joined[0] if len(joined) == 1 else None


def _edited(network: Network, end: End) -> bool:
    """Whether a line of the device's configuration that names the port was entered."""
    words = {word for e in events_of(network, end.device, ("config_change",)) for word in e.reason.split()[1:]}
    return any(network.port(end.device, word) == end for word in words)


def only_loss(network: Network, device: str) -> Link | None:
    """The link of the one neighbor that a device lost: what it refuses without naming a port is refused there."""
    lost = [loss.link for end, loss in losses(network).items() if end.device == device]
    return lost[0] if len(lost) == 1 else None


def loss_path(network: Network, loss: Loss) -> frozenset[str]:
    """What an adjacency depends on: its ports, its link, both routers."""
    return network.around(loss.end) | {f"node/{loss.end.device}", f"node/{loss.far.device}"}


def silent_pairs(network: Network) -> Iterator[tuple[Loss, Loss]]:
    """Both ends' losses on links of which nothing else says why: no port fell, nobody refused a packet."""
    found = losses(network)
    for end, loss in found.items():
        other = found.get(loss.far)
        if other is not None and end == loss.link.a and not _told(network, loss.link):
            yield loss, other


def swapped(network: Network) -> tuple[tuple[Loss, Loss], ...]:
    """The two links of one router that fell silent in the same moment while all others stand: two cables that changed places,
    for two lines do not die together, and what takes the router itself takes all of its neighbors."""
    key = f"{MEMO}: swapped"
    if key not in network.memo:
        network.memo[key] = _swapped(list(silent_pairs(network)))
    return cast("tuple[tuple[Loss, Loss], ...]", network.memo[key])


def _swapped(pairs: list[tuple[Loss, Loss]]) -> tuple[tuple[Loss, Loss], ...]:
    hows = {loss.how for pair in pairs for loss in pair}
    if len(pairs) != FEW or hows - {TIMED_OUT, ""}:
        return ()
    ends = [{loss.end.device for loss in pair} for pair in pairs]
    times = [loss.at for pair in pairs for loss in pair]
    return tuple(pairs) if len(ends[0] & ends[1]) == 1 and max(times) - min(times) <= AT_ONCE else ()


def _told(network: Network, link: Link) -> bool:
    """Whether the logs say why: a port that went down, a refusal, an exchange that hangs, a device or daemon that is gone."""
    ports, found = heard_ports(network), losses(network)
    if any(end in ports or (end in found and found[end].how == STUCK) for end in link.ends):
        return True
    if any(end.device in alone(network) or _ended(network, end.device) for end in link.ends):
        return True
    return bool(refused_at(network, link))


def _ended(network: Network, device: str) -> bool:
    """Whether it logs that it started anew, or that a routing daemon ended."""
    names = {
        event.subject.lower().rsplit("/", 1)[-1] for event in events_of(network, device, ("process_exit", "crash"))
    }
    return bool(names & ROUTING.keys() or events_of(network, device, ("restart",)))


def refused_at(network: Network, link: Link) -> set[str]:
    """Devices at the link's ends that refuse the other's OSPF packets: these do arrive there."""
    found = set()
    for end in link.ends:
        for event in events_of(network, end.device, REFUSED):
            if refused_on(network, end.device, event) == link:
                found.add(end.device)
    return found


def refused_on(network: Network, device: str, event: LogEvent) -> Link | None:
    """Where a refusal was; of one that names neither port nor peer, where the device lost its only lost neighbor."""
    named = _link(network, device, event)
    return named or (None if event.subject or event.peer else only_loss(network, device))


def one_ways(network: Network) -> Iterator[tuple[End, End]]:
    """(the deaf end, the end that still hears it)."""
    for pair in silent_pairs(network):
        for deaf, talker in (pair, pair[::-1]):
            if talker.how == ONE_WAY and deaf.how != ONE_WAY:
                yield deaf.end, talker.end


def carries_nothing(network: Network, link: Link) -> bool:
    """Whether a second protocol between the two ends of a link died of its timer in the same minutes, at both ends."""
    key = f"{MEMO}: {link.resource}"
    if key not in network.memo:
        found, ends = losses(network), {end.device for end in link.ends}
        lost = [found[end] for end in link.ends if end in found]
        died = {
            session.device
            for session in sessions(network)
            if session.only_logged and session.is_down and session.code == "0400" and session.at is not None
            and {session.device, session.far} == ends and any(abs(session.at - one.at) < TOGETHER for one in lost)
        }  # fmt: skip
        network.memo[key] = len(links_between(network, *sorted(ends))) == 1 and died == ends and len(lost) == 2
    return cast("bool", network.memo[key])


def died_at_both(network: Network, end: End) -> bool:
    """Whether a second protocol died over the link of this end."""
    return carries_nothing(network, losses(network)[end].link)


def alone(network: Network) -> Mapping[str, list[Loss]]:
    """Devices that all who were their OSPF neighbors lost, two at least, without a word of theirs and of ports."""
    key = f"{MEMO}: alone"
    if key not in network.memo:
        by_far: dict[str, list[Loss]] = {}
        for loss in losses(network).values():
            by_far.setdefault(loss.far.device, []).append(loss)
        network.memo[key] = {
            device: rows for device, rows in by_far.items() if by_logs_alone(network) and _is_alone(network, device, rows)
        }  # fmt: skip
    return cast("Mapping[str, list[Loss]]", network.memo[key])


def _is_alone(network: Network, device: str, rows: list[Loss]) -> bool:
    ports, own = heard_ports(network), [end for end in losses(network) if end.device == device]
    if len({loss.end.device for loss in rows}) < FEW or own or any(loss.end in ports for loss in rows):
        return False
    pairs = [{row.a.device, row.b.device} for row in network.site.intent.ospf]
    meant = set().union(*(pair - {device} for pair in pairs if device in pair))
    return bool(meant) and meant <= {loss.end.device for loss in rows}  # who else hears it still, only intent tells


def link_view(network: Network, resource: str) -> dict[str, object]:
    """For playbooks, of a link or port that no poll tells of: `adjacent`, how each end lost the other, what was refused."""
    link = next((one for one in network.links if resource in {one.resource, *(end.resource for end in one.ends)}), None)
    if link is None or not all(unseen(network, end.device) for end in link.ends):
        return {}
    found, refused = losses(network), refused_at(network, link)
    own, far = (link.b, link.a) if resource == link.b.resource else (link.a, link.b)
    view: dict[str, object] = {}
    if own in found or far in found:
        view["adjacent"] = False
    for key, end in (("lost_by", own), ("far_lost_by", far)):
        if end in found and found[end].how:
            view[key] = found[end].how
    if len(refused) == len(link.ends):
        view["deaf"] = False  # what is refused did arrive
    for key, kind in (("authentication", REFUSED[3]), ("timers", REFUSED[1]), ("area", REFUSED[0])):
        if any(
            refused_on(network, end.device, e) == link
            for end in link.ends
            for e in events_of(network, end.device, (kind,))
        ):
            view[f"{key}_refused"] = True
    return view
