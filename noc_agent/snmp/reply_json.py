"""A reply as JSON and back, without loss: `replay` reads from the journal what the device once said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from noc_agent.snmp.source import Reply, Value

OCTETS, WORDS = "=", "x"  # octets as text where they are text, else in hex


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """Plain JSON. Integers stay, OBJECT IDENTIFIERs and addresses are text, octets are marked by their first character."""
    return {
        "device": reply.device,
        "at": reply.observed_at.isoformat(),
        "source": reply.source,
        "skipped": reply.skipped,
        "problems": list(reply.problems),
        **({"partial": sorted(reply.partial)} if reply.partial else {}),
        "columns": {oid: {key: _pack(value) for key, value in cells.items()} for oid, cells in reply.columns.items()},
    }


def _pack(value: Value) -> int | str:
    if not isinstance(value, bytes):
        return value
    if value.isascii() and value.decode("ascii").isprintable():
        return OCTETS + value.decode("ascii")
    return WORDS + value.hex()


def _unpack(value: int | str) -> Value:
    if not isinstance(value, str) or value[:1] not in (OCTETS, WORDS):
        return value
    return value[1:].encode("ascii") if value[0] == OCTETS else bytes.fromhex(value[1:])


def reply_from_json(data: Mapping[str, Any]) -> Reply:
    """The reply that `reply_to_json` made."""
    columns = {oid: {key: _unpack(value) for key, value in cells.items()} for oid, cells in data["columns"].items()}
    at = datetime.fromisoformat(data["at"])
    partial = frozenset(data.get("partial", ()))
    return Reply(data["device"], at, columns, data["source"], data["skipped"], tuple(data["problems"]), partial)
