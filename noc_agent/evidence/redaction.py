"""Secrets are replaced before anything reaches the model, the journal or a report. The keyword stays, the value goes.

One secret has one placeholder within a Redactor, so that "the same key at both ends?" stays answerable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from noc_agent.evidence.observation import Json

_VALUE = r"(?P<secret>\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s\"',;{}\]]{1,200})"
_HASHED = (
    r"(?:(?:read|write|[0-9]{1,2}|cipher|simple|encrypted|hash|sha256|ENC|irreversible-cipher|plain|ascii-text|md5|"
    r"hexadecimal)\s+){0,2}"
)
# Words after which a sentence, not a value, goes on: "password changed", "authentication key mismatch".
_PROSE = (
    # Nor is a BGP community a secret, nor the number of a key whose algorithm follows.
    r"(?!\d+:\d+|\d+\s+(?:md5|sha)\S*\s)(?!(?:is|was|are|has|have|had|for|of|from|to|in|on|by|at|with|and|or|not|no|changed|expired|mismatch|failed|failure|"
    r"failures|incorrect|invalid|wrong|accepted|rejected|required|unset|set|removed|added|updated|prompt|check|error|"
    r"bucket|string|name|names|encryption|policy|recovery|authentication|chain|id|exchange|type|length|ok|none|null|true|false)\b)"
)
_KEYWORDS = (
    r"password|passwd|passphrase|secret|community|rocommunity6?|rwcommunity6?|key-string|authentication-key|auth-key|"
    r"priv-key|auth-password|privacy-password|authentication-password|encrypted-password|plain-text-password|"
    r"pre-shared-key|psksecret|psk|wpa-psk|wpa2-psk|shared-secret|md5-key|simple-password|hello-password|ppk|secret-key"
)
# Words that are too common to be followed by a secret without a sign between.
_ASSIGNED = rf"{_KEYWORDS}|api[_-]?key|access[_-]?token|auth[_-]?token|token|client[_-]?secret|private[_-]?key"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<keep>\b(?:{_ASSIGNED})\s*[=:]\s*){_VALUE}",
        rf"(?P<keep>\"(?:{_ASSIGNED})\"\s*:\s*){_VALUE}",
        rf"(?P<keep>\b(?:{_KEYWORDS})\s+{_HASHED}){_PROSE}{_VALUE}",
        rf"(?P<keep>\bmessage-digest-key\s+\d+\s+(?:md5|sha\S*)\s+{_HASHED}){_VALUE}",
        rf"(?P<keep>\b(?:md5|hmac-\S+|keyed-md5|ascii-text|hexadecimal)\s+(?:[0-9]{{1,3}}\s+)?(?:key\s+)?{_HASHED})"
        rf"(?P<secret>\"[^\"\n]{{1,200}}\"|\$9\$\S+)",
        rf"(?P<keep>\b(?:tacacs(?:-server)?|radius(?:-server)?|server-private|crypto isakmp|ntp authentication-key \d+ md5)\b"
        rf"[^\n]{{0,80}}?\bkey\s+{_HASHED}){_PROSE}{_VALUE}",
        rf"(?P<keep>\bcrypto isakmp key\s+{_HASHED}){_VALUE}",
        rf"(?P<keep>\bntp authentication-key \d+ (?:md5|sha\S*)\s+{_HASHED}){_VALUE}",
        rf"(?P<keep>\b(?:auth|priv)\s+(?:md5|sha\S*|des|3des|aes)\s+(?:(?:128|192|256)\s+)?){_PROSE}{_VALUE}",
        rf"(?P<keep>\bsnmp-server host\s+\S+\s+(?:traps\s+|informs\s+)?(?:version\s+(?:1|2c)\s+)){_VALUE}",
        rf"(?P<keep>\bcreateUser\s+\S+\s+(?:MD5|SHA\S*)\s+){_VALUE}",
        rf"(?P<keep>\bcom2sec6?\s+\S+\s+\S+\s+){_VALUE}",
        r"(?P<keep>\b(?:Bearer|Basic|Digest)\s+)(?P<secret>[A-Za-z0-9._~+/=-]{8,})",
        r"(?P<keep>\b[a-z][a-z0-9+.-]{1,20}://[^\s/@:]{1,100}:)(?P<secret>[^\s/@]{1,200})(?=@)",
        r"(?P<keep>)(?P<secret>\$(?:1|2[aby]|5|6|8|9|14|y)\$[A-Za-z0-9./$+=_-]{6,200})",
        r"(?P<keep>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?P<secret>.*?)(?=-----END|\Z)",
    )
)
_PATTERNS = (*_PATTERNS[:-1], re.compile(_PATTERNS[-1].pattern, re.DOTALL))
_PLACEHOLDER = re.compile(r"‹secret-\d+›")
# No pattern can match a text that holds none of these.
_HINT = re.compile(
    r"pass|secret|communit|key|psk|token|ppk|bearer|basic|digest|://|\$\d|\$2|\$y|md5|auth|priv|createuser|com2sec|snmp-server",
    re.IGNORECASE,
)
_WORDS_AS_COMMUNITY = {"public", "private"}
SHORTEST = 3


class Redactor:
    """Replaces the site's own secrets wherever they stand, and what configurations and logs show as secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = {text for text in secrets if len(text) >= SHORTEST and text.lower() not in _WORDS_AS_COMMUNITY}
        self._numbers: dict[str, int] = {}
        longest_first = sorted(given, key=lambda text: (-len(text), text))
        words = [rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])" for text in longest_first]
        self._literal = re.compile("|".join(words)) if words else None

    def clean(self, text: str) -> str:
        """The text with each secret as `‹secret-n›`. Cleaning twice changes nothing more."""
        if self._literal is not None:
            text = self._literal.sub(lambda match: self._name(match[0]), text)
        if _HINT.search(text) is None:
            return text
        for pattern in _PATTERNS:
            text = pattern.sub(self._replace, text)
        return text

    def clean_json(self, value: Json) -> Json:
        """The same for every text of a JSON value; a value under a key that names a secret goes whole."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, list | tuple):
            return [self.clean_json(item) for item in value]
        if isinstance(value, Mapping):
            return {self.clean(key): self.clean_json(item) for key, item in value.items()}
        return value

    def _replace(self, match: re.Match[str]) -> str:
        secret = match["secret"]
        if _PLACEHOLDER.search(secret):
            return match[0]
        quote = secret[0] if secret[0] in "\"'" and secret[-1] == secret[0] and len(secret) > 1 else ""
        return f"{match['keep']}{quote}{self._name(secret.strip(quote) if quote else secret)}{quote}"

    def _name(self, secret: str) -> str:
        return f"‹secret-{self._numbers.setdefault(secret, len(self._numbers) + 1)}›"
