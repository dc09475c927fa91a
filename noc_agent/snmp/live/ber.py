"""BER (X.690) as far as SNMP needs it: elements and OBJECT IDENTIFIERs out and in, and varbinds as fast as Python reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from noc_agent.snmp.source import Value

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
END_OF_MIB_VIEW = 0x82
NOT_SERVED = frozenset({NULL, 0x80, 0x81, END_OF_MIB_VIEW})  # noSuchObject, noSuchInstance (RFC 3416)
EMPTY = b"\x05\x00"  # the NULL that stands for a value in a request

Arcs = tuple[int, ...]
Binding = tuple[bytes, int, bytes]
"""A varbind as it came: contents of its name, tag and contents of its value."""


class Malformed(ValueError):
    """Octets that are not what they should be."""


class Truncated(Malformed):
    """The datagram ends before what it announces."""


def element(tag: int, contents: bytes) -> bytes:
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    if size < 0x100:
        return bytes((tag, 0x81, size)) + contents
    return bytes((tag, 0x82, size >> 8, size & 0xFF)) + contents


def integer(value: int) -> bytes:
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    return element(OCTETS, value)


def sequence(*parts: bytes) -> bytes:
    return element(SEQUENCE, b"".join(parts))


@lru_cache(maxsize=8192)
def encode_oid(text: str) -> bytes:
    """The contents of an OBJECT IDENTIFIER, of its dotted text."""
    first, second, *rest = map(int, text.split("."))
    return encode_arcs((first * 40 + second, *rest))


def encode_arcs(arcs: Iterable[int]) -> bytes:
    out = bytearray()
    for arc in arcs:
        if arc < 0x80:
            out.append(arc)
            continue
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        out += bytes(reversed(septets))
    return bytes(out)


def decode_arcs(contents: bytes) -> Arcs:
    """The sub-identifiers of a part of an OBJECT IDENTIFIER. Raises Malformed."""
    if len(contents) == 1 and contents[0] < 0x80:
        return (contents[0],)
    arcs, arc = [], 0
    for octet in contents:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            if arc > 0xFFFFFFFF:
                raise Malformed("a sub-identifier has more than 32 bits")
            arcs.append(arc)
            arc = 0
    if contents and contents[-1] & 0x80:
        raise Malformed("an object identifier ends in mid-arc")
    return tuple(arcs)


def decode_oid(contents: bytes) -> str:
    """The dotted text of an OBJECT IDENTIFIER. Raises Malformed."""
    arcs = decode_arcs(contents)
    if not arcs:
        raise Malformed("an object identifier is empty")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def announced(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start, end) of the element at this place, which may end behind the data. Raises Malformed."""
    try:
        tag, size = data[at], data[at + 1]
    except IndexError as error:
        raise Truncated("an element is cut off") from error
    start = at + 2
    if size > 0x7F:
        more = size & 0x7F
        if not 1 <= more <= 4:
            raise Malformed("a length that SNMP does not use")
        size = int.from_bytes(data[start : start + more], "big")
        start += more
    return tag, start, start + size


def header(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start, end) of the element at this place. Raises Truncated where it ends behind the data, Malformed."""
    tag, start, end = announced(data, at)
    if end > len(data):
        raise Truncated("an element is cut off")
    return tag, start, end


def contents(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """The contents of the element at this place, which has to be of this tag, and where it ends."""
    found, start, end = header(data, at)
    if found != tag:
        raise Malformed(f"tag {found:#04x} stands where {tag:#04x} should")
    return data[start:end], end


def number(data: bytes, at: int) -> tuple[int, int]:
    """The INTEGER at this place, and where it ends."""
    head = data[at : at + 2]
    if len(head) < 2:
        raise Truncated("an integer is cut off")
    tag, size = head
    if tag != INTEGER or not 1 <= size <= 5:
        raise Malformed("is no integer")
    end = at + 2 + size
    if end > len(data):
        raise Truncated("an integer is cut off")
    return int.from_bytes(data[at + 2 : end], "big", signed=True), end


def bindings(data: bytes, at: int, end: int) -> list[Binding]:
    """The varbinds between two places. The hot loop: a walk spends most of its time here. Raises Malformed."""
    found: list[Binding] = []
    try:
        while at < end:
            size = data[at + 1]
            at += 2 if size < 0x80 else size - 0x7E  # nothing depends on the length of the pair
            if data[at] != OID or (size := data[at + 1]) > 0x7F:
                at, size = _long_name(data, at)
            else:
                at += 2
            name = data[at : at + size]
            at += size
            tag, size = data[at], data[at + 1]
            at += 2
            if size > 0x7F:
                more = size & 0x7F
                size = int.from_bytes(data[at : at + more], "big")
                at += more
            found.append((name, tag, data[at : at + size]))
            at += size
    except IndexError as error:
        raise Malformed("varbinds are cut off") from error
    if at != end:
        raise Malformed("varbinds do not fill their list")
    return found


def _long_name(data: bytes, at: int) -> tuple[int, int]:
    tag, start, end = header(data, at)
    if tag != OID:
        raise Malformed("a varbind has no name")
    return start, end - start


def _integer(body: bytes) -> int:
    if not 0 < len(body) < 5:
        raise Malformed("an INTEGER of more than 32 bits")
    return int.from_bytes(body, "big", signed=True)


def _unsigned(body: bytes) -> int:
    if not 0 < len(body) < 5 and not (len(body) == 5 and body[0] == 0):
        raise Malformed("a value of more than 32 bits")
    return int.from_bytes(body, "big")


def _counter64(body: bytes) -> int:
    if not 0 < len(body) < 9 and not (len(body) == 9 and body[0] == 0):
        raise Malformed("a Counter64 of more than 64 bits")
    return int.from_bytes(body, "big")


def _address(body: bytes) -> str:
    if len(body) != 4:
        raise Malformed("an IpAddress is four octets")
    return "{}.{}.{}.{}".format(*body)


VALUES: dict[int, Callable[[bytes], Value]] = {
    0x02: _integer,
    0x04: bytes,
    0x06: decode_oid,
    0x40: _address,
    0x41: _unsigned,  # Counter32
    0x42: _unsigned,  # Gauge32, Unsigned32
    0x43: _unsigned,  # TimeTicks
    0x44: bytes,  # Opaque
    0x46: _counter64,
}
"""How the contents of each type of RFC 2578 are read; each raises Malformed."""
