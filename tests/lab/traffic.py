"""Traffic that goes on all the time: one process with sockets in the nodes' networks. `traffic FILE` (JSON).

FILE holds `{"flows": [{"pid", "target", "rate"}], "sinks": [pid], "size": octets}`; rates in kbit/s.
A program of its own, of the standard library.
"""

from __future__ import annotations

import heapq
import json
import random
import socket
import sys
import time
from pathlib import Path

from tests.lab.tap import other_network

DISCARD = 9


def socket_in(pid: int) -> socket.socket:
    """A UDP socket that belongs to the network of the process `pid`."""
    with other_network(pid):
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def sinks(pids: list[int]) -> list[socket.socket]:
    """Open the discard port of these nodes: nobody answers that it is closed. What arrives overflows and is gone."""
    made = []
    for pid in pids:
        sink = socket_in(pid)
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink.bind(("0.0.0.0", DISCARD))
        made.append(sink)
    return made


def main() -> None:
    said = json.loads(Path(sys.argv[1]).read_text())
    held = sinks(said["sinks"])
    chance = random.Random(7)
    size = said.get("size", 700)
    queue: list[tuple[float, int, float, socket.socket, str]] = []
    now = time.monotonic()
    for n, flow in enumerate(said["flows"]):
        out = socket_in(flow["pid"])
        out.setblocking(False)
        every = size * 8 / (flow["rate"] * 1000)
        queue.append((now + chance.random(), n, every, out, flow["target"]))
    heapq.heapify(queue)
    while queue:
        at, n, every, out, target = queue[0]
        wait = at - time.monotonic()
        if wait > 0:
            # Small bursts: one wake-up sends all that is due within a few milliseconds.
            time.sleep(max(wait, 0.005))
            continue
        late = time.monotonic() - at > 1
        jitter = chance.uniform(0.7, 1.3)
        heapq.heapreplace(queue, ((time.monotonic() if late else at) + every * jitter, n, every, out, target))
        try:
            out.sendto(bytes(size - 42), (target, DISCARD))
        except OSError:
            continue
    for sink in held:
        sink.close()


if __name__ == "__main__":
    main()
