"""What is new: messages grouped by template, those first that the time before did not have.

Numbers and addresses are masked, then messages of one length and beginning that share most words are one template, as Drain
groups them (He et al., ICWS 2017). Masks are found once for each distinct message: that is why no library is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from noc_agent.logs.line import SEVERITIES, LogLine

LONGEST = 1000  # characters of a message that its template looks at
MOST_TEMPLATES = 10_000
MOST_TEXTS = 200_000  # distinct messages that are remembered
MOST_DEVICES = 20
ALIKE = 0.5  # share of words that two messages of one template have in common
BURST = 10  # times as often as before
ANY = "<*>"
DIGITS = bytes.maketrans(b"0123456789", b"0000000000")  # messages that differ in digits alone are one template
_DIGITS = str.maketrans(dict.fromkeys("0123456789", "0"))
_MASK = re.compile(
    r"\b(?:[0-9A-Fa-f]{1,4}[:.-]){2,}[0-9A-Fa-f:.]*\b"  # MAC and IP addresses, clock times
    r"|(?<!\w)[0-9A-Fa-f]{0,4}::[0-9A-Fa-f:.]*"
    r"|\b0[xX][0-9A-Fa-f]+\b"
    r"|\b(?=[A-Fa-f]*\d)(?=\d*[A-Fa-f])[0-9A-Fa-f]{6,}\b"  # hashes, cookies
    r"|\d+"
)


def masked(message: str) -> str:
    """A message with its numbers and addresses as `#`."""
    return _MASK.sub("#", message)


class Templates:
    """Templates of the messages seen so far, by number. At most MOST_TEMPLATES: what comes after shares the last one."""

    def __init__(self) -> None:
        self._words: list[list[str]] = []
        self._alike: dict[tuple[int, str, str], list[int]] = {}
        self._known: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._words)

    def add(self, message: str, app: str = "") -> int:
        """The number of the template of an app's message; a new one where none fits."""
        short = message[:LONGEST]
        # Messages that differ in digits alone are one before any mask is looked for.
        same = (app, short.translate(_DIGITS))
        number = self._known.get(same)
        if number is None:
            if len(self._known) >= MOST_TEXTS:
                self._known.clear()
            number = self._known[same] = self._grouped(app, masked(short).split())
        return number

    def text(self, number: int) -> str:
        return " ".join(self._words[number])

    def _grouped(self, app: str, words: list[str]) -> int:
        key = (len(words), app, _begins(words))
        candidates = self._alike.setdefault(key, [])
        best, number = max(((_shared(self._words[n], words), -n) for n in candidates), default=(0.0, 0))
        if candidates and best >= ALIKE:
            number = -number
            self._words[number] = [a if a == b else ANY for a, b in zip(self._words[number], words, strict=True)]
            return number
        if len(self._words) >= MOST_TEMPLATES:
            self._words[-1] = [ANY]
            return len(self._words) - 1
        self._words.append(words)
        candidates.append(len(self._words) - 1)
        return len(self._words) - 1


def _begins(words: list[str]) -> str:
    """The word by which messages are told apart at once; one with a number is no such word."""
    return "" if not words or "#" in words[0] else words[0]


def _shared(template: list[str], words: list[str]) -> float:
    if not words:
        return 1.0
    if len(template) != len(words):
        return 0.0  # the last template, which is any
    return sum(map(str.__eq__, template, words)) / len(words)


@dataclass(frozen=True, slots=True)
class News:
    """Lines of one template in a window. `before` counts the template's lines among the `compared` ones before the window.

    `devices` are the first of those that logged it; `sample` is the first line's message.
    """

    time: datetime | None
    devices: tuple[str, ...]
    severity: str | None
    app: str
    template: str
    count: int
    before: int
    compared: int
    first: datetime | None
    last: datetime | None
    sample: str
    file: str
    line: int | None
    offset: int


@dataclass(slots=True)
class _Group:
    """Lines of one template, counted."""

    sample: LogLine
    count: int = 0
    worst: int = len(SEVERITIES)
    last: datetime | None = None
    devices: dict[str, None] = field(default_factory=dict)

    def add(self, line: LogLine) -> None:
        self.count += line.repeated
        self.last = line.time or self.last
        if line.severity in SEVERITIES:
            self.worst = min(self.worst, SEVERITIES.index(line.severity))
        if len(self.devices) < MOST_DEVICES:
            self.devices.setdefault(line.device)


def told_anew(window: Iterable[LogLine], before: Iterable[tuple[LogLine, int]], share: float = 1.0) -> list[News]:
    """Templates of the window that the time before had not, the worst and rarest first; then those that came in a burst.

    `before` are lines of the time before, each with how many are like it but for digits; `share` is the window's length as
    a part of that time, for what is to be expected.
    """
    templates = Templates()
    earlier: Counter[int] = Counter()
    for line, count in before:
        earlier[templates.add(line.message, line.app)] += count
    groups: dict[int, _Group] = {}
    for line in window:
        number = templates.add(line.message, line.app)
        if number not in groups:
            groups[number] = _Group(line)
        groups[number].add(line)
    found = [(number, group) for number, group in groups.items() if _tells(group.count, earlier[number] * share)]
    found.sort(key=lambda row: (earlier[row[0]] > 0, row[1].worst, row[1].count, row[0]))
    compared = earlier.total()
    return [_news(templates.text(number), group, earlier[number], compared) for number, group in found]


def _tells(count: int, expected: float) -> bool:
    """Whether so many lines say something where so many were expected."""
    return expected == 0 or (count >= BURST and count >= BURST * expected)


def _news(template: str, group: _Group, before: int, compared: int) -> News:
    line = group.sample
    severity = SEVERITIES[group.worst] if group.worst < len(SEVERITIES) else None
    return News(
        line.time, tuple(group.devices), severity, line.app, template[:400], group.count, before, compared,
        line.time, group.last, line.message[:400], line.file, line.line, line.offset,
    )  # fmt: skip
