"""Which MIBs a device serves, which of them it should, and what is lost without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from noc_agent.playbooks import Playbook
from noc_agent.snmp import Reply

NET_SNMP = "1.3.6.1.4.1.8072.3.2"


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the MIB tree that findings are made of."""

    name: str
    short: str
    oids: tuple[str, ...]  # served where anything below one of these is
    view: str  # what a view has to include

    def served_by(self, columns: Iterable[str]) -> bool:
        return any(column.startswith(f"{oid}.") for column in columns for oid in self.oids)


GROUPS = (
    Group("SNMPv2-MIB system", "system", ("1.3.6.1.2.1.1",), "1.3.6.1.2.1.1"),
    Group("IF-MIB ifTable", "IF", ("1.3.6.1.2.1.2",), "1.3.6.1.2.1.2"),
    Group("IF-MIB ifXTable", "IFX", ("1.3.6.1.2.1.31",), "1.3.6.1.2.1.31"),
    Group("IP-MIB addresses", "IP", ("1.3.6.1.2.1.4.20", "1.3.6.1.2.1.4.34"), "1.3.6.1.2.1.4"),
    Group("IP-FORWARD-MIB routes", "routes", ("1.3.6.1.2.1.4.24", "1.3.6.1.2.1.4.21"), "1.3.6.1.2.1.4.24"),
    Group(
        "TCP-MIB and UDP-MIB listeners",
        "listeners",
        ("1.3.6.1.2.1.6.20", "1.3.6.1.2.1.6.13", "1.3.6.1.2.1.7.5", "1.3.6.1.2.1.7.7"),
        "1.3.6.1.2.1.6 and 1.3.6.1.2.1.7",
    ),
    Group("LLDP-MIB", "LLDP", ("1.0.8802.1.1.2",), "1.0.8802.1.1.2"),
    Group("OSPF-MIB", "OSPF", ("1.3.6.1.2.1.14",), "1.3.6.1.2.1.14"),
    Group("BGP4-MIB", "BGP", ("1.3.6.1.2.1.15",), "1.3.6.1.2.1.15"),
    Group("BRIDGE-MIB", "bridge", ("1.3.6.1.2.1.17",), "1.3.6.1.2.1.17"),
    Group(
        "HOST-RESOURCES-MIB",
        "host",
        ("1.3.6.1.2.1.25.2", "1.3.6.1.2.1.25.3", "1.3.6.1.2.1.25.4"),
        "1.3.6.1.2.1.25",
    ),
    Group("ENTITY-MIB", "entity", ("1.3.6.1.2.1.47",), "1.3.6.1.2.1.47"),
    Group("the vendor's own MIBs", "vendor", ("1.3.6.1.4.1",), "1.3.6.1.4.1"),
)
BY_NAME = {group.name: group for group in GROUPS}
ALWAYS = ("SNMPv2-MIB system", "IF-MIB ifTable", "IF-MIB ifXTable", "IP-MIB addresses")
# What each finding is made of; logs alone make the rest.
FINDING_NEEDS: Mapping[str, tuple[str, ...]] = {
    "interface_admin_down": ("IF-MIB ifTable",),
    "interface_oper_down": ("IF-MIB ifTable",),
    "saturated": ("IF-MIB ifTable", "IF-MIB ifXTable"),
    "input_errors": ("IF-MIB ifTable",),
    "counter_imbalance": ("IF-MIB ifXTable",),
    "parameter_mismatch": ("IF-MIB ifTable", "BGP4-MIB"),
    "neighbor_lost": ("OSPF-MIB", "LLDP-MIB"),
    "neighbor_stuck": ("OSPF-MIB",),
    "session_down": ("BGP4-MIB",),
    "listener_gone": ("TCP-MIB and UDP-MIB listeners",),
}
# How to make an agent of net-snmp serve what another daemon knows.
AGENTX = {
    "OSPF-MIB": "`master agentx` in snmpd.conf, and ospfd started with `-M snmp`",
    "BGP4-MIB": "`master agentx` in snmpd.conf, and bgpd started with `-M snmp`",
    "LLDP-MIB": "`master agentx` in snmpd.conf, and lldpd started with `-x`",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A group that a device should serve and does not: why it should, which playbooks need it, the mend."""

    group: str
    because: str
    playbooks: tuple[str, ...]
    mend: str


def unread(reply: Reply) -> tuple[str, ...]:
    """Names of the groups of which something was not read to its end: whether they are served is unknown."""
    return tuple(group.name for group in GROUPS if group.served_by(reply.partial))


def served(reply: Reply) -> tuple[str, ...]:
    """Names of the groups of which anything was served."""
    return tuple(group.name for group in GROUPS if group.served_by(reply.columns))


def needed_for(group: str, playbooks: Mapping[str, Playbook]) -> tuple[str, ...]:
    """The playbooks that suspect or explain by findings made of this group."""
    kinds = {kind for kind, needs in FINDING_NEEDS.items() if group in needs}
    return tuple(
        fault
        for fault, playbook in playbooks.items()
        if any(kinds & set(pick.kinds) for pick in (*playbook.suspects, *playbook.explains))
    )


def mend_of(group: str, sysObjectID: str) -> str:
    """What to change on the device, in its own words where its agent is known."""
    oid = BY_NAME[group].view
    words = f"add `view` for {oid}"
    if sysObjectID.startswith(NET_SNMP):
        words += " (`view NAME included OID` in snmpd.conf)"
        if group in AGENTX:
            words += f"; {AGENTX[group]}"
    return words
