"""The site with everything observed of it for one incident: histories, links, names, logs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from noc_agent.errors import ToolError
from noc_agent.logs import LogEvent, LogLine, LogStore
from noc_agent.logs.templates import News
from noc_agent.logs.vocabulary import load_vocabulary
from noc_agent.site.model import Device, End, Incident, Link, Site
from noc_agent.snmp import Reply, Route, SnmpSource
from noc_agent.snmp.plan import plan_of
from noc_agent.snmp.platforms import Platform
from noc_agent.state import DeviceHistory, DeviceState, read_history
from noc_agent.state.history import split_polls
from noc_agent.topology import paths
from noc_agent.topology.links import discover
from noc_agent.topology.names import NameIndex, match_port
from noc_agent.topology.ties import NetworkTies, session_peers

ANYTIME = Incident(id="site", title="the site as it is now")


class LogSource(Protocol):
    """The logs of a site: read from their files, or given back from a journal."""

    @property
    def files(self) -> tuple[Path, ...]: ...
    @property
    def problems(self) -> tuple[str, ...]: ...
    def events(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", kind: str = ""
    ) -> tuple[LogEvent, ...]: ...
    def search(
        self,
        pattern: str,
        since: datetime | None = None,
        until: datetime | None = None,
        device: str = "",
        limit: int = 50,
    ) -> Sequence[LogLine]: ...
    def last_heard(self, *, traps: bool = False) -> Mapping[str, datetime]: ...
    def news(
        self, since: datetime | None = None, until: datetime | None = None, device: str = "", limit: int = 50
    ) -> tuple[News, ...]: ...


class Network:
    """One site seen for one incident. Everything is read when first asked for, and once; logs until `deadline`."""

    def __init__(
        self,
        site: Site,
        snmp: SnmpSource,
        incident: Incident = ANYTIME,
        logs: LogSource | None = None,
        deadline: float = math.inf,
    ) -> None:
        self.site, self.snmp, self.incident, self._logs, self._deadline = site, snmp, incident, logs, deadline
        self.memo: dict[str, object] = {}  # what others derived of this network, once
        self._histories: dict[str, DeviceHistory] = {}
        self._routes: dict[str, tuple[tuple[int, int, int, Route], ...]] = {}

    @property
    def polled(self) -> tuple[str, ...]:
        """Devices that are meant to answer SNMP."""
        return tuple(name for name, device in self.site.devices.items() if device.address)

    def history(self, device: str) -> DeviceHistory:
        if device not in self._histories:
            self._histories[device] = read_history(self.snmp, device, self.incident, self.columns)
        return self._histories[device]

    @cached_property
    def histories(self) -> Mapping[str, DeviceHistory]:
        return {name: self.history(name) for name in self.polled}

    @cached_property
    def polls(self) -> tuple[datetime | None, tuple[datetime, ...]]:
        """(the baseline poll or None, the polls of the incident)."""
        return split_polls(self.snmp.times(), self.incident, self.snmp.split)

    def columns(self, probed: Reply) -> Iterable[str]:
        """Which columns to read of a device: the standard MIBs and those of its platform."""
        return plan_of(self.site.platforms)(probed)

    def platforms(self, state: DeviceState) -> tuple[Platform, ...]:
        """What is known of this device's own MIBs: the bundled files and the site's."""
        return plan_of(self.site.platforms).platforms(state.reply)

    def healthy(self, device: str) -> DeviceState | None:
        """The device before the incident, else the oldest state there is."""
        history = self.histories.get(device)
        if history is None:
            return None
        return history.before or (history.window[0] if history.window else None)

    @cached_property
    def names(self) -> NameIndex:
        return NameIndex(self.site, self.histories)

    @cached_property
    def links(self) -> Mapping[Link, set[str]]:
        """Every known link with how it is known: `intent`, `lldp`, `subnet`."""
        return discover(self.site.intent.links, self.histories, self.names)

    @cached_property
    def link_at(self) -> Mapping[End, Link]:
        """The link of an end. Where LLDP hears several neighbors on a port, intent decides, else the first."""
        ordered = sorted(self.links, key=lambda link: ("intent" not in self.links[link], link))
        found: dict[End, Link] = {}
        for link in ordered:
            for end in link.ends:
                found.setdefault(end, link)
        return found

    def other_end(self, end: End) -> End | None:
        link = self.link_at.get(end)
        if link is None:
            return None
        return link.b if link.a == end else link.a

    def peer_of(self, device: str, address: str) -> str | None:
        """The device that has this address as seen from `device`: by inventory, else whoever is on that link, else whoever
        logs the other end of that session."""
        known = self.names.device_of(address)
        if known is not None:
            return known
        state = self.healthy(device)
        name = state.interface_towards(address) if state else None
        far = self.other_end(End(device, name)) if name else None
        return far.device if far else self._session_peers.get((device, address))

    @cached_property
    def _session_peers(self) -> Mapping[tuple[str, str], str]:
        return session_peers(self, NetworkTies(self)) if self.site.logs else {}

    def ends_of(self, device: str) -> tuple[End, ...]:
        """The device's ends of known links."""
        return self._ends.get(device, ())

    @cached_property
    def _ends(self) -> Mapping[str, tuple[End, ...]]:
        found: dict[str, list[End]] = defaultdict(list)
        for end in sorted(self.link_at):
            found[end.device].append(end)
        return {device: tuple(ends) for device, ends in found.items()}

    def around(self, end: End) -> frozenset[str]:
        """An end, its link and the far end, as resources."""
        link = self.link_at.get(end)
        if link is None:
            return frozenset({end.resource})
        return frozenset({link.resource, link.a.resource, link.b.resource})

    def routes_of(self, device: str) -> tuple[tuple[int, int, int, Route], ...]:
        """The healthy routing table of a device, parsed for look-ups."""
        if device not in self._routes:
            state = self.healthy(device)
            self._routes[device] = paths.parsed_routes(state.routes or () if state else ())
        return self._routes[device]

    def path(self, source: str, destination: str) -> frozenset[str]:
        """Resources between a device and an address or device, as traffic went when the network was well."""
        owner = self.names.interface_with_address(destination)
        target = owner[0] if owner else self.names.device_of(destination)
        address = destination
        if owner is None and target is not None:
            address = self.address_of(target) or ""
        walked = paths.walk(self, source, address) if address else frozenset()
        if target is not None and f"node/{target}" not in walked:
            walked |= paths.between(self.links, source, target)
        return walked

    def address_of(self, device: str) -> str | None:
        """An address of the device that traffic goes to: one on a linked interface before any other."""
        state = self.healthy(device)
        if state is None:
            return None
        linked = {end.interface for end in self.ends_of(device)}
        own = [(name not in linked, address) for address, name in state.interface_by_address.items()]
        return min(own)[1] if own else None

    @cached_property
    def logs(self) -> LogSource:
        if self._logs is not None:
            return self._logs
        polled = self.snmp.times()
        near = self.incident.since or self.incident.opened_at or (polled[-1] if polled else None)
        words = load_vocabulary(self.site.events)[0]
        root, ties = Path(self.site.root), NetworkTies(self)
        return LogStore(root, self.site.logs, self, near, says=words, ties=ties, deadline=self._deadline)

    @cached_property
    def events(self) -> Mapping[str, tuple[LogEvent, ...]]:
        """Log events of the incident's window by device, each in order of time; without `since` all there are."""
        found: dict[str, list[LogEvent]] = defaultdict(list)
        for event in self.logs.events(self.incident.since, self.incident.until):
            found[event.device].append(event)
        return {device: tuple(events) for device, events in found.items()}

    def port_events(self, end: End, kinds: Collection[str]) -> list[LogEvent]:
        """The window's events of these kinds about this port, in order of time."""
        rows = self.events.get(end.device, ())
        return [row for row in rows if row.kind in kinds and self.port(end.device, row.subject) == end]

    @cached_property
    def last_heard(self) -> Mapping[str, datetime]:
        """The newest syslog line or trap of each device within what the logs hold."""
        lines, traps = self.logs.last_heard(), self.logs.last_heard(traps=True)
        return {
            device: max(heard[device] for heard in (lines, traps) if device in heard) for device in (*lines, *traps)
        }

    def device(self, name: str) -> Device:
        """The inventory's device by its name, sysName or address. Raises ToolError naming what is known."""
        found = name if name in self.site.devices else self.names.device_of(name)
        if found is None or found not in self.site.devices:
            raise ToolError("device", "no such device on this site", f"one of {', '.join(self.site.devices)}")
        return self.site.devices[found]

    # What the logs need to know of the inventory (noc_agent.logs.Names).

    def device_of(self, host: str) -> str | None:
        return self.names.device_of(host)

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        state = self.healthy(device)
        return state.interface_names.get(ifIndex) if state else None

    def timezone_of(self, device: str) -> tzinfo:
        known = self.site.devices.get(device)
        return ZoneInfo((known.timezone if known else "") or self.site.timezone or "UTC")

    def port(self, device: str, name: str) -> End:
        """The end that a logged or typed interface name means on this device."""
        state = self.histories[device].latest if device in self.histories else None
        rows = (state.interfaces or {}) if state else {}
        # Without SNMP the links tell what its ports are called.
        found = match_port(name, rows or [end.interface for end in self.ends_of(device)])
        described = (port for port, row in rows.items() if row.ifDescr == name)  # logs may know it by its ifDescr
        return End(device, found or next(described, name))
