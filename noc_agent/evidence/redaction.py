"""Secrets are replaced before anything reaches the model, the journal or a report. The keyword stays, the value goes.

One secret has one placeholder within a Redactor, so that "the same key at both ends?" stays answerable. Placeholders are
counted, not computed: nobody can try words until one fits.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from noc_agent.evidence.hostile import neutralise
from noc_agent.evidence.observation import Json
from noc_agent.evidence.secret_forms import FORMS, NO_SECRET, SECRET_KEY

SHORTEST = 3
PASSES = 8
SHORT, MOST_KNOWN = 80, 20_000  # characters and number of texts whose cleaned form is kept
LEAST_DUMPED = 6  # characters of a secret that is looked for in hex too: shorter ones are any number
KEY_TEXTS = 5_000  # a private key that a log tears into lines ends within so many texts
NEXT_ROW = (
    48  # texts, keys among them, within which the short last line follows a whole one, of a key that began elsewhere
)
_PLACEHOLDER = r"‹secret-\d+›"
_IS_PLACEHOLDER = re.compile(_PLACEHOLDER)
# What stands for a secret where somebody explains: `password KEY`, `community …`, `${COMMUNITY}`.
_STANDS_FOR = re.compile(
    r"[`'\"]*(?:…|\.\.\.|\*+|N|KEY|PASSWORD|SECRET|COMMUNITY|STRING|TEXT|WORD|\$?\{\{?[\w .:-]*|<[A-Za-z -]+>?)[`'\",.;)}]*"
)
_NUMBER = re.compile(r"‹secret-(\d{1,9})›")
_KEY_BEGINS = re.compile(r"-{4} ?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY")
_KEY_ENDS = re.compile(r"-{4} ?END ")
_KEY_LINE = re.compile(r"(?<!\S)[A-Za-z0-9+/]{60,80}\s*$")
# The rest of a key's body, shorter than a line of it: base64 at the end of a text, and no interface.
_KEY_REST = re.compile(
    r"(?<!\S)(?![A-Za-z-]+\d+(?:/\d+)*\s*$)(?=\S*[A-Z])(?=\S*[a-z])(?=\S*[\d+/=])"
    r"((?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2}[A-Za-z0-9+/=]{2})\s*$"
)
# Words that are also somebody's community: taken for secrets only where they stand as one, or half of a log would go.
_ORDINARY = frozenset(
    (
        "public", "private", "secret", "password", "community", "admin", "administrator", "monitor",
        "monitoring", "network", "device", "interface", "router", "switch", "core", "read", "write",
        "default", "manager", "test", "snmp", "cisco", "juniper", "huawei", "mikrotik", "none", "all",
        "noc",
    )
)  # fmt: skip


class Redactor:
    """Replaces the site's own secrets wherever they stand, and what configurations and logs show as secrets."""

    def __init__(self, secrets: Iterable[str] = (), after: int = 0) -> None:
        """`secrets` are the site's own, numbered from 1 in the same order always; others follow, above `after`."""
        given = {text for text in secrets if len(text) >= SHORTEST and text.lower() not in _ORDINARY}
        longest_first = sorted(given, key=lambda text: (-len(text), text))
        self._numbers = {text: number for number, text in enumerate(longest_first, 1)}
        self._next = itertools.count(max(after, len(longest_first)) + 1)
        self._known: dict[str, str] = {}  # of tables most texts come again and again: keys, names, states
        self._key_texts = 0  # how many of the next texts may be lines of a private key
        self._spelled = {spelling: text for text in longest_first for spelling in _spellings(text)}
        words = [_PLACEHOLDER, *map(_literal, sorted(self._spelled, key=lambda text: (-len(text), text)))]
        self._literals = re.compile("|".join(words)) if given else None

    def clean(self, text: str) -> str:
        """The text with each secret as `‹secret-n›`. Cleaning twice changes nothing more."""
        if self._key_texts:
            return self._of_key(text)
        known = self._known.get(text)
        if known is None:
            known = self._seen_through(text)
            if len(text) <= SHORT and len(self._known) < MOST_KNOWN and not self._key_texts:
                self._known[text] = known
        return known

    def _of_key(self, text: str) -> str:
        """A text after one in which a private key began and did not end."""
        self._key_texts -= 1
        if _KEY_ENDS.search(text):
            self._key_texts = 0
        return self._seen_through(_KEY_REST.sub(self._replace, text))

    def _seen_through(self, text: str) -> str:
        """What is invisible in a text hides no secret: it may be taken out of it later."""
        if not text.isprintable():
            plain = neutralise(text)
            if plain != text and (clean := self._clean(plain)) != plain:
                return clean
        return self._clean(text)

    def _clean(self, text: str) -> str:
        if "BEGIN" in text and _is_cut_key(text):
            self._key_texts = KEY_TEXTS
        elif _KEY_LINE.search(text):
            self._key_texts = max(self._key_texts, NEXT_ROW)
        if self._literals is not None:
            text = self._literals.sub(lambda match: self._name(match[0]), text)
        for _ in range(PASSES):
            before, text = text, self._pass(text)
            if text == before:
                break
        return text

    def clean_own(self, text: str) -> str:
        """The text without the site's own secrets; what merely looks like one stays, as in a name it does."""
        return text if self._literals is None else self._literals.sub(lambda match: self._name(match[0]), text)

    def clean_json(self, value: Json) -> Json:
        """The same for every text of a JSON value; a text under a key that names a secret goes whole."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, list | tuple):
            return [self.clean_json(item) for item in value]
        if isinstance(value, Mapping):
            return {
                self.clean(key): self._whole(item) if SECRET_KEY.fullmatch(key) else self.clean_json(item)
                for key, item in value.items()
            }
        return value

    def _whole(self, value: Json) -> Json:
        if isinstance(value, list | tuple):
            return [self._whole(item) for item in value]
        if isinstance(value, str) and value.strip() and not NO_SECRET.match(value):
            return self._name(value)
        return self.clean_json(value)

    def _pass(self, text: str) -> str:
        holds = text.lower().__contains__
        for needles, form in FORMS:
            if any(map(holds, needles)):
                text = form.sub(self._replace, text)
        return text

    def _replace(self, match: re.Match[str]) -> str:
        group = match.lastindex or 0
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + self._name(match[group]) + match[0][end:]

    def _name(self, secret: str) -> str:
        """The placeholder of a secret; blank text and placeholders stay."""
        if not secret.strip() or _IS_PLACEHOLDER.fullmatch(secret) or _STANDS_FOR.fullmatch(secret):
            return secret
        secret = self._spelled.get(secret, secret)
        number = self._numbers.get(secret) or self._numbers.setdefault(secret, next(self._next))
        return f"‹secret-{number}›"


def _is_cut_key(text: str) -> bool:
    """Whether a private key begins in the text and does not end in it."""
    begins = [match.end() for match in _KEY_BEGINS.finditer(text)]
    return bool(begins) and not _KEY_ENDS.search(text, begins[-1])


def highest(texts: Iterable[str]) -> int:
    """The highest number of a placeholder in the texts; 0 where there is none."""
    return max((int(number) for text in texts for number in _NUMBER.findall(text)), default=0)


def _spellings(secret: str) -> tuple[str, ...]:
    """A secret as it stands in text, in a URL, in JSON text and in a dump of bytes."""
    dumped = (secret.encode("utf-8", "surrogateescape").hex(),) if len(secret) >= LEAST_DUMPED else ()
    return tuple(dict.fromkeys((secret, quote(secret, safe="", errors="replace"), json.dumps(secret)[1:-1], *dumped)))


def _literal(secret: str) -> str:
    """A secret that is a plain word or number must stand alone; a mixed one is found inside other text as well."""
    mixed = len(secret) > 5 and not secret.isalpha() and not secret.isdigit() and any(map(str.isalpha, secret))
    return re.escape(secret) if mixed else rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])"
