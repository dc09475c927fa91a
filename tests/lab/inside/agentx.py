"""AgentX (RFC 2741) as far as a subagent needs it: open, register, answer Get, GetNext and GetBulk."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Sequence

OPEN, REGISTER, GET, GETNEXT, GETBULK, RESPONSE = 1, 3, 5, 6, 7, 18
INTEGER, OCTETS, COUNTER32, GAUGE32, TIMETICKS = 2, 4, 65, 66, 67
NO_SUCH_INSTANCE, END_OF_VIEW = 129, 130
NETWORK_ORDER = 0x10
INTERNET = (1, 3, 6, 1)
PRIORITY = 100
"Before net-snmp's own tables, which register with 127."

Oid = tuple[int, ...]
Value = int | bytes


class Gone(Exception):
    """The master agent closed the session."""


def oid_bytes(oid: Oid) -> bytes:
    return struct.pack(f"!BBBB{len(oid)}I", len(oid), 0, 0, 0, *oid)


def read_oid(data: bytes, at: int) -> tuple[Oid, bool, int]:
    """An identifier, whether a search includes it, and where it ends."""
    count, prefix, include = data[at], data[at + 1], data[at + 2]
    rest = struct.unpack_from(f"!{count}I", data, at + 4)
    return (*((*INTERNET, prefix) if prefix else ()), *rest), bool(include), at + 4 + 4 * count


def octets(value: bytes) -> bytes:
    return struct.pack("!I", len(value)) + value + bytes(-len(value) % 4)


def binding(oid: Oid, kind: int, value: Value) -> bytes:
    head = struct.pack("!HH", kind, 0) + oid_bytes(oid)
    if isinstance(value, bytes):
        return head + octets(value)
    if kind in (NO_SUCH_INSTANCE, END_OF_VIEW):
        return head
    return head + struct.pack("!i" if kind == INTEGER else "!I", value if kind == INTEGER else value % (1 << 32))


def read_ranges(data: bytes, at: int) -> Iterator[tuple[Oid, bool, Oid]]:
    """The searches of a request: begin, whether it is included, end."""
    while at < len(data):
        begin, include, at = read_oid(data, at)
        end, _, at = read_oid(data, at)
        yield begin, include, end


class Session:
    """A connection to the master agent."""

    def __init__(self, path: str, name: str) -> None:
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.link.connect(path)
        self.session, self.packet = 0, 0
        self._ask(OPEN, struct.pack("!B3x", 5) + oid_bytes(()) + octets(name.encode()))

    def register(self, subtrees: Sequence[Oid]) -> None:
        for subtree in subtrees:
            self._ask(REGISTER, struct.pack("!BBBB", 5, PRIORITY, 0, 0) + oid_bytes(subtree))

    def _ask(self, kind: int, body: bytes) -> None:
        self.packet += 1
        self._send(kind, 0, self.packet, body)
        answer, _, _, data = self.receive()
        if answer != RESPONSE or struct.unpack_from("!H", data, 4)[0]:
            raise Gone

    def _send(self, kind: int, transaction: int, packet: int, body: bytes) -> None:
        head = struct.pack("!BBBBIIII", 1, kind, NETWORK_ORDER, 0, self.session, transaction, packet, len(body))
        self.link.sendall(head + body)

    def receive(self) -> tuple[int, int, int, bytes]:
        """The next message: kind, transaction, packet, body."""
        head = self._exactly(20)
        _, kind, _, _, self.session, transaction, packet, length = struct.unpack("!BBBBIIII", head)
        return kind, transaction, packet, self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.link.recv(count - len(data))
            if not part:
                raise Gone
            data += part
        return data

    def respond(self, transaction: int, packet: int, bindings: bytes) -> None:
        self._send(RESPONSE, transaction, packet, struct.pack("!IHH", 0, 0, 0) + bindings)
