"""Secrets are replaced before anything reaches the model, the journal or a report. The keyword stays, the value goes.

One secret has one placeholder within a Redactor, so that "the same key at both ends?" stays answerable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from noc_agent.evidence.observation import Json
from noc_agent.evidence.secret_forms import FORMS, NO_SECRET, SECRET_KEY

SHORTEST = 3
PASSES = 8
SHORT, MOST_KNOWN = 80, 20_000  # characters and number of texts whose cleaned form is kept
_PLACEHOLDER = r"‹secret-\d+›"
_IS_PLACEHOLDER = re.compile(_PLACEHOLDER)
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

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = {text for text in secrets if len(text) >= SHORTEST and text.lower() not in _ORDINARY}
        self._numbers: dict[str, int] = {}
        self._known: dict[str, str] = {}  # of tables most texts come again and again: keys, names, states
        longest_first = sorted(given, key=lambda text: (-len(text), text))
        words = [_PLACEHOLDER, *map(_literal, longest_first)]
        self._literals = re.compile("|".join(words)) if given else None

    def clean(self, text: str) -> str:
        """The text with each secret as `‹secret-n›`. Cleaning twice changes nothing more."""
        known = self._known.get(text)
        if known is None:
            known = self._clean(text)
            if len(text) <= SHORT and len(self._known) < MOST_KNOWN:
                self._known[text] = known
        return known

    def _clean(self, text: str) -> str:
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
        lower = text.lower()
        for needles, form in FORMS:
            if any(needle in lower for needle in needles):
                text = form.sub(self._replace, text)
        return text

    def _replace(self, match: re.Match[str]) -> str:
        group = match.lastindex or 0
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + self._name(match[group]) + match[0][end:]

    def _name(self, secret: str) -> str:
        """The placeholder of a secret; blank text and placeholders stay."""
        if not secret.strip() or _IS_PLACEHOLDER.fullmatch(secret):
            return secret
        return f"‹secret-{self._numbers.setdefault(secret, len(self._numbers) + 1)}›"


def _literal(secret: str) -> str:
    """A secret that is a plain word or number must stand alone; a mixed one is found inside other text as well."""
    mixed = len(secret) > 5 and not secret.isalpha() and not secret.isdigit() and any(map(str.isalpha, secret))
    return re.escape(secret) if mixed else rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])"
