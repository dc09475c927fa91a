"""What a simulated site serves is one network: every table agrees with every other, at both ends and from poll to poll."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from noc_agent import snmp
from noc_agent.snmp import RecordedSnmp, Reply
from tests.simulated.case import simulate, write_case
from tests.simulated.large import draw

SITES = [("metro", 4, 16), ("leafspine", 2, 14), ("campus", 3, 18), ("metro", 5, 70)]
Replies = dict[str, Reply]


class Site:
    """The polls of a simulated site without a fault."""

    def __init__(self, folder: Path, kind: str, seed: int, devices: int) -> None:
        run = simulate(draw(kind, seed, devices), seed, [], noise=False)
        write_case(run, folder, seed)
        self.world = run.world
        self.source = RecordedSnmp(folder / "snmp")
        self.polls = [self._replies(at) for at in self.source.times()]

    def _replies(self, at: datetime) -> Replies:
        names = [device.name for device in self.world.devices.values() if device.node.address]
        return {name: self.source.fetch(name, at, lambda _: snmp.STANDARD_COLUMNS) for name in names}

    @property
    def last(self) -> Replies:
        return self.polls[-1]


@pytest.fixture(scope="module", params=SITES, ids=lambda site: f"{site[0]}-{site[2]}")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("case"), *request.param)


def _interfaces(reply: Reply) -> dict[int, snmp.Interface]:
    return {row.ifIndex: row for row in snmp.read_table(reply, snmp.Interface) or ()}


def test_every_value_can_be_read(site: Site) -> None:
    assert len(site.polls) == 5
    assert all(reply.skipped == 0 for poll in site.polls for reply in poll.values())


def test_lldp_neighbors_hear_each_other(site: Site) -> None:
    heard = dict(_lldp(site.last))
    assert len(heard) > len(site.last) // 2
    for (name, port), (far, far_port) in heard.items():
        if far in site.last:
            assert heard[far, far_port] == (name, port)


def _lldp(replies: Mapping[str, Reply]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Who hears whom, by device and the port id as that end gives it."""
    names = {
        row.lldpLocSysName: name
        for name, reply in replies.items()
        for row in snmp.read_table(reply, snmp.LldpLocal) or ()
    }
    for name, reply in replies.items():
        own = {row.lldpLocPortNum: row.lldpLocPortId for row in snmp.read_table(reply, snmp.LldpLocalPort) or ()}
        for row in snmp.read_lldp_remotes(reply) or ():
            far = names.get(row.lldpRemSysName, row.lldpRemSysName or "")
            yield (name, own[row.lldpRemLocalPortNum] or ""), (far, row.lldpRemPortId or "")


def test_every_ifindex_that_a_table_names_is_an_interface(site: Site) -> None:
    for name, reply in site.last.items():
        known = _interfaces(reply)
        addresses, arp, routes = snmp.read_addresses(reply), snmp.read_arp(reply), snmp.read_routes(reply)
        assert addresses, name
        named = {row.ifIndex for row in addresses} | {row.ifIndex for row in arp or ()}
        named |= {row.ifIndex for row in routes or ()} - {0}
        named |= {row.dot1dBasePortIfIndex or 0 for row in snmp.read_table(reply, snmp.BridgePort) or ()}
        named |= {row.ifIndex for row in snmp.read_table(reply, snmp.EtherLike) or ()}
        assert named <= known.keys(), name


def test_ospf_neighbors_are_full_at_both_ends_with_equal_parameters(site: Site) -> None:
    owner = {row.address: name for name, reply in site.last.items() for row in snmp.read_addresses(reply) or ()}
    seen = defaultdict(set)
    ports = {}
    for name, reply in site.last.items():
        for row in snmp.read_table(reply, snmp.OspfNeighbor) or ():
            assert row.ospfNbrState == "full"
            seen[name].add(owner[row.ospfNbrIpAddr])
        for port in snmp.read_table(reply, snmp.OspfInterface) or ():
            ports[port.ospfIfIpAddress] = port
    assert all(name in seen[far] for name, found in seen.items() for far in found)
    for line in site.world.lines:
        one, other = (end.port.address and ports.get(str(end.port.address.ip)) for end in (line.a, line.b))
        if one and other:
            for column in ("ospfIfAreaId", "ospfIfHelloInterval", "ospfIfRtrDeadInterval"):
                assert getattr(one, column) == getattr(other, column)


def test_bgp_sessions_are_established_and_the_numbers_agree(site: Site) -> None:
    owner = {row.address: name for name, reply in site.last.items() for row in snmp.read_addresses(reply) or ()}
    own = {
        name: row.bgpLocalAs for name, reply in site.last.items() for row in snmp.read_table(reply, snmp.BgpLocal) or ()
    }
    for reply in site.last.values():
        for row in snmp.read_table(reply, snmp.BgpPeer) or ():
            assert row.bgpPeerState == "established"
            far = owner.get(row.bgpPeerRemoteAddr)
            assert far is None or own[far] == row.bgpPeerRemoteAs


def test_counters_grow_and_what_one_end_sends_the_other_receives(site: Site) -> None:
    before, now = site.polls[-2], site.polls[-1]
    for line in site.world.lines:
        for sender, receiver in ((line.a, line.b), (line.b, line.a)):
            if sender.device.name in now and receiver.device.name in now:
                out = _growth(before, now, sender.device.name, sender.index, "out_octets")
                into = _growth(before, now, receiver.device.name, receiver.index, "in_octets")
                assert out > 0
                assert into == pytest.approx(out, rel=0.001, abs=2)


def _growth(before: Replies, now: Replies, name: str, index: int, counter: str) -> int:
    old, new = (getattr(_interfaces(poll[name])[index], counter) for poll in (before, now))
    return int(new - old)


def test_every_route_leads_to_a_neighbor_of_its_interface(site: Site) -> None:
    networks = {}
    for name, reply in site.last.items():
        for row in snmp.read_addresses(reply) or ():
            networks[name, row.ifIndex] = IPv4Interface(f"{row.address}/{row.prefix_length or 32}").network
    for name, reply in site.last.items():
        for route in snmp.read_routes(reply) or ():
            if route.type == "remote" and route.ifIndex and route.next_hop != "0.0.0.0":
                assert IPv4Interface(route.next_hop).ip in networks[name, route.ifIndex], (name, route)


def test_switches_agree_on_the_root_and_have_no_loop(site: Site) -> None:
    general = {}
    for name, reply in site.last.items():
        for row in snmp.read_table(reply, snmp.StpGeneral) or ():
            general[name] = row.dot1dStpDesignatedRoot
    for line in site.world.lines:
        ends = (line.a.device.name, line.b.device.name)
        if set(ends) <= general.keys():
            assert general[ends[0]] == general[ends[1]]
    assert not any(segment.looped for segment in site.world.segments.values())


def test_every_mac_address_is_behind_the_port_that_leads_to_it(site: Site) -> None:
    macs = {nic.mac.hex(":"): nic for device in site.world.devices.values() for nic in device.nics.values()}
    checked = 0
    for line in site.world.lines:
        for nic, far in ((line.a, line.b), (line.b, line.a)):
            if nic.device.is_switch and nic.device.name in site.last and not far.device.is_switch:
                rows = {row.mac: row.port for row in snmp.read_fdb(site.last[nic.device.name]) or ()}
                assert rows[far.mac.hex(":")] == nic.number + 1
                assert rows.keys() <= macs.keys()
                checked += 1
    assert checked or not any(device.is_switch for device in site.world.devices.values())


def test_link_state_advertisements_are_whole(site: Site) -> None:
    for reply in site.last.values():
        for row in snmp.read_table(reply, snmp.OspfLsdb) or ():
            lsa = row.ospfLsdbAdvertisement
            assert lsa is not None
            assert int.from_bytes(lsa[18:20], "big") == len(lsa)
            one = two = 0
            for octet in lsa[2:]:  # RFC 2328, 12.1.7: of all but the age
                one = (one + octet) % 255
                two = (two + one) % 255
            assert (one, two) == (0, 0)
