"""Readings from small recordings and platform files written by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noc_agent.snmp import RecordingFile
from noc_agent.snmp.platforms import Reading, bundled_platforms, load_platforms, readings

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
T = "1.3.6.1.4.1.99999.1.1"
HEAD = """
platform: acme
lookups: {{slotName: 1.3.6.1.4.1.99999.3.1.2}}
tables:
  - table: ACME-MIB::acmeTable
    entry: 1.3.6.1.4.1.99999.1.1
    columns: {{a: 1, b: 2, c: 3, d: 4, e: 5}}
    readings:
      - {{{}}}
"""
Read = Callable[..., tuple[Reading, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Readings of these lines by one rule, or by the bundled files."""

    def make(rule: str | None, *lines: str) -> tuple[Reading, ...]:
        folder = tmp_path / "platforms"
        folder.mkdir(exist_ok=True)
        (folder / "acme.yaml").write_text(HEAD.format(rule or "kind: cpu, value: a"))
        platforms, problems = load_platforms([folder if rule else bundled_platforms()])
        assert problems == ()
        poll = tmp_path / "poll.snmprec"
        poll.write_text("\n".join(lines) + "\n")
        columns = dict.fromkeys(["1.3.6.1.2.1.1.2", *(oid for one in platforms for oid in one.columns)])
        return readings(RecordingFile(poll).reply("r1", AT, columns), platforms)

    return make


def one(rows: tuple[Reading, ...]) -> Reading:
    (row,) = rows
    return row


def test_a_value_is_scaled_and_named(read: Read) -> None:
    row = one(read('kind: temperature, name: "{b} in {slotName:index.2}", value: a, scale: 0.1, offset: -1',
                   f"{T}.1.3.7|2|421", f"{T}.2.3.7|4|Inlet \x07", "1.3.6.1.4.1.99999.3.1.2.7|4|slot 7"))  # fmt: skip
    assert (row.kind, row.name, row.value, row.unit) == ("temperature", "Inlet ? in slot 7", 41.1, "celsius")
    assert (row.index, row.source) == ("3.7", f"acme.yaml {T}.1")


def test_what_is_not_served_or_not_there_is_no_reading(read: Read) -> None:
    rule = 'kind: temperature, value: a, absent: [0, 2147483647, "n/a"]'
    assert read(rule, f"{T}.2.1|2|40") == ()
    assert read(rule, f"{T}.1.1|2|0", f"{T}.1.2|2|2147483647", f"{T}.1.3|4|n/a", f"{T}.1.4|4|none") == ()
    assert [row.value for row in read("kind: temperature, value: a", f"{T}.1.1|2|0")] == [0.0]


@pytest.mark.parametrize(
    ("text", "value"),
    [("42", 42.0), (" -3.5 C ", -3.5), ("12 %", 12.0), ("1e3", 1000.0), ("3.3V", 3.3), ("5 of 7", None), ("", None), ("nan", None), ("inf", None)],
)  # fmt: skip
def test_texts_that_are_numbers(read: Read, text: str, value: float | None) -> None:
    assert [row.value for row in read("kind: temperature, value: a", f"{T}.1.1|4|{text}")] == (
        [] if value is None else [value]
    )


def test_numbers_in_texts_and_opaque_floats(read: Read) -> None:
    assert (
        one(read("kind: temperature, value: a, extract: 'temp=(-?[0-9.]+)'", f"{T}.1.1|4|fan=3 temp=41.5C")).value
        == 41.5
    )
    assert one(read("kind: voltage, value: a", f"{T}.1.1|68x|9f780441a60000")).value == 20.75
    assert read("kind: voltage, value: a", f"{T}.1.1|68x|9f78047fc00000") == ()  # not a number


def test_the_first_served_column_counts_and_sums_need_all(read: Read) -> None:
    assert one(read("kind: cpu, value: [a, b], absent: [255]", f"{T}.1.1|2|255", f"{T}.2.1|2|7")).value == 7
    total = "kind: memory, free: {sum: [a, b]}, total: c"
    assert one(read(total, f"{T}.1.1|2|10", f"{T}.2.1|2|15", f"{T}.3.1|2|100")).value == 75
    assert read(total, f"{T}.1.1|2|10", f"{T}.3.1|2|100") == ()


@pytest.mark.parametrize(
    ("rule", "used", "total", "percent"),
    [("used: a, total: b, bytes: 1024", 10240, 40960, 25), ("used: a, free: b, bytes: e", 20, 100, 20), ("free: a, total: b", 30, 40, 75),
     ("percent: a, total: b", 4, 40, 10), ("percent: a", None, None, 10), ("percent: a, used: b, free: c", 40, 60, 10)],
)  # fmt: skip
def test_memory_of_any_two_of_its_figures(
    read: Read, rule: str, used: float | None, total: float | None, percent: float
) -> None:
    row = one(read(f"kind: memory, {rule}", f"{T}.1.1|2|10", f"{T}.2.1|2|40", f"{T}.3.1|2|20", f"{T}.5.1|2|2"))
    assert (row.used, row.total, row.value, row.unit) == (used, total, percent, "%")


def test_sizes_that_cannot_be_true_are_no_reading(read: Read) -> None:
    assert (
        read("kind: memory, used: a, total: b", f"{T}.1.1|2|10", f"{T}.2.1|2|-40", f"{T}.1.2|2|10", f"{T}.2.2|2|0")
        == ()
    )


def test_states_are_words_and_unknown_codes_are_unknown(read: Read) -> None:
    rule = "kind: fan, unit: '', state: {column: a, words: {1: ok normal, 2: critical, 3: absent empty, up: ok}}"
    rows = read(rule, f"{T}.1.1|2|1", f"{T}.1.2|2|2", f"{T}.1.3|2|3", f"{T}.1.4|2|9", f"{T}.1.5|4|UP")
    assert [(row.state, row.word, row.code) for row in rows] == [
        ("ok", "normal", "1"), ("critical", "critical", "2"), ("absent", "empty", "3"), ("unknown", "9", "9"), ("ok", "ok", "UP"),
    ]  # fmt: skip


def test_an_absent_part_has_no_value_and_a_broken_sensor_none_that_counts(read: Read) -> None:
    rule = "kind: fan, value: a, valid: {c: 1}, state: {column: b, words: {1: ok, 2: absent}}"
    rows = read(rule, f"{T}.1.1|2|0", f"{T}.2.1|2|2", f"{T}.3.1|2|1", f"{T}.1.2|2|0", f"{T}.2.2|2|1", f"{T}.3.2|2|2")
    assert [(row.value, row.state) for row in rows] == [(None, "absent"), (None, "ok")]


def test_rows_are_chosen_by_columns_and_index(read: Read) -> None:
    lines = [f"{T}.1.{n}|2|{n}0" for n in (1, 2, 3, 12)] + [f"{T}.2.1|2|5", f"{T}.2.2|2|6", f"{T}.3.2|4|x"]
    assert [row.index for row in read("kind: cpu, value: a, only: {b: [5, 6]}", *lines)] == ["1", "2"]
    assert [row.index for row in read("kind: cpu, value: a, unless: {b: 5}", *lines)] == ["2", "3", "12"]
    assert [row.index for row in read("kind: cpu, value: a, unless: {b: 6, c: x}", *lines)] == ["1", "3", "12"]
    assert [row.index for row in read('kind: cpu, value: a, only: {b: ""}', *lines)] == ["3", "12"]
    assert [row.index for row in read("kind: cpu, value: a, index: '2$'", *lines)] == ["2", "12"]
    assert read("kind: cpu, value: a, missing: c", *lines) == ()


def test_kinds_are_chosen_by_columns_and_name(read: Read) -> None:
    rule = "name: '{b}', value: a, kinds: [{kind: fan, only: {c: 1}}, {kind: current, name: amp, scale: 0.001}, {kind: optics_tx, only: {c: 2}, from: uW}]"
    rows = read(rule, f"{T}.1.1|2|9000", f"{T}.2.1|4|x", f"{T}.3.1|2|1", f"{T}.1.2|2|250", f"{T}.2.2|4|amps", f"{T}.3.2|2|2",
                f"{T}.1.3|2|500", f"{T}.2.3|4|laser", f"{T}.3.3|2|2", f"{T}.1.4|2|0", f"{T}.2.4|4|dark", f"{T}.3.4|2|2", f"{T}.1.5|2|1")  # fmt: skip
    assert [(row.kind, row.value) for row in rows] == [
        ("fan", 9000), ("current", 0.25), ("optics_tx", pytest.approx(-3.0103)), ("optics_tx", -40),
    ]  # fmt: skip


def test_limits_are_scaled_like_the_value_and_judge_it(read: Read) -> None:
    rule = "kind: temperature, value: a, scale: 0.1, limits: {low_warning: b, high_warning: c, high_critical: 80}"
    rows = read(rule, *(f"{T}.1.{n}|2|{value}" for n, value in enumerate((50, 500, 650, 900))), *(f"{T}.2.{n}|2|100" for n in range(4)),
                *(f"{T}.3.{n}|2|600" for n in range(4)))  # fmt: skip
    assert (rows[0].low_warning, rows[0].high_warning, rows[0].high_critical, rows[0].low_critical) == (
        10,
        60,
        80,
        None,
    )
    assert [row.judged for row in rows] == ["warning", "ok", "warning", "critical"]


def test_limits_that_are_all_zero_are_none(read: Read) -> None:
    row = one(
        read(
            "kind: optics_rx, value: a, limits: {low_critical: b, high_critical: c}",
            f"{T}.1.1|2|-5",
            f"{T}.2.1|2|0",
            f"{T}.3.1|2|0",
        )
    )
    assert (row.low_critical, row.high_critical, row.judged) == (None, None, "")


def test_names_that_stand_twice_are_told_apart(read: Read) -> None:
    rows = read("kind: cpu, value: a, name: CPU", f"{T}.1.1|2|1", f"{T}.1.2|2|2")
    assert [row.name for row in rows] == ["CPU (1)", "CPU (2)"]


def test_buffers_and_caches_are_no_pressure_on_memory(read: Read) -> None:
    hr = "1.3.6.1.2.1.25.2.3.1"
    ram, other = "1.3.6.1.2.1.25.2.1.2", "1.3.6.1.2.1.25.2.1.1"
    lines = [
        line
        for n, kind, name, used in ((1, ram, "Physical memory", 900), (6, other, "Memory buffers", 100), (7, other, "Cached memory", 500))
        for line in (f"{hr}.2.{n}|6|{kind}", f"{hr}.3.{n}|4|{name}", f"{hr}.4.{n}|2|1024", f"{hr}.5.{n}|2|1000", f"{hr}.6.{n}|2|{used}")
    ]  # fmt: skip
    rows = read(None, *lines)
    assert [(row.kind, row.value) for row in rows] == [("memory", 30), ("memory_part", 10), ("memory_part", 50)]
    assert rows[0].used == 300 * 1024


def sensor(n: int, kind: int, scale: int, precision: int, value: int, status: int = 1) -> list[str]:
    table = "1.3.6.1.2.1.99.1.1.1"
    cells = (kind, scale, precision, value, status)
    return [f"{table}.{column}.{n}|2|{cell}" for column, cell in enumerate(cells, 1)]


def test_sensors_of_a_port_are_its_optics(read: Read) -> None:
    entity, alias = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.47.1.3.2.1.2"
    rows = read(
        None,
        *sensor(31, 6, 8, 3, 251), *sensor(32, 5, 8, 1, 65), *sensor(40, 8, 9, 0, 35), *sensor(41, 8, 9, 0, 99, status=3),
        f"{entity}.7.31|4|Lane 1 Rx power", f"{entity}.4.31|2|30", f"{entity}.7.32|4|Ethernet1/1 bias", f"{entity}.4.32|2|0",
        f"{entity}.7.40|4|Inlet 1/1", f"{entity}.4.40|2|1", f"{entity}.7.41|4|Outlet", f"{entity}.4.41|2|1",
        f"{entity}.4.30|2|1", f"{alias}.30.0|6|1.3.6.1.2.1.2.2.1.1.7",
        "1.3.6.1.2.1.31.1.1.1.1.7|4|Ethernet1/1", "1.3.6.1.2.1.31.1.1.1.1.8|4|1/1",
    )  # fmt: skip
    assert [(row.kind, row.name, row.interface, row.state) for row in rows] == [
        ("optics_rx", "Lane 1 Rx power", "Ethernet1/1", "ok"), ("optics_bias", "Ethernet1/1 bias", "Ethernet1/1", "ok"),
        ("temperature", "Inlet 1/1", "", "ok"), ("temperature", "Outlet", "", "warning"),
    ]  # fmt: skip
    assert [row.value for row in rows] == [pytest.approx(-6.0033, abs=1e-4), 6.5, 35, None]


def test_cisco_thresholds_are_limits(read: Read) -> None:
    table, limits = "1.3.6.1.4.1.9.9.91.1.1.1.1", "1.3.6.1.4.1.9.9.91.1.2.1.1"
    thresholds = [(10, 2, -140), (10, 4, 10), (20, 2, -160), (20, 4, 20), (30, 2, 0), (30, 4, 0)]
    rows = read(
        None, "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1", f"{table}.1.5|2|14", f"{table}.2.5|2|9", f"{table}.3.5|2|1", f"{table}.4.5|2|-152",
        *(f"{limits}.{column}.5.{n}|2|{row[column - 2]}" for n, row in enumerate(thresholds, 1) for column in (2, 3, 4)),
        "1.3.6.1.2.1.47.1.1.1.1.7.5|4|Te1/1 Receive Power",
    )  # fmt: skip
    row = one(rows)
    assert (row.kind, row.value, row.judged) == ("optics_rx", -15.2, "warning")
    assert (row.low_critical, row.low_warning, row.high_warning, row.high_critical) == (-16, -14, 1, 2)


def test_limits_that_cisco_devices_have_not_set_are_none(read: Read) -> None:
    table, limits = "1.3.6.1.4.1.9.9.91.1.1.1.1", "1.3.6.1.4.1.9.9.91.1.2.1.1"
    lines = ["1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1"]
    for index, kind, value, thresholds in (
        (5, 6, 40, [(20, 4, 0)]),
        (6, 10, 82, [(10, 2, 8), (10, 4, 80), (20, 2, -1), (20, 4, 2147483647)]),
    ):
        lines += [f"{table}.{column}.{index}|2|{cell}" for column, cell in ((1, kind), (2, 9), (3, 0), (4, value))]
        lines += [
            f"{limits}.{column}.{index}.{n}|2|{row[column - 2]}"
            for n, row in enumerate(thresholds, 1)
            for column in (2, 3, 4)
        ]
    power, fan = read(None, *lines)
    assert (power.kind, power.high_warning, power.high_critical, power.judged) == ("power", None, None, "")
    assert (fan.kind, fan.low_warning, fan.high_critical, fan.judged) == ("fan", 8, None, "ok")  # fast, and so it cools


def test_power_is_not_negative_so_the_next_rule_reads_the_cell(read: Read) -> None:
    optics = "1.3.6.1.4.1.2011.5.25.31.1.1.3.1"
    lines = ["1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.2011.2.23.291"]
    for index, rx in ((1, 536), (2, -271), (3, -1)):
        lines += [f"{optics}.6.{index}|2|3299", f"{optics}.8.{index}|2|{rx}"]
    rows = [row for row in read(None, *lines) if row.kind == "optics_rx"]
    assert [(row.index, row.value, row.source.split()[0]) for row in rows] == [
        ("1", pytest.approx(-2.708, abs=0.001), "huawei_s.yaml"), ("2", -2.71, "huawei.yaml"),
    ]  # fmt: skip


def test_a_text_within_an_index(read: Read) -> None:
    table = "1.3.6.1.4.1.41916.3.1.2.1"
    index = "0.4.68.82.65.77.1"  # class 0, "DRAM" with its length, number 1
    (row,) = read(
        None,
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.41916.3.2.5",
        f"{table}.4.{index}|2|0",
        f"{table}.5.{index}|4|35 degrees C/95 degrees F",
    )
    assert (row.kind, row.name, row.value, row.state) == ("temperature", "DRAM", 35, "ok")


def test_a_vendors_word_on_a_cell_counts_before_the_standard_one(read: Read) -> None:
    lines = [*sensor(9, 8, 9, 1, 421), "1.3.6.1.4.1.30065.3.12.1.1.1.4.9|2|900"]
    (row,) = read(None, "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.30065.1.3011", *lines)
    assert (row.source.split()[0], row.high_critical, row.value) == ("arista.yaml", 90, 42.1)
    (plain,) = read(None, "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.8072.3.2.10", *lines)
    assert (plain.source.split()[0], plain.high_critical) == ("standard.yaml", None)


def test_hostile_cells_are_counted_out_and_nothing_fails(read: Read) -> None:
    odd = [
        f"{T}.{column}.{instance}|{tag}|{text}"
        for column in (1, 2, 3)
        for instance in ("1", "1.2.3.4", "4294967295")
        for tag, text in (("4x", "ff00fe"), ("2", "-5"))
    ]
    for rule in ("kind: memory, used: a, total: b", 'kind: temperature, name: "{entity:b} {index.5} {index.text}", value: a, si: c, precision: b',
                 "kind: voltage, value: a, divide: b, multiply: c", "kind: optics_rx, value: a, from: mW"):  # fmt: skip
        assert isinstance(read(rule, *odd), tuple)
