"""Every pair of protocols of version 3, against an agent that was written apart from the client."""

from __future__ import annotations

import pytest

from noc_agent.site.model import SnmpSettings
from noc_agent.snmp.live.keys import AUTHENTICATION, PRIVACY, keys_for, localized, master_key
from tests.snmp.agents import User, agent
from tests.snmp.live.asking import DESCR, KEYS, plain, reply, router

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
