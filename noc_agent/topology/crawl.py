"""The walk over a network that nobody has written down: whom to ask next, who answered, and who is the same device."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from noc_agent.site.model import Device, SnmpSettings
from noc_agent.snmp import (
    CdpInterface,
    CdpLocal,
    CdpNeighbor,
    LldpLocal,
    LldpLocalPort,
    LldpRemote,
    LldpRemoteAddress,
    System,
    columns_of,
)
from noc_agent.snmp.answer import Answer
from noc_agent.snmp.live import sweep
from noc_agent.snmp.tables.lldp_neighbors import LLDP_COLUMNS
from noc_agent.state import DeviceState
from noc_agent.topology.claims import Claim, claims_of, same_name, without_domain

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network
COLUMNS = (
    *columns_of(System, LldpLocal, LldpLocalPort, LldpRemote, LldpRemoteAddress, CdpLocal, CdpInterface, CdpNeighbor),
    *LLDP_COLUMNS,
    *(f"1.3.6.1.2.1.2.2.1.{n}" for n in (2, 3, 6, 7, 8)),  # ifDescr, ifType, ifPhysAddress, ifAdminStatus, ifOperStatus
    "1.3.6.1.2.1.31.1.1.1.1",  # ifName
    "1.3.6.1.2.1.4.34.1.3", "1.3.6.1.2.1.4.34.1.5",  # ipAddressIfIndex, ipAddressPrefix
    "1.3.6.1.2.1.4.20.1.2", "1.3.6.1.2.1.4.20.1.3",  # ipAdEntIfIndex, ipAdEntNetMask
)  # fmt: skip
DEVICE_S = 60.0  # for one device, so that a slow one does not hold its level up
MOST_CLAIMS = 20  # times the devices: what a network of telephones, or a device that lies, may fill memory with
OWN_TO_NOBODY = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go. `within`: the only addresses that are asked besides the seeds. `seconds` for the whole."""

    within: tuple[Subnet, ...]
    max_devices: int = 500
    max_depth: int = 16
    seconds: float = 300.0


@dataclass(slots=True)
class Node:
    """A device that answered. `own`: IP addresses that it has; `also`: other addresses at which it was asked."""

    state: DeviceState
    address: str
    chassis: str | None
    sysName: str
    own: frozenset[str]
    depth: int
    also: list[str] = field(default_factory=list)

    def is_same(self, other: Node) -> bool:
        """One device reached by two addresses: the same chassis id, else the same name and an address in common.

        The names must agree in any case: virtual machines that were copied share a chassis id.
        """
        if self.sysName.lower() != other.sysName.lower():
            return False
        if self.chassis and other.chassis:
            return self.chassis == other.chassis
        return bool(self.sysName) and bool(({self.address} | self.own) & ({other.address} | other.own))


class Crawl:
    """Levels of addresses, each asked at once. `problems`: what a limit left out, in words."""

    def __init__(self, seeds: Sequence[str], settings: SnmpSettings, limits: Limits) -> None:
        self.limits, self.nodes, self.problems, self.level = limits, list[Node](), list[str](), 0
        self._settings = settings
        self._loopback = any(ipaddress.ip_address(seed).is_loopback for seed in seeds)
        self.asked: dict[str, str] = {}  # address → why it did not answer, "" where it did
        self._depths = dict.fromkeys(seeds, 0)
        self._claims: dict[str, Claim] = {}
        self._by_address: dict[str, Node] = {}
        self._by_chassis: dict[str, Node] = {}
        self._by_name: dict[str, list[Node]] = defaultdict(list)

    def ask(self, addresses: Sequence[str], seconds: float) -> Iterator[Answer]:
        """Poll one level. What it says is taken in the order of the addresses, so that two runs find the same."""
        devices = [Device(address, address, snmp=self._settings) for address in addresses]
        answers: dict[str, Answer] = {}
        for answer in sweep(
            devices, datetime.now(UTC), lambda probed: COLUMNS, deadline=seconds, device_deadline=DEVICE_S
        ):
            answers[answer.device] = answer
            yield answer
        for address in addresses:
            self._take(address, answers.get(address))

    def _take(self, address: str, answer: Answer | None) -> None:
        if answer is None or answer.reply is None:
            self.asked[address] = (answer.failure if answer else None) or "no answer"
            return
        self.asked[address] = ""
        node = _node(DeviceState(answer.reply), address, self._depths[address])
        same = next((other for other in self.nodes if node.is_same(other)), None)
        if same is not None:
            same.also.append(address)
            self._by_address[address] = same
        else:
            self._add(node)

    def _add(self, node: Node) -> None:
        self.nodes.append(node)
        for address in (*node.own, node.address):
            self._by_address.setdefault(address, node)
        if node.chassis:
            self._by_chassis.setdefault(node.chassis, node)
        if node.sysName:
            self._by_name[without_domain(node.sysName).lower()].append(node)
        for claim in claims_of(node.state, node.depth + 1):
            if claim.key in self._claims:
                self._claims[claim.key] = self._claims[claim.key].merged(claim)
            elif len(self._claims) < MOST_CLAIMS * self.limits.max_devices:
                self._claims[claim.key] = claim

    def next_level(self) -> tuple[str, ...]:
        """Of each neighbor that is not found yet the first address that was not asked, as far as the limits go."""
        self.level += 1
        wanted: dict[str, int] = {}
        for claim in self._claims.values():
            if claim.depth <= self.limits.max_depth and self.found(claim) is None:
                address = next(
                    (text for text in claim.addresses if text not in self.asked and self.may_ask(text)), None
                )
                if address is not None:
                    wanted[address] = min(claim.depth, wanted.get(address, claim.depth))
        room = max(0, self.limits.max_devices - len(self.nodes))
        taken = dict(sorted(wanted.items(), key=lambda row: row[1])[:room])
        if not taken and wanted:
            self.problems.append(
                f"the limit of {self.limits.max_devices} devices is reached; {len(wanted)} more were not asked"
            )
        self._depths |= taken
        return tuple(taken)

    def may_ask(self, text: str) -> bool:
        """Addresses that mean something only where they stand, or nothing, are asked nowhere."""
        address = ipaddress.ip_address(text)
        if address.is_loopback:
            return self._loopback and self._inside(address)
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            return False
        return self._inside(address)

    def _inside(self, address: Address) -> bool:
        return any(address.version == subnet.version and address in subnet for subnet in self.limits.within)

    def found(self, claim: Claim) -> Node | None:
        """The device that answered and is this neighbor: by chassis id, by address, else by name."""
        if claim.chassis in self._by_chassis:
            return self._by_chassis[claim.chassis]
        for address in claim.addresses:
            if address in self._by_address:
                return self._by_address[address]
        for name in claim.names:
            for node in self._by_name.get(without_domain(name).lower(), ()):
                apart = claim.chassis and node.chassis  # both are known, and they are not the same
                if not apart and same_name(name, node.sysName):
                    return node
        return None

    def unanswered(self) -> list[Claim]:
        """Neighbors that are none of the devices found, each once: LLDP and CDP may tell of the same one."""
        merged: list[Claim] = []
        places: dict[str, int] = {}
        missing = [claim for claim in self._claims.values() if self.found(claim) is None]
        for claim in sorted(missing, key=lambda claim: claim.chassis is None):
            marks = (*(without_domain(name).lower() for name in claim.names), *claim.addresses)
            place = next((places[mark] for mark in marks if mark in places), None) if claim.chassis is None else None
            if place is None:
                place = len(merged)
                merged.append(claim)
            else:
                merged[place] = merged[place].merged(claim)
            for mark in marks:
                places.setdefault(mark, place)
        return merged

    def why_not(self, claim: Claim) -> str:
        """Why a neighbor gave no answer."""
        tried = [f"{self.asked[address]} at {address}" for address in claim.addresses if self.asked.get(address)]
        if tried:
            return ", ".join(tried)
        if not claim.addresses:
            return "it claims no address"
        if any(self.may_ask(address) for address in claim.addresses):
            return "it was not asked: a limit is reached"
        return f"{claim.addresses[0]} is not among the addresses that may be asked"


def _node(state: DeviceState, address: str, depth: int) -> Node:
    local, system = state.lldp_local, state.system
    chassis = (local.lldpLocChassisId if local else None) or ""
    own = frozenset(row.address for row in state.addresses or () if row.address not in OWN_TO_NOBODY)
    name = (system.sysName if system else None) or (local.lldpLocSysName if local else None) or ""
    return Node(state, address, chassis.lower() or None, name.strip(), own, depth)


def failures(asked: Mapping[str, str], seeds: Sequence[str]) -> list[str]:
    """Seeds that did not answer, in words."""
    return [f"{seed} did not answer: {asked[seed]}" for seed in seeds if asked.get(seed)]
