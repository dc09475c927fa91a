"""Which lines of a block may match a pattern: one search over all of it, so that only those are parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from noc_agent.errors import ToolError
from noc_agent.logs.files import Block, RawLine
from noc_agent.logs.line import quick_host

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|P=\w+\)|:|i\))?|[+*?}]\+|.", re.DOTALL)
_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)[+*{]")  # (a+)+ and its like: exponential
ANCHORS = ("\\A", "\\Z", "\\z", "\\b", "\\B", "^", "$")
# How snmptrapd names a transport, and how varbinds without a heading begin: such lines read otherwise than they stand.
TRANSPORTS, TICKS = (b"UDP: [", b"UDP6: [", b"TCP: [", b"TCP6: [", b"IPv6: ["), b" = Timeticks: ("
_LETTER = re.compile(r"\\[^\w\s]|[^\\.^$*+?{}\[\]|()]")
_QUANTIFIED = frozenset("*+?{")
_PLAIN = re.compile(r"[A-Za-z_%-]{4,}")  # what no number of an OID or address is made of
_OF_TRAPS = ("trap", "from")  # the words that a trap's message has and its line has not


def may_hold_traps(data: bytes) -> bool:
    """Whether a line of snmptrapd may be among these."""
    return TICKS in data or (b": [" in data and any(mark in data for mark in TRANSPORTS))


class Sift(Protocol):
    """Chooses the lines of a block that must be parsed, each line by itself."""

    def lines(self, block: Block) -> Iterator[RawLine]: ...


def sifted(block: Block, sift: Sift | None) -> Iterator[RawLine]:
    """Lines of a block that must be parsed; all of them where nothing chooses."""
    return block.lines() if sift is None else sift.lines(block)


def sieve(pattern: str) -> Matching | None:
    """Passes lines with what matches wherever `pattern` does, whatever stands around; None where nothing so simple does.

    What looks at its surroundings is left out (anchors) or gives up (lookarounds, atomic groups, flags).
    """
    kept: list[str] = []
    dropped = False
    for token in _TOKEN.findall(pattern):
        if token == "(?" or (len(token) == 2 and token[1] == "+" and token[0] in "+*?}"):
            return None
        if dropped and token in "*+?{":
            return None
        dropped = token in ANCHORS
        if not dropped:
            kept.append(token)
    try:
        return Matching(pattern, re.compile("".join(kept)))
    except re.error:
        return None


def _literal(pattern: str) -> str:
    """A text that must stand in whatever matches: a word that no trap's message makes up, if there is one, else the longest;
    empty where none is sure."""
    runs, depth, counted, tokens = [""], 0, False, _TOKEN.findall(pattern)
    for token, after in zip(tokens, (*tokens[1:], ""), strict=True):
        depth += (token[0] == "(" and token[-1] != ")") - (token == ")")
        counted = token == "{" or (counted and token != "}")
        if (token == "|" and depth == 0) or token == "(?i)":
            return ""
        sure = depth == 0 and not counted and after[:1] not in _QUANTIFIED
        if sure and token.isascii() and _LETTER.fullmatch(token):
            runs[-1] += token[-1]
        else:
            runs.append("")
    words = [word for run in runs for word in _PLAIN.findall(run) if not any(word in made for made in _OF_TRAPS)]
    return max(words or runs, key=len)


class Matching:
    """Lines in which what a pattern looks for may stand; all lines of a block where its bytes do not tell."""

    def __init__(self, pattern: str, wanted: re.Pattern[str]) -> None:
        self._wanted = wanted
        literal = _literal(pattern)
        self._literal = literal.encode()
        # Where the message of a trap holds such a word, its line does: no need to look for traps.
        self._plain = _PLAIN.fullmatch(literal) is not None and not any(literal in made for made in _OF_TRAPS)

    def lines(self, block: Block) -> Iterator[RawLine]:
        data = block.data
        if b"\x00" in data or not (self._plain or not may_hold_traps(data)):  # NULs are dropped
            return block.lines()
        if self._literal:
            return self._told(block)
        return self._searched(block) if data.isascii() else block.lines()

    def _told(self, block: Block) -> Iterator[RawLine]:
        """Lines with the literal that match or may be traps; from such a one on all, as a trap may take several."""
        data, position, counted, number = block.data, 0, 0, block.number
        while (at := data.find(self._literal, position)) >= 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            end = len(data) if end < 0 else end
            raw = data[start:end]
            if raw[:1] == b"\t" or b" = " in raw or may_hold_traps(raw):
                yield from (line for line in block.lines() if line.offset >= block.offset + position)
                return
            if not raw.isascii() or self._wanted.search(raw.decode("ascii")):
                if number is not None:
                    number, counted = number + data.count(b"\n", counted, start), start
                yield RawLine(raw, block.offset + start, number)
            position = end + 1

    def _searched(self, block: Block) -> Iterator[RawLine]:
        text = block.data.decode("ascii")
        position = counted = 0
        number = block.number
        while position < len(text) and (match := self._wanted.search(text, position)) is not None:
            start = text.rfind("\n", 0, match.start()) + 1
            # A match that begins in one line may reach into the next, which is then searched by itself.
            end = text.find("\n", match.start())
            end = len(text) if end < 0 else end
            if number is not None:
                number, counted = number + text.count("\n", counted, start), start
            if end > start:
                yield RawLine(block.data[start:end], block.offset + start, number)
            position = end + 1


class OfDevice:
    """Lines chosen by another, but for those whose header names another device. From a trap on all: it may take several."""

    def __init__(self, chosen: Sift, device: str, known: Callable[[str], str | None]) -> None:
        self._chosen, self._device, self._known = chosen, device, known

    def lines(self, block: Block) -> Iterator[RawLine]:
        trapped = False
        for place, raw in enumerate(self._chosen.lines(block)):
            trapped = trapped or may_hold_traps(raw.raw)
            if trapped or place == 0 or not self._other(raw.raw):
                yield raw

    def _other(self, raw: bytes) -> bool:
        host = quick_host(raw)
        return host is not None and (self._known(host) or host) != self._device


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern to search messages with. Raises ToolError for one that is none, or might take for ever."""
    if len(pattern) > 500 or _NESTED.search(pattern):
        raise ToolError("pattern", "is too long, or repeats a repetition", "use a simpler regular expression")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ToolError("pattern", f"is no regular expression: {error.msg}", "escape special characters") from error
