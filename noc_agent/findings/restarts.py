"""Findings about devices that restarted: several signs, of which at least one is the device's own and not its agent's.

sysUpTime and a coldStart are the agent's (RFC 3418): an agent that was restarted shows both while the device forwards on. The
counters of its interfaces, the numbers of its processes, its host's uptime and its boot lines are the device's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of
from noc_agent.findings.flaps import bounces
from noc_agent.findings.heard import unseen
from noc_agent.findings.heard_nodes import ports_came_anew
from noc_agent.findings.interfaces import changed_since
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.snmp import HostSystem, Process, read_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.state.rates import elapsed
from noc_agent.topology import Network

MEMO = "restarts"
SLACK = 60.0  # seconds that clocks of agent, poller and log may differ
COUNTED = 10_000  # octets from which a counter that fell says something
MOST = 0.5  # share of the counters, or of the processes, that must have started over
PROCESSES = 5  # fewer say nothing
SAME_BOOT = 3.0  # seconds: hosts that started together are one host, and its uptime no device's own
AGENT = re.compile(r"(?i)cold[- _]?start|warm[- _]?start|snmp")
AGENT_STARTED = ("agent_restart", "restart")
OWN = ("host_uptime", "counters", "processes", "boot_line", "ports", "with_agent")
WORDS = {
    "host_uptime": "its own uptime started over", "counters": "its interface counters started over",
    "processes": "most of its processes are new", "boot_line": "it logs that it started",
    "agent": "its SNMP agent started", "neighbors": "its neighbors' ports bounced", "missed": "it missed a poll",
    "ports": "its ports came up together, and it logged none as going down",
    "with_agent": "its SNMP agent started as its neighbors' ports bounced",
}  # fmt: skip


def signs_of(network: Network, device: str) -> Mapping[str, bool]:
    """What tells of a restart within the incident: sign → whether it shows; one that cannot be told is not there."""
    memo = cast("dict[str, Mapping[str, bool]]", network.memo.setdefault(MEMO, {}))
    if device not in memo:
        memo[device] = _signs(network, device)
    return memo[device]


def _signs(network: Network, device: str) -> Mapping[str, bool]:
    history = network.histories.get(device)
    found: dict[str, bool | None] = {"boot_line": bool(_boot_lines(network, device)) or None}
    if history is not None and history.now is not None:
        found |= {"agent": _agent(history, network.incident.since), "missed": _missed(history)}
        found |= {"host_uptime": _host_uptime(network, history), "counters": _over_polls(history, _counters)}
    found["neighbors"] = _neighbors(network, device)
    if unseen(network, device) and found["neighbors"]:
        found["ports"] = ports_came_anew(network, device) or None
        found["with_agent"] = bool(events_of(network, device, AGENT_STARTED)) or None
    if history is not None and any(found.values()):
        found["processes"] = _over_polls(history, _processes)  # long tables: read only where something else shows
    return {name: value for name, value in found.items() if value is not None}


def _boot_lines(network: Network, device: str) -> list[LogEvent]:
    return [
        event for event in events_of(network, device, ("restart",)) if not AGENT.search(event.reason or event.sample)
    ]


def _agent(history: DeviceHistory, since: datetime | None) -> bool | None:
    """Whether the agent started within the incident."""
    states = [state for state in (history.before, *history.window) if state is not None]
    if any(elapsed(one, two) is None for one, two in pairwise(states)):
        return True
    now = states[-1]
    if now.uptime is None or since is None or history.before is not None:
        return False if len(states) > 1 else None
    return now.observed_at - timedelta(seconds=now.uptime) > since


def _missed(history: DeviceHistory) -> bool:
    return bool(history.missed) and bool(history.window) and history.missed[0] < history.window[-1].observed_at


def _over_polls(history: DeviceHistory, look: Callable[[DeviceState, DeviceState], bool | None]) -> bool | None:
    """Whether a sign shows between any two polls that follow each other."""
    states = [state for state in (history.before, *history.window) if state is not None]
    told = [value for one, two in pairwise(states) if (value := look(one, two)) is not None]
    if not any(told) and history.before is None:
        return None  # it may have restarted before the first of these polls
    return any(told) if told else None


def _booted(state: DeviceState | None) -> datetime | None:
    """When the host started, by hrSystemUptime (RFC 2790)."""
    rows = read_table(state.reply, HostSystem) if state else None
    ticks = rows[0].hrSystemUptime if rows else None
    return state.observed_at - timedelta(seconds=ticks / 100) if state and ticks is not None else None


def _host_uptime(network: Network, history: DeviceHistory) -> bool | None:
    """Whether the host started within the incident; None where its uptime is not the device's own."""
    now, before, since = _booted(history.now), _booted(history.earlier), network.incident.since
    if now is None or (before is None and since is None):
        return None
    anew = before is not None and now > before + timedelta(seconds=SLACK)
    # The first poll of the incident may itself be of a host that has just started.
    anew = anew or (history.before is None and since is not None and now > since)
    return None if anew and _is_shared(network, history.device, now) else anew


def _is_shared(network: Network, device: str, booted: datetime) -> bool:
    """Whether other devices started in the same moment: containers and their like show the uptime of what carries them."""
    moments = _boots(network)
    return any(name != device and abs((at - booted).total_seconds()) <= SAME_BOOT for name, at in moments.items())


def _boots(network: Network) -> Mapping[str, datetime]:
    key = f"{MEMO}: boots"
    if key not in network.memo:
        rows = ((name, _booted(history.now)) for name, history in network.histories.items())
        network.memo[key] = {name: at for name, at in rows if at is not None}
    return cast("Mapping[str, datetime]", network.memo[key])


def _counters(one: DeviceState, two: DeviceState) -> bool | None:
    """Whether most of the octet counters that had counted started over. 32 bits wrap: only 64 bits tell."""
    was, fell, told = one.interfaces or {}, 0, 0
    for name, row in (two.interfaces or {}).items():
        old = was.get(name)
        for column in ("ifHCInOctets", "ifHCOutOctets"):
            before, now = getattr(old, column, None), getattr(row, column)
            if before is not None and now is not None and before >= COUNTED:
                told, fell = told + 1, fell + (now < before)
    return None if not told else fell > MOST * told


def _processes(one: DeviceState, two: DeviceState) -> bool | None:
    """Whether most processes have other numbers. Those of the kernel keep theirs over a restart, if anything."""
    if not one.processes or not two.processes:
        return None
    old, new = _numbers(one.processes), _numbers(two.processes)
    names = Counter(name for _, name in old) & Counter(name for _, name in new)
    if len(old) < PROCESSES or not names:
        return None
    return len(old & new) < (1 - MOST) * sum(names.values())


def _numbers(rows: Iterable[Process]) -> set[tuple[int, str | None]]:
    own = [row for row in rows if row.hrSWRunType in (None, "application", "unknown")]
    named = [row for row in own if row.hrSWRunPath] or own  # a kernel's threads have no path
    return {(row.hrSWRunIndex, row.hrSWRunName) for row in named}


def _neighbors(network: Network, device: str) -> bool | None:
    """Whether all ports that face it, and more than one, bounced or went down within the incident."""
    far = [other for end in network.ends_of(device) if (other := network.other_end(end))]
    seen = [end for end in far if end.device in network.histories or end.device in network.events]
    bounced = bounces(network)
    return None if len(seen) < 2 else all(end in bounced or _changed(network, end) for end in seen)


def _changed(network: Network, end: End) -> bool:
    history = network.histories.get(end.device)
    return history is not None and history.now is not None and changed_since(network, end, history) is True


def find_restarted(network: Network) -> Iterator[Finding]:
    """Devices that started anew within the incident: two signs at least, one of them the device's own."""
    for device in network.site.devices:
        signs = signs_of(network, device)
        shown = [name for name, value in signs.items() if value]
        own = [name for name in shown if name in OWN]
        denied = [name for name in ("counters", "processes") if signs.get(name) is False]
        enough = len(shown) >= 2 or device not in network.histories  # where only the log speaks, a boot line must do
        restarted = bool(own) and enough and not (denied and own in (["boot_line"], ["processes"], ["counters"]))
        if not shown or not (restarted or "agent" in shown):
            continue
        yield _finding(network, device, shown, restarted=restarted)


def _finding(network: Network, device: str, shown: list[str], *, restarted: bool) -> Finding:
    history = network.histories.get(device)
    events = [event.first for event in _boot_lines(network, device) if event.first]
    what = "restarted" if restarted else "its SNMP agent restarted, the device itself did not, as far as can be seen"
    return Finding(
        kind="restarted" if restarted else "agent_restarted",
        resource=f"node/{device}",
        summary=f"{device}: {what} ({'; '.join(WORDS[name] for name in shown)})",
        at=min(events, default=history.shown_at if history else None),
        device=device,
        facts={"signs": len(shown), "shown": ", ".join(WORDS[name] for name in shown), "logged": "boot_line" in shown},
        path=frozenset({f"node/{device}"}),
        significant=restarted,
        starts=restarted,
    )
