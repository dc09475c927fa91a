"""A network found from one address: breadth first over what devices hear by LLDP and CDP, and made into an inventory."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from noc_agent.site.model import Device, Link, Site, SnmpSettings
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology.claims import Claim, distinct_names, platform_of, without_domain
from noc_agent.topology.crawl import Crawl, Limits, Node, Subnet, failures
from noc_agent.topology.links import discover
from noc_agent.topology.names import NameIndex

PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device of the network. Without an address it is known from its neighbors only; `reason` says why."""

    name: str
    address: str | None
    platform: str
    chassis: str | None = None
    also: tuple[str, ...] = ()  # other addresses at which the same device answered
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a discovery found. `asked`: addresses; `problems`: in words for the operator."""

    devices: tuple[FoundDevice, ...]
    links: Mapping[Link, set[str]]
    asked: int
    seconds: float
    problems: tuple[str, ...]

    @property
    def answered(self) -> int:
        return sum(device.address is not None for device in self.devices)


def default_within(seeds: Sequence[str]) -> tuple[Subnet, ...]:
    """Private ranges, and around each seed its /16 or its /64."""
    around = (ipaddress.ip_network(f"{seed}/{64 if ':' in seed else 16}", strict=False) for seed in seeds)
    return (*PRIVATE, *around)


def discover_network(
    seeds: Sequence[str], settings: SnmpSettings, limits: Limits, progress: Progress = lambda words: None
) -> Discovered:
    """Ask the seeds (IP addresses), then whom they hear, and so on. Never raises for what devices or networks do."""
    began = time.monotonic()
    crawl = Crawl(seeds, settings, limits)
    wanted: Sequence[str] = tuple(dict.fromkeys(seeds))
    while wanted and (left := limits.seconds - (time.monotonic() - began)) > 0:
        for count, _ in enumerate(crawl.ask(wanted, left), 1):
            progress(f"{len(crawl.nodes)} devices found, level {crawl.level}: {count} of {len(wanted)} asked")
        wanted = crawl.next_level()
    if wanted:
        crawl.problems.append(f"the time was over before {len(wanted)} addresses were asked")
    crawl.problems += failures(crawl.asked, seeds)
    return _result(crawl, time.monotonic() - began)


def _result(crawl: Crawl, seconds: float) -> Discovered:
    silent = crawl.unanswered()
    room = max(0, crawl.limits.max_devices - len(crawl.nodes))
    if len(silent) > room:
        crawl.problems.append(
            f"{len(silent) - room} neighbors without an answer were left out: the limit of devices is reached"
        )
    silent = silent[:room]
    names = distinct_names([*map(_names_of_node, crawl.nodes), *map(_names_of_claim, silent)])
    devices = [_polled(name, node) for name, node in zip(names, crawl.nodes, strict=False)]
    for name, claim in zip(names[len(crawl.nodes) :], silent, strict=True):
        devices.append(FoundDevice(name, None, platform_of(claim.descr), claim.chassis, reason=crawl.why_not(claim)))
    links = _links(devices, {name: node.state for name, node in zip(names, crawl.nodes, strict=False)})
    return Discovered(tuple(devices), links, len(crawl.asked), seconds, tuple(crawl.problems))


def _names_of_node(node: Node) -> tuple[str, ...]:
    short = without_domain(node.sysName)
    return (short, node.sysName, f"{short}-{node.address}" if short else node.address, node.address)


def _names_of_claim(claim: Claim) -> tuple[str, ...]:
    name = claim.names[0] if claim.names else ""
    return (without_domain(name), name, claim.chassis or "", next(iter(claim.addresses), ""))


def _polled(name: str, node: Node) -> FoundDevice:
    system = node.state.system
    word = platform_of((system.sysDescr if system else None) or "", (system.sysObjectID if system else None) or "")
    return FoundDevice(name, node.address, word, node.chassis, tuple(node.also))


def _links(devices: Sequence[FoundDevice], states: Mapping[str, DeviceState]) -> Mapping[Link, set[str]]:
    """Links between the devices found, just as the site that is made of them will see them."""
    inventory = {device.name: Device(device.name, device.address) for device in devices}
    histories = {name: _now(name, state) for name, state in states.items()}
    found = discover((), histories, NameIndex(Site("discovered", Path(), Path(), inventory), histories))
    inside = {link: known for link, known in sorted(found.items()) if all(end.device in inventory for end in link.ends)}
    return {link: known for link, known in inside.items() if not _is_garbled(link, inside, histories)}


def _is_garbled(link: Link, links: Collection[Link], histories: Mapping[str, DeviceHistory]) -> bool:
    """Whether one end's port id is none of its device's ports while the far device names the same link in its own words."""
    for end, far in (link.ends, link.ends[::-1]):
        state = histories[end.device].latest if end.device in histories else None
        if state is not None and end.interface not in (state.interfaces or {}):
            others = (other for other in links if other != link and far in other.ends)
            if any(end.device in (other.a.device, other.b.device) for other in others):
                return True
    return False


def _now(name: str, state: DeviceState) -> DeviceHistory:
    """A history of one poll, under the name that the inventory gives the device."""
    return DeviceHistory(name, None, (DeviceState(replace(state.reply, device=name)),), ())
