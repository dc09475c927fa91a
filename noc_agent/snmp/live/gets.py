"""Scalars and single cells by GET, as many in one request as fit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain

from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.ask import Ask
from noc_agent.snmp.live.ber import Malformed
from noc_agent.snmp.live.pdu import Kind, Response
from noc_agent.snmp.source import Value

Bunch = tuple[bytes, ...]
"""Names that are asked in the same request or not at all."""
TOGETHER = 48  # names in one request


class Gets:
    """Asks for `bunches`, each request led by the names `lead`. `cells` are the values by name, `refused` an error-status."""

    def __init__(self, bunches: Iterable[Bunch], lead: Bunch = ()) -> None:
        self._lead = lead
        self._waiting: deque[list[Bunch]] = deque()
        self.cells: dict[bytes, Value] = {}
        self.skipped = 0
        self.refused = 0
        group: list[Bunch] = []
        for bunch in bunches:
            if group and len(lead) + sum(map(len, group)) + len(bunch) > TOGETHER:
                self._waiting.append(group)
                group = []
            group.append(bunch)
        if group:
            self._waiting.append(group)

    def next(self) -> Ask | None:
        return self._ask(self._waiting.popleft()) if self._waiting else None

    def _ask(self, group: list[Bunch]) -> Ask:
        return Ask(Kind.GET, [*self._lead, *chain.from_iterable(group)], subject=group)

    def take(self, ask: Ask, response: Response) -> None:
        if response.status == pdu.NO_SUCH_NAME and 1 <= response.index <= len(ask.names):
            self._without(ask, ask.names[response.index - 1])
        elif response.status:
            self.refused = response.status
            self._split(ask.subject)
        else:
            for name, tag, body in response.bindings:
                self._cell(name, tag, body)

    def _cell(self, name: bytes, tag: int, body: bytes) -> None:
        if tag in ber.NOT_SERVED:
            return
        try:
            self.cells[name] = ber.VALUES[tag](body)
        except (KeyError, Malformed):
            self.skipped += 1

    def _without(self, ask: Ask, name: bytes) -> None:
        """Version 1 refuses a whole request for one name that is not served."""
        if name in self._lead:
            self._lead = tuple(other for other in self._lead if other != name)
        rest: list[Bunch] = [tuple(other for other in bunch if other != name) for bunch in ask.subject]
        if rest := [bunch for bunch in rest if bunch]:
            self._waiting.append(rest)

    def _split(self, group: Sequence[Bunch]) -> None:
        if len(group) > 1:
            half = len(group) // 2
            self._waiting += [list(group[:half]), list(group[half:])]

    def cut_off(self, ask: Ask) -> None:
        self._split(ask.subject)

    def late(self, ask: Ask, *, last: bool) -> Ask | None:
        if not last:
            return ask
        self._split(ask.subject)
        return None
