"""What a message says of itself, dialect by dialect: mnemonic, severity, module, fields, repetitions."""

from __future__ import annotations

import re

from noc_agent.logs.dialects.fields import read_fortios, read_panos
from noc_agent.logs.dialects.parts import SEVERITIES, SEVERITY_WORDS, Parts

BIRD = "bird"
LOOKED = 200  # characters in which a mnemonic may begin

# %FAC-SUBFAC-SEV-MNEMONIC of Cisco, Arista and others; ASA's class may be in small letters and its mnemonic is a number.
_CISCO = re.compile(r"%?\b([A-Z][A-Z0-9_]*(?:-[A-Za-z0-9_]+){0,4}?)-([0-7])-([A-Z0-9][A-Z0-9_]*)\b")
_CISCO_HINT = re.compile(r"-[0-7]-[A-Z0-9]")
# %%01MODULE/5/MNEMONIC(l)[12]: of Huawei VRP, %%10MODULE/5/MNEMONIC: of Comware, which may leave the beginning out.
_VRP = re.compile(
    r"(?:%%\d\d)?([A-Z][A-Z0-9_-]{0,63})/(?:[A-Z0-9_]+/)?([0-7])/([A-Za-z]\w{0,127})(?:\(([a-zA-Z])\))?(?:\[\d+\])?(?=[:;])"
)
_JUNOS = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): ")
_FRR = re.compile(r"(?:\[([A-Z0-9]{5}-[A-Z0-9]{5})\])?(?:\[EC (\d{1,12})\])? ?(?:%([A-Z][A-Z0-9_]*): ?)?")
_BIRD = re.compile(r"<(DBG|TRACE|INFO|RMT|WARN|ERR|AUTH|FATAL|BUG)> ")
_BIRD_SEVERITY = {
    "DBG": "debug", "TRACE": "debug", "INFO": "info", "RMT": "info", "WARN": "warning", "ERR": "err", "AUTH": "err",
    "FATAL": "crit", "BUG": "crit",
}  # fmt: skip
# 1234 Base SNMP-WARNING-linkDown-2004 [1/1/1]: … of SR OS; its tag is TMNX.
_SROS = re.compile(
    r"(?:(\d{1,12}) )?(\S{1,64}) ([A-Z0-9_]{2,24})-(CRITICAL|MAJOR|MINOR|WARNING|INDETERMINATE|INFO|CLEARED)-"
    r"([A-Za-z]\w{1,127})(?:-(\d{4,6}))?(?= )"
)
_SROS_FILE = re.compile(r"([A-Z0-9_]{2,24}) #(\d{4,6}) (\S{1,64})")  # MINOR: SNMP #2004 Base 1/1/1 in its log files
# SR OS sends its alarm severities so: System Management Guide, event logs, syslog.
_SROS_SEVERITY = {
    "CRITICAL": "alert", "MAJOR": "crit", "MINOR": "err", "WARNING": "warning", "INDETERMINATE": "info", "INFO": "info",
    "CLEARED": "info",
}  # fmt: skip
_ROUTEROS = re.compile(r"([a-z][a-z0-9-]{1,24}(?:,!?[a-z][a-z0-9-]{1,24}){1,5}) ")
_ROUTEROS_LEVELS = ("critical", "error", "warning", "info", "debug")
_REPEATED = re.compile(r"(?:last )?message repeated (\d{1,9}) times?(?:: \[ ?(.*?)\]?)?$", re.DOTALL)
FRR_DAEMONS = {
    "BGP": "bgpd", "OSPF": "ospfd", "OSPF6": "ospf6d", "ISIS": "isisd", "RIP": "ripd", "RIPNG": "ripngd", "LDP": "ldpd",
    "PIM": "pimd", "PIM6": "pim6d", "BFD": "bfdd", "EIGRP": "eigrpd", "STATIC": "staticd", "VRRP": "vrrpd", "PBR": "pbrd",
    "NHRP": "nhrpd", "BABEL": "babeld", "PATH": "pathd", "MGMTD": "mgmtd", "ZEBRA": "zebra", "WATCHFRR": "watchfrr",
    "FABRIC": "fabricd",
}  # fmt: skip


def read_message(parts: Parts) -> None:
    """Look at how a message begins and fill in what its dialect says there; the message itself stays whole."""
    text = parts.message
    if not parts.host and parts.app in FRR_DAEMONS:
        parts.app = FRR_DAEMONS[parts.app]  # `log file` of FRR names the protocol where syslog has the daemon
    first = text[:1]
    if first == "%":
        _percent(parts, text)
    elif first == "[":
        _frr(parts, text)
    elif first == "<" and (found := _BIRD.match(text)):
        parts.severity, parts.app = _BIRD_SEVERITY[found[1]], parts.app or BIRD
    elif first.isupper():
        _capital(parts, text)
    elif first.isdigit():
        _digit(parts, text)
    elif first.islower():
        _small(parts, text)
    if parts.mnemonic is None:
        _cisco(parts, text)


def _percent(parts: Parts, text: str) -> None:
    if text[:2] == "%%" and _vrp(parts, text):
        return
    if found := _CISCO.match(text):
        parts.mnemonic, parts.severity = found[3], SEVERITIES[int(found[2])]
        return
    _frr(parts, text)


def _cisco(parts: Parts, text: str) -> None:
    if text.find("-", 0, LOOKED) < 0:
        return
    hint = _CISCO_HINT.search(text, 0, LOOKED)
    if hint is not None and (found := _CISCO.search(text, max(0, hint.start() - 80), LOOKED + 80)):
        parts.mnemonic, parts.severity = found[3], SEVERITIES[int(found[2])]


def _vrp(parts: Parts, text: str) -> bool:
    found = _VRP.match(text)
    if found is None:
        return False
    parts.app, parts.severity, parts.mnemonic = found[1], SEVERITIES[int(found[2])], found[3]
    if found[4]:
        parts.data["type"] = found[4]
    return True


def _frr(parts: Parts, text: str) -> None:
    found = _FRR.match(text)
    if found is None:
        return
    unique, category, name = found.groups()
    if unique:
        parts.data["id"] = unique
    if category:
        parts.data["ec"] = category
    parts.mnemonic = name or parts.mnemonic


def _capital(parts: Parts, text: str) -> None:
    head = text[:LOOKED]
    if "_" in head and (found := _JUNOS.match(text)):
        parts.mnemonic = found[1]
    elif "/" in head and _vrp(parts, text):
        return
    elif parts.app in _SROS_SEVERITY or "-" in head:
        _sros(parts, text)


def _sros(parts: Parts, text: str) -> None:
    if parts.app in _SROS_SEVERITY and (short := _SROS_FILE.match(text)):
        parts.data.update(event=short[2], router=short[3])
        parts.app, parts.severity = short[1], _SROS_SEVERITY[parts.app]
        return
    found = _SROS.match(text)
    if found is None:
        return
    parts.data.update(router=found[2], event=found[6] or "")
    parts.app, parts.severity, parts.mnemonic = found[3], _SROS_SEVERITY[found[4]], found[5]


def _digit(parts: Parts, text: str) -> None:
    if text[:2] in ("1,", "0,") or text[1:3] == ",2":
        read_panos(parts, text)
    elif parts.app.upper() == "TMNX":
        _sros(parts, text)


def _small(parts: Parts, text: str) -> None:
    head = text[:LOOKED]
    if "repeated" in head and (found := _REPEATED.match(text)):
        _repeated(parts, found)
    elif "=" in head and ("date=" in head or "devname=" in head or "logid=" in head):
        read_fortios(parts, text)
    elif "," in head and not parts.app:
        _routeros(parts, text)


def _repeated(parts: Parts, found: re.Match[str]) -> None:
    """syslogd counts lines it leaves out; rsyslog quotes the one it counts, and that is then the message."""
    parts.repeated = max(1, int(found[1]))
    if found[2]:
        parts.message = found[2].strip()
        read_message(parts)


def _routeros(parts: Parts, text: str) -> None:
    found = _ROUTEROS.match(text)
    if found is None:
        return
    topics = found[1].split(",")
    level = next((topic for topic in _ROUTEROS_LEVELS if topic in topics), None)
    if level is None:
        return
    parts.app, parts.data["topics"], parts.severity = topics[0], found[1], SEVERITY_WORDS[level]
    if counted := _REPEATED.match(text, found.end()):
        parts.repeated = max(1, int(counted[1]))
