"""The lab's parts that need neither root nor daemons: a circuit's throttle, checksums, AgentX."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.inside.agent import Table
from tests.lab.inside.agentx import COUNTER32, END_OF_VIEW, NO_SUCH_INSTANCE, binding, oid_bytes, read_oid, read_ranges
from tests.lab.port import DEPTH, Port, damaged
from tests.lab.relay import Relay
from tests.lab.standing import PREFIX, RUNNING, labs, processes

WIRE, FRAME = "link/r1/eth1--r2/eth1", bytes(range(100))


class Cable:
    """Two nodes' ends of one wire, as sockets in place of TAP ports."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.nodes: list[socket.socket] = []
        self.held: list[socket.socket] = []
        for node in ("r1", "r2"):
            inner, outer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            for end in (inner, outer):
                end.setblocking(False)
            self.nodes.append(outer)
            self.held.append(inner)
            relay.ports[node, "eth1"] = Port(node, "eth1", WIRE, fd=inner.fileno(), up=True)
        relay.do_patch(WIRE, ["r1", "eth1"], ["r2", "eth1"])

    def arrives(self, frame: bytes = FRAME, *, back: bool = False) -> bool:
        """Send a frame from r1 to r2, or back; whether it is there at once."""
        near, far = reversed(self.nodes) if back else self.nodes
        near.send(frame)
        self.relay.read(self.relay.ports["r2" if back else "r1", "eth1"])
        return self.there(far)

    def there(self, node: socket.socket) -> bool:
        try:
            return bool(node.recv(2000))
        except BlockingIOError:
            return False


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    made = Cable(Relay(f"{tmp_path / 'wires.sock'}"))
    yield made
    for end in (*made.nodes, *made.held, made.relay.door):
        end.close()
    made.relay.selector.close()


def test_a_wire_carries_both_ways_until_it_is_cut_and_again_when_it_is_mended(cable: Cable) -> None:
    assert cable.arrives()
    assert cable.arrives(back=True)
    cable.relay.do_cut(WIRE)
    assert not cable.arrives()
    assert cable.relay.do_show()["cut"] == [WIRE]
    cable.relay.do_clear()
    assert cable.arrives()


def test_a_wire_is_deaf_in_one_direction_alone(cable: Cable) -> None:
    cable.relay.do_set(WIRE, "r1", block=True)
    assert not cable.arrives()
    assert cable.arrives(back=True)


def test_a_circuit_drops_large_frames_and_passes_small_ones(cable: Cable) -> None:
    cable.relay.do_set(WIRE, largest=200)
    assert cable.arrives(bytes(214))
    assert not cable.arrives(bytes(215))


def test_a_damaged_frame_is_counted_by_its_receiver(cable: Cable) -> None:
    cable.relay.do_set(WIRE, "r1", corrupt=1.0)
    assert not cable.arrives()
    assert cable.relay.ports["r2", "eth1"].in_errors == 1
    assert cable.relay.ports["r1", "eth1"].in_errors == 0


def test_counters_are_put_in_place_whole(cable: Cable, tmp_path: Path) -> None:
    """An agent that reads while the wires write still gets all of the old ones."""
    path, port = tmp_path / "phy", cable.relay.ports["r2", "eth1"]
    port.phy, port.in_errors = f"{path}", 3
    cable.relay.report()
    with path.open() as reader:
        port.in_errors = 4
        cable.relay.report()
        assert reader.read() == "eth1 3 0\n"
    assert path.read_text() == "eth1 4 0\n"


def test_a_delayed_frame_comes_late(cable: Cable) -> None:
    cable.relay.do_set(WIRE, delay=60.0)
    assert not cable.arrives()
    cable.relay.release(time.monotonic() + 50)
    assert not cable.there(cable.nodes[1])
    cable.relay.release(time.monotonic() + 70)
    assert cable.there(cable.nodes[1])


def test_a_throttled_circuit_passes_its_rate_and_no_more() -> None:
    port = Port("r1", "eth1", "link/r1/eth1--r2/eth1")
    port.condition.throttle = 8000.0
    most = int(DEPTH * 8000)
    assert port.conforms(most)
    assert not port.conforms(most)


def test_a_bit_error_always_shows_in_the_checksum() -> None:
    chance = random.Random(1)
    assert all(damaged(chance.randbytes(size), chance) for size in (60, 700, 1514) for _ in range(200))


def test_identifiers_survive_the_wire_and_the_prefix_is_spelled_out() -> None:
    oid = (1, 3, 6, 1, 2, 1, 17, 1, 1, 0)
    assert read_oid(oid_bytes(oid), 0) == (oid, False, 44)
    assert read_oid(bytes([1, 2, 1, 0, 0, 0, 0, 9]), 0) == ((1, 3, 6, 1, 2, 9), True, 8)
    assert list(read_ranges(oid_bytes(oid) + oid_bytes(()), 0)) == [(oid, False, ())]


def test_a_table_answers_in_order_and_says_where_it_ends() -> None:
    table = Table()
    table.rows = {(1, 2, 3): (COUNTER32, 7), (1, 2, 10): (COUNTER32, 8)}
    table.keys = sorted(table.rows)
    assert table.following((1, 2), (), include=False) == (1, 2, 3)
    assert table.following((1, 2, 3), (), include=False) == (1, 2, 10)
    assert table.following((1, 2, 3), (), include=True) == (1, 2, 3)
    assert table.following((1, 2, 3), (1, 2, 10), include=False) is None
    assert table.exact((1, 2, 10)) == binding((1, 2, 10), COUNTER32, 8)
    assert table.exact((1, 2, 4)) == binding((1, 2, 4), NO_SUCH_INSTANCE, 0)
    assert table.next((1, 2, 10), (), include=False) == binding((1, 2, 10), END_OF_VIEW, 0)


@pytest.mark.parametrize(("module", "ours"), [("tests.lab.traffic", True), ("noc_agent", False)])
def test_only_what_a_lab_began_is_a_lab_of_its_own(module: str, ours: bool) -> None:
    """Somebody reads a lab's files, and `down` does not end him."""
    folder = RUNNING / f"{PREFIX}none-such"
    command = [sys.executable, "-S", "-c", "import sys; sys.stdin.read()", module, f"{folder}/traffic.json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as begun:
        try:
            assert (begun.pid in processes(folder), folder in labs()) == (ours, ours)
        finally:
            begun.communicate()
