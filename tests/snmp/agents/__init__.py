"""Simulated SNMP agents on loopback that serve a recording and misbehave on purpose.

    with agent(Path("core1.snmprec.gz"), loses=4) as (address, port): ...
    with agents([Served(rows) for rows in recordings]) as places: ...        # one place an agent, all in one thread

`python -m tests.snmp.agents RECORDING` serves one in a process of its own, for benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.snmp.agents.responder import Manner, Responder
from tests.snmp.agents.rows import Rows, Value
from tests.snmp.agents.serve import Server
from tests.snmp.agents.usm import User

Recording = Path | Mapping[str, Value] | Rows
__all__ = ["Manner", "Responder", "Rows", "Served", "User", "agent", "agents"]


@dataclass(frozen=True, slots=True)
class Served:
    """What one agent of several serves, to whom and how. Where `port` is 0, any free one of `address`."""

    recording: Recording
    manner: Manner = field(default_factory=Manner)
    community: str = "public"
    user: User | None = None
    context: str = ""
    address: str = "127.0.0.1"
    port: int = 0

    def responder(self) -> Responder:
        rows = self.recording if isinstance(self.recording, Rows) else Rows.of(self.recording)
        return Responder(rows, self.manner, community=self.community, user=self.user, context=self.context)


@contextmanager
def agents(served: Sequence[Served]) -> Iterator[list[tuple[str, int]]]:
    """Serve until the context ends; (address, port) of each in their order. Addresses may be 127.0.0.x or ::1."""
    with Server([(one.responder(), one.manner, one.address, one.port) for one in served]) as server:
        yield server.places


@contextmanager
def agent(
    recording: Recording,
    *,
    community: str = "public",
    user: User | None = None,
    context: str = "",
    address: str = "127.0.0.1",
    port: int = 0,
    **manner: Any,
) -> Iterator[tuple[str, int]]:
    """One agent, for v1 and v2c under `community` and for v3 under `user`; `manner` are the fields of `Manner`."""
    served = Served(recording, Manner(**manner), community, user, context, address, port)
    with agents([served]) as places:
        yield places[0]
