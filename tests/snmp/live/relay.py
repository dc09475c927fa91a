"""A UDP relay on loopback that keeps every datagram of the client, and may delay what passes in each direction."""

from __future__ import annotations

import heapq
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Place = tuple[str, int]


@dataclass
class Relay:
    """`place` is where to ask; `asked` and `answered` are the datagrams that passed."""

    target: Place
    delay: float = 0.0  # seconds each way
    place: Place = ("127.0.0.1", 0)
    asked: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    keep: bool = True

    def run(self, front: socket.socket, stop: socket.socket) -> None:
        """Pass datagrams on until something comes on `stop`; each client has a socket of its own towards the target."""
        backs: dict[Place, socket.socket] = {}
        late: list[tuple[float, int, socket.socket, bytes, Place | None]] = []
        with selectors.DefaultSelector() as selector:
            selector.register(front, selectors.EVENT_READ)
            selector.register(stop, selectors.EVENT_READ)
            passed = 0
            while True:
                for key, _ in selector.select(max(0.0, late[0][0] - time.monotonic()) if late else None):
                    one = key.fileobj
                    if one is stop:
                        for back in backs.values():
                            back.close()
                        return
                    assert isinstance(one, socket.socket)
                    for datagram, peer in _waiting(one):
                        passed += 1
                        if one is front:
                            if peer not in backs:
                                backs[peer] = _socket(self.target[0])
                                backs[peer].connect(self.target)
                                selector.register(backs[peer], selectors.EVENT_READ, peer)
                            self._note(self.asked, datagram)
                            parcel: tuple[socket.socket, bytes, Place | None] = (backs[peer], datagram, None)
                        else:
                            self._note(self.answered, datagram)
                            parcel = (front, datagram, key.data)
                        heapq.heappush(late, (time.monotonic() + self.delay, passed, *parcel))
                while late and late[0][0] <= time.monotonic():
                    _, _, out, datagram, to = heapq.heappop(late)
                    _pass_on(out, datagram, to)

    def _note(self, kept: list[bytes], datagram: bytes) -> None:
        if self.keep:
            kept.append(datagram)


def _waiting(one: socket.socket) -> Iterator[tuple[bytes, Place]]:
    while True:
        try:
            yield one.recvfrom(65_535)
        except OSError:
            return


def _pass_on(out: socket.socket, datagram: bytes, peer: Place | None) -> None:
    try:
        if peer is None:
            out.send(datagram)
        else:
            out.sendto(datagram, peer)
    except OSError:  # nobody is there
        return


def _socket(address: str) -> socket.socket:
    one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    one.setblocking(False)
    return one


@contextmanager
def relay(target: Place, delay: float = 0.0, *, keep: bool = True) -> Iterator[Relay]:
    """A relay in a thread of its own, until the context ends."""
    front = _socket("127.0.0.1")
    front.bind(("127.0.0.1", 0))
    ours, theirs = socket.socketpair()
    made = Relay(target, delay, front.getsockname(), keep=keep)
    thread = threading.Thread(target=made.run, args=(front, theirs), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        ours.send(b"x")
        thread.join(5)
        for one in (front, ours, theirs):
            one.close()
