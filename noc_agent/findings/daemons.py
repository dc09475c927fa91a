"""Findings about routing daemons: the process that is gone, the protocol's MIB that went with it, the neighbors that lost it.

A routing process that stops takes every adjacency and session of its protocol with it while ports stay up. Where the
host's process table is served it says so itself; where the MIB of the protocol is not served any more, that alone is
unknown, and the daemon only if the neighbors lost it as well.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.changes import changed_at, events_of, newest_last
from noc_agent.findings.daemon_neighbors import bgp_neighbors_say, neighbors_say, pairs_of, sides_of
from noc_agent.findings.heard import unseen
from noc_agent.findings.ospf_pairs import ADJACENT, Side, settling
from noc_agent.findings.ospf_parameters import COLUMNS, differs, refusals
from noc_agent.snmp import Process
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology import Network

# The names that routing daemons run under: FRRouting and Quagga, BIRD, OpenBSD, GoBGP, Junos, EOS, NX-OS and IOS-XR.
ROUTING = {
    "zebra": "all", "bgpd": "bgp", "ospfd": "ospf", "ospf6d": "ospf", "isisd": "isis", "ripd": "rip", "ripngd": "rip",
    "eigrpd": "eigrp", "babeld": "babel", "fabricd": "isis", "ldpd": "ldp", "bird": "all", "bird6": "all", "gobgpd": "bgp",
    "rpd": "all", "exabgp": "bgp", "ospf": "ospf", "bgp": "bgp", "isis": "isis", "rib": "all", "routed": "all",
}  # fmt: skip
RIB = "zebra"  # serves all protocols, and speaks none itself
SIBLINGS = 2  # devices of the same platform and role that run a daemon: then one that does not stands out
LEAST = 2  # adjacencies that a device had, for the loss of all of them to be its own
OSPF, BGP, ISIS = "1.3.6.1.2.1.14", "1.3.6.1.2.1.15", "1.3.6.1.2.1.138"
NAME_ENDS = re.compile(r"[-:\s]")
EXITS, STARTS = ("process_exit", "crash"), ("process_started",)


def find_processes_gone(network: Network) -> Iterator[Finding]:
    """Routing daemons that ran when the network was well, or run on all siblings, or ended by the log, and do not run now."""
    for device, history in network.histories.items():
        now = daemons(history.now) if history.answers else None
        if now is None:
            ended = [name for name in _exits(network, device) if _hurts(network, device, ROUTING[name])]
            yield from (_gone(network, history, name, "ended, by the log") for name in ended)
            continue
        gone = set(daemons(history.earlier) or ()) - set(now)
        yield from (_gone(network, history, name, "does not run any more") for name in sorted(gone))
        if history.before is None:
            missing = sorted(_of_siblings(network, device, set(now)) - gone)
            words = "does not run, though it does on all devices of its kind"
            yield from (
                _gone(network, history, name, words) for name in missing if _hurts(network, device, ROUTING[name])
            )
            ended = _ended(network, device, now) if not gone and not missing else []
            yield from (_gone(network, history, name, "ended, by the log") for name in ended)


def _ended(network: Network, device: str, now: Mapping[str, str]) -> list[str]:
    """Daemons that ended by the log, whose protocol none that runs now speaks, and whose neighbors are lost."""
    speaks = {protocol for name, protocol in now.items() if name != RIB}
    exits = [name for name in _exits(network, device) if not speaks & {ROUTING[name], "all"}]
    return [name for name in exits if _hurts(network, device, ROUTING[name])]


def daemons(state: DeviceState | None) -> Mapping[str, str] | None:
    """Routing daemons that run, by name; None where processes are not served."""
    if state is None or state.processes is None:
        return None
    names = (daemon_name(row) for row in state.processes)
    return {name: ROUTING[name] for name in names if name in ROUTING}


def daemon_name(row: Process) -> str:
    """A process' name without its path and what follows it: `ospf-1`, `OSPF-1 Hello` and `Ospf` are one daemon."""
    return NAME_ENDS.split((row.hrSWRunName or "").strip().rsplit("/", 1)[-1].lower())[0]


def _of_siblings(network: Network, device: str, own: set[str]) -> set[str]:
    """Daemons that every sibling runs and this device does not."""
    tellers, counts = _kin(network)[_kind(network, device)]
    others = tellers - bool(own)
    return {name for name, count in counts.items() if count == others >= SIBLINGS} - own


def _kin(network: Network) -> Mapping[tuple[str, str], tuple[int, Counter[str]]]:
    """By platform and role: how many devices run any daemon, and how many run each."""
    if "kin" not in network.memo:
        found: dict[tuple[str, str], tuple[int, Counter[str]]] = defaultdict(lambda: (0, Counter()))
        for device, history in network.histories.items():
            running = daemons(history.now) if history.answers else None
            if running:
                tellers, counts = found[_kind(network, device)]
                found[_kind(network, device)] = tellers + 1, counts + Counter(running.keys())
        network.memo["kin"] = found
    return cast("Mapping[tuple[str, str], tuple[int, Counter[str]]]", network.memo["kin"])


def _kind(network: Network, device: str) -> tuple[str, str]:
    known = network.site.devices[device]
    return known.platform or "", known.role or ""


def _hurts(network: Network, device: str, protocol: str) -> bool:
    """Without a poll from before: whether anything of the protocol is lost here."""
    bgp = protocol in ("bgp", "all") and bgp_neighbors_say(network, device)[0]
    ospf = protocol in ("ospf", "all") and any(not pair.adjacent for pair in pairs_of(network, device))
    return bool(bgp or ospf) or (unseen(network, device) and _hurts_by_logs(network, device, protocol))


def _hurts_by_logs(network: Network, device: str, protocol: str) -> bool:
    """Whether neighbors, or the device itself, log that they lost what ran by this protocol."""
    families = ("ospf", "bgp", "isis") if protocol == "all" else (protocol,)
    kinds = {f"{name}_{what}_down" for name in families for what in ("neighbor", "session")}
    near = {device} | {far.device for end in network.ends_of(device) if (far := network.other_end(end))}
    near |= {row.b if row.a == device else row.a for row in network.site.intent.bgp if device in (row.a, row.b)}
    return any(events_of(network, name, kinds) for name in near)


def _exits(network: Network, device: str) -> list[str]:
    """Routing daemons that a log says ended, and did not start again after."""
    last: dict[str, str] = {}
    for event in newest_last(events_of(network, device, (*EXITS, *STARTS))):
        last[event.subject.lower().rsplit("/", 1)[-1]] = event.kind
    return [name for name, kind in last.items() if kind in EXITS and name in ROUTING]


def _gone(network: Network, history: DeviceHistory, name: str, words: str) -> Finding:
    device = history.device
    return Finding(
        kind="process_gone",
        resource=f"node/{device}",
        summary=f"{device}: the routing daemon {name} {words}",
        at=changed_at(network, device, EXITS, (name,)) or history.shown_at,
        device=device,
        facts={"process": name, "routing": True, "protocol": ROUTING[name]},
        path=frozenset({f"node/{device}"}),
    )


@dataclass(frozen=True, slots=True)
class _Mib:
    """A protocol's part of the MIB, and what of it a poll holds."""

    protocol: str
    tree: str
    rows: Callable[[DeviceState], object]


MIBS = (
    _Mib("ospf", OSPF, lambda state: state.ospf or state.ospf_interfaces or state.ospf_neighbors or None),
    _Mib("bgp", BGP, lambda state: state.bgp_local or state.bgp_peers or None),
    _Mib("isis", ISIS, lambda state: state.isis_adjacencies or None),
)


def find_tables_gone(network: Network) -> Iterator[Finding]:
    """Protocols of which a device serves nothing any more, or that it has switched off, while its neighbors lost it."""
    for device, history in network.histories.items():
        if history.earlier is None or history.now is None or not history.answers:
            continue
        for mib in MIBS:
            served, serves = mib.rows(history.earlier), mib.rows(history.now)
            off = mib.protocol == "ospf" and _switched_off(history)
            if not off and (served is None or serves is not None or not history.now.whole(mib.tree)):
                continue
            lost, held = neighbors_say(network, device, mib.protocol)
            if lost and not held:
                yield _table(history, mib, lost, off=off)


def _switched_off(history: DeviceHistory) -> bool:
    """Whether ospfAdminStat went to disabled."""
    old, new = (state.ospf.ospfAdminStat if state and state.ospf else None for state in (history.earlier, history.now))
    return old == "enabled" and new == "disabled"


def _table(history: DeviceHistory, mib: _Mib, lost: int, *, off: bool) -> Finding:
    device = history.device
    words = "is switched off" if off else "serves nothing of it any more"
    return Finding(
        kind="table_gone",
        resource=f"node/{device}",
        summary=f"{device}: {mib.protocol.upper()} {words}, and {lost} of its neighbors lost it",
        at=history.shown_at,
        device=device,
        facts={"protocol": mib.protocol, "neighbors_lost": lost, "switched_off": off},
        path=frozenset({f"node/{device}"}),
    )


def find_all_lost(network: Network) -> Iterator[Finding]:
    """Devices that had several OSPF neighbors and have none now, while all the ports towards them are up at both ends."""
    for device, history in network.histories.items():
        had = [(own, far) for own, far in sides_of(network, device) if _had(own, far)]
        if len({far.device for _, far in had}) < LEAST or history.now is None or not history.answers:
            continue
        lost = [
            far for own, far in had if far.heard is not None and far.heard not in ADJACENT and own.heard not in ADJACENT
        ]
        if len(lost) < len(had) or not all(own.up and far.up for own, far in had) or _says_more(network, device):
            continue
        yield Finding(
            kind="all_neighbors_lost",
            resource=f"node/{device}",
            summary=f"{device} lost all of its {len(had)} OSPF neighbors while the ports towards them are up",
            at=history.shown_at,
            device=device,
            facts={"protocol": "ospf", "lost": len(lost)},
            path=frozenset({f"node/{device}"}) | _lines(network, device),
        )


def _lines(network: Network, device: str) -> frozenset[str]:
    """The links and ports of its OSPF pairs."""
    return frozenset(name for pair in pairs_of(network, device) for name in pair.path if not name.startswith("node/"))


def _says_more(network: Network, device: str) -> bool:
    """Whether its pairs show more than silence: it is still heard, differs in a parameter, or its ports just came up."""
    for pair in pairs_of(network, device):
        if any(side.heard == "init" for side in pair.sides) or any(settling(network, side) for side in pair.sides):
            return True
        if any(differs(network, pair, parameter) or refusals(network, pair, parameter) for parameter in COLUMNS):
            return True
    return False


def _had(own: Side, far: Side) -> bool:
    return ADJACENT & {own.heard_earlier, far.heard_earlier} != frozenset()


def daemon_view(network: Network, device: str) -> dict[str, object]:
    """For playbooks: which routing daemons run, whether the protocol lives by the neighbors, what a log saw end."""
    history = network.histories.get(device)
    now = daemons(history.now) if history and history.answers else None
    adjacent = [own for own, far in sides_of(network, device) if own.heard in ADJACENT or far.heard in ADJACENT]
    pairs = sides_of(network, device)
    return {
        "daemons": sorted(now) if now is not None else None,
        "daemon_ended": _exits(network, device) or None,
        "ospf_neighbors": len(adjacent) if pairs else None,
    }
