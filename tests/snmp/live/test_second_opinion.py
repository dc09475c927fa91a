"""pysnmp walks the same agents and finds the same cells."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from noc_agent.snmp.source import Value
from tests.snmp.agents import agent
from tests.snmp.live.asking import DESCR, HC_OUT, IF, IFX, IN_UCAST, NOC, V3, reply, router

pysnmp = pytest.importorskip("pysnmp.hlapi.v3arch.asyncio")
COLUMNS = [
    DESCR,
    f"{IF}.6",
    f"{IF}.9",
    f"{IF}.22",
    IN_UCAST,
    f"{IFX}.6",
    HC_OUT,
    "1.3.6.1.2.1.4.20.1.1",
    "1.3.6.1.4.1.2021.10.1.6",
]


def _value(value: Any) -> Value:
    name = type(value).__name__
    if name in ("OctetString", "Opaque"):
        return bytes(value)
    return str(value.prettyPrint()) if name in ("ObjectIdentifier", "ObjectIdentity", "IpAddress") else int(value)


async def _walk(place: tuple[str, int], credentials: Any, column: str) -> dict[str, Value]:
    engine = pysnmp.SnmpEngine()
    target = await pysnmp.UdpTransportTarget.create(place, timeout=2, retries=1)
    cells: dict[str, Value] = {}
    asked = pysnmp.ObjectType(pysnmp.ObjectIdentity(column))
    async for error, status, _, bindings in pysnmp.bulk_walk_cmd(
        engine, credentials, target, pysnmp.ContextData(), 0, 25, asked, lookupMib=False, lexicographicMode=False
    ):
        assert not error
        assert not status
        for name, value in bindings:
            if str(name).startswith(column + "."):
                cells[str(name)[len(column) + 1 :]] = _value(value)
    engine.close_dispatcher()
    return cells


@pytest.mark.parametrize("version", ["2c", "3"])
def test_pysnmp_finds_the_same_cells(version: str) -> None:
    community, user = pysnmp.CommunityData("public", mpModel=1), pysnmp.UsmUserData(
        "noc", "authentication", "confidential", authProtocol=pysnmp.USM_AUTH_HMAC96_SHA, privProtocol=pysnmp.USM_PRIV_CFB128_AES
    )  # fmt: skip
    with agent(router(30), user=NOC) as place:
        ours = reply(place, COLUMNS, **(V3 if version == "3" else {}))
        theirs = {oid: asyncio.run(_walk(place, user if version == "3" else community, oid)) for oid in COLUMNS}
    assert {oid: ours.columns[oid] for oid in COLUMNS} == theirs
    assert all(theirs.values())
