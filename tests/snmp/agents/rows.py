"""What an agent serves: a recording, or OIDs with values, as varbinds in the order of their OIDs."""

from __future__ import annotations

import gzip
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from pathlib import Path

from tests.snmp.agents import ber
from tests.snmp.agents.ber import Arcs

Value = int | bytes | str | tuple[int, int | bytes | str]
"""int: INTEGER; bytes: OCTET STRING; str: OBJECT IDENTIFIER; (tag, value): that tag, as (0x41, 7) for a Counter32."""
_RANGES = {2: (-(2**31), 2**31), 65: (0, 2**32), 66: (0, 2**32), 67: (0, 2**32), 70: (0, 2**64)}


class Rows:
    """Varbinds by OID. `varbinds[n]` belongs to `oids[n]`."""

    def __init__(self, cells: Mapping[Arcs, bytes]) -> None:
        self.oids: list[Arcs] = sorted(cells)
        self.values = [cells[oid] for oid in self.oids]
        self.varbinds = [varbind(oid, cells[oid]) for oid in self.oids]
        self.places = {ber.oid_body(oid): n for n, oid in enumerate(self.oids)}

    def after(self, body: bytes) -> int:
        """The place of the first varbind behind this encoded OID."""
        place = self.places.get(body)
        return bisect_right(self.oids, ber.read_oid(body)) if place is None else place + 1

    @classmethod
    def of(cls, source: Path | Mapping[str, Value]) -> Rows:
        return cls(read_recording(source) if isinstance(source, Path) else read_mapping(source))


def varbind(oid: Arcs, value: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_body(oid)) + value)


def arcs(text: str) -> Arcs:
    return tuple(map(int, text.strip().lstrip(".").split(".")))


def encode(tag: int, value: int | bytes | str) -> bytes:
    """A value as its element. Raises ValueError where the tag cannot carry it."""
    if isinstance(value, int):
        least, end = _RANGES[tag]
        if not least <= value < end:
            raise ValueError(value)
        return ber.integer(value, tag)
    if isinstance(value, bytes):
        return ber.tlv(tag, value)
    return ber.tlv(tag, ber.oid_body(arcs(value)) if tag == ber.OID else IPv4Address(value).packed)


def read_mapping(cells: Mapping[str, Value]) -> dict[Arcs, bytes]:
    plain = {int: ber.INTEGER, bytes: ber.OCTETS, str: ber.OID}
    return {
        arcs(oid): encode(*value) if isinstance(value, tuple) else encode(plain[type(value)], value)
        for oid, value in cells.items()
    }


def read_recording(path: Path) -> dict[Arcs, bytes]:
    """The rows of a `.snmprec[.gz]`; a value that its tag cannot carry is left out, of duplicates the first is served."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8", "surrogateescape")
    return dict(_cells(text.splitlines()))


def _cells(lines: Iterable[str]) -> Iterable[tuple[Arcs, bytes]]:
    seen: set[Arcs] = set()
    for line in lines:
        try:
            oid, tag, value = line.split("|", 2)
            key = arcs(oid)
            if key in seen or min(key) < 0 or max(key) >= 2**32 or len(key) < 2:
                continue
            seen.add(key)
            yield key, _recorded(tag, value)
        except (ValueError, KeyError):
            continue


def _recorded(tag: str, text: str) -> bytes:
    number = int(tag.rstrip("x"))
    if number == ber.NULL:
        return ber.tlv(ber.NULL, b"")
    if number in _RANGES:
        return encode(number, int(text, 16 if tag.endswith("x") else 10))
    if tag.endswith("x"):
        return ber.tlv(number, bytes.fromhex(text))
    if number in (4, 68):
        return ber.tlv(number, text.encode("utf-8", "surrogateescape"))
    return encode(number, text.strip().lstrip("."))
