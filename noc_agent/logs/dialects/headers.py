"""What stands before a message: PRI, stamp, host, app and process, once from the device and once from each relay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from noc_agent.logs.dialects.leads import is_host, read_lead
from noc_agent.logs.dialects.parts import FACILITIES, SEVERITIES, SEVERITY_WORDS, Parts
from noc_agent.logs.times import MONTH, MONTHS, Stamp, iso_time, read_stamp, stamp_begins

MOST_HEADERS = 4  # of one line: the device's own and three relays'
SAME = timedelta(seconds=2)  # a relay's stamp and the device's that differ less are one moment

_PRIORITIES = {str(n): (FACILITIES[n >> 3], SEVERITIES[n & 7]) for n in range(192)}
_FRAMES = {f"<{number}>1": meant for number, meant in _PRIORITIES.items()}
_RFC5424 = re.compile(r'1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+) ?', re.DOTALL)
_SD = re.compile(r'\s([^\s=\]"]+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r'\\([\\"\]])')
_TAG = re.compile(r"([A-Za-z_/][\w./@#-]{0,127})(?:\([\w-]{1,64}\))?(?:\[(\d+)\])?: +")
_COUNTED = re.compile(
    r"(?:\d{1,12}: )+(?=[*.%]|[A-Z][a-z]{2} |\d\d:\d\d:\d\d: |\d+[ywdh]|[A-Z]{1,4}\d?/|[A-Za-z0-9_][\w.-]*: [*.%A-Z\d])"
)
_UPTIME = re.compile(r"[*.]?(?:(?:\d{1,3}[ywdh]){1,3}|\d{2,3}:\d\d:\d\d): (?=%)")
_SLASHED_LEVEL = re.compile(r"/[0-7]/[A-Za-z]")
_MNEMONIC = re.compile(r"[A-Z0-9]-[0-7]-[A-Z][A-Z0-9_]*$")
_LEVEL = re.compile(r"(EMERG|ALERT|CRIT|ERR|ERROR|WARNING|NOTICE|INFO|DEBUG) (?=[\w./#-]+(?:\[\d+\])?: )")
_SELECTOR = re.compile(r"([A-Za-z]{2,8}\d?)\.([A-Za-z]{3,9}):?[ \t]+")
# Boards of Junos name themselves without a colon.
_FPC = re.compile(r"((?:fpc|feb|cfeb|sfm|pic|spc)\d{1,3}) (?:\1 )?")
_ENGINE = re.compile(r"(re[01])[.-](?=\w)")  # Junos puts the routing engine before the host
_LAST = re.compile(r"(?:last message|message) repeated (\d{1,9}) times?\b")
_NEXT = re.compile(rf"[<*.\d]|[%#:]? ?(?:{MONTH}|Mon|Tue|Wed|Thu|Fri|Sat|Sun) |[A-Z]{{1,4}}\d?/|[a-z]{{3}}/")
_PLAIN = re.compile(r"([A-Za-z0-9][\w.-]{0,254}) +([A-Za-z_][\w.@-]{0,127})(?:\[(\d+)\])?")
_FIRST, _BEFORE = frozenset("<*."), frozenset("%#:")
_WORDS = frozenset((*MONTHS, "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


def read_head(parts: Parts, near: datetime, zone: tzinfo) -> None:
    """Take header after header off the line's text into its parts. What fits no form is left as the message."""
    text = parts.message
    if text.find(">1 ", 2, 7) > 0 and _plain_rfc5424(parts, text, zone):
        return
    for turn in range(MOST_HEADERS):
        if text[:1] == "<":
            text = _pri(parts, text)
        if text[:2] == "1 " and (found := _RFC5424.match(text)):
            text = _rfc5424(parts, found, text, zone)
        else:
            stamp, named = read_stamp(text, 0, near, zone), False
            if stamp is None:
                stamp, named = _led(parts, text, near, zone, framed=turn == 0 and parts.facility is not None)
                if stamp is None:
                    break
            _timed(parts, stamp.time, stamp.mark)
            text = _after_stamp(parts, text, stamp.end, named=named)
        if not _again(text):
            break
        if turn and parts.time is None:
            break
    parts.message = text


def first_time(text: str, near: datetime, zone: tzinfo) -> datetime | None:
    """The time of the first header of a text; None where there is none."""
    start = end + 1 if text[:1] == "<" and text[1 : (end := text.find(">", 1, 5))] in _PRIORITIES else 0
    start += 2 if text.startswith("1 ", start) else 0
    if text[start + 1 : start + 3] == ",2":  # PAN-OS
        text, start = text[: start + 21], start + 2
    if stamp := read_stamp(text, start, near, zone):
        return stamp.time
    lead = read_lead(text, start, near, zone, framed=start > 0)
    return lead.stamp.time if lead else None


def _again(text: str) -> bool:
    """Whether another header may follow: a cheap look."""
    first = text[:1]
    if first in _FIRST or first.isdecimal():
        return True
    if first.islower():
        return text[3:4] == "/" and _NEXT.match(text) is not None
    start = 1 if first in _BEFORE else 0
    start += text.startswith(" ", start)
    if text[start + 3 : start + 4] == " " and text[start : start + 3] in _WORDS:
        return True
    return "/" in text[1:6] and _NEXT.match(text) is not None


def _pri(parts: Parts, text: str) -> str:
    end = text.find(">", 1, 5)
    meant = _PRIORITIES.get(text[1:end])
    if meant is None:
        return text
    if parts.facility is None:
        parts.facility, parts.severity = meant
    return text[end + 1 :]


def _timed(parts: Parts, time: datetime | None, mark: str) -> None:
    """A line's time is its collector's, so that all devices share a clock; the device's own stamp is kept beside it, and is
    the time itself where both agree and its clock is set: it is the finer one."""
    if time is None:
        return
    parts.mark = mark if mark in ("*", ".") else ""
    if parts.time is None:
        parts.time = time
        return
    parts.stamp = time
    if not parts.mark and abs(time - parts.time) < SAME:
        parts.time = time


def _plain_rfc5424(parts: Parts, text: str, zone: tzinfo) -> bool:
    """Take a header of RFC 5424 off the text where nothing is odd about it and no other follows: without an expression."""
    fields = text.split(" ", 7)
    meant = _FRAMES.get(fields[0])
    if meant is None or len(fields) < 8 or fields[6] != "-" or "" in fields[:6]:
        return False
    _, stamp, host, app, pid, msgid, _, message = fields
    if (
        host[:2] == "re"
        or message[:1] == "\ufeff"
        or _again(message)
        or not text[: -len(message) or None].isprintable()
    ):
        return False
    time = iso_time(stamp, zone)
    if time is None:
        return False
    parts.time, parts.message = time, message
    parts.facility, parts.severity = meant
    parts.host, parts.app, parts.pid = "" if host == "-" else host, "" if app == "-" else app, "" if pid == "-" else pid
    parts.mnemonic = None if msgid == "-" else msgid
    return True


def _rfc5424(parts: Parts, found: re.Match[str], text: str, zone: tzinfo) -> str:
    stamp, host, app, pid, msgid, structured = found.groups()
    _timed(parts, iso_time(stamp, zone) if stamp != "-" else None, "")
    if host != "-":
        _named(parts, host)
    parts.app, parts.pid = ("" if app == "-" else app), ("" if pid == "-" else pid)
    parts.mnemonic = None if msgid == "-" else msgid
    message = text[found.end() :].lstrip("\ufeff")
    if structured != "-":
        parts.data = {key: _ESCAPED.sub(r"\1", value) for key, value in _SD.findall(structured)}
        # Junos may send no text at all: what it says is the structured data.
        message = message if message.strip() else f"{'' if msgid == '-' else msgid} {structured}".strip()
    return message


def _led(parts: Parts, text: str, near: datetime, zone: tzinfo, *, framed: bool) -> tuple[Stamp | None, bool]:
    """Take what stands before a stamp: the stamp, and whether a host or node was named."""
    lead = read_lead(text, 0, near, zone, framed=framed)
    if lead is None:
        return None, False
    if lead.host:
        _named(parts, lead.host)
    parts.app = lead.app or parts.app
    if lead.node:
        parts.data["node"] = lead.node
    return lead.stamp, bool(lead.host or lead.node)


def _named(parts: Parts, host: str) -> None:
    if host[:2] == "re" and (found := _ENGINE.match(host)):
        parts.data["re"], host = found[1], host[found.end() :]
    parts.host = host


def _after_stamp(parts: Parts, text: str, end: int, *, named: bool) -> str:
    """Host and tag after a stamp. A colon after the stamp is how Cisco devices begin the message itself."""
    rest = text[end:].lstrip(" \t")
    if rest[:1] == ":":
        return _tagged(parts, _counted(rest[1:].lstrip()))
    if "." in rest[:20] and (found := _SELECTOR.match(rest)):
        rest = _selected(parts, found, rest)
    if named:
        return _tagged(parts, rest)
    cut = rest.find(": ", 0, 160)
    if cut > 0 and (tag := _plain_tag(rest[:cut])) and not _again(message := rest[cut + 2 :].lstrip(" ")):
        parts.host, parts.app, parts.pid = tag
        return message
    host, _, tail = rest.partition(" ")
    if "\t" in host:
        host, _, tail = rest.partition("\t")
    if not tail or not is_host(host) or (host in ("last", "message") and _LAST.match(rest)):
        return _tagged(parts, rest)
    _named(parts, host)
    tail = tail.lstrip()
    if tail[:2] == ": ":  # ASA: `asa1 : %ASA-6-…`
        tail = tail[2:].lstrip()
    if tail.find(".", 0, 10) > 0 and (found := _SELECTOR.match(tail)):
        tail = _selected(parts, found, tail)
    return _tagged(parts, _counted(tail))


@lru_cache(maxsize=8192)
def _plain_tag(head: str) -> tuple[str, str, str] | None:
    """(host, app, process) of what most often stands between stamp and message, `r1 sshd[12]`; None for all else."""
    found = _PLAIN.fullmatch(head)
    if found is None or found[1] == "last" or _ENGINE.match(head) or _SELECTOR.match(found[2] + " "):
        return None
    if not found[3] and _MNEMONIC.search(found[2]):
        return None
    return found[1], found[2], found[3] or ""


def _selected(parts: Parts, found: re.Match[str], rest: str) -> str:
    """`daemon.info` as some collectors write the PRI."""
    facility, severity = found[1].lower(), SEVERITY_WORDS.get(found[2].lower())
    if facility not in FACILITIES or severity is None:
        return rest
    if parts.facility is None:
        parts.facility, parts.severity = facility, severity
    return rest[found.end() :]


def _counted(text: str) -> str:
    """Without Cisco's sequence numbers, and without an uptime in place of a stamp."""
    if text[:1].isdigit() or text[:1] in _FIRST:
        if found := _COUNTED.match(text):
            text = text[found.end() :]
        if found := _UPTIME.match(text):
            text = text[found.end() :]
    return text


def _tagged(parts: Parts, text: str) -> str:
    """The app and process before a message."""
    if text[:1] == "%":
        return text
    if text[:1].isupper() and (found := _LEVEL.match(text)):  # SONiC: INFO bgp#bgpd[28]:
        parts.severity = SEVERITY_WORDS[found[1].lower()]
        text = text[found.end() :]
    found = _TAG.match(text)
    if found is None:
        return _untagged(parts, text)
    if "/" in found[1] and _SLASHED_LEVEL.search(found[1]):
        return text  # Comware's MODULE/5/MNEMONIC, where %%10 is left out
    if found[2] is None and _MNEMONIC.search(found[1]):
        return text  # LINK-3-UPDOWN, where % is left out
    rest = text[found.end() :]
    if found[2] is None and (rest[:1].isdigit() or rest[:1] in _FIRST or stamp_begins(rest, 0)):
        rest = _counted(rest)
        if stamp_begins(rest, 0):  # Cisco's origin-id: the name is the device's, its own stamp follows
            parts.host = found[1]
            return rest
    container, inside, name = found[1].removeprefix("/").rpartition("#")
    if inside:
        parts.data["container"] = container
    parts.app, parts.pid = name, found[2] or ""
    return rest


def _untagged(parts: Parts, text: str) -> str:
    """What names itself without a tag: an event's number of ArubaOS-Switch, a board of Junos."""
    if text[5:6] == " " and text[:5].isdecimal() and (found := _TAG.match(text, 6)):
        parts.data["event"], parts.app = text[:5], found[1]
        return text[found.end() :]
    if text[:1] in "fcspd" and (board := _FPC.match(text)):
        parts.app, text = board[1], text[board.end() :]
    return text
