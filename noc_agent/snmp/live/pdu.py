"""SNMP PDUs (RFC 1157, RFC 3416): the three that ask, and what comes back. There is no other that could be built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from noc_agent.snmp.live import ber
from noc_agent.snmp.live.ber import Binding, Malformed

RESPONSE, REPORT = 0xA2, 0xA8
TOO_BIG, NO_SUCH_NAME, AUTHORIZATION_ERROR = 1, 2, 16
STATUS = (
    "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength", "wrongEncoding",
    "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed", "undoFailed", "authorizationError",
    "notWritable", "inconsistentName",
)  # fmt: skip


class Kind(IntEnum):
    """What may be asked: reading, and nothing else."""

    GET = 0xA0
    GET_NEXT = 0xA1
    GET_BULK = 0xA5


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, or a Report of version 3. `octets` is the size of the datagram."""

    id: int
    status: int
    index: int
    bindings: list[Binding]
    octets: int = 0
    report: str = ""  # the counter's OID that a Report names

    @property
    def trouble(self) -> str:
        """Its error-status in the RFC's word."""
        return STATUS[self.status] if 0 <= self.status < len(STATUS) else f"error-status {self.status}"


def request(kind: Kind, identity: int, names: Sequence[bytes], repetitions: int = 0) -> bytes:
    """A PDU that asks for these names; `repetitions` counts for GETBULK alone, which has no non-repeaters here."""
    pairs = [ber.element(ber.SEQUENCE, ber.element(ber.OID, name) + ber.EMPTY) for name in names]
    head = ber.integer(identity) + ber.integer(0) + ber.integer(repetitions if kind is Kind.GET_BULK else 0)
    return ber.element(kind, head + ber.element(ber.SEQUENCE, b"".join(pairs)))


def read(data: bytes, at: int) -> Response:
    """The PDU at this place. Raises Malformed."""
    tag, start, _ = ber.header(data, at)
    if tag not in (RESPONSE, REPORT):
        raise Malformed("is no response")
    identity, start = ber.number(data, start)
    status, start = ber.number(data, start)
    index, start = ber.number(data, start)
    listed, start, end = ber.header(data, start)
    if listed != ber.SEQUENCE:
        raise Malformed("has no list of varbinds")
    found = ber.bindings(data, start, end)
    report = ber.decode_oid(found[0][0]) if tag == REPORT and found else ""
    return Response(identity, status, index, found, len(data), report or ("?" if tag == REPORT else ""))
