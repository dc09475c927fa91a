"""Findings about the agents themselves: an answer in part is evidence in part, and says so."""

from __future__ import annotations

from collections.abc import Iterator

from noc_agent.evidence import Finding
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
