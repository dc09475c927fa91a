"""BER as far as an SNMP agent needs it; written apart from the client's own, so that an error in one is seen by the other."""

from __future__ import annotations

from collections.abc import Sequence

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82
Arcs = tuple[int, ...]


def tlv(tag: int, body: bytes) -> bytes:
    """One element: tag, length, contents."""
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(length))) + length + body


def integer(value: int, tag: int = INTEGER) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid_body(arcs: Sequence[int]) -> bytes:
    """The contents of an OBJECT IDENTIFIER."""
    octets = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        septets = [arc & 127]
        while arc := arc >> 7:
            septets.append(128 | arc & 127)
        octets += bytes(reversed(septets))
    return bytes(octets)


def read_oid(body: bytes) -> Arcs:
    arcs, arc = [], 0
    for octet in body:
        arc = arc << 7 | octet & 127
        if octet < 128:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


class Elements:
    """The elements of an octet string, one after the other. Raises IndexError where there is no other."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0
        self.whole = octets

    def __bool__(self) -> bool:
        return self._at < len(self._octets)

    def next(self) -> tuple[int, bytes]:
        """(tag, contents)"""
        tag, size = self._octets[self._at], self._octets[self._at + 1]
        start = self._at + 2
        if size > 127:
            start, size = start + size - 128, int.from_bytes(self._octets[start : start + size - 128], "big")
        self._at = start + size
        return tag, self._octets[start : self._at]

    def number(self) -> int:
        return int.from_bytes(self.next()[1], "big", signed=True)

    def octets(self) -> bytes:
        return self.next()[1]

    def inside(self) -> Elements:
        return Elements(self.next()[1])
