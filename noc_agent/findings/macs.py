"""MAC addresses as devices and switches know them: how they are written, whose they are by design, where they are, which move."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from noc_agent.findings.changes import events_of
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.snmp import BridgePort, read_fdb, read_table
from noc_agent.state import DeviceState
from noc_agent.topology import Network

MEMO = "fdb"
VIRTUAL = ("00:00:5e:00:01", "00:00:5e:00:02", "00:00:0c:07:ac", "00:00:0c:9f:f", "00:07:b4", "00:05:73:a0")
FLAPS = 3  # moves of one address to and fro
MANY = 2  # addresses that move: a loop, not a conflict
_HEX = re.compile(r"[^0-9a-f]")


def canonical(mac: str) -> str:
    """A MAC as `00:11:22:33:44:55`, however it was written; "" where it is none."""
    digits = _HEX.sub("", mac.lower())
    return ":".join(digits[n : n + 2] for n in range(0, 12, 2)) if len(digits) == 12 else ""


def is_virtual(mac: str) -> bool:
    """Whether it is a first-hop gateway's (VRRP, HSRP, GLBP): those move by design."""
    return mac.startswith(VIRTUAL)


def edge_ports(network: Network) -> Mapping[str, set[End]]:
    """MAC → edge ports behind which bridges have it now: those at whose other end is no bridge."""
    if MEMO not in network.memo:
        found: dict[str, set[End]] = defaultdict(set)
        for end, mac in learnt_by_bridges(network, newest=True):
            found[mac].add(end)
        network.memo[MEMO] = dict(found)
    return cast("Mapping[str, set[End]]", network.memo[MEMO])


def learnt_by_bridges(network: Network, *, newest: bool) -> Iterator[tuple[End, str]]:
    bridges = {name for name, history in network.histories.items() if history.latest and bridge_ports(history.latest)}
    for device in bridges:
        history = network.histories[device]
        state = (history.now if history.answers else None) if newest else history.earlier
        ports = bridge_ports(state) if state else {}
        for row in (read_fdb(state.reply) or ()) if state else ():
            end = End(device, ports.get(row.port, ""))
            far = network.other_end(end)
            if row.status == "learned" and end.interface and (far is None or far.device not in bridges):
                yield end, row.mac


def bridge_ports(state: DeviceState) -> dict[int, str]:
    names = state.interface_names
    rows = read_table(state.reply, BridgePort) or ()
    return {
        row.dot1dBasePort: names[row.dot1dBasePortIfIndex or 0] for row in rows if row.dot1dBasePortIfIndex in names
    }


def moving(network: Network) -> Mapping[str, Sequence[tuple[str, LogEvent]]]:
    """MAC address → (device, event) of the switches that logged it moving again and again, while nothing else moves there."""
    found: dict[str, list[tuple[str, LogEvent]]] = defaultdict(list)
    for device in network.events:
        events = events_of(network, device, ("mac_move",))
        if len({mac for event in events if (mac := canonical(event.subject))}) >= MANY:
            continue  # everything moves: a loop
        for event in events:
            if (mac := canonical(event.subject)) and not is_virtual(mac):
                found[mac].append((device, event))
    return {mac: rows for mac, rows in found.items() if sum(event.count for _, event in rows) >= FLAPS}
