"""Agents on UDP sockets, all of them in one thread that ends with its context."""

from __future__ import annotations

import heapq
import os
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from tests.snmp.agents.responder import Manner, Responder

OVERTAKEN = 0.03  # seconds by which a response is late that others overtake
Parcel = tuple[float, int, socket.socket, bytes, Any]


class Server:
    """A thread that answers for all its agents. `places` are their (address, port)."""

    def __init__(self, agents: Sequence[tuple[Responder, Manner, str, int]]) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake = os.pipe()
        self._selector.register(self._wake[0], selectors.EVENT_READ)
        self._late: list[Parcel] = []
        self._sent = 0
        self.places: list[tuple[str, int]] = []
        for responder, manner, address, port in agents:
            one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            one.bind((address, port))
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ, (responder, manner))
            self.places.append(one.getsockname()[:2])
        self._thread = threading.Thread(target=self.run, name="snmp agents", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.write(self._wake[1], b"x")
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        for end in self._wake:
            os.close(end)

    def run(self) -> None:
        """Answer until the context ends."""
        while True:
            wait = max(0.0, self._late[0][0] - time.monotonic()) if self._late else None
            for key, _ in self._selector.select(wait):
                if not isinstance(key.fileobj, socket.socket):
                    return
                self._read(key.fileobj, *key.data)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, one, response, peer = heapq.heappop(self._late)
                _send(one, response, peer)

    def _read(self, one: socket.socket, responder: Responder, manner: Manner) -> None:
        while True:
            try:
                datagram, peer = one.recvfrom(65_535)
            except OSError:  # nothing more, or the asker has gone away
                return
            for response in responder.answer(datagram):
                self._sent += 1
                delay = manner.delay + (OVERTAKEN if manner.reorders else manner.jitter) * (self._sent % 2)
                if delay:
                    heapq.heappush(self._late, (time.monotonic() + delay, self._sent, one, response, peer))
                else:
                    _send(one, response, peer)


def _send(one: socket.socket, response: bytes, peer: Any) -> None:
    try:
        one.sendto(response, peer)
    except OSError:  # the asker has gone away
        return
