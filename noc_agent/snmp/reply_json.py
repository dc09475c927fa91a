"""A reply as JSON and back, without loss: `replay` reads from the journal what the device once said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from noc_agent.snmp.source import Reply, Value

OCTETS, WORDS = "=", "x"  # octets as text where they are text, else in hex


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """Plain JSON. Integers stay, OBJECT IDENTIFIERs and addresses are text, octets are marked by their first character."""
    columns = {oid: {key: _pack(value) for key, value in cells.items()} for oid, cells in reply.columns.items()}
    return {**_head(reply), "columns": columns}


def reply_text(reply: Reply) -> str:
    """`reply_to_json` as a text, made without a copy of the cells."""
    return json.dumps(
        {**_head(reply), "columns": reply.columns}, ensure_ascii=False, separators=(",", ":"), default=_plain
    )


def _head(reply: Reply) -> dict[str, Any]:
    return {
        "device": reply.device,
        "at": reply.observed_at.isoformat(),
        "source": reply.source,
        "skipped": reply.skipped,
        "problems": list(reply.problems),
        **({"partial": sorted(reply.partial)} if reply.partial else {}),
    }


def _plain(value: object) -> object:
    """What JSON has no form for: octets, and mappings that are no dicts."""
    return _octets(value) if isinstance(value, bytes) else dict(cast("Mapping[str, Value]", value))


def _pack(value: Value) -> int | str:
    return _octets(value) if isinstance(value, bytes) else value


def _octets(value: bytes) -> str:
    if value.isascii() and (text := value.decode("ascii")).isprintable():
        return OCTETS + text
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
