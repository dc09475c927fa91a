"""Secrets in what devices say over SNMP: people write words into descriptions and names, and so passwords."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from noc_agent.evidence.redaction import SHORTEST, Redactor
from noc_agent.snmp import Reply, Value


def redact_reply(reply: Reply, redactor: Redactor) -> Reply:
    """The reply with the secrets in its texts replaced; columns without any are the very same."""
    return dataclasses.replace(reply, columns={oid: _column(cells, redactor) for oid, cells in reply.columns.items()})


def _column(cells: Mapping[str, Value], redactor: Redactor) -> Mapping[str, Value]:
    changed = {
        index: clean
        for index, value in cells.items()
        if isinstance(value, bytes) and len(value) >= SHORTEST and (clean := _cell(value, redactor)) is not value
    }
    return {**cells, **changed} if changed else cells


def _cell(value: bytes, redactor: Redactor) -> bytes:
    """Octets that are no text, such as a hardware address, stay what they are."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")  # a secret is found beside any octets
    clean = redactor.clean(text)
    return value if clean == text else clean.encode("utf-8")
