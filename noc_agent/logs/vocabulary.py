"""The words of each platform as data: `vocabulary/*.yaml` and a site's own files say which message means which event.

A line is not tried against every rule: its words choose the few that may be about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.logs.event import Meaning
from noc_agent.logs.line import LogLine
from noc_agent.logs.rules import LONGEST, NONE, Rule, read_rules, words_of
from noc_agent.logs.trap_events import trap_meaning

__all__ = ["Meaning", "Rule", "Vocabulary", "load_vocabulary", "meaning", "rules", "trap_meaning"]

LAST = "common"  # this file speaks in general, so it is asked after those of one platform


class Vocabulary:
    """Rules found by the words of a line. The first that knows the line says what it means."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_word: dict[str, list[tuple[int, frozenset[str]]]] = {}
        for place, rule in enumerate(self.rules):
            for phrase in rule.near:
                words = words_of(phrase)
                self._by_word.setdefault(max(words, key=len), []).append((place, frozenset(words)))
        self._words = frozenset(self._by_word)

    def meaning(self, line: LogLine) -> Meaning | None:
        """What a line means; None where no rule knows it."""
        if line.trap:
            return trap_meaning(line.data)
        words = words_of(line.message[:LONGEST] if len(line.message) > LONGEST else line.message)
        if line.mnemonic:
            words.append(line.mnemonic.lower())
        if line.app:
            words.append(
                line.app.lower()
            )  # the tag, which the message no longer holds, or the module of Huawei's %%01BGP
        known = self._words.intersection(words)
        return self._first(line, known, frozenset(words)) if known else None

    def _first(self, line: LogLine, known: Iterable[str], words: frozenset[str]) -> Meaning | None:
        places = {place for word in known for place, phrase in self._by_word[word] if phrase <= words}
        for place in sorted(places):
            found = self.rules[place].read(line)
            if found is not None:
                return found if found.kind != NONE else None
        return None


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
    return tuple(rule for path in paths for rule in read_rules(path))


@cache
def _bundled() -> Vocabulary:
    return Vocabulary(rules())


def meaning(line: LogLine) -> Meaning | None:
    """What a line means by the bundled rules; None where no rule knows it."""
    return _bundled().meaning(line)
