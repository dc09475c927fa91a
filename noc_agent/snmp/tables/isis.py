"""IS-IS adjacencies in the forms of RFC 4444, of Cisco (draft 16 under 1.3.6.1.4.1.9.10.118) and of the older drafts
under 1.3.6.1.3.37, whose indexes begin with an instance of the protocol on some makes.

The columns of the adjacency table are the same in all of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from noc_agent.snmp.columns import Decoder, mac, names, text, whole
from noc_agent.snmp.source import Reply, Value

_RFC, _CISCO, _DRAFT = "1.3.6.1.2.1.138.1", "1.3.6.1.4.1.9.10.118.1", "1.3.6.1.3.37.1"


@dataclass(frozen=True, slots=True)
class _Form:
    """Where one form has its columns. `host_names`: a router's name by its system id, a part of the index."""

    circuits: tuple[str, ...]  # isisCircIfIndex by circuit
    adjacencies: str
    addresses: str
    host_names: str = ""


_FORMS = (
    _Form((f"{_RFC}.3.2.1.2",), f"{_RFC}.6.1.1", f"{_RFC}.6.3.1.3", f"{_RFC}.1.6.1.3"),
    _Form((f"{_CISCO}.3.2.1.2",), f"{_CISCO}.6.1.1", f"{_CISCO}.6.3.1.3", f"{_CISCO}.1.7.1.3"),
    _Form((f"{_DRAFT}.3.1.1.2", f"{_DRAFT}.3.2.1.2"), f"{_DRAFT}.6.1.1", f"{_DRAFT}.6.3.1.3"),
)
_STATE, _SNPA, _TYPE, _SYSTEM, _USAGE, _HOLD = 2, 4, 5, 6, 8, 9
ISIS_COLUMNS = tuple(
    oid
    for form in _FORMS
    for oid in (
        *form.circuits,
        *(f"{form.adjacencies}.{n}" for n in (_STATE, _SNPA, _TYPE, _SYSTEM, _USAGE, _HOLD)),
        form.addresses,
        *((form.host_names,) if form.host_names else ()),
    )
)
STATES = names("down", "initializing", "up", "failed")
SYSTEM_TYPES = names("l1IntermediateSystem", "l2IntermediateSystem", "l1L2IntermediateSystem", "unknown")
LEVELS = names("level1", "level2", "level1and2")


@dataclass(frozen=True, slots=True)
class IsisAdjacency:
    """A neighboring intermediate system on a circuit. `isisISAdjHoldTimer` in seconds.

    `instance` is the row's index: (protocol instance where there is one, circuit, adjacency).
    """

    instance: tuple[int, ...]
    ifIndex: int | None
    isisISAdjState: str | None
    isisISAdjNeighSysID: str | None  # as 0100.9919.1255
    isisISAdjNeighSysType: str | None
    isisISAdjNeighSNPAAddress: str | None
    isisISAdjUsage: str | None
    isisISAdjHoldTimer: int | None
    addresses: tuple[str, ...]
    isisRouterHostName: str | None


def read_isis(reply: Reply) -> tuple[IsisAdjacency, ...] | None:
    """Adjacencies of the first form that is served; () where circuits are and adjacencies are not; else None."""
    for form in _FORMS:
        found = _read(reply, form)
        if found:
            return found
    return () if any(oid in reply.columns for form in _FORMS for oid in form.circuits) else None


def _read(reply: Reply, form: _Form) -> tuple[IsisAdjacency, ...]:
    columns = {
        n: reply.columns.get(f"{form.adjacencies}.{n}", {}) for n in (_STATE, _SNPA, _TYPE, _SYSTEM, _USAGE, _HOLD)
    }
    interfaces = {key: value for oid in form.circuits for key, value in reply.columns.get(oid, {}).items()}
    addresses, host_names = _addresses(reply, form), _host_names(reply, form)
    found = []
    for instance in {key: None for cells in columns.values() for key in cells}:
        circuit = instance.rpartition(".")[0]
        system = _cell(columns[_SYSTEM], instance, system_id)
        found.append(
            IsisAdjacency(
                instance=tuple(map(int, instance.split("."))),
                ifIndex=_cell(interfaces, circuit, whole),
                isisISAdjState=_cell(columns[_STATE], instance, STATES),
                isisISAdjNeighSysID=system,
                isisISAdjNeighSysType=_cell(columns[_TYPE], instance, SYSTEM_TYPES),
                isisISAdjNeighSNPAAddress=_cell(columns[_SNPA], instance, mac),
                isisISAdjUsage=_cell(columns[_USAGE], instance, LEVELS),
                isisISAdjHoldTimer=_cell(columns[_HOLD], instance, whole),
                addresses=addresses.get(instance, ()),
                isisRouterHostName=host_names.get(system or ""),
            )
        )
    return tuple(sorted(found, key=lambda row: row.instance))


def _cell(cells: Mapping[str, Value], instance: str, decode: Decoder) -> Any:
    return decode(cells[instance]) if instance in cells else None


def system_id(value: Value) -> str | None:
    """A system id in the dotted form of configurations: 0100.9919.1255."""
    if not isinstance(value, bytes) or not value:
        return None
    digits = value.hex()
    return ".".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _addresses(reply: Reply, form: _Form) -> Mapping[str, tuple[str, ...]]:
    """IP addresses of adjacencies, by the adjacency's index."""
    found: dict[str, tuple[str, ...]] = {}
    for instance, value in reply.columns.get(form.addresses, {}).items():
        if isinstance(value, bytes) and len(value) in (4, 16):
            adjacency = instance.rpartition(".")[0]
            found[adjacency] = (*found.get(adjacency, ()), str(ipaddress.ip_address(value)))
    return found


def _host_names(reply: Reply, form: _Form) -> Mapping[str, str]:
    """Dynamic host names (RFC 5301) by system id; the index is the id's six octets and a level."""
    found: dict[str, str] = {}
    for instance, value in reply.columns.get(form.host_names, {}).items():
        arcs = [int(part) for part in instance.split(".")][:6]
        system = system_id(bytes(arcs)) if len(arcs) == 6 and max(arcs) < 256 else None
        if system and text(value):
            found[system] = text(value)
    return found
