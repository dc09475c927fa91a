"""A connected UDP socket for one device: so that the network's refusals reach us, and nobody else's datagrams."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from noc_agent.snmp.answer import Failure
from noc_agent.snmp.live.ask import Failed

Place = tuple[Any, ...]
"""What socket.getaddrinfo gives."""


def resolved(address: str | None, port: int, until: float) -> list[Place]:
    """Where to connect to. A name is looked up in a thread, for a resolver knows no deadline. Raises Failed."""
    look_up = partial(socket.getaddrinfo, address, port, type=socket.SOCK_DGRAM)
    found: SimpleQueue[list[Place]] = SimpleQueue()

    def ask() -> None:
        try:
            found.put(look_up())
        except (OSError, UnicodeError):
            found.put([])

    if not address:
        return []
    with suppress(OSError):
        socket.inet_pton(socket.AF_INET, address)
        return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", (address, port))]
    try:
        return list(look_up(flags=socket.AI_NUMERICHOST))
    except (OSError, UnicodeError):
        threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        return found.get(timeout=max(0.0, until - time.monotonic()))
    except Empty as error:
        raise Failed(Failure.DEADLINE) from error


def connected(places: Iterable[Place]) -> socket.socket:
    """A socket to the first of these places that a route leads to. Raises Failed where there is none."""
    for family, kind, protocol, _, place in places:
        one = socket.socket(family, kind, protocol)
        try:
            one.connect(place)
        except OSError:
            one.close()
            continue
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return one
    raise Failed(Failure.UNREACHABLE)
