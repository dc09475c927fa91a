"""snmptrapd's text: one trap a line, its varbinds by OID."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

TRAP = " TRAP from "
TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
_HEAD = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)\s+(?:TRAP from\s+|\S+\s+\[)?"
    r"(?:UDP6?|TCP6?): \[(?:\[)?([0-9a-fA-F.:]+?)\]?(?:\]|:\d)\S*\s*(.*)",
    re.DOTALL,
)
_VARBIND = re.compile(r"\.?((?:\d+\.){3,}\d+) = ([A-Za-z0-9-]+): (.*?)(?=\t|\s+\.?(?:\d+\.){5,}\d+ = |$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trap:
    """A trap: stamp and source as text, varbinds as OID to value."""

    stamp: str
    source: str
    message: str
    varbinds: Mapping[str, str]


def read_trap(text: str) -> Trap | None:
    """The trap of a line; None where it is none."""
    match = _HEAD.match(text)
    if match is None:
        return None
    varbinds = {oid: _plain(kind, value.strip()) for oid, kind, value in _VARBIND.findall(match[3])}
    if TRAP_OID not in varbinds:
        return None
    name = varbinds[TRAP_OID]
    return Trap(match[1], match[2], f"trap {name} {match[3].strip()}", varbinds)


def _plain(kind: str, value: str) -> str:
    if kind == "OID":
        return value.lstrip(".")
    if kind == "Timeticks":
        return value.strip("(").split(")")[0]
    if kind == "Hex-STRING":
        return value.replace(" ", "").lower()
    return value.strip('"')


def columns(varbinds: Mapping[str, str], column: str) -> list[tuple[str, str]]:
    """(index, value) of the varbinds of a column."""
    return [(oid[len(column) + 1 :], value) for oid, value in varbinds.items() if oid.startswith(column + ".")]
