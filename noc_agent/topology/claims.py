"""What a device says of its neighbors by LLDP and CDP, and what they are to be called in an inventory."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from noc_agent.evidence import neutralise
from noc_agent.snmp import management_addresses
from noc_agent.state import DeviceState

LONGEST_NAME = 64
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PLATFORMS = (
    (r"IOS[ -]XR", "iosxr"), (r"IOS[ -]?XE|_IOSXE", "iosxe"), (r"NX-OS", "nxos"), (r"Adaptive Security", "asa"),
    (r"Cisco IOS|Internetwork Operating System", "ios"), (r"JUNOS|Juniper Networks", "junos"), (r"Arista Networks", "eos"),
    (r"Versatile Routing Platform|Huawei", "vrp"), (r"Comware", "comware"), (r"TiMOS", "sros"), (r"RouterOS", "routeros"),
    (r"Forti(?:Gate|OS|Switch)", "fortios"), (r"Palo Alto|PAN-OS", "panos"), (r"ArubaOS-CX", "aoscx"),
    (r"ProCurve|Aruba.*Switch|HP.*Switch", "procurve"), (r"ExtremeXOS|Switch Engine", "exos"), (r"VSP-|VOSS|Fabric Engine", "voss"),
    (r"OS10", "os10"), (r"EdgeOS|EdgeRouter", "edgeos"), (r"SONiC", "sonic"), (r"Cumulus", "cumulus"), (r"FRR", "frr"),
    (r"Windows", "windows"), (r"^Linux|Debian|Ubuntu", "linux"),
)  # fmt: skip
_ENTERPRISES = {
    9: "cisco", 11: "procurve", 674: "dell", 1916: "exos", 2011: "vrp", 2272: "voss", 2636: "junos", 6527: "sros",
    8072: "linux", 12356: "fortios", 14988: "routeros", 25461: "panos", 25506: "comware", 30065: "eos", 41112: "ubiquiti",
    47196: "aoscx",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A neighbor as one device hears it. `names`: the most telling first; `depth`: hops from the seed."""

    heard_by: str
    names: tuple[str, ...]
    chassis: str | None
    addresses: tuple[str, ...]
    descr: str
    depth: int

    @property
    def key(self) -> str:
        """What makes it one neighbor for several that hear it: chassis id, else name, else address."""
        return self.chassis or next(iter((*(name.lower() for name in self.names), *self.addresses)), "")

    def merged(self, other: Claim) -> Claim:
        """The same neighbor with what both know of it."""
        return replace(
            self,
            names=tuple(dict.fromkeys((*self.names, *other.names))),
            chassis=self.chassis or other.chassis,
            addresses=tuple(dict.fromkeys((*self.addresses, *other.addresses))),
            descr=self.descr or other.descr,
            depth=min(self.depth, other.depth),
        )


def claims_of(state: DeviceState, depth: int) -> Iterator[Claim]:
    """The neighbors that a device hears. One of which neither name nor chassis nor address is known is nobody."""
    managed = management_addresses(state.reply)
    for row in state.lldp_remotes or ():
        name = (row.lldpRemSysName or "").strip()
        made = Claim(
            state.device, (name,) if name else (), (row.lldpRemChassisId or "").lower() or None,
            managed.get((row.lldpRemLocalPortNum, row.lldpRemIndex), ()), row.lldpRemSysDesc or "", depth,
        )  # fmt: skip
        if made.key:
            yield made
    for heard in state.cdp_neighbors or ():
        made = Claim(state.device, heard.names[::-1], None, heard.addresses, heard.cdpCachePlatform or "", depth)
        if made.key:
            yield made


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, in any case and where one of them may lack its domain."""
    a, b = one.lower(), other.lower()
    return a == b or without_domain(a) == b or a == without_domain(b)


def without_domain(name: str) -> str:
    """`core1` of `core1.example.net`; the name itself where what follows the dot is no domain, as in `F241.01.18-sw`."""
    host, *labels = name.split(".")
    return host if host and labels and all(_LABEL.fullmatch(label) for label in labels) else name


def safe_name(text: str) -> str:
    """A name as an inventory may hold it: no blank, no slash, nothing that steers a terminal; "" where nothing is left."""
    kept = "".join(char if char.isalnum() or char in "._:-" else "-" for char in neutralise(text).strip())
    return kept.strip("-.")[:LONGEST_NAME]


def distinct_names(candidates: Sequence[Sequence[str]]) -> list[str]:
    """A name for each device: the first of its candidates that no other device could have, else one with a number."""
    counts = [Counter(safe_name(names[n]).lower() for names in candidates if n < len(names)) for n in range(4)]
    taken: set[str] = set()
    found = []
    for names in candidates:
        safe = [safe_name(name) for name in names]
        free = (
            name
            for n, name in enumerate(safe)
            if name and counts[min(n, 3)][name.lower()] == 1 and name.lower() not in taken
        )
        chosen = next(free, None) or _numbered(next(filter(None, safe), "device"), taken)
        taken.add(chosen.lower())
        found.append(chosen)
    return found


def _numbered(name: str, taken: Iterable[str]) -> str:
    number = 1
    while f"{name}-{number}".lower() in taken:
        number += 1
    return f"{name}-{number}"


def platform_of(descr: str, sysObjectID: str = "") -> str:
    """The platform in a word, by sysDescr, else by the enterprise of sysObjectID; "" where neither tells."""
    for pattern, word in _PLATFORMS:
        if re.search(pattern, descr, re.IGNORECASE):
            return word
    enterprise = re.match(r"1\.3\.6\.1\.4\.1\.(\d+)\b", sysObjectID)
    return _ENTERPRISES.get(int(enterprise[1]), "") if enterprise else ""


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
