"""Every pair of protocols of version 3, against an agent that was written apart from the client."""

from __future__ import annotations

import pytest

from noc_agent.site.model import SnmpSettings
from noc_agent.snmp.live import ber, pdu
from noc_agent.snmp.live.ber import Malformed
from noc_agent.snmp.live.keys import AUTHENTICATION, PRIVACY, keys_for, localized, master_key
from noc_agent.snmp.live.pdu import Kind
from noc_agent.snmp.live.usm import Usm
from tests.snmp.agents import Manner, Responder, Rows, User, agent
from tests.snmp.live.asking import DESCR, KEYS, NOC, V3, plain, reply, router

LONG = ("AES-192", "AES-256")


@pytest.mark.parametrize("auth", AUTHENTICATION)
@pytest.mark.parametrize("priv", PRIVACY)
def test_every_pair_of_protocols_works(auth: str, priv: str) -> None:
    with agent(router(60), user=User("noc", auth, "authentication", priv, "confidential")) as place:
        live = reply(place, [DESCR], version="3", user="noc", auth_protocol=auth, priv_protocol=priv, **KEYS)
    assert live.columns[DESCR] == plain(router(60), [DESCR])[DESCR]


@pytest.mark.parametrize("auth", ["MD5", "SHA", "SHA-224"])
@pytest.mark.parametrize("priv", LONG)
@pytest.mark.parametrize("silent", [False, True])
def test_the_other_way_to_lengthen_a_key_is_found(auth: str, priv: str, silent: bool) -> None:
    user = User("noc", auth, "authentication", priv, "confidential", reeder=True)
    with agent(router(4), user=user, silent_undecrypted=silent) as place:
        live = reply(
            place, [DESCR], version="3", user="noc", auth_protocol=auth, priv_protocol=priv, timeout=0.2, **KEYS
        )
    assert len(live.columns[DESCR]) == 4


def test_keys_are_those_of_the_examples_in_rfc_3414() -> None:
    engine = bytes.fromhex("000000000000000000000002")
    assert localized("md5", master_key("md5", b"maplesyrup"), engine).hex() == "526f5eed9fcce26f8964c2930787d82b"
    assert (
        localized("sha1", master_key("sha1", b"maplesyrup"), engine).hex() == "6695febc9288e36282235fc7151f128497b38f3f"
    )


def test_keys_stand_in_no_text() -> None:
    keys = keys_for(SnmpSettings(auth_protocol="SHA", priv_protocol="AES-256", **KEYS), b"engine")  # type: ignore[arg-type]
    assert len(keys.priv) == 32
    assert keys.priv.hex() not in repr(keys)
    assert repr(keys.priv) not in repr(keys)


def _conversation() -> tuple[Usm, Responder, bytes]:
    """A client that knows its agent, the agent, and what the agent answered last."""
    usm, responder = Usm(SnmpSettings(**V3)), Responder(Rows.of(router(2)), Manner(), user=NOC)
    usm.unpack(responder.answer(usm.pack(pdu.request(Kind.GET, 1, []), 1))[0])
    usm.localize()
    answered = responder.answer(usm.pack(pdu.request(Kind.GET, 2, [ber.encode_oid("1.3.6.1.2.1.1.5.0")]), 2))[0]
    return usm, responder, answered


def test_an_answer_that_was_changed_on_its_way_is_not_believed() -> None:
    usm, _, answered = _conversation()
    assert usm.unpack(answered).bindings[0][2] == b"core1"
    for place in range(len(answered)):
        changed = answered[:place] + bytes((answered[place] ^ 1,)) + answered[place + 1 :]
        with pytest.raises(Malformed):
            usm.unpack(changed)


@pytest.mark.parametrize("weaker", [User("noc"), User("noc", "SHA", "authentication")])
def test_an_answer_that_is_less_secure_than_the_question_is_not_believed(weaker: User) -> None:
    usm, _, _ = _conversation()
    other = Responder(Rows.of(router(2)), Manner(), user=weaker)
    low = Usm(SnmpSettings(**{**V3, "priv_protocol": "", "auth_protocol": weaker.auth}))
    low.unpack(other.answer(low.pack(pdu.request(Kind.GET, 1, []), 1))[0])
    low.localize()
    answered = other.answer(low.pack(pdu.request(Kind.GET, 2, [ber.encode_oid("1.3.6.1.2.1.1.5.0")]), 2))[0]
    assert low.unpack(answered).bindings[0][2] == b"core1"
    with pytest.raises(Malformed, match="secure"):
        usm.unpack(answered)


def test_an_answer_from_before_a_restart_is_not_believed() -> None:
    usm, _, answered = _conversation()
    usm.synchronize(usm.boots + 1, 5)
    with pytest.raises(Malformed, match="old"):
        usm.unpack(answered)


def test_nothing_of_a_question_can_be_read_on_its_way() -> None:
    usm, _, _ = _conversation()
    name = ber.encode_oid("1.3.6.1.2.1.1.5.0")
    assert name not in usm.pack(pdu.request(Kind.GET, 3, [name]), 3)
    assert usm.pack(pdu.request(Kind.GET, 3, [name]), 3) != usm.pack(pdu.request(Kind.GET, 3, [name]), 3)
