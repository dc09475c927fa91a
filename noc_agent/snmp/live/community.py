"""Messages of SNMPv1 and SNMPv2c (RFC 1157, RFC 1901): a version, a community and the PDU."""

from __future__ import annotations

from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.ber import Malformed
from noc_agent.snmp.live.pdu import Response


class Community:
    """Packs and reads the messages to one device."""

    def __init__(self, version: str, community: str) -> None:
        self._version = 0 if version == "1" else 1
        self._head = ber.integer(self._version) + ber.octets(community.encode("utf-8", "surrogateescape"))

    def pack(self, asked: bytes, identity: int) -> bytes:
        return ber.element(ber.SEQUENCE, self._head + asked)

    def unpack(self, datagram: bytes) -> Response:
        """What a datagram says. Raises Malformed."""
        _, at, _ = ber.header(datagram, 0)
        version, at = ber.number(datagram, at)
        if version != self._version:
            raise Malformed("is of another version")
        _, at = ber.contents(datagram, at, ber.OCTETS)
        return pdu.read(datagram, at)
