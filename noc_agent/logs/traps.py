"""snmptrapd's text: one trap a line, its varbinds by OID, whether it was written by number or by name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from noc_agent.logs.times import read_stamp

TRAP = " TRAP from "
TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
TRAP_ADDRESS = "1.3.6.1.6.3.18.1.3.0"  # snmpTrapAddress: whom a proxy speaks for (RFC 3584)
MOST_VARBINDS = 500
LONGEST_HEAD = 600
LONGEST_NAME = 300

# Names that snmptrapd prints where its MIBs are loaded, as OIDs: RFC 3418, 2863, 4750, 4273, IEEE 802.1AB,
# 4188, 6933, 2790, 2981, 2787, 6527, 4560, 2819, 3815, 7331, 5060, 1628, 4444.
_ROOTS = {
    "iso": "1", "internet": "1.3.6.1", "mib-2": "1.3.6.1.2.1", "transmission": "1.3.6.1.2.1.10", "snmpModules": "1.3.6.1.6.3",
    "enterprises": "1.3.6.1.4.1", "snmpV2": "1.3.6.1.6",
}  # fmt: skip
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "1.3.6.1.6.3.1.1.5": ("coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss"),
    "1.3.6.1.2.1.2.2.1": (
        "ifIndex", "ifDescr", "ifType", "ifMtu", "ifSpeed", "ifPhysAddress", "ifAdminStatus", "ifOperStatus", "ifLastChange",
    ),
    "1.3.6.1.2.1.14.16.2": (
        "ospfVirtIfStateChange", "ospfNbrStateChange", "ospfVirtNbrStateChange", "ospfIfConfigError", "ospfVirtIfConfigError",
        "ospfIfAuthFailure", "ospfVirtIfAuthFailure", "ospfIfRxBadPacket", "ospfVirtIfRxBadPacket", "ospfTxRetransmit",
        "ospfVirtIfTxRetransmit", "ospfOriginateLsa", "ospfMaxAgeLsa", "ospfLsdbOverflow", "ospfLsdbApproachingOverflow",
        "ospfIfStateChange", "ospfNssaTranslatorStatusChange", "ospfRestartStatusChange", "ospfNbrRestartHelperStatusChange",
    ),
    "1.3.6.1.2.1.14.10.1": (
        "ospfNbrIpAddr", "ospfNbrAddressLessIndex", "ospfNbrRtrId", "ospfNbrOptions", "ospfNbrPriority", "ospfNbrState",
        "ospfNbrEvents",
    ),
    "1.3.6.1.2.1.14.16.1": ("ospfSetTrap", "ospfConfigErrorType", "ospfPacketType", "ospfPacketSrc"),
    "1.3.6.1.2.1.15.3.1": (
        "bgpPeerIdentifier", "bgpPeerState", "bgpPeerAdminStatus", "bgpPeerNegotiatedVersion", "bgpPeerLocalAddr",
        "bgpPeerLocalPort", "bgpPeerRemoteAddr", "bgpPeerRemotePort", "bgpPeerRemoteAs", "bgpPeerInUpdates", "bgpPeerOutUpdates",
        "bgpPeerInTotalMessages", "bgpPeerOutTotalMessages", "bgpPeerLastError",
    ),
    "1.0.8802.1.1.2.1.2": (
        "lldpStatsRemTablesLastChangeTime", "lldpStatsRemTablesInserts", "lldpStatsRemTablesDeletes", "lldpStatsRemTablesDrops",
        "lldpStatsRemTablesAgeouts",
    ),
    "1.3.6.1.2.1.17.0": ("newRoot", "topologyChange"),
    "1.3.6.1.2.1.88.2.0": (
        "mteTriggerFired", "mteTriggerRising", "mteTriggerFalling", "mteTriggerFailure", "mteEventSetFailure",
    ),
    "1.3.6.1.2.1.88.2.1": ("mteHotTrigger", "mteHotTargetName", "mteHotContextName", "mteHotOID", "mteHotValue", "mteFailedReason"),
    "1.3.6.1.2.1.25.3.2.1": ("hrDeviceIndex", "hrDeviceType", "hrDeviceDescr", "hrDeviceID", "hrDeviceStatus", "hrDeviceErrors"),
    "1.3.6.1.2.1.25.2.3.1": (
        "hrStorageIndex", "hrStorageType", "hrStorageDescr", "hrStorageAllocationUnits", "hrStorageSize", "hrStorageUsed",
    ),
    "1.3.6.1.6.3.1.1.4": ("snmpTrapOID", "", "snmpTrapEnterprise"),
}  # fmt: skip
NAMES = {name: f"{root}.{n}" for root, names in _FAMILIES.items() for n, name in enumerate(names, 1) if name} | {
    "sysUpTimeInstance": "1.3.6.1.2.1.1.3.0", "sysUpTime": "1.3.6.1.2.1.1.3", "ifName": "1.3.6.1.2.1.31.1.1.1.1",
    "ifAlias": "1.3.6.1.2.1.31.1.1.1.18", "ospfRouterId": "1.3.6.1.2.1.14.1.1", "ospfIfIpAddress": "1.3.6.1.2.1.14.7.1.1",
    "ospfAddressLessIf": "1.3.6.1.2.1.14.7.1.2", "ospfIfState": "1.3.6.1.2.1.14.7.1.12", "bgpEstablished": "1.3.6.1.2.1.15.7.1",
    "bgpBackwardTransition": "1.3.6.1.2.1.15.7.2", "bgpEstablishedNotification": "1.3.6.1.2.1.15.0.1",
    "bgpBackwardTransNotification": "1.3.6.1.2.1.15.0.2", "lldpRemTablesChange": "1.0.8802.1.1.2.0.0.1",
    "entConfigChange": "1.3.6.1.2.1.47.2.0.1", "snmpTrapAddress": "1.3.6.1.6.3.18.1.3",
    "hrPrinterDetectedErrorState": "1.3.6.1.2.1.25.3.5.1.2", "vrrpTrapNewMaster": "1.3.6.1.2.1.68.0.1",
    "vrrpTrapAuthFailure": "1.3.6.1.2.1.68.0.2", "vrrpv3NewMaster": "1.3.6.1.2.1.207.0.1",
    "pingProbeFailed": "1.3.6.1.2.1.80.0.1", "pingTestFailed": "1.3.6.1.2.1.80.0.2", "pingTestCompleted": "1.3.6.1.2.1.80.0.3",
    "pingCtlTargetAddress": "1.3.6.1.2.1.80.1.2.1.4", "risingAlarm": "1.3.6.1.2.1.16.0.1", "fallingAlarm": "1.3.6.1.2.1.16.0.2",
    "mplsLdpSessionUp": "1.3.6.1.2.1.10.166.4.0.3", "mplsLdpSessionDown": "1.3.6.1.2.1.10.166.4.0.4",
    "bfdSessUp": "1.3.6.1.2.1.222.0.1", "bfdSessDown": "1.3.6.1.2.1.222.0.2", "pimNeighborLoss": "1.3.6.1.2.1.157.0.1",
    "upsTrapOnBattery": "1.3.6.1.2.1.33.2.1", "isisAdjacencyChange": "1.3.6.1.2.1.138.0.17",
    "isisNotificationCircIfIndex": "1.3.6.1.2.1.138.1.10.1.2", "isisAdjState": "1.3.6.1.2.1.138.1.10.1.12",
}  # fmt: skip
_NAME_OF = {oid: name for name, oid in NAMES.items()}
_GENERIC = {
    name: f"1.3.6.1.6.3.1.1.5.{n}"
    for n, name in enumerate(
        ("Cold Start", "Warm Start", "Link Down", "Link Up", "Authentication Failure", "EGP Neighbor Loss"), 1
    )
}

_ADDRESS = r"[0-9a-fA-F.:]{2,45}"
_TRANSPORT = re.compile(
    rf"(?:\[({_ADDRESS})\] ?\(via )?\b(?:UDP6?|TCP6?|UDP/IPv6|TCP/IPv6|DTLSUDP|TLSTCP): \[{{1,2}}({_ADDRESS})(?:%\w{{1,20}})?\]"
    r"[^\s)]{0,120}[)\]]{0,3}:?(?: TRAP(?:2|, SNMP v\w{1,3})?(?:, (?:community|user) [^\t]{0,120})?)?"
)
_TYPES = (
    "INTEGER|STRING|Hex-STRING|OID|Timeticks|IpAddress|Network Address|Gauge32|Counter32|Counter64|Unsigned32|UInteger32|BITS|"
    "Opaque|NULL"
)
_VALUE = re.compile(rf' = (?:({_TYPES}): ?|(?=""))')
_ENUMERATED = re.compile(r"[A-Za-z][\w-]*\((-?\d{1,10})\)$")
_V1 = re.compile(r"(\S{1,300}) ([A-Z][A-Za-z ]{3,40}) Trap \((\d{1,10})\)")


@dataclass(frozen=True, slots=True)
class Trap:
    """A trap: its time, the address of its sender or whom a proxy speaks for, varbinds as OID to value, the notification's
    name. A name that is not known here stays a name; an enumerated value is its number. No TRAP_OID: only a trap's heading."""

    time: datetime | None
    source: str
    message: str
    varbinds: Mapping[str, str]
    name: str


def read_trap(text: str, near: datetime, zone: tzinfo) -> Trap | None:
    """The trap of a line, with or without the heading that gives time and source; None where it is none."""
    if "#01" in text:
        text = text.replace("#011", "\t").replace("#012", "\t")  # rsyslog's tabs and ends of lines
    stamp = read_stamp(text, 0, near, zone)
    found = _TRANSPORT.search(text, 0, LONGEST_HEAD)
    if found is None and " = Timeticks: (" not in text[:120]:
        return None
    body = text[found.end() :] if found else text
    varbinds = _varbinds(body)
    if TRAP_OID not in varbinds and (version1 := _V1.search(body, 0, LONGEST_HEAD)):
        varbinds[TRAP_OID] = _notification(*version1.groups())
    source = varbinds.get(TRAP_ADDRESS, "0.0.0.0")
    if source == "0.0.0.0":
        source = (found[1] or found[2]) if found else ""
    oid = varbinds.get(TRAP_OID, "")
    message = f"trap {oid} {body.strip()}" if oid else f"trap from {source}: {body.strip()}"
    return Trap(stamp.time if stamp else None, source, message, varbinds, _NAME_OF.get(oid, ""))


def continues_trap(text: str) -> bool:
    """Whether a line goes on with the trap whose heading stands above it: snmptrapd's own form takes two or three lines."""
    if text[:1] == "\t":
        return True
    return _VALUE.search(text, 0, LONGEST_NAME) is not None and _TRANSPORT.search(text, 0, LONGEST_HEAD) is None


def heads_trap(text: str) -> bool:
    """Whether a line is the heading of a trap whose varbinds stand on the lines after it."""
    return _TRANSPORT.search(text, 0, LONGEST_HEAD) is not None and _VALUE.search(text) is None


def _varbinds(body: str) -> dict[str, str]:
    """The varbinds of a text. The first of a name counts: no string can put another trap in its place."""
    found: dict[str, str] = {}
    marks = list(itertools.islice(_VALUE.finditer(body), MOST_VARBINDS))
    names = [_name_before(body, mark.start()) for mark in marks]
    for n, mark in enumerate(marks):
        end = marks[n + 1].start() - len(names[n + 1]) if n + 1 < len(marks) else len(body)
        found.setdefault(_oid(names[n]), _plain(mark[1] or "", body[mark.end() : end].strip("\t\r\n ,")))
    return found


def _name_before(body: str, end: int) -> str:
    words = body[max(0, end - LONGEST_NAME) : end].split()
    return words[-1] if words else ""


def _oid(name: str) -> str:
    """A name as snmptrapd prints it, as an OID: `IF-MIB::ifIndex.3`, `iso.3.6.1…`, `.1.3.6.1…`."""
    bare = name.rpartition("::")[2].lstrip(".")
    base, dot, rest = bare.partition(".")
    root = NAMES.get(base) or _ROOTS.get(base, base)
    return f"{root}.{rest}" if dot else root


def _notification(enterprise: str, generic: str, specific: str) -> str:
    """The snmpTrapOID of a trap of SNMPv1 (RFC 3584, 3.1)."""
    return _GENERIC.get(generic) or f"{_oid(enterprise)}.0.{specific}"


def _plain(kind: str, value: str) -> str:
    if kind == "OID":
        return _oid(value)
    if kind == "Timeticks":
        return value.strip("(").split(")")[0]
    if kind == "Hex-STRING":
        return value.replace(" ", "").lower()
    if kind == "INTEGER" and (found := _ENUMERATED.match(value)):
        return found[1]
    return value.strip('"')


def columns(varbinds: Mapping[str, str], column: str) -> list[tuple[str, str]]:
    """(index, value) of the varbinds of a column."""
    return [(oid[len(column) + 1 :], value) for oid, value in varbinds.items() if oid.startswith(column + ".")]
