"""What is different between two polls: lost before changed, unknown is no loss, what moves all the time is no change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from noc_agent.snmp import Reply, Value
from noc_agent.state import DeviceState
from noc_agent.state.compare import BETTER, CHANGED, LOST, WORSE, Change, changes

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
IF, IFX, BGP, OSPF = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.15", "1.3.6.1.2.1.14"
Columns = dict[str, dict[str, Value]]


def device(
    seconds: float = 0, changed: Mapping[str, Mapping[str, Value]] | None = None, *, uptime: int = 100_000
) -> DeviceState:
    columns: Columns = {
        "1.3.6.1.2.1.1.1": {"0": b"Router 1.0"}, "1.3.6.1.2.1.1.3": {"0": uptime + int(seconds * 100)},
        f"{IF}.2": {"1": b"eth1", "2": b"eth2"}, f"{IF}.4": {"1": 1500, "2": 1500}, f"{IF}.7": {"1": 1, "2": 1},
        f"{IF}.8": {"1": 1, "2": 1}, f"{IF}.10": {"1": int(seconds) * 100, "2": 7},
        f"{BGP}.2": {"0": 65001}, f"{BGP}.3.1.2": {"10.0.0.2": 6}, f"{BGP}.3.1.9": {"10.0.0.2": 65002},
        f"{OSPF}.1.1": {"0": "10.0.0.1"}, f"{OSPF}.10.1.3": {"10.0.1.2.0": "10.0.0.9"}, f"{OSPF}.10.1.6": {"10.0.1.2.0": 8},
    }  # fmt: skip
    columns |= {oid: dict(cells) for oid, cells in (changed or {}).items()}
    return DeviceState(Reply("r1", AT + timedelta(seconds=seconds), {k: v for k, v in columns.items() if v}, "snmp:r1"))


def seen(before: DeviceState, now: DeviceState) -> list[tuple[str, str, int]]:
    return [(change.subject, change.attribute, change.gravity) for change in changes(before, now)]


def test_counters_and_clocks_alone_are_no_change() -> None:
    assert seen(device(), device(300)) == []


def test_what_was_lost_comes_before_what_was_changed() -> None:
    now = device(
        300, {f"{IF}.8": {"1": 2, "2": 1}, f"{IF}.4": {"1": 1500, "2": 9000}, f"{BGP}.3.1.2": {"10.0.0.2": 1}}
    )  # fmt: skip
    assert seen(device(), now) == [
        ("interface/r1/eth1", "ifOperStatus", LOST),
        ("BGP peer 10.0.0.2", "bgpPeerState", LOST),
        ("interface/r1/eth2", "ifMtu", CHANGED),
    ]
    assert changes(now, device(600))[0].gravity == CHANGED
    assert {change.gravity for change in changes(now, device(600))} == {CHANGED, BETTER}


def test_a_session_that_tries_again_is_still_down() -> None:
    one, two = ({f"{BGP}.3.1.2": {"10.0.0.2": number}} for number in (1, 3))
    assert seen(device(0, one), device(300, two)) == []


def test_a_table_that_is_not_served_any_more_is_unknown_not_lost() -> None:
    gone: dict[str, dict[str, Value]] = {f"{OSPF}.{oid}": {} for oid in ("1.1", "10.1.3", "10.1.6")}
    assert seen(device(), device(300, gone)) == []
    empty: dict[str, dict[str, Value]] = {f"{OSPF}.{oid}": {} for oid in ("10.1.3", "10.1.6")}
    assert seen(device(), device(300, empty)) == [("OSPF neighbor 10.0.0.9", "10.0.1.2", LOST)]


def test_of_a_thing_that_is_gone_its_settings_are_not_listed_one_by_one() -> None:
    hello = {f"{OSPF}.7.1.{n}": {"10.0.1.1.0": 10, "10.0.2.1.0": 10} for n in (9, 10, 20)}
    fewer: dict[str, dict[str, Value]] = {name: {"10.0.1.1.0": 10} for name in hello}
    found = changes(device(0, hello), device(300, fewer))
    assert found == (Change("r1", "parameter", "OSPF interface 10.0.2.1", "", "there", None, LOST),)


def test_a_restart_and_errors_are_told() -> None:
    assert ("agent", "sysUpTime", LOST) in seen(device(), device(300, uptime=-29_000))
    before, now = ({f"{IF}.14": {"1": count, "2": 0}} for count in (0, 3000))
    assert seen(device(0, before), device(300, now)) == [("interface/r1/eth1", "in_errors_per_s", WORSE)]
