"""Findings about links over which only one direction works, for a protocol or for everything.

An OSPF router that still hears its neighbor, but not itself in the neighbor's hellos, shows it in Init (RFC 2328, 10.5,
1-WayReceived); the neighbor, which hears nothing, drops it by the inactivity timer. IS-IS shows `initializing` the same
way (ISO 10589, 8.2.4). The deaf end is where something drops what arrives, or where nothing arrives: LLDP and the packet
counters of both ends tell which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at, events_of
from noc_agent.findings.heard import unseen
from noc_agent.findings.heard_ospf import died_at_both
from noc_agent.findings.heard_ospf import one_ways as heard_one_ways
from noc_agent.findings.line_counts import count, frames_arrive
from noc_agent.findings.ospf_pairs import NOT_HEARD, OspfPair, Side, ospf_pairs, port_of
from noc_agent.site.model import End, Link
from noc_agent.state import DeviceState
from noc_agent.topology import Network
from noc_agent.topology.links import lldp_local_end

MEMO = "one_way"
ENOUGH = 20  # frames sent of which none arrived: by themselves, without any protocol that tells
LLDP_TTL = timedelta(seconds=120)  # 802.1AB: txTTL of the defaults; until then a lost neighbor is still listed
SEVERAL = 2  # ports that are deaf in the same way, for it to be their router's
ONE_WAY_EVENTS = ("link_unidirectional",)
LLDP_EVENTS = ("lldp_neighbor_change",)
LOST = ("ospf_neighbor_down", "ospf_neighbor_change", "isis_neighbor_down", "isis_neighbor_change")


@dataclass(frozen=True, slots=True)
class OneWay:
    """A line that works one way. `deaf` hears nothing of `talker`; `lldp`: whether it still has it as an LLDP neighbor."""

    deaf: End
    talker: End
    protocol: str
    frames: bool | None
    lldp: bool | None
    logged: bool

    @property
    def nothing_arrives(self) -> bool | None:
        """Whether nothing at all gets through; None where neither frames, LLDP nor a log tell."""
        if self.frames is not None:
            return not self.frames
        if self.logged or self.lldp is False:
            return True
        return False if self.lldp else None


def find_one_way(network: Network) -> Iterator[Finding]:
    """Links that work one way, each once: by what a routing protocol, a log, or the counters of both ends say."""
    for found in one_ways(network).values():
        link = network.link_at.get(found.deaf)
        around = network.around(found.deaf) | network.around(found.talker)
        facts: dict[str, str | int | float | bool] = {
            "protocol": found.protocol,
            "deaf": found.deaf.device,
            "deaf_port": found.deaf.interface,
            "talker": found.talker.device,
            "talker_port": found.talker.interface,
            "logged": found.logged,
        }
        facts |= {} if found.frames is None else {"frames": found.frames}
        facts |= {} if found.lldp is None else {"lldp": found.lldp}
        # A line that works one way takes more with it than OSPF: where nothing else is logged, a filter is the likelier.
        facts |= {"alone": True} if unseen(network, found.deaf.device) and found.nothing_arrives is None else {}
        yield Finding(
            kind="one_way",
            resource=found.deaf.resource,
            summary=f"{found.deaf.device} {found.deaf.interface} hears nothing of {found.talker.device} {found.talker.interface}, "
            f"which hears it{_words(found)}",
            at=_since(network, found),
            device=found.deaf.device,
            facts=facts,
            path=around
            | ({link.resource} if link else set())
            | {f"node/{found.deaf.device}", f"node/{found.talker.device}"},
        )


def find_deaf_routers(network: Network) -> Iterator[Finding]:
    """Routers that hear no OSPF neighbor on any port, though all hear them and frames arrive: one rule for all ports."""
    for device in dict.fromkeys(end.device for end in one_ways(network)):
        pairs = [pair for pair in ospf_pairs(network) if device in (pair.a.device, pair.b.device) and not pair.stood]
        own = [one_ways(network).get(side.port) for pair in pairs for side in pair.sides if side.device == device]
        deaf = [one for one in own if one is not None and one.protocol == "ospf" and one.nothing_arrives is False]
        if len(deaf) < SEVERAL or len(deaf) < len(own):
            continue
        lines = frozenset().union(*(network.around(one.deaf) for one in deaf))
        yield Finding(
            kind="one_way",
            resource=f"node/{device}",
            summary=f"{device} hears none of its {len(deaf)} OSPF neighbors, which all hear it: frames arrive all the same",
            at=min((at for one in deaf if (at := _since(network, one))), default=None),
            device=device,
            facts={"protocol": "ospf", "deaf": device, "everywhere": True, "ports": len(deaf)},
            path=lines | {f"node/{device}"} | {f"node/{one.talker.device}" for one in deaf},
        )


def _words(found: OneWay) -> str:
    if found.nothing_arrives:
        return ": no frame arrives"
    return ": frames arrive all the same" if found.nothing_arrives is False else ""


def one_ways(network: Network) -> dict[End, OneWay]:
    """Deaf end → how it is deaf."""
    if MEMO not in network.memo:
        found: dict[End, OneWay] = {}
        for one in (*_by_ospf(network), *_by_isis(network), *_by_log(network), *_by_frames(network), *_heard(network)):
            found.setdefault(one.deaf, one)
        network.memo[MEMO] = found
    return network.memo[MEMO]  # type: ignore[return-value]


def _by_ospf(network: Network) -> Iterator[OneWay]:
    for pair in ospf_pairs(network):
        for deaf, talker in ((pair.a, pair.b), (pair.b, pair.a)):
            if _init(talker, deaf) and pair.ports_up and not _stood(pair, deaf, talker) and deaf.off is False:
                yield _one_way(network, deaf.port, talker.port, "ospf", direct=pair.link is not None)


def _heard(network: Network) -> Iterator[OneWay]:
    """By the words of both ends, where no poll tells of them."""
    for deaf, talker in heard_one_ways(network):
        frames = False if died_at_both(network, deaf) else None
        changed = {end.device for end in (deaf, talker) if events_of(network, end.device, LLDP_EVENTS)}
        yield OneWay(deaf, talker, "ospf", frames, lldp=False if changed == {deaf.device} else None, logged=False)


def _init(talker: Side, deaf: Side) -> bool:
    """Whether the pattern is there. The end in Init is the one whose own hellos do not arrive."""
    return talker.heard == "init" and deaf.heard in NOT_HEARD


def _stood(pair: OspfPair, deaf: Side, talker: Side) -> bool:
    return pair.stood and talker.heard_before == "init" and deaf.heard_before in NOT_HEARD


def _one_way(
    network: Network, deaf: End, talker: End, protocol: str, *, direct: bool = True, logged: bool = False
) -> OneWay:
    frames = frames_arrive(network, talker, deaf) if direct else None
    lldp = _lldp_lives(network, deaf, talker) if direct else None
    return OneWay(deaf, talker, protocol, frames, lldp, logged)


def _lldp_lives(network: Network, deaf: End, talker: End) -> bool | None:
    """Whether the deaf end hears the talker by LLDP. One that it lists still may be heard no more: wait for its TTL."""
    history = network.histories.get(deaf.device)
    now = history.now if history else None
    if history is None or now is None or now.lldp_remotes is None:
        return None
    if not _lists(now, deaf):
        # Only a neighbor that was there can be gone, and only where the talker hears the other way: both speak LLDP then.
        far = network.histories.get(talker.device)
        spoke = history.earlier is not None and _lists(history.earlier, deaf)
        return False if spoke and far is not None and far.now is not None and _lists(far.now, talker) else None
    began = network.incident.since
    since = changed_at(network, deaf.device, LOST, (deaf.interface,)) or (history.shown_at if history.before else None)
    moment = since or began
    return True if moment is not None and now.observed_at - moment > LLDP_TTL else None


def _lists(state: DeviceState, port: End) -> bool:
    return any(lldp_local_end(state, row) == port for row in state.lldp_remotes or ())


def _by_isis(network: Network) -> Iterator[OneWay]:
    heard = {device: _isis_ports(network, device) for device in network.histories}
    for device, ports in heard.items():
        for talker, state in (ports or {}).items():
            deaf = network.other_end(talker)
            there = heard.get(deaf.device) if deaf else None
            if state != "initializing" or deaf is None or there is None or there.get(deaf, "down") != "down":
                continue
            before = network.histories[device].before
            if before is None or _isis_of(network, before).get(talker) == "up":
                yield _one_way(network, deaf, talker, "isis")


def _isis_ports(network: Network, device: str) -> dict[End, str | None] | None:
    history = network.histories[device]
    served = history.now is not None and history.answers and history.now.isis_adjacencies is not None
    return _isis_of(network, history.now) if served and history.now else None


def _isis_of(network: Network, state: DeviceState) -> dict[End, str | None]:
    """Port → state of its adjacency; the best where both levels have one."""
    found: dict[End, str | None] = {}
    for row in state.isis_adjacencies or ():
        name = state.interface_names.get(row.ifIndex or 0)
        if name is not None:
            port = port_of(network, state.device, name)
            if found.get(port) != "up":
                found[port] = row.isisISAdjState
    return found


def _by_log(network: Network) -> Iterator[OneWay]:
    """UDLD, DLDP and OAM say so themselves (RFC 5171); the end that says it is one that does not hear itself echoed."""
    for link in network.links:
        for talker in link.ends:
            if network.port_events(talker, ONE_WAY_EVENTS):
                deaf = link.b if talker == link.a else link.a
                told = _one_way(network, deaf, talker, "udld", logged=True)
                other = frames_arrive(network, deaf, talker)
                yield told if other is not False else _one_way(network, talker, deaf, "udld", logged=True)
                break


def _by_frames(network: Network) -> Iterator[OneWay]:
    """Lines of which one end counts frames out and the other none in, though both are up and it counted some before."""
    for link, known in network.links.items():
        if known == {"subnet"} or not _both_up(network, link):
            continue
        for talker, deaf in ((link.a, link.b), (link.b, link.a)):
            out, into = count(network, talker), count(network, deaf)
            if out is None or into is None or not into.alive or out.sent < ENOUGH or into.received > 0:
                continue
            if _received_before(network, deaf) and frames_arrive(network, deaf, talker) is not False:
                yield _one_way(network, deaf, talker, "frames")


def _both_up(network: Network, link: Link) -> bool:
    for end in link.ends:
        history = network.histories.get(end.device)
        row = (history.now.interfaces or {}).get(end.interface) if history and history.now and history.answers else None
        if row is None or row.ifOperStatus != "up":
            return False
    return True


def _received_before(network: Network, end: End) -> bool:
    """Whether the port received while all was well: a port that never counts what it receives says nothing."""
    history = network.histories[end.device]
    first = (history.before or history.window[0]).interfaces or {}
    now = (history.window[-2].interfaces or {}).get(end.interface)
    old = first.get(end.interface)
    if old is None or now is None or not old.in_packets or now.in_packets is None:
        return False
    return history.before is None or now.in_packets >= old.in_packets


def _since(network: Network, found: OneWay) -> datetime | None:
    ends = (found.deaf, found.talker)
    logged = [at for end in ends if (at := changed_at(network, end.device, LOST, (end.interface,)))]
    polled = [at for end in ends if (h := network.histories.get(end.device)) and (at := h.shown_at)]
    return min(logged or polled, default=None)
