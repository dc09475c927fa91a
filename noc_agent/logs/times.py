"""Stamps of log lines in all their forms, as times: a missing year is the nearest one, a named zone is its offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

MONTHS = {
    name: n
    for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
# Hours east of UTC of the abbreviations that devices print. Where a name is used for several zones (CST, IST, BST), it is
# the one of the site's own zone if that has it, else the one here.
HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MEST": 2, "MESZ": 2,
    "EET": 2, "EEST": 3, "SAST": 2, "MSK": 3, "TRT": 3, "AST": -4, "ADT": -3, "BRT": -3, "ART": -3, "EST": -5, "EDT": -4,
    "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "IST": 5.5, "PKT": 5,
    "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13,
}  # fmt: skip

_DAYS = frozenset(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
_MARKS = frozenset("*.%#:")  # *, . of Cisco; %, # of Comware; : before the stamp of ASA
_AFTER_YEAR = frozenset("-/")
_CENTURIES = frozenset(("19", "20"))
_ENDS = frozenset((" ", ":"))
NUMBERED, _WORDED = 1, 2
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"(\d\d):(\d\d):(\d\d)(?:[.,:](\d{1,9}))?"
_OFFSET = r"(?: ?(Z|[+-]\d\d(?::?\d\d)?)\b)?(?: DST\b)?"
_END = r"(?=[\s:;,\])]|$)"
_ISO = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?:\.\d)?" + _OFFSET + _END)
# 2018 Apr 20, 2018-7-23, 2018-Nov- 9, 2026/11/23
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/ ]({MONTH}|\d{{1,2}})[-/ ] ?(\d{{1,2}})[T ]{_CLOCK}(?:\.\d)?{_OFFSET}{_END}")
_BSD = re.compile(
    rf"([*.%#:]?) ?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?({MONTH}) {{1,2}}(\d{{1,2}}) (?:(\d{{4}}) )?{_CLOCK}{_OFFSET}"
    rf"(?: ((?:19|20)\d\d)(?=:? |:?$))?{_END}"
)
_SLASHED = re.compile(rf"([a-z]{{3}})/(\d\d)(?:/(\d{{4}}))? {_CLOCK}{_END}")  # RouterOS: nov/23/2026 09:39:37
_YEAR_AFTER = re.compile(r" +(?:(?:19|20)\d\d(?=:? |:?$)|[+-]\d)")
_NAMED = re.compile(r" ([A-Z]{1,5})(?: ((?:19|20)\d\d))?(?=(:?)(?: |$))")


MILLISECONDS = [timedelta(milliseconds=n) for n in range(1000)]  # adding one is ten times cheaper than `replace`
_ANY = datetime(2000, 1, 1, tzinfo=UTC)  # for stamps that state their year


class Stamp(NamedTuple):
    """A stamp that was read: its time, where it ends in the text, and the mark of Cisco devices before it: `*` for a clock
    that was never set, `.` for one that lost its source."""

    time: datetime | None
    end: int
    mark: str


def read_stamp(text: str, start: int, near: datetime, zone: tzinfo) -> Stamp | None:
    """The stamp that begins at `start`; None where none does. One that names no real time (30 February) has none."""
    if text[start : start + 3] in MONTHS and (quick := _plain_bsd(text, start, near, zone)):
        return quick
    begins = stamp_begins(text, start)
    if not begins:
        return None
    if begins == NUMBERED:
        return _numbered(text, start, near, zone)
    if quick := _plain_bsd(text, start, near, zone):
        return quick
    if found := _BSD.match(text, start):
        mark, month, day, before, *clock, offset, after = found.groups()
        return _finished(text, found.end(), (before or after, MONTHS[month], day, clock, offset), (near, zone), mark)
    if found := _SLASHED.match(text, start):
        name, day, year, *clock = found.groups()
        return _finished(text, found.end(), (year, MONTHS[name.title()], day, clock, None), (near, zone), "")
    return None


def stamp_begins(text: str, start: int) -> int:
    """Whether a stamp may begin at `start`: a cheap look. 0 for no, 1 for a year first, 2 for a month or weekday first."""
    first = text[start : start + 1]
    if first.isdigit():
        return NUMBERED if _year_begins(text, start) else 0
    three = text[start : start + 3]
    if three in MONTHS or three in _DAYS:
        return _WORDED
    if first in _MARKS:
        word = text[start + 1 : start + 5].lstrip()[:3]
        return _WORDED if word in MONTHS or word in _DAYS else 0
    return _WORDED if text[start + 3 : start + 4] == "/" and three.title() in MONTHS else 0


def _year_begins(text: str, start: int) -> bool:
    after = text[start + 4 : start + 5]
    if text[start : start + 2] not in _CENTURIES or not text[start + 2 : start + 4].isdecimal():
        return False
    return after in _AFTER_YEAR or (after == " " and text[start + 5 : start + 8] in MONTHS)


def _numbered(text: str, start: int, near: datetime, zone: tzinfo) -> Stamp | None:
    if text[start + 10 : start + 11] == "T" and (quick := _plain_iso(text, start)):
        return quick
    if found := _ISO.match(text, start):
        return _iso_stamp(found, text, zone)
    if text[start + 20 : start + 21] == " " and text[start + 21 : start + 22].islower():
        time = _whole_second(text[start : start + 20], zone)
        if time is not None:
            return Stamp(time, start + 20, "")
    numbered = _YEAR_FIRST.match(text, start)
    return _year_first(numbered, text, near, zone) if numbered else None


def _plain_bsd(text: str, start: int, near: datetime, zone: tzinfo) -> Stamp | None:
    """The stamp of RFC 3164, with a mark or milliseconds, where nothing of a zone or a year follows: without a regular
    expression but for what is new."""
    mark = text[start] if text[start] in _MARKS else ""
    start += len(mark)
    end, milli = start + 15, 0
    if text[end : end + 1] == "." and text[end + 1 : end + 4].isdecimal():
        milli = int(text[end + 1 : end + 4])
        end += 4
    after = text[end : end + 3].lstrip(" ")[:1]
    if (
        text[end : end + 1] not in _ENDS
        or (text[end + 1 : end + 2].isdecimal() and text[end] == ":")
        or not (after in _ENDS or after.islower() or _plain_after(text, end))
    ):
        return None
    time = plain_second(text[start : start + 15], near, zone)
    if time is None:
        return None
    return Stamp(time + MILLISECONDS[milli] if milli else time, end, mark)


def _plain_after(text: str, end: int) -> bool:
    """Whether what follows is neither zone nor year nor offset."""
    return _NAMED.match(text, end) is None and _YEAR_AFTER.match(text, end) is None


@lru_cache(maxsize=4096)
def plain_second(text: str, near: datetime, zone: tzinfo) -> datetime | None:
    """The second of a stamp as RFC 3164 has it; lines of one second are many."""
    found = _BSD.fullmatch(text)
    if found is None or found[8] or found[4]:
        return None
    _, month, day, _, *clock, _, _ = found.groups()
    return _finished(text, len(text), (None, MONTHS[month], day, clock, None), (near, zone), "").time


@lru_cache(maxsize=4096)
def _whole_second(text: str, zone: tzinfo) -> datetime | None:
    """The second of a stamp of NX-OS: 2026 Nov 23 09:39:37."""
    found = _YEAR_FIRST.fullmatch(text)
    return None if found is None else _year_first(found, text, _ANY, zone).time


def _plain_iso(text: str, start: int) -> Stamp | None:
    """A stamp of RFC 5424, with its offset, up to the next space."""
    end = text.find(" ", start, start + 40)
    if end < 0:
        return None
    try:
        time = datetime.fromisoformat(text[start:end])
    except ValueError:
        return None
    return Stamp(time, end, "") if time.tzinfo else None


def _iso_stamp(found: re.Match[str], text: str, zone: tzinfo) -> Stamp:
    stated, offset = found.groups()
    end = found.end()
    time = iso_time(stated + offset if offset else stated, zone)
    if offset is None and time is not None and text[end + 1 : end + 2].isupper():
        named = _zone_at(text, end, time, zone)
        if named is not None:
            return Stamp(time.replace(tzinfo=named[0]), named[1], "")
    return Stamp(time, end, "")


def _year_first(found: re.Match[str], text: str, near: datetime, zone: tzinfo) -> Stamp:
    year, month, day, *clock, offset = found.groups()
    number = MONTHS.get(month) or int(month)
    return _finished(text, found.end(), (year, number, day, clock, offset), (near, zone), "")


_Read = tuple[str | None, int, str, list[str], str | None]


def _finished(text: str, end: int, read: _Read, place: tuple[datetime, tzinfo], mark: str) -> Stamp:
    """The stamp of its fields, with the zone that may be named after it."""
    year, month, day, clock, offset = read
    near, zone = place
    if offset is not None:
        zone = _offset_zone(offset)
    elif text[end + 1 : end + 2].isupper() and (named := _zone_at(text, end, near, zone)) is not None:
        zone, end, stated = named
        year = year or stated
    hour, minute, second, fraction = clock
    numbered = int(year) if year else _nearest_year(month, int(day), near)
    try:
        return Stamp(_time(numbered, month, int(day), (hour, minute, second, fraction), zone), end, mark)
    except ValueError:
        return Stamp(None, end, mark)


def _time(year: int, month: int, day: int, clock: tuple[str, str, str, str | None], zone: tzinfo) -> datetime:
    hour, minute, second, fraction = clock
    micro = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    # A leap second is taken as the one before it.
    return datetime(year, month, day, int(hour), int(minute), min(int(second), 59), micro, zone)


@lru_cache(maxsize=1024)
def _nearest_year(month: int, day: int, near: datetime) -> int:
    """The year in which a day is nearest to `near`; 29 February looks to the nearest leap year. 0 where there is none."""
    middle = near.date()
    days = [at for year in range(near.year - 4, near.year + 5) if (at := _date(year, month, day)) is not None]
    return min(days, key=lambda at: abs(at - middle)).year if days else 0


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _offset_zone(text: str) -> tzinfo:
    """`Z`, `+01`, `+0100` or `+01:00` as a zone."""
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + (int(text[-2:]) if len(text) > 3 else 0)
    if minutes >= 1440:
        return UTC
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _zone_at(text: str, end: int, at: datetime, zone: tzinfo) -> tuple[tzinfo, int, str | None] | None:
    """The zone named after a stamp, where its name ends, and a year after it. A host may be in capitals: a word that is
    no known zone counts as one only where Cisco's message follows, and says no more than the site's own zone."""
    found = _NAMED.match(text, end)
    if found is None:
        return None
    name, year, colon = found.groups()
    if (known := zone_named(name, at, zone)) is not None:
        return known, found.end(), year
    return (zone, found.end(), year) if colon and text.startswith(": %", found.end()) else None


def zone_named(name: str, at: datetime, zone: tzinfo) -> tzinfo | None:
    """The zone an abbreviation means; None where it is unknown. The site's own zone comes first."""
    return _zone_named(name, zone, at.year)


@lru_cache(maxsize=1024)
def _zone_named(name: str, zone: tzinfo, year: int) -> tzinfo | None:
    for moment in (datetime(year, 1, 1), datetime(year, 7, 1)):  # noqa: DTZ001 - tzname is asked of local times
        if zone.tzname(moment) == name:
            offset = zone.utcoffset(moment)
            return timezone(offset) if offset else UTC
    hours = HOURS.get(name)
    return None if hours is None else timezone(timedelta(hours=hours)) if hours else UTC


def iso_time(text: str, zone: tzinfo) -> datetime | None:
    """An ISO 8601 stamp; None where it is none. Digits beyond the microsecond are dropped."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


_HEADING = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?=[A-Z][a-z]{2} {1,2}\d)")


def heading_time(text: str, near: datetime, zone: tzinfo) -> datetime | None:
    """When a saved `show logging` was taken, as IOS XR writes it above the buffer (`Fri Aug  4 10:53:15.926 PDT`); None where
    a line is no such heading. Its zone is the device's own: the lines of the buffer are meant in it and state none."""
    if not _HEADING.match(text):
        return None
    stamp = read_stamp(text, 0, near, zone)
    return stamp.time if stamp is not None and not text[stamp.end :].strip() else None
