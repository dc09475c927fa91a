"""A request on its way, whoever has them to send, and how a conversation fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from noc_agent.snmp.answer import Failure
from noc_agent.snmp.live.pdu import Kind, Response

SOON, LATE = 0.1, 0.4  # of `Ask.waited`: the device has nothing else to do; it is busy with what we ask


class Failed(Exception):
    """The conversation is over: `failure` is why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(slots=True)
class Ask:
    """One request. `subject` and `lost` are for whoever asks; `attempts` counts what was sent;
    `waited` is how much longer the answer took than the device's quickest, as a share of the time-out."""

    kind: Kind
    names: Sequence[bytes]
    repetitions: int = 0
    subject: Any = None
    lost: int = 0
    attempts: int = 0
    resent: bool = False  # because the agent's clock went on
    id: int = 0
    waited: float = 0.0
    until: float = field(default=0.0, repr=False)


class Work(Protocol):
    """What is to be asked of a device, and what becomes of the answers."""

    def next(self) -> Ask | None:
        """The next request; None while there is none to send."""

    def take(self, ask: Ask, response: Response) -> None:
        """An answer came."""

    def cut_off(self, ask: Ask) -> None:
        """An answer came that ends in mid-message."""

    def late(self, ask: Ask, *, last: bool) -> Ask | None:
        """No answer in time: what to send in its place, which may be itself; None to leave it. `last`: its retries are used up."""
