"""The packet counters of links, read again so that in and out of an interface stand in the same response.

Walked columns are seconds apart, and an agent may refresh its table in between; the balance of a link's two ends needs
counters of one moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from noc_agent.snmp.live import ber
from noc_agent.snmp.live.gets import Bunch, Gets
from noc_agent.snmp.live.session import SYS_UP_TIME, Session
from noc_agent.snmp.source import Value

Cells = dict[str, dict[str, Value]]
IF_TYPE, IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.3", "1.3.6.1.2.1.2.2.1.8"
PAIRS = (  # of the wider counters, else of the narrow ones
    ("1.3.6.1.2.1.31.1.1.1.7", "1.3.6.1.2.1.31.1.1.1.11"),  # ifHCInUcastPkts, ifHCOutUcastPkts
    ("1.3.6.1.2.1.2.2.1.11", "1.3.6.1.2.1.2.2.1.17"),  # ifInUcastPkts, ifOutUcastPkts
)
UP = 1
ETHERNET_LIKE = frozenset({6, 7, 26, 62, 69, 117})  # ifType: ethernetCsmacd and the older names for it


def read_again(session: Session, cells: Cells) -> Value | None:
    """Put the counters of links that are up in place of the walked ones; sysUpTime, if it was read. Raises Failed."""
    pairs = _pairs(cells)
    if not pairs:
        return None
    gets = Gets(pairs, lead=(SYS_UP_TIME,))
    session.exchange(gets)
    for names, places in pairs.items():
        if all(name in gets.cells for name in names):
            for name, (column, instance) in zip(names, places, strict=True):
                cells[column][instance] = gets.cells[name]
    return gets.cells.get(SYS_UP_TIME)


def _pairs(cells: Mapping[str, Mapping[str, Value]]) -> dict[Bunch, list[tuple[str, str]]]:
    """The names to ask together, and the cells that they are."""
    kinds, states = cells.get(IF_TYPE), cells.get(IF_OPER_STATUS, {})
    found: dict[Bunch, list[tuple[str, str]]] = {}
    for instance, state in states.items():
        if state != UP or (kinds is not None and kinds.get(instance) not in ETHERNET_LIKE):
            continue
        for pair in PAIRS:
            if all(instance in cells.get(column, {}) for column in pair):
                names = tuple(ber.encode_oid(f"{column}.{instance}") for column in pair)
                found[names] = [(column, instance) for column in pair]
                break
    return found
