"""snmpd: the standard tables, AgentX for FRR and lldpd, traps, and a view."""

from __future__ import annotations

from pathlib import Path

from tests.networks.plan import Node

CACHES = "1.3.6.1.4.1.8072.1.5.3.1.2"
"nsCacheTimeout: seconds that net-snmp keeps a table."
SECRET = "lab-caches"
IF = ".1.3.6.1.2.1.2.2.1"
HIDDEN = (
    "1.3.6.1.4.1.2021",
    "1.3.6.1.2.1.25.6",
    "1.3.6.1.2.1.25.3.8",
    "1.3.6.1.2.1.25.5",
    "1.3.6.1.2.1.88",
    "1.3.6.1.2.1.92",
    "1.3.6.1.2.1.28",
    "1.3.6.1.2.1.4.31",
    "1.3.6.1.2.1.4.32",
    "1.3.6.1.2.1.5.29",
    "1.3.6.1.2.1.5.30",
    "1.3.6.1.2.1.4.21",
    "1.3.6.1.2.1.4.24.2",
    "1.3.6.1.2.1.4.24.4",
)
"What says nothing of a node, or what no poller reads: as a site's own view leaves it out."
SHARED = (3, 6, 7, 8, 10)
"hrStorage rows of the machine's memory."


def write(node: Node, folder: Path, *, collector: str, community: str = "public") -> None:
    lines = [
        "agentAddress udp:161",
        f"rocommunity {community} default -V node",
        f"rwcommunity {SECRET} 127.0.0.1",
        "sysContact noc@example.net",
        f"sysLocation {node.name}",
        "master agentx",
        "agentXSocket /var/agentx/master",
        "agentXPerms 0777 0777",
        f"trap2sink {collector} {community}",
        "authtrapenable 2",
        "dontLogTCPWrappersConnects yes",
        "iquerySecName internal",
        "rouser internal",
        # Numbers, because no MIB is loaded. ifIndex, ifAdminStatus and ifOperStatus go with each trap.
        f"notificationEvent linkUp .1.3.6.1.6.3.1.1.5.4 {IF}.1 {IF}.7 {IF}.8",
        f"notificationEvent linkDown .1.3.6.1.6.3.1.1.5.3 {IF}.1 {IF}.7 {IF}.8",
        f'monitor -S -r 5 -e linkUp "link up" {IF}.8 != 2',
        f'monitor -S -r 5 -e linkDown "link down" {IF}.8 == 2',
        # Load and memory of the machine that all nodes share say nothing of a node.
        "view node included .1",
        *(f"view node excluded .{subtree}" for subtree in HIDDEN),
        *(f"view node excluded .1.3.6.1.2.1.25.2.3.1.{column}.{row}" for column in range(1, 8) for row in SHARED),
        *(f"view node excluded .1.3.6.1.2.1.25.3.3.1.{column}.196609" for column in (1, 2)),
    ]
    (folder / "etc/snmp/snmpd.conf").write_text("\n".join(lines) + "\n")
    aliases = "".join(f"{port.name} {port.alias}\n" for port in node.ports if port.alias)
    (folder / "run/aliases").write_text(f"{aliases}mgmt0 OOB management\n")


def start(_: Node) -> str:
    return "snmpd -Lsd -p /run/snmpd.pid -C -c /etc/snmp/snmpd.conf"
