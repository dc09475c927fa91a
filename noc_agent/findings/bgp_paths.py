"""What each router hears of each prefix over BGP: bgp4PathAttrTable (RFC 4273) read once a poll, with its AS paths."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass

from noc_agent.snmp import BgpPath, columns_of, read_table
from noc_agent.state import DeviceState

SEQUENCES = (2, 3)  # AS_SEQUENCE, and AS_CONFED_SEQUENCE (RFC 5065)
KINDS = (1, 2, 3, 4)
AS_TRANS = 23456  # stands for any AS of four octets (RFC 6793)
_PATHS: weakref.WeakKeyDictionary[DeviceState, Mapping[tuple[str, str], Path] | None] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Path:
    """A path from a peer. `numbers`: the AS path, nearest first; empty for what the own AS originates; None if unreadable."""

    prefix: str
    peer: str
    numbers: tuple[int, ...] | None
    best: bool

    @property
    def origin(self) -> int | None:
        """The AS that announced it first; None where the own AS did, or it cannot be told."""
        last = self.numbers[-1] if self.numbers else None
        return None if last == AS_TRANS else last


def paths_of(state: DeviceState | None) -> Mapping[tuple[str, str], Path] | None:
    """(prefix, peer) → path; None where the table is not served or was not read to its end."""
    if state is None:
        return None
    if state not in _PATHS:
        _PATHS[state] = _read(state)
    return _PATHS[state]


def _read(state: DeviceState) -> Mapping[tuple[str, str], Path] | None:
    rows = read_table(state.reply, BgpPath) if state.whole(*columns_of(BgpPath)) else None
    if rows is None:
        return None
    return {
        (row.prefix, row.bgp4PathAttrPeer): Path(
            row.prefix, row.bgp4PathAttrPeer, numbers_of(row.bgp4PathAttrASPathSegment), row.bgp4PathAttrBest == "true"
        )
        for row in rows
    }


def numbers_of(segments: bytes | None) -> tuple[int, ...] | None:
    """The AS numbers of bgp4PathAttrASPathSegment: of two octets by the MIB, of four on some agents."""
    if segments is None:
        return None
    return next((found for size in (2, 4) if (found := _numbers(segments, size)) is not None), None)


def _numbers(segments: bytes, size: int) -> tuple[int, ...] | None:
    found: list[int] = []
    at = 0
    while at < len(segments):
        if at + 2 > len(segments) or segments[at] not in KINDS:
            return None
        count = segments[at + 1]
        body = segments[at + 2 : at + 2 + count * size]
        if len(body) != count * size:
            return None
        if segments[at] in SEQUENCES[:1] or not found:
            found += [int.from_bytes(body[n : n + size], "big") for n in range(0, len(body), size)]
        at += 2 + count * size
    return tuple(found)
