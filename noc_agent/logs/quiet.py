"""Raw lines that no rule of a vocabulary can be about: most of any log, passed over without being parsed.

Lines that differ in digits alone are one: they have the same words but for those with digits, at the same places. So what is
found of one such line holds of all: whether the words of some rule are in it, and where they are with other digits, in what
places to look for the right ones. A line is judged only where its words are known to be all that its message, its app and its
mnemonic are made of; any other is left to be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from noc_agent.logs.dialects.messages import BIRD, FRR_DAEMONS
from noc_agent.logs.files import Block, RawLine
from noc_agent.logs.rules import LONGEST, folded
from noc_agent.logs.sift import may_hold_traps
from noc_agent.logs.templates import DIGITS
from noc_agent.logs.vocabulary import Vocabulary

MOST_KEPT = 50_000  # kinds of lines that are remembered
REPEATED = b"repeated"  # `last message repeated` is about the line before it, whatever that said
_FOLD = bytes(ord(folded(chr(n))) if n < 128 else n for n in range(256))
_DAEMONS = {
    folded(name.lower()): folded(daemon) for name, daemon in FRR_DAEMONS.items()
}  # words that stand for another
_WORD = re.compile(r"\S+")
Spots = tuple[tuple[int, int], ...]  # begin and end of words in a line
ALL: Spots = ((0, 0),)
_MOST_COMMAS = 6  # more and quotes are a row of PAN-OS, whose quoted parts may join


class Quiet:
    """What lines of a block must be parsed for a vocabulary to find all that they mean."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: dict[bytes, Spots] = {}
        self._numbered: set[bytes] = set()  # words of rules that hold digits

    def lines(self, block: Block) -> Iterator[RawLine]:
        """The lines of a block that may mean something; all of them where traps may stand, of which one takes several lines.

        The first is always given: it may go on with a trap that the block before ends with.
        """
        data = block.data
        if may_hold_traps(data):
            yield from block.lines()
            return
        known, start, number = self._known, 0, block.number
        for place, key in enumerate(data.translate(DIGITS).split(b"\n")):
            end = start + len(key)
            spots = known.get(key)
            if spots is None:
                spots = self._judged(key)
            if spots is ALL or (place == 0 and key) or (spots and self._told(data, start, spots)):
                yield RawLine(data[start:end], block.offset + start, None if number is None else number + place)
            start = end + 1

    def _told(self, data: bytes, start: int, spots: Spots) -> bool:
        """Whether a word with the digits of some rule stands in one of these places of a line."""
        return any(data[start + begin : start + end].lower() in self._numbered for begin, end in spots)

    def _judged(self, key: bytes) -> Spots:
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        spots = self._known[key] = self._spots(key)
        return spots

    def _spots(self, key: bytes) -> Spots:
        """Where to look in the lines that are this one but for their digits: ALL where each must be parsed."""
        if not key:
            return ()
        if len(key) > LONGEST or not key.isascii() or b"\x00" in key or REPEATED in key:
            return ALL
        if key[:1] == b"\t" or b" = " in key:  # a part of a trap
            return ALL
        if b'"' in key and key.count(b",") > _MOST_COMMAS:
            return ALL
        text = key.translate(_FOLD).decode("ascii")
        words = set(text.split())
        hints = self._vocabulary.hints(words | {_DAEMONS[word] for word in words if word in _DAEMONS} | {BIRD})
        wanted = set(map(folded, hints or ()))
        if hints is None or not wanted <= words:
            return ALL
        self._numbered.update(word.encode() for word in hints)
        return tuple(found.span() for found in _WORD.finditer(text) if found[0] in wanted)
