"""Which polls an incident is compared with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from noc_agent.history.choice import choose, span, thinned
from noc_agent.history.store import Asked, Poll
from noc_agent.site.model import Incident

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def minutes(*numbers: int) -> list[datetime]:
    return [AT + timedelta(minutes=n) for n in numbers]


def polls(times: list[datetime], marked: datetime | None = None) -> list[Poll]:
    return [Poll(at, "healthy" if at == marked else None, 1.0, 1, 1) for at in times]


def asked(times: list[datetime], well: list[int], device: str = "r1", failed: tuple[int, ...] = ()) -> list[Asked]:
    return [
        Asked(at, device, "time-out" if n in failed else "", count)
        for n, (at, count) in enumerate(zip(times, well, strict=True))
    ]


def incident(since: datetime | None = None, until: datetime | None = None) -> Incident:
    return Incident("i", "t", since=since, until=until)


def test_the_last_answer_before_the_incident_is_the_baseline() -> None:
    times = minutes(0, 5, 10, 15)
    choice = choose(
        polls(times), asked(times, [9, 9, 9, 4]), incident(AT + timedelta(minutes=12)), AT + timedelta(minutes=20)
    )
    assert choice.before == {"r1": times[2]}
    assert choice.window == (times[3],)


def test_an_incident_that_is_told_late_is_compared_with_the_poll_before_it_began() -> None:
    times = minutes(0, 5, 10, 15)
    choice = choose(
        polls(times), asked(times, [9, 9, 7, 7]), incident(AT + timedelta(minutes=12)), AT + timedelta(minutes=20)
    )
    assert choice.before == {"r1": times[1]}


def test_what_stood_for_longer_than_an_incident_may_be_late_is_how_things_are() -> None:
    times = minutes(0, 60, 120, 180)
    choice = choose(
        polls(times), asked(times, [9, 7, 7, 7]), incident(AT + timedelta(minutes=181)), AT + timedelta(minutes=185)
    )
    assert choice.before == {"r1": times[3]}


def test_without_a_beginning_the_newest_poll_at_which_most_was_well_is_the_baseline() -> None:
    times = minutes(0, 5, 10, 15, 20)
    rows = asked(times, [9, 9, 9, 7, 7]) + asked(times, [4, 4, 4, 4, 4], "r2")
    choice = choose(polls(times), rows, incident(), AT + timedelta(minutes=22))
    assert choice.before == {"r1": times[2], "r2": times[4]}
    assert choice.split == times[4]
    assert choice.window == ()


def test_a_poll_that_the_operator_marked_is_the_baseline() -> None:
    times = minutes(0, 5, 10, 15)
    choice = choose(polls(times, times[0]), asked(times, [5, 9, 9, 9]), incident(), AT + timedelta(minutes=20))
    assert choice.before == {"r1": times[0]}
    assert choice.window == tuple(times[1:])
    late = choose(polls(times, times[3]), asked(times, [5, 9, 9, 9]), incident(times[2]), AT + timedelta(minutes=20))
    assert late.before == {"r1": times[2]}  # a mark after the incident began says nothing of before


def test_a_device_that_missed_the_marked_poll_is_compared_with_its_own_last_answer() -> None:
    times = minutes(0, 5, 10)
    choice = choose(
        polls(times, times[0]), asked(times, [0, 9, 9], failed=(0,)), incident(), AT + timedelta(minutes=12)
    )
    assert choice.before == {"r1": times[2]}


def test_the_span_reaches_back_to_the_newest_poll_that_is_older() -> None:
    times = minutes(0, 5, 600)
    now = AT + timedelta(minutes=700)
    assert span(polls(times), incident(AT + timedelta(minutes=500)), now)[0] == times[1]
    assert span(polls(times, times[0]), incident(AT + timedelta(minutes=500)), now)[0] == times[0]


def test_a_long_window_is_thinned_to_its_ends_and_some_between() -> None:
    times = minutes(*range(0, 500, 5))
    picked = thinned(times)
    assert len(picked) == 6
    assert (picked[0], picked[-3:]) == (times[0], tuple(times[-3:]))
    assert thinned(times[:4]) == tuple(times[:4])
