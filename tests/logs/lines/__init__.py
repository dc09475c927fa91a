"""Lines of every platform and what each means: `<platform>.txt`, and `none.txt` of lines that mean nothing.

Written after the makers' message guides, with names and addresses of our own, of no recorded set. Two lines an entry: the
first is `kind | subject | peer | from | to`, where `-` is an empty part and `from` and `to` are compared if given; the
second is what follows time and host. Of `none.txt` each line stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NONE = "none"


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a platform and the parts of its event, in the order kind, subject, peer, from, to."""

    platform: str
    text: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.platform}: {self.text[:60]}"


def platforms() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in HERE.glob("*.txt") if path.stem != NONE))


def said(platform: str) -> tuple[Said, ...]:
    """The lines of one platform."""
    rows = _rows(platform)
    return tuple(Said(platform, text, _parts(head)) for head, text in zip(rows[::2], rows[1::2], strict=True))


def silent() -> tuple[str, ...]:
    """The lines that look like an event and are none."""
    return tuple(_rows(NONE))


def _rows(name: str) -> list[str]:
    rows = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [row for row in rows if row and not row.startswith("# ")]


def _parts(head: str) -> tuple[str, ...]:
    return tuple("" if part == "-" else part for part in head.split(" | "))
