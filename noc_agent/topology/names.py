"""Which device and interface a name means: sysName with and without domain, addresses, MACs, short port names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from noc_agent.site.model import Site
from noc_agent.state import DeviceHistory, DeviceState

_PORT = re.compile(r"([A-Za-z]+)[-\s]*(\d.*)")


def port_key(name: str) -> str:
    """A form in which `Gi0/1` and `GigabitEthernet0/1` are equal; the name itself where it has no such form."""
    match = _PORT.fullmatch(name.strip())
    return f"{match[1][:2].lower()}{match[2]}" if match else name.strip().lower()


def match_port(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` means: exact, else in any case, else by its short form if that is unique."""
    names = list(known)
    if name in names:
        return name
    for same in (str.lower, port_key):
        found = [other for other in names if same(other) == same(name)]
        if len(found) == 1:
            return found[0]
    return None


class NameIndex:
    """Every name, address and MAC by which the inventory's devices are known.

    A sysName or chassis id that several devices have means none of them (`shared` says whose it is): a line or a neighbor
    would be taken for the wrong one.
    """

    def __init__(self, site: Site, histories: Mapping[str, DeviceHistory]) -> None:
        self._devices: dict[str, str] = {}
        self._macs: dict[str, tuple[str, str]] = {}
        self._router_ids: dict[str, str] = {}
        self._addresses: dict[str, tuple[str, str]] = {}
        for name, device in site.devices.items():
            self._devices[name.lower()] = name
            if device.address:
                self._devices[device.address.lower()] = name
        told: dict[str, set[str]] = defaultdict(set)
        for name, history in histories.items():
            for state in (history.before, *history.window):
                if state is not None:
                    self._learn(name, state)
                    for text in _own_names(state):
                        told[text].add(name)
        self.shared = {text: tuple(sorted(devices)) for text, devices in told.items() if len(devices) > 1}
        for text, devices in told.items():
            if len(devices) == 1:
                self._devices.setdefault(text, *devices)

    def _learn(self, device: str, state: DeviceState) -> None:
        for name, row in (state.interfaces or {}).items():
            if row.ifPhysAddress:
                self._macs.setdefault(row.ifPhysAddress.lower(), (device, name))
        for address, interface in state.interface_by_address.items():
            if not address.startswith(("127.", "::1", "fe80:")):
                self._addresses.setdefault(address, (device, interface))
        if state.ospf and state.ospf.ospfRouterId:
            self._router_ids.setdefault(state.ospf.ospfRouterId, device)
        if state.bgp_local and state.bgp_local.bgpIdentifier:
            self._router_ids.setdefault(state.bgp_local.bgpIdentifier, device)

    def device_of(self, name: str) -> str | None:
        """The inventory's device that a host name, FQDN, address, router id or chassis id means."""
        key = name.strip().lower()
        if key in self._devices:
            return self._devices[key]
        if key in self._addresses:
            return self._addresses[key][0]
        if key in self._macs:
            return self._macs[key][0]
        short = key.split(".", 1)[0]
        if short != key and not short.isdigit() and short in self._devices:
            return self._devices[short]
        return self._router_ids.get(key)

    def interface_with_address(self, address: str) -> tuple[str, str] | None:
        """(device, interface) that has this IP address."""
        return self._addresses.get(address)

    def interface_with_mac(self, mac: str) -> tuple[str, str] | None:
        return self._macs.get(mac.lower())


def _own_names(state: DeviceState) -> Iterator[str]:
    """What a device calls itself."""
    if state.system and state.system.sysName:
        yield state.system.sysName.lower()
    if state.lldp_local and state.lldp_local.lldpLocChassisId:
        yield state.lldp_local.lldpLocChassisId.lower()
