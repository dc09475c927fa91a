"""Which names and fields a playbook's texts and conditions may speak of.

Names are those of `noc_agent.findings.views`. Fields are not declared anywhere: each is written by a detector, a view or a
tool. So a field is known if each of its words stands in their source, which finds what is misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

COMMON = frozenset({"this", "igp", "bgp", "svc", "resource", "fault", "facts", "found"})
ROOTS = {
    "interface": COMMON | {"a", "b", "far", "node", "peer"},
    "link": COMMON | {"a", "b", "node", "peer"},
    "node": COMMON | {"node"},
    "service": COMMON | {"node"},
    "prefix": COMMON,
}
IN_STEPS = frozenset({"row", "rows"})
GLOBALS = frozenset({"range", "dict", "lipsum", "cycler", "joiner", "namespace"})  # Jinja2's own
WRITTEN_IN = ("findings", "state", "snmp/tables", "logs", "topology", "evidence")
_WORD = re.compile(r"[A-Za-z][a-z0-9]*|[A-Z]+(?![a-z])")


def known_field(field: str, tools: tuple[Path, ...]) -> bool:
    """Whether every word of a field is one that views, findings or tools write."""
    return set(_words(field)) <= _vocabulary(tools)


def _words(text: str) -> Iterable[str]:
    return (word.lower() for word in _WORD.findall(text))


@cache
def _vocabulary(tools: tuple[Path, ...]) -> frozenset[str]:
    package = Path(__file__).parent.parent
    files = [path for folder in WRITTEN_IN for path in (package / folder).rglob("*.py")]
    files += [path for folder in tools for path in folder.glob("*.py")]
    return frozenset(word for path in files for word in _words(path.read_text("utf-8", "replace")))
