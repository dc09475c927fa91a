"""What the words of a sentence mean on this site: devices, interfaces, services, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from noc_agent.site.model import End, Site

_SERVICE_WORDS = {
    "dns": r"dns|name resolution|resolv\w*|name server|nameserver",
    "http": r"https?|web ?site|web page|web server",
    "dhcp": r"dhcp|ip address lease|leases?",
}
_AGO = re.compile(r"\b(\d{1,4})\s*(min|minute|minutes|h|hour|hours|day|days)\s+ago\b", re.IGNORECASE)
_STAMP = re.compile(r"\b(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2}(?::\d{2})?)\s*(Z|UTC|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(yesterday\s+)?(?:since|at|from|around|after)?\s*\b(\d{1,2}):(\d{2})\b(?:\s*(UTC|Z)\b)?", re.IGNORECASE
)


def devices_in(text: str, site: Site) -> tuple[str, ...]:
    """Inventory devices that the text names, by name, FQDN or address, in the inventory's order."""
    return tuple(
        name
        for name, device in site.devices.items()
        if _stands(name, text) or (device.address and _stands(device.address, text))
    )


def _stands(word: str, text: str) -> bool:
    """Whether the word stands there by itself: `h1` is not in `ch10`, but is in `h1.lab` and `h1/eth0`."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])(?!\.\d)", text, re.IGNORECASE) is not None


def interfaces_in(text: str, site: Site) -> tuple[End, ...]:
    """Ends of intended links that the text names: `dist1/eth3`, `dist1 eth3`, `eth3 on dist1`."""
    ends = sorted({end for link in site.intent.links for end in link.ends})
    return tuple(end for end in ends if _names_end(text, end))


def _names_end(text: str, end: End) -> bool:
    device, port = re.escape(end.device), re.escape(end.interface)
    one = rf"(?<![\w.-]){device}(?:\.[\w.-]+)?[\s/:,]+(?:interface\s+|port\s+)?{port}(?![\w/.-]*\w)"
    other = rf"(?<![\w/.-]){port}\s+(?:on|of|at)\s+{device}(?![\w-])"
    return re.search(f"{one}|{other}", text, re.IGNORECASE) is not None


def services_in(text: str, site: Site) -> tuple[str, ...]:
    """Services of the site that the text names, by their own or by common words."""
    known = dict.fromkeys(row.name for row in site.intent.services)
    found = [name for name in known if _stands(name, text)]
    found += [name for name in known if re.search(rf"\b(?:{_SERVICE_WORDS.get(name, '(?!)')})\b", text, re.IGNORECASE)]
    return tuple(dict.fromkeys(found))


def time_in(text: str, site: Site, now: datetime) -> datetime | None:
    """The time that the text names; a bare clock time is the nearest such time before now in the site's zone."""
    zone: tzinfo = ZoneInfo(site.timezone or "UTC")
    if match := _AGO.search(text):
        unit = match[2].lower()[0]
        return now - timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[unit]: int(match[1])})
    if match := _STAMP.search(text):
        return _stamp(match, zone)
    if match := _CLOCK.search(text):
        return _clock(match, now, UTC if match[4] else zone)
    return None


def _stamp(match: re.Match[str], zone: tzinfo) -> datetime | None:
    offset = (match[3] or "").upper().replace("UTC", "+00:00").replace("Z", "+00:00")
    try:
        at = datetime.fromisoformat(f"{match[1]}T{match[2].zfill(5)}{offset}")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _clock(match: re.Match[str], now: datetime, zone: tzinfo) -> datetime | None:
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        return None
    at = now.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if at > now or match[1]:
        at -= timedelta(days=1)
    return at
