"""A reply as the history keeps it: only the columns that differ from the device's last whole reply, packed.

Most of what a device says (names, descriptions, neighbors, routes) is the same in every poll; counters are not. A poll of
a 48-port switch so takes about a quarter of its whole reply.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from noc_agent.site.times import rfc3339
from noc_agent.snmp import Reply, Value, reply_from_json, reply_to_json

DIGEST = 8  # octets a column; 2^-64 that a change goes unseen
WHOLE_AGAIN = 0.7  # a reply of which more than this share changed becomes the new base

Digests = Mapping[str, str]  # column OID → digest of its cells, in hex


@dataclass(frozen=True, slots=True)
class Packed:
    """A reply ready to be stored. `cells` and, where the reply is to be the device's new base, `digests` of its columns."""

    whole: bool
    cells: bytes
    gone: tuple[str, ...]  # columns of the base that were not served this time
    digests: Digests
    skipped: int
    problems: tuple[str, ...]
    partial: tuple[str, ...]


def pack_reply(reply: Reply, base: Digests) -> Packed:
    """The reply against the columns of its device's base; whole where there is no base or most has changed."""
    columns = reply_to_json(reply)["columns"]
    texts = {oid: _text(cells) for oid, cells in columns.items()}
    digests = {oid: hashlib.blake2b(text, digest_size=DIGEST).hexdigest() for oid, text in texts.items()}
    changed = [oid for oid, digest in digests.items() if base.get(oid) != digest]
    size = sum(map(len, texts.values()))
    whole = not base or sum(len(texts[oid]) for oid in changed) > WHOLE_AGAIN * size
    kept = list(texts) if whole else changed
    gone = () if whole else tuple(oid for oid in base if oid not in digests)
    body = b"{" + b",".join(json.dumps(oid).encode() + b":" + texts[oid] for oid in kept) + b"}"
    return Packed(whole, zlib.compress(body, 1), gone, digests if whole else {}, reply.skipped, reply.problems,
                  tuple(sorted(reply.partial)))  # fmt: skip


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpack_cells(packed: bytes) -> dict[str, Any]:
    """The JSON of columns that `pack_reply` packed. Raises ValueError where it is damaged."""
    if not packed:
        return {}
    try:
        cells = json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
    except zlib.error as error:
        raise ValueError from error
    return dict(cells)


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply as it stands in the file: unpacked only when it is looked at."""

    device: str
    at: datetime
    base: bytes
    cells: bytes
    gone: tuple[str, ...]
    skipped: int
    problems: tuple[str, ...]
    partial: tuple[str, ...] = ()

    def unpack(self) -> Reply:
        """The reply that was packed. Raises ValueError where it is damaged."""
        columns = unpack_cells(self.base) | unpack_cells(self.cells)
        for oid in self.gone:
            columns.pop(oid, None)
        head = {"device": self.device, "at": rfc3339(self.at), "source": f"snmp:{self.device}"}
        more = {"skipped": self.skipped, "problems": self.problems, "partial": self.partial}
        return reply_from_json({**head, **more, "columns": columns})


_WELL: Mapping[str, frozenset[int]] = {
    "1.3.6.1.2.1.2.2.1.8": frozenset({1}),  # ifOperStatus up
    "1.3.6.1.2.1.14.10.1.6": frozenset({4, 8}),  # ospfNbrState twoWay, full
    "1.3.6.1.2.1.15.3.1.2": frozenset({6}),  # bgpPeerState established
}
_HEARD = ("1.0.8802.1.1.2.1.4.1.1.5", "1.3.6.1.4.1.9.9.23.1.2.1.1.6")  # lldpRemChassisId, cdpCacheDeviceId


def well(reply: Reply) -> int:
    """How many things of a device are well: ports up, adjacencies, sessions, neighbors heard.

    Only compared with other polls of the same device, to find the last one at which it was whole.
    """
    count = sum(value in good for oid, good in _WELL.items() for value in _cells(reply, oid).values())
    return count + sum(len(_cells(reply, oid)) for oid in _HEARD)


def _cells(reply: Reply, oid: str) -> Mapping[str, Value]:
    return reply.columns.get(oid, {})
