"""Device text is hostile: what could steer a model, a terminal or a page is taken out of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from noc_agent.evidence.observation import Json

_ESCAPES = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]?|\\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\\\)?|[PX^_][^\x1b]{0,4096}(?:\x1b\\\\)?|.)?", re.S
)
# Control tokens of chat templates: `<|…|>`, with look-alikes of its signs and blanks between them.
_LEFT, _RIGHT, _BAR = "<＜﹤‹〈〈⟨❮˂ᐸ≺«", ">＞﹥›〉〉⟩❯˃ᐳ≻»", "|｜￨∣ǀ│┃❘⏐⎪ⅼ"
_TOKEN_OPEN = re.compile(rf"([{_LEFT}])(\s*)([{_BAR}¦])")
_TOKEN_CLOSE = re.compile(rf"([{_BAR}])(\s*)([{_RIGHT}])")
# Drawn as nothing, though Unicode calls them marks and letters.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PILE = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_PLAIN = re.compile(r"[ -~\n\t]*")
_KEPT = {"\n", "\t"}


def neutralise(text: str) -> str:
    """Text without escapes, controls, bidi marks and invisible characters, its control tokens broken visibly."""
    if _PLAIN.fullmatch(text) and "|" not in text:
        return text
    text = _ESCAPES.sub("", text)
    if not text.isascii() or not text.isprintable():
        text = _PILE.sub(r"\1", _INVISIBLE.sub("", "".join(map(_harmless, text))))
    return _TOKEN_CLOSE.sub("¦ ›", _TOKEN_OPEN.sub("‹ ¦", text))


def _harmless(char: str) -> str:
    if char in _KEPT or " " <= char <= "~":
        return char
    if char in "\u2028\u2029\x85":
        return " "
    category = unicodedata.category(char)
    return "" if category in ("Cc", "Cf", "Co", "Cn") else "?" if category == "Cs" else char


def neutralise_json(value: Json) -> Json:
    """The same for every text of a JSON value, keys included."""
    if isinstance(value, str):
        return neutralise(value)
    if isinstance(value, list | tuple):
        return [neutralise_json(item) for item in value]
    if isinstance(value, Mapping):
        return {neutralise(key): neutralise_json(item) for key, item in value.items()}
    return value


def one_line(text: str, limit: int = 200) -> str:
    """Neutralised text on one line of at most `limit` characters."""
    line = " ".join(neutralise(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
