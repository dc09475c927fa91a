"""Hosts as logs name them: which device of the inventory each is, and how far what stamps its lines is off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta, tzinfo
from typing import NamedTuple, Protocol

MOST_HOSTS = 100_000


class Names(Protocol):
    """What the logs need to know of the inventory."""

    def device_of(self, host: str) -> str | None: ...
    def interface_of(self, device: str, ifIndex: int) -> str | None: ...
    def timezone_of(self, device: str) -> tzinfo: ...


class Stamped:
    """Whose stamp a line's time is: the device's in a file of its own, what a shared file holds, or a collector's."""

    OWN = "own"
    SHARED = "shared"
    COLLECTOR = "collector"


class Clock(NamedTuple):
    """What stamps a device's lines in one kind of file."""

    device: str
    stamped: str


class Hosts:
    """The inventory's names of hosts as logged, each looked up once; how far their clocks are off, once that is known."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.moved: Mapping[Clock, timedelta] = {}  # what to take off the stamps of a clock
        self.zones: Collection[tzinfo] = ()  # in which devices stamp lines that name no zone
        self._known: dict[str, str | None] = {}

    def device(self, host: str) -> str | None:
        if host not in self._known:
            if len(self._known) > MOST_HOSTS:  # a storm of made-up names
                self._known.clear()
            self._known[host] = self.names.device_of(host)
        return self._known[host]
