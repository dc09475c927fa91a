"""Many devices at a time: nobody waits for a dead one, and the end is where the deadline says."""

from __future__ import annotations

import gc
import time
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from noc_agent.site.model import Device, SnmpSettings
from noc_agent.snmp.answer import Answer, Failure
from noc_agent.snmp.live import sweep
from noc_agent.snmp.source import Reply
from tests.snmp.agents import Manner, Rows, Served, agents
from tests.snmp.live.asking import AT, DESCR, router

ROWS = Rows.of(router(4))
DEAD = Manner(dead=True)


def _devices(places: list[tuple[str, int]], timeout: float = 0.3, retries: int = 1) -> list[Device]:
    return [
        Device(f"d{n}", address, snmp=SnmpSettings(port=port, timeout=timeout, retries=retries))
        for n, (address, port) in enumerate(places)
    ]


def _columns(_: Reply) -> list[str]:
    return [DESCR]


def test_a_hundred_devices_answer_once_each_and_the_dead_are_not_waited_for() -> None:
    served = [Served(ROWS, DEAD if n % 10 == 0 else Manner()) for n in range(100)]
    with agents(served) as places:
        began = time.monotonic()
        answers = list(sweep(_devices(places), AT, _columns, deadline=20))
        took = time.monotonic() - began
    assert sorted(answer.device for answer in answers) == sorted(f"d{n}" for n in range(100))
    assert {answer.device for answer in answers if answer.failure is Failure.TIME_OUT} == {
        f"d{n}" for n in range(0, 100, 10)
    }
    assert all(
        answer.reply is not None and len(answer.reply.columns[DESCR]) == 4 for answer in answers if not answer.failure
    )
    assert took < 2.5  # one time-out and its retry are 0.6 s
    assert [answer.failure for answer in answers[-5:]] == [Failure.TIME_OUT] * 5  # in the order in which they end


def test_devices_whose_turn_does_not_come_have_the_deadline_as_their_reason() -> None:
    with agents([Served(ROWS, DEAD) for _ in range(12)]) as places:
        began = time.monotonic()
        answers = list(sweep(_devices(places, timeout=5), AT, _columns, deadline=0.4, workers=2))
        took = time.monotonic() - began
    assert len(answers) == 12
    assert {answer.failure for answer in answers} == {Failure.DEADLINE}
    assert took < 1.5


def test_a_device_has_a_deadline_of_its_own() -> None:
    with agents([Served(ROWS, DEAD), Served(ROWS)]) as places:
        answers = {
            a.device: a for a in sweep(_devices(places, timeout=5), AT, _columns, deadline=20, device_deadline=0.3)
        }
    assert answers["d0"].failure is Failure.DEADLINE
    assert answers["d0"].seconds < 0.6
    assert answers["d1"].reply is not None


def test_an_executor_of_ones_own_is_used_and_left_open() -> None:
    with ThreadPoolExecutor(2) as pool, agents([Served(ROWS)] * 6) as places:
        answers = list(sweep(_devices(places), AT, _columns, deadline=20, executor=pool))
        assert len(answers) == 6
        assert pool.submit(int).result() == 0
    assert not any(answer.failure for answer in answers)


def test_processes_may_poll_too() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, agents([Served(ROWS)] * 3) as places:
        answers = list(sweep(_devices(places, timeout=2), AT, _columns, deadline=60, executor=pool))
    assert [answer.reply and len(answer.reply.columns[DESCR]) for answer in answers] == [4, 4, 4]


def test_an_answer_is_not_kept_once_it_was_given_out() -> None:
    with agents([Served(ROWS)] * 30) as places:
        seen: list[weakref.ref[object]] = []
        for answer in sweep(_devices(places), AT, _columns, deadline=20, workers=2):
            assert isinstance(answer, Answer)
            assert answer.reply is not None
            seen.append(weakref.ref(_Marked.of(answer.reply.columns)))
            del answer
            gc.collect()
            assert not any(one() for one in seen)


class _Marked(dict[str, int]):
    """Stands in a reply's columns, since a plain dict takes no weak reference. It is true, though empty."""

    def __bool__(self) -> bool:
        return True

    @classmethod
    def of(cls, columns: object) -> _Marked:
        assert isinstance(columns, dict)
        columns["mark"] = made = cls()
        return made


def test_a_sweep_that_is_left_early_ends() -> None:
    with agents([Served(ROWS)] * 20) as places:
        answers = sweep(_devices(places), AT, _columns, deadline=20, workers=2)
        assert next(answers).reply is not None
        answers.close()  # type: ignore[attr-defined]


def test_no_device_is_no_answer() -> None:
    assert list(sweep([], AT, _columns, deadline=1)) == []
