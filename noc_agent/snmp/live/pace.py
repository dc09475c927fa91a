"""How much one device is asked for at a time: from its settings, less where it does not fit, more where it does."""

from __future__ import annotations

from collections.abc import Sequence

from noc_agent.snmp.live.ask import LATE, SOON, Ask
from noc_agent.snmp.live.columns import Column
from noc_agent.snmp.live.pdu import Response

GROWTH = 8  # times max_repetitions: what responses may grow to where they fit and come soon
BREADTH = 16  # columns in one request
HEAD = 120  # octets of a message besides its varbinds


class Pace:
    """`varbinds` a response, within `octets` once a response of that size did not come through."""

    def __init__(self, repetitions: int) -> None:
        self.varbinds = repetitions
        self._most = repetitions * GROWTH
        self._octets = 65_000
        self._largest = 0  # octets of a response that came through

    def rows(self, columns: Sequence[Column], wanted: int) -> int:
        """Repetitions for these columns."""
        room = max(1, self._octets - HEAD) // sum(column.size for column in columns)
        return max(1, min(wanted, self.varbinds // len(columns), room))

    def fitted(self, asked: int, got: int, response: Response, ask: Ask) -> None:
        """A response came: if it was a full one and soon there, the next may be larger, if it was late they are smaller."""
        self._largest = max(self._largest, response.octets)
        if ask.lost > self._largest:
            self._octets = max(400, min(self._octets, ask.lost * 3 // 4))
        if asked * 2 > self.varbinds:
            if ask.waited > LATE:
                self.varbinds = max(1, self.varbinds // 2)
            elif got >= asked and ask.waited < SOON:
                self.varbinds = min(self.varbinds * 2, self._most)

    def did_not_fit(self, asked: int) -> None:
        """tooBig, or cut off: half of it, and never that much again."""
        self._most = self.varbinds = max(1, min(self.varbinds, asked // 2))

    def estimate(self, columns: Sequence[Column], rows: int) -> int:
        """Octets of a response."""
        return HEAD + rows * sum(column.size for column in columns)

    def unheard_of(self, columns: Sequence[Column], rows: int) -> bool:
        """Whether a response is larger than any that came through, so that its size may be why it did not."""
        return len(columns) * rows > 1 and self.estimate(columns, rows) > self._largest
