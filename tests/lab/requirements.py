"""What the lab needs of the machine, and the one line that says what is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PROGRAMS = {
    "vtysh": "frr",
    "snmpd": "snmpd",
    "snmpbulkwalk": "snmp",
    "snmptrapd": "snmptrapd",
    "lldpd": "lldpd",
    "rsyslogd": "rsyslog",
    "dnsmasq": "dnsmasq-base",
    "nft": "nftables",
    "ip": "iproute2",
    "bridge": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
}
FRR = Path("/usr/lib/frr")


def missing() -> str:
    """The one line that says why no lab can run here, or nothing."""
    if os.geteuid() != 0:
        return "the lab makes namespaces: run it as root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    packages = {package for program, package in PROGRAMS.items() if not shutil.which(program, path=path)}
    if not FRR.is_dir():
        packages.add("frr")
    elif not any(FRR.parent.glob("*/frr/modules/bgpd_snmp.so")):
        packages.add("frr-snmp")
    if packages:
        return f"the lab needs Debian's packages: apt-get install {' '.join(sorted(packages))}"
    if not Path("/dev/net/tun").exists():
        return "the lab's wires need /dev/net/tun, which this kernel does not offer"
    return ""
