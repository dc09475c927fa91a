"""What an investigation may spend."""

from __future__ import annotations

import math

import pytest

from noc_agent.agent.budget import Budget, Left, recorded_clock


def at(seconds: float, **limits: float) -> Budget:
    """A budget begun at 0 and asked at `seconds`."""
    times = iter([0.0, seconds])
    deadline = limits.get("deadline", math.inf)
    budget = Budget(deadline=deadline, clock=lambda: next(times))
    budget.tick(100)
    return budget


def test_without_limits_only_steps_count() -> None:
    budget = Budget()
    budget.tick(10**9)
    assert budget.left() == Left(24, None, math.inf)
    assert budget.exhausted() is None
    assert not budget.closing()
    assert budget.answer_tokens(4096) == 4096


@pytest.mark.parametrize(("steps", "free"), [(24, 21), (12, 9), (11, 9), (8, 6), (4, 3), (2, 1), (1, 0)])
def test_the_last_steps_are_kept_for_the_submission(steps: int, free: int) -> None:
    budget = Budget(max_steps=steps)
    seen = 0
    while not budget.closing():
        budget.spend(10)
        seen += 1
    assert seen == free
    while not budget.exhausted():
        budget.spend(10)
        seen += 1
    assert seen == steps


def test_tokens_are_kept_for_the_submission_and_bound_the_reply() -> None:
    budget = Budget(max_tokens=10_000)
    budget.tick(2_000)
    assert not budget.closing()
    budget.spend(4_000)
    assert budget.closing()
    assert budget.exhausted() is None
    assert budget.answer_tokens(4096) == 4_000
    assert budget.answer_tokens(5) == 5
    budget.spend(4_000)
    assert budget.exhausted() == "the limit of 10000 tokens was reached, the next prompt takes some 2000"
    assert budget.left().tokens == 2_000


def test_time_is_kept_for_the_submission() -> None:
    assert not at(30.0, deadline=100.0).closing()
    assert at(60.0, deadline=100.0).closing(), "a turn took 60 s, another one would not fit"
    assert at(99.0, deadline=100.0).exhausted() is None
    assert at(100.0, deadline=100.0).exhausted() == "the time was used up"


def test_recorded_readings_are_read_again() -> None:
    clock = recorded_clock([{"elapsed_s": 1.5}, {"n": 2}, {"elapsed_s": 3}])
    assert [clock() for _ in range(5)] == [0.0, 1.5, 3, 3, 3]
