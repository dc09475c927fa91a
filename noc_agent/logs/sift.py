"""Which lines of a block may match a pattern: one search over all of it, so that only those are parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from noc_agent.errors import ToolError
from noc_agent.logs.files import Block, RawLine

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|P=\w+\)|:|i\))?|[+*?}]\+|.", re.DOTALL)
_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)[+*{]")  # (a+)+ and its like: exponential
ANCHORS = ("\\A", "\\Z", "\\z", "\\b", "\\B", "^", "$")
OPAQUE = (
    b"\x00",
    b"P: [",
    b"6: [",
)  # NULs are dropped, and snmptrapd's lines (UDP: [, UDP/IPv6: [) read otherwise than they stand


def sieve(pattern: str) -> re.Pattern[str] | None:
    """A pattern that matches wherever `pattern` does, whatever stands around; None where there is none so simple.

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
        return re.compile("".join(kept))
    except re.error:
        return None


def sifted(block: Block, wanted: re.Pattern[str] | None) -> Iterator[RawLine]:
    """Lines of a block that may match; all of them where that cannot be told from the bytes."""
    if wanted is None or not block.data.isascii() or any(mark in block.data for mark in OPAQUE):
        yield from block.lines()
        return
    text = block.data.decode("ascii")
    position = counted = 0
    number = block.number
    while position < len(text) and (match := wanted.search(text, position)) is not None:
        start = text.rfind("\n", 0, match.start()) + 1
        # A match that begins in one line may reach into the next, which is then searched by itself.
        end = text.find("\n", match.start())
        end = len(text) if end < 0 else end
        if number is not None:
            number, counted = number + text.count("\n", counted, start), start
        if end > start:
            yield RawLine(block.data[start:end], block.offset + start, number)
        position = end + 1


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern to search messages with. Raises ToolError for one that is none, or might take for ever."""
    if len(pattern) > 500 or _NESTED.search(pattern):
        raise ToolError("pattern", "is too long, or repeats a repetition", "use a simpler regular expression")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ToolError("pattern", f"is no regular expression: {error.msg}", "escape special characters") from error
