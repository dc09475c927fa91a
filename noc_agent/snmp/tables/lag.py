"""Which ports are bundled: IEEE8023-LAG-MIB (802.3ad), CISCO-PAGP-MIB, else ifStackTable of IF-MIB (RFC 2863)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from noc_agent.snmp.columns import arc, column, index, mac, octets, read_table, whole
from noc_agent.snmp.source import Reply
from noc_agent.snmp.tables.interfaces import Interface

_PORT = "1.2.840.10006.300.43.1.2.1.1"
STATE_BITS = (
    "lacpActivity", "lacpTimeout", "aggregation", "synchronization", "collecting", "distributing", "defaulted", "expired",
)  # fmt: skip
NO_PARTNER = "00:00:00:00:00:00"
_STACK_ACTIVE = 1  # RowStatus
# IOS shows a bundle as propVirtual: there only its name tells it from a VLAN that is stacked on the same ports.
_BUNDLE_NAME = re.compile(r"(?:Po|Port-?channel)\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AggPort:
    """dot3adAggPortTable: what LACP made of a port. Aggregators are ifIndexes; 0 is none."""

    dot3adAggPortIndex: int = index(arc(0))
    dot3adAggPortSelectedAggID: int | None = column(f"{_PORT}.12", whole)
    dot3adAggPortAttachedAggID: int | None = column(f"{_PORT}.13", whole)
    dot3adAggPortPartnerOperSystemID: str | None = column(f"{_PORT}.9", mac)
    actor_state: bytes | None = column(f"{_PORT}.21", octets)
    partner_state: bytes | None = column(f"{_PORT}.23", octets)

    @property
    def dot3adAggPortActorOperState(self) -> tuple[str, ...] | None:
        return lacp_state(self.actor_state)

    @property
    def dot3adAggPortPartnerOperState(self) -> tuple[str, ...] | None:
        return lacp_state(self.partner_state)


@dataclass(frozen=True, slots=True)
class PagpPort:
    """pagpEtherChannelTable: the bundle of a port, by whatever protocol; its own ifIndex or 0 where it is in none."""

    ifIndex: int = index(arc(0))
    pagpGroupIfIndex: int | None = column("1.3.6.1.4.1.9.9.98.1.1.1.1.8", whole)


@dataclass(frozen=True, slots=True)
class IfStack:
    """A layer upon another; both are ifIndexes, 0 is none."""

    ifStackHigherLayer: int = index(arc(0))
    ifStackLowerLayer: int = index(arc(1))
    ifStackStatus: int | None = column("1.3.6.1.2.1.31.1.2.1.3", whole)


@dataclass(frozen=True, slots=True)
class LagMember:
    """A port of a bundle, both by ifIndex. `attached`: whether it carries the bundle's traffic; None where nobody says.

    `state`: dot3adAggPortActorOperState. `partner`: the far system's id. `known_by`: lacp, pagp or stack.
    """

    ifIndex: int
    aggregate: int
    attached: bool | None = None
    state: tuple[str, ...] | None = None
    partner: str | None = None
    known_by: str = "stack"


def lacp_state(value: bytes | None) -> tuple[str, ...] | None:
    """LacpState in words. BITS count from the highest bit; agents that hand on the octet of the LACPDU mirror them.

    A port never distributes while it is expired (802.3ad, Receive machine): such an octet is the mirrored one.
    """
    if not value:
        return None
    octet = value[0]
    found = tuple(name for bit, name in enumerate(STATE_BITS) if octet & (0x80 >> bit))
    if {"expired", "distributing"} <= set(found):
        return tuple(name for bit, name in enumerate(STATE_BITS) if octet & (1 << bit))
    return found


def read_lag_members(reply: Reply) -> tuple[LagMember, ...] | None:
    """Members of bundles by ifIndex; what LACP says goes before PAgP, and both before the stack. None: nothing served."""
    tables = [read_table(reply, row) for row in (IfStack, PagpPort, AggPort)]
    if all(rows is None for rows in tables):
        return None
    found: dict[int, LagMember] = {}
    for made in (_stacked(reply), _pagp(reply), _lacp(reply)):
        found |= {member.ifIndex: member for member in made}
    return tuple(found[port] for port in sorted(found))


def _stacked(reply: Reply) -> Iterator[LagMember]:
    interfaces = {row.ifIndex: row for row in read_table(reply, Interface) or ()}
    for row in read_table(reply, IfStack) or ():
        higher, lower = interfaces.get(row.ifStackHigherLayer), interfaces.get(row.ifStackLowerLayer)
        if higher and lower and row.ifStackStatus == _STACK_ACTIVE and _is_bundle(higher) and not _is_bundle(lower):
            yield LagMember(lower.ifIndex, higher.ifIndex)


def _is_bundle(interface: Interface) -> bool:
    named = _BUNDLE_NAME.fullmatch(interface.name) is not None
    return interface.ifType == "ieee8023adLag" or (interface.ifType == "propVirtual" and named)


def _pagp(reply: Reply) -> Iterator[LagMember]:
    for row in read_table(reply, PagpPort) or ():
        if row.pagpGroupIfIndex and row.pagpGroupIfIndex != row.ifIndex:
            yield LagMember(row.ifIndex, row.pagpGroupIfIndex, known_by="pagp")


def _lacp(reply: Reply) -> Iterator[LagMember]:
    for row in read_table(reply, AggPort) or ():
        aggregate = row.dot3adAggPortAttachedAggID or row.dot3adAggPortSelectedAggID
        if not aggregate or aggregate == row.dot3adAggPortIndex:
            continue
        attached = None if row.dot3adAggPortAttachedAggID is None else bool(row.dot3adAggPortAttachedAggID)
        partner = row.dot3adAggPortPartnerOperSystemID
        yield LagMember(
            row.dot3adAggPortIndex,
            aggregate,
            attached,
            row.dot3adAggPortActorOperState,
            None if partner == NO_PARTNER else partner,
            "lacp",
        )
