"""Devices that went away, by the logs alone: every neighbor that is heard saw its port fall, and they themselves fell silent;
and those of which only the SNMP agent went, by what its subagents say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from noc_agent.evidence import Finding
from noc_agent.findings.changes import events_of, newest_last
from noc_agent.findings.heard import DOWN, by_logs_alone, heard_ports, in_time, unseen
from noc_agent.site.model import End
from noc_agent.topology import Network

LEAST = 2  # lines that fell together: one alone is a line
TOGETHER = timedelta(seconds=60)
SLACK = timedelta(seconds=5)  # clocks differ, and the last words of a device may be on their way
BOOTED = timedelta(seconds=30)  # in which the ports of a device that started come up
AGENT_DOWN, AGENT_BACK = "agent_down", ("agent_up", "agent_restart", "restart")
RETRIED = timedelta(seconds=10)  # an agent that only restarts is found again sooner


def find_gone(network: Network) -> Iterator[Finding]:
    """Devices of which all lines to neighbors that are heard went down together, and that log nothing any more."""
    if not by_logs_alone(network):
        return
    for device in network.site.devices:
        fell = _fell(network, device)
        if fell and not logs_on(network, device):
            yield Finding(
                kind="unreachable",
                resource=f"node/{device}",
                summary=f"{device}: {len(fell)} ports of its neighbors towards it went down together, and it logs nothing any more",
                at=min(fell),
                device=device,
                facts={"heard_since": False, "logged": True, "lines": len(fell), "reason": ""},
                path=frozenset({f"node/{device}"}),
            )


def find_agents_gone(network: Network) -> Iterator[Finding]:
    """Devices that log on and say of their own SNMP agent that it is gone: its subagents ask for it again and again (RFC 2741)."""
    for device in network.events:
        said = newest_last(events_of(network, device, (AGENT_DOWN, *AGENT_BACK)))
        times = sorted(at for event in said if event.kind == AGENT_DOWN for at in event.times)
        if not times or said[-1].kind != AGENT_DOWN or times[-1] - times[0] < RETRIED:
            continue
        if device in network.site.devices and unseen(network, device):
            yield Finding(
                kind="unreachable",
                resource=f"node/{device}",
                summary=f"{device}: its SNMP agent is gone, as its own daemons log, which cannot connect to it",
                at=times[0],
                device=device,
                facts={"heard_since": True, "logged": True, "agent_gone": True, "reason": ""},
                path=frozenset({f"node/{device}"}),
            )


def logs_on(network: Network, device: str) -> bool | None:
    """Whether the device logs after its lines fell, or lived to log that they fell; None where they did not fall."""
    fell, heard = _fell(network, device), network.last_heard.get(device)
    if not fell:
        return None
    saw = any(end.device == device and port.oper == "down" for end, port in heard_ports(network).items())
    return saw or (heard is not None and heard > min(fell) + SLACK)


def _fell(network: Network, device: str) -> list[datetime]:
    """When the ports that face a device went down, if all did that any neighbor could tell of; else nothing."""
    ports, times = heard_ports(network), []
    for end in network.ends_of(device):
        far = network.other_end(end)
        port = ports.get(far) if far else None
        if far is None or (port is None and far.device not in network.events):
            continue  # who logs nothing tells nothing
        if port is None or port.oper != "down" or port.at is None:
            return []
        times.append(port.at)
    together = len(times) >= LEAST and max(times) - min(times) <= TOGETHER
    return times if together else []


def ports_came_anew(network: Network, device: str) -> bool:
    """Whether ports of a device came up together that it never logged as going down: it started, and forgot its last words."""
    ups: dict[End, datetime] = {}
    for at, event in in_time(network.events.get(device, ()), (*DOWN, "interface_up")):
        end = network.port(device, event.subject)
        if event.kind in DOWN:
            if end not in ups:
                return False
        else:
            ups.setdefault(end, at)
    return len(ups) >= LEAST and max(ups.values()) - min(ups.values()) <= BOOTED
