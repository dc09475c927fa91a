"""The words of each platform as data: `vocabulary/*.yaml` and a site's own files say which message means which event.

A line is not tried against every rule: its words choose the few that may be about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.logs.event import Meaning
from noc_agent.logs.line import LogLine
from noc_agent.logs.rules import LONGEST, NONE, Reader, Rule, folded, read_rules, words_of
from noc_agent.logs.trap_events import trap_meaning

__all__ = ["Meaning", "Rule", "Vocabulary", "load_vocabulary", "meaning", "rules", "trap_meaning"]

MOST_KEPT, LONGEST_KEPT = 20_000, 400  # kinds of lines that are remembered, characters of their messages
_DIGIT = re.compile("[0-9]")
LAST = "common"  # this file speaks in general, so it is asked after those of one platform


@dataclass(frozen=True, slots=True)
class _Choice:
    """A rule that may be about a line. `phrases` are those of which it must hold one, where only their digits decide."""

    rule: Rule
    phrases: tuple[frozenset[str], ...] = ()


class Vocabulary:
    """Rules found by the words of a line. The first that knows the line says what it means."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_word: dict[str, list[tuple[int, frozenset[str], frozenset[str]]]] = {}
        for place, rule in enumerate(self.rules):
            for phrase in rule.near:
                words = words_of(phrase)
                row = place, frozenset(map(folded, words)), frozenset(words)
                self._by_word.setdefault(folded(max(words, key=len)), []).append(row)
        self._words = frozenset(self._by_word)
        self._chosen: dict[tuple[str, str, str | None], tuple[_Choice, ...]] = {}

    def meaning(self, line: LogLine) -> Meaning | None:
        """What a line means; None where no rule knows it."""
        if line.trap:
            return trap_meaning(line.data)
        message = line.message
        key = folded(message[:LONGEST] if len(message) > LONGEST else message), line.app, line.mnemonic
        choices = self._chosen.get(key)
        if choices is None:
            choices = self._choose(key)
        words: set[str] = set()
        for choice in choices:
            if choice.phrases:
                words = words or _words(line)
                if not any(phrase <= words for phrase in choice.phrases):
                    continue
            found = choice.rule.read(line)
            if found is not None:
                return found if found.kind != NONE else None
        return None

    def hints(self, words: Iterable[str]) -> frozenset[str] | None:
        """What else a line with these words, `folded`, must hold to mean anything: one of these words with digits. Nothing
        that could be told by its words where it is None; where it is empty, no rule can be about the line."""
        places = self._places(self._words.intersection(words), frozenset(words))
        if not all(places.values()):
            return None
        return frozenset(max(filter(_DIGIT.search, phrase), key=len) for found in places.values() for phrase in found)

    def _choose(self, key: tuple[str, str, str | None]) -> tuple[_Choice, ...]:
        """The rules that lines like this one are tried against; most lines are like one that came before."""
        message, app, mnemonic = key
        # The app is the tag, which the message no longer holds, or the module of Huawei's %%01BGP.
        words = frozenset((*message.split(), folded(app.lower()), folded((mnemonic or "").lower())))
        places = self._places(self._words.intersection(words), words)
        chosen = tuple(_Choice(self.rules[place], tuple(places[place])) for place in sorted(places))
        if len(message) <= LONGEST_KEPT:
            if len(self._chosen) >= MOST_KEPT:
                self._chosen.clear()
            self._chosen[key] = chosen
        return chosen

    def _places(self, known: Iterable[str], words: frozenset[str]) -> dict[int, list[frozenset[str]]]:
        """The places of rules with a phrase whose words are all there; none of the phrases is given where one has no digit
        and so is there for sure."""
        found: dict[int, list[frozenset[str]]] = {}
        sure: set[int] = set()
        for word in known:
            for place, masked, phrase in self._by_word[word]:
                if masked <= words:
                    found.setdefault(place, []).append(phrase)
                    if not any(map(_DIGIT.search, phrase)):
                        sure.add(place)
        return {place: [] if place in sure else phrases for place, phrases in found.items()}


def _words(line: LogLine) -> set[str]:
    return {*words_of(line.message[:LONGEST]), line.app.lower(), (line.mnemonic or "").lower()}


def load_vocabulary(folders: Sequence[Path] = ()) -> tuple[Vocabulary, tuple[BadInput, ...]]:
    """The bundled rules after those of a site's folders, and the files that could not be used."""
    own: list[Rule] = []
    problems: list[BadInput] = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(BadInput(folder.name, "no such folder of events", "correct `events:` in site.yaml"))
        for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
            try:
                own += read_rules(path)
            except BadInput as error:
                problems.append(error)
    return Vocabulary((*own, *rules())), tuple(problems)


@cache
def rules() -> tuple[Rule, ...]:
    """All bundled rules: file by file, what is common last."""
    paths = sorted(
        (Path(__file__).parent / "vocabulary").glob("*.yaml"), key=lambda path: (path.stem == LAST, path.stem)
    )
    reader = Reader(checked=False)  # the tests check them
    return tuple(rule for path in paths for rule in reader.rules(path))


@cache
def bundled() -> Vocabulary:
    """The bundled rules, read once."""
    return Vocabulary(rules())


def meaning(line: LogLine) -> Meaning | None:
    """What a line means by the bundled rules; None where no rule knows it."""
    return bundled().meaning(line)
