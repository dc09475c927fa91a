"""Agents that are slow, lossy, limited, broken or lying: a right answer where there is one, else a part and a word about it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from noc_agent.snmp import STANDARD_COLUMNS
from noc_agent.snmp.answer import Answer
from noc_agent.snmp.live import columns as live_columns
from noc_agent.snmp.live.poll import SYSTEM
from tests.snmp.agents import agent
from tests.snmp.live.asking import DESCR, HC_IN, IF, IFX, IN_UCAST, NOC, OUT_UCAST, V3, ask, plain, reply, router
from tests.snmp.live.relay import relay

COLUMNS = tuple(dict.fromkeys([*SYSTEM, *STANDARD_COLUMNS]))


@pytest.mark.parametrize(
    "manner",
    [
        {"no_bulk": True}, {"bulk_error": 5}, {"first_only": True}, {"too_big": 5}, {"too_big": 1}, {"fits": 484}, {"drops_over": 1400},
        {"truncates_over": 1400}, {"truncates_over": 600}, {"loses": 8}, {"reorders": True}, {"strays": True}, {"delay": 0.02},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("settings", [{"version": "2c"}, V3], ids=["2c", "3"])
def test_the_answer_is_whole_though_the_agent_is_difficult(manner: dict[str, Any], settings: dict[str, Any]) -> None:
    with agent(router(), user=NOC, **manner) as place:
        answer = ask(place, timeout=0.25, retries=2, **settings)
    assert answer.reply is not None
    assert answer.reply.columns == plain(router(), COLUMNS)
    assert answer.reply.problems == ()
    assert answer.seconds < 8


@pytest.mark.parametrize("manner", [{"too_big": 6}, {"loses": 8}, {"reorders": True}], ids=str)
def test_version_1_is_as_patient(manner: dict[str, Any]) -> None:
    with agent(router(12), **manner) as place:
        live = reply(place, timeout=0.25, retries=2, version="1")
    assert live.columns == plain(router(12), COLUMNS)
    assert live.problems == ()


def test_large_rows_are_asked_in_smaller_portions() -> None:
    column = "1.3.6.1.2.1.47.1.1.1.1.2"
    rows = {**router(2), **{f"{column}.{n}": b"x" * 900 for n in range(1, 60)}}
    with agent(rows, drops_over=1400) as place:
        live = reply(place, [column], timeout=0.2)
    assert len(live.columns[column]) == 59
    with agent(rows) as place:  # 64 KB in one response, which no agent may send
        assert len(reply(place, [column], max_repetitions=100).columns[column]) == 59


def test_rows_that_fall_end_their_column_alone() -> None:
    with agent(router(), jumps={f"{DESCR}.30": f"{DESCR}.3"}) as place:
        live = reply(place)
    assert list(live.columns[DESCR]) == [str(n) for n in range(1, 31)]
    assert len(live.columns[IN_UCAST]) == 40
    assert [problem for problem in live.problems if "ifTable" in problem and "do not increase" in problem]


def test_a_column_that_stays_on_one_row_ends() -> None:
    with agent(router(), jumps={f"{DESCR}.30": f"{DESCR}.30"}) as place:
        live = reply(place)
    assert len(live.columns[DESCR]) == 30
    assert any("ifTable" in problem for problem in live.problems)


def test_a_column_that_leads_back_to_an_earlier_one_ends() -> None:
    with agent(router(), jumps={f"{HC_IN}.39": f"{DESCR}.1"}) as place:
        live = reply(place, [HC_IN])
    assert len(live.columns[HC_IN]) == 30
    assert live.problems == ("ifXTable: went back to an earlier name: what it has behind it was left",)


def test_an_endless_column_ends_with_the_deadline_and_keeps_the_others() -> None:
    with agent(router(), endless=DESCR, delay=0.005) as place:
        answer = ask(place, deadline=1.0)
    assert answer.reply is not None
    assert answer.seconds < 1.3
    assert answer.reply.columns[IN_UCAST] == plain(router(), [IN_UCAST])[IN_UCAST]
    assert len(answer.reply.columns[DESCR]) > 100
    assert "the time for this device was over" in " ".join(answer.reply.problems)


@pytest.mark.long
def test_an_endless_column_ends_at_the_bound_of_rows() -> None:
    with agent(router(), endless=DESCR) as place:
        live = reply(place, [DESCR])
    assert live_columns.MOST_ROWS < len(live.columns[DESCR]) < live_columns.MOST_ROWS + 500
    assert live.problems == ("ifTable: has more than 200,000 rows: the rest was left",)


def test_values_of_a_type_that_snmp_does_not_have_are_skipped_and_counted() -> None:
    with agent(router(), wrong_type=DESCR) as place:
        live = reply(place)
    assert DESCR not in live.columns
    assert live.skipped == 40
    assert len(live.columns[IN_UCAST]) == 40


def test_rows_that_come_twice_are_taken_once_and_counted() -> None:
    with agent(router(), duplicates=DESCR) as place:
        live = reply(place)
    assert live.columns == plain(router(), COLUMNS)
    assert live.skipped > 20
    assert live.problems == ()


@pytest.mark.parametrize("settings", [{"version": "2c"}, V3], ids=["2c", "3"])
def test_an_agent_that_restarts_in_mid_walk_is_told(settings: dict[str, Any]) -> None:
    with agent(router(), user=NOC, restart_after=12) as place:
        live = reply(place, **settings)
    assert live.problems == ("the agent restarted in mid-walk: rows from before and after stand together",)
    assert len(live.columns[DESCR]) == 40


def test_a_clock_that_wraps_is_no_restart() -> None:
    with agent({**router(), "1.3.6.1.2.1.1.3.0": (0x43, 2**32 - 50)}, restart_after=12) as place:
        assert reply(place).problems == ()


@pytest.mark.parametrize("settings", [{"version": "2c"}, V3], ids=["2c", "3"])
def test_an_agent_that_dies_in_mid_walk_leaves_what_it_said(settings: dict[str, Any]) -> None:
    with agent(router(300), user=NOC, silent_after=20) as place:
        answer = ask(place, timeout=0.2, retries=1, **settings)
    assert answer.reply is not None
    assert answer.reply.columns["1.3.6.1.2.1.1.5"] == {"0": b"core1"}
    assert answer.reply.problems[-1] == "partial answer: the device stopped answering"
    assert answer.seconds < 2


def test_a_column_that_is_not_answered_costs_its_own_rows_only() -> None:
    with agent(router(), silent_behind=f"{IFX}.6") as place:
        answer = ask(place, timeout=0.2, retries=1)
    assert answer.reply is not None
    whole = plain(router(), COLUMNS)
    assert set(whole) - set(answer.reply.columns) == {f"{IFX}.6"}
    assert answer.reply.problems == ("ifXTable: was not answered",)


def test_a_table_that_is_not_answered_is_soon_left() -> None:
    with agent(router(), silent_behind="1.3.6.1.2.1.31") as place:
        answer = ask(place, timeout=0.2, retries=1)
    assert answer.reply is not None
    assert len(answer.reply.columns[OUT_UCAST]) == 40
    assert any(problem.startswith("ifXTable: was not answered") for problem in answer.reply.problems)
    assert answer.seconds < 4


def test_absent_columns_cost_few_requests() -> None:
    absent = [f"1.3.6.1.4.1.9.9.{n}.1.1" for n in range(100)]
    present = [f"{IF}.{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9)]
    with agent(router(10)) as place, relay(place) as between:
        live = reply(between.place, [*absent, *present])
    assert set(present) <= set(live.columns)
    assert len(between.asked) < 20


def test_an_agent_that_looks_at_one_column_only_is_soon_known() -> None:
    with agent(router(100), first_only=True) as place, relay(place) as between:
        live = reply(between.place, [f"{IF}.{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9)], max_repetitions=100)
    assert len(live.columns[DESCR]) == 100
    assert len(between.asked) <= 2 + 1 + 8 * 4  # the group once, then each column alone


def test_requests_are_in_flight_together_and_grow() -> None:
    with agent(router(400), delay=0.1) as place, relay(place) as between:
        answer = ask(between.place, [f"{IF}.{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9)], timeout=2)
    assert answer.reply is not None
    assert all(len(answer.reply.columns[f"{IF}.{n}"]) == 400 for n in (2, 9))
    assert len(between.asked) < 3200 / 25  # as many as with the repetitions of the settings
    assert answer.seconds < len(between.asked) * 0.1 / 2


def test_a_slow_agent_is_not_asked_for_more_at_a_time() -> None:
    with agent(router(120), slow_rows=0.002) as place, relay(place) as between:
        answer = ask(between.place, [f"{IF}.{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9)], timeout=0.5, retries=2)
    assert answer.reply is not None
    assert answer.reply.problems == ()
    assert max(map(len, between.answered)) < 2000
    assert len(set(between.asked)) == len(between.asked)  # nothing was asked again


def test_an_agent_that_our_questions_keep_busy_is_asked_less_at_a_time_and_read_whole() -> None:
    with agent(router(40), slow_rows=0.01) as place:  # 25 rows in 8 columns are 2 s of its time
        live = reply(place, [f"{IF}.{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9)], timeout=0.5, retries=2)
    assert all(len(live.columns[f"{IF}.{n}"]) == 40 for n in (1, 2, 3, 5, 6, 7, 8, 9))
    assert live.problems == ()


@pytest.mark.parametrize("repetitions", [1, 2, 1000])
def test_any_repetitions_give_all_rows(repetitions: int) -> None:
    with agent(router()) as place:
        live = reply(place, max_repetitions=repetitions)
    assert live.columns == plain(router(), COLUMNS)


def test_an_agent_that_is_started_again_in_mid_walk_is_read_to_the_end() -> None:
    answers: list[Answer] = []
    with agent(router(100), delay=0.03) as place:
        walk = threading.Thread(target=lambda: answers.append(ask(place, timeout=0.3, retries=4)))
        walk.start()
        time.sleep(0.15)
    time.sleep(0.2)
    with agent({**router(100), "1.3.6.1.2.1.1.3.0": (0x43, 100)}, port=place[1]):
        walk.join()
    assert answers[0].reply is not None
    assert len(answers[0].reply.columns[DESCR]) == 100
    assert answers[0].reply.problems == ("the agent restarted in mid-walk: rows from before and after stand together",)
