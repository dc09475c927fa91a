"""LLDP neighbors and their management addresses, from LLDP-MIB, else LLDP-V2-MIB (802.1AB-2009), else TIMETRA-LLDP-MIB.

The two newer tables are numbered by ifIndex and have the destination address as one more number in their index.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noc_agent.snmp.columns import octets, read_table, text, whole
from noc_agent.snmp.source import Reply, Value
from noc_agent.snmp.tables.lldp import LldpRemote

IPV4, IPV6 = 1, 2  # AddressFamilyNumbers
_LENGTHS = {IPV4: 4, IPV6: 16}
_ADDRESSES = "1.0.8802.1.1.2.1.4.2.1.3"


@dataclass(frozen=True, slots=True)
class _Form:
    """`base`: the table's entry; `first`: its column of the chassis id's subtype, the others follow in order."""

    base: str
    first: int
    addresses: str


_FORMS = (
    _Form("1.3.111.2.802.1.1.13.1.4.1.1", 5, "1.3.111.2.802.1.1.13.1.4.2.1.3"),
    _Form("1.3.6.1.4.1.6527.3.1.2.59.4.1.1", 4, "1.3.6.1.4.1.6527.3.1.2.59.4.2.1.3"),
)
_FIELDS = (
    ("chassis_subtype", whole), ("chassis_id", octets), ("port_subtype", whole), ("port_id", octets),
    ("lldpRemPortDesc", text), ("lldpRemSysName", text), ("lldpRemSysDesc", text),
)  # fmt: skip
LLDP_COLUMNS = tuple(
    oid for form in _FORMS for oid in (*(f"{form.base}.{form.first + n}" for n in range(len(_FIELDS))), form.addresses)
)


def read_lldp_remotes(reply: Reply) -> tuple[LldpRemote, ...] | None:
    """Neighbors of the first table that is served; None where none is."""
    rows = read_table(reply, LldpRemote)
    for form in _FORMS:
        rows = rows or _read(reply, form) or rows
    return rows


def _read(reply: Reply, form: _Form) -> tuple[LldpRemote, ...]:
    made: dict[str, dict[str, object]] = {}
    for n, (name, decode) in enumerate(_FIELDS):
        for instance, value in reply.columns.get(f"{form.base}.{form.first + n}", {}).items():
            made.setdefault(instance, {})[name] = decode(value)
    found = []
    for instance, values in made.items():
        arcs = [int(part) for part in instance.split(".")]
        if len(arcs) == 4:
            found.append(LldpRemote(arcs[0], arcs[1], arcs[3], **values))  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda row: (row.lldpRemTimeMark, row.lldpRemLocalPortNum, row.lldpRemIndex)))


def management_addresses(reply: Reply) -> Mapping[tuple[int, int], tuple[str, ...]]:
    """IP addresses for management by (lldpRemLocalPortNum, lldpRemIndex), IPv4 first; other families are left out."""
    found: dict[tuple[int, int], set[str]] = {}
    for column, destination in ((_ADDRESSES, 0), *((form.addresses, 1) for form in _FORMS)):
        cells: Mapping[str, Value] = reply.columns.get(column, {})
        for instance in cells:
            arcs = [int(part) for part in instance.split(".")]
            address = _address(arcs[3 + destination :])
            if address:
                found.setdefault((arcs[1], arcs[2 + destination]), set()).add(address)
    return {key: tuple(sorted(addresses, key=_order)) for key, addresses in found.items()}


def _address(arcs: Sequence[int]) -> str:
    """Family and octets at the end of an index, with or without their length; "" where it is no IP address."""
    length = _LENGTHS.get(arcs[0]) if arcs else None
    if length is None or len(arcs) not in (1 + length, 2 + length) or max(arcs[-length:]) > 255:
        return ""
    address = ipaddress.ip_address(bytes(arcs[-length:]))
    return "" if address.is_unspecified else str(address)


def _order(address: str) -> tuple[int, bytes]:
    parsed = ipaddress.ip_address(address)
    return parsed.version, parsed.packed
