"""Recorded cases changed as other sites differ: sources that are not there, other names, other clocks, faults by hand.

`python -m tests.mutate CASES OUT --drop snmp --rename …` writes changed copies, each with the truth that follows.
"""

from tests.mutate.invent import (
    ADDRESS_IF,
    BGP_PEER,
    HC_OUT,
    IF_OPER,
    LLDP_REMOTE,
    OSPF_NEIGHBOR,
    UPTIME,
    Mutation,
    Rows,
    cells,
    drop,
    index_of,
)

__all__ = [
    "ADDRESS_IF", "BGP_PEER", "HC_OUT", "IF_OPER", "LLDP_REMOTE", "OSPF_NEIGHBOR", "UPTIME", "Mutation", "Rows", "cells",
    "drop", "index_of",
]  # fmt: skip
