"""Proofs of faults of OSPF, BGP and routes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_interface

from tests.lab.proof.model import ESTABLISHED, OPER, UP, check, lost_bgp, lost_ospf, polled, stays_up
from tests.lab.proof.recorded import BEFORE, LATE, Port, Recorded, device_of, ends

AREA, HELLO, METRIC = "14.7.1.3", "14.7.1.9", "14.8.1.4"
START, STOP = 2, 1
DISCARDS = ("2", "5")
"inetCidrRouteType: reject, blackhole."


def of_port(case: Recorded, end: Port, column: str, at: int) -> set[str]:
    """A column of ospfIfTable for the port's address."""
    address = case.address(end).split("/")[0]
    rows = case.column(end.device, column, at).items()
    return {value for index, value in rows if address and index.startswith(f"{address}.")}


def neighbor_lost(case: Recorded, ports: list[Port]) -> str:
    lost = [end.device for end in ports if lost_ospf(case, end) and case.of(end, OPER, LATE) == UP]
    return f"up, ospfNbrState no longer full at {', '.join(lost)}" if lost else ""


def differs(case: Recorded, resource: str, column: str, name: str) -> str:
    """Whether the two ends' values differ now and did not before, and the neighbor is lost."""
    old, now = (set[str]().union(*(of_port(case, end, column, at) for end in polled(case, resource))) for at in (BEFORE, LATE))  # fmt: skip
    lost = neighbor_lost(case, polled(case, resource))
    return f"{name} {' and '.join(sorted(now))}; {lost}" if len(old) == 1 and len(now) == 2 and lost else ""


@check("ospf_area_mismatch")
def ospf_area_mismatch(case: Recorded, resource: str) -> str:
    """ospfIfAreaId differs between the ends, before it did not; ports up, ospfNbrState no longer full."""
    return differs(case, resource, AREA, "ospfIfAreaId")


@check("ospf_timer_mismatch")
def ospf_timer_mismatch(case: Recorded, resource: str) -> str:
    """ospfIfHelloInterval differs between the ends, before it did not; ports up, ospfNbrState no longer full."""
    return differs(case, resource, HELLO, "ospfIfHelloInterval")


@check("ospf_authentication_mismatch")
def ospf_authentication_mismatch(case: Recorded, resource: str) -> str:
    """Ports up, ospfNbrState no longer full, area and hello interval agree."""
    near = polled(case, resource)
    same = all(len({*of_port(case, near[0], column, LATE)} | {*of_port(case, near[-1], column, LATE)}) == 1 for column in (AREA, HELLO))  # fmt: skip
    lost = neighbor_lost(case, near)
    return f"{lost}; area and timers agree" if lost and same else ""


@check("ospf_neighbor_missing", "ospf_acl_block")
def ospf_neighbor_missing(case: Recorded, resource: str) -> str:
    """Port up, ospfNbrState no longer full."""
    if resource.startswith("interface/"):
        return neighbor_lost(case, ends(resource))
    return ""


@check("ospf_cost_misconfig")
def ospf_cost_misconfig(case: Recorded, resource: str) -> str:
    """The metric of an end's link in its router-LSA (ospfLsdbAdvertisement) or ospfIfMetricValue is another than before."""
    for end in polled(case, resource):
        old, now = (of_port(case, end, METRIC, at) | announced(case, end, at) for at in (BEFORE, LATE))
        if old and now and old != now:
            return f"metric at {end.device} {', '.join(sorted(old))} then {', '.join(sorted(now))}"
    return ""


def announced(case: Recorded, end: Port, at: int) -> set[str]:
    """The metrics of the links whose data is the port's address, in the router-LSAs (RFC 2328, A.4.2) that its device holds."""
    own = ip_interface(case.address(end) or "0.0.0.0").ip.packed
    found = set()
    for index, text in case.column(end.device, "14.4.1.8", at).items():
        lsa = text.encode("latin-1")
        if index.split(".")[4] == "1":
            rows = (lsa[n : n + 12] for n in range(24, len(lsa) - 11, 12))
            # A link of type 1 is point to point; 2 and 3 are transit and stub networks.
            found |= {f"{int.from_bytes(row[10:12])}" for row in rows if row[4:8] == own and row[8] in (1, 2)}
    return found


def withdrawn(case: Recorded, own: str) -> dict[str, set[str]]:
    """By device, other than `own`, the prefixes that are no longer in its routing table."""
    found = {}
    for device in case.polled:
        if device != own and case.poll(device, LATE) and (gone := case.routes(device, BEFORE) - case.routes(device, LATE)):  # fmt: skip
            found[device] = gone
    return found


@check("ospf_missing_route_advertisement")
def ospf_missing_route_advertisement(case: Recorded, resource: str) -> str:
    """A prefix is gone from other devices' inetCidrRouteTable and still in its owner's."""
    own = device_of(resource)
    for device, gone in withdrawn(case, own).items():
        if kept := gone & case.routes(own, LATE):
            return f"{min(kept)} is gone at {device} and still there at {own}"
    return ""


def paths(case: Recorded, device: str, at: int) -> set[str]:
    """The prefixes of bgp4PathAttrTable."""
    found = set()
    for index in case.column(device, "15.6.1.13", at) or case.column(device, "15.6.1.4", at):
        parts = index.split(".")
        found |= {f"{'.'.join(parts[1:5])}/{parts[0]}", f"{'.'.join(parts[:4])}/{parts[4]}"}
    return found


@check("bgp_missing_route_advertisement")
def bgp_missing_route_advertisement(case: Recorded, resource: str) -> str:
    """A prefix is gone from a device's inetCidrRouteTable or bgp4PathAttrTable."""
    own = device_of(resource)
    gone = {(device, prefix) for device, prefixes in withdrawn(case, own).items() for prefix in prefixes}
    gone |= {(device, prefix) for device in case.polled for prefix in paths(case, device, BEFORE) - paths(case, device, LATE)}  # fmt: skip
    return f"{min(gone)[1]} is gone at {min(gone)[0]}" if gone else ""


def ended(case: Recorded, device: str) -> list[str]:
    """The peers that were established and are not."""
    old, now = case.peers(device, BEFORE), case.peers(device, LATE)
    return [peer for peer, state in old.items() if state == ESTABLISHED and now and now.get(peer) != ESTABLISHED]


@check("bgp_authentication_mismatch", "bgp_acl_block")
def session_ended(case: Recorded, resource: str) -> str:
    """bgpPeerState is no longer established."""
    peers = ended(case, device_of(resource))
    return f"bgpPeerState of {peers[0]} no longer established" if peers else ""


@check("bgp_asn_misconfig")
def bgp_asn_misconfig(case: Recorded, resource: str) -> str:
    """bgpPeerState is no longer established, and bgpPeerRemoteAs is another, or the log tells of a bad peer AS."""
    device = device_of(resource)
    for peer in ended(case, device):
        old, now = (case.poll(device, at).get(f"1.3.6.1.2.1.15.3.1.9.{peer}") for at in (BEFORE, LATE))
        if old != now or case.said(r"(?i)bad peer as|2/2", device):
            return f"bgpPeerState of {peer} no longer established, bgpPeerRemoteAs {old} then {now}"
    return ""


@check("bgp_session_shutdown")
def bgp_session_shutdown(case: Recorded, resource: str) -> str:
    """bgpPeerState is no longer established, bgpPeerAdminStatus is stop."""
    device = device_of(resource)
    stopped = [peer for peer in ended(case, device) if case.number(device, "15.3.1.3", peer, LATE) == STOP]
    return f"bgpPeerAdminStatus of {stopped[0]} stop" if stopped else ""


@check("bgp_session_reset")
def bgp_session_reset(case: Recorded, resource: str) -> str:
    """bgpPeerFsmEstablishedTime is less than before."""
    device = device_of(resource)
    for peer, state in case.peers(device, BEFORE).items():
        old, now = (case.number(device, "15.3.1.16", peer, at) for at in (BEFORE, LATE))
        if state == ESTABLISHED and old is not None and now is not None and now < old:
            return f"bgpPeerFsmEstablishedTime of {peer} {old} then {now}"
    return ""


@check("bgp_max_prefix_exceeded")
def bgp_max_prefix_exceeded(case: Recorded, resource: str) -> str:
    """bgpPeerState is no longer established, bgpPeerLastError 06 01, or the log tells of the limit."""
    device = device_of(resource)
    for peer in ended(case, device):
        error = case.poll(device, LATE).get(f"1.3.6.1.2.1.15.3.1.14.{peer}", "").encode("latin-1").hex()
        if error == "0601" or case.said(r"(?i)max(imum)?[- ]?prefix|MAXPFX", device):
            return f"bgpPeerState of {peer} no longer established, last error {error or 'in the log'}"
    return ""


@check("bgp_peer_unreachable")
def bgp_peer_unreachable(case: Recorded, resource: str) -> str:
    """The port is up, the BGP peer behind it is no longer established."""
    if not resource.startswith("link/"):
        return ""
    lost = [end for end in polled(case, resource) if stays_up(case, end) and lost_bgp(case, end)]
    return f"{lost[0].device}/{lost[0].name} up, its BGP peer gone" if lost else ""


def appeared(case: Recorded) -> Iterator[tuple[str, str]]:
    """Devices, and prefixes new in their routing tables."""
    for device in case.polled:
        if case.poll(device, BEFORE):
            yield from ((device, prefix) for prefix in sorted(case.routes(device, LATE) - case.routes(device, BEFORE)))


@check("bgp_hijacking")
def bgp_hijacking(case: Recorded, resource: str) -> str:
    """The prefix is new in inetCidrRouteTable."""
    prefix = resource.partition("/")[2]
    found = [device for device, new in appeared(case) if new == prefix]
    return f"{prefix} is new at {len(found)} devices" if found else ""


@check("static_blackhole")
def static_blackhole(case: Recorded, resource: str) -> str:
    """A route that discards is new at the device: inetCidrRouteType reject or blackhole, or inetCidrRouteIfIndex 0."""
    device = device_of(resource)
    old, kinds = case.column(device, "4.24.7.1.8", BEFORE), case.column(device, "4.24.7.1.8", LATE)
    ports = case.column(device, "4.24.7.1.7", LATE)
    # net-snmp serves the kernel's blackholes as local routes that lead to no interface.
    new = [index for index, kind in kinds.items() if index not in old and (kind in DISCARDS or ports.get(index) == "0")]
    return f"{'.'.join(new[0].split('.')[2:6])}/{new[0].split('.')[6]} discards, new at {device}" if new else ""


@check("routing_loop")
def routing_loop(case: Recorded, resource: str) -> str:
    """A host route is new at the device."""
    new = [prefix for device, prefix in appeared(case) if device == device_of(resource) and prefix.endswith("/32")]
    return f"{new[0]} is new at {device_of(resource)}, out of where it came from" if new else ""
