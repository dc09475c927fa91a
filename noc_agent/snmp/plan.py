"""Which columns a poll reads of a device: those of the standard MIBs, and those of its platform's own."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.snmp import STANDARD_COLUMNS
from noc_agent.snmp.columns import text
from noc_agent.snmp.platforms import Platform, bundled_platforms, fitting, load_heads, load_platform, load_platforms
from noc_agent.snmp.source import Reply

SYS_DESCR, SYS_OBJECT_ID = "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.2"
SYSTEM_DATE = "1.3.6.1.2.1.25.1.2"  # hrSystemDate (RFC 2790): a clock is compared at each poll


class Plan:
    """The plan of a site: the bundled platform files and those of its own folders.

    Calling it with the reply of a device's system group gives the columns to read. A file is read in full when the first
    device that it is about is known.
    """

    def __init__(self, folders: tuple[Path, ...] = ()) -> None:
        self._folders = (bundled_platforms(), *folders)
        self._loaded: dict[Path, Platform | None] = {}
        self._known: dict[tuple[str, str], tuple[tuple[Platform, ...], tuple[str, ...]]] = {}

    @cached_property
    def _heads(self) -> tuple[Platform, ...]:
        return load_heads(self._folders)[0]

    def problems(self) -> tuple[BadInput, ...]:
        """What is wrong with the files, all of them read."""
        return load_platforms(self._folders)[1]

    def platforms(self, probed: Reply) -> tuple[Platform, ...]:
        """The files that are about this device, those that are so most closely first."""
        return self._of(probed)[0]

    def __call__(self, probed: Reply) -> tuple[str, ...]:
        return self._of(probed)[1]

    def _of(self, probed: Reply) -> tuple[tuple[Platform, ...], tuple[str, ...]]:
        cells = (probed.columns.get(oid, {}).get("0", "") for oid in (SYS_OBJECT_ID, SYS_DESCR))
        what, descr = (text(value) if isinstance(value, bytes) else str(value) for value in cells)
        if (what, descr) not in self._known:
            loaded = (self._load(head.file) for head in fitting(self._heads, what, descr))
            found = tuple(one for one in loaded if one is not None)
            own = (oid for one in found for oid in one.columns)
            self._known[what, descr] = found, tuple(dict.fromkeys((*STANDARD_COLUMNS, SYSTEM_DATE, *own)))
        return self._known[what, descr]

    def _load(self, path: Path) -> Platform | None:
        """A file in full; one that is wrong costs itself alone, and `noc-agent doctor` names it."""
        if path not in self._loaded:
            try:
                self._loaded[path] = load_platform(path)
            except BadInput:
                self._loaded[path] = None
        return self._loaded[path]


@cache
def plan_of(folders: tuple[Path, ...]) -> Plan:
    """The plan of a site with these folders of platform files, read once a process."""
    return Plan(folders)
