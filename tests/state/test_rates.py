"""Rates from pairs of polls: wraps, restarts, discontinuities and slow clocks are told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from noc_agent.snmp import Reply, Value
from noc_agent.state import DeviceState, rates
from noc_agent.state.rates import elapsed

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
OLD = {"in": f"{IF}.10", "packets": f"{IF}.11", "errors": f"{IF}.14"}
HC = {"in": f"{IFX}.6", "packets": f"{IFX}.7"}


def state(
    seconds: float, uptime: float | None, cells: dict[str, int], *, speed: int = 100_000_000, index: int = 1
) -> DeviceState:
    one = str(index)
    columns: dict[str, dict[str, Value]] = {oid: {one: value} for oid, value in cells.items()}
    columns |= {f"{IF}.2": {one: b"eth1"}, f"{IF}.5": {one: speed}}
    if uptime is not None:
        columns["1.3.6.1.2.1.1.3"] = {"0": int(uptime * 100) % 2**32}
    return DeviceState(Reply("r1", AT + timedelta(seconds=seconds), columns, "snmp:r1"))


def test_a_rate_is_timed_by_the_device_itself() -> None:
    found = rates(state(0, 1000, {HC["in"]: 0}), state(300, 1200, {HC["in"]: 2_500_000}), "eth1")
    assert found is not None
    assert (found.seconds, found.in_bps, found.in_utilisation) == (200, 100_000, 0.001)


def test_a_narrow_counter_may_wrap_once() -> None:
    found = rates(state(0, 1000, {OLD["in"]: 2**32 - 100}), state(100, 1100, {OLD["in"]: 900}), "eth1")
    assert found is not None
    assert found.in_bps == 80.0


def test_a_narrow_counter_that_may_have_wrapped_twice_says_nothing() -> None:
    fast = 10_000_000_000
    cells = {OLD["in"]: 1000, OLD["packets"]: 10, OLD["errors"]: 5}
    later = {OLD["in"]: 2000, OLD["packets"]: 20, OLD["errors"]: 10}
    found = rates(state(0, 1000, cells, speed=fast), state(300, 1300, later, speed=fast), "eth1")
    assert found is not None
    assert found.in_bps is None
    assert found.in_errors_per_s == pytest.approx(5 / 300)
    wide = {HC["in"]: 1000, HC["packets"]: 10}
    again = rates(
        state(0, 1000, wide, speed=fast), state(300, 1300, {HC["in"]: 3000, HC["packets"]: 310}, speed=fast), "eth1"
    )
    assert again is not None
    assert again.in_bps == pytest.approx(8 * 2000 / 300)
    assert again.in_packets_per_s == 1.0


def test_a_restart_gives_no_rate_and_an_uptime_that_wrapped_does() -> None:
    before, now = {HC["in"]: 1000}, {HC["in"]: 2000}
    assert rates(state(0, 100_000, before), state(300, 20, now), "eth1") is None
    wrap = 2**32 / 100
    found = rates(state(0, wrap - 100, before), state(300, wrap + 200, now), "eth1")
    assert found is not None
    assert found.seconds == pytest.approx(300)


def test_a_counter_that_started_over_gives_no_rate() -> None:
    found = rates(state(0, 1000, {HC["in"]: 5000}), state(300, 1300, {HC["in"]: 100}), "eth1")
    assert found is not None
    assert found.in_bps is None
    moved = {f"{IFX}.19": 0, HC["in"]: 0}, {f"{IFX}.19": 120_000, HC["in"]: 100}
    assert rates(state(0, 1000, moved[0]), state(300, 1300, moved[1]), "eth1") is None


def test_another_index_is_another_interface() -> None:
    before, now = state(0, 1000, {HC["in"]: 0}), state(300, 1300, {HC["in"]: 100}, index=2)
    assert rates(before, now, "eth1") is None


def test_an_agent_without_uptime_is_timed_by_the_poller() -> None:
    before, now = state(0, None, {HC["in"]: 0}), state(300, None, {HC["in"]: 300})
    assert elapsed(before, now) == 300
    found = rates(before, now, "eth1")
    assert found is not None
    assert found.in_bps == 8.0
