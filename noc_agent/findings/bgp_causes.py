"""Why a BGP session ended, and by whom: NOTIFICATION codes (RFC 4271, 4486, 9384) of logs and of bgpPeerLastError.

A code is four hexadecimal digits as in bgpPeerLastError: "0604" is Cease, Administrative Reset. bgpPeerLastError keeps the
last code sent or received, so it tells neither who sent it nor when: it counts where it is not what it was before. Logs tell
both. What a router words of its own session without "received" is its own doing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from noc_agent.logs import LogEvent
from noc_agent.topology import Network

MAX_PREFIX, SHUTDOWN, REMOVED, RESET, CONFIG, BFD_DOWN = "0601", "0602", "0603", "0604", "0606", "060a"
HOLD_TIMER, BAD_PEER_AS, COLLISION = "0400", "0202", "0607"
LINK = "link"  # no NOTIFICATION: the router dropped the session with its interface, address or route
PASSING = {COLLISION, "0605", "0600"}  # come with every retry, and tell nothing of why it ended
BY_OWN, BY_PEER = "own", "peer"
TRYING = ("connect", "active", "opensent", "openconfirm")
EVENTS = ("bgp_session_down", "bgp_session_up", "bgp_notification_sent", "bgp_notification_received", "bgp_max_prefix")

_SLASHED = re.compile(r"(?<![\d./])(\d{1,2})/(\d{1,2})(?![\d./])")
_SPELLED = re.compile(r"(?i)\bcode:?\s+(\d+)\b.{0,60}?\bsub-?code:?\s+(\d+)")
_WORDS = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (
            r"administrative(?:ly)? reset|admin\.?[ -]?reset|user (?:reset|clear)|clear(?:ed)? request|session cleared|cleared by",
            RESET,
        ),
        (r"admin\w*\.? ?shut ?down|administratively (?:shut|down|disabled)", SHUTDOWN),
        (r"neighbou?r (?:deleted|removed)|peer[ -]?(?:de-?configured|unconfigured|deleted)|unconfigured", REMOVED),
        (r"max\w*[ -](?:number of )?prefix|prefix[ -](?:limit|count|overflow)", MAX_PREFIX),
        (r"hold[ -]?time", HOLD_TIMER),
        (r"bad peer as|bad remote as|wrong as\b|peer in wrong as", BAD_PEER_AS),
        (r"\bbfd\b", BFD_DOWN),
        (r"collision", COLLISION),
        (r"interface|neighbou?r address lost|no route|no path|nexthop|nht", LINK),
        (r"password|config\w* change|source change|changed\b|change\b", CONFIG),
    )
)
# A share of the limit was reached: a warning, and the session stands.
_WARNING = re.compile(r"(?i)\breach(?:es|ed)?\b|thresh")
_OVER = re.compile(
    r"(?i)limit.?exceed|exceed,? ?limit|pfx_?exceed|exceed(?:s|ed|ing)? (?:the )?(?:max|limit)|over ?limit"
)
_RECEIVED, _BARE_CODE = re.compile(r"(?i)receiv|recv"), re.compile(r"\d+/\d+")
_SENT = re.compile(r"(?i)\bsen[dt]\b")


@dataclass(frozen=True, slots=True)
class Ending:
    """One reason for the end of a session. `by`: `own`, `peer`, or empty where that is not told. `restated`: a trap gives
    bgpPeerLastError, which may be an older one's."""

    code: str
    by: str
    at: datetime | None
    restated: bool = False


def code_of(*texts: str) -> str:
    """The code that a line names, by numbers or by words; empty where it names none."""
    for text in texts:
        for form in (_SPELLED, _SLASHED):
            found = form.search(text)
            if found:
                return f"{int(found[1]):02x}{int(found[2]):02x}"
    return next((code for text in texts for words, code in _WORDS if text and words.search(text)), "")


def ending_of(event: LogEvent) -> Ending | None:
    """What one event says of why the session ended; None where it says nothing."""
    if event.kind == "bgp_session_up":
        return None
    if event.kind == "bgp_max_prefix" and _WARNING.search(event.sample) and not _OVER.search(event.sample):
        return None
    code = MAX_PREFIX if event.kind == "bgp_max_prefix" else code_of(event.to, event.reason)
    if not code or code in PASSING:
        return None
    by = _by(event, code)
    return Ending(code, by, event.first, restated=not by and _BARE_CODE.match(event.reason) is not None)


def _by(event: LogEvent, code: str) -> str:
    if event.kind == "bgp_notification_received" or (
        event.kind == "bgp_session_down" and _RECEIVED.search(event.reason)
    ):
        return BY_PEER
    if event.kind in ("bgp_notification_sent", "bgp_max_prefix"):
        return BY_OWN
    if _BARE_CODE.match(event.reason) or code in (HOLD_TIMER, BAD_PEER_AS, BFD_DOWN, LINK):
        return ""  # a trap gives bgpPeerLastError, and some words stand at both ends
    return BY_OWN


def _ended_by(words: str) -> str:
    if _RECEIVED.search(words):
        return BY_PEER
    expired = code_of(words) == HOLD_TIMER and not _BARE_CODE.match(words)
    return BY_OWN if expired or _SENT.search(words) else ""


class SessionLog:
    """What the logs of one network's window say of each session: device → peer address → events in order of time."""

    def __init__(self, network: Network) -> None:
        self._events: dict[str, dict[str, list[LogEvent]]] = {}
        for device, events in network.events.items():
            for event in events:
                if event.kind in EVENTS and event.subject:
                    self._events.setdefault(device, {}).setdefault(event.subject, []).append(event)

    def peers(self, device: str) -> Mapping[str, list[LogEvent]]:
        return self._events.get(device, {})

    def of(self, device: str, address: str) -> list[LogEvent]:
        return self._events.get(device, {}).get(address, [])

    def endings(self, device: str, address: str) -> tuple[Ending, ...]:
        """Reasons that are named, the earliest first; of one moment those that tell by whom."""
        found = [ending for event in self.of(device, address) if (ending := ending_of(event))]
        return tuple(sorted(found, key=lambda e: (e.at is None, e.at.timestamp() if e.at else 0.0, e.by == "")))

    def ended_by(self, device: str, address: str) -> str:
        """Who sent the NOTIFICATION that ended the session, where its end is logged so without what it said, or for a timer."""
        said = [event.reason for event in self.of(device, address) if event.kind == "bgp_session_down"]
        found = {_ended_by(words) for words in said} - {""}
        return found.pop() if len(found) == 1 else ""

    def tries(self, device: str, address: str) -> bool:
        """Whether the end is seen to try again after the session went down: it leaves Idle."""
        return any(
            event.kind in ("bgp_session_down", "bgp_session_change") and event.to.lower() in TRYING
            for event in self.of(device, address)
        )

    def is_down(self, device: str, address: str) -> bool:
        """Whether the session's last word within the window is that it went down."""
        last = [event for event in self.of(device, address) if event.kind in ("bgp_session_down", "bgp_session_up")]
        return bool(last) and max(last, key=_last).kind == "bgp_session_down"


def _last(event: LogEvent) -> float:
    at = event.last or event.first
    return at.timestamp() if at else 0.0


def first_at(endings: Iterable[Ending]) -> datetime | None:
    return min((ending.at for ending in endings if ending.at), default=None)
