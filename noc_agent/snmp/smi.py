"""The SMI type of a cell, as the tag that snmprec gives it: by its column where a MIB states one, else by its value.

A reply keeps what a value says and not how it was encoded: a counter and an INTEGER are both numbers. Columns of private
MIBs are not listed: there a number's size tells a tag that can carry it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from noc_agent.snmp.source import Value

INTEGER, OCTETS, OID, ADDRESS = "2", "4", "6", "64"
COUNTER32, UNSIGNED32, TIMETICKS, COUNTER64 = "65", "66", "67", "70"
_MOST = {INTEGER: 2**31 - 1, COUNTER32: 2**32 - 1, UNSIGNED32: 2**32 - 1, TIMETICKS: 2**32 - 1, COUNTER64: 2**64 - 1}
_IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_OID = re.compile(r"[0-2](\.\d+)+")


def _numbers(base: str, *columns: int | str) -> Iterator[str]:
    yield from (f"{base}.{column}" for column in columns)


_COUNTERS32 = (
    *_numbers("1.3.6.1.2.1.2.2.1", 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),  # IF-MIB ifTable
    *_numbers("1.3.6.1.2.1.31.1.1.1", 2, 3, 4, 5),  # IF-MIB ifXTable: multicast and broadcast
    *_numbers("1.3.6.1.2.1.4", *range(3, 13), *range(14, 20)), "1.3.6.1.2.1.4.23",  # IP-MIB
    *_numbers("1.3.6.1.2.1.5", *range(1, 27)),  # ICMP
    *_numbers("1.3.6.1.2.1.6", 5, 6, 7, 8, 10, 11, 12), *_numbers("1.3.6.1.2.1.7", 1, 2, 3, 4),  # TCP-MIB, UDP-MIB
    *_numbers("1.3.6.1.2.1.10.7.2.1", 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 18),  # EtherLike-MIB
    "1.3.6.1.2.1.14.2.1.4", "1.3.6.1.2.1.14.7.1.15", "1.3.6.1.2.1.14.10.1.7",  # OSPF-MIB
    *_numbers("1.3.6.1.2.1.15.3.1", 10, 11, 12, 13, 15),  # BGP4-MIB
    "1.3.6.1.2.1.17.2.4", "1.3.6.1.2.1.17.2.15.1.10", "1.3.6.1.2.1.17.4.1",  # BRIDGE-MIB
)  # fmt: skip
_UNSIGNED32 = (
    "1.3.6.1.2.1.2.2.1.5", "1.3.6.1.2.1.2.2.1.21", "1.3.6.1.2.1.31.1.1.1.15",  # ifSpeed, ifOutQLen, ifHighSpeed
    "1.3.6.1.2.1.6.9", "1.3.6.1.2.1.6.20.1.4", "1.3.6.1.2.1.7.7.1.8",  # tcpCurrEstab, listeners
    *_numbers("1.3.6.1.2.1.14.2.1", 5, 6, 7), *_numbers("1.3.6.1.2.1.15.3.1", 16, 24),  # OSPF-MIB, BGP4-MIB
    *_numbers("1.3.6.1.2.1.17.7.1.4", "2.1.3", "5.1.1"),  # Q-BRIDGE-MIB
    *_numbers("1.3.6.1.2.1.25.1", 5, 6), "1.3.6.1.2.1.138.1.6.1.1.9",  # HOST-RESOURCES-MIB, ISIS-MIB
)  # fmt: skip
_TIMETICKS = (
    "1.3.6.1.2.1.1.3", "1.3.6.1.2.1.2.2.1.9", "1.3.6.1.2.1.17.2.3", "1.3.6.1.2.1.25.1.1", "1.3.6.1.2.1.31.1.1.1.19",
)  # fmt: skip
_COUNTERS64 = tuple(_numbers("1.3.6.1.2.1.31.1.1.1", *range(6, 14)))  # IF-MIB ifXTable
_ADDRESSES = (
    *_numbers("1.3.6.1.2.1.4.20.1", 1, 3), *_numbers("1.3.6.1.2.1.4.21.1", 1, 7, 11), "1.3.6.1.2.1.4.22.1.3",
    *_numbers("1.3.6.1.2.1.4.24.4.1", 1, 2, 4), "1.3.6.1.2.1.14.1.1", *_numbers("1.3.6.1.2.1.14.7.1", 1, 3, 13, 14),
    *_numbers("1.3.6.1.2.1.14.10.1", 1, 3), *_numbers("1.3.6.1.2.1.15.3.1", 1, 5, 7), "1.3.6.1.2.1.15.4",
    *_numbers("1.3.6.1.2.1.15.6.1", 1, 3, 6),
)  # fmt: skip
TAGS = {
    **dict.fromkeys(_COUNTERS32, COUNTER32), **dict.fromkeys(_UNSIGNED32, UNSIGNED32),
    **dict.fromkeys(_TIMETICKS, TIMETICKS), **dict.fromkeys(_COUNTERS64, COUNTER64),
    **dict.fromkeys(_ADDRESSES, ADDRESS),
}  # fmt: skip


def tag_of(column: str, value: Value) -> str:
    """The tag of a cell. One that could not carry the value (an agent that breaks its MIB) is not given."""
    stated = TAGS.get(column)
    if isinstance(value, int):
        return stated if stated in _MOST and 0 <= value <= _MOST[stated] else _by_size(value)
    if isinstance(value, bytes):
        return OCTETS
    if stated == ADDRESS or not _OID.fullmatch(value):
        return ADDRESS if _IPV4.fullmatch(value) else OID
    return OID


def _by_size(value: int) -> str:
    if value < 0:
        return INTEGER
    return next(tag for tag in (INTEGER, UNSIGNED32, COUNTER64) if value <= _MOST[tag])
