"""One end of a wire as the relay knows it, and how badly its direction behaves."""

from __future__ import annotations

import random
import time
import zlib
from dataclasses import dataclass, field

DEPTH = 0.05
"Seconds of its rate that a throttled circuit passes in a burst."


@dataclass(slots=True)
class Condition:
    """How one direction of a wire behaves."""

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    throttle: float = 0.0
    "bit/s that the carrier lets through; more is dropped in the circuit, unseen by both ends."
    corrupt: float = 0.0
    late: float = 0.0
    "Share of frames that a half-duplex end collides with late."
    block: bool = False
    largest: int = 0
    "Largest IP packet that passes; 0 for any."


@dataclass(slots=True, eq=False)
class Port:
    """One end of a wire: the TAP in its node."""

    node: str
    name: str
    wire: str
    fd: int = -1
    up: bool = False
    carrier: bool | None = None
    in_errors: int = 0
    late: int = 0
    phy: str = ""
    tokens: float = 0.0
    filled: float = 0.0
    condition: Condition = field(default_factory=Condition)
    "Of the direction that begins at this end."
    far: Port | None = None

    def conforms(self, bits: int) -> bool:
        """Whether a throttled circuit lets so much pass now."""
        now = time.monotonic()
        earned = (now - self.filled) * self.condition.throttle
        self.tokens, self.filled = min(DEPTH * self.condition.throttle, self.tokens + earned), now
        if self.tokens < bits:
            return False
        self.tokens -= bits
        return True


def damaged(frame: bytes, chance: random.Random) -> bool:
    """Whether a bit error in the frame shows in its checksum, as it does for all bursts up to 32 bits."""
    hurt = bytearray(frame)
    hurt[chance.randrange(len(hurt))] ^= 1 << chance.randrange(8)
    return zlib.crc32(hurt) != zlib.crc32(frame)
