"""What a live device says is what its recording says, whatever version it is asked in."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from noc_agent.snmp import STANDARD_COLUMNS, RecordingFile
from noc_agent.snmp.live import poll_device, probe
from noc_agent.snmp.live.poll import SYSTEM
from noc_agent.snmp.source import Reply
from tests.conftest import SHARED
from tests.snmp.agents import User, agent
from tests.snmp.live.asking import AT, DESCR, HC_IN, IF, IFX, NOC, V3, ask, device, plain, reply, router

BUNDLED = sorted((Path(__file__).parents[3] / "noc_agent/bundled_site/snmp").glob("*/*.snmprec.gz"))[::4]
MAKES = ("ios_2960x", "junos_mx5t-isis", "timos_7705", "vrp_5720", "procurve", "routeros_crs317")
ALL_MAKES = sorted(path.name.partition(".snmprec")[0] for path in (SHARED / "data/snmprec").glob("*.snmprec.gz"))
WITH_SYSTEM = tuple(dict.fromkeys([*SYSTEM, *STANDARD_COLUMNS]))
VERSIONS: list[dict[str, Any]] = [{"version": "1"}, {"version": "2c"}, {"version": "3", "user": "noc"}, V3]


@pytest.mark.parametrize("recording", BUNDLED, ids=lambda path: path.parent.name)
def test_a_bundled_device_says_live_what_is_recorded(recording: Path) -> None:
    with agent(recording) as place:
        live = reply(place)
    recorded = RecordingFile(recording).reply("core1", AT, WITH_SYSTEM)
    assert live == Reply("core1", AT, recorded.columns, "snmp:core1")
    assert len(live.columns) > 30


@pytest.mark.parametrize(
    "make", [*MAKES, *(pytest.param(make, marks=pytest.mark.long) for make in ALL_MAKES if make not in MAKES)]
)
def test_a_device_of_any_make_says_live_what_is_recorded(shared: Path, make: str) -> None:
    path = shared / f"data/snmprec/{make}.snmprec.gz"
    everything = sorted(
        {
            line.split("|")[0].rpartition(".")[0]
            for line in gzip.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines()
        }
    )
    columns = [*STANDARD_COLUMNS, *[oid for oid in everything if oid.startswith("1.3.6.1.4.1.")][:150]]
    with agent(path) as place:
        live = reply(place, columns)
    assert live.columns == RecordingFile(path).reply("core1", AT, [*SYSTEM, *columns]).columns
    assert not live.problems


@pytest.mark.parametrize("settings", VERSIONS, ids=["1", "2c", "3 noAuthNoPriv", "3 authPriv"])
def test_every_version_gives_the_same_cells_of_the_right_types(settings: dict[str, Any]) -> None:
    columns = [*WITH_SYSTEM, "1.3.6.1.4.1.2021.10.1.6", "1.3.6.1.2.1.2.1", f"{IF}.22"]
    with agent(router(), user=NOC) as place:
        live = reply(place, columns, **settings)
    assert live.columns == plain(router(), columns)
    assert live.columns["1.3.6.1.4.1.2021.10.1.6"] == {"1": b"\x9f\x78\x04\x3d\xcc\xcc\xcd"}
    assert live.columns[f"{IFX}.6"]["3"] == 2**64 - 3
    assert live.columns[f"{IF}.11"]["3"] == 2**32 - 3
    assert (live.source, live.problems, live.skipped) == ("snmp:core1", (), 0)


def test_columns_are_chosen_by_what_the_probe_says() -> None:
    seen: list[Reply] = []

    def choose(found: Reply) -> list[str]:
        seen.append(found)
        return [DESCR]

    with agent(router()) as place:
        answer = poll_device(device(place), AT, choose)
    assert seen[0].columns["1.3.6.1.2.1.1.2"] == {"0": "1.3.6.1.4.1.8072.3.2.10"}
    assert answer.reply is not None
    assert set(answer.reply.columns) == {*seen[0].columns, DESCR}
    assert (answer.device, answer.at, answer.reply.observed_at) == ("core1", AT, AT)


def test_a_probe_reads_the_system_group_alone() -> None:
    with agent(router()) as place:
        answer = probe(device(place))
    assert answer.reply is not None
    assert answer.reply.columns["1.3.6.1.2.1.1.5"] == {"0": b"core1"}
    assert set(answer.reply.columns) <= set(SYSTEM)


def test_what_is_not_served_is_absent_and_null_is_not_served() -> None:
    rows = {**router(4), "1.3.6.1.2.1.2.2.1.19.1": (0x05, b"")}
    with agent(rows) as place:
        live = reply(place, [f"{IF}.19", f"{IF}.20", "1.3.6.1.2.1.14.1.1", DESCR])
    assert set(live.columns) & {f"{IF}.19", f"{IF}.20", "1.3.6.1.2.1.14.1.1"} == set()
    assert live.skipped == 0


def test_a_table_whose_first_row_is_zero_is_no_scalar() -> None:
    rows = {f"1.3.6.1.4.1.9999.1.1.1.{n}": n for n in range(40)}
    with agent({**router(1), **rows}) as place:
        live = reply(place, ["1.3.6.1.4.1.9999.1.1.1"])
    assert live.columns["1.3.6.1.4.1.9999.1.1.1"] == {str(n): n for n in range(40)}


@pytest.mark.parametrize("address", ["::1", "127.0.0.7"])
def test_every_address_family_works(address: str) -> None:
    with agent(router(), address=address) as place:
        assert reply(place, [DESCR]).columns[DESCR]["1"] == b"GigabitEthernet0/1"


def test_a_host_name_works() -> None:
    with agent(router()) as (_, port):
        assert reply(("localhost", port), [DESCR]).columns[DESCR]["1"] == b"GigabitEthernet0/1"


def test_a_context_of_version_3_is_asked_for() -> None:
    with agent(router(), user=NOC, context="vrf-blue") as place:
        assert HC_IN in reply(place, [HC_IN], context="vrf-blue", **V3).columns


def test_a_user_without_privacy_is_served() -> None:
    with agent(router(), user=User("noc", "SHA-512", "authentication")) as place:
        live = reply(place, [DESCR], version="3", user="noc", auth_protocol="SHA-512", auth_key="authentication")
    assert len(live.columns[DESCR]) == 40


def test_secrets_are_in_no_text_of_an_answer() -> None:
    with agent(router(2), user=NOC, restart_after=4) as place:
        texts = [repr(ask(place, **V3)), repr(ask(place, community="s3cret-community")), repr(device(place, **V3))]
    assert not any(
        secret in text for text in texts for secret in ("authentication'", "confidential", "s3cret-community")
    )
