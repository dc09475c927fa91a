"""The counters of a link stand in one response, in and out together, and are those that count."""

from __future__ import annotations

from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.community import Community
from tests.snmp.agents import agent
from tests.snmp.live.asking import HC_IN, HC_OUT, IF, IN_UCAST, OUT_UCAST, plain, reply, router
from tests.snmp.live.relay import relay

COLUMNS = [f"{IF}.3", f"{IF}.8", IN_UCAST, OUT_UCAST, HC_IN, HC_OUT]
ETHERNET_UP = [n for n in range(1, 41) if n % 3 and n % 5]


def _gets(datagrams: list[bytes]) -> list[list[str]]:
    """The names of every GET among what was answered."""
    found = []
    for datagram in datagrams:
        names = [ber.decode_oid(name) for name, _, _ in Community("2c", "public").unpack(datagram).bindings]
        if (
            any(name.startswith(f"{column}.") for name in names for column in (IN_UCAST, HC_IN))
            and names[0] == "1.3.6.1.2.1.1.3.0"
        ):
            found.append(names)
    return found


def test_in_and_out_of_an_interface_are_read_in_one_response() -> None:
    with agent(router(40)) as place, relay(place) as between:
        live = reply(between.place, COLUMNS)
    gets = _gets(between.answered)
    wide = {str(n) for n in ETHERNET_UP if n % 4}
    narrow = {str(n) for n in ETHERNET_UP if n % 4 == 0}
    for one, other, instances in ((HC_IN, HC_OUT, wide), (IN_UCAST, OUT_UCAST, narrow)):
        asked = {name.rpartition(".")[2] for names in gets for name in names if name.startswith(f"{one}.")}
        assert asked == instances
        for names in gets:
            pairs = [
                {name.rpartition(".")[2] for name in names if name.startswith(f"{column}.")} for column in (one, other)
            ]
            assert pairs[0] == pairs[1]
    assert len(gets) <= 2
    assert live.columns == plain(
        router(40),
        ["1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.2", "1.3.6.1.2.1.1.3", "1.3.6.1.2.1.1.5", "1.3.6.1.6.3.10.2.1.3", *COLUMNS],
    )


def test_what_was_read_together_stands_in_place_of_what_was_walked() -> None:
    with agent(router(40), counts=f"{HC_IN}.1") as place:
        live = reply(place, COLUMNS)
    assert live.columns[HC_IN]["1"] == 2**40 + 1 + 2  # its second reading, not its first
    assert live.columns[HC_IN]["2"] == 2**40 + 2


def test_pairs_stay_together_where_a_response_has_to_be_small() -> None:
    with agent(router(40), too_big=8) as place, relay(place) as between:
        live = reply(between.place, COLUMNS)
    assert live.problems == ()
    for names in _gets(
        [datagram for datagram in between.answered if not Community("2c", "public").unpack(datagram).status]
    ):
        assert len(names) <= 8
        assert len([n for n in names if n.startswith(f"{HC_IN}.")]) == len(
            [n for n in names if n.startswith(f"{HC_OUT}.")]
        )


def test_counters_that_were_not_asked_for_are_not_read() -> None:
    with agent(router(40)) as place, relay(place) as between:
        reply(between.place, [f"{IF}.8", IN_UCAST])
    assert _gets(between.answered) == []
    assert {pdu.RESPONSE} == {
        datagram[ber.contents(datagram, ber.number(datagram, ber.header(datagram, 0)[1])[1], 4)[1]]
        for datagram in between.answered
    }
