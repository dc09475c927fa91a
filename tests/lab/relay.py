"""The wires: one process that carries every frame between the TAP ports of the nodes, and can do it badly.

It is the cable and the far end's receiver in one: it holds the carrier, loses, delays, throttles, blocks and corrupts. A frame whose checksum is damaged is
counted at the receiving port, as a network card does. A program of its own, of the standard library: `relay SOCKET`.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import os
import random
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab.inside.urgent import urgent
from tests.lab.port import Condition, Port, damaged
from tests.lab.tap import link_socket, link_states, open_tap, set_carrier, set_speed

HEADER = 14
QUEUE = 60
"Frames that wait in the sender's port before it discards."


class Relay:
    """All wires and what listens to their ports."""

    def __init__(self, path: str) -> None:
        self.ports: dict[tuple[str, str], Port] = {}
        self.cut: set[str] = set()
        self.flaps: dict[str, tuple[float, float]] = {}
        "Wires that go down and up by themselves: their period, and when they next change."
        self.links: dict[str, socket.socket] = {}
        self.late: list[tuple[float, int, Port, bytes]] = []
        self.count = itertools.count()
        self.random = random.Random()
        self.selector = selectors.DefaultSelector()
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        Path(path).unlink(missing_ok=True)
        self.door.bind(path)
        self.door.listen(8)
        self.selector.register(self.door, selectors.EVENT_READ, self.serve)

    def forever(self) -> None:
        reported = 0.0
        while True:
            now = time.monotonic()
            wait = 0.5 if not self.late else max(0.0, min(0.5, self.late[0][0] - now))
            for key, _ in self.selector.select(wait):
                key.data(key.fileobj)
            self.release(time.monotonic())
            self.flap(time.monotonic())
            if now - reported > 0.5:
                reported = now
                self.report()

    def release(self, now: float) -> None:
        """Deliver what was delayed."""
        while self.late and self.late[0][0] <= now:
            _, _, port, frame = heapq.heappop(self.late)
            self.deliver(port, frame)

    def flap(self, now: float) -> None:
        for wire, (period, at) in self.flaps.items():
            if at <= now:
                self.flaps[wire] = (period, now + period * self.random.uniform(0.7, 1.3))
                self.do_cut(wire, wire not in self.cut)

    def reader(self, port: Port) -> Any:
        return lambda _: self.read(port)

    def read(self, port: Port) -> None:
        for _ in range(16):
            try:
                frame = os.read(port.fd, 65536)
            except BlockingIOError:
                return
            except OSError:
                self.detach(port)
                return
            self.pass_on(port, frame)

    def pass_on(self, port: Port, frame: bytes) -> None:
        far, state = port.far, port.condition
        if far is None or far.fd < 0 or port.wire in self.cut:
            return
        if state.block or (state.largest and len(frame) > state.largest + HEADER):
            return
        if state.loss and self.random.random() < state.loss:
            return
        if state.throttle and not port.conforms(len(frame) * 8):
            return
        if state.corrupt and self.random.random() < state.corrupt and damaged(frame, self.random):
            far.in_errors += 1
            return
        if state.late and self.random.random() < state.late:
            port.late += 1
            far.in_errors += 1
            return
        if state.delay:
            at = time.monotonic() + max(0.0, self.random.gauss(state.delay, state.jitter))
            heapq.heappush(self.late, (at, next(self.count), far, frame))
            return
        self.deliver(far, frame)

    def deliver(self, far: Port, frame: bytes) -> None:
        if far.fd >= 0:
            with contextlib.suppress(OSError):
                os.write(far.fd, frame)

    def report(self) -> None:
        """Write the receivers' counters where each node's agent reads them."""
        lines: dict[str, list[str]] = {}
        for port in self.ports.values():
            if port.phy and (port.in_errors or port.late):
                lines.setdefault(port.phy, []).append(f"{port.name} {port.in_errors} {port.late}\n")
        for path, rows in lines.items():
            # Put in place whole: an agent that read it half written would count from zero.
            part = Path(f"{path}.part")
            with contextlib.suppress(OSError):
                part.write_text("".join(rows))
                part.rename(path)

    def detach(self, port: Port) -> None:
        """The node took the port with it."""
        if port.fd >= 0:
            with contextlib.suppress(KeyError, ValueError):
                self.selector.unregister(port.fd)
            os.close(port.fd)
        port.fd, port.up, port.carrier = -1, False, None
        self.carriers(port.wire)

    def carriers(self, wire: str) -> None:
        """A port has carrier while its far end is there, up and not cut off."""
        for port in self.ports.values():
            if port.wire != wire or port.fd < 0:
                continue
            carrier = wire not in self.cut and port.far is not None and port.far.fd >= 0 and port.far.up
            if carrier != port.carrier:
                port.carrier = carrier
                set_carrier(port.fd, carrier)

    def serve(self, door: socket.socket) -> None:
        talk, _ = door.accept()
        with talk:
            talk.settimeout(5)
            try:
                words = json.loads(talk.makefile("rb").readline() or b"{}")
                answer = getattr(self, f"do_{words.pop('do')}")(**words)
            except Exception as error:  # noqa: BLE001  the client prints it; the wires must go on
                answer = {"error": f"{type(error).__name__}: {error}"}
            with contextlib.suppress(OSError):
                talk.sendall(json.dumps(answer).encode() + b"\n")

    def do_node(self, node: str, pid: int) -> dict[str, Any]:
        """Listen to the links of a node that has begun."""
        old = self.links.pop(node, None)
        if old is not None:
            self.selector.unregister(old)
            old.close()
        link = link_socket(pid)
        self.links[node] = link
        self.selector.register(link, selectors.EVENT_READ, lambda _: self.link_changed(node, link))
        return {}

    def do_gone(self, node: str) -> dict[str, Any]:
        """A node lost power: its ports go. The socket that listens to its links would keep its network, and them, alive."""
        link = self.links.pop(node, None)
        if link is not None:
            self.selector.unregister(link)
            link.close()
        for port in self.ports.values():
            if port.node == node:
                self.detach(port)
        return {}

    def link_changed(self, node: str, link: socket.socket) -> None:
        try:
            data = link.recv(65536)
        except OSError:
            return
        for name, up in link_states(data):
            port = self.ports.get((node, name))
            if port is not None and port.up != up:
                port.up = up
                self.carriers(port.wire)

    def do_attach(self, wire: str, node: str, name: str, pid: int, speed: int, mtu: int, phy: str) -> dict[str, Any]:
        """Give a node its port of a wire."""
        port = self.ports.setdefault((node, name), Port(node, name, wire))
        if port.fd >= 0:
            self.detach(port)
        port.phy, port.in_errors, port.late = phy, 0, 0
        for other in self.ports.values():
            if other.wire == wire and other is not port:
                port.far, other.far = other, port
        here = f"w{next(self.count)}"
        port.fd = open_tap(here)
        set_speed(here, speed, full=True)
        move = f"link set dev {here} txqueuelen {QUEUE} mtu {mtu}\nlink set dev {here} netns {pid} name {name}\n"
        subprocess.run(["ip", "-batch", "-"], input=move, text=True, check=True, capture_output=True)
        self.selector.register(port.fd, selectors.EVENT_READ, self.reader(port))
        self.carriers(wire)
        return {}

    def do_set(self, wire: str, node: str = "", **changes: Any) -> dict[str, Any]:
        """Change the direction that begins at `node`, or both."""
        for port in self.ports.values():
            if port.wire == wire and node in ("", port.node):
                for key, value in changes.items():
                    setattr(port.condition, key, value)
        return {}

    def do_cut(self, wire: str, cut: bool = True) -> dict[str, Any]:
        (self.cut.add if cut else self.cut.discard)(wire)
        self.carriers(wire)
        return {}

    def do_flap(self, wire: str, period: float) -> dict[str, Any]:
        """Let a wire go down and up by itself; a period of zero ends that."""
        self.flaps.pop(wire, None)
        if period:
            self.flaps[wire] = (period, 0.0)
            return {}
        return self.do_cut(wire, False)

    def do_patch(self, wire: str, a: list[str], b: list[str]) -> dict[str, Any]:
        """Plug a wire into these two ports, as a technician does, rightly or not."""
        one, two = self.ports[a[0], a[1]], self.ports[b[0], b[1]]
        one.far, two.far, one.wire, two.wire = two, one, wire, wire
        self.carriers(wire)
        return {}

    def do_clear(self) -> dict[str, Any]:
        """Every wire well again."""
        for port in self.ports.values():
            port.condition = Condition()
        self.flaps = {}
        cut, self.cut = self.cut, set()
        for wire in cut:
            self.carriers(wire)
        return {}

    def do_show(self) -> dict[str, Any]:
        times = os.times()
        bad = [f"{p.node}/{p.name} {p.condition}" for p in self.ports.values() if p.condition != Condition()]
        return {
            "pid": os.getpid(),
            "cpu": times.user + times.system,
            "cut": sorted(self.cut),
            "flapping": sorted(self.flaps),
            "bad": bad,
        }


if __name__ == "__main__":
    urgent()
    Relay(sys.argv[1]).forever()
