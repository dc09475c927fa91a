"""The lab's parts that need neither root nor daemons: a circuit's throttle, checksums, AgentX."""

from __future__ import annotations

import random

from tests.lab.inside.agent import Table
from tests.lab.inside.agentx import COUNTER32, END_OF_VIEW, NO_SUCH_INSTANCE, binding, oid_bytes, read_oid, read_ranges
from tests.lab.port import DEPTH, Port, damaged


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
