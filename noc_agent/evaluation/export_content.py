"""A site's own playbooks, tools, platform and event files in a case, without the secrets that somebody wrote into them."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence
from pathlib import Path

from noc_agent.evidence import Redactor

CONTENT = {
    "playbooks": ("*.yaml", "*.yml"),
    "platforms": ("*.yaml", "*.yml"),
    "events": ("*.yaml", "*.yml"),
    "tools": ("*.py",),
}
_LITERAL = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")(.*)(\2)", re.DOTALL)
_TEXTS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def copy_content(folder: Path, kind: str, sources: Sequence[Path], redactor: Redactor) -> list[str]:
    """Copy the files of one kind; the folders' names in the case."""
    names = []
    for number, source in enumerate(sources, 1):
        name = kind if number == 1 else f"{kind}-{number}"
        (folder / name).mkdir()
        names.append(f"{name}/")
        for path in sorted(path for pattern in CONTENT[kind] for path in source.glob(pattern) if path.is_file()):
            text = path.read_text("utf-8", "surrogateescape")
            (folder / name / redactor.clean(path.name)).write_text(
                CLEAN[kind](text, redactor), "utf-8", "surrogateescape"
            )
    return names


def _lines(text: str, redactor: Redactor) -> str:
    return "\n".join(map(redactor.clean, text.split("\n")))


def _code(text: str, redactor: Redactor) -> str:
    """A tool without secrets in its strings and comments; the rest of it is code and stays. What is no code is text."""
    try:
        found = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type in _TEXTS]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return _lines(text, redactor)
    lines = text.splitlines(keepends=True)
    for token in reversed(found):
        (row, begin), (last, end) = token.start, token.end
        whole = "".join(lines[row - 1 : last])
        stop = len(whole) - len(lines[last - 1]) + end
        lines[row - 1 : last] = [whole[:begin] + _literal(whole[begin:stop], redactor) + whole[stop:]]
    return redactor.clean_own("".join(lines))


def _literal(text: str, redactor: Redactor) -> str:
    """A string keeps its quotes, or the code would break."""
    quoted = _LITERAL.fullmatch(text)
    return f"{quoted[1]}{quoted[2]}{redactor.clean(quoted[3])}{quoted[4]}" if quoted else redactor.clean(text)


def _patterns(text: str, redactor: Redactor) -> str:
    """Patterns of what devices say look like what they look for: only the site's own secrets are taken out."""
    return redactor.clean_own(text)


CLEAN = {"playbooks": _lines, "tools": _code, "platforms": _patterns, "events": _patterns}
