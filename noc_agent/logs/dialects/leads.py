"""What devices put before their own stamp: a sequence number, their name, a port or process, a node."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from noc_agent.logs.times import MILLISECONDS, MONTH, NUMBERED, Stamp, plain_second, read_stamp, stamp_begins

MOST_WORDS, LONGEST_WORD = 5, 256  # before a device's stamp
_HOST = re.compile(r"(?=[\w.:-]*[A-Za-z0-9])[A-Za-z0-9_][\w.:-]{0,254}")
_NODE = r"(?:[A-Z]{1,4}\d?|\d{1,2})(?:/[A-Z0-9]{1,8}){2,3}"  # RP/0/RSP0/CPU0 of IOS XR
# The usual of what may stand before a device's stamp: a sequence number, its name, the node of IOS XR.
_LEAD = re.compile(
    rf"(?:: )?(?:\d{{1,12}}: )?(?:(?!{MONTH} )([A-Za-z_][\w.-]{{0,254}})(:?) )?(?:({_NODE}): ?)?(?=[*.]?[A-Z12])"
    rf"(?:([*.]?)({MONTH} [ \d]\d \d\d:\d\d:\d\d)(?:\.(\d\d\d))?(?= ?: ))?"
)
_UPTIME = re.compile(r"[*.]?(?:(?:\d{1,3}[ywdh]){1,3}|\d{2,3}:\d\d:\d\d)")  # of Cisco devices: 1w2d, 00:03:12
_AT_NODE = re.compile(rf"({_NODE}): ?")


class Lead(NamedTuple):
    """What devices put before their stamp: the name, a port or process, the node of IOS XR; and the stamp."""

    stamp: Stamp
    host: str
    app: str
    node: str


def read_lead(text: str, start: int, near: datetime, zone: tzinfo, *, framed: bool) -> Lead | None:
    """What stands before a stamp and the stamp, where that is a sequence number, a name, a port or process, a node, in this
    order; None where it is anything else. Where no PRI frames the line, a name ends in a colon or stands before a node: any
    sentence may hold a date."""
    found = _LEAD.match(text, start)
    if found and (framed or found[2] or found[3] or not found[1]) and (stamp := _lead_stamp(found, text, near, zone)):
        return Lead(stamp, found[1] or "", "", found[3] or "")
    return _odd_lead(text, start, near, zone, framed=framed)


def _lead_stamp(found: re.Match[str], text: str, near: datetime, zone: tzinfo) -> Stamp | None:
    """The stamp after a lead; the one of RFC 3164 with a colon after it is part of what was found."""
    if found[5] and (time := plain_second(found[5], near, zone)):
        return Stamp(time + MILLISECONDS[int(found[6])] if found[6] else time, found.end(), found[4])
    return read_stamp(text, found.start(4) if found[5] else found.end(), near, zone)


def _odd_lead(text: str, start: int, near: datetime, zone: tzinfo, *, framed: bool) -> Lead | None:
    """What stands before a stamp, word by word."""
    host = app = node = ""
    sure, at = framed, start + (2 if text.startswith(": ", start) else 0)
    for _ in range(MOST_WORDS):
        begins = stamp_begins(text, at)
        if (
            begins
            and (sure or not host)
            and (begins == NUMBERED or not app)
            and (stamp := read_stamp(text, at, near, zone))
        ):
            return Lead(stamp, host, app, node)
        if "/" in text[at : at + 5] and (found := _AT_NODE.match(text, at)):
            node, at, sure = found[1], found.end(), True
            continue
        end = text.find(" ", at, at + LONGEST_WORD)
        word = text[at:end]
        bare = word.removesuffix(":")
        if end < 0 or not bare:
            return None
        if len(bare) == len(word):
            if word.isdecimal() and not host and stamp_begins(text, end + 1) == NUMBERED:
                sure = True  # the sequence number of SR OS has no colon
            elif not host and is_host(word):
                host = word
            elif framed and not app and bare[0].isalpha():
                app = word
            else:
                return None
        elif _UPTIME.fullmatch(bare):
            sure = True
        elif not bare.isdecimal():
            if host or not is_host(bare):
                return None
            host, sure = bare, True
        at = end + 1
    return None


@lru_cache(maxsize=4096)
def is_host(word: str) -> bool:
    return word[-1:] != ":" and _HOST.fullmatch(word) is not None
