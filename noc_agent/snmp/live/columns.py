"""One column of a walk: how far it is, what was read, and what was odd about it."""

from __future__ import annotations

from collections.abc import Sequence

from noc_agent.snmp.live import ber
from noc_agent.snmp.live.ber import Arcs, Binding, Malformed
from noc_agent.snmp.source import Value

MOST_ROWS = 200_000
ENDLESS = f"has more than {MOST_ROWS:,} rows: the rest was left"
FALLING = "its rows do not increase: those behind the first that falls were left"
BACK = "went back to an earlier name: what it has behind it was left"


class Names(dict[bytes, tuple[str, Arcs]]):
    """Instances as text and as numbers, by their encoding; each is read once, for most columns of a table have the same."""

    def __missing__(self, key: bytes) -> tuple[str, Arcs]:
        arcs = ber.decode_arcs(key)
        made = self[key] = (".".join(map(str, arcs)), arcs)
        return made


class Column:
    """`last` is the name to go on from, `cells` what was read, `trouble` why it ended early; `size` octets a varbind."""

    __slots__ = ("_arcs", "base", "cells", "ended", "last", "oid", "size", "skipped", "table", "trouble", "unanswered")

    def __init__(self, oid: str) -> None:
        self.oid = oid
        self.table = oid.rpartition(".")[0]
        self.base = self.last = ber.encode_oid(oid)
        self.cells: dict[str, Value] = {}
        self.size = len(self.base) + 24
        self.skipped = 0
        self.ended = False
        self.unanswered = 0  # requests that were given up
        self.trouble = ""
        self._arcs: Arcs = ()

    def add(self, rows: Sequence[Binding], names: Names) -> bool:
        """Take the next rows; False once the column has ended."""
        base, width, cells, last = self.base, len(self.base), self.cells, self._arcs
        values, not_served = ber.VALUES, ber.NOT_SERVED
        name, going = self.last, False
        for name, tag, body in rows:
            if not name.startswith(base) or tag == ber.END_OF_MIB_VIEW:
                self.trouble = BACK if self.strange(name) else ""
                break
            key = name[width:]
            try:
                text, arcs = names[key]
                if arcs <= last:
                    if arcs == last:
                        self.skipped += 1
                        continue
                    self.trouble = FALLING
                    break
                last = arcs
                cells[text] = values[tag](body)
            except (KeyError, Malformed):
                self.skipped += tag not in not_served
        else:
            going = last != self._arcs
            if rows and not going:
                self.trouble = FALLING
        self._arcs, self.last = last, name
        self.size = max(self.size, len(name) + len(rows[-1][2]) + 10) if rows else self.size
        if len(cells) + self.skipped > MOST_ROWS:
            self.trouble = ENDLESS
        return going and not self.trouble

    def strange(self, name: bytes) -> bool:
        """Whether this cannot be what follows in this column: a name before it."""
        if name.startswith(self.base):
            return False
        try:
            return ber.decode_arcs(name) < ber.decode_arcs(self.base)
        except Malformed:
            return True
