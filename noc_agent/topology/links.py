"""The links of a site: intended, seen by LLDP or CDP at either end, or implied by a shared point-to-point subnet."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from noc_agent.site.model import End, Link
from noc_agent.snmp import CdpInterface, CdpNeighbor, LldpRemote, read_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology.claims import safe_name
from noc_agent.topology.names import NameIndex, match_port

POINT_TO_POINT = {4: 30, 6: 126}  # the longest subnets that hold two routers and nothing else


def discover(
    intended: Iterable[Link], histories: Mapping[str, DeviceHistory], names: NameIndex
) -> dict[Link, set[str]]:
    """Every link with how it is known (`intent`, `lldp`, `cdp`, `subnet`), over the healthy poll and the incident's."""
    ports = port_names(histories)
    links: dict[Link, set[str]] = defaultdict(set)
    for link in intended:
        links[as_served(link, ports)].add("intent")
    for device, history in histories.items():
        for state in _states(history):
            for remote in state.lldp_remotes or ():
                end, far = lldp_local_end(state, remote), lldp_remote_end(remote, names, ports)
                if end is not None and far is not None and far.device != device:
                    links[Link.between(end, far)].add("lldp")
    _add_cdp(links, histories, names, ports)
    taken = {end for link in links for end in link.ends}
    for link in _subnet_links(histories):
        if not taken & set(link.ends):
            links[link].add("subnet")
    return dict(links)


def loops(histories: Mapping[str, DeviceHistory], names: NameIndex) -> set[Link]:
    """Devices that hear themselves: a cable from one of their ports to another, or a port that gets its own frames back."""
    ports = port_names(histories)
    found = set()
    for device, history in histories.items():
        state = history.latest
        for remote in (state.lldp_remotes or ()) if state else ():
            end = lldp_local_end(state, remote) if state else None
            far = lldp_remote_end(remote, names, ports)
            if end is not None and far is not None and far.device == device:
                found.add(Link.between(end, far))
    return found


def lldp_local_end(state: DeviceState, remote: LldpRemote) -> End | None:
    """The own interface on which an LLDP neighbor is heard; the port number is an ifIndex on most systems only."""
    local = state.lldp_ports.get(remote.lldpRemLocalPortNum)
    known = state.interfaces or {}
    for text in (local.lldpLocPortId, local.lldpLocPortDesc) if local else ():
        found = match_port(text, known) if text else None
        if found:
            return End(state.device, found)
    name = state.interface_names.get(remote.lldpRemLocalPortNum)
    if name is None and local is not None:
        name = local.lldpLocPortId or local.lldpLocPortDesc
    return End(state.device, name) if name else None


def lldp_remote_end(remote: LldpRemote, names: NameIndex, ports: Mapping[str, Mapping[int, str]]) -> End | None:
    """The far end as the inventory names it, else as LLDP gives it: system name (else chassis id) and port id."""
    device = known_device(names, (remote.lldpRemSysName, remote.lldpRemChassisId))
    port = remote.lldpRemPortId or remote.lldpRemPortDesc
    if device is None:
        given = remote.lldpRemSysName or remote.lldpRemChassisId
        return End(_plain(given), _plain(port)) if given and port else None
    by_mac = names.interface_with_mac(port) if port else None
    if by_mac and by_mac[0] == device:
        return End(*by_mac)
    known = ports.get(device, {})
    for text in (remote.lldpRemPortId, remote.lldpRemPortDesc):
        found = match_port(text, known.values()) if text else None
        if found:
            return End(device, found)
    if port and port.isdigit() and int(port) in known:
        return End(device, known[int(port)])
    return End(device, _plain(port)) if port else None


def _add_cdp(
    links: dict[Link, set[str]],
    histories: Mapping[str, DeviceHistory],
    names: NameIndex,
    ports: Mapping[str, Mapping[int, str]],
) -> None:
    """CDP crosses switches that do not speak it, LLDP crosses none: where LLDP hears another device, CDP does not count."""
    at: dict[End, list[Link]] = defaultdict(list)
    for link in links:
        for known in link.ends:
            at[known].append(link)
    for device, history in histories.items():
        for state in _states(history):
            for row in state.cdp_neighbors or ():
                end, far = cdp_local_end(state, row), cdp_remote_end(row, names, ports)
                if end is None or far is None or far.device == device:
                    continue
                same = [link for link in at[end] if _short(_far(link, end).device) == _short(far.device)]
                if same:
                    links[same[0]].add("cdp")
                elif not any("lldp" in links[link] for link in (*at[end], *at[far])):
                    made = Link.between(end, far)
                    links[made].add("cdp")
                    at[end].append(made)


def _far(link: Link, end: End) -> End:
    return link.b if link.a == end else link.a


def _short(name: str) -> str:
    return name.partition(".")[0].lower()


def cdp_local_end(state: DeviceState, row: CdpNeighbor) -> End | None:
    """The own interface on which a CDP neighbor is heard."""
    name = state.interface_names.get(row.cdpCacheIfIndex)
    if name is None:
        own = {port.cdpInterfaceIfIndex: port.cdpInterfaceName for port in read_table(state.reply, CdpInterface) or ()}
        given = own.get(row.cdpCacheIfIndex)
        name = (match_port(given, state.interfaces or {}) or given) if given else None
    return End(state.device, name) if name else None


def cdp_device(row: CdpNeighbor, names: NameIndex) -> str | None:
    """The inventory's name of a CDP neighbor: by what it is called, else by the address it claims."""
    return known_device(names, (*row.names, *row.addresses))


def cdp_remote_end(row: CdpNeighbor, names: NameIndex, ports: Mapping[str, Mapping[int, str]]) -> End | None:
    """The far end as the inventory names it, else as CDP gives it: device id without serial, and port id."""
    device = cdp_device(row, names)
    given, port = device or (row.names[-1] if row.names else None), row.cdpCacheDevicePort
    if not given or not port:
        return None
    known = ports.get(device or "", {}).values()
    return End(device or _plain(given), match_port(port, known) or _plain(port))


def known_device(names: NameIndex, texts: Iterable[str | None]) -> str | None:
    """The inventory's device that the first telling text means, as it is or as an inventory had to write it."""
    return next(
        (name for text in texts if text and (name := names.device_of(text) or names.device_of(safe_name(text)))), None
    )


def _plain(text: str) -> str:
    """A device's word as a resource may hold it."""
    return "".join("?" if ord(char) < 32 or ord(char) == 127 else char for char in text).strip()


def as_served(link: Link, ports: Mapping[str, Mapping[int, str]]) -> Link:
    """The intended link with its ifNames as the devices spell them."""
    ends = []
    for end in link.ends:
        known = ports.get(end.device, {}).values()
        ends.append(End(end.device, match_port(end.interface, known) or end.interface))
    return Link.between(*ends)


def port_names(histories: Mapping[str, DeviceHistory]) -> dict[str, dict[int, str]]:
    """Device → ifIndex → interface name, by the newest poll."""
    return {name: dict(history.latest.interface_names) for name, history in histories.items() if history.latest}


def _states(history: DeviceHistory) -> list[DeviceState]:
    return [state for state in (history.before, *history.window) if state is not None]


def _subnet_links(histories: Mapping[str, DeviceHistory]) -> list[Link]:
    """Two devices alone in a subnet. On a wider one a switch may stand between: then one port is down and the other up."""
    holders: dict[str, set[End]] = defaultdict(set)
    narrow: set[str] = set()
    for device, history in histories.items():
        state = history.before or history.latest
        for name, rows in (state.addresses_of_interface if state else {}).items():
            for row in rows:
                subnet = _subnet(row.address, row.prefix_length)
                if subnet is not None:
                    holders[str(subnet)].add(End(device, name))
                    if subnet.prefixlen >= POINT_TO_POINT[subnet.version]:
                        narrow.add(str(subnet))
    found = []
    for subnet_name, ends in holders.items():
        if len(ends) == 2 and len({end.device for end in ends}) == 2:
            link = Link.between(*ends)
            if subnet_name in narrow or _agree(histories, link):
                found.append(link)
    return found


def _agree(histories: Mapping[str, DeviceHistory], link: Link) -> bool:
    """Whether the two ports, where both tell, are always up together and down together."""
    states = [_oper_by_poll(histories[end.device], end.interface) for end in link.ends]
    return all(states[0][at] == states[1][at] for at in states[0].keys() & states[1].keys())


def _oper_by_poll(history: DeviceHistory, name: str) -> dict[datetime, str | None]:
    rows = {state.observed_at: (state.interfaces or {}).get(name) for state in _states(history)}
    return {at: row.ifOperStatus for at, row in rows.items() if row is not None}


def _subnet(address: str, length: int | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if length is None:
        return None
    subnet = ipaddress.ip_interface(f"{address}/{length}").network
    alone = subnet.prefixlen == subnet.max_prefixlen
    return None if alone or subnet.is_loopback or subnet.is_link_local else subnet
