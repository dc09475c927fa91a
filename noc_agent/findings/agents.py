"""Findings about the agents themselves: an answer in part is evidence in part, and says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from noc_agent.evidence import Finding
from noc_agent.snmp import Interface, read_table
from noc_agent.state import DeviceState
from noc_agent.topology import Network


def find_partial(network: Network) -> Iterator[Finding]:
    """Devices whose newest answer was partial: a table that never ends, a restart in mid-walk, a recording cut off."""
    for device, history in network.histories.items():
        for problem in history.now.reply.problems if history.now else ():
            yield Finding(
                kind="agent_fault",
                resource=f"node/{device}",
                summary=f"{device}: its SNMP agent answered in part: {problem}",
                at=history.now.observed_at if history.now else None,
                device=device,
                significant=False,
                starts=False,
            )


def find_namesakes(network: Network) -> Iterator[Finding]:
    """Interfaces that share a name, of which one alone is looked at: which one a log, a neighbor or an engineer means is open."""
    for device, history in network.histories.items():
        for name, numbers in (_namesakes(history.now) if history.now else {}).items():
            few = ", ".join(map(str, numbers[:4])) + (" …" if len(numbers) > 4 else "")
            yield Finding(
                kind="agent_fault",
                resource=f"node/{device}",
                summary=f"{device}: {len(numbers)} interfaces are named {name} (ifIndex {few}): one of them is looked at",
                device=device,
                significant=False,
                starts=False,
            )


def _namesakes(state: DeviceState) -> Mapping[str, list[int]]:
    """Names that more than one interface has, with their numbers."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in read_table(state.reply, Interface) or ():
        found[row.name].append(row.ifIndex)
    return {name: numbers for name, numbers in found.items() if len(numbers) > 1}
