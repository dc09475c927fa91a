"""Secrets in what devices say over SNMP: people write words into descriptions, and so passwords."""

from __future__ import annotations

import dataclasses

from noc_agent.evidence.redaction import Redactor
from noc_agent.snmp import Reply, Value

# Columns in which people write words: sysDescr, sysContact, sysLocation, ifAlias, process paths and parameters, LLDP and
# CDP descriptions. The rest of a reply are states, counters and names.
WORDS = (
    "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.4", "1.3.6.1.2.1.1.6", "1.3.6.1.2.1.31.1.1.1.18", "1.3.6.1.2.1.25.4.2.1.4",
    "1.3.6.1.2.1.25.4.2.1.5", "1.0.8802.1.1.2.1.3.4", "1.0.8802.1.1.2.1.3.7.1.4", "1.0.8802.1.1.2.1.4.1.1.8",
    "1.0.8802.1.1.2.1.4.1.1.10", "1.3.6.1.4.1.9.9.23.1.2.1.1.5",
)  # fmt: skip


def redact_reply(reply: Reply, redactor: Redactor) -> Reply:
    """The reply with the secrets in its words replaced; itself where there are none."""
    columns = dict(reply.columns)
    for oid in WORDS:
        if oid in columns:
            columns[oid] = {index: _cell(value, redactor) for index, value in columns[oid].items()}
    return dataclasses.replace(reply, columns=columns)


def _cell(value: Value, redactor: Redactor) -> Value:
    if not isinstance(value, bytes):
        return value
    text = value.decode("utf-8", "surrogateescape")
    clean = redactor.clean(text)
    return value if clean == text else clean.encode("utf-8", "surrogateescape")
